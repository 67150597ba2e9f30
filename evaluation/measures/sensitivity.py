"""Perturbation sensitivity: how far scores move among the versions of one text.

Three are the metrics of Prabhakaran et al. 2019 (arXiv 1910.04210), "Perturbation sensitivity
analysis to detect unintended model biases". The paper puts every name of a list N into every
sentence that refers to a person, so that a sentence x has a version for each name n. A
counterfactual dataset has fewer versions: the text as it was written, and its counterfactuals, in
which the identity terms are removed or replaced. Over these versions the metrics are

- `score_sens` (ScoreSens), per text: score(original) - the mean score of its counterfactuals. This
  is the paper's f(x_n) - f(x), where n is the term and x the text without it. It is above zero if
  the term raises the score.
- `score_dev` (ScoreDev), per text: the standard deviation of the scores of all its versions (the
  population's: the versions are all that there are).
- `score_range` (ScoreRange), per text: the highest minus the lowest score of its versions.

`ctf_gap_per_text` is the counterfactual token fairness gap as Garg et al. average it (2019, arXiv
1809.10610): |score(original) - score(counterfactual)|, per text the mean over its counterfactuals.

Each is averaged over the texts of a slice. A text counts once, with its weight, however many
counterfactuals it has. In the slice ``term=she`` the metrics are the sensitivity to "she" of the
texts that hold it. With one counterfactual per text, `score_range` and `ctf_gap_per_text` equal
`ctf_gap`, `score_dev` is half of it and `score_sens` equals `score_shift`. Different terms are in
different texts, so terms are compared over different texts; the paper's design avoids that.
"""

from __future__ import annotations

import numpy as np

from evenhand.data.support.arrays import Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.intervals import Mean

SENSITIVITY_METRICS = ("score_sens", "score_dev", "score_range", "ctf_gap_per_text")


def sensitivity(
    slice_: Slice, data: EvaluationData, scores: ModelScores
) -> tuple[Rows, dict[str, Mean]]:
    """Return the texts that have a pair in the slice, and each metric as a mean over those texts.

    Returns:
        The texts' rows among the examples, ascending, shape (k,), and means by metric name over
        these rows.
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
    gaps = np.add.reduceat(np.abs(np.repeat(original, counterfactuals) - others), starts)
    highest = np.maximum(original, np.maximum.reduceat(others, starts))
    lowest = np.minimum(original, np.minimum.reduceat(others, starts))
    weights = data.examples.weights[texts]
    return texts, {
        "score_sens": Mean(
            (original - mean) * versions / counterfactuals, weights, is_rate=False, bounds=(-1, 1)
        ),
        "score_dev": Mean(np.sqrt(squares / versions), weights, is_rate=False, bounds=(0, 1)),
        "score_range": Mean(highest - lowest, weights, is_rate=False, bounds=(0, 1)),
        "ctf_gap_per_text": Mean(gaps / counterfactuals, weights, is_rate=False, bounds=(0, 1)),
    }
