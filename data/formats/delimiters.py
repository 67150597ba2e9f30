"""Tell from the first rows of a CSV text what separates their fields."""

from __future__ import annotations

import csv
import io

CANDIDATES = ",", ";", "\t", "|"
_ROWS = 20  # looked at, with the header


def likely_delimiter(text: bytes | bytearray, default: str, *, has_quotes: bool) -> str:
    """Return what splits the most rows alike, and of several such delimiters that of most fields.

    Args:
        text: The beginning of a file; a last row that is cut off does not count.
        default: What separates the fields if they do not tell, as in a file of one column.
        has_quotes: Whether a field may stand in double quotation marks.
    """
    rows = text.decode("latin-1")  # candidates and quotation marks are ASCII
    order = dict.fromkeys([default, *CANDIDATES])
    return max(order, key=lambda delimiter: _fit(rows, delimiter, has_quotes=has_quotes))


def _fit(text: str, delimiter: str, *, has_quotes: bool) -> tuple[float, int]:
    """Return the share of rows with as many fields as the first, and how many fields these are."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE,
    )
    counts: list[int] = []
    try:
        for row in reader:
            counts.append(len(row))
            if len(counts) > _ROWS:
                break
    except csv.Error:  # a field of more than the csv module takes: what was read has to do
        pass
    counts = counts[:-1] or counts
    if not counts or counts[0] < 2:
        return 0.0, 0
    return counts.count(counts[0]) / len(counts), counts[0]
