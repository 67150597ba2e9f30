"""The limit on how far the slices of one column lie apart, by itself or beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

from pydantic import Field

from evenhand.evaluation.derived.effective_rows import effective_rows
from evenhand.evaluation.derived.spread_test import (
    ChiSquare,
    chi_square_of_rates,
    chi_square_of_values,
)
from evenhand.evaluation.gate.finding import (
    Finding,
    Models,
    has_too_few_pairs,
    number_of,
    of_difference,
)
from evenhand.evaluation.gate.limit_base import DEFAULT_ALPHA, JointLimit
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.ranges import range_of
from evenhand.evaluation.reports.report import MetricValue, SliceReport

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

_LEAST_ERROR = 1e-12  # of a value whose interval ends at the value itself


class MaximumSpread(JointLimit):
    """The greatest difference allowed between the largest and the smallest value of a column.

    With `beyond_chance`, a larger one breaks the limit only if a chi-square test at the level
    `alpha` shows that the true values differ by more: `evenhand.evaluation.derived.spread_test`.
    """

    key = "max_spread"
    max_spread: float = Field(ge=0, allow_inf_nan=False)
    beyond_chance: bool = False
    alpha: float = Field(default=DEFAULT_ALPHA, gt=0, lt=1)

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        beyond = ", beyond chance" if self.beyond_chance else ""
        return f"largest less smallest {rule.metric} <= {self.max_spread:g}{beyond}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        words = f"the largest and the smallest value may differ by at most {self.max_spread:g}"
        if self.beyond_chance:
            words += f", but for what chance explains (chi-square test, level {self.alpha:g})"
        return words

    def problem(self, rule: GateRule) -> str | None:
        """Return the problem if the rule is not about one column, or nothing uses its level."""
        if not rule.slice.endswith("=*"):
            return 'max_spread compares the slices of one column: give slice = "group=*"'
        tests = self.beyond_chance or any(each.key == "no_worse_than" for each in rule.limits)
        if self.alpha != DEFAULT_ALPHA and not tests:
            return "alpha goes with no_worse_than, or with max_spread and beyond_chance = true"
        return None

    def is_never_broken(self, spec: MetricSpec) -> bool:
        """Return whether no two values are farther apart."""
        values = range_of(spec)
        return self.max_spread >= values.most - values.least

    def check_jointly(
        self, rule: GateRule, slices: Sequence[SliceReport], models: Models
    ) -> Finding:
        """Return how much farther the values may lie apart."""
        known = [slice_ for slice_ in slices if not has_too_few_pairs(rule, slice_)]
        n_pairs = sum(slice_.n_pairs for slice_ in known)
        left_out = len(slices) - len(known)
        if (left_out and rule.on_insufficient == "fail") or len(known) < 2:
            words = f"{len(known)} of {len(slices)} slices have pairs enough to compare"
            return Finding(Outcome.INSUFFICIENT, words, n_pairs=n_pairs)
        values = {slice_.slice: number_of(slice_, rule.metric) for slice_ in known}
        defined = {name: value for name, value in values.items() if value is not None}
        if len(defined) < len(values):
            missing = next(name for name, value in values.items() if value is None)
            words = f"{missing} has no {rule.metric}, or it is undefined"
            return Finding(Outcome.MISSING, words, n_pairs=n_pairs)
        found = self._of_values(defined)
        if self.beyond_chance and found.outcome is Outcome.FAILED:
            found = self._tested(found, [each.metrics[rule.metric] for each in known], models)
        return replace(found, n_pairs=n_pairs)

    def _of_values(self, values: Mapping[str, float]) -> Finding:
        highest = max(values, key=values.__getitem__)
        lowest = min(values, key=values.__getitem__)
        spread = values[highest] - values[lowest]
        words = (
            f"{spread:.6g} between {highest} ({values[highest]:.6g}) and "
            f"{lowest} ({values[lowest]:.6g})"
        )
        found = of_difference(self.max_spread - spread, words)
        return replace(found, words=words, value=spread)

    def _tested(self, found: Finding, values: Sequence[MetricValue], models: Models) -> Finding:
        """Return what a spread beyond the limit comes to if chance may explain it."""
        test = _test(values, self.max_spread, models.level)
        if test is None:
            words = f"{found.words}; a slice has no interval to tell by whether that is chance"
            return replace(found, outcome=Outcome.INSUFFICIENT, words=words, room=None)
        if test.p_value <= self.alpha:
            return replace(found, words=f"{found.words}, beyond chance (p {test.p_value:.2g})")
        words = f"{found.words}, which chance may explain (p {test.p_value:.2g})"
        return replace(found, outcome=Outcome.PASSED, words=words, room=None)


def _test(values: Sequence[MetricValue], limit: float, level: float) -> ChiSquare | None:
    """Return the test of whether true values differ by more than a limit; None without intervals.

    Rates are tested by the number of rows that their intervals tell of, other values by the
    standard errors that theirs tell of, on the side of the true value.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    numbers = [each.value for each in values if each.value is not None]
    rows = [effective_rows(each, z) for each in values]
    sizes = [float(size) for size in rows if size is not None]
    if len(sizes) == len(values):
        return chi_square_of_rates(numbers, sizes, limit)
    reaches = [
        (each.value - each.lower, each.upper - each.value)
        for each in values
        if each.value is not None and each.lower is not None and each.upper is not None
    ]
    if len(reaches) < len(values):
        return None

    def variance(group: int, truth: float) -> float:
        below, above = reaches[group]
        return max(_LEAST_ERROR, (above if truth > numbers[group] else below) / z) ** 2

    return chi_square_of_values(numbers, variance, limit)
