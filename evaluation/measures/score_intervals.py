"""Confidence intervals of rates and of their differences, from counts that need not be whole.

Wilson's and Tango's intervals are for rows that are independent and weigh the same. For other rows
they are given an effective number of rows, which `rate_intervals` finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenhand.evaluation.reports.report import Method
from evenhand.remediation.judging.wilson import QUANTILE, wilson_uppers

_LEAST_VARIANCE = 1e-12  # of a count; rounding may make a variance of zero negative


@dataclass(frozen=True)
class Interval:
    """A confidence interval at `LEVEL`, and how it was made."""

    lower: float
    upper: float
    method: Method

    def scale(self, factor: float) -> Interval:
        """Return the interval times `factor`, which is at least 0."""
        return Interval(factor * self.lower, factor * self.upper, self.method)


def wilson(count: float, size: float) -> Interval:
    """Return Wilson's score interval of a rate of `count` in `size` (Wilson 1927)."""
    rates, sizes = np.array([count / size, 1 - count / size]), np.full(2, float(size))
    upper, other = wilson_uppers(rates, sizes)
    return Interval(
        1 - float(other) if count > 0 else 0.0, float(upper) if count < size else 1.0, "wilson"
    )


def tango(only_first: float, only_second: float, size: float) -> Interval:
    """Return Tango's score interval of the difference of two rates over the same rows.

    Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17: all differences that a score test at `LEVEL`
    does not reject.

    Args:
        only_first: Number of rows that the first rate alone counts.
        only_second: Number of rows that the second rate alone counts.
        size: Number of all rows.
    """
    estimate = (only_first - only_second) / size

    def statistic(difference: float) -> float:
        # The most likely share of rows for the second rate alone, if this were the difference
        linear = (2 * size - only_first + only_second) * difference - only_first - only_second
        constant = -only_second * difference * (1 - difference)
        root = math.sqrt(max(0.0, linear**2 - 8 * size * constant))
        share = (root - linear) / (4 * size)
        variance = size * (2 * share + difference * (1 - difference))
        excess = only_first - only_second - size * difference
        return excess / math.sqrt(max(variance, _LEAST_VARIANCE))

    def end(side: int) -> float:
        def excess_of(difference: float) -> float:
            return side * statistic(difference) + QUANTILE

        # near -1 and 1 rounding can hide that the test rejects
        if abs(estimate - side) < _LEAST_VARIANCE or excess_of(side) >= 0:
            return float(side)
        return _root(excess_of, estimate, side)

    return Interval(end(-1), end(1), "tango")


def newcombe_area(area: float, error: float, positives: float, negatives: float) -> Interval:
    """Return the interval of an area under the ROC curve between 0 and 1.

    Newcombe 2006, "Confidence intervals for an effect size measure based on the Mann-Whitney
    statistic, part 2", Statistics in Medicine 25, method 5: all areas whose distance from the
    estimate chance can explain, given the variance of Hanley and McNeil 1982 at that area. If the
    data's variance at the estimate is larger than theirs, theirs is multiplied by the ratio.

    Args:
        area: The estimate.
        error: Its standard error, computed from the data.
        positives: Effective number of positives.
        negatives: Effective number of negatives.
    """
    others = (positives + negatives) / 2 - 1

    def variance(of: float) -> float:
        alike = 1 + others * ((1 - of) / (2 - of) + of / (1 + of))
        return of * (1 - of) * alike / (positives * negatives)

    factor = max(1.0, error**2 / variance(area))

    def excess_of(other: float) -> float:
        return abs(other - area) - QUANTILE * math.sqrt(factor * variance(other))

    return Interval(_root(excess_of, 0.0, area), _root(excess_of, area, 1.0), "delong")


def _root(function: Callable[[float], float], start: float, end: float) -> float:
    """Return where a function changes its sign between two numbers, by bisection.

    `scipy.optimize` would take longer to import than all of a report's intervals take.
    """
    sign = math.copysign(1.0, function(start))
    while True:
        middle = (start + end) / 2
        if middle in (start, end):
            return middle
        if sign * function(middle) > 0:
            start = middle
        else:
            end = middle


def newcombe(
    first: float, around_first: Interval, second: float, around_second: Interval, correlation: float
) -> Interval:
    """Return the interval of the difference of two correlated rates, from the two intervals.

    Newcombe 1998, "Improved confidence intervals for the difference between binomial proportions
    based on paired data", Statistics in Medicine 17, method 10; Zou and Donner 2008 give it for any
    two intervals.

    Args:
        first: The first rate.
        around_first: Its interval.
        second: The second rate.
        around_second: Its interval.
        correlation: Correlation of the two estimates.
    """

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))

    below = reach(first - around_first.lower, around_second.upper - second)
    above = reach(around_first.upper - first, second - around_second.lower)
    difference = first - second
    return Interval(max(-1.0, difference - below), min(1.0, difference + above), "newcombe")
