"""Areas under the ROC and the precision-recall curve, and their confidence intervals.

Both areas are exact: scores are compared as they are, and only equal scores tie. (TFMA's `AUC` puts
scores into 10,000 buckets first. If labels are rare, most scores lie in a few buckets, and their
order is lost.) Scores are ranked once for each model, at four bytes per example. An area then takes
a few passes over its rows, and only its value and error are kept.

An area comes with its influence function: how much each example changes it. If all examples weigh
the same, its sum of squares is DeLong's variance (DeLong et al. 1988, "Comparing the areas under
two or more correlated receiver operating characteristic curves"); with weights, or for the
precision-recall curve, it is the variance by linearisation. An area under the ROC curve gets
Newcombe's interval with that variance. DeLong's variance alone is too small if there are few
positives and nearly all of them score higher than the negatives: the next positive may not. The
interval of the precision-recall area is made on the logit scale, so it stays between 0 and 1.

`cross_areas` has the areas under the ROC curve of Borkan et al. 2019 (arXiv 1903.04561), "Nuanced
metrics for measuring unintended bias with real data for text classification", that compare a slice,
the subgroup, with all others, the background:

- `bpsn_auc`, background positive, subgroup negative: positives of the background against negatives
  of the subgroup. It is low if negatives of the subgroup score higher than they should.
- `bnsp_auc`, background negative, subgroup positive: negatives of the background against positives
  of the subgroup. It is low if positives of the subgroup score lower than they should.

For groups and terms the subgroup is the examples that mention them; the background is with or
without a value in the slice's column. TFMA itself had these metrics ("fairness AUC") until it
dropped its post-export metrics.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.measures.score_intervals import Interval, newcombe_area, wilson
from evenhand.evaluation.reports.report import Method
from evenhand.remediation.judging.effective_size import effective_size
from evenhand.remediation.judging.validation import Ranks, area_and_slopes
from evenhand.remediation.judging.wilson import LEVEL

Ranked = Callable[[], tuple[Ranks, Floats, Floats]]
"""Returns the ranked examples: `score_ranks` of their scores, and their weights as positives and as
negatives, each shape (n,). Called each time they are needed, so that memory does not hold them."""


@dataclass(frozen=True)
class Area:
    """An area under a curve.

    Attributes:
        value: The area, in [0, 1].
        error: Its standard error.
        size: Effective number of examples of the rarer class, rounded down.
        sizes: Effective numbers of positives and of negatives.
        method: How its interval is made.
        find_influence: Computes `influence`.
    """

    value: float
    error: float
    size: int
    sizes: tuple[float, float]
    method: Method
    find_influence: Callable[[], Floats]

    @property
    def influence(self) -> Floats:
        """What each example adds to the area's error, shape (n,); computed on each access."""
        return self.find_influence()

    def interval(self, value: float) -> Interval:
        """Return the interval around `value`, the area or another estimate of it."""
        error = self.error
        if 0 < value < 1 and self.method == "delong":
            return newcombe_area(value, error, *self.sizes)
        if not 0 < value < 1 or error == 0:
            # All positives score higher than all negatives, or all score lower
            ends = wilson(value * self.size, self.size)
            return Interval(min(value, ends.lower), max(value, ends.upper), self.method)
        reach = self._quantile * error / (value * (1 - value))
        lower, upper = expit([logit(value) - reach, logit(value) + reach])
        return Interval(float(lower), float(upper), self.method)

    def difference_interval(self, other: Area, difference: float) -> Interval | None:
        """Return the interval around the difference to an area over the same examples.

        None if no example changes the difference, because its error is then unknown.
        """
        reach = self._quantile * math.sqrt(((self.influence - other.influence) ** 2).sum())
        if reach == 0:
            return None
        lower, upper = max(-1.0, difference - reach), min(1.0, difference + reach)
        return Interval(lower, upper, self.method)

    @property
    def _quantile(self) -> float:
        """Half the interval's width in standard errors: more than 1.96 for small classes."""
        return float(stdtrit(max(1, self.size - 1), (1 + LEVEL) / 2))


def roc_area(ranked: Ranked) -> Area | None:
    """Return the area under the ROC curve, or None if a class has no weight.

    It is the share of pairs of a positive and a negative in which the positive has the higher
    score; a tie counts half.
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

    From each score to the next lower one, `found` grows by `step`, and the true positives in it are
    share * found + offset. The area is the integral of precision over recall, to which a step adds
    share * (above + offset * log(found / before)).
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
    # The effect on this step of weight at a higher score, then of weight at its own score
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
    # scaled, so that no sum or square overflows or underflows; area and influence stay the same
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
    """Return the factor for a standard error that makes the variance of a mean unbiased."""
    return math.sqrt(size / (size - 1)) if size > 1 else 1.0


def cross_areas(
    subgroup: Rows, ranks: Ranks, positives: Floats, negatives: Floats
) -> dict[str, Area]:
    """Return `bpsn_auc` and `bnsp_auc`, without those that are undefined.

    Args:
        subgroup: Rows of the examples in the subgroup.
        ranks: `score_ranks` of the scores of all examples, shape (n,).
        positives: Weight of each example as a positive, shape (n,).
        negatives: Weight of each example as a negative, shape (n,).
    """
    inside = np.zeros(len(ranks), dtype=bool)
    inside[subgroup] = True

    def area(of_positives: npt.NDArray[np.bool_]) -> Area | None:
        """Return the area of the positives in these rows against the negatives in the others."""
        rows = np.flatnonzero(np.where(of_positives, positives, negatives) > 0)
        among = of_positives[rows]
        return roc_area(
            lambda: (
                ranks[rows],
                np.where(among, positives[rows], 0),
                np.where(among, 0, negatives[rows]),
            )
        )

    areas = {"bpsn_auc": area(~inside), "bnsp_auc": area(inside)}
    return {name: found for name, found in areas.items() if found is not None}
