"""See apostrophes where texts hold other signs for them: "she´s", "he doesn&#39;t", "they`ll".

Rules know "'" and "’". A text with other signs is given to them as it would be with "'", and what
they change is changed in the text itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from evenhand.data.matching.readings import Match

# Accents, primes and quotation marks, what is left of Windows' characters, and characters as web
# pages write them, between letters.
_ENTITY = r"&(?:#0?39|#x27|apos|[lr]squo|#821[67]);"
_ODD = re.compile(
    rf"(?<=[^\W\d_])(?:[´`′‘‛ʼ＇\x91\x92]|'?[\x80-\x9f]+|{_ENTITY})(?=[^\W\d_])", re.IGNORECASE
)
_HAS_ENTITY = re.compile(_ENTITY, re.IGNORECASE)


class PlainApostrophes:
    """A text with "'" in the place of other signs, and the way back.

    Args:
        text: A text that holds such signs.

    Attributes:
        text: What rules are to look at.
    """

    def __init__(self, text: str) -> None:
        self._original = text
        found = list(_ODD.finditer(text))
        self.text = _ODD.sub("'", text)
        # Behind each sign: its place in the plain text, and by how much the text itself is ahead.
        grown = 0
        self._ends: list[int] = []
        self._ahead = [0]
        for sign in found:
            self._ends.append(sign.start() - grown + 1)
            grown += len(sign[0]) - 1
            self._ahead.append(grown)
        self._original_ends = [sign.end() for sign in found]

    def plain(self, matches: Iterable[Match]) -> list[Match]:
        """Return matches in the text at their places in the plain text."""
        return [
            match._replace(start=self._plain_place(match.start), end=self._plain_place(match.end))
            for match in matches
        ]

    def edited(self, start: int, end: int, new: str) -> tuple[int, int, str]:
        """Return what is written in the text where the plain text has `new` for [start:end].

        An apostrophe in it is the sign that stood there.
        """
        start, end = self._place(start), self._place(end)
        replaced = _ODD.search(self._original, start, end)
        return start, end, new if replaced is None else new.replace("'", replaced[0])

    def _plain_place(self, place: int) -> int:
        return place - self._ahead[bisect_right(self._original_ends, place)]

    def _place(self, place: int) -> int:
        return place + self._ahead[bisect_right(self._ends, place)]


def with_odd_apostrophes(texts: Iterable[tuple[int, str]]) -> dict[int, PlainApostrophes]:
    """Return the texts that hold other signs for apostrophes, each by its number."""
    return {
        number: PlainApostrophes(text)
        for number, text in texts
        if _may_be_odd(text) and _ODD.search(text) is not None
    }


def _may_be_odd(text: str) -> bool:
    """Tell whether a text may hold such a sign; much faster than to look for one."""
    if not text.isascii() or "`" in text:
        return True
    return "&" in text and _HAS_ENTITY.search(text) is not None
