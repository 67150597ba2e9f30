"""Counts a model's decisions of each kind over all different texts that it was given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.reports.report import Decisions
from evenhand.remediation.outputs.decisions import decisions


def count_decisions(
    data: EvaluationData, scores: ModelScores, thresholds: Sequence[float]
) -> tuple[Decisions, ...]:
    """Count the different texts by decision, at each threshold.

    Texts are the originals of all examples and the counterfactuals of all pairs, except those of
    weight 0. A pair's original is the text of its example.

    Args:
        data: The examples and pairs.
        scores: The model's scores.
        thresholds: Decision thresholds; not used for decisions among classes.
    """
    weights = data.examples.weights
    examples, pairs = weights > 0, weights[data.pairs.example] > 0
    texts = scores.decided
    if texts is not None and texts.classes is not None:
        numbers = np.union1d(texts.examples[examples], texts.counterfactuals[pairs])
        classes, found = np.unique(texts.classes[numbers], return_counts=True)
        by_class = {str(name): int(n) for name, n in zip(classes, found, strict=True)}
        return tuple(Decisions(threshold=each, by_decision=by_class) for each in thresholds)
    sides = np.concatenate([scores.examples[examples], scores.counterfactuals[pairs]])
    if texts is not None:
        sides = sides[
            _first_of_each(np.concatenate([texts.examples[examples], texts.counterfactuals[pairs]]))
        ]
    return tuple(_at(threshold, sides) for threshold in thresholds)


def _at(threshold: float, scores: Floats) -> Decisions:
    positive = int(decisions(scores, threshold).sum())
    by_decision = {"positive": positive, "negative": len(scores) - positive}
    return Decisions(threshold=threshold, by_decision=by_decision)


def _first_of_each(numbers: Rows) -> Rows:
    return np.unique(numbers, return_index=True)[1]
