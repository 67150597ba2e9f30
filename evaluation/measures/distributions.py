"""Flip rates at many thresholds, and the distribution of score changes."""

from __future__ import annotations

import math

import numpy as np

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.measures.intervals import Mean, mean_intervals
from evenhand.evaluation.measures.score_intervals import Interval, wilson
from evenhand.evaluation.reports.report import MetricValue, ScoreShifts, ThresholdCurve
from evenhand.remediation.outputs.decisions import flips

# Fine enough for a smooth curve; every point costs a pass over the pairs
CURVE_THRESHOLDS = tuple(step / 50 for step in range(50))

# 81 bins of 1/40 over [-1, 1]: one is centred on 0, for scores that do not change
SHIFT_EDGES = tuple(step / 80 for step in range(-81, 83, 2))


def threshold_curve(data: EvaluationData, scores: ModelScores) -> ThresholdCurve:
    """Return the flip rate over all pairs at each of `CURVE_THRESHOLDS`, with intervals."""
    example, weights = data.pairs.example, _pair_weights(data)
    if _are_plain(example, weights):
        rates = [_plain_rate(count, len(example)) for count in _flip_counts(scores)]
    else:
        rates = [_rate(scores, weights, example, threshold) for threshold in CURVE_THRESHOLDS]
    return ThresholdCurve(thresholds=CURVE_THRESHOLDS, flip_rates=tuple(rates))


def score_shifts(data: EvaluationData, scores: ModelScores) -> ScoreShifts:
    """Return the weight of the pairs by score(original) - score(counterfactual)."""
    counts, _ = np.histogram(
        scores.originals - scores.counterfactuals,
        bins=np.asarray(SHIFT_EDGES),
        weights=_pair_weights(data),
    )
    return ScoreShifts(edges=SHIFT_EDGES, weights=tuple(counts.tolist()))


def _pair_weights(data: EvaluationData) -> Floats:
    return data.examples.weights[data.pairs.example]


def _are_plain(example: Rows, weights: Floats) -> bool:
    """Return whether pairs are of different examples and equal weight: counting is then enough."""
    return bool(
        len(example)
        and weights[0] > 0
        and (weights == weights[0]).all()
        and (example[1:] > example[:-1]).all()
    )


def _flip_counts(scores: ModelScores) -> list[int]:
    """Return how many pairs flip at each threshold, in one pass over the pairs.

    A pair flips at the thresholds from its lower score up to, but not including, its higher one.
    """
    counts = np.zeros(len(CURVE_THRESHOLDS) + 1, dtype=np.int64)
    for ends, step in ((np.minimum, 1), (np.maximum, -1)):
        first = np.searchsorted(CURVE_THRESHOLDS, ends(scores.originals, scores.counterfactuals))
        counts += step * np.bincount(first, minlength=len(counts))
    return [int(count) for count in counts.cumsum()[:-1]]


def _plain_rate(count: int, size: int) -> MetricValue:
    return _with_interval(count / size, wilson(count, size))


def _rate(scores: ModelScores, weights: Floats, example: Rows, threshold: float) -> MetricValue:
    flipped = flips(scores.originals, scores.counterfactuals, threshold)
    rate = Mean(flipped.astype(np.float64), weights)
    if math.isnan(rate.value):
        return MetricValue(value=None)
    interval = mean_intervals({"flip_rate": rate}, example).get("flip_rate")
    return _with_interval(rate.value, interval)


def _with_interval(value: float, interval: Interval | None) -> MetricValue:
    if interval is None:
        return MetricValue(value=value)
    return MetricValue(
        value=value, lower=interval.lower, upper=interval.upper, interval=interval.method
    )
