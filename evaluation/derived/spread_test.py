"""Do the true values of several groups differ by more than a limit? A chi-square test.

Even if all groups have the same true rate, the largest and the smallest of the rates that are
counted differ, and the more groups there are and the smaller they are, the more. The test asks
whether they differ by more than chance explains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

_STEPS = 100  # of a bisection, which ends at the precision of a float before that


class ChiSquare(NamedTuple):
    """A chi-square statistic and its degrees of freedom; add statistics of different rows up."""

    statistic: float
    freedom: int

    @property
    def p_value(self) -> float:
        """The chance of a statistic at least as large; 1 where there is nothing to compare."""
        from scipy.special import chdtrc

        return float(chdtrc(self.freedom, self.statistic)) if self.freedom > 0 else 1.0


def chi_square_of_rates(
    rates: Sequence[float], sizes: Sequence[float], limit: float = 0
) -> ChiSquare:
    """Return Pearson's test of whether true rates differ by more than a limit.

    Args:
        rates: The rates of groups that share no row, from 0 to 1.
        sizes: The number of rows of each, above 0.
        limit: The largest difference of two true rates that the hypothesis allows; 0 for Pearson's
            test of whether all are the same.
    """

    def variance(group: int, truth: float) -> float:
        return truth * (1 - truth) / sizes[group]

    return chi_square_of_values(rates, variance, limit)


def chi_square_of_values(
    values: Sequence[float], variance: Callable[[int, float], float], limit: float = 0
) -> ChiSquare:
    """Return the test of whether the true values of groups differ by more than a limit.

    Of all true values that keep the limit, the likeliest are those of the values themselves, moved
    into a window as wide as the limit. The statistic sums (value - true value)² / variance. It has
    the distribution of chi-square, with one degree of freedom less than there are groups, if the
    limit is 0, and is smaller otherwise: so the test rejects at most as often as its level says.

    Args:
        values: The value of each group.
        variance: Returns the variance of a group's value, given its number and its true value.
        limit: The largest difference of two true values that the hypothesis allows.
    """
    lowest, highest = min(values), max(values)
    if highest - lowest <= limit:
        return ChiSquare(0.0, len(values) - 1)

    def moved(start: float) -> list[tuple[int, float, float]]:
        """Return the groups outside the window from `start` on: number, distance, true value."""
        nearest = (min(max(value, start), start + limit) for value in values)
        return [
            (group, value - truth, truth)
            for group, (value, truth) in enumerate(zip(values, nearest, strict=True))
            if value != truth
        ]

    below, above = lowest, highest - limit
    for _ in range(_STEPS):
        middle = (below + above) / 2
        if middle in (below, above):
            break
        if sum(way / variance(group, truth) for group, way, truth in moved(middle)) > 0:
            below = middle
        else:
            above = middle
    statistic = sum(way**2 / variance(group, truth) for group, way, truth in moved(below))
    return ChiSquare(statistic, len(values) - 1)
