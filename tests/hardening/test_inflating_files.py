"""Small files that stand for gigabytes, and long lines and cells: a true message, little memory."""

from __future__ import annotations

import errno
import gzip
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import google_crc32c
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import InputError
from evenhand.data.formats import inflating
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.parquet_batches import parquet_batches
from evenhand.data.formats.sources import input_file
from evenhand.data.reading.readers import check_inputs, read_batches
from evenhand.data.support.limits import MOST_BYTES, MOST_COLUMNS, MOST_VALUES
from evenhand.data.support.memory import tells_of_no_memory
from evenhand.remediation.batches.training_data import DatasetBlocks

MEGABYTE = 1 << 20
TEXT = Columns(text="text")
LONG = f"longer than {MOST_BYTES >> 20} MB"

# Reads a file as the command does, and tells what came of it and how much memory that took at most.
READING = """
import re, sys
from pathlib import Path
from evenhand.data.errors import InputError
from evenhand.data.dataset.manifest import Columns
from evenhand.data.reading.readers import check_inputs, read_batches
from evenhand.data.formats.sources import input_file
file, columns = input_file(sys.argv[1]), Columns(text="text")
try:
    check_inputs([file], columns)
    print(sum(batch.num_rows for batch in read_batches(file, columns)), "rows")
except InputError as error:
    print(" | ".join(error.lines()))
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10)
"""


