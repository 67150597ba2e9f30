"""Read JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.file_parts import FilePart
from evenhand.data.formats.records import Record
from evenhand.data.support.limits import MOST_BYTES, MOST_VALUES, SHOWN_LIMIT

_BYTES_OF_A_VALUE = 16  # added to its text's: in memory, even a short one takes more than that


def json_records(
    file: BinaryIO,
    *,
    path: Path,
    bad_rows: BadRows,
    encoding: str = "UTF-8",
    head_only: bool = False,
    before: int = 0,
) -> Iterator[Record]:
    """Read the object on every line; empty lines are left out. Numbers are those of the lines.

    A line that is too long, not UTF-8, not JSON or not an object is a bad row.

    Args:
        file: Lines of UTF-8.
        path: What to call it in errors.
        bad_rows: Takes the lines that cannot be used.
        encoding: The file's own encoding, for errors.
        head_only: Stop at a line that is too long, instead of looking for its end.
        before: Lines before the first in the file.
    """
    for number, line in enumerate(_lines(file), start=before + 1):
        where = f"{path}, line {number}"
        if line is None:
            reason = f"the line is longer than {SHOWN_LIMIT}"
            bad_rows.add(reason, where=where, reason=reason, expected="one object a line")
            if head_only:
                return
            continue
        if not line.strip():
            continue
        n_values = line.count(b",") + 1
        if n_values > MOST_VALUES:
            reason = f"the line holds more than {MOST_VALUES:,} values"
            bad_rows.add(reason, where=where, reason=reason, expected="one object a line")
            continue
        try:
            values = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            kind = encoding if isinstance(error, UnicodeDecodeError) else "JSON"
            reason = f"the line is not {kind}"
            bad_rows.add(f"{reason} ({error})", where=where, reason=reason)
            continue
        if not isinstance(values, dict):
            bad_rows.add(
                "the line is not a JSON object",
                where=where,
                reason="the line is not a JSON object",
                expected='one object a line, such as {"text": "...", "label": 1}',
            )
            continue
        yield Record(number, values, len(line) + _BYTES_OF_A_VALUE * n_values)


def json_parts(file: BinaryIO, part_bytes: int) -> tuple[list[FilePart], int | None]:
    """Cut a file between lines into parts of some size.

    Returns:
        The parts, and the number of lines; None for that if some are empty.
    """
    parts: list[FilePart] = []
    start = before = lines = 0
    has_empty = False
    for line in _lines(file):
        lines += 1
        has_empty = has_empty or (line is not None and not line.strip())
        if (here := file.tell()) - start >= part_bytes:
            parts.append(FilePart(start, here, before))
            start, before = here, lines
    if lines > before or not parts:
        parts.append(FilePart(start, file.tell(), before))
    return parts, None if has_empty else lines


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line, or None for one that is too long to be held."""
    while line := file.readline(MOST_BYTES + 1):
        if len(line) <= MOST_BYTES:
            yield line
            continue
        yield None
        while line and not line.endswith(b"\n"):
            line = file.readline(MOST_BYTES)
