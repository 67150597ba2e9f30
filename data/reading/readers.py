"""Read examples from CSV, TSV, JSON Lines, Parquet, Excel and TFRecord files, batch by batch.

Whatever the format, `read_batches` gives record batches of the same columns: `id`, `text`, `label`
and `weight` typed as in a counterfactual dataset, then the slice columns. Rows are numbered from 1
in errors, a CSV file's header not counted. `check_inputs` finds what is wrong with the columns of
many files before any of them is read.
"""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pyarrow as pa

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import EvenhandError, InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.csv_rows import DELIMITERS, CsvRows
from evenhand.data.formats.file_parts import Between, FilePart
from evenhand.data.formats.inflating import Inflated
from evenhand.data.formats.json_lines import json_parts, json_records
from evenhand.data.formats.parquet_batches import open_parquet, parquet_batches, parquet_parts
from evenhand.data.formats.records import NumberedRows, Record, head_of, read_records
from evenhand.data.formats.sources import InputFile, input_file
from evenhand.data.formats.transcoding import AsUtf8
from evenhand.data.reading.columns import ExampleColumns
from evenhand.data.reading.excel_sheets import excel_table, forget_workbook
from evenhand.data.reading.input_columns import InputColumns
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.support.suggest import did_you_mean

_UNITS = {"jsonl": "line", "tfrecord": "record"}
_TEXT_FORMATS = ("csv", "tsv", "jsonl")
_BYTE_ORDER_MARKS = {  # UTF-32's little-endian one begins with UTF-16's
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_COMPRESSED = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}
_BATCH_ROWS = 65_536  # of Parquet and Excel
_SHOWN_CHARACTERS = 300  # of a library's error message, which may quote a whole row


class Position:
    """How many of a file's bytes are read, for progress."""

    def __init__(self) -> None:
        self._tell: Any = lambda: 0
        self.bytes_read = 0

    def follow(self, tell: Any) -> None:
        """Take the position from `tell`."""
        self._tell = tell

    def update(self) -> None:
        """Ask for the position now."""
        self.bytes_read = self._tell()


def read_batches(
    source: str | Path | InputFile,
    columns: Columns,
    *,
    bad_rows: BadRows | None = None,
    position: Position | None = None,
    positive: PositiveLabels | None = None,
) -> Iterator[pa.RecordBatch]:
    """Read a file's rows as record batches.

    Args:
        source: A file: see `evenhand.data.formats.sources` for the names. Text is UTF-8 unless its
            dialect says otherwise. In CSV, an empty field without quotation marks is a missing
            value and slice columns are strings; the other formats' slice columns keep their type.
        columns: Which columns to read. Rows without an `id` column get null.
        bad_rows: Takes the rows that cannot be used; by default the first is an error.
        position: Told how far the file is read.
        positive: Makes numbers of the labels, where `columns` names the positive ones, and holds
            what is seen of them in all files that are read with it.

    Yields:
        Batches of `id` string, `text` string (null where missing), `label` float32 in [0, 1] (null
        if unlabelled), `weight` float32 (1 where there is no weight column), and the slice columns.

    Raises:
        InputError: The file is missing, of an unknown format, damaged or without rows; it lacks a
            column; or a value cannot be used.
    """
    for rows in read_numbered(
        source, columns, bad_rows=bad_rows, position=position, positive=positive
    ):
        yield rows.batch


def read_numbered(
    source: str | Path | InputFile,
    columns: Columns,
    *,
    bad_rows: BadRows | None = None,
    position: Position | None = None,
    positive: PositiveLabels | None = None,
    part: FilePart | None = None,
) -> Iterator[NumberedRows]:
    """Read as `read_batches` does, with the number of each row in the file.

    A part of a file is one of those that `parts_of` gives. It may hold no rows, and a column that
    none of its rows has; `check_inputs` finds that out of the file.
    """
    file = source if isinstance(source, InputFile) else input_file(source)
    examples = _example_columns(file, columns, bad_rows or BadRows(), positive)
    return read_converted(file, examples, position, part)


