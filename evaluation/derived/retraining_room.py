"""How far a metric of an equally good model, trained again, may lie from that of a report.

Without a limit that leaves room for it, a gate fails about every second training that is no worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from evenhand.evaluation.reports.report import MetricValue

PROBABILITY = 0.95
"""How often an equally good model keeps to a limit with room, if chance is what is taken here."""


def retraining_room(
    value: MetricValue, again: Sequence[MetricValue], *, direction: int, level: float
) -> float:
    """Return how much worse than in a report a metric of a model that is no worse may be.

    - From reports of the same model trained again: the one-sided prediction interval of one more
      value, t · s · √(1 + 1/k) from the mean of all k values, with their standard deviation s and
      Student's t of k - 1 degrees of freedom (Hahn and Meeker 1991, "Statistical Intervals").
    - From one report alone: z · √2 standard errors, which its interval tells, for two values that
      differ as those of two samples of texts do. How much training itself varies, one report does
      not tell.

    Args:
        value: The metric in the report.
        again: The metric in reports of the same model trained again, where they have it.
        direction: 1 if a higher value is worse, -1 if a lower one is.
        level: Confidence level of the intervals.

    Returns:
        The room in the metric's unit, 0 or more; 0 if there is nothing to tell it by.
    """
    if value.value is None:
        return 0.0
    others = [each.value for each in again if each.value is not None]
    if others:
        return max(0.0, direction * (_predicted([value.value, *others], direction) - value.value))
    end = value.upper if direction > 0 else value.lower
    if end is None:
        return 0.0
    errors = NormalDist().inv_cdf(PROBABILITY) / NormalDist().inv_cdf((1 + level) / 2)
    return math.sqrt(2) * errors * abs(end - value.value)


def _predicted(values: Sequence[float], direction: int) -> float:
    """Return the worse end of the prediction interval of one more value."""
    from scipy.special import stdtrit

    k = len(values)
    mean = math.fsum(values) / k
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in values) / (k - 1))
    t = float(stdtrit(k - 1, PROBABILITY))
    return mean + direction * t * deviation * math.sqrt(1 + 1 / k)
