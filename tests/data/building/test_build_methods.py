"""What a build pairs and what it leaves out: methods, written pairs, selection, workers."""

from __future__ import annotations

import importlib
import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data import (
    ConfigurationError,
    InputError,
    TermMatcher,
    build_dataset,
    load_lexicon,
    preview_dataset,
)
from evenhand.data.building import parallel

TEXTS = [
    ("She is late.", 1.0),
    ("The queen and the king met.", 0.0),
    ("The bus is late.", 0.0),
    ("Ask her, or him, or the man.", 0.5),
    ("He left.", None),
]


@pytest.fixture
def source(write_rows):
    return write_rows("rows.jsonl", [{"text": text, "toxic": label} for text, label in TEXTS])


def test_substitution_pairs_with_counterparts(source, tmp_path):
    dataset = build_dataset([source], tmp_path / "out", method="substitute", per_example=1)
    assert dataset.pairs()["counterfactual"].to_pylist() == [
        "He is late.",
        "The king and the queen met.",
        "Ask him, or her, or the woman.",
        "She left.",
    ]
    assert dataset.manifest.method.name == "substitute"
    assert dataset.manifest.method.options["per_example"] == 1
    assert "term substitution" in (dataset.path / "card.md").read_text()


@pytest.mark.parametrize(
    ("options", "paired", "skipped"),
    [
        (
            {"pair_labels": "negative", "label_column": "toxic"},
            [1, 3],
            {"the label is not negative": 2},
        ),
        ({"min_tokens": 3}, [1, 3], {"fewer words than the minimum": 2}),
        ({"max_tokens": 3}, [0, 4], {"more words than the maximum": 2}),
        ({"max_terms": 1}, [0, 4], {"more different terms than the maximum": 2}),
    ],
)
def test_texts_that_are_not_selected_are_counted_with_the_reason(
    source, tmp_path, options, paired, skipped
):
    dataset = build_dataset([source], tmp_path / "out", method="ablate", **options)
    assert dataset.pairs()["example"].to_pylist() == paired
    assert dataset.manifest.counts.skipped == skipped
    assert dataset.manifest.selection == {
        name: value for name, value in options.items() if name != "label_column"
    }
    card = (dataset.path / "card.md").read_text()
    for reason, rows in skipped.items():
        assert f"| {reason} | {rows} |" in card


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"pair_labels": "negative"}, "without labels"),
        ({"pair_labels": "none"}, "pair_labels must be all or negative, got none"),
        ({"max_terms": 0}, "max_terms must be 1 or more, got 0"),
        ({"workers": 0}, "workers must be from 1 to 1024, got 0"),
        ({"shard_rows": 0}, "shard_rows must be 1 or more, got 0"),
        ({"on_error": "ignore"}, "on_error must be stop or skip, got ignore"),
        ({"method": "ablat"}, "no method 'ablat'"),
        ({"method": "nowhere:f"}, "the module nowhere cannot be imported"),
        ({"method": "json:nothing"}, "the module json has no nothing"),
        ({"method": "json:__name__"}, "not a function"),
        ({"per_example": 2}, "no use for `per_example`"),
    ],
)
def test_options_that_make_no_sense_are_refused(source, tmp_path, options, says):
    with pytest.raises(ConfigurationError, match=says):
        build_dataset([source], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def own_method(tmp_path, monkeypatch):
    """Writes a module with one function and returns the method's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(body):
        (tmp_path / "own_methods.py").write_text(f"def change(texts):\n    return {body}\n")
        sys.modules.pop("own_methods", None)
        importlib.invalidate_caches()
        return "own_methods:change"

    yield write
    sys.modules.pop("own_methods", None)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_s_own_method_is_a_function_of_texts(source, tmp_path, own_method, workers):
    name = own_method("[None if 'He' in t else [t.upper(), t, t.lower()] for t in texts]")
    dataset = build_dataset([source], tmp_path / "out", method=name, workers=workers)
    assert dataset.pairs().select(["example", "counterfactual", "groups"]).to_pylist()[:2] == [
        {"example": 0, "counterfactual": "SHE IS LATE.", "groups": ["female"]},
        {"example": 0, "counterfactual": "she is late.", "groups": ["female"]},
    ]
    assert dataset.manifest.method.name == name
    assert dataset.manifest.counts.skipped == {"the method gives no counterfactual": 1}
    assert "made outside evenhand" in (dataset.path / "card.md").read_text()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("[]", "0 results for 4 texts"),
        ("1 / 0", "ZeroDivisionError"),
        ("[1 for t in texts]", "failed|returned"),
        ("[[1] for t in texts]", "a int"),
        ("['\\ud83d' for t in texts]", "surrogate"),
    ],
)
def test_what_one_s_own_method_may_not_do(source, tmp_path, own_method, body, says):
    with pytest.raises(InputError, match=says):
        build_dataset([source], tmp_path / "out", method=own_method(body))
    assert not (tmp_path / "out").exists()


def test_a_method_that_changes_or_leaves_nothing_gives_no_pair(source, tmp_path, own_method):
    name = own_method("[' ' if t.startswith('She') else t for t in texts]")
    with pytest.raises(InputError, match="no row can be paired") as raised:
        build_dataset([source], tmp_path / "out", method=name)
    assert "3: the method leaves the text as it is" in raised.value.expected
    assert "1: the method leaves nothing of the text" in raised.value.expected


def write_pairs(tmp_path, rows):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_pairs_written_elsewhere_are_taken(source, tmp_path):
    pairs = write_pairs(
        tmp_path,
        [
            {"id": "3", "counterfactual": "Ask Ann.", "original": TEXTS[3][0]},
            {"id": "0", "counterfactual": "He is late."},
            {"id": "0", "counterfactual": "They are late."},
        ],
    )
    dataset = build_dataset([source], tmp_path / "out", pairs_file=pairs)
    rows = dataset.pairs().select(["example", "counterfactual", "terms"]).to_pylist()
    assert rows == [
        {"example": 0, "counterfactual": "He is late.", "terms": ["she"]},
        {"example": 0, "counterfactual": "They are late.", "terms": ["she"]},
        {"example": 3, "counterfactual": "Ask Ann.", "terms": ["her", "him", "man"]},
    ]
    assert dataset.manifest.method.name == "pairs"
    assert dataset.manifest.method.options["rows"] == 3


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"id": "0", "counterfactual": "She is late."}, "same as the original"),
        ({"id": "0", "counterfactual": " "}, "counterfactual is missing"),
        ({"id": "9", "counterfactual": "x"}, "no example has its id"),
        ({"id": "0", "counterfactual": "x", "original": "y"}, "not the text of its example"),
        ({"id": None, "counterfactual": "x"}, "missing"),
    ],
)
def test_a_written_pair_that_is_wrong_is_an_error_or_left_out(source, tmp_path, row, says):
    good = {"id": "1", "counterfactual": "x", "original": TEXTS[1][0]}
    pairs = write_pairs(tmp_path, [good, row])
    with pytest.raises(InputError, match=says) as raised:
        build_dataset([source], tmp_path / "stop", pairs_file=pairs)
    assert "pairs.jsonl" in raised.value.where
    assert "2" in raised.value.where
    dataset = build_dataset([source], tmp_path / "skip", pairs_file=pairs, on_error="skip")
    assert dataset.pairs()["example"].to_pylist() == [1]
    assert sum(dataset.manifest.counts.skipped.values()) == 1
    assert says in dataset.manifest.bad_rows[0]


def test_rows_that_cannot_be_used_are_left_out_and_named(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"text,l\nshe is,1\nragged,0,0\nhe \xff,1\nhe is,7\nhe was,0\nlast\nher a,0\n")
    dataset = build_dataset([path], tmp_path / "out", label_column="l", on_error="skip")
    assert dataset.examples()["text"].to_pylist() == ["she is", "he was", "her a"]
    assert dataset.manifest.counts.skipped == {
        "the row has more or fewer fields than the header": 2,
        "the text is not UTF-8": 1,
        "a value of the column 'l' cannot be used": 1,
    }
    places = {
        line.split(", row ")[1].split(":")[0].split(",")[0] for line in dataset.manifest.bad_rows
    }
    assert places == {"2", "3", "4", "6"}
    with pytest.raises(InputError, match="3 fields") as raised:
        build_dataset([path], tmp_path / "stop", label_column="l")
    assert raised.value.where == f"{path}, row 2"


def test_lines_and_records_that_cannot_be_used_are_left_out(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "she is"}\n{"text"\n[]\n{"text": "\xff"}\n\n{"text": "he is"}\n')
    dataset = build_dataset([path], tmp_path / "out", on_error="skip")
    assert dataset.examples()["text"].to_pylist() == ["she is", "he is"]
    assert [line.split(":")[0][-1] for line in dataset.manifest.bad_rows] == ["2", "3", "4"]


def test_shards_hold_so_many_rows_at_most(source, tmp_path):
    whole = build_dataset([source], tmp_path / "whole")
    split = build_dataset([source], tmp_path / "split", shard_rows=2)
    assert len(list(split.path.glob("examples-*"))) == 3
    assert split.examples().equals(whole.examples())
    assert split.pairs().equals(whole.pairs())


def test_neutral_pairs_are_recorded_with_what_was_left_out(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text\nI am a woman.\n"Mom, stop."\nNothing\n')
    dataset = build_dataset([path], tmp_path / "out", method="neutral")
    assert dataset.pairs()["counterfactual"].to_pylist() == ["I am a person."]
    assert dataset.manifest.method.name == "neutral"
    assert dataset.manifest.counts.skipped == {
        "a noun has no article: it may address or name somebody": 1
    }
    card = (dataset.path / "card.md").read_text()
    assert "neutral words" in card
    assert "it may address or name somebody" in card


@pytest.mark.parametrize(("method", "workers"), [("ablate", 2), ("neutral", 3), ("substitute", 4)])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, monkeypatch, method, workers):
    monkeypatch.setattr(parallel, "_CHUNK_TEXTS", 100)
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(json.dumps({"text": f"{text} {n}"}) + "\n" for n in range(300) for text, _ in TEXTS)
    )
    one = build_dataset([path], tmp_path / "one", method=method, workers=1).path
    several = build_dataset([path], tmp_path / "several", method=method, workers=workers).path
    for file in one.iterdir():
        assert file.read_bytes() == (several / file.name).read_bytes(), file.name


@pytest.mark.parametrize(
    ("method", "terms", "processes"),
    [("ablate", "gender", 0), ("ablate", "race-ethnicity", 1), ("substitute", "gender", 1)],
)
def test_processes_are_started_where_many_texts_have_to_be_paired_one_by_one(
    tmp_path, monkeypatch, method, terms, processes
):
    started = []
    start = parallel.start_processes
    monkeypatch.setattr(
        parallel, "start_processes", lambda *given: started.append(given) or start(*given)
    )
    monkeypatch.setattr(parallel, "_SMALL_INPUT_BYTES", 0)
    monkeypatch.setattr(parallel, "_FEW_TEXTS", 100)
    monkeypatch.setattr(parallel, "_FEW_TEXTS_BESIDE_THREADS", 100)
    monkeypatch.setattr(parallel, "_cores", lambda: 2)
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "a black woman is late\nthe bus is late\n" * 200)
    options = {"method": method, "terms": [terms]}
    dataset = build_dataset([path], tmp_path / "out", **options)
    assert len(started) == processes
    one = build_dataset([path], tmp_path / "one", workers=1, **options)
    assert dataset.sha256 == one.sha256


def test_an_error_in_a_worker_is_the_error_of_the_build(source, tmp_path, own_method):
    with pytest.raises(InputError, match="ZeroDivisionError"):
        build_dataset([source], tmp_path / "out", method=own_method("1 / 0"), workers=2)


STRANGE = st.lists(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["she", "He", "her", "king", "women", " ", "\n", ", ", "\u0301", "\x00"]
            ),
            st.sampled_from(
                ["\ud83d", "\U0001f469\u200d\U0001f680", "\u05d4\u05d9\u05d0", "\u202e"]
            ),
            st.text(max_size=4),
        ),
        max_size=12,
    ).map("".join),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(texts=STRANGE, method=st.sampled_from(["ablate", "neutral", "substitute"]))
def test_whatever_the_texts_the_dataset_is_sound(tmp_path_factory, texts, method):
    path = tmp_path_factory.mktemp("strange") / "rows.jsonl"
    lines = [*texts, "she is"]  # one row at least is paired
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in lines))
    preview = preview_dataset([path], method=method, pairs=100)
    matcher = TermMatcher([load_lexicon("gender")])
    pairs = preview.pairs.to_pylist()
    assert pairs
    assert preview.counts.examples == len(lines)
    for pair in pairs:
        assert pair["original"] != pair["counterfactual"]
        assert pair["counterfactual"]
        if method != "substitute":
            assert not matcher.find(pair["counterfactual"])


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_megabyte_on_one_line_is_paired(tmp_path, name):
    text = "she said so " * 100_000
    path = tmp_path / name
    path.write_text(f"text\n{text}\n" if name == "rows.csv" else json.dumps({"text": text}))
    dataset = build_dataset([path], tmp_path / "out", method="ablate")
    assert dataset.pairs()["counterfactual"].to_pylist() == [("said so " * 100_000).strip() + " "]


def test_workers_are_counted_where_the_cores_of_a_process_are_not_known(monkeypatch):
    monkeypatch.delattr(parallel.os, "sched_getaffinity", raising=False)  # macOS
    assert parallel.worker_count(None, 1 << 30) == parallel.os.cpu_count()


def test_workers_are_started_for_large_inputs_only():
    assert parallel.worker_count(None, 1_000) == 1
    assert parallel.worker_count(3, 1_000) == 3
