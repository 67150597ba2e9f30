"""The counterfactual token fairness (CTF) gap in standard deviations of the logits.

A model that shrinks all of its logits towards a constant shrinks the CTF gap with them, and does
not decide more fairly. Measured in standard deviations of the logits, its gap stays the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

# A float32 probability gives its logit up to about 16; nearer to 0 or 1, rounding decides.
_LEAST = 1e-7
# Standard deviations up to this come from rounding: the logits are all the same.
NO_SPREAD = 1e-6


def logits_of_scores(scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return log(p / (1 - p)) of probabilities, of the same shape, kept within about -16 and 16."""
    kept = np.clip(np.asarray(scores, np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def logit_spread(scores: npt.NDArray[Any], weights: npt.NDArray[Any]) -> float:
    """Return the weighted standard deviation, of a population, of the scores' logits.

    Args:
        scores: Probabilities, shape (n,).
        weights: At least 0, shape (n,). If all are 0, NaN is returned.
    """
    total = float(weights.sum())
    if total <= 0:
        return math.nan
    logits = logits_of_scores(scores)
    mean = (logits * weights).sum() / total
    return math.sqrt(float((weights * (logits - mean) ** 2).sum() / total))


def standardized_gap(
    originals: npt.NDArray[Any],
    counterfactuals: npt.NDArray[Any],
    pair_weights: npt.NDArray[Any],
    spread: float,
) -> float:
    """Return the mean absolute difference of pairs' logits, in standard deviations of the logits.

    Args:
        originals: Probabilities of the pairs' originals, shape (m,).
        counterfactuals: Probabilities of their counterfactuals, shape (m,).
        pair_weights: At least 0, shape (m,).
        spread: The `logit_spread` of the model over the examples.

    Returns:
        NaN if all weights are 0, or all logits are the same.
    """
    total = float(pair_weights.sum())
    if total <= 0 or not spread > NO_SPREAD:
        return math.nan
    difference = np.abs(logits_of_scores(originals) - logits_of_scores(counterfactuals))
    return float((difference * pair_weights).sum() / total / spread)
