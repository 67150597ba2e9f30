"""How many rows a rate was counted over, from its interval alone."""

from __future__ import annotations

from evenhand.evaluation.reports.report import MetricValue

_SAME = 0.01  # up to rounding, both ends of an interval give the same number of rows
_WHOLE = 1e-6


def effective_rows(found: MetricValue, z: float) -> int | None:
    """Return how many equal, independent rows would give a rate its score interval, or None.

    An end x of Wilson's interval of a rate p of n rows is where (x - p)² = z² x (1 - x) / n.

    Args:
        found: The rate, from 0 to 1, and its interval.
        z: The quantile of the standard normal distribution at the interval's level.
    """
    rate, ends = found.value, (found.lower, found.upper)
    if rate is None or not 0 <= rate <= 1 or found.interval not in ("wilson", None):
        return None
    sizes = []
    for end in ends:
        if end is None or not 0 <= end <= 1:
            return None
        if end != rate and 0 < end < 1:
            sizes.append(z**2 * end * (1 - end) / (end - rate) ** 2)
    if not sizes or (found.interval is None and max(sizes) > (1 + _SAME) * min(sizes)):
        return None
    return max(1, int(min(sizes) + _WHOLE * min(sizes)))
