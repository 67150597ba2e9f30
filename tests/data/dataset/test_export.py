"""TFRecord files: what export writes, reading gives back."""

from __future__ import annotations

import gzip

import pytest

from evenhand.data import ConfigurationError, InputError, build_dataset, export_dataset
from evenhand.data.dataset import export
from evenhand.data.dataset.manifest import Columns
from evenhand.data.formats.records import HEAD_RECORDS
from evenhand.data.formats.tf_examples import encoder
from evenhand.data.reading.readers import read_batches

ALL = Columns(text="text", label="label", weight="weight", id="id", slices=("topic",))


@pytest.fixture
def dataset(tmp_path, write_rows, terms_file):
    return build_dataset(
        [write_rows("rows.csv")],
        tmp_path / "cf",
        terms=[terms_file],
        label_column="toxic",
        slice_columns=["topic"],
    )


def rows_of(files, columns):
    batches = [batch for file in files for batch in read_batches(file, columns)]
    return [row for batch in batches for row in batch.to_pylist()]


def test_exported_examples_and_pairs_read_back_the_same(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_ROWS_PER_SHARD", 3)
    files = export_dataset(dataset.path, tmp_path / "out")
    assert [file.name for file in files] == [
        "examples-00000-of-00002.tfrecord",
        "examples-00001-of-00002.tfrecord",
        "pairs-00000-of-00001.tfrecord",
    ]
    assert rows_of(files[:2], ALL) == dataset.examples().to_pylist()
    columns = Columns(text="counterfactual", id="id", slices=("original",))
    assert [(row["original"], row["text"]) for row in rows_of(files[2:], columns)] == [
        (row["original"], row["counterfactual"]) for row in dataset.pairs().to_pylist()
    ]
    assert (tmp_path / "out" / "manifest.json").exists()


def test_compressed_records_are_read_and_damaged_ones_refused(dataset, tmp_path):
    (file, _) = export_dataset(dataset, tmp_path / "out")
    content = file.read_bytes()
    packed = tmp_path / "a.tfrecord.gz"
    packed.write_bytes(gzip.compress(content))
    assert rows_of([packed], ALL) == dataset.examples().to_pylist()
    flipped = bytearray(content)
    flipped[40] ^= 1
    damages = {
        "ends within a record": content[:-3],
        "length has a wrong checksum": b"text that is no record at all",
        "the file is damaged": bytes(flipped),
    }
    for says, damaged in damages.items():
        path = tmp_path / "bad.tfrecord"
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=says) as raised:
            rows_of([path], ALL)
        assert "bad.tfrecord, record 1" in raised.value.where or says == "ends within a record"


def test_a_feature_of_several_values_is_a_bad_row(dataset, tmp_path):
    (_, pairs) = export_dataset(dataset, tmp_path / "out")
    with pytest.raises(InputError, match="has 2 values"):
        rows_of([pairs], Columns(text="terms"))


def test_a_slice_column_may_have_several_values(dataset, tmp_path):
    (_, file) = export_dataset(dataset, tmp_path / "out")
    terms = Columns(text="original", slices=("terms",))
    wanted = dataset.pairs().column("terms").to_pylist()
    assert max(map(len, wanted)) > 1 == min(map(len, wanted))
    assert [row["terms"] for row in rows_of([file], terms)] == wanted


def test_several_values_after_many_records_of_one_are_a_bad_row(tmp_path):
    encode, file = encoder(), tmp_path / "a.tfrecord"
    rows = [{"text": "a", "tags": ["x"], "sizes": 1}] * HEAD_RECORDS
    late = {"text": "b", "tags": ["x", "y"], "sizes": 2}
    columns = Columns(text="text", slices=("tags", "sizes"))
    file.write_bytes(b"".join(map(encode, [*rows, late])))
    with pytest.raises(InputError, match="the feature 'tags' has 2 values") as raised:
        rows_of([file], columns)
    assert raised.value.where.endswith(f"a.tfrecord, record {HEAD_RECORDS + 1}")
    file.write_bytes(b"".join(map(encode, [late, {"text": "c"}, *rows])))
    [first, second, third, *_] = rows_of([file], columns)
    assert (first["tags"], third["tags"]) == (["x", "y"], ["x"])
    assert (second["tags"], second["sizes"]) == ([], None)
    assert (first["sizes"], third["sizes"]) == (2, 1)


def test_an_unknown_format_and_an_existing_export_are_refused(dataset, tmp_path):
    with pytest.raises(ConfigurationError, match="'parquet'"):
        export_dataset(dataset, tmp_path / "out", format="parquet")
    export_dataset(dataset, tmp_path / "out")
    with pytest.raises(ConfigurationError, match="exists"):
        export_dataset(dataset, tmp_path / "out")