def read_converted(
    file: InputFile,
    columns: InputColumns,
    position: Position | None = None,
    part: FilePart | None = None,
) -> Iterator[NumberedRows]:
    """Read a file's rows as the columns that `columns` makes of them.

    Raises:
        InputError: As for `read_batches`.
    """
    position = position or Position()
    rows = 0
    with _named(file):
        for raw in _raw_batches(file, columns, position, part):
            rows += raw.batch.num_rows
            yield columns.convert(raw)
            position.update()
    if rows == 0 and not columns.bad_rows.by_reason and part is None:
        raise no_rows_in(file)


def no_rows_in(file: InputFile) -> InputError:
    """Return the error for a file without rows."""
    return InputError("the input holds no rows", where=str(file.path))


class Parts(NamedTuple):
    """The parts of a file.

    Attributes:
        parts: Each; None stands for a file that can only be read as a whole.
        rows: The rows of the file, those that cannot be used too, by which the rows of the next
            file are numbered; None if only reading it tells.
    """

    parts: list[FilePart | None]
    rows: int | None


def parts_of(file: InputFile, part_bytes: int) -> Parts:
    """Cut a file into parts that can be read by themselves, and give the rows as the whole does.

    Compressed files, Excel and TFRecord files and text that is not UTF-8 are one part.

    Raises:
        InputError: The file is damaged or empty.
    """
    with _named(file):
        if file.format == "parquet":
            with open_parquet(file.path) as parquet:
                rows = parquet.metadata.num_rows
            return Parts([*parquet_parts(file.path, part_bytes)], rows)
        if file.compression or file.dialect.codec or file.format not in _TEXT_FORMATS:
            return Parts([None], None)
        _check_encoding(file)
        if file.format in DELIMITERS:
            with _opened(file, Position()) as stream:
                cutting = CsvRows(file, BadRows("skip"))
                return Parts([*cutting.parts(stream, part_bytes)], cutting.rows)
        with file.path.open("rb") as lines:
            # Where lines are empty, the number of the last one that can be used counts.
            parts, rows = json_parts(lines, part_bytes)
            return Parts([*parts], rows)


def unit_of(file: InputFile) -> str:
    """Return what a row of a file is called in errors: "row", "line" or "record"."""
    return _UNITS.get(file.format, "row")


def column_names(file: InputFile) -> list[str]:
    """Return the names of a file's columns; of JSON Lines and TFRecord, those in its beginning.

    Raises:
        InputError: The file is damaged or empty.
    """
    with _named(file):
        _check_encoding(file)
        if file.format == "parquet":
            with open_parquet(file.path) as parquet:
                return list(parquet.schema_arrow.names)
        if file.format == "excel":
            return list(excel_table(file.path).column_names)
        if file.format in DELIMITERS:
            with _opened(file, Position()) as stream:
                return CsvRows(file, BadRows("skip")).names(stream)
        with _opened(file, Position()) as stream:
            head = head_of(_records(file, stream, (), BadRows("skip"), head_only=True))
            return list(dict.fromkeys(name for record in head for name in record.values))


def check_inputs(files: Sequence[InputFile], columns: Columns) -> dict[str, pa.DataType]:
    """Check that every file has the columns, of kinds that can be used, without reading it all.

    Returns:
        The type of each slice column over all files: whole and other numbers together are float64,
        anything else that differs is string.

    Raises:
        InputError: As for `read_batches`, as far as the beginning of a file tells.
    """
    types: dict[str, pa.DataType] = {}
    for file in files:
        head = _head(file, columns)
        if head is None:
            continue
        for name in columns.slices:
            found = head.schema.field(name).type
            types[name] = _common_type(types.get(name, found), found)
    return {name: pa.string() if pa.types.is_null(kind) else kind for name, kind in types.items()}


