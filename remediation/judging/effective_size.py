"""Kish's effective sample size: how many equal, independent rows give the same information."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Floats, Rows


class Texts:
    """Knows which rows come from the same text.

    Attributes:
        independent: Whether each row comes from a text of its own.
    """

    def __init__(self, example: Rows) -> None:
        """Take the example that each row belongs to, ascending, shape (m,)."""
        self._starts = np.flatnonzero(np.diff(example, prepend=-1))
        self.independent = len(self._starts) == len(example)

    def __len__(self) -> int:
        return len(self._starts)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of the values of each text's rows; values have shape (m,)."""
        return values if self.independent else np.add.reduceat(values, self._starts)


def effective_size(weights: npt.NDArray[Any]) -> float:
    """Return Kish's effective number of rows, (Σw)² / Σw²; NaN if all weights are 0.

    Kish 1965, "Survey Sampling". Scaling all weights, or adding weights of 0, changes nothing.
    """
    heaviest = weights.max(initial=0)
    if not heaviest > 0:
        return math.nan
    shares = weights / heaviest  # so that squares neither overflow nor underflow
    return float(shares.sum() ** 2 / (shares**2).sum())
