"""Regular expressions that take terms out of text within a TensorFlow graph.

TensorFlow has RE2, without look-around, so what stands beside a term is matched and written back. A
term becomes a mark, and then white space is mended around marks as `evenhand.data.methods.ablation`
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from evenhand.data.matching.patterns import HYPHENS, any_of
from evenhand.data.methods.ablation import CLOSING, OPENING

_MARK = "\ufdd0"  # of no text: Unicode keeps it for use within programs
_TERMS_AT_ONCE = 500  # RE2 gives up its tables for patterns much larger, and then its work
_WORD = r"\pL\pM\pN_"
_SPACE = f"[{''.join(c for c in map(chr, range(0x3001)) if c.isspace())}]"
_CLOSING = f"[{re.escape(CLOSING)}]"
_COLON = "[:;]"  # begins an emoticon, of which the second character is one of `_MOUTH`
_MOUTH = r")\]}"

Replacement = tuple[str, str]  # a pattern of RE2 and what to write for it, in order


def removal(terms: Iterable[str]) -> list[Replacement]:
    """Return the replacements that, one after the other, take terms out of a text."""
    return [*_marking(terms), *_MENDING]


def _marking(terms: Iterable[str]) -> Iterator[Replacement]:
    longest_first = sorted({term for term in terms if term}, key=lambda term: (-len(term), term))
    # What is beside a word: no part of a word or of a name behind "@", nor a hyphen that joins
    # words. Underscores around a word are emphasis.
    before = rf"((?:^|[^{_WORD}@{HYPHENS}]|(?:^|[^{_WORD}{HYPHENS}])[{HYPHENS}]+)_*)"
    behind = rf"(_*(?:$|[^{_WORD}{HYPHENS}]|[{HYPHENS}]+(?:$|[^{_WORD}{HYPHENS}])))"
    for first in range(0, len(longest_first), _TERMS_AT_ONCE):
        words = any_of(longest_first[first : first + _TERMS_AT_ONCE])
        # Twice: what stands between two terms is taken by the first.
        yield from [(f"{before}{words}{behind}", rf"\1{_MARK}\2")] * 2


def _mending() -> Sequence[Replacement]:
    """Return what mends white space around marks, by the rules of `ablation`."""
    space, mark = _SPACE, _MARK
    not_a_mouth = f"[{''.join(re.escape(c) for c in CLOSING if c not in ')]}')}]"
    closes = (
        f"[{''.join(re.escape(c) for c in CLOSING if c not in ':;')}]{_CLOSING}*"
        f"|{_COLON}(?:{not_a_mouth}{_CLOSING}*)?"
    )
    return (
        (f"{mark}(?:{space}*{mark})+", mark),
        (f"^{space}*{mark}{space}*", ""),
        (f"{space}*{mark}{space}*$", ""),
        (rf"{space}+{mark}{space}+((?:{closes})(?:{space}|$))", r"\1"),
        (rf"{space}+{mark}({_CLOSING}|[\"'](?:{_CLOSING}|{space}|$))", r"\1"),
        (rf"([{re.escape(OPENING)}]){mark}{space}+", r"\1"),
        (rf"((?:^|[({{\[]|{space})[\"']){mark}{space}+", r"\1"),
        (rf"({space}*[\n\r]{space}*){mark}{space}*", r"\1"),
        (rf"{space}*{mark}({space}*[\n\r]{space}*)", r"\1"),
        (rf"({space}){space}*{mark}{space}*", r"\1"),
        (rf"{mark}({space}){space}*", r"\1"),
        (mark, ""),
    )


_MENDING = _mending()
