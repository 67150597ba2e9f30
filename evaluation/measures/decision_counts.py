"""Counts a model's decisions: of each kind over all different texts, and by label over examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.measures.class_metrics import MOST_CLASSES
from evenhand.evaluation.reports.report import Confusion, Decisions
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


def confusion(data: EvaluationData, scores: ModelScores, threshold: float) -> Confusion | None:
    """Add up the weights of the labelled originals by label and decision.

    A label between 0 and 1 counts as positive in part.

    Args:
        data: The examples.
        scores: The model's scores.
        threshold: The model's main threshold; not used for decisions among classes.

    Returns:
        The sums; None where no example has a label, and for more than `MOST_CLASSES` classes.
    """
    texts, classes, weights = scores.decided, data.examples.classes, data.examples.weights
    if classes is not None and texts is not None and texts.classes is not None:
        labelled = np.flatnonzero(~np.isnan(classes.numbers))
        decided = texts.classes[texts.examples[labelled]]
        if not len(labelled) or classes.count > MOST_CLASSES:
            return None
        sums = np.zeros((classes.count, max(classes.count, int(decided.max()) + 1)))
        np.add.at(sums, (classes.numbers[labelled].astype(int), decided), weights[labelled])
        return Confusion(weights=tuple(map(tuple, sums.tolist())))
    if not data.positives.any() and not data.negatives.any():
        return None
    positive = decisions(scores.examples, threshold)
    return Confusion(
        weights=tuple(
            (float(of_label[~positive].sum()), float(of_label[positive].sum()))
            for of_label in (data.negatives, data.positives)
        )
    )


def _at(threshold: float, scores: Floats) -> Decisions:
    positive = int(decisions(scores, threshold).sum())
    by_decision = {"positive": positive, "negative": len(scores) - positive}
    return Decisions(threshold=threshold, by_decision=by_decision)


def _first_of_each(numbers: Rows) -> Rows:
    return np.unique(numbers, return_index=True)[1]
