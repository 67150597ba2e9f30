"""Which files a name stands for, compressed files, and many files as one input."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pytest

from evenhand.data import ConfigurationError, InputError, build_dataset
from evenhand.data.dataset.manifest import Columns
from evenhand.data.formats.sources import find_inputs
from evenhand.data.reading.readers import check_inputs, read_batches

ZSTD = pa.Codec("zstd")
TEXT = "text\nshe is\nhe was\n"


@pytest.fixture
def folder(tmp_path):
    for name in ("b.csv", "a/part.jsonl", "a/notes.md", "_tmp/x.csv", ".hidden.csv"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "she is"}\n' if name.endswith("jsonl") else TEXT)
    (tmp_path / "data" / "c.tsv.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "data" / "d.jsonl.zst").write_bytes(
        ZSTD.compress(b'{"text": "she is"}\n', asbytes=True)
    )
    return tmp_path / "data"


def found(*inputs):
    return [(file.path.name, file.format, file.compression) for file in find_inputs(inputs)]


def test_a_folder_stands_for_the_files_in_it_by_name(folder):
    assert found(folder) == [
        ("part.jsonl", "jsonl", None),
        ("b.csv", "csv", None),
        ("c.tsv.gz", "tsv", "gzip"),
        ("d.jsonl.zst", "jsonl", "zstd"),
    ]


def test_a_pattern_stands_for_what_it_matches(folder):
    assert [name for name, *_ in found(folder / "*.*v*", folder / "**" / "*.jsonl")] == [
        "b.csv",
        "c.tsv.gz",
        "part.jsonl",
    ]


def test_shards_are_known_by_the_name_in_front_of_their_number(tmp_path):
    for name in ("x.tfrecord-00000-of-00002", "x.tfrecords-00001-of-00002.gz"):
        (tmp_path / name).write_bytes(b"")
    assert [entry[1:] for entry in found(tmp_path)] == [("tfrecord", None), ("tfrecord", "gzip")]


def test_everything_in_a_folder_becomes_one_dataset(folder, tmp_path):
    dataset = build_dataset([folder], tmp_path / "cf")
    assert [source.rows for source in dataset.manifest.sources] == [1, 2, 2, 1]
    assert dataset.manifest.counts.pairs == 6


@pytest.mark.parametrize("name", ["nothing/*.csv", "a/notes.md", "_tmp/none.csv"])
def test_a_name_without_a_usable_file_is_refused(folder, name):
    with pytest.raises(InputError):
        find_inputs([folder / name])


def test_an_empty_folder_and_no_input_are_refused(tmp_path):
    with pytest.raises(InputError, match="no file of a known format"):
        find_inputs([tmp_path])
    with pytest.raises(ConfigurationError, match="nothing to read"):
        find_inputs([])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(TEXT.encode() * 500, mtime=0)[:-30]),
        ("a.csv.gz", b"no gzip at all"),
        ("a.jsonl.zst", ZSTD.compress(b'{"text": "she"}\n' * 500, asbytes=True)[:-5]),
        ("a.jsonl.gz", gzip.compress(b'{"text": "she"}\n' * 500, mtime=0)[:20] + b"damage"),
    ],
)
def test_a_broken_compressed_file_is_one_clear_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        list(read_batches(tmp_path / name, Columns(text="text")))
    assert name in raised.value.where
    assert "\n" not in raised.value.what


def test_a_column_that_the_last_file_lacks_is_found_before_the_work_begins(folder, tmp_path):
    (folder / "z.csv").write_text("comment\nshe is\n")
    reports = []
    with pytest.raises(InputError, match="no column 'text'") as raised:
        build_dataset([folder], tmp_path / "cf", progress=lambda *_, **__: reports.append(1))
    assert "z.csv" in raised.value.where
    assert not reports


def test_types_that_differ_between_files_are_joined(tmp_path):
    for name, value in (("a", "1"), ("b", "2.5"), ("c", "null")):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"text": "she is", "n": {value}}}\n')
    types = check_inputs(find_inputs([tmp_path]), Columns(text="text", slices=("n",)))
    assert str(types["n"]) == "double"
