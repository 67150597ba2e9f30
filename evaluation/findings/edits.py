"""Which words of a pair's two texts differ, and how to show them in long texts."""

from __future__ import annotations

from evenhand.data.support.word_changes import word_changes

Pieces = list[tuple[str, bool]]
"""A text in order, each piece with whether the other text of the pair lacks it."""

ELLIPSIS = " […] "
_CONTEXT = 160  # characters kept on either side of an edit in a text that is cut


def mark_edits(original: str, counterfactual: str) -> tuple[Pieces, Pieces]:
    """Split both texts of a pair into pieces and mark those that the other text does not have.

    `word_changes` decides what is marked if the texts differ much.
    """
    changes = word_changes(original, counterfactual)
    left = [(before, before != after) for before, after in changes]
    right = [(after, before != after) for before, after in changes]
    return _tidied(left), _tidied(right)


def shorten(pieces: Pieces, limit: int) -> Pieces:
    """Cut a text to at most `limit` characters: what is far from its edits first, then its end.

    A text that is short enough is returned as it is.
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


def _tidied(pieces: Pieces) -> Pieces:
    """Leave white space around edited words unmarked, and join neighbours of one kind."""
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
