"""Read Parquet files batch by batch, in memory that does not depend on what a file says of itself.

A page or a dictionary of a few hundred bytes can stand for gigabytes. So the sizes that the pages
declare are read first; small batches, of as many rows as are sure to fit, are then joined.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.data.errors import InputError
from evenhand.data.formats.file_parts import FilePart
from evenhand.data.formats.inflating import inflates_too_far, most_inflated
from evenhand.data.formats.parquet_pages import DELTA_BYTE_ARRAY, PLAIN, PageError, pages_of

_LARGEST_PAGE = 256 << 20  # bytes; writers aim at 1 MB, with a thousand rows at the least
_MOST_DECODED = 128 << 20  # bytes of a column in one batch, its pages not counted
_MOST_IN_LISTS = 1 << 26  # values of a column of lists in one row group; eight bytes each
_MOST_FIELDS = 100_000  # of any list in the file's metadata
_USUAL_BATCH = 8 << 20  # bytes that small batches are put together to
_OF_ANY_LENGTH = ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a file.

    Raises:
        pyarrow.ArrowException, OSError: It is damaged, or cannot be read.
    """
    return pq.ParquetFile(path, thrift_container_size_limit=_MOST_FIELDS)


def parquet_parts(path: Path, part_bytes: int) -> Iterator[FilePart]:
    """Cut a file between row groups into parts of some size.

    Raises:
        pyarrow.ArrowException, OSError: The file is damaged, or cannot be read.
    """
    start = before = rows = size = group = 0
    with open_parquet(path) as parquet:
        of_row = path.stat().st_size / max(parquet.metadata.num_rows, 1)
        for group in range(parquet.num_row_groups):
            found = parquet.metadata.row_group(group).num_rows
            rows, size = rows + found, size + int(found * of_row)
            if size >= part_bytes:
                yield FilePart(start, group + 1, before)
                start, before, size = group + 1, rows, 0
        if start < parquet.num_row_groups or not rows:
            yield FilePart(start, parquet.num_row_groups, before)


def parquet_batches(
    path: Path, columns: Sequence[str] | None, batch_rows: int, part: FilePart | None = None
) -> Iterator[pa.RecordBatch]:
    """Read columns of a file, dictionaries of whole columns decoded.

    Args:
        path: The file.
        columns: Columns to read, in the file's order, or None for all.
        batch_rows: Most rows in one batch. Where texts are long, or a dictionary is, it has fewer.
        part: The row groups to read, if not all.

    Raises:
        InputError: A page, or a list, is too large to be read.
        pyarrow.ArrowException, OSError: The file is damaged, or cannot be read.
    """
    with open_parquet(path) as parquet:
        names = parquet.schema_arrow.names if columns is None else list(columns)
        with path.open("rb") as file:
            groups = range(*part[:2]) if part else range(parquet.num_row_groups)
            fitting = {
                group: _rows_that_fit(path, file, parquet, group, names, batch_rows)
                for group in groups
            }
        lists = _lists_of_strings(parquet, names)
    with pq.ParquetFile(path, read_dictionary=lists, metadata=parquet.metadata) as parquet:
        parts = _parts(fitting, one_by_one=bool(lists))
        before = part.before if part else 0
        yield from _put_together(_small_batches(path, parquet, names, parts, before), batch_rows)


