"""Confidence intervals of weighted means, and of the difference of two of them on the same rows.

Every metric of a report but the areas under curves is a mean: a rate is the mean of what is 0 or 1.

- A plain rate, over rows that weigh the same and come from different examples, gets Wilson's score
  interval (Wilson 1927), and the difference of two such rates over the same rows Tango's, which is
  its counterpart for paired rows (Tango 1998).
- Otherwise examples are resampled with all of their rows, because the rows of one example are not
  independent: a bootstrap clustered by example. Its percentiles are moved outwards as a t
  distribution asks for, since plain percentiles are too narrow for few examples (Hesterberg 2015,
  "What teachers should know about the bootstrap": the expanded percentile interval).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, norm, t

from evenhand.evaluation.report import Method
from evenhand.evaluation.tables import Floats, Rows

LEVEL = 0.95
RESAMPLES = 1000  # the ends of a 95 % interval then move by about a tenth of its width
SEED = 0  # one seed for every slice and model: the same report from the same scores
# More examples than this are resampled in as many random groups of equal size. The spread between
# groups then tells the standard error to 1.6 %, and time and memory stop growing with the data.
MAX_GROUPS = 2000

_Z = float(norm.ppf((1 + LEVEL) / 2))
_LEAST_VARIANCE = 1e-12  # of a count; rounding may leave less than nothing where it is zero


@dataclass(frozen=True)
class Interval:
    """A confidence interval at `LEVEL`, and how it was made."""

    lower: float
    upper: float
    method: Method

    def scale(self, factor: float) -> Interval:
        """Return the interval of what is `factor` times as large, with factor at least 0."""
        return Interval(factor * self.lower, factor * self.upper, self.method)


@dataclass(frozen=True)
class Mean:
    """A weighted mean over rows.

    Attributes:
        values: Shape (m,).
        weights: At least 0; 0 for rows that do not count, shape (m,).
        is_rate: Whether values are shares, from 0 to 1.
    """

    values: Floats
    weights: Floats
    is_rate: bool = True

    @cached_property
    def value(self) -> float:
        """The mean; NaN where the rows weigh nothing."""
        total = self.weights.sum()
        return float((self.weights * self.values).sum() / total) if total > 0 else math.nan

    @cached_property
    def size(self) -> int | None:
        """The number of rows that count if this is a plain rate of equal rows, or None."""
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
        means: By metric name, all over the same m rows.
        example: The example that each row belongs to, ascending, shape (m,).

    Returns:
        Intervals by metric name; nothing for a mean over nothing, or over a single example unless
        it is a rate of 0 or 1.
    """
    cluster = _clusters(example)
    bootstrap = _Bootstrap(cluster)
    independent = not len(cluster) or cluster[-1] + 1 == len(cluster)
    found: dict[str, Interval] = {}
    for name, mean in means.items():
        if independent and mean.size is not None:
            found[name] = wilson(round(mean.value * mean.size), mean.size)
        elif mean.is_rate and mean.value in (0, 1):  # resampling never changes such a rate
            size = _effective_size(mean.weights, cluster)
            found[name] = wilson(round(mean.value * size), size)
        elif not math.isnan(mean.value) and (interval := bootstrap.interval(mean)) is not None:
            found[name] = interval
    return found


def difference_intervals(
    candidate: Mapping[str, Mean], baseline: Mapping[str, Mean], example: Rows
) -> dict[str, Interval]:
    """Return an interval for each mean of the candidate less the same of the baseline.

    Args:
        candidate: By metric name, all over the same m rows.
        baseline: As the candidate's, over the same rows.
        example: The example that each row belongs to, ascending, shape (m,).

    Returns:
        Intervals by metric name. There is none for a mean over nothing; nor, unless a rate is the
        same for both on the same rows, over a single example or where no resample differs.
    """
    cluster = _clusters(example)
    bootstrap = _Bootstrap(cluster)
    independent = not len(cluster) or cluster[-1] + 1 == len(cluster)
    found: dict[str, Interval] = {}
    for name, ours in candidate.items():
        theirs = baseline[name]
        if math.isnan(ours.value) or math.isnan(theirs.value):
            continue
        paired = ours.is_rate and np.array_equal(ours.weights, theirs.weights)
        change = ours.values - theirs.values
        counting = ours.weights > 0
        if paired and independent and ours.size is not None and theirs.size is not None:
            only_ours = int((change[counting] > 0).sum())
            only_theirs = int((change[counting] < 0).sum())
            found[name] = tango(only_ours, only_theirs, ours.size)
        elif paired and not change[counting].any():  # nor does resampling change this
            found[name] = tango(0, 0, _effective_size(ours.weights, cluster))
        elif (interval := bootstrap.interval(ours, theirs)) is not None:
            found[name] = interval
    return found


