"""Checking files and datasets of pairs: what is counted, read, left out and refused."""

from __future__ import annotations

import json
import math
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.data import ConfigurationError, InputError, build_dataset, check_pairs
from evenhand.data.checking.pair_tally import CheckedPair

PAIRS = [
    ("a", "An Irish crew met.", "An crew met."),
    ("b", "She lost her keys.", "He lost her keys."),
    ("c", "She sang.", "He sang."),
    ("c", "She sang.", "He sang."),
    ("d", "It rains.", "It rains."),
    ("e", "A Muslim woman prays.", "A Hindu man prays."),
]
FAULTS = {
    "article": 1,
    "mixed_groups": 1,
    "duplicate": 1,
    "identical": 1,
    "no_term_changed": 1,
    "several_axes": 1,
}
TERMS = ("gender", "religion", "nationality")


def write_csv(path, rows=PAIRS, header="id,original,counterfactual"):
    lines = [header, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_jsonl(path):
    names = ("id", "original", "counterfactual")
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in PAIRS]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_parquet(path):
    names = ("id", "original", "counterfactual")
    pq.write_table(pa.table(dict(zip(names, zip(*PAIRS, strict=True), strict=True))), path)
    return path


@pytest.mark.parametrize(
    ("write", "name"),
    [(write_csv, "p.csv"), (write_jsonl, "p.jsonl"), (write_parquet, "p.parquet")],
)
def test_every_fault_of_a_file_is_counted_once_with_its_row(write, name, tmp_path):
    found = check_pairs(write(tmp_path / name), terms=TERMS)
    assert {name: n for name, n in found.quality.faults.items() if n} == FAULTS
    assert (found.quality.checked, found.quality.grammar_errors) == (6, 1)
    assert found.examples["article"] == (CheckedPair(1, *PAIRS[0]),)
    assert found.examples["duplicate"] == (CheckedPair(4, *PAIRS[3]),)
    assert found.lexicons == TERMS
    json.dumps(found.as_document(), allow_nan=False)


def test_a_dataset_is_checked_pair_by_pair(tmp_path):
    (tmp_path / "t.csv").write_text("text\nMen saw her.\nIt rains.\nThe women sing.\n")
    build_dataset([tmp_path / "t.csv"], tmp_path / "cf", method="ablate")
    told = []
    found = check_pairs(tmp_path / "cf", terms=["gender"], progress=lambda *each: told.append(each))
    assert found.quality.checked == 2
    assert told[0] == ("checking", 0, 2), "before the first pairs, which may take seconds"
    assert [pair.row for pair in found.examples["capital"]] == [1]  # "saw."
    assert [pair.id for pair in found.examples["capital"]] == ["0"]


def test_pairs_in_a_hundred_batches_give_what_one_gives(tmp_path):
    rows = [
        (str(n), f"She sang {n % 30_000} songs.", f"He sang {n % 30_000} songs.")
        for n in range(40_000)
    ]
    found = check_pairs(write_csv(tmp_path / "p.csv", rows), terms=["gender"])
    assert found.quality.faults["duplicate"] == 10_000
    assert found.quality.checked == 40_000
    assert [pair.row for pair in found.examples["duplicate"]] == [30_001, 30_002, 30_003]


def test_rows_of_json_lines_are_numbered_by_their_lines(tmp_path):
    row = json.dumps({"original": "She sang.", "counterfactual": "She sang."})
    (tmp_path / "p.jsonl").write_text(f"\n{row}\n\n{row}\n")
    found = check_pairs(tmp_path / "p.jsonl", terms=["gender"])
    assert [(pair.row, pair.id) for pair in found.examples["identical"]] == [(2, None), (4, None)]


def test_lengths_are_compared_by_characters(tmp_path):
    rows = [("a", "x" * 100, "y" * length) for length in (40, 50, 90, 100, 100, 110, 200, 201)]
    path = write_csv(tmp_path / "p.csv", rows)
    ratios = check_pairs(path, terms=["gender"]).quality.length_ratios
    assert (ratios.median, ratios.p5, ratios.p95) == (1.0, 0.4, 2.01)
    assert ratios.outside == 2 / 8


def test_rows_without_a_text_stop_or_are_left_out(tmp_path):
    path = write_csv(tmp_path / "p.csv", [("a", "", "He sang."), *PAIRS, ("b", "She sang.", " ")])
    with pytest.raises(InputError, match="the original is missing") as raised:
        check_pairs(path, terms=["gender"])
    assert raised.value.where == f"{path}, row 1"
    found = check_pairs(path, on_error="skip", terms=["gender"])
    assert found.quality.checked == 6
    assert found.skipped == {
        "pair not used: the original is missing": 1,
        "pair not used: the counterfactual is missing": 1,
    }
    assert found.examples["identical"][0].row == 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the input is empty"),
        ("id,original,counterfactual\n", "the input holds no rows"),
        ("id,counterfactual\na,He sang.\n", "no originals to compare"),
        ("id,original\na,She sang.\n", "there is no column 'counterfactual'"),
        ("original,counterfactual\nShe sang.,He sang.,x\n", "row"),
    ],
)
def test_files_that_cannot_be_checked_are_refused(content, words, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=words) as raised:
        check_pairs(path, terms=["gender"])
    assert str(path) in raised.value.where