def parquet_rows(
    path: Path, group: int, columns: Sequence[str], start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """Read some rows of a row group, which are all held at once by whoever asks for them.

    Args:
        path: The file.
        group: Number of the row group.
        columns: Columns to read.
        start: The first row, counted within the group.
        stop: The row after the last.

    Raises:
        InputError: A page, or a list, is too large to be read, or the rows stand for more than an
            honest file does.
        pyarrow.ArrowException, OSError: The file is damaged, or cannot be read.
    """
    with open_parquet(path) as parquet, path.open("rb") as file:
        fitting = _rows_that_fit(path, file, parquet, group, columns, stop)
        lists = _lists_of_strings(parquet, list(columns))
    most, held, first = most_inflated(path.stat().st_size), 0, 0
    with pq.ParquetFile(path, read_dictionary=lists, metadata=parquet.metadata) as parquet:
        for batch in _small_batches(path, parquet, list(columns), [(fitting, [group])]):
            begin, end = (min(max(row - first, 0), batch.num_rows) for row in (start, stop))
            part = batch.slice(begin, end - begin)
            first += batch.num_rows
            held += part.nbytes
            if held > most:
                raise inflates_too_far(
                    f"rows of row group {group} stand for",
                    path,
                    most,
                    "look at what it holds: a few very long texts, repeated",
                )
            if part.num_rows:
                yield part.select(columns)
            if first >= stop:
                return


def _parts(fitting: dict[int, int], *, one_by_one: bool) -> list[tuple[int, list[int]]]:
    """Return how many rows at once are read of which row groups, in order.

    A batch cannot be of two row groups where lists refer to dictionaries.
    """
    if one_by_one:
        return [(rows, [group]) for group, rows in fitting.items()]
    alike = itertools.groupby(fitting.items(), key=itemgetter(1))
    return [(rows, [group for group, _ in numbered]) for rows, numbered in alike]


def _lists_of_strings(parquet: pq.ParquetFile, names: list[str]) -> list[str]:
    """Return where the strings of such columns are in the file's own schema."""
    kinds = {name: parquet.schema_arrow.field(name).type for name in names}
    lists = [
        name
        for name, kind in kinds.items()
        if pa.types.is_list(kind)
        and (pa.types.is_string(kind.value_type) or pa.types.is_dictionary(kind.value_type))
    ]
    paths = [parquet.schema.column(number).path for number in range(len(parquet.schema))]
    return [path for path in paths if path.startswith(tuple(f"{name}." for name in lists))]


def _small_batches(
    path: Path,
    parquet: pq.ParquetFile,
    names: list[str],
    parts: list[tuple[int, list[int]]],
    before: int = 0,
) -> Iterator[pa.RecordBatch]:
    first = before + 1
    for rows, groups in parts:
        for batch in parquet.iter_batches(batch_size=rows, row_groups=groups, columns=names):
            last = first + batch.num_rows - 1
            if any(_refers(kind) for kind in batch.schema.types):
                yield from _decoded(batch, f"{path}, rows {first} to {last}")
            else:
                yield batch
            first = last + 1


def _put_together(batches: Iterator[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
    """Make batches of at most so many rows, or some megabytes, of smaller ones."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if held and (rows + batch.num_rows > most or size >= _USUAL_BATCH):
            yield pa.concat_batches(held)
            held, rows, size = [], 0, 0
        if batch.num_rows >= most // 2:  # copying it would take longer than it is worth
            yield from held
            yield batch
            held, rows, size = [], 0, 0
            continue
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    if held:
        yield pa.concat_batches(held)


def _rows_that_fit(
    path: Path,
    file: BinaryIO,
    parquet: pq.ParquetFile,
    group: int,
    names: Sequence[str],
    batch_rows: int,
) -> int:
    """Return how many rows of a row group at once are sure to fit."""
    most = batch_rows
    roots = tuple(f"{name}." for name in names)
    for number in range(parquet.metadata.num_columns):
        chunk = parquet.metadata.row_group(group).column(number)
        if not f"{chunk.path_in_schema}.".startswith(roots):
            continue
        where = f"{path}, row group {group}, column {chunk.path_in_schema!r}"
        in_lists = parquet.schema.column(number).max_repetition_level > 0
        try:
            largest = _largest_row(file, chunk, where, in_lists=in_lists)
        except PageError as error:
            raise InputError(f"{error}: the file is damaged", where=where) from error
        if chunk.physical_type in _OF_ANY_LENGTH and not in_lists:
            most = min(most, max(1, int(_MOST_DECODED / largest)))
    return most


def _largest_row(file: Any, chunk: Any, where: str, *, in_lists: bool) -> float:
    """Return how many bytes a row may take: on average over a page, or the largest that refers."""
    largest, size, n_values = 1.0, 0, 0
    encodings: set[int | None] = set()
    for page in pages_of(file, chunk):
        if page.size > _LARGEST_PAGE:
            raise InputError(
                f"a page of the Parquet file takes {page.size >> 20:,} MB",
                where=where,
                expected=f"at most {_LARGEST_PAGE >> 20} MB",
                remedy="write it with smaller pages, or leave such long texts out",
            )
        size += page.size
        n_values += page.n_values
        encodings.add(page.encoding)
        largest = max(largest, page.size / max(page.n_values, 1))
    if in_lists and n_values > _MOST_IN_LISTS:
        raise InputError(
            f"the lists of a row group hold {n_values:,} values",
            where=where,
            expected=f"at most {_MOST_IN_LISTS:,}",
            remedy="write it with smaller row groups",
        )
    if in_lists and encodings >= {None, PLAIN}:
        raise InputError(
            "the strings in the lists of a row group are partly in a dictionary",
            where=where,
            expected="all of them in it, or none",
            remedy="write it with a larger dictionary, or without one",
        )
    # Of values that go on where the one before ended, each may be as long as all together.
    return max(largest, float(size)) if DELTA_BYTE_ARRAY in encodings else largest


def _decoded(batch: pa.RecordBatch, where: str) -> Iterator[pa.RecordBatch]:
    """Return a batch without dictionaries, in as many parts as its lists of strings ask for."""
    arrays = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    batch = pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
    if sum(_size_of_lists(column) for column in batch.columns) <= _MOST_DECODED:
        yield _with_plain_lists(batch)
    elif batch.num_rows == 1:
        raise InputError(
            "the lists of a row are too large",
            where=where,
            expected=f"at most {_MOST_DECODED >> 20} MB",
        )
    else:
        half = batch.num_rows // 2
        yield from _decoded(batch.slice(0, half), where)
        yield from _decoded(batch.slice(half), where)


def _refers(kind: pa.DataType) -> bool:
    """Whether a column is one of numbers that stand for the values of a dictionary, or of lists."""
    return bool(pa.types.is_dictionary(kind)) or _is_list_of_dictionary(kind)


def _is_list_of_dictionary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) and pa.types.is_dictionary(kind.value_type))


def _size_of_lists(column: pa.Array) -> int:
    """Return how many bytes the strings of a column of lists take once they are decoded."""
    if not _is_list_of_dictionary(column.type):
        return 0
    codes = column.flatten()
    lengths = pc.binary_length(codes.dictionary).cast(pa.int64())
    return pc.sum(lengths.take(codes.indices)).as_py() or 0


def _with_plain_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    # Casting a slice would decode the strings of the rows before and after it, too: rows are taken
    rows = pa.array(range(batch.num_rows))
    arrays = [
        column.take(rows).cast(pa.list_(column.type.value_type.value_type))
        if _is_list_of_dictionary(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
