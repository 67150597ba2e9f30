"""Holm's adjustment of p-values for their number."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down method.

    Holm 1979: the smallest is multiplied by their number, the next by one less, and so on. No
    result is smaller than the one before, or larger than 1. The method is valid however the tests
    depend on each other; tests of slices that share examples do.
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = least
    return adjusted
