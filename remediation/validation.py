"""How a classifier does on held-out examples and pairs, for training's own log.

These steer training; what a report says is computed by `evenhand.evaluation` through TFMA.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.remediation.classifier import Classifier
from evenhand.remediation.training_data import TrainingData

_THRESHOLD = 0.5


def validate(
    classifier: Classifier, data: TrainingData, pairs: TrainingData | None = None
) -> dict[str, float]:
    """Score held-out data and return its metrics, weighted by example and pair weights.

    Args:
        classifier: What to score with.
        data: Examples.
        pairs: What holds the pairs, if not `data` itself.

    Returns:
        ``accuracy`` and ``auc`` (where both classes occur) on the examples; ``flip_rate`` and
        ``ctf_gap`` (where there are pairs) on the pairs, at threshold 0.5. Empty without examples.
    """
    if not len(data.text):
        return {}
    score = classifier.score(data.text)
    positive = data.label > _THRESHOLD
    metrics = {"accuracy": _mean((score > _THRESHOLD) == positive, data.weight)}
    if positive.any() and not positive.all():
        metrics["auc"] = area_under_curve(score, positive, data.weight)
    if pairs is not None:
        data, score = pairs, classifier.score(pairs.text)
    if len(data.example):
        original = score[data.example]
        counterfactual = classifier.score(data.counterfactual)
        flipped = (original > _THRESHOLD) != (counterfactual > _THRESHOLD)
        metrics["flip_rate"] = _mean(flipped, data.pair_weight)
        metrics["ctf_gap"] = _mean(np.abs(original - counterfactual), data.pair_weight)
    return metrics


def area_under_curve(
    score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_], weight: npt.NDArray[Any]
) -> float:
    """Return the area under the ROC curve: the weighted share of (positive, negative) couples.

    A couple counts if its positive scores higher, and half if they tie.
    """
    _, rank = np.unique(score, return_inverse=True)
    above = np.bincount(rank, weight * positive)
    below = np.bincount(rank, weight * ~positive)
    lower = np.cumsum(below) - below
    couples = above.sum() * below.sum()
    return float((above * (lower + below / 2)).sum() / couples) if couples else float("nan")


def _mean(values: npt.NDArray[Any], weight: npt.NDArray[Any]) -> float:
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total else float("nan")
