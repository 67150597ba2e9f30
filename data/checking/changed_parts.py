"""Which faults of a counterfactual its edit brought: those that its original has not, too."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from evenhand.data.support.word_changes import word_changes

Span = tuple[int, int]  # characters from the first up to but without the second
Finder = Callable[[str], Sequence[Span]]
"""Finds the faults of one kind in a text."""


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
        self._changes: list[_Change] | None = None

    def brought(self, find: Finder) -> bool:
        """Tell whether the edit brought a fault.

        A fault counts for a place that was edited if it lies there or beside it. An edit brought
        one if the counterfactual has more of them at the place than the original has.
        """
        original, counterfactual = self._texts
        found = find(counterfactual)
        if not found:
            return False
        changes = self._all()
        now = _counts([change.counterfactual for change in changes], found)
        if not now:
            return False
        before = _counts([change.original for change in changes], find(original))
        return any(count > before[place] for place, count in now.items())

    def _all(self) -> list[_Change]:
        if self._changes is None:
            self._changes = []
            start = new_start = 0
            for old, new in word_changes(*self._texts):
                end, new_end = start + len(old), new_start + len(new)
                if old != new:
                    self._changes.append(_Change((start, end), (new_start, new_end)))
                start, new_start = end, new_end
        return self._changes


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
