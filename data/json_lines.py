"""Read JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from evenhand.data.bad_rows import BadRows
from evenhand.data.records import Record


def json_records(
    lines: Iterable[bytes], *, file: Path, bad_rows: BadRows, encoding: str = "UTF-8"
) -> Iterator[Record]:
    """Read the object on every line; empty lines are left out. Numbers are those of the lines.

    A line that is not UTF-8, not JSON or not an object is a bad row. Lines that were of another
    encoding, which is named in errors, come as UTF-8.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{file}, line {number}"
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
        yield Record(number, values, len(line))
