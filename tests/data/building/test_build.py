"""Building datasets through the library."""

from __future__ import annotations

import json
import random
import re

import pyarrow as pa
import pytest

from evenhand.data import (
    Columns,
    ConfigurationError,
    InputError,
    TermMatcher,
    build_dataset,
    load_lexicon,
    preview_dataset,
)
from evenhand.data.dataset import shards
from evenhand.data.formats import records
from evenhand.data.reading import readers
from evenhand.data.storage.files import sha256_of


def build(inputs, output, terms_file, **options):
    options.setdefault("label_column", "toxic")
    return build_dataset(inputs, output, terms=[terms_file], **options)


@pytest.fixture
def dataset(tmp_path, write_rows, terms_file):
    return build(
        [write_rows("rows.csv")], tmp_path / "out", terms_file, slice_columns=["topic"], seed=7
    )


def test_examples_are_the_rows_that_have_a_text(dataset):
    assert dataset.examples(["id", "label", "topic"]).to_pylist() == [
        {"id": "0", "label": 1.0, "topic": "work"},
        {"id": "1", "label": 0.0, "topic": "travel"},
        {"id": "2", "label": 0.0, "topic": "work"},
        {"id": "3", "label": 0.0, "topic": "travel"},
    ]


def test_pairs_are_the_examples_that_hold_a_term_beside_other_text(dataset):
    assert dataset.pairs().to_pylist() == [
        {
            "example": 0,
            "id": "0",
            "original": "She is late.",
            "counterfactual": "is late.",
            "terms": ["she"],
            "groups": ["female"],
            "weight": 1.0,
        },
        {
            "example": 2,
            "id": "2",
            "original": "Ask the king,\nor the queen!",
            "counterfactual": "Ask the,\nor the!",
            "terms": ["king", "queen"],
            "groups": ["male", "female"],
            "weight": 1.0,
        },
    ]


def test_the_manifest_says_what_was_done(dataset, tmp_path, terms_file):
    manifest = dataset.manifest
    (source,) = manifest.sources
    assert (source.name, source.rows) == ("rows.csv", 5)
    assert source.sha256 == sha256_of(tmp_path / "rows.csv")
    assert manifest.columns == Columns(text="text", label="toxic", slices=("topic",))
    (lexicon,) = manifest.lexicons
    assert (lexicon.name, lexicon.sha256) == ("people", load_lexicon(terms_file).sha256)
    assert manifest.method.name == "ablate"
    assert manifest.counts.model_dump() == {
        "examples": 4,
        "pairs": 2,
        "by_term": {"king": 1, "queen": 1, "she": 1},
        "by_group": {"female": 2, "male": 1},
        "skipped": {"nothing is left without its terms": 1, "the text is missing": 1},
        "not_read": {"the text is missing": 1},
        "left_alone": {},
    }
    assert manifest.seed == 7
    assert "evenhand" in manifest.versions


def test_building_twice_gives_identical_files(tmp_path, write_rows, terms_file):
    source = write_rows("rows.parquet")
    first = build([source], tmp_path / "a", terms_file).path
    second = build([source], tmp_path / "b", terms_file).path
    names = {file.name for file in first.iterdir()}
    contents = {"examples-00000.parquet", "pairs-00000.parquet", "manifest.json", "card.md"}
    assert names == {*contents, ".evenhand.json"}
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_several_inputs_follow_one_another(tmp_path, write_rows, terms_file):
    inputs = [write_rows("a.csv"), write_rows("b.jsonl"), write_rows("c.parquet")]
    dataset = build(inputs, tmp_path / "out", terms_file)
    assert [source.name for source in dataset.manifest.sources] == ["a.csv", "b.jsonl", "c.parquet"]
    ids = dataset.examples(["id"])["id"].to_pylist()
    assert ids == [str(n) for n in range(15) if n % 5 != 4], "rows without text leave a gap"
    pairs = dataset.pairs()
    assert pairs["example"].to_pylist() == [0, 2, 4, 6, 8, 10]
    assert pairs["id"].to_pylist() == [ids[row] for row in pairs["example"].to_pylist()]