def repeated(path: Path, piece: bytes, megabytes: int, start: bytes = b"") -> Path:
    """Write megabytes of one piece, compressed to next to nothing."""
    block = piece * (MEGABYTE // len(piece))
    if path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(start)
            for _ in range(megabytes):
                file.write(block)
        return path
    with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as stream:
        stream.write(start)
        for _ in range(megabytes):
            stream.write(block)
    return path


def a_record(path: Path, length: int) -> Path:
    """Write a TFRecord whose length, of a right checksum, is whatever is asked for."""
    head = struct.pack("<Q", length)
    crc = google_crc32c.value(head)
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    return repeated(path, b"\0", 1, head + struct.pack("<I", masked))


def parquet(path: Path, text: pa.Array, **options: object) -> Path:
    pq.write_table(pa.table({"text": text}), path, compression="zstd", **options)
    return path


def of_one(value: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([value]))


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a line of JSON": (
        lambda home: repeated(home / "a.jsonl.zst", b"x", 40, b'\n{"text": "'),
        f"the line is {LONG} |   at: {{path}}, line 2",
    ),
    "a line of many values": (
        lambda home: repeated(home / "a.jsonl.gz", b"[],", 5, b'{"text": "x", "a": ['),
        f"the line holds more than {MOST_VALUES:,} values |   at: {{path}}, line 1",
    ),
    "a line of another encoding": (
        lambda home: repeated(home / "a.ndjson.gz", b"x", 40, b'{"text": "'),
        f"the line is {LONG} |   at: {{path}}, line 1",
    ),
    "a cell of CSV": (
        lambda home: repeated(home / "a.csv.gz", b"x", 20, b'text\nfirst\n"'),
        "a row is longer than 2 MB, or a quotation mark is not closed |   at: {path}, row 2",
    ),
    "a row of TSV": (
        lambda home: repeated(home / "a.tsv.zst", b"x", 20, b"text\n"),
        "a row is longer than 2 MB |   at: {path}, row 1",
    ),
    "a header of CSV": (
        lambda home: repeated(home / "a.csv.zst", b"x", 20),
        "a row is longer than 2 MB, or a quotation mark is not closed |   at: {path}",
    ),
    "the columns of CSV": (
        lambda home: repeated(home / "a.csv.gz", b",a", 1, b"text"),
        f"the header names more than {MOST_COLUMNS:,} columns |   at: {{path}}, the header",
    ),
    "a record that declares a billion gigabytes": (
        lambda home: a_record(home / "a.tfrecord.gz", 1 << 60),
        f"a record is {LONG}: it declares {1 << 60:,} bytes |   at: {{path}}, record 1",
    ),
    "a record that declares a gigabyte": (
        lambda home: a_record(home / "a.tfrecord.zst", 1 << 30),
        f"a record is {LONG}: it declares {1 << 30:,} bytes |   at: {{path}}, record 1",
    ),
    "a cell of Parquet": (
        lambda home: parquet(home / "a.parquet", pa.array(["", "x" * (MOST_BYTES + 1)])),
        f"the text is {LONG}: {MOST_BYTES + 1:,} bytes |   at: {{path}}, row 2, column 'text'",
    ),
    "a dictionary of Parquet": (
        lambda home: parquet(home / "a.parquet", of_one("x" * (MOST_BYTES + 1), 65_536)),
        f"the text is {LONG}: {MOST_BYTES + 1:,} bytes |   at: {{path}}, row 1, column 'text'",
    ),
    "a page of Parquet": (
        lambda home: parquet(
            home / "a.parquet", pa.array(["x" * MEGABYTE] * 300), use_dictionary=False
        ),
        "a page of the Parquet file takes 300 MB |   at: {path}, row group 0, column 'text'",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_too_long_is_named(tmp_path: Path, kind: str) -> None:
    make, expected = REFUSED[kind]
    path = make(tmp_path)
    with pytest.raises(InputError) as caught:
        check_inputs([input_file(path)], TEXT)
        list(read_batches(path, TEXT))
    assert expected.format(path=path) in " | ".join(caught.value.lines())


def test_a_line_that_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = repeated(tmp_path / "a.jsonl.gz", b"x", 700, b'{"text": "')
    assert path.stat().st_size < 4 * MEGABYTE
    command = [sys.executable, "-c", READING, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    said, megabytes = ended.stdout.splitlines()
    assert f"the line is {LONG} |   at: {path}, line 1" in said
    assert int(megabytes) < 400


def test_rows_that_are_too_long_are_left_out_when_asked(tmp_path: Path) -> None:
    lines = [b'{"text": "she"}\n', b'{"text": "' + b"x" * MOST_BYTES + b'"}\n', b'{"text": "he"}']
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    parquet(tmp_path / "b.parquet", pa.array(["she", "x" * (MOST_BYTES + 1), "he"]))
    for name in ("a.jsonl", "b.parquet"):
        skipped = BadRows("skip")
        batches = list(read_batches(tmp_path / name, TEXT, bad_rows=skipped))
        assert [text for batch in batches for text in batch["text"].to_pylist()] == ["she", "he"]
        assert skipped.total == 1


def test_what_is_as_long_as_allowed_is_read(tmp_path: Path) -> None:
    text = "x" * (MOST_BYTES - 12)
    (tmp_path / "a.jsonl").write_text(f'{{"text": "{text}"}}')
    parquet(tmp_path / "b.parquet", pa.array([text]))
    for name in ("a.jsonl", "b.parquet"):
        (batch,) = read_batches(tmp_path / name, TEXT)
        assert batch["text"].to_pylist() == [text]


def test_a_compressed_file_may_inflate_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflating, "_ALWAYS", 4 * MEGABYTE)
    line = b'{"text": "she"}\n'
    honest = repeated(tmp_path / "a.jsonl.gz", line, 4)
    assert sum(batch.num_rows for batch in read_batches(honest, TEXT)) == 4 * (MEGABYTE // 16)
    for name in ("b.jsonl.gz", "b.jsonl.zst"):
        path = repeated(tmp_path / name, line, 9)
        with pytest.raises(InputError, match=r"the compressed file inflates to more than \d MB"):
            list(read_batches(path, TEXT))


TEXTS: dict[str, tuple[Callable[[], pa.Array], dict[str, object]]] = {
    "a dictionary, as pandas writes categories": (lambda: of_one("x" * 49_152, 8_000), {}),
    "a dictionary": (lambda: of_one("x" * 49_152, 8_000), {"store_schema": False}),
    "several row groups": (lambda: of_one("x" * 49_152, 8_000), {"row_group_size": 1_000}),
    "texts that begin like the one before": (
        lambda: pa.array(["x" * 100_000] * 4_000),
        {
            "use_dictionary": False,
            "column_encoding": {"text": "DELTA_BYTE_ARRAY"},
            "data_page_version": "2.0",
        },
    ),
    "long texts in many pages": (
        lambda: pa.array(["x" * MEGABYTE] * 400),
        {"use_dictionary": False, "write_batch_size": 8},
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_batches_are_of_as_many_rows_as_memory_holds(tmp_path: Path, kind: str) -> None:
    make, options = TEXTS[kind]
    texts = make()
    path = parquet(tmp_path / "a.parquet", texts, **options)
    assert path.stat().st_size < MEGABYTE
    rows = 0
    for batch in parquet_batches(path, None, 65_536):
        assert batch.nbytes < 200 * MEGABYTE
        assert batch["text"].type == pa.string()
        assert batch["text"][-1].as_py() == texts[rows].as_py()
        rows += batch.num_rows
    assert rows == len(texts)


def test_lists_of_a_long_string_are_cut_or_refused(tmp_path: Path) -> None:
    def terms(*sizes: int) -> pa.Table:
        flat = of_one("x" * MEGABYTE, sum(sizes))
        offsets = pa.array(np.cumsum([0, *sizes]), pa.int32())
        return pa.table({"terms": pa.ListArray.from_arrays(offsets, flat)})

    path = tmp_path / "a.parquet"
    pq.write_table(terms(50, 0, 50, 50, 50), path, store_schema=False)
    batches = list(parquet_batches(path, None, 65_536))
    assert [len(terms) for batch in batches for terms in batch["terms"].to_pylist()] == [
        *(50, 0, 50, 50, 50)
    ]
    assert all(batch["terms"].type == pa.list_(pa.string()) for batch in batches)
    assert len(batches) > 1
    pq.write_table(terms(1, 500), path, store_schema=False)
    with pytest.raises(InputError, match="the lists of a row are too large"):
        list(parquet_batches(path, None, 65_536))


def test_honest_files_are_read_as_arrow_reads_them(tmp_path: Path) -> None:
    """Whatever versions, encodings, codecs and sizes of pages they were written with."""
    generator = np.random.default_rng(0)
    texts = [
        None if i % 7 == 0 else "é" * int(n) for i, n in enumerate(generator.integers(0, 90, 5_000))
    ]
    table = pa.table(
        {
            "text": texts,
            "group": pa.array(generator.choice(["a", "b", "c"], 5_000)).dictionary_encode(),
            "label": generator.random(5_000),
            "terms": [["she", "he"][: i % 3] or None for i in range(5_000)],
        }
    )
    for number, options in enumerate(
        (
            {},
            {"data_page_version": "2.0", "compression": "gzip"},
            {"use_dictionary": False, "compression": "none", "data_page_size": 64},
            {"dictionary_pagesize_limit": 256, "row_group_size": 700},
            {"write_page_checksum": True, "write_page_index": True, "row_group_size": 1},
        )
    ):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(
            table.slice(0, 300) if "row_group_size" in options else table, path, **options
        )
        plain = [pa.string() if pa.types.is_dictionary(f.type) else f.type for f in table.schema]
        schema = pa.schema(zip(table.schema.names, plain, strict=True))
        found = pa.Table.from_batches(parquet_batches(path, None, 1_000))
        assert found.equals(pq.read_table(path).cast(schema))


def test_a_damaged_page_header_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", pa.array(["she"]))
    content = path.read_bytes()
    for damage in (b"\x00" * 20, b"\xff" * 20, b"\x15\x00" + b"\x19" * 18):
        path.write_bytes(content[:4] + damage + content[24:])
        with pytest.raises(InputError):
            list(read_batches(path, TEXT))


def test_a_dataset_of_a_stranger_is_read_in_parts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "she is late\n" * 4_000)
    build_dataset([tmp_path / "a.csv"], tmp_path / "cf")
    (file,) = (tmp_path / "cf").glob("examples-*.parquet")
    table = pq.read_table(file)
    long = of_one("x" * 100_000, 4_000)
    pq.write_table(table.set_column(1, "text", long), file)
    assert file.stat().st_size < MEGABYTE
    dataset = CounterfactualDataset.open(tmp_path / "cf")
    batches = [batch.nbytes for batch in dataset.iter_examples(["text"])]
    assert len(batches) > 2 and max(batches) < 200 * MEGABYTE


def stranger(folder: Path, kind: str, texts: pa.Array, column: str) -> CounterfactualDataset:
    """Build a dataset and replace a column of its shard."""
    source = folder / "a.csv"
    source.write_text("text\n" + "she is late\n" * len(texts))
    build_dataset([source], folder / "cf")
    (file,) = (folder / "cf").glob(f"{kind}-*.parquet")
    table = pq.read_table(file)
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, column, texts), file, compression="zstd")
    assert file.stat().st_size < MEGABYTE
    return CounterfactualDataset.open(folder / "cf")


@pytest.mark.parametrize(
    ("kind", "column"), [("examples", "text"), ("pairs", "counterfactual"), ("pairs", "terms")]
)
def test_a_shard_that_stands_for_gigabytes_is_not_trained_on(
    tmp_path: Path, kind: str, column: str
) -> None:
    """600 times 1 MB, in a file of some kilobytes."""
    texts = of_one("x" * MEGABYTE, 600)
    if column == "terms":
        texts = pa.ListArray.from_arrays(pa.array(range(601), pa.int32()), texts)
    dataset = stranger(tmp_path, kind, texts, column)
    refused = pytest.raises(InputError, match=r"rows of row group 0 stand for more than 256 MB")
    with refused:
        read = dataset.examples_between if kind == "examples" else dataset.pairs_between
        read(0, 600, [column])
    rows = read(590, 599, [column, "weight"])
    assert rows.num_rows == 9 and rows.column_names == [column, "weight"]
    assert rows[column][8].as_py() == texts[0].as_py()
    blocks = DatasetBlocks(dataset, rows="paired", random_words=1)
    with refused:
        blocks.all_training()


def test_a_shard_whose_page_takes_too_much_is_not_trained_on(tmp_path: Path) -> None:
    dataset = stranger(tmp_path, "examples", of_one("x" * 100, 4_000), "text")
    (file,) = dataset.path.glob("examples-*.parquet")
    table = pq.read_table(file)
    bomb = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(4_000, np.int32)), pa.array(["x" * MEGABYTE + str(i) for i in range(300)])
    )
    options = {"dictionary_pagesize_limit": 1 << 30, "compression": "zstd"}
    pq.write_table(table.set_column(1, "text", bomb), file, **options)
    with pytest.raises(InputError, match="a page of the Parquet file takes 300 MB"):
        dataset.examples_between(0, 1, ["text"])


