"""McNemar's exact test: do two models flip equally often on the same pairs?"""

from __future__ import annotations


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    A sign test: of the pairs that flip under one model alone, half are expected to flip under the
    first. 1 if there are no such pairs.
    """
    from scipy.special import bdtr

    fewer = min(only_first, only_second)
    return min(1.0, 2 * float(bdtr(fewer, only_first + only_second, 0.5)))