def wilson(count: int, size: int) -> Interval:
    """Return Wilson's score interval of a rate of `count` in `size`."""
    ends = binomtest(count, size).proportion_ci(confidence_level=LEVEL, method="wilson")
    return Interval(float(ends.low), float(ends.high), "wilson")


def tango(only_first: int, only_second: int, size: int) -> Interval:
    """Return Tango's score interval of the difference of two rates over the same rows.

    Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17: every difference that a score test at `LEVEL`
    does not reject.

    Args:
        only_first: Rows that count for the first rate alone.
        only_second: Rows that count for the second rate alone.
        size: All rows.
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
        if estimate == side:
            return float(side)
        return float(brentq(lambda at: statistic(at) + side * _Z, estimate, side))

    return Interval(end(-1), end(1), "tango")


def _clusters(example: Rows) -> Rows:
    """Return the number of each row's example among those that have rows: 0, 0, 1, 2, ..."""
    return np.cumsum(np.diff(example, prepend=example[:1]) != 0)


def _effective_size(weights: Floats, cluster: Rows) -> int:
    """Return Kish's effective number of examples, for which weights and clusters count less."""
    sums = np.bincount(cluster, weights=weights)
    return max(1, int(sums.sum() ** 2 / (sums**2).sum()))


class _Bootstrap:
    """Resamples examples with all of their rows, or groups of examples where there are many."""

    def __init__(self, cluster: Rows) -> None:
        self._cluster = cluster

    @cached_property
    def _group(self) -> Rows:
        examples = int(self._cluster[-1]) + 1
        if examples <= MAX_GROUPS:
            return self._cluster
        return (np.random.default_rng(SEED).permutation(examples) % MAX_GROUPS)[self._cluster]

    def interval(self, mean: Mean, subtracted: Mean | None = None) -> Interval | None:
        """Return the interval of a mean, or of its difference to another over the same rows.

        None where only one example counts, or no resample changes a difference, which tells nothing
        about how examples differ.
        """
        means = (mean,) if subtracted is None else (mean, subtracted)
        counting = min(
            np.count_nonzero(np.bincount(self._group, weights=each.weights)) for each in means
        )
        if counting < 2:
            return None
        estimates = self._resample(mean)
        if subtracted is not None:
            estimates = estimates - self._resample(subtracted)
        defined = estimates[~np.isnan(estimates)]
        lower, upper = np.quantile(defined, _percentiles(counting))
        if subtracted is not None and lower == upper:
            return None
        return Interval(float(lower), float(upper), "bootstrap")

    def _resample(self, mean: Mean) -> Floats:
        weights = np.bincount(self._group, weights=mean.weights)
        sums = np.bincount(self._group, weights=mean.weights * mean.values)
        draws = _draws(len(weights))
        drawn = draws @ weights
        return np.divide(draws @ sums, drawn, out=np.full(RESAMPLES, np.nan), where=drawn > 0)


@lru_cache(maxsize=4)  # of 16 MB at most; slices of large data have as many groups as each other
def _draws(groups: int) -> Floats:
    """Return how often each group is drawn in each resample, shape (RESAMPLES, groups)."""
    drawn = np.random.default_rng(SEED).integers(0, groups, size=(RESAMPLES, groups))
    drawn += groups * np.arange(RESAMPLES)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * groups)
    return counts.reshape(RESAMPLES, groups).astype(np.float64)


def _percentiles(examples: int) -> tuple[float, float]:
    expanded = t.ppf((1 - LEVEL) / 2, examples - 1) * math.sqrt(examples / (examples - 1))
    outside = float(norm.cdf(expanded))
    return outside, 1 - outside
