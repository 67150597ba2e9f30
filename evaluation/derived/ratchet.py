"""Is a metric significantly worse than in another report? The test behind `no_worse_than`.

The two reports may be about different data, so their values count as independent. On the same data
they are not independent, and the test finds a change less often than a paired test would.

- Rates are compared by Fisher's exact test of the two counts, with the mid-p (Lancaster 1961). It
  holds its level far into the tail, where the test over many slices looks. The counts come from the
  rate and its score interval: the number of equal, independent rows that has that interval.
- Anything else is compared by its intervals. With values p and q and the ends of theirs, q - p is
  at least (q - p) - sqrt((q - lower q)² + (upper p - p)²) (Zou and Donner 2008, "Construction of
  confidence limits about effect measures"). The z at which that end is zero, if the parts of an
  interval grow with z, gives the p-value.

Slices are tested together (`tests_of_slices`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias, TypeVar

from evenhand.evaluation.derived.effective_rows import effective_rows
from evenhand.evaluation.reports.report import OVERALL, MetricValue, SliceReport
from evenhand.remediation.judging.p_values import Adjustment, adjusted

_WHOLE = 1e-6
_Key = TypeVar("_Key")


Place: TypeAlias = tuple[int, str]
"""The number of a label, 0 where there are none, and the name of a slice."""


@dataclass(frozen=True)
class SliceTests:
    """The results of testing several slices.

    Attributes:
        p_values: By label and slice; those of `overall` are adjusted for the number of labels, the
            others among themselves.
        undecided: Why a slice could not be tested, likewise.
    """

    p_values: Mapping[Place, float]
    undecided: Mapping[Place, str]


def tests_of_slices(
    slices: Mapping[Place, tuple[SliceReport, SliceReport]],
    metric: str,
    *,
    direction: int,
    level: float,
    alpha: float,
    adjust: Adjustment = "holm",
) -> SliceTests:
    """Test whether a metric got worse in each of several slices.

    `overall` is a test by itself, of several labels as many. The other slices, those of all labels,
    are adjusted among themselves. A slice that could not be significant whatever its texts did is
    left out of that (Tarone 1990, "A modified Bonferroni method for discrete data"; Gilbert 2005
    for the false discovery rate). Slices of a label with all the same numbers are one test.

    Args:
        slices: The slice now and before, by label and name.
        metric: The metric's name.
        direction: 1 if a higher value is worse, -1 if a lower one is.
        level: Confidence level of the intervals.
        alpha: Significance level that the p-values are for.
        adjust: How p-values are adjusted for their number.
    """
    p_values: dict[Place, float] = {}
    undecided: dict[Place, str] = {}
    tests: dict[tuple[int, str], _Test] = {}
    places: dict[tuple[int, str], list[Place]] = {}
    of_overall: dict[Place, float] = {}
    for place, (now, before) in slices.items():
        nothing = MetricValue(value=None)
        values = now.metrics.get(metric, nothing), before.metrics.get(metric, nothing)
        test = _test(*values, direction, level)
        if test is None:
            undecided[place] = "no interval to tell by, here or in the reference"
        elif place[1] == OVERALL:
            of_overall[place] = test.p_value
        else:
            content = "".join(each.model_dump_json(exclude={"slice"}) for each in (now, before))
            places.setdefault((place[0], content), []).append(place)
            tests[place[0], content] = test
    p_values |= zip(of_overall, adjusted([*of_overall.values()], adjust), strict=True)
    family = _able_to_decide(tests, alpha)
    found = adjusted([tests[key].p_value for key in family], adjust)
    together = dict(zip(family, found, strict=True))
    for key, same in places.items():
        for place in same:
            if key in together:
                p_values[place] = together[key]
            elif not tests[key].is_worse:
                p_values[place] = tests[key].p_value
            else:
                undecided[place] = "too few texts to tell, whatever they did"
    return SliceTests(p_values, undecided)


@dataclass(frozen=True)
class _Test:
    is_worse: bool  # whether the value got worse at all
    p_value: float
    least: float  # the smallest p-value possible with as many bad rows in all


def _able_to_decide(tests: Mapping[_Key, _Test], alpha: float) -> list[_Key]:
    """Return the tests that could be significant, each adjusted for the number of these tests."""
    number = 0
    family = list(tests)
    while len(family) > number:
        number += 1
        family = [key for key, test in tests.items() if test.least <= alpha / number]
    return family


def _test(now: MetricValue, before: MetricValue, direction: int, level: float) -> _Test | None:
    z = NormalDist().inv_cdf((1 + level) / 2)
    value, near, _ = _turned(now, direction)
    other, _, far = _turned(before, direction)
    if value is None or other is None or near is None or far is None:
        return None
    change = value - other
    rows, rows_before = effective_rows(now, z), effective_rows(before, z)
    if rows is not None and rows_before is not None:
        bad, bad_before = (each if direction > 0 else 1 + each for each in (value, other))
        return _exact_test(bad * rows, rows, bad_before * rows_before, rows_before, change > 0)
    spread = math.hypot(value - near, far - other)
    if spread == 0:
        return _Test(change > 0, 0.5 if change == 0 else float(change < 0), 0)
    return _Test(change > 0, NormalDist().cdf(-z * change / spread), 0)


def _exact_test(bad_now: float, now: int, bad_before: float, before: int, is_worse: bool) -> _Test:
    """Return Fisher's test of two counts; between whole numbers it is interpolated."""
    p_value = sum(
        share * other * _tail(first, now, before, first + second)
        for first, share in _around(bad_now)
        for second, other in _around(bad_before)
    )
    total = round(bad_now + bad_before)
    return _Test(is_worse, p_value, _tail(min(total, now), now, before, total))


def _around(count: float) -> list[tuple[int, float]]:
    """Return the whole numbers around a count, each with its share in interpolation."""
    whole = math.floor(count + _WHOLE)
    rest = max(0.0, count - whole)
    return [(whole, 1.0)] if rest < _WHOLE else [(whole, 1 - rest), (whole + 1, rest)]


def _tail(count: int, now: int, before: int, total: int) -> float:
    """Return the chance that more than `count` of `total` bad rows are in the newer report.

    Half the chance of just as many is added (the mid-p). Every choice of `total` rows among all is
    as likely: the hypergeometric distribution.
    """

    def choose(size: int, chosen: int) -> float:
        return math.lgamma(size + 1) - math.lgamma(chosen + 1) - math.lgamma(size - chosen + 1)

    least, most = max(0, total - before), min(now, total)
    chance = math.exp(
        choose(now, count) + choose(before, total - count) - choose(now + before, total)
    )
    up = count >= now * total / (now + before)  # add up the shorter side
    tail, place = chance / 2, count
    while (place < most if up else place > least) and chance > tail * 1e-17:
        if up:
            chance *= (now - place) * (total - place)
            chance /= (place + 1) * (before - total + place + 1)
            place += 1
        else:
            chance *= place * (before - total + place)
            chance /= (now - place + 1) * (total - place + 1)
            place -= 1
        tail += chance
    return min(1.0, tail) if up else max(0.0, 1 - tail)


def _turned(value: MetricValue, direction: int) -> tuple[float | None, float | None, float | None]:
    """Return value, better end and worse end, with signs turned so that higher is worse."""
    ends = (value.lower, value.upper) if direction > 0 else (value.upper, value.lower)
    better, worse = (None if end is None else direction * end for end in ends)
    return None if value.value is None else direction * value.value, better, worse
