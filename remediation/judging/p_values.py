"""P-values: an exact test of counts, and adjustments for the number of tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Adjustment = Literal["holm", "benjamini_hochberg"]
"""How the p-values of several tests are adjusted for their number.

- ``holm``: if nothing differs, any test is significant with a chance of at most the level.
- ``benjamini_hochberg``: of the tests that are significant, on average at most such a share is of
  something that does not differ. It finds more where much differs.
"""


def adjusted(p_values: Sequence[float], how: Adjustment) -> list[float]:
    """Return p-values adjusted for their number."""
    return holm(p_values) if how == "holm" else benjamini_hochberg(p_values)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down method.

    Holm 1979: the smallest is multiplied by their number, the next by one less, and so on. No
    result is smaller than the one before, or larger than 1. The method is valid however the tests
    depend on each other; tests of slices that share examples do.
    """
    results = [0.0] * len(p_values)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[i]))
        results[i] = least
    return results


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Benjamini and Hochberg's step-up method.

    Benjamini and Hochberg 1995, "Controlling the false discovery rate". It is valid for tests that
    are independent or depend on each other positively, as those of slices that share examples do.
    """
    from scipy.stats import false_discovery_control  # takes long to import

    return [float(each) for each in false_discovery_control(p_values)] if p_values else []


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    A sign test: of the pairs that flip under one model alone, half are expected to flip under the
    first. 1 if there are no such pairs.
    """
    from scipy.special import bdtr

    fewer = min(only_first, only_second)
    return min(1.0, 2 * float(bdtr(fewer, only_first + only_second, 0.5)))
