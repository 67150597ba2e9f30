"""Perturbation sensitivity: how far scores move among the versions of one text.

The three metrics of Prabhakaran et al. 2019 (arXiv 1910.04210), "Perturbation sensitivity analysis
to detect unintended model biases". They put every name of a list into every sentence that refers to
a person, so that a sentence x has a version for each name n of the list N. A counterfactual dataset
holds fewer versions: the text as it was written, and its counterfactuals, from which the identity
terms are removed or in which they are replaced. Over those the metrics are

- `score_sens` (ScoreSens), per text: score(original) - the mean score of its counterfactuals. The
  paper's f(x_n) - f(x), with the term in question as n and the text without it as x. Above zero
  where the term raises the score.
- `score_dev` (ScoreDev), per text: the standard deviation of the scores of all its versions (the
  population's: the versions are all that there are).
- `score_range` (ScoreRange), per text: the highest less the lowest score of its versions.

each averaged over the texts of a slice, where a text counts once, with its weight, however many
counterfactuals it has. In the slice ``term=she`` they are the sensitivity to "she", of the texts
that hold it. With a single counterfactual a text, `score_range` equals `ctf_gap`, `score_dev` is
half of it and `score_sens` equals `score_shift`. Since texts differ in which terms they hold, terms
are compared over different texts, which the paper's design avoids.
"""

from __future__ import annotations

import numpy as np

from evenhand.data.support.arrays import Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.intervals import Mean

SENSITIVITY_METRICS = ("score_sens", "score_dev", "score_range")


def sensitivity(
    slice_: Slice, data: EvaluationData, scores: ModelScores
) -> tuple[Rows, dict[str, Mean]]:
    """Return the texts that have a pair in the slice, and each metric as a mean over them.

    Returns:
        Rows of the examples, ascending, shape (k,), and means by metric name over those rows.
    """
    example = data.pairs.example[slice_.pairs]
    texts, starts, counterfactuals = np.unique(example, return_index=True, return_counts=True)
    if not len(texts):
        none = np.zeros(0)
        return texts, {name: Mean(none, none, is_rate=False) for name in SENSITIVITY_METRICS}
    original = scores.originals[slice_.pairs][starts]
    others = scores.counterfactuals[slice_.pairs]
    versions = counterfactuals + 1
    mean = (original + np.add.reduceat(others, starts)) / versions
    squares = (original - mean) ** 2 + np.add.reduceat(
        (others - np.repeat(mean, counterfactuals)) ** 2, starts
    )
    highest = np.maximum(original, np.maximum.reduceat(others, starts))
    lowest = np.minimum(original, np.minimum.reduceat(others, starts))
    weights = data.examples.weights[texts]
    return texts, {
        "score_sens": Mean(
            (original - mean) * versions / counterfactuals, weights, is_rate=False, bounds=(-1, 1)
        ),
        "score_dev": Mean(np.sqrt(squares / versions), weights, is_rate=False, bounds=(0, 1)),
        "score_range": Mean(highest - lowest, weights, is_rate=False, bounds=(0, 1)),
    }
