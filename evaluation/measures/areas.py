"""Areas under the ROC and the precision-recall curve, and their confidence intervals.

Both are exact: scores are compared as they are, and only equal scores tie. (TFMA's `AUC` puts
scores into 10,000 buckets first. Where most scores lie in a few of them, as rare labels make them,
little is left of the order.) Scores are ranked once for a model, four bytes an example. An area
then takes a few passes over its rows, and only its value and error are kept.

An area comes with its influence function: how much each example moves it. The sum of squares is
DeLong's variance (DeLong et al. 1988, "Comparing the areas under two or more correlated receiver
operating characteristic curves") where all weigh the same; with weights, or for the
precision-recall curve, it is the variance by linearisation. An area under the ROC curve gets
Newcombe's interval with that variance: where few positives nearly all score higher than the
negatives, the next one may not, which DeLong's variance alone does not see. That of the
precision-recall curve is made on the logit scale, which keeps it within 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.measures.score_intervals import LEVEL, Interval, newcombe_area, wilson
from evenhand.evaluation.reports.report import Method
from evenhand.remediation.judging.effective_size import effective_size
from evenhand.remediation.judging.validation import Ranks, area_and_slopes

Ranked = Callable[[], tuple[Ranks, Floats, Floats]]
"""Returns the ranked examples, each time they are needed, so that they are not kept in memory:
`score_ranks` of their scores, and their weights as positives and as negatives, each shape (n,)."""


@dataclass(frozen=True)
class Area:
    """An area under a curve.

    Attributes:
        value: The area, in [0, 1].
        error: Its standard error.
        size: Effective number of examples of the rarer class, rounded down.
        sizes: Effective numbers of positives and of negatives.
        method: How an interval of it is made.
        find_influence: Computes the influence.
    """

    value: float
    error: float
    size: int
    sizes: tuple[float, float]
    method: Method
    find_influence: Callable[[], Floats]

    @property
    def influence(self) -> Floats:
        """What each example adds to the area's error, shape (n,); computed each time."""
        return self.find_influence()

    def interval(self, value: float) -> Interval:
        """Return the interval around `value`, the area or another estimate of it."""
        error = self.error
        if 0 < value < 1 and self.method == "delong":
            return newcombe_area(value, error, *self.sizes)
        if not 0 < value < 1 or error == 0:
            # Every example of the rarer class is on the right, or the wrong, side of all others
            ends = wilson(value * self.size, self.size)
            return Interval(min(value, ends.lower), max(value, ends.upper), self.method)
        reach = self._quantile * error / (value * (1 - value))
        lower, upper = expit([logit(value) - reach, logit(value) + reach])
        return Interval(float(lower), float(upper), self.method)

    def difference_interval(self, other: Area, difference: float) -> Interval | None:
        """Return the interval around the difference to an area over the same examples.

        None if no example moves the difference, because its error is then unknown.
        """
        reach = self._quantile * math.sqrt(((self.influence - other.influence) ** 2).sum())
        if reach == 0:
            return None
        lower, upper = max(-1.0, difference - reach), min(1.0, difference + reach)
        return Interval(lower, upper, self.method)

    @property
    def _quantile(self) -> float:
        """How many standard errors an interval reaches: more than 1.96 for small classes."""
        return float(t.ppf((1 + LEVEL) / 2, max(1, self.size - 1)))


def roc_area(ranked: Ranked) -> Area | None:
    """Return the area under the ROC curve, or None if a class has no weight.

    It is the share of pairs of a positive and a negative in which the positive has the higher
    score, where a tie counts half.
    """
    return _area(ranked, area_and_slopes, "delong")


def precision_recall_area(ranked: Ranked) -> Area | None:
    """Return the area under the precision-recall curve, or None if a class has no weight.

    Between two neighbouring scores the curve is interpolated as in Davis and Goadrich 2006, "The
    relationship between precision-recall and ROC curves", and in TFMA and Keras.
    """
    return _area(ranked, _precision_recall, "linear")


def _precision_recall(above: Floats, below: Floats) -> tuple[float, Floats, Floats]:
    """Return the area, and how it changes with a little more weight of each class at each score.

    From one score to the next, downwards, `found` grows by `step`, and the true positives among
    what is found lie on the line share * found + offset. The precision's mean along the recall is
    an integral, whose part of this step is share * (above + offset * log(found / before)).
    """
    above, below = above[::-1], below[::-1]
    step, total = above + below, above.sum()
    found = np.cumsum(step)
    before = found - step
    share, other = (
        np.divide(each, step, out=np.zeros_like(step), where=step > 0) for each in (above, below)
    )
    between = (before > 0) & (step > 0)
    offset = np.where(between, np.cumsum(above) - share * found, 0)
    logs = np.log(np.divide(found, before, out=np.ones_like(step), where=between))
    value = float((share * (above + offset * logs)).sum() / total)
    by_found, by_before = (
        np.divide(offset, each, out=np.zeros_like(step), where=between) for each in (found, before)
    )
    # What weight at a higher score does to this step, then what weight at its own score does
    from_below = share * (by_found - by_before - share * logs)
    from_above = from_below + share * logs
    turn = np.divide(above + offset * logs, step, out=np.zeros_like(step), where=step > 0)
    line = np.divide(found * logs, step, out=np.zeros_like(step), where=step > 0)
    own_above = other * turn + share * (1 + by_found + (1 - share) * logs - other * line)
    own_below = -share * turn + share * (by_found - share * logs + share * line)
    slopes = []
    for own, later in ((own_above - value, from_above), (own_below, from_below)):
        slopes.append((own + np.cumsum(later[::-1])[::-1] - later)[::-1])
    return value, slopes[0], slopes[1] * below.sum() / total


def _area(
    ranked: Ranked,
    value_and_slopes: Callable[[Floats, Floats], tuple[float, Floats, Floats]],
    method: Method,
) -> Area | None:
    ranks, positives, negatives = ranked()
    heaviest = positives.max(initial=0), negatives.max(initial=0)
    if not min(heaviest) > 0:
        return None
    # scaled, so that no sum or square overflows or vanishes; it changes neither area nor influence
    scale = max(heaviest)
    above, below = (
        np.bincount(ranks, weights=each / scale).astype(np.float64)
        for each in (positives, negatives)
    )
    if not min(above.sum(), below.sum()) > 0:
        return None
    value, *slopes = value_and_slopes(above, below)
    sizes = effective_size(positives), effective_size(negatives)
    scales = [
        _unbiased(size) / (scale * total) * slope
        for size, total, slope in zip(sizes, (above.sum(), below.sum()), slopes, strict=True)
    ]

    def influence() -> Floats:
        ranks, positives, negatives = ranked()
        moves: Floats = positives * scales[0][ranks] + negatives * scales[1][ranks]
        return moves

    error = math.sqrt((influence() ** 2).sum())
    return Area(value, error, max(1, int(min(sizes))), sizes, method, influence)


def _unbiased(size: float) -> float:
    """Return the factor of a standard error that makes the variance of a mean unbiased."""
    return math.sqrt(size / (size - 1)) if size > 1 else 1.0