def _head(file: InputFile, columns: Columns) -> pa.RecordBatch | None:
    """Return an empty batch with the columns' types as the file's beginning has them."""
    wanted = columns.inputs
    # The reading reports bad rows, as the user chose.
    bad_rows = BadRows("skip")
    with _named(file):
        _check_encoding(file)
        if file.format in DELIMITERS:
            _check_columns(file, column_names(file), wanted)
            raw = pa.schema([(name, pa.string()) for name in wanted]).empty_table()
        elif file.format == "parquet":
            with open_parquet(file.path) as parquet:
                _check_columns(file, parquet.schema_arrow.names, wanted)
                raw = parquet.schema_arrow.empty_table().select(wanted)
        elif file.format == "excel":
            raw = _excel_columns(file, wanted).slice(0, 0)
        else:
            with _opened(file, Position()) as stream:
                records = head_of(
                    _records(file, stream, wanted, bad_rows, slices=columns.slices, head_only=True)
                )
                batches = read_records(
                    records, wanted, file=file.path, unit=_UNITS[file.format], bad_rows=bad_rows
                )
                first = next(batches, None)
            if first is None:
                return None
            raw = pa.Table.from_batches([first.batch.slice(0, 0)])
        empty = pa.RecordBatch.from_arrays(
            [pa.array([], column.type) for column in raw.columns], names=raw.column_names
        )
        examples = _example_columns(file, columns, bad_rows)
        return examples.convert(NumberedRows(empty, range(0))).batch


def _raw_batches(
    file: InputFile, columns: InputColumns, position: Position, part: FilePart | None
) -> Iterator[NumberedRows]:
    wanted, bad_rows = columns.inputs, columns.bad_rows
    if file.format == "parquet":
        yield from _read_parquet(file, wanted, position, part)
        return
    if file.format == "excel":
        first = 1
        table = _excel_columns(file, wanted)
        forget_workbook()  # which takes memory, and is read no more for now
        for batch in table.to_batches(_BATCH_ROWS):
            yield NumberedRows(batch, range(first, first + batch.num_rows))
            first += batch.num_rows
        position.follow(lambda: file.size)
        return
    _check_encoding(file)
    if file.format in DELIMITERS:
        _check_columns(file, column_names(file), wanted)
        with _opened(file, position) as stream:
            yield from CsvRows(file, bad_rows, columns.ranges).batches(stream, wanted, part)
        return
    with _opened(file, position) as stream:
        records = _records(file, stream, wanted, bad_rows, slices=columns.slices, part=part)
        yield from read_records(
            records,
            wanted,
            file=file.path,
            unit=_UNITS[file.format],
            bad_rows=bad_rows,
            from_the_beginning=part is None,
        )


def _records(
    file: InputFile,
    stream: Any,
    wanted: Sequence[str],
    bad_rows: BadRows,
    *,
    slices: Sequence[str] = (),
    head_only: bool = False,
    part: FilePart | None = None,
) -> Iterator[Record]:
    if part is not None:
        stream = Between(stream, part)
    buffered = cast(BinaryIO, io.BufferedReader(stream, buffer_size=1 << 20))
    if file.format == "jsonl":
        return json_records(
            buffered,
            path=file.path,
            bad_rows=bad_rows,
            encoding=file.dialect.encoding or "UTF-8",
            head_only=head_only,
            before=part.before if part else 0,
        )
    from evenhand.data.formats.tf_examples import example_records  # protobuf: few need it

    return example_records(buffered, wanted, slices=slices, path=file.path, bad_rows=bad_rows)


def _excel_columns(file: InputFile, wanted: list[str]) -> pa.Table:
    table = excel_table(file.path)
    _check_columns(file, table.column_names, wanted)
    return table.select(wanted)


