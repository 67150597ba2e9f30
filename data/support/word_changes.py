"""Which words of a text another text has changed."""

from __future__ import annotations

import difflib
import re

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 2000  # comparing texts takes time that grows with the square of their length


def word_changes(before: str, after: str) -> list[tuple[str, str]]:
    """Split two texts, in order, into pieces that are equal and pieces that differ.

    Where the texts differ in more places than can be compared in reasonable time, everything from
    the first difference to the last is one piece.

    Returns:
        Each piece of `before` with the piece of `after` in its place; either may be empty. Joined,
        they are the two texts.
    """
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    changed, replacement = old[start : len(old) - end], new[start : len(new) - end]
    pieces = [(old[:start], new[:start])]
    if len(changed) + len(replacement) > _MOST_TOKENS or not set(changed) & set(replacement):
        pieces.append((changed, replacement))
    else:
        matcher = difflib.SequenceMatcher(None, changed, replacement, autojunk=False)
        pieces += [
            (changed[from_:to], replacement[new_from:new_to])
            for _, from_, to, new_from, new_to in matcher.get_opcodes()
        ]
    pieces.append((old[len(old) - end :], new[len(new) - end :]))
    return [("".join(one), "".join(other)) for one, other in pieces if one or other]


def _shared(first: list[str], second: list[str]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
