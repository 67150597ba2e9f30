"""Where the rows of a CSV text end, and which of its quotation marks cannot be right.

A field that begins with a quotation mark ends at the next mark that is not doubled, and a delimiter
or the line's end must follow (RFC 4180). In a field that does not begin with one, a mark is text.
Lines end with a line feed, with or without a carriage return before it; if the header ends with a
carriage return alone, so do all lines. A whole block is examined in a few operations on arrays;
marks are examined one by one only where one is out of place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

UNCLOSED = "a quotation mark begins a field and is not closed at the end of one"
LONE_RETURN = "a carriage return stands in a row without quotation marks around it"
MOST_LINES = 50  # of a row: real comments hardly have more; after a lost quotation mark a row does
_FEW_LINES = 5
_LINES_LIKE_ROWS = 10  # in a row, where no number among them says that they are rows
_NUMBER = re.compile(rb' *"?((?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"? *')
_SHOWN = 60  # characters of a line in an error
_LINE_FEED, _RETURN, _QUOTE, _SPACE = b'\n\r" '
_PIECE = 256 << 10  # bytes looked at together: memory for more takes longer to get than to fill

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Structure:
    """The rows of a block of text.

    Attributes:
        text: The block.
        delimiter: The delimiter's code.
        end: Where the last whole row ends.
        broken: Start and end of each row that cannot be read, and why. Where a quotation mark
            opens a field and is not closed as it should be, the row is the line that it stands in.
        quoted_lines: The ends of all lines, and which of them end inside of quotation marks; None
            if every line is a row.
    """

    text: bytes | bytearray
    delimiter: int
    end: int
    broken: tuple[tuple[int, int, str], ...] = ()
    quoted_lines: tuple[Positions, npt.NDArray[np.bool_]] | None = None

    @cached_property
    def ends(self) -> Positions:
        """Where each whole row ends, its line end included."""
        if self.quoted_lines is None:
            return _positions(np.frombuffer(self.text, np.uint8), _LINE_FEED) + 1
        lines, inside = self.quoted_lines
        return lines[~inside]

    @cached_property
    def _starts(self) -> Positions:
        return np.concatenate([[0], self.ends[:-1]]) if self.ends.size else self.ends

    @cached_property
    def _filled(self) -> npt.NDArray[np.bool_]:
        """Whether each row holds more than its line end."""
        codes = np.frombuffer(self.text, np.uint8)
        ended = np.isin(codes[self.ends - 1], (_LINE_FEED, _RETURN))
        length = self.ends - self._starts - ended
        is_fed = codes[self.ends - 1] == _LINE_FEED
        crlf = (length > 0) & is_fed & (codes[self.ends - 2] == _RETURN)
        filled: npt.NDArray[np.bool_] = length - crlf > 0
        return filled

    def number_at(self, position: int) -> int:
        """Return the number of the row at a position, from 1; empty lines are no rows."""
        index = int(np.searchsorted(self.ends, position, side="right"))
        return int(self._filled[:index].sum()) + 1

    def first_row(self) -> tuple[int, int]:
        """Return where the first row that is not empty begins and ends; (0, 0) if none is whole."""
        filled = np.flatnonzero(self._filled)
        if not filled.size:
            return 0, 0
        return int(self._starts[filled[0]]), int(self.ends[filled[0]])

    def whole_rows(self) -> bytes | memoryview:
        """Return the text of the whole rows, but for the broken ones."""
        text = memoryview(self.text)
        if not self.broken:
            return text[: self.end]  # nothing is copied
        parts, start = [], 0
        for begin, end, _ in self.broken:
            parts.append(text[start:begin])
            start = end
        return b"".join([*parts, text[start : self.end]])

    def broken_numbers(self) -> dict[int, str]:
        """Return the numbers of the broken rows, from 1, and why they are."""
        return {self.number_at(begin): why for begin, _, why in self.broken}

    def doubts(self, columns: int, numbers: Mapping[int, float]) -> Iterator[tuple[int, str]]:
        """Yield where a row begins of which a field seems to have swallowed others, and why.

        Args:
            columns: How many the file has.
            numbers: Which columns hold numbers from 0, and the largest of each.
        """
        if self.quoted_lines is None:
            return
        inside = np.flatnonzero(self.quoted_lines[1])
        rows = inside - np.arange(inside.size)  # so many rows have ended before
        inside, rows = inside[rows < self.ends.size], rows[rows < self.ends.size]
        if not inside.size:
            return
        lines = np.bincount(rows, minlength=self.ends.size) + 1
        for row in np.flatnonzero(lines > MOST_LINES)[:1]:
            yield int(self._starts[row]), f"it spans {lines[row]} lines"
        alike: dict[int, list[bytes]] = {}
        for row, line, quoted in self._lines_like_rows(inside, rows, columns):
            if numbers:
                is_row = _numbers_fit(line, self.delimiter, numbers, quoted)
            else:
                is_row = quoted == (0, columns)
            if is_row:
                alike.setdefault(row, []).append(line)
        least = 1 if numbers else _LINES_LIKE_ROWS
        for row, found in sorted(alike.items()):
            # Of rows that were swallowed all lines are such, but for the first or the last, whose
            # number is outside of the marks; of many lines some may be otherwise out of order.
            enough = max(lines[row] / 2, min(lines[row] - 1, _FEW_LINES))
            if len(found) >= max(least, enough):
                shown = found[0][:_SHOWN].decode("utf-8", "replace")
                yield int(self._starts[row]), f"a line in it looks like a row of its own, {shown!r}"
                return

    def _lines_like_rows(
        self, inside: Positions, rows: Positions, columns: int
    ) -> Iterator[tuple[int, bytes, tuple[int, int]]]:
        """Yield the lines that would have as many fields as the file has columns.

        Each comes with the number of its row, and with a range of its fields, the end not included:
        those that lie within the quotation marks. In a row's first line these are the fields after
        the mark that opens, in its last line those before the mark that closes.

        Args:
            inside: Which lines end inside of quotation marks.
            rows: The row of each.
            columns: How many the file has.
        """
        if columns < 2 or self.quoted_lines is None:
            return
        line_ends = self.quoted_lines[0]
        begins = np.where(inside > 0, line_ends[inside - 1], 0)
        last = np.flatnonzero(np.diff(rows, append=-1))  # the last such line of each row
        begins = np.concatenate([begins, line_ends[inside[last]]])
        ends = np.concatenate([line_ends[inside], self.ends[rows[last]]])
        rows = np.concatenate([rows, rows[last]])
        codes = np.frombuffer(self.text, np.uint8)
        delimiters = _positions(codes, self.delimiter)
        # Prose has a space there; rows begin their fields at once.
        spaced = delimiters[codes.take(delimiters + 1, mode="clip") == _SPACE]
        has_fields = _numbers_between(delimiters, begins, ends) == columns - 1
        is_prose = _numbers_between(spaced, begins, ends) > 0
        delimiter = bytes([self.delimiter])
        for index in np.flatnonzero(has_fields & ~is_prose):
            row = int(rows[index])
            line = bytes(self.text[begins[index] : ends[index]]).rstrip(b"\r\n")
            first, stop = 0, columns
            if begins[index] == self._starts[row]:
                opening = line.rfind(delimiter + b'"') + 1
                first = line.count(delimiter, 0, opening) + 1
            if index >= inside.size:
                closing = line.find(b'"' + delimiter)
                stop = line.count(delimiter, 0, closing) if closing >= 0 else columns - 1
            yield row, line, (first, stop)


def _numbers_between(positions: Positions, begins: Positions, ends: Positions) -> Positions:
    """Return how many of some positions, which ascend, lie between each beginning and its end."""
    found: Positions = np.searchsorted(positions, ends) - np.searchsorted(positions, begins)
    return found


def _numbers_fit(
    line: bytes, delimiter: int, numbers: Mapping[int, float], quoted: tuple[int, int]
) -> bool:
    """Whether a line has its numbers where a row has them, one of them in quotation marks."""
    fields = line.split(bytes([delimiter]))
    return any(quoted[0] <= index < quoted[1] for index in numbers) and all(
        _is_number(fields[index], most) for index, most in numbers.items()
    )


def _is_number(field: bytes, most: float) -> bool:
    """Whether a field is a number as tables have them, which the 000 of "10,000" is not."""
    found = _NUMBER.fullmatch(field)
    return found is not None and float(found[1]) <= most


def structure_of(
    text: bytes | bytearray,
    delimiter: str,
    *,
    has_quotes: bool,
    ends_at_returns: bool,
    is_last: bool,
) -> Structure:
    """Find the rows of a block of text that begins with a row.

    Args:
        text: The block, of an encoding that has ASCII's characters at ASCII's bytes.
        delimiter: One character of ASCII.
        has_quotes: Whether a field may stand in quotation marks; if not, every line is a row.
        ends_at_returns: Whether a carriage return alone ends a line.
        is_last: Whether the text ends with the block; it then has to end with a line feed.
    """
    code = ord(delimiter)
    has_quotes = has_quotes and b'"' in text
    if not has_quotes and (b"\r" not in text or text.count(b"\r") == text.count(b"\r\n")):
        return Structure(text, code, text.rfind(b"\n") + 1)
    codes = np.frombuffer(text, np.uint8)
    signs = _positions(codes, _LINE_FEED, *([_QUOTE] if has_quotes else []))
    is_mark = codes[signs] == _QUOTE
    marks = signs[is_mark]
    in_turn = _open_and_close_in_turn(marks, codes, code, is_last=is_last)
    lone = _lone_returns(codes) if b"\r" in text else marks[:0]
    is_inside = np.bitwise_xor.accumulate(is_mark)  # behind an odd number of marks
    if in_turn and not lone.size and not (is_inside & ~is_mark).any():
        return Structure(text, code, text.rfind(b"\n") + 1)
    line_ends = signs[~is_mark] + 1
    if ends_at_returns:
        line_ends = np.sort(np.concatenate([line_ends, lone]))
        lone = lone[:0]
    unclosed: list[tuple[int, int]] = []
    if not in_turn:
        marks, unclosed = _one_by_one(
            text, marks, codes, code, ends_at_returns=ends_at_returns, is_last=is_last
        )
    inside = np.searchsorted(marks, line_ends) % 2 == 1
    ends = line_ends[~inside]
    broken: dict[int, tuple[int, str]] = {}  # by their beginnings
    for position in lone[np.searchsorted(marks, lone) % 2 == 0]:
        row = int(np.searchsorted(ends, position - 1, side="right"))
        if row < ends.size:
            broken[int(ends[row - 1]) if row else 0] = int(ends[row]), LONE_RETURN
    for position, end in unclosed:
        row = int(np.searchsorted(ends, position, side="right"))
        broken[int(ends[row - 1]) if row else 0] = end, UNCLOSED
    rows = tuple((begin, *broken[begin]) for begin in sorted(broken))
    return Structure(text, code, int(ends[-1]) if ends.size else 0, rows, (line_ends, inside))


def _positions(codes: npt.NDArray[np.uint8], *wanted: int) -> Positions:
    """Return where in a text one of some codes stands."""
    found = [np.zeros(0, np.int64)]
    for start in range(0, codes.size, _PIECE):
        piece = codes[start : start + _PIECE]
        is_wanted = piece == wanted[0]
        for code in wanted[1:]:
            is_wanted |= piece == code
        found.append(np.flatnonzero(is_wanted) + start)
    return np.concatenate(found)


def _lone_returns(codes: npt.NDArray[np.uint8]) -> Positions:
    """Return where the carriage returns end that no line feed follows."""
    ends = _positions(codes, _RETURN) + 1
    is_fed = (ends < codes.size) & (codes[np.minimum(ends, codes.size - 1)] == _LINE_FEED)
    lone: Positions = ends[~is_fed]
    return lone


def _open_and_close_in_turn(
    marks: Positions, codes: npt.NDArray[np.uint8], delimiter: int, *, is_last: bool
) -> bool:
    """Whether of all quotation marks, in turn, one opens a field and one closes it.

    A doubled mark in a field counts as one that closes and one that opens it.
    """
    if not marks.size:
        return True
    if is_last and marks.size % 2:
        return False
    beside = _borders(delimiter)
    beside[_QUOTE] = True
    opening, closing = marks[0::2], marks[1::2]
    opens = beside[codes[opening - 1]]
    opens[0] |= opening[0] == 0
    closes = beside[codes[np.minimum(closing + 1, codes.size - 1)]]
    return bool(opens.all() and closes.all())


def _borders(delimiter: int) -> npt.NDArray[np.bool_]:
    """Return for each code whether it is that of a delimiter or of a line's end."""
    borders = np.zeros(256, np.bool_)
    borders[[delimiter, _LINE_FEED, _RETURN]] = True
    return borders


