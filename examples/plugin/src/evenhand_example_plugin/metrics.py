"""Flip metrics: what the pairs of a slice come to, and what a reader is told of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evenhand.evaluation import FlipMetric, MetricSpec, ScoredPairs

LARGE = 0.2


def _moves_far(pairs: ScoredPairs) -> Any:
    """Return a value for each pair: the metric is their mean, with evenhand's own intervals."""
    return np.abs(pairs.originals - pairs.counterfactuals) > LARGE


def _imbalance(pairs: ScoredPairs) -> float:
    """Return a number: its interval is made by computing it without some of the texts."""
    flips = pairs.flips
    weight = pairs.weights[flips].sum()
    if not weight:
        return math.nan
    signs = np.sign(pairs.originals - pairs.counterfactuals)[flips]
    return float((signs * pairs.weights[flips]).sum() / weight)


large_shift_rate = FlipMetric(
    MetricSpec(
        name="large_shift_rate",
        label="large shifts",
        kind="rate",
        worse="higher",
        definition=f"Pairs whose score moves by more than {LARGE}, over all pairs.",
        vacuous_if="scores_alike",
        shown=("overall", "slices"),
    ),
    _moves_far,
)

flip_imbalance = FlipMetric(
    MetricSpec(
        name="flip_imbalance",
        label="imbalance of flips",
        kind="shift",
        worse=None,
        definition="Of the pairs that flip, those from positive to negative less those from "
        "negative to positive, over both.",
        vacuous_if="decides_alike",
        by_threshold=True,
    ),
    _imbalance,
)
