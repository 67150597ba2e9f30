"""Is a metric significantly worse than in another report? The test behind `no_worse_than`.

The two reports may be about different data, so their values count as independent; on the same data
they are not, and the test then finds a change less often than a paired one would.

A difference of two values has an interval from the intervals of the two: with values p and q and
the ends of their intervals, q - p is at least (q - p) - sqrt((q - lower q)² + (upper p - p)²). For
plain rates with Wilson's intervals this is Newcombe's score interval (Newcombe 1998, "Interval
estimation for the difference between independent proportions", method 10); Zou and Donner 2008 have
the same for any two intervals. The z at which that end is zero, if the parts of an interval grow
with z, gives the p-value here. So it respects whatever the intervals do: examples with several
pairs, weights, areas under curves.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from evenhand.evaluation.report import MetricValue


def p_value_of_worse(
    now: MetricValue, before: MetricValue, *, direction: int, level: float
) -> float | None:
    """Return the one-sided p-value of `now` being worse than `before`.

    Args:
        now: The value in question, with its interval.
        before: The value that it is compared with, with its interval.
        direction: 1 if a higher value is worse, -1 if a lower one is.
        level: Confidence level of both intervals.

    Returns:
        A number from 0 to 1, above 0.5 where the value got better; None where a value or an end of
        an interval is missing.
    """
    value, near, _ = _turned(now, direction)
    other, _, far = _turned(before, direction)
    if value is None or other is None or near is None or far is None:
        return None
    change = value - other
    spread = math.hypot(value - near, far - other)
    if spread == 0:
        return 0.5 if change == 0 else float(change < 0)
    z = NormalDist().inv_cdf((1 + level) / 2) * change / spread
    return NormalDist().cdf(-z)


def _turned(value: MetricValue, direction: int) -> tuple[float | None, float | None, float | None]:
    """Return value, better end and worse end, with signs such that more is worse."""
    ends = (value.lower, value.upper) if direction > 0 else (value.upper, value.lower)
    better, worse = (None if end is None else direction * end for end in ends)
    return None if value.value is None else direction * value.value, better, worse