def _read_parquet(
    file: InputFile, wanted: list[str], position: Position, part: FilePart | None
) -> Iterator[NumberedRows]:
    with open_parquet(file.path) as parquet:
        _check_columns(file, parquet.schema_arrow.names, wanted)
        share = file.size / max(parquet.metadata.num_rows, 1)
    first = 1 + (part.before if part else 0)
    for batch in parquet_batches(file.path, wanted, _BATCH_ROWS, part):
        numbers = range(first, first + batch.num_rows)
        first += batch.num_rows
        position.follow(lambda rows=numbers.stop - 1: int(rows * share))
        # The file's order may be another than that asked for.
        yield NumberedRows(batch.select(wanted), numbers)


@contextlib.contextmanager
def _opened(file: InputFile, position: Position) -> Iterator[Any]:
    """Open a file for reading its content, unpacked."""
    if file.size == 0:
        raise InputError("the input is empty", where=str(file.path))
    with pa.OSFile(str(file.path), "rb") as raw:
        # A buffer that has read to the end closes it when it is thrown away.
        position.follow(lambda: file.size if raw.closed else raw.tell())
        with contextlib.ExitStack() as stack:
            stream: Any = raw
            if file.compression is not None:
                inflated = pa.CompressedInputStream(raw, file.compression)
                stream = Inflated(stack.enter_context(inflated), file.path, file.size)
            codec = file.dialect.codec if file.format in _TEXT_FORMATS else None
            yield stream if codec is None else AsUtf8(stream, codec)


def _check_encoding(file: InputFile) -> None:
    """Raise InputError if a text file's first bytes show that it is not UTF-8."""
    if file.format not in _TEXT_FORMATS or file.dialect.codec is not None:
        return
    with _opened(file, Position()) as stream:
        first = stream.read(4)
    for marks, encoding in _BYTE_ORDER_MARKS.items():
        if first.startswith(marks):
            raise InputError(
                f"the input is {encoding.upper()}",
                where=str(file.path),
                expected="UTF-8, unless another encoding is named",
                remedy=f"give `encoding` {encoding}",
            )
    for magic, suffix in _COMPRESSED.items():
        if first.startswith(magic):
            raise InputError(
                "the input is compressed, and its name does not say so",
                where=str(file.path),
                remedy=f"add {suffix} to its name",
            )


@contextlib.contextmanager
def _named(file: InputFile) -> Iterator[None]:
    """Turn a library's error into one that names the file."""
    try:
        yield
    except (EvenhandError, MemoryError):  # Arrow's is both
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        shown = (str(error).splitlines() or [type(error).__name__])[0][:_SHOWN_CHARACTERS]
        raise InputError(
            f"the input cannot be read: {shown}",
            where=str(file.path),
            expected=f"a whole {file.format} file"
            + (f", compressed with {file.compression}" if file.compression else ""),
        ) from error


def _example_columns(
    file: InputFile, columns: Columns, bad_rows: BadRows, positive: PositiveLabels | None = None
) -> ExampleColumns:
    return ExampleColumns(
        columns,
        where=str(file.path),
        unit=unit_of(file),
        bad_rows=bad_rows,
        encoding=file.dialect.encoding,
        positive=positive,
    )


def _common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one.equals(other) or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other))
    return pa.float64() if numbers else pa.string()


def _check_columns(file: InputFile, names: list[str], wanted: list[str]) -> None:
    for name in wanted:
        if names.count(name) == 1:
            continue
        missing = name not in names
        raise InputError(
            f"there is no column {name!r}" if missing else f"there are two columns {name!r}",
            where=str(file.path),
            expected=f"one of {', '.join(map(repr, names))}" if missing else None,
            remedy=_other_delimiter(file, names) or did_you_mean(name, names)
            if missing
            else "rename one of them",
        )


def _other_delimiter(file: InputFile, names: list[str]) -> str | None:
    """Return what to do if the header is a single name that holds another delimiter."""
    if file.format not in DELIMITERS or file.dialect.delimiter or len(names) != 1:
        return None
    found = next((each for each in ("\t", ";", "|", ",") if each in names[0]), None)
    return found and f"give `delimiter` {found!r} if that separates the fields"
