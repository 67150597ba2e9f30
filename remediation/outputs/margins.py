"""Turns decisions among several classes into scores that flip if the decision changes.

Flip metrics take a score for each side of a pair, and a threshold. The class that counts is the one
that the model decides for on the original. A side's margin is p / (p + q), where p is that class's
probability and q the largest probability of the others. It is above 0.5 exactly if the model
decides for that class (of equally probable classes, for the first). So a pair flips at threshold
0.5 if the decision changes. With two classes, the margin is the probability of the class decided
for, and metrics of absolute values are the same as for a score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Floats
from evenhand.remediation.outputs.decisions import decisions

_EVEN = 0.5
_ABOVE_EVEN = np.nextafter(_EVEN, 1)  # for a class that is decided for in a tie


def margins(probabilities: Floats, classes: npt.NDArray[Any]) -> Floats:
    """Return the margins of one class for each row, shape (n,), in [0, 1].

    Args:
        probabilities: Probabilities of all classes, shape (n, classes).
        classes: The class that counts, shape (n,).
    """
    rows = np.arange(len(probabilities))
    own = probabilities[rows, classes]
    others = probabilities.copy()
    others[rows, classes] = -1.0
    margin = own / (own + others.max(axis=1))
    decided_for = decisions(probabilities) == classes
    return np.where(decided_for, np.maximum(margin, _ABOVE_EVEN), np.minimum(margin, _EVEN))