def test_batches_and_shards_change_nothing(tmp_path, write_rows, terms_file, monkeypatch):
    rows = [
        {"text": random.Random(n).choice(["she is", "no one", "king she", None]), "toxic": 0.5}
        for n in range(100)
    ]
    source = write_rows("rows.parquet", rows)
    whole = build([source], tmp_path / "whole", terms_file)
    monkeypatch.setattr(readers, "_BATCH_ROWS", 7)
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 10)
    split = build([source], tmp_path / "split", terms_file)
    assert len(list(split.path.glob("examples-*.parquet"))) > 5
    assert split.examples().equals(whole.examples())
    assert split.pairs().equals(whole.pairs())
    assert split.manifest == whole.manifest


def test_weights_and_ids_reach_examples_and_pairs(tmp_path, write_rows, terms_file):
    source = write_rows("rows.csv", [{"text": "she is", "w": 2.5, "name": "x"}] * 2)
    dataset = build(
        [source],
        tmp_path / "out",
        terms_file,
        label_column=None,
        weight_column="w",
        id_column="name",
    )
    for table in (dataset.examples(), dataset.pairs()):
        assert table["weight"].to_pylist() == [2.5, 2.5]
        assert table["id"].to_pylist() == ["x", "x"]
    assert dataset.examples()["label"].null_count == 2


def test_labels_may_be_the_numbers_of_classes(tmp_path, terms_file):
    rows = tmp_path / "classes.csv"
    rows.write_text("text,mood\nshe came,0\nhe came,2\nnobody came,\n")
    options = {"label_column": "mood", "classes": 3}
    dataset = build([rows], tmp_path / "out", terms_file, **options)
    assert dataset.examples()["label"].to_pylist() == [0.0, 2.0, None]
    assert dataset.manifest.columns.classes == 3
    assert "classes" in (tmp_path / "out" / "card.md").read_text()
    for label in ("3", "0.5", "-1"):
        rows.write_text(f"text,mood\nshe came,{label}\n")
        with pytest.raises(InputError, match="number of a class, from 0 to 2"):
            build([rows], tmp_path / "other", terms_file, **options)
    for wrong in ({"classes": 1}, {"label_column": None}, {"pair_labels": "negative"}):
        with pytest.raises(ConfigurationError, match="class"):
            build([rows], tmp_path / "other", terms_file, **{**options, **wrong})


def test_no_row_with_a_term_is_an_error_and_writes_nothing(tmp_path, write_rows, terms_file):
    source = write_rows("rows.csv", [{"text": "nobody", "toxic": 0}, {"text": "she", "toxic": 0}])
    with pytest.raises(InputError, match="no row can be paired"):
        build([source], tmp_path / "out", terms_file)
    assert {entry.name for entry in tmp_path.iterdir()} == {"rows.csv", "people.csv"}


def test_an_error_in_the_last_file_writes_nothing(tmp_path, write_rows, terms_file):
    with pytest.raises(InputError, match="no such input file"):
        build([write_rows("a.csv"), tmp_path / "b.csv"], tmp_path / "out", terms_file)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["id", "text", "label", "weight"])
def test_slice_columns_may_not_hide_the_dataset_s_own(tmp_path, write_rows, terms_file, name):
    source = write_rows("rows.csv", [{"comment": "she is", name: "x"}])
    with pytest.raises(ConfigurationError, match=f"cannot be called '{name}'"):
        build(
            [source],
            tmp_path / "out",
            terms_file,
            text_column="comment",
            label_column=None,
            slice_columns=[name],
        )


def test_a_slice_column_named_twice_is_refused(tmp_path, write_rows, terms_file):
    with pytest.raises(ConfigurationError, match="'topic'"):
        build(
            [write_rows("rows.csv")],
            tmp_path / "out",
            terms_file,
            slice_columns=["topic", "topic"],
        )


def test_a_slice_column_has_one_type_in_all_files(tmp_path, write_rows, terms_file):
    numbers = write_rows("a.jsonl", [{"text": "she is", "toxic": 0, "n": 1}])
    floats = write_rows("b.jsonl", [{"text": "she is", "toxic": 0, "n": 2.5}])
    words = write_rows("c.jsonl", [{"text": "she is", "toxic": 0, "n": "one"}])
    dataset = build([numbers, floats], tmp_path / "out", terms_file, slice_columns=["n"])
    assert dataset.examples()["n"].to_pylist() == [1.0, 2.5]
    dataset = build([numbers, words], tmp_path / "words", terms_file, slice_columns=["n"])
    assert dataset.examples()["n"].to_pylist() == ["1", "one"]


