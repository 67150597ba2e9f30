"""Beyond one threshold and the mean: flip rates along the thresholds, and how far scores move."""

from __future__ import annotations

import math

import numpy as np

from evenhand.evaluation.intervals import Mean, mean_intervals
from evenhand.evaluation.report import MetricValue, ScoreShifts, ThresholdCurve
from evenhand.evaluation.tables import EvaluationData, Floats, ModelScores

# Fine enough for a smooth curve; every point costs a pass over the pairs
CURVE_THRESHOLDS = tuple(step / 50 for step in range(50))

# 81 bins of 1/40 over [-1, 1]: one of them is centred on "the score does not move"
SHIFT_EDGES = tuple(step / 80 for step in range(-81, 83, 2))


def threshold_curve(data: EvaluationData, scores: ModelScores) -> ThresholdCurve:
    """Return the flip rate over all pairs at each of `CURVE_THRESHOLDS`, with intervals."""
    weights = _pair_weights(data)
    flip_rates = []
    for threshold in CURVE_THRESHOLDS:
        flips = (scores.originals > threshold) != (scores.counterfactuals > threshold)
        rate = Mean(flips.astype(np.float64), weights)
        interval = mean_intervals({"flip_rate": rate}, data.pairs.example).get("flip_rate")
        if interval is None:
            flip_rates.append(MetricValue(value=None if math.isnan(rate.value) else rate.value))
        else:
            flip_rates.append(
                MetricValue(
                    value=rate.value,
                    lower=interval.lower,
                    upper=interval.upper,
                    interval=interval.method,
                )
            )
    return ThresholdCurve(thresholds=CURVE_THRESHOLDS, flip_rates=tuple(flip_rates))


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
