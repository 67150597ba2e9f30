"""Which faults of a counterfactual its edit brought: those that its original has not, too."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress, count
from operator import ne
from typing import NamedTuple

from evenhand.data.support.word_changes import word_changes

Span = tuple[int, int]  # characters from the first up to but without the second
Finder = Callable[[str], Sequence[Span]]
"""Finds the faults of one kind in a text."""

_WORD_OR_GAP = re.compile(r"\w+|\s+")


class _Change(NamedTuple):
    """Where an original and its counterfactual differ; a side may be empty."""

    original: Span
    counterfactual: Span


class ChangedParts:
    """The places at which two texts differ, by word. They are looked for when they are asked for.

    Args:
        original: A text.
        counterfactual: The same text, edited.
    """

    def __init__(self, original: str, counterfactual: str) -> None:
        self._texts = original, counterfactual

    def brought(self, find: Finder) -> bool:
        """Tell whether the edit brought a fault.

        A fault counts for a place that was edited if it lies there or beside it. An edit brought
        one if the counterfactual has more of them at the place than the original has.
        """
        original, counterfactual = self._texts
        found = find(counterfactual)
        if not found:
            return False
        start, end = self._outline
        if not any(first <= end and last >= start for first, last in found):
            return False
        now = _counts([change.counterfactual for change in self._changes], found)
        if not now:
            return False
        before = _counts([change.original for change in self._changes], find(original))
        return any(count > before[place] for place, count in now.items())

    @cached_property
    def _outline(self) -> Span:
        """A part of the counterfactual that has all changes, found with little work."""
        original, counterfactual = self._texts
        start = _shared(original, counterfactual)
        end = len(counterfactual) - _shared(original[start:][::-1], counterfactual[start:][::-1])
        end += _word_or_gap(counterfactual[end:])
        return start - _word_or_gap(counterfactual[:start][::-1]), end

    @cached_property
    def _changes(self) -> list[_Change]:
        changes = []
        start = new_start = 0
        for old, new in word_changes(*self._texts):
            end, new_end = start + len(old), new_start + len(new)
            if old != new:
                changes.append(_Change((start, end), (new_start, new_end)))
            start, new_start = end, new_end
        return changes


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    shorter = min(len(one), len(other))
    return next(compress(count(), map(ne, one, other)), shorter)


def _word_or_gap(text: str) -> int:
    """Return how long the word, or the white space, is that a text begins with."""
    found = _WORD_OR_GAP.match(text)
    return found.end() if found is not None else 0


def _counts(places: Sequence[Span], faults: Sequence[Span]) -> Counter[int]:
    """Return how many faults touch each place, by its number; places are in their order."""
    counts: Counter[int] = Counter()
    ends = [end for _, end in places]
    for first, last in faults:
        number = bisect_left(ends, first)
        while number < len(places) and places[number][0] <= last:
            counts[number] += 1
            number += 1
    return counts