def test_a_slice_column_that_changes_its_type_within_a_file_is_refused(
    tmp_path, write_rows, terms_file, monkeypatch
):
    monkeypatch.setattr(records, "HEAD_RECORDS", 1)
    monkeypatch.setattr(records, "BATCH_ROWS", 1)
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "she is", "n": 1}\n{"text": "she is", "n": "one"}\n')
    with pytest.raises(InputError, match="'n' holds string here, int64 before"):
        build_dataset([source], tmp_path / "bad", terms=[terms_file], slice_columns=["n"])
    assert not (tmp_path / "bad").exists()


def test_a_preview_counts_the_same_and_writes_nothing(dataset, tmp_path, terms_file):
    before = sorted(tmp_path.iterdir())
    preview = preview_dataset(
        [tmp_path / "rows.csv"], label_column="toxic", terms=[terms_file], pairs=1
    )
    assert preview.counts == dataset.manifest.counts
    assert preview.pairs.equals(dataset.pairs().slice(0, 1))
    assert sorted(tmp_path.iterdir()) == before


def test_the_card_has_the_sections_of_the_data_cards_playbook(tmp_path, write_rows, terms_file):
    dataset = build([write_rows("rows.csv")], tmp_path / "out", terms_file, label_column="toxic")
    card = (dataset.path / "card.md").read_text()
    assert re.findall(r"^## (.*)$", card, re.MULTILINE) == [
        "Dataset overview",
        "Data points",
        "Motivations and intentions",
        "Provenance",
        "Human and other sensitive attributes",
        "Transformations",
        "Annotations and labels",
        "Validation",
        "Sampling",
        "Extended use",
        "Terms of art",
        "To be filled in by the publisher",
    ]
    texts = dataset.pairs().column("original").to_pylist()
    assert texts and not any(text in card for text in texts)


def test_the_card_shows_hostile_names_as_text(tmp_path, write_rows):
    terms = tmp_path / "a|<b>*x*.txt"
    terms.write_text('"she|<img src=x>"\nshe\n')
    source = write_rows("rows.csv", [{"<i>|": "she is"}])
    dataset = build_dataset([source], tmp_path / "out", text_column="<i>|", terms=[terms])
    card = (dataset.path / "card.md").read_text()
    assert "| text | &lt;i>&#124; |" in card
    assert "&#124;&lt;b>&#42;x&#42;" in card
    for line in card.splitlines():
        if line.startswith("|"):
            assert "<" not in line


def test_progress_counts_the_rows(tmp_path, write_rows, terms_file):
    reports = []
    build(
        [write_rows("rows.csv")],
        tmp_path / "out",
        terms_file,
        progress=lambda stage, done, total=None, note="": reports.append((stage, done, total)),
    )
    assert reports[-1] == ("pairing", 5, 5)


@pytest.mark.slow
def test_terms_too_many_for_the_fast_filter_are_paired_all_the_same(tmp_path, write_rows):
    rng = random.Random(0)
    deseret = [chr(code) for code in range(0x10400, 0x10428)]  # cased, four bytes a letter
    terms = ["".join(rng.choices(deseret, k=90)) for _ in range(1500)]
    (tmp_path / "terms.txt").write_text("\n".join(terms), encoding="utf-8")
    source = write_rows("rows.jsonl", [{"text": f"a {terms[3].upper()} b"}, {"text": "none"}])
    matcher = TermMatcher([load_lexicon(tmp_path / "terms.txt")])
    assert matcher.candidates(pa.array(["x"])).to_pylist() == [True], "the filter is off"
    dataset = build_dataset([source], tmp_path / "out", terms=[tmp_path / "terms.txt"])
    assert dataset.pairs()["counterfactual"].to_pylist() == ["a b"]


