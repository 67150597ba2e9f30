"""Which words of a pair's two texts differ, and how to show them where the texts are long."""

from __future__ import annotations

import difflib
import re

Pieces = list[tuple[str, bool]]
"""A text in order, each piece with whether the other text of the pair lacks it."""

ELLIPSIS = " […] "
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 2000  # comparing texts takes time that grows with the square of their length
_CONTEXT = 160  # characters kept on either side of an edit in a text that is cut


def mark_edits(original: str, counterfactual: str) -> tuple[Pieces, Pieces]:
    """Split both texts of a pair into pieces and mark those that the other text does not have.

    Where the texts differ in more places than can be compared in reasonable time, everything from
    the first difference to the last is marked.
    """
    before, after = _TOKENS.findall(original), _TOKENS.findall(counterfactual)
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    left: Pieces = [("".join(before[:start]), False)]
    right: Pieces = [("".join(after[:start]), False)]
    changed, replacement = before[start : len(before) - end], after[start : len(after) - end]
    if len(changed) + len(replacement) > _MOST_TOKENS:
        left.append(("".join(changed), True))
        right.append(("".join(replacement), True))
    else:
        matcher = difflib.SequenceMatcher(None, changed, replacement, autojunk=False)
        for kind, from_, to, other_from, other_to in matcher.get_opcodes():
            left.append(("".join(changed[from_:to]), kind != "equal"))
            right.append(("".join(replacement[other_from:other_to]), kind != "equal"))
    left.append(("".join(before[len(before) - end :]), False))
    right.append(("".join(after[len(after) - end :]), False))
    return _tidied(left), _tidied(right)


def shorten(pieces: Pieces, limit: int) -> Pieces:
    """Cut what lies far from the edits of a text, and then its end, to at most `limit` characters.

    A text that is short enough comes back as it is.
    """
    if sum(len(text) for text, _ in pieces) <= limit:
        return pieces
    kept: Pieces = []
    room = limit - len(ELLIPSIS)
    for place, (text, edited) in enumerate(pieces):
        if not edited:
            head = _CONTEXT if place > 0 else 0
            tail = _CONTEXT if place < len(pieces) - 1 else 0
            if len(pieces) > 1 and len(text) > head + tail + len(ELLIPSIS):
                text = text[:head] + ELLIPSIS + text[len(text) - tail :]
        if len(text) > room:
            kept.append((text[:room] + ELLIPSIS, edited))
            break
        kept.append((text, edited))
        room -= len(text)
    return kept


def _shared(first: list[str], second: list[str]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _tidied(pieces: Pieces) -> Pieces:
    """Leave white space around edited words unmarked, and put neighbours of one kind together."""
    tidied: Pieces = []
    for text, edited in pieces:
        words = text.strip()
        if edited and words:
            start = text.index(words)
            parts = [(text[:start], False), (words, True), (text[start + len(words) :], False)]
        else:
            parts = [(text, edited)]
        for part, marked in parts:
            if part and tidied and tidied[-1][1] == marked:
                tidied[-1] = (tidied[-1][0] + part, marked)
            elif part:
                tidied.append((part, marked))
    return tidied
