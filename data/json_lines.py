"""Read JSON Lines: one object a line, of which some keys become columns."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from evenhand.data.errors import InputError
from evenhand.data.suggest import did_you_mean

_BATCH_ROWS = 16_384
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json_lines(file: Path, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """Read the keys `wanted` of every object in a file; empty lines are left out.

    A key that an object lacks is null. A key that no object of the first batch has is an error.
    Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes U+FFFD.

    Raises:
        InputError: A line is not UTF-8, not JSON or not an object; a key is nowhere; or a column
            mixes types.
    """
    records = _records(file)
    first = True
    while batch := list(itertools.islice(records, _BATCH_ROWS)):
        if first:
            _check_keys(file, batch, wanted)
            first = False
        arrays = [_array(file, batch, name) for name in wanted]
        yield pa.RecordBatch.from_arrays(arrays, names=wanted)


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                what = "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON"
                raise InputError(
                    f"the line is not {what} ({error})", where=f"{file}, line {number}"
                ) from error
            if not isinstance(record, dict):
                raise InputError(
                    "the line is not a JSON object",
                    where=f"{file}, line {number}",
                    expected='one object a line, such as {"text": "...", "label": 1}',
                )
            yield number, record


def _check_keys(file: Path, batch: list[tuple[int, dict[str, Any]]], wanted: list[str]) -> None:
    keys = {key: None for _, record in batch for key in record}
    for name in wanted:
        if name not in keys:
            raise InputError(
                f"there is no column {name!r}",
                where=str(file),
                expected=f"one of {', '.join(map(repr, keys))}",
                remedy=did_you_mean(name, keys),
            )


def _array(file: Path, batch: list[tuple[int, dict[str, Any]]], name: str) -> pa.Array:
    values = [
        _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
        for value in (record.get(name) for _, record in batch)
    ]
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError) as error:
        raise InputError(
            f"the column {name!r} mixes values of different kinds",
            where=f"{file}, lines {batch[0][0]} to {batch[-1][0]}",
            expected="only strings, only numbers, or only true and false",
        ) from error
