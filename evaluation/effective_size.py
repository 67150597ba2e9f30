"""How many equal, independent rows tell as much as rows of different weight or of one text do."""

from __future__ import annotations

import math

import numpy as np

from evenhand.evaluation.tables import Floats, Rows


def effective_size(weights: Floats) -> float:
    """Return Kish's effective number of rows, (Σw)² / Σw²; NaN where nothing weighs anything.

    Kish 1965, "Survey Sampling". Scaling all weights changes nothing, nor does a weight of 0.
    """
    heaviest = weights.max(initial=0)
    if not heaviest > 0:
        return math.nan
    shares = weights / heaviest  # whose squares neither overflow nor vanish
    return float(shares.sum() ** 2 / (shares**2).sum())


def text_numbers(example: Rows) -> Rows:
    """Return the number of each row's example among those that have rows: 0, 0, 1, 2, ..."""
    return np.cumsum(np.diff(example, prepend=example[:1]) != 0)


def sums_by_text(example: Rows, values: Floats) -> Floats:
    """Return the sum of the values of each example's rows.

    Args:
        example: The example that each row belongs to, ascending, shape (m,).
        values: Shape (m,).
    """
    if not len(example):
        return np.zeros(0)
    return np.add.reduceat(values, np.flatnonzero(np.diff(example, prepend=example[0] - 1)))
