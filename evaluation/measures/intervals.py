"""Confidence intervals of weighted means, and of the difference of two of them on the same rows.

Every metric of a report except the areas under curves is a mean: a rate is a mean of zeros and
ones.

- A rate gets a score interval: Wilson's (1927). The difference of two rates over the same rows gets
  Tango's (1998), its counterpart for paired rows. If rows differ in weight, or several come from
  one text, `rate_intervals` finds the number of equal, independent rows to make it for.
- Any other mean gets a bootstrap-t that resamples texts (`bootstrap`). For fewer texts than
  `MIN_TEXTS` there is no interval: no method that was tried is right for skewed values.
- The bootstrap fails for a mean that very few texts change, such as a gap that is zero for all
  pairs but two. If its values lie between 0 and 1 it gets Wilson's interval, which is wide enough:
  of all values with that mean, zeros and ones vary the most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.measures.bootstrap import MIN_TEXTS, bootstrap_t, group_numbers
from evenhand.evaluation.measures.rate_intervals import (
    difference_interval,
    paired_difference_interval,
    rate_interval,
)
from evenhand.evaluation.measures.score_intervals import Interval, tango, wilson
from evenhand.evaluation.reports.report import NoInterval
from evenhand.remediation.judging.effective_size import Texts, effective_size


@dataclass(frozen=True)
class Mean:
    """A weighted mean over rows.

    Attributes:
        values: Shape (m,).
        weights: At least 0; 0 for rows that do not count, shape (m,).
        is_rate: Whether values are shares, from 0 to 1.
        bounds: The range of the values, for a mean that is not a rate.
    """

    values: Floats
    weights: Floats
    is_rate: bool = True
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @cached_property
    def value(self) -> float:
        """The mean; NaN if all weights are 0."""
        heaviest = self.weights.max(initial=0)
        if not heaviest > 0:
            return math.nan
        shares = self.weights / heaviest
        return float((shares * self.values).sum() / shares.sum())

    @cached_property
    def size(self) -> int | None:
        """The number of rows of weight above 0, if this is a rate of equal rows; else None."""
        counting = self.weights > 0
        weights, values = self.weights[counting], self.values[counting]
        plain = (
            self.is_rate
            and weights.size > 0
            and bool((weights == weights[0]).all())
            and bool(((values == 0) | (values == 1)).all())
        )
        return weights.size if plain else None


def mean_intervals(means: Mapping[str, Mean], example: Rows) -> dict[str, Interval]:
    """Return an interval for each mean.

    Args:
        means: Means by metric name, all over the same m rows.
        example: The example that each row belongs to, ascending, shape (m,).

    Returns:
        Intervals by metric name; none for means over nothing, and those that `why_none` explains.
    """
    texts = Texts(example)
    found = {name: _interval(mean, texts) for name, mean in means.items()}
    return {name: interval for name, interval in found.items() if interval is not None}


def difference_intervals(
    candidate: Mapping[str, Mean], baseline: Mapping[str, Mean], example: Rows
) -> dict[str, Interval]:
    """Return an interval for the candidate's mean minus the baseline's, for each metric.

    Args:
        candidate: Means by metric name, all over the same m rows.
        baseline: Means of the same names over the same rows, of the same weights unless rates.
        example: The example that each row belongs to, ascending, shape (m,).

    Returns:
        Intervals by metric name; none for means over nothing, and those that `why_none` explains.
    """
    texts = Texts(example)
    found = {name: _difference(mean, baseline[name], texts) for name, mean in candidate.items()}
    return {name: interval for name, interval in found.items() if interval is not None}


def why_none(mean: Mean, example: Rows) -> NoInterval:
    """Return why a mean, or a difference of two means with its weights, has no interval."""
    few = not effective_size(Texts(example).sums(mean.weights)) >= MIN_TEXTS
    return "few_texts" if few else "no_variation"


def bootstrap_interval(
    value: float, influence: Floats, bounds: tuple[float, float]
) -> Interval | None:
    """Return the bootstrap-t interval of an estimate, or None if it cannot be computed.

    Args:
        value: The estimate.
        influence: What each text of weight above 0 adds to the estimate's error, shape (k,).
        bounds: Smallest and largest possible value of the estimate.
    """
    groups = np.bincount(group_numbers(len(influence)), weights=influence)
    reach = bootstrap_t(groups.astype(np.float64))
    if reach is None:
        return None
    ends = np.clip([value - reach[0], value + reach[1]], *bounds)
    return Interval(float(ends[0]), float(ends[1]), "bootstrap")


def _interval(mean: Mean, texts: Texts) -> Interval | None:
    if math.isnan(mean.value):
        return None
    if not mean.is_rate:
        return _interval_of_values(mean, texts)
    if texts.independent and mean.size is not None:
        return wilson(round(mean.value * mean.size), mean.size)
    return rate_interval(mean.values, mean.weights, texts)


def _interval_of_values(mean: Mean, texts: Texts) -> Interval | None:
    weights = mean.weights / mean.weights.max()
    total = texts.sums(weights)
    size = effective_size(total)
    if not size >= MIN_TEXTS:
        return None
    deviations = texts.sums(weights * (mean.values - mean.value))
    influence = deviations[total > 0] / total.sum()
    found = bootstrap_interval(mean.value, influence, mean.bounds)
    if found is None and mean.bounds == (0, 1):
        return wilson(mean.value * size, size)
    return found


def _difference(ours: Mean, theirs: Mean, texts: Texts) -> Interval | None:
    if math.isnan(ours.value) or math.isnan(theirs.value):
        return None
    if not ours.is_rate:
        change = ours.values - theirs.values
        most = ours.bounds[1] - ours.bounds[0]
        bounds = (-most, most)
        return _interval_of_values(Mean(change, ours.weights, False, bounds), texts)
    if not np.array_equal(ours.weights, theirs.weights):
        first, second = (ours.values, ours.weights), (theirs.values, theirs.weights)
        return difference_interval(first, second, texts)
    if texts.independent and ours.size is not None and theirs.size is not None:
        change = np.where(ours.weights > 0, ours.values - theirs.values, 0)
        return tango(int((change > 0).sum()), int((change < 0).sum()), ours.size)
    return paired_difference_interval(ours.values, theirs.values, ours.weights, texts)