def _one_by_one(
    text: bytes | bytearray,
    all_marks: Positions,
    codes: npt.NDArray[np.uint8],
    delimiter: int,
    *,
    ends_at_returns: bool,
    is_last: bool,
) -> tuple[Positions, list[tuple[int, int]]]:
    """Return the marks that open and close fields, in turn, and those that are not closed.

    Of the marks that are not closed as they should be, each comes with the end of its line.
    """
    borders = _borders(delimiter)
    opens = borders[codes[all_marks - 1]]
    opens[0] |= all_marks[0] == 0
    closes = borders[codes[np.minimum(all_marks + 1, codes.size - 1)]]
    closes[-1] |= all_marks[-1] == codes.size - 1
    found, may_open, may_close = all_marks.tolist(), opens.tolist(), closes.tolist()
    marks: list[int] = []
    unclosed: list[tuple[int, int]] = []
    index, total = 0, len(found)
    while index < total:
        if not may_open[index]:
            index += 1
            continue
        close = index + 1
        while close + 1 < total and found[close + 1] == found[close] + 1:
            close += 2
        if close < total and may_close[close]:
            marks += (found[index], found[close])
            index = close + 1
            continue
        end = _line_end(text, found[index], ends_at_returns=ends_at_returns)
        if (close >= total and not is_last) or end is None:  # the next block tells
            marks.append(found[index])
            break
        unclosed.append((found[index], end))
        index = bisect_left(found, end)
    return np.array(marks, np.int64), unclosed


def _line_end(text: bytes | bytearray, start: int, *, ends_at_returns: bool) -> int | None:
    ends = (text.find(b"\n", start), text.find(b"\r", start) if ends_at_returns else -1)
    found = [end + 1 for end in ends if end >= 0]
    if not found:
        return None
    end = min(found)
    return end + (text[end - 1 : end + 1] == b"\r\n")
