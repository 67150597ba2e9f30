"""Areas under the ROC and the precision-recall curve, and their confidence intervals.

Scores are put into the bins that TFMA's `AUC` has, so that the areas under the ROC curve here are
TFMA's: the share of pairs of a positive and a negative in which the positive has the higher score,
where scores of one bin tie and a tie counts half.

An area comes with its influence function: how much each example moves it. The sum of squares is
DeLong's variance (DeLong et al. 1988, "Comparing the areas under two or more correlated receiver
operating characteristic curves") where all weigh the same; with weights, or for the
precision-recall curve, it is the variance by linearisation. Intervals of one area are made on the
logit scale, which keeps them within 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import t

from evenhand.evaluation.intervals import LEVEL, Interval, wilson
from evenhand.evaluation.report import Method
from evenhand.evaluation.tables import Floats

BINS = 10_000  # of TFMA's AUC, which counts scores in a histogram and reads it at its thresholds
_TFMA_EPSILON = 1e-7

Bins = npt.NDArray[np.int16]

Ranked = Callable[[], tuple[Bins, Floats, Floats]]
"""Gives the examples that are ranked, as often as they are needed, so that nothing keeps them:
`score_bins` of their scores, and their weights as positives and as negatives, each shape (n,)."""


@dataclass(frozen=True)
class Area:
    """An area under a curve.

    Attributes:
        value: The area, in [0, 1].
        error: Its standard error.
        size: Effective number of examples of the rarer class.
        method: How an interval of it is made.
        find_influence: Computes the influence.
    """

    value: float
    error: float
    size: int
    method: Method
    find_influence: Callable[[], Floats]

    @property
    def influence(self) -> Floats:
        """What each example adds to the area's error, shape (n,); computed each time."""
        return self.find_influence()

    def interval(self, value: float) -> Interval:
        """Return the interval around `value`, which may be TFMA's own estimate of the area."""
        error = self.error
        if not 0 < value < 1 or error == 0:
            # Every example of the rarer class is on the right, or the wrong, side of all others
            ends = wilson(round(value * self.size), self.size)
            return Interval(min(value, ends.lower), max(value, ends.upper), self.method)
        reach = self._quantile * error / (value * (1 - value))
        lower, upper = expit([logit(value) - reach, logit(value) + reach])
        return Interval(float(lower), float(upper), self.method)

    def difference_interval(self, other: Area, difference: float) -> Interval | None:
        """Return the interval around the difference to an area over the same examples.

        Nothing where no example moves the difference, for then nothing is known of its error.
        """
        reach = self._quantile * math.sqrt(((self.influence - other.influence) ** 2).sum())
        if reach == 0:
            return None
        lower, upper = max(-1.0, difference - reach), min(1.0, difference + reach)
        return Interval(lower, upper, self.method)

    @property
    def _quantile(self) -> float:
        """Standard errors to either side: more than 1.96 where a class has few examples."""
        return float(t.ppf((1 + LEVEL) / 2, max(1, self.size - 1)))


def score_bins(scores: Floats) -> Bins:
    """Return the bin of each score, from 0 to BINS - 1, ascending with the score.

    TFMA counts scores in a histogram of `BINS` buckets and then reads it at `BINS` thresholds,
    which lie 1 / (BINS - 1) apart; both steps are repeated here.
    """
    buckets = np.minimum((scores * BINS + 1).astype(np.int64) - 1, BINS)  # rounds as TFMA does
    thresholds = np.arange(1, BINS - 1) / (BINS - 1) + _TFMA_EPSILON
    thresholds = np.append(thresholds, 1 + 2 * _TFMA_EPSILON)
    starts = np.append(np.arange(BINS) / BINS, math.inf)  # a score of 1 has a bucket of its own
    bins: Bins = np.searchsorted(thresholds, starts, side="right").astype(np.int16)
    return np.asarray(bins[buckets])


def roc_area(ranked: Ranked) -> Area | None:
    """Return the area under the ROC curve, or None where a class weighs nothing."""

    def value_and_slopes(above: Floats, below: Floats) -> tuple[float, Floats, Floats]:
        beaten = (np.cumsum(below) - below / 2) / below.sum()
        missed = (np.cumsum(above) - above / 2) / above.sum()
        value = float((above * beaten).sum() / above.sum())
        return value, beaten - value, 1 - missed - value

    return _area(ranked, value_and_slopes, "delong")


def precision_recall_area(ranked: Ranked) -> Area | None:
    """Return the average precision, or None where a class weighs nothing.

    TFMA's `AUCPrecisionRecall` interpolates between thresholds, average precision does not: take
    the influence from here and the value from there.
    """

    def value_and_slopes(above: Floats, below: Floats) -> tuple[float, Floats, Floats]:
        true = np.cumsum(above[::-1])[::-1]
        false = np.cumsum(below[::-1])[::-1]
        found = true + false
        found[found == 0] = 1  # above the highest score nothing is found
        precision, share = true / found, above / above.sum()
        value = float((share * precision).sum())
        # An example in a bin changes the precision at its own threshold and at every lower one
        raises = np.cumsum(share * false / found**2)
        lowers = np.cumsum(share * true / found**2)
        return value, precision - value + raises * above.sum(), -lowers * below.sum()

    return _area(ranked, value_and_slopes, "linear")


def _area(
    ranked: Ranked,
    value_and_slopes: Callable[[Floats, Floats], tuple[float, Floats, Floats]],
    method: Method,
) -> Area | None:
    bins, positives, negatives = ranked()
    above: Floats = np.bincount(bins, weights=positives, minlength=BINS).astype(np.float64)
    below: Floats = np.bincount(bins, weights=negatives, minlength=BINS).astype(np.float64)
    if not (above.sum() > 0 and below.sum() > 0):
        return None
    value, *slopes = value_and_slopes(above, below)
    sizes = [_effective_size(weights) for weights in (positives, negatives)]
    scales = [
        _unbiased(size) / total * slope
        for size, total, slope in zip(sizes, (above.sum(), below.sum()), slopes, strict=True)
    ]

    def influence() -> Floats:
        bins, positives, negatives = ranked()
        moves: Floats = positives * scales[0][bins] + negatives * scales[1][bins]
        return moves

    error = math.sqrt((influence() ** 2).sum())
    return Area(value, error, max(1, int(min(sizes))), method, influence)


def _effective_size(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum())


def _unbiased(size: float) -> float:
    """Return the factor of a standard error that makes the variance of a mean unbiased."""
    return math.sqrt(size / (size - 1)) if size > 1 else 1.0
