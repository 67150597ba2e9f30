"""Turn records (a JSON object, a tf.Example) into record batches of some of their keys."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.support.suggest import did_you_mean

BATCH_ROWS = 16_384
HEAD_RECORDS = 1_000  # in which every column must occur at least once
_HEAD_BYTES = 64 << 20  # of them at most, if the records are long
_BATCH_BYTES = 8 << 20  # a batch of long texts has fewer rows
_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a string"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Record(NamedTuple):
    """One record of a file: its number, from 1, its values, and its size in bytes, roughly."""

    number: int
    values: dict[str, Any]
    size: int


class NumberedRows(NamedTuple):
    """Rows of a file with their numbers in the file, counted from 1."""

    batch: pa.RecordBatch
    numbers: pa.Array | range


def read_records(
    records: Iterable[Record],
    wanted: list[str],
    *,
    file: Path,
    unit: str,
    bad_rows: BadRows,
    from_the_beginning: bool = True,
) -> Iterator[NumberedRows]:
    """Read the keys `wanted` of records; a key that a record lacks is null.

    Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes U+FFFD. Where a
    column mixes kinds of values, records of another kind than most around them are bad rows.

    Raises:
        InputError: A key is in none of the first 1,000 records or 64 MB, or a column's values are
            of no common type.
    """
    source = iter(records)
    head = head_of(source) if from_the_beginning else []
    if head:
        _check_keys(file, head, wanted)
    for part in _parts(itertools.chain(head, source)):
        for name in wanted:
            part = _of_one_kind(file, part, name, unit, bad_rows)
        arrays = [_array(file, part, name, unit) for name in wanted]
        numbers = pa.array([record.number for record in part], pa.int64())
        yield NumberedRows(pa.RecordBatch.from_arrays(arrays, names=wanted), numbers)


def head_of(records: Iterable[Record]) -> list[Record]:
    """Return the first records, in which every column must occur."""
    head: list[Record] = []
    size = 0
    for record in itertools.islice(records, HEAD_RECORDS):
        head.append(record)
        size += record.size
        if size >= _HEAD_BYTES:
            break
    return head


def _parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    size = 0
    for record in records:
        part.append(record)
        size += record.size
        if len(part) == BATCH_ROWS or size >= _BATCH_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _check_keys(file: Path, head: list[Record], wanted: list[str]) -> None:
    keys = {key: None for record in head for key in record.values}
    for name in wanted:
        if name not in keys:
            raise InputError(
                f"there is no column {name!r}",
                where=str(file),
                expected=f"one of {', '.join(map(repr, keys))}",
                remedy=did_you_mean(name, keys),
            )


def _of_one_kind(
    file: Path, part: list[Record], name: str, unit: str, bad_rows: BadRows
) -> list[Record]:
    """Return the records whose value of a key is of the commonest kind, or null."""
    kinds = [_kind(record.values.get(name)) for record in part]
    found = Counter(kind for kind in kinds if kind is not None)
    if len(found) < 2:
        return part
    commonest = found.most_common(1)[0][0]
    kept = []
    for record, kind in zip(part, kinds, strict=True):
        if kind in (None, commonest):
            kept.append(record)
            continue
        bad_rows.add(
            f"the column mixes values of different kinds: here is {kind}",
            where=f"{file}, {unit} {record.number}, column {name!r}",
            reason=f"the column {name!r} mixes values of different kinds",
            expected=f"{commonest}, as in most {unit}s around it",
        )
    return kept


def _kind(value: object) -> str | None:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a number that is too large"
    return None if value is None else _KINDS.get(type(value), type(value).__name__)


def _array(file: Path, part: list[Record], name: str, unit: str) -> pa.Array:
    values = [
        _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
        for value in (record.values.get(name) for record in part)
    ]
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError) as error:
        raise InputError(
            f"the column {name!r} mixes values of different kinds",
            where=f"{file}, {unit}s {part[0].number} to {part[-1].number}",
            expected="only strings, only numbers, or only true and false",
        ) from error
