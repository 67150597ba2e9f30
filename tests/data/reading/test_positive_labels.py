"""Labels that are names: which count as 1, in every format, and what is wrong with them."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.building.build import build_dataset, preview_dataset
from evenhand.data.building.in_memory import make_pairs
from evenhand.data.building.scan import scan_terms
from evenhand.data.dataset.manifest import Columns, Manifest
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.sources import find_inputs
from evenhand.data.formats.tf_examples import encoder
from evenhand.data.reading.positive_labels import (
    MOST_COUNTED,
    LabelCounts,
    PositiveLabels,
    label_texts,
)
from evenhand.data.reading.readers import check_inputs, read_batches

FORMATS = ("csv", "tsv", "jsonl", "parquet", "tfrecord")
TEXTS = ("she is late", "he was there", "the king spoke", "nobody came", "a woman sang")

# labels as a file has them, those named, what becomes of them
KINDS = {
    "names": (["toxic", "clean", None, "clean", "Toxic"], ["toxic"], [1, 0, None, 0, 0]),
    "several": (["hate", "insult", "none", None, "none"], ["hate", "insult"], [1, 1, 0, None, 0]),
    "yes and no": (["yes", "no", "no", "yes", None], ["yes"], [1, 0, 0, 1, None]),
    "whole numbers": ([-1, 1, None, -1, 1], ["1"], [0, 1, None, 0, 1]),
    "a number otherwise written": ([-1, 1, 1, -1, None], ["1.0"], [0, 1, 1, 0, None]),
    "a number from Python": ([-1, 1, 0, None, 2], [1, 2.0], [0, 1, 0, None, 1]),
    "negative is positive": ([-1, 1, 1, None, -1], ["-1"], [1, 0, 0, None, 1]),
    "fractions": ([0.1, 0.25, 1.0, None, 0.1], [0.1], [1, 0, 0, None, 1]),
    "NaN": ([1.0, math.nan, -1.0, None, 1.0], ["1"], [1, None, 0, None, 1]),
    "numbers as text": (["1", "1.0", " 1 ", "2", "01"], ["1"], [1, 1, 1, 0, 1]),
    "white space": ([" toxic", "toxic ", "to xic", "clean", None], ["toxic "], [1, 1, 0, 0, None]),
    "booleans": ([True, False, None, False, True], ["true"], [1, 0, None, 0, 1]),
    "a boolean from Python": ([True, False, None, False, True], [False], [0, 1, None, 1, 0]),
    "booleans as text": (["TRUE", "False", "true", None, "FALSE"], ["True"], [1, 0, 1, None, 0]),
    "not only ASCII": (["giftig", "süß", None, "süß", "毒"], ["毒"], [0, 0, None, 0, 1]),
}  # fmt: skip


def write(folder, suffix, labels, texts=TEXTS):
    path = folder / f"rows.{suffix}"
    rows = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
    if suffix in ("csv", "tsv"):
        separator = "," if suffix == "csv" else "\t"
        lines = ["" if label is None else str(label) for label in labels]
        content = [f"{text}{separator}{label}" for text, label in zip(texts, lines, strict=True)]
        path.write_text(f"text{separator}label\n" + "\n".join(content) + "\n")
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        encode = encoder()
        path.write_bytes(b"".join(map(encode, rows)))
    return path


def labels_of(path, named, **more):
    columns = Columns(text="text", label="label", positive_labels=label_texts(named))
    batches = list(read_batches(path, columns, **more))
    assert all(batch.schema.field("label").type == pa.float32() for batch in batches)
    return [label for batch in batches for label in batch.column("label").to_pylist()]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_labels_that_are_named_are_1_and_all_others_0(tmp_path, suffix, kind):
    labels, named, expected = KINDS[kind]
    if suffix == "tfrecord" and isinstance(labels[0], bool):
        named = [1 if label in ("true", True) else 0 for label in named]  # it has no booleans
    assert labels_of(write(tmp_path, suffix, labels), named) == expected


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["toxic", "clean", None]).dictionary_encode(),
        pa.array(["toxic", "clean", None], pa.large_string()),
        pa.array([Decimal("3.00"), Decimal("1.00"), None]),
        pa.array([3, 1, None], pa.float16()),
        pa.array([3, 1, None], pa.uint64()),
    ],
    ids=lambda values: str(values.type),
)
def test_types_that_only_parquet_has(tmp_path, values):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["a", "b", "c"], "label": values}), path)
    named = "toxic" if "toxic" in values.to_pylist() else "3"
    assert labels_of(path, [named]) == [1, 0, None]


def test_large_whole_numbers_are_told_apart(tmp_path):
    labels = [2**53, 2**53 + 1, 2**53 + 2, None, 16777217]
    path = write(tmp_path, "jsonl", labels)
    assert labels_of(path, [str(2**53 + 1)]) == [0, 1, 0, None, 0]
    assert labels_of(path, ["16777216.0"]) == [0, 0, 0, None, 0]


@given(number=st.floats(-1e6, 1e6), other=st.floats(-1e6, 1e6))
def test_a_number_is_the_same_in_every_width_and_spelling(number, other):
    narrow, far = np.float32(number), np.float32(other)
    spelled = pa.array([str(narrow), repr(float(narrow)), f"{float(narrow):.20e}", str(far)])
    same = 1.0 if narrow == far else 0.0
    assert PositiveLabels([str(narrow)]).numbers(spelled).to_pylist() == [1, 1, 1, same]


def test_an_empty_label_is_a_row_that_cannot_be_used(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "label": "toxic"}\n{"text": "b", "label": " "}\n')
    with pytest.raises(InputError, match="' ' cannot be used") as raised:
        labels_of(path, ["toxic"])
    assert raised.value.where.endswith("line 2, column 'label'")
    assert "null where it is missing" in raised.value.expected
    bad_rows = BadRows("skip")
    assert labels_of(path, ["toxic"], bad_rows=bad_rows) == [1]
    assert bad_rows.total == 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_labels_that_are_no_numbers_are_shown_with_what_to_do(tmp_path, suffix):
    names = write(tmp_path, suffix, ["clean", "toxic", "clean", None, "clean"])
    with pytest.raises(InputError) as raised:
        labels_of(names, [])
    assert "name the labels that count as 1 with `positive_labels`" in raised.value.remedy
    assert "'clean' (3), 'toxic' (1) around" in raised.value.remedy
    assert "on_error" not in raised.value.remedy
    signs = write(tmp_path, suffix, [-1, 1, -1, None, -1])
    with pytest.raises(InputError, match=r"'-1(\.0)?' cannot be used") as raised:
        labels_of(signs, [])
    assert raised.value.expected == "a label from 0 to 1"
    assert "positive_labels" in raised.value.remedy and "on_error" not in raised.value.remedy


def test_numbers_of_classes_have_the_old_advice(tmp_path):
    path = write(tmp_path, "csv", [0, 1, 2, 3, 0])
    with pytest.raises(InputError) as raised:
        list(read_batches(path, Columns(text="text", label="label", classes=3)))
    assert "positive_labels" not in raised.value.remedy


def test_labels_in_an_error_are_few_short_and_printable(tmp_path):
    labels = [f"{number}\x1b[31m\u202e{'long' * 50}" for number in range(400)]
    path = write(tmp_path, "jsonl", labels, texts=["she"] * 400)
    for named, where in (([], "remedy"), (["toxic"], "expected")):
        with pytest.raises(InputError) as raised:
            build_dataset([path], tmp_path / "cf", label_column="label", positive_labels=named)
        shown = getattr(raised.value, where)
        assert "others (" in shown and len(shown) < 600
        assert "\\x1b" in shown and "\x1b" not in shown and "\u202e" not in shown


def test_memory_does_not_grow_with_the_number_of_different_labels():
    positive = PositiveLabels(["label 7"])
    for first in range(0, 5000, 1000):
        values = pa.array([f"label {number}" for number in range(first, first + 1000)])
        positive.numbers(values)
    assert len(positive.zeros.by_label) == MOST_COUNTED
    assert positive.zeros.not_listed == 5000 - 1 - MOST_COUNTED
    assert positive.ones.by_label == {"label 7": 1}
    counts = LabelCounts()
    counts.add("x" * 1_000_000, 1)
    assert max(map(len, counts.by_label)) < 1000


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_label_that_does_not_occur_is_an_error(tmp_path, suffix):
    path = write(tmp_path, suffix, ["clean", "toxic", "clean", None, "clean"])
    options = {"label_column": "label", "positive_labels": ["toxic", "toxik"]}
    for work in (
        lambda: build_dataset([path], tmp_path / "cf", **options),
        lambda: preview_dataset([path], **options),
        lambda: scan_terms([path], **options),
    ):
        with pytest.raises(InputError, match="no row has the label 'toxik'") as raised:
            work()
        assert "'clean' (3), 'toxic' (1)" in raised.value.expected
        assert raised.value.remedy == "did you mean 'toxic'?"
        assert str(path) in raised.value.where and "column 'label'" in raised.value.where
    assert not (tmp_path / "cf").exists()


def test_a_label_may_occur_in_one_file_of_several(tmp_path):
    for name, labels in (("a", ["clean"] * 5), ("b", ["toxic"] * 5), ("c", [None] * 5)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "jsonl", labels)
    options = {"label_column": "label", "positive_labels": ["toxic"]}
    dataset = build_dataset([tmp_path], tmp_path.parent / f"{tmp_path.name}-cf", **options)
    labels = dataset.examples(["label"])["label"].to_pylist()
    assert labels == [0] * 5 + [1] * 5 + [None] * 5
    with pytest.raises(InputError) as raised:
        build_dataset([tmp_path / "c"], tmp_path.parent / "cf-none", **options)
    assert raised.value.expected == "rows with a label"


def test_a_label_is_not_mistaken_for_another_kind_of_one(tmp_path):
    booleans = write(tmp_path, "parquet", [True, False, True, None, False])
    with pytest.raises(InputError, match="no row has the label '1'"):
        build_dataset([booleans], tmp_path / "cf", label_column="label", positive_labels=[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positive_labels": [""]}, "positive_labels must be a list of labels"),
        ({"positive_labels": [" "]}, "positive_labels must be a list of labels"),
        ({"positive_labels": [None]}, "positive_labels must be a list of labels"),
        ({"positive_labels": [math.nan]}, "positive_labels must be a list of labels"),
        ({"positive_labels": [["toxic"]]}, "positive_labels must be a list of labels"),
        ({"positive_labels": ["1"], "classes": 2}, "not the numbers of classes"),
        ({"positive_labels": ["1"], "label_column": None}, "need a column of labels"),
    ],
)
def test_what_positive_labels_cannot_be(tmp_path, options, message):
    path = write(tmp_path, "csv", ["toxic", "clean", "1", "2", "3"])
    with pytest.raises(ConfigurationError, match=message):
        build_dataset([path], tmp_path / "cf", **{"label_column": "label", **options})
    if "classes" not in options:
        with pytest.raises(ConfigurationError, match=message):
            scan_terms([path], **{"label_column": "label", **options})


def test_positive_labels_are_recorded_and_without_them_nothing_is(tmp_path):
    labels = ["toxic", "clean", "clean | not", None, "clean"]
    path = write(tmp_path, "csv", labels)
    build_dataset([path], tmp_path / "cf", label_column="label", positive_labels=["toxic"])
    manifest = Manifest.read(tmp_path / "cf" / "manifest.json")
    assert manifest.columns.positive_labels == ("toxic",)
    assert manifest.label_values is not None
    assert manifest.label_values.positive == {"toxic": 1}
    assert manifest.label_values.others == {"clean": 2, "clean | not": 1}
    card = (tmp_path / "cf" / "card.md").read_text()
    assert "| label | counts as | rows read |" in card
    assert "| toxic | 1 | 1 |" in card and "| clean | 0 | 2 |" in card
    assert "| clean &#124; not | 0 | 1 |" in card
    write(tmp_path, "csv", [1, 0, 0, None, 0.5])
    build_dataset([path], tmp_path / "plain", label_column="label")
    document = json.loads((tmp_path / "plain" / "manifest.json").read_text())
    assert "positive_labels" not in document["columns"] and "label_values" not in document
    assert "counts as" not in (tmp_path / "plain" / "card.md").read_text()


def test_only_texts_that_are_not_positive_are_paired(tmp_path):
    path = write(tmp_path, "csv", ["clean", "toxic", "toxic", "clean", None])
    options = {"label_column": "label", "positive_labels": ["toxic"], "pair_labels": "negative"}
    dataset = build_dataset([path], tmp_path / "cf", **options)
    assert dataset.pairs(["original"])["original"].to_pylist() == ["she is late"]


def test_terms_are_counted_under_named_labels(tmp_path):
    path = write(tmp_path, "csv", ["toxic", "clean", "clean", "toxic", None])
    found = scan_terms([path], label_column="label", positive_labels=["toxic"], terms=["gender"])
    assert (found.all_rows.positive, found.all_rows.labelled) == (2, 4)
    assert {term.name: term.positive for term in found.terms}["she"] == 1


def test_pairs_in_memory_take_named_labels():
    frame = pd.DataFrame({"text": ["she is", "he is"], "kind": ["toxic", "clean"]})
    options = {"label_column": "kind", "pair_labels": "negative"}
    pairs = make_pairs(frame, positive_labels=["toxic"], **options)
    assert pairs["original"].tolist() == ["he is"]
    with pytest.raises(InputError, match="no row has the label 'Toxic'"):
        make_pairs(frame, positive_labels=["Toxic"], **options)


def test_a_column_of_another_kind_is_refused_before_any_row_is_read(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["a"], "label": [["toxic"]]}), path)
    columns = Columns(text="text", label="label", positive_labels=("toxic",))
    with pytest.raises(InputError, match="'label' holds list"):
        check_inputs(find_inputs([path]), columns)


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_training_and_reports_read_is_what_numbers_would_have_given(tmp_path, suffix):
    (tmp_path / "names").mkdir()
    (tmp_path / "numbers").mkdir()
    for folder, labels in (
        ("names", ["toxic", "clean", None, "clean", "toxic"]),
        ("numbers", [1, 0, None, 0, 1]),
    ):
        write(tmp_path / folder, suffix, labels)
    options = {"label_column": "label"}
    build_dataset([tmp_path / "numbers"], tmp_path / "cf-numbers", **options)
    dataset = build_dataset(
        [tmp_path / "names"], tmp_path / "cf-names", positive_labels=["toxic"], **options
    )
    for kind in ("examples", "pairs"):
        [file] = (tmp_path / "cf-names").glob(f"{kind}-*.parquet")
        assert file.read_bytes() == (tmp_path / "cf-numbers" / file.name).read_bytes()
    again = CounterfactualDataset.open(tmp_path / "cf-names")
    assert again.manifest == dataset.manifest
