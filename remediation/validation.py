"""How a classifier does on held-out examples and pairs, for training's own log.

These steer training; what a report says is computed by `evenhand.evaluation` through TFMA.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.remediation.classifier import Classifier
from evenhand.remediation.margins import margins
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
        ``accuracy`` and ``auc`` (of a score, where both classes occur) on the examples that have a
        label; without any ``agreement``, the share of the baseline's decisions that are kept. On
        the pairs, where there are any, ``flip_rate`` and ``ctf_gap``. Decisions are made at
        threshold 0.5, or for the most probable of several classes. What weighs nothing is as if it
        were not there. Empty without examples.
    """
    if not data.weight.any():
        return {}
    said = classifier.says(data.text)
    labelled = np.isfinite(data.label) & (data.weight > 0)
    if labelled.any():
        metrics = _task_metrics(said[labelled], data.label[labelled], data.weight[labelled])
    else:
        metrics = {"agreement": _mean(decided(said) == decisions, data.weight)}
    if pairs is not None:
        data, said = pairs, classifier.says(pairs.text)
    if data.pair_weight.any():
        original = said[data.example]
        counterfactual = classifier.says(data.counterfactual)
        flipped = decided(original) != decided(counterfactual)
        metrics["flip_rate"] = _mean(flipped, data.pair_weight)
        metrics["ctf_gap"] = _mean(distance(original, counterfactual), data.pair_weight)
    return metrics


def decided(said: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return the decisions, shape (n,), that scores or classes' probabilities stand for."""
    return said > _THRESHOLD if said.ndim == 1 else said.argmax(axis=1)


def distance(
    original: npt.NDArray[np.float64], counterfactual: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how far apart two sides' scores are, shape (n,).

    Of several classes' probabilities it is the difference of the margins of the class that the
    original is decided for; see `evenhand.remediation.margins`.
    """
    if original.ndim == 2:
        decision = decided(original)
        original, counterfactual = (margins(side, decision) for side in (original, counterfactual))
    return np.asarray(np.abs(original - counterfactual))


def _task_metrics(
    said: npt.NDArray[np.float64], label: npt.NDArray[Any], weight: npt.NDArray[Any]
) -> dict[str, float]:
    if said.ndim == 2:
        return {"accuracy": _mean(decided(said) == label, weight)}
    positive = label > _THRESHOLD
    metrics = {"accuracy": _mean(decided(said) == positive, weight)}
    if positive.any() and not positive.all():
        metrics["auc"] = area_under_curve(said, positive, weight)
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
    return float((values * weight).sum() / float(weight.sum()))
