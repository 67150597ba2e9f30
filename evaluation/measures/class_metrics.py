"""Accuracy, macro F1 and rates by class, of decisions for one of several classes.

F1 of a class is 2 TP / (2 TP + FP + FN); macro F1 is its mean over the classes that occur in a
slice, among the labels or the decisions. What each example adds to its error gives its interval, as
for other functions of means.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.bootstrap import group_numbers
from evenhand.evaluation.measures.intervals import Mean
from evenhand.evaluation.measures.logit_metrics import Estimate
from evenhand.evaluation.reports.metric_specs import CLASS_METRICS, CLASS_RATES, class_metric
from evenhand.remediation.judging.effective_size import effective_size

MOST_CLASSES = 50  # with more, nobody would read the rates of each


def class_metrics_of(data: EvaluationData) -> list[str]:
    """Return the names of the metrics that data with labels of classes has; none without them."""
    if data.examples.classes is None:
        return []
    count = data.examples.classes.count
    by_class = range(count if count <= MOST_CLASSES else 0)
    return [*CLASS_METRICS, *(class_metric(n, rate) for n in by_class for rate in CLASS_RATES)]


class ClassMetrics:
    """Measures one model's decisions among classes on slices of data that has labels of classes."""

    def __init__(self, data: EvaluationData, scores: ModelScores) -> None:
        assert data.examples.classes is not None
        assert scores.decided is not None and scores.decided.classes is not None
        self._labels = data.examples.classes.numbers
        self._decided = scores.decided.classes[scores.decided.examples]
        self._weights = data.examples.weights
        self._names = class_metrics_of(data)

    def means(self, slice_: Slice) -> tuple[Rows, dict[str, Callable[[], Mean]]]:
        """Return the examples of a slice that have a label, and all metrics that are means."""
        rows = self._labelled(slice_)
        labels, decided, weights = self._labels[rows], self._decided[rows], self._weights[rows]

        def rate(number: int, of: str) -> Mean:
            is_label, is_decided = labels == number, decided == number
            found, among = {
                "recall": (is_decided, is_label),
                "precision": (is_label, is_decided),
                "false_positive_rate": (is_decided, ~is_label),
            }[of]
            return Mean(found.astype(np.float64), weights * among)

        made: dict[str, Callable[[], Mean]] = {
            "accuracy": lambda: Mean((labels == decided).astype(np.float64), weights)
        }
        for number in range((len(self._names) - len(CLASS_METRICS)) // len(CLASS_RATES)):
            made |= {class_metric(number, of): partial(rate, number, of) for of in CLASS_RATES}
        return rows, made

    def estimates(self, slice_: Slice) -> dict[str, Estimate]:
        """Return macro F1."""
        rows = self._labelled(slice_)
        labels, decided, weights = self._labels[rows], self._decided[rows], self._weights[rows]
        return {
            "macro_f1": Estimate(
                _macro_f1(labels, decided, weights),
                effective_size(weights),
                partial(_influence, labels, decided, weights),
                bounds=(0, 1),
            )
        }

    def _labelled(self, slice_: Slice) -> Rows:
        rows: Rows = slice_.examples[~np.isnan(self._labels[slice_.examples])]
        return rows


def _sums(
    labels: Floats, decided: Rows, weights: Floats
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Floats, Floats]:
    """Return each row's label and decision as numbers of the classes that occur, and of each class
    the weight of rows decided rightly and the weight of labels and decisions together.
    """
    found, numbers = np.unique(np.concatenate([labels, decided]), return_inverse=True)
    own, said = np.split(numbers, 2)
    right, of_labels, of_decisions = (
        np.bincount(of, weight, len(found)).astype(np.float64)
        for of, weight in ((own, weights * (own == said)), (own, weights), (said, weights))
    )
    both = of_labels + of_decisions
    return own, said, right, both


def _macro_f1(labels: Floats, decided: Rows, weights: Floats) -> float:
    _, _, right, both = _sums(labels, decided, weights)
    occur = both > 0
    return float(np.mean(2 * right[occur] / both[occur])) if occur.any() else math.nan


def _influence(labels: Floats, decided: Rows, weights: Floats) -> Floats:
    """Return what each example, or group of examples, adds to the error of macro F1."""
    own, said, right, both = _sums(labels, decided, weights)
    occur = both > 0
    scale = np.divide(1.0, both, out=np.zeros(len(both)), where=occur) / max(1, occur.sum())
    f1 = np.divide(2 * right, both, out=np.zeros(len(both)), where=occur)
    moves = 2 * (own == said) * scale[own] - f1[own] * scale[own] - f1[said] * scale[said]
    return np.bincount(group_numbers(len(own)), weights * moves).astype(np.float64)
