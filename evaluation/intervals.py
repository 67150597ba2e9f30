"""Confidence intervals for the metrics over pairs.

A rate over equally weighted pairs that come from different texts gets Wilson's score interval.
Where a text has several pairs, or examples have weights, pairs are not independent draws: then, and
for means of score changes, examples are resampled with all of their pairs (a percentile bootstrap
clustered by example).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from evenhand.evaluation.tables import Floats, Rows

LEVEL = 0.95
RESAMPLES = 1000  # the ends of a 95 % interval then move by about a tenth of its width
SEED = 0  # one seed for every slice and model: the same report from the same scores


@dataclass(frozen=True)
class Interval:
    """A confidence interval at `LEVEL`, and how it was made."""

    lower: float
    upper: float
    method: Literal["wilson", "bootstrap"]


def rate_intervals(
    flags: Mapping[str, npt.NDArray[np.bool_]], example: Rows, weights: Floats
) -> dict[str, Interval]:
    """Return an interval for the weighted share of rows that each flag marks.

    Args:
        flags: By metric name: whether each row counts, shape (m,).
        example: The example that each row belongs to, ascending, shape (m,).
        weights: Weight of each row, shape (m,).

    Returns:
        Intervals by metric name; nothing where the rows weigh nothing, or where some but not all
        rows of a single example are marked.
    """
    counting = weights > 0
    if not counting.any():
        return {}
    flags = {name: flag[counting] for name, flag in flags.items()}
    example, weights = example[counting], weights[counting]
    independent = example[1:] > example[:-1]
    if independent.all() and (weights == weights[0]).all():
        return {name: _wilson(int(flag.sum()), flag.size) for name, flag in flags.items()}
    found = mean_intervals(
        {name: flag.astype(np.float64) for name, flag in flags.items()}, example, weights
    )
    for name, flag in flags.items():
        if flag.all() or not flag.any():  # resampling never changes such a rate
            size = _effective_size(example, weights)
            found[name] = _wilson(size if flag.all() else 0, size)
    return found


def mean_intervals(
    values: Mapping[str, Floats], example: Rows, weights: Floats
) -> dict[str, Interval]:
    """Return a bootstrap interval for the weighted mean of each column of values.

    Args:
        values: By metric name: one value a row, shape (m,).
        example: The example that each row belongs to, ascending, shape (m,).
        weights: Weight of each row, shape (m,).

    Returns:
        Intervals by metric name; nothing where the rows weigh nothing or are of one example.
    """
    if not weights.sum() > 0:
        return {}
    columns = np.stack([weights, *(weights * column for column in values.values())], axis=1)
    starts = np.flatnonzero(np.diff(example, prepend=-1))
    sums = np.add.reduceat(columns, starts, axis=0)  # one row an example
    if len(sums) < 2:
        return {}  # one example tells nothing about how examples differ
    rng = np.random.default_rng(SEED)
    totals = np.empty((RESAMPLES, columns.shape[1]))
    for resample in range(RESAMPLES):
        drawn = rng.integers(0, len(sums), size=len(sums))
        totals[resample] = np.bincount(drawn, minlength=len(sums)) @ sums
    totals = totals[totals[:, 0] > 0]
    means = totals[:, 1:] / totals[:, :1]
    lower, upper = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return {
        name: Interval(float(lower[i]), float(upper[i]), "bootstrap")
        for i, name in enumerate(values)
    }


def _wilson(count: int, size: int) -> Interval:
    ends = binomtest(count, size).proportion_ci(confidence_level=LEVEL, method="wilson")
    return Interval(float(ends.low), float(ends.high), "wilson")


def _effective_size(example: Rows, weights: Floats) -> int:
    """Return Kish's effective number of examples, for which weights and clusters count less."""
    starts = np.flatnonzero(np.diff(example, prepend=-1))
    sums = np.add.reduceat(weights, starts)
    return max(1, int(sums.sum() ** 2 / (sums**2).sum()))
