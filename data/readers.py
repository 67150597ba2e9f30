"""Read examples from CSV, TSV, JSON Lines and Parquet files, batch by batch.

Whatever the format, `read_batches` gives record batches of the same columns: `id`, `text`, `label`
and `weight` typed as in a counterfactual dataset, then the slice columns. Rows are numbered from 1
in errors, a CSV file's header not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from evenhand.data.columns import ExampleColumns
from evenhand.data.errors import InputError
from evenhand.data.json_lines import read_json_lines
from evenhand.data.manifest import Columns
from evenhand.data.suggest import did_you_mean

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_PARQUET_BATCH_ROWS = 65_536
_CSV_BLOCK_BYTES = 8 << 20  # also the longest row; a block is some 50,000 rows of short comments
_SHOWN_CHARACTERS = 300  # of a library's error message, which may quote a whole row


def read_batches(path: str | Path, columns: Columns) -> Iterator[pa.RecordBatch]:
    """Read a file's rows as record batches.

    Args:
        path: A .csv, .tsv, .jsonl, .ndjson, .parquet or .pq file. Text is UTF-8. In CSV, an empty
            field without quotation marks is a missing value and slice columns are strings; the
            other formats' slice columns keep their type.
        columns: Which columns to read. Rows without an `id` column get null.

    Yields:
        Batches of `id` string, `text` string (null where missing), `label` float32 in [0, 1] (null
        if unlabelled), `weight` float32 (1 where there is no weight column), and the slice columns.

    Raises:
        InputError: The file is missing, of an unknown format, damaged or without rows; it lacks a
            column; or a value cannot be used.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if not file.is_file():
        raise InputError(
            "the input is not a file" if file.exists() else "there is no such input file",
            where=str(path),
        )
    wanted = list(
        dict.fromkeys(
            name
            for name in (columns.text, columns.label, columns.weight, columns.id, *columns.slices)
            if name is not None
        )
    )
    if suffix in _DELIMITERS:
        batches = _read_csv(file, wanted, _DELIMITERS[suffix])
    elif suffix in _JSON_LINES:
        batches = read_json_lines(file, wanted)
    elif suffix in _PARQUET:
        batches = _read_parquet(file, wanted)
    else:
        raise InputError(
            f"the input's format is not known from its name ({suffix or 'no suffix'})",
            where=str(path),
            expected=", ".join((*_DELIMITERS, *_JSON_LINES, *_PARQUET)),
        )
    return _checked(batches, ExampleColumns(columns, where=str(path)), where=str(path))


def _checked(
    batches: Iterator[pa.RecordBatch], examples: ExampleColumns, *, where: str
) -> Iterator[pa.RecordBatch]:
    rows = 0
    try:
        for batch in batches:
            yield examples.convert(batch, first_row=rows + 1)
            rows += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        shown = str(error).splitlines()[0][:_SHOWN_CHARACTERS]
        raise InputError(f"the input cannot be read: {shown}", where=where) from error
    if rows == 0:
        raise InputError("the input holds no rows", where=where)


def _read_csv(file: Path, wanted: list[str], delimiter: str) -> Iterator[pa.RecordBatch]:
    if file.stat().st_size == 0:
        raise InputError("the input is empty", where=str(file), expected="a header and rows")
    # On one thread, because on several the errors do not say at which row they happened.
    read_options = pyarrow.csv.ReadOptions(use_threads=False, block_size=_CSV_BLOCK_BYTES)
    parse_options = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    with pyarrow.csv.open_csv(file, read_options, parse_options) as reader:
        _check_columns(file, reader.schema.names, wanted)
    convert_options = pyarrow.csv.ConvertOptions(
        include_columns=wanted,
        column_types=dict.fromkeys(wanted, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with pyarrow.csv.open_csv(file, read_options, parse_options, convert_options) as reader:
        yield from reader


def _read_parquet(file: Path, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file) as parquet:
        _check_columns(file, parquet.schema_arrow.names, wanted)
        yield from parquet.iter_batches(batch_size=_PARQUET_BATCH_ROWS, columns=wanted)


def _check_columns(file: Path, names: list[str], wanted: list[str]) -> None:
    for name in wanted:
        if names.count(name) == 1:
            continue
        missing = name not in names
        raise InputError(
            f"there is no column {name!r}" if missing else f"there are two columns {name!r}",
            where=str(file),
            expected=f"one of {', '.join(map(repr, names))}" if missing else None,
            remedy=did_you_mean(name, names) if missing else "rename one of them",
        )