def test_rows_of_a_dataset_are_those_of_the_whole_table(tmp_path: Path) -> None:
    """Whatever row groups they lie in, and whether a column is one of few values."""
    texts = pa.array([f"she is {'very ' * (row % 5)}late" for row in range(50)])
    stranger(tmp_path, "examples", texts.dictionary_encode(), "text")
    (file,) = (tmp_path / "cf").glob("examples-*.parquet")
    pq.write_table(pq.read_table(file), file, row_group_size=7)
    dataset = CounterfactualDataset.open(tmp_path / "cf")
    whole = dataset.examples(["text", "id"])
    assert whole["text"].to_pylist() == texts.to_pylist()
    for start, stop in ((0, 50), (0, 1), (6, 8), (7, 14), (13, 30), (49, 50), (50, 60), (45, 99)):
        part = dataset.examples_between(start, stop, ["text", "id"])
        assert part.equals(whole.slice(start, stop - start))


NO_MEMORY = """
import numpy, pyarrow

def of_numpy(texts):
    numpy.empty(1 << 60, numpy.uint8)

def of_arrow(texts):
    pyarrow.allocate_buffer(1 << 60)

class ResourceExhaustedError(Exception):
    "As TensorFlow calls it."

def of_tensorflow(texts):
    raise ResourceExhaustedError("OOM when allocating tensor")
"""


@pytest.mark.parametrize("function", ["of_numpy", "of_arrow", "of_tensorflow"])
def test_out_of_memory_is_exit_code_4(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    function: str,
) -> None:
    """In words, whichever library finds none, and whatever was made of its error on the way."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("text\nshe is late\n")
    (tmp_path / "finds_no_memory.py").write_text(NO_MEMORY)
    method = f"finds_no_memory:{function}"
    assert run(["data", "build", "a.csv", "--method", method, "--output", "cf"]) == 4
    shown = capsys.readouterr().err
    assert f"Error: memory ran out\n  at: --method {method}\n" in shown
    assert not (tmp_path / "cf").exists()


def test_what_tells_of_no_memory() -> None:
    assert tells_of_no_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert not tells_of_no_memory(OSError(errno.ENOSPC, "No space left on device"))
    assert not tells_of_no_memory(InputError("the text 'OOM when allocating' is no label"))
