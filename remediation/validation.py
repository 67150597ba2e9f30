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
    classifier: Classifier,
    data: TrainingData,
    pairs: TrainingData | None = None,
    decisions: npt.NDArray[Any] | None = None,
) -> dict[str, float]:
    """Score held-out data and return its metrics, weighted by example and pair weights.

    Args:
        classifier: What to score with.
        data: Examples.
        pairs: What holds the pairs, if not `data` itself.
        decisions: The baseline's `decisions` on the examples, shape (n,), for data without labels.

    Returns:
        ``accuracy`` and ``auc`` (where both classes occur) on the examples that have a label;
        without any ``agreement``, the share of the baseline's decisions that are kept. On the
        pairs, where there are any, ``flip_rate`` and ``ctf_gap``. All at threshold 0.5. Empty
        without examples.
    """
    if not len(data.text):
        return {}
    score = classifier.score(data.text)
    labelled = np.isfinite(data.label)
    if labelled.any():
        metrics = _task_metrics(score[labelled], data.label[labelled], data.weight[labelled])
    else:
        metrics = {"agreement": _mean(decided(score) == decisions, data.weight)}
    if pairs is not None:
        data, score = pairs, classifier.score(pairs.text)
    if len(data.example):
        original = score[data.example]
        counterfactual = classifier.score(data.counterfactual)
        flipped = decided(original) != decided(counterfactual)
        metrics["flip_rate"] = _mean(flipped, data.pair_weight)
        metrics["ctf_gap"] = _mean(np.abs(original - counterfactual), data.pair_weight)
    return metrics


def decided(score: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return the decisions that scores stand for: whether they are positive, shape (n,)."""
    return score > _THRESHOLD


def _task_metrics(
    score: npt.NDArray[np.float64], label: npt.NDArray[Any], weight: npt.NDArray[Any]
) -> dict[str, float]:
    positive = label > _THRESHOLD
    metrics = {"accuracy": _mean(decided(score) == positive, weight)}
    if positive.any() and not positive.all():
        metrics["auc"] = area_under_curve(score, positive, weight)
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