def test_strange_text_is_paired_or_passed_over(tmp_path, write_rows, terms_file):
    texts = [
        "she \U0001f469\u200d\U0001f680 flew",
        "e\u0301she is",
        "\u05d4\u05d9\u05d0 she \u202eis",
        "she\x00is",
        "\ud83d she is",
        "she " * 100_000 + "is",
        " ",
        "",
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    dataset = build_dataset([path], tmp_path / "out", terms=[terms_file])
    assert dataset.manifest.counts.examples == len(texts)
    assert dataset.pairs()["counterfactual"].to_pylist() == [
        "\U0001f469\u200d\U0001f680 flew",
        "\u05d4\u05d9\u05d0 \u202eis",
        "\x00is",
        "\ufffd is",
        "is",
    ]


def test_rows_read_are_the_examples_and_those_that_are_none_by_reason(tmp_path):
    rows = ["She is late.,1,x", "The bus is late.,0,y", ",1,x", "He is,2,x", "x,y", '"a"b,1,x']
    first, second = tmp_path / "a.csv", tmp_path / "b.jsonl"
    first.write_text("text,label,topic\n" + "\n".join(rows) + "\n")
    second.write_text(
        '{"text": "she is", "label": 1, "topic": "x"}\n\nno JSON\n{"text": "he is"}\n'
    )
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("id,counterfactual\n0,He is late.\n7,nobody\n9,she is\n")
    options = {"label_column": "label", "slice_columns": ["topic"], "on_error": "skip"}
    written = {"pairs_file": pairs, **options}
    for name, chosen in (("cf", options), ("written", written)):
        dataset = build_dataset([first, second], tmp_path / name, **chosen)
        manifest, counts = dataset.manifest, dataset.manifest.counts
        assert [source.rows for source in manifest.sources] == [6, 3]
        assert counts.not_read == {
            "the text is missing": 1,
            "a value of the column 'label' cannot be used": 1,
            "the row has more or fewer fields than the header": 1,
            "a quotation mark begins a field and is not closed at the end of one": 1,
            "the line is not JSON": 1,
        }
        assert counts.examples + sum(counts.not_read.values()) == 9
        assert set(counts.not_read) <= set(counts.skipped)
        card = (tmp_path / name / "card.md").read_text()
        assert "made from 9 rows" in card
        assert "Of 9 rows, 4 are examples and 5 are not." in card
    assert dataset.examples(["id"])["id"].to_pylist() == ["0", "1", "6", "9"], "rows of the inputs"
    assert (counts.pairs, counts.skipped["pair not used: no example has its id"]) == (2, 1)


def test_a_build_of_files_in_another_dialect_says_so_in_its_manifest(tmp_path):
    source, pairs = tmp_path / "a.csv", tmp_path / "pairs.csv"
    source.write_bytes("text;name\nShe said “no”.;7\n".encode("cp1252"))
    pairs.write_bytes("id;counterfactual\n7;He said “no”.\n".encode("cp1252"))
    dialect = {"delimiter": ";", "encoding": "cp1252", "quoting": "none"}
    dataset = build_dataset(
        [source], tmp_path / "cf", id_column="name", pairs_file=pairs, **dialect
    )
    assert dataset.pairs(["counterfactual"]).to_pylist() == [{"counterfactual": "He said “no”."}]
    assert dataset.manifest.reading == dialect
    assert "| encoding | cp1252 |" in (tmp_path / "cf" / "card.md").read_text()


@pytest.mark.parametrize("value", ["1_0", "１", "٣", "0x1", "1,5", "1e400", "one", "0b1", "--1"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_what_only_python_takes_for_a_number_is_named_and_can_be_skipped(tmp_path, name, value):
    path = tmp_path / name
    rows = [("she is", "0.5"), ("he is", value), ("nobody", " 1 ")]
    if name == "a.csv":
        path.write_text("text,label\n" + "".join(f'{text},"{label}"\n' for text, label in rows))
    else:
        lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
        path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"cannot be used") as raised:
        build_dataset([path], tmp_path / "cf", label_column="label")
    assert raised.value.where.endswith(" 2, column 'label'")
    dataset = build_dataset([path], tmp_path / "cf", label_column="label", on_error="skip")
    assert dataset.examples(["label"])["label"].to_pylist() == [0.5, 1.0]
    assert dataset.manifest.counts.not_read == {"a value of the column 'label' cannot be used": 1}