LONG = {
    "one word": "x" * 1_000_000,
    "commas": " ,she " * 100_000,
    "words": "she is a the the an of " * 30_000,
    "lines": "is she\n" * 100_000,
    "spaces": "she." + " " * 1_000_000 + "he",
    "terms": "she she her " * 50_000,
    "brackets": '(" ' * 200_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_megabyte_in_a_cell_is_checked_in_time_that_grows_with_its_length(text, tmp_path):
    rows = [{"original": f"She {text}", "counterfactual": f"He {text[:-9][::-1]}"}]
    if "her" in text:
        rows = [{"original": f"She {text}", "counterfactual": text[:-9]}]
    (tmp_path / "p.jsonl").write_text(json.dumps(rows[0]) + "\n")
    assert check_pairs(tmp_path / "p.jsonl", terms=["gender"]).quality.checked == 1


def test_a_file_of_which_no_row_can_be_used_is_refused(tmp_path):
    path = write_csv(tmp_path / "p.csv", [("a", "", "x")])
    with pytest.raises(InputError, match="there is no pair to check"):
        check_pairs(path, on_error="skip", terms=["gender"])


def test_a_folder_that_is_no_dataset_and_options_for_a_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="manifest"):
        check_pairs(tmp_path)
    with pytest.raises(ConfigurationError, match="no effect"):
        check_pairs(tmp_path, delimiter=";")
    with pytest.raises(ConfigurationError, match="at least one"):
        check_pairs(tmp_path, terms=[])


def test_what_a_model_cannot_tell_apart_is_counted(tmp_path):
    class Halves:
        how = "every second pair"

        def __call__(self, originals, counterfactuals):
            return [number % 2 == 1 for number in range(len(originals))]

    found = check_pairs(write_csv(tmp_path / "p.csv"), alike=Halves(), terms=["gender"])
    assert found.quality.faults["alike_to_model"] == 3
    assert [pair.row for pair in found.examples["alike_to_model"]] == [2, 4, 6]
    assert found.compared == "every second pair"


@pytest.fixture
def rates(tmp_path, monkeypatch):
    """Return how to have a function rate texts, by the code of its body."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(body):
        sys.modules.pop("rates_of_texts", None)
        (tmp_path / "rates_of_texts.py").write_text(
            f"import math\n\nrated = []\n\ndef rate(texts):\n    rated.extend(texts)\n    {body}\n"
        )
        import importlib

        importlib.invalidate_caches()
        return "rates_of_texts:rate"

    return write


def test_fluency_is_the_difference_of_two_rates(rates, tmp_path):
    name = rates("return [-float(len(text)) for text in texts]")
    path = write_csv(tmp_path / "p.csv")
    found = check_pairs(path, fluency=name, fluency_loss=0.5, terms=["gender"])
    by_hand = [len(original) - len(changed) for _, original, changed in PAIRS]
    assert found.fluency.mean == pytest.approx(sum(by_hand) / 6)
    assert found.quality.faults["less_fluent"] == sum(change < -0.5 for change in by_hand)
    texts = sys.modules["rates_of_texts"].rated
    assert len(texts) == len(set(texts)), "each text is rated once"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return [1.0]", "returned 1 numbers for"),
        ("return [math.nan for _ in texts]", "returned nan"),
        ("return [math.inf for _ in texts]", "returned inf"),
        ("return [-1e300 for _ in texts]", "returned -1e"),
        ("return ['1' for _ in texts]", "returned a str"),
        ("return [True for _ in texts]", "returned a bool"),
        ("return None", "failed"),
        ("raise ValueError('no model')", "no model"),
        ("raise SystemExit(0)", "SystemExit"),
    ],
)
def test_a_function_that_rates_wrongly_is_named(rates, body, words, tmp_path):
    name = rates(body)
    with pytest.raises(InputError, match=words) as raised:
        check_pairs(write_csv(tmp_path / "p.csv"), fluency=name, terms=["gender"])
    assert raised.value.where == "`fluency` rates_of_texts:rate"


@pytest.mark.parametrize("name", ["nowhere", "nowhere:rate", "math:pi", "math:nothing"])
def test_a_function_that_is_not_there_is_refused(name, tmp_path):
    with pytest.raises(ConfigurationError):
        check_pairs(write_csv(tmp_path / "p.csv"), fluency=name)


def test_a_loss_without_a_function_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="no function that rates"):
        check_pairs(write_csv(tmp_path / "p.csv"), fluency_loss=1.0)
    with pytest.raises(ConfigurationError, match="fluency_loss"):
        check_pairs(write_csv(tmp_path / "p.csv"), fluency="math:exp", fluency_loss=math.nan)
