"""The limits that a rule can set, a class for each; `limit_base` says what a limit has to do.

A class that is added here is used wherever rules are read, checked, described and explained.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from evenhand.evaluation.gate.finding import (
    Finding,
    Models,
    has_too_few_pairs,
    lacking_in_reference,
    number_of,
    undefined,
)
from evenhand.evaluation.gate.limit_base import JointLimit, SliceLimit
from evenhand.evaluation.gate.ratchet import SliceTests, tests_of_slices
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.reports.bounds import Bound
from evenhand.evaluation.reports.metric_specs import base_name
from evenhand.evaluation.reports.report import Report, SliceReport
from evenhand.remediation.judging.wording import counted

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

ComparedTo = Literal["baseline", "reference"]

DEFAULT_ALPHA = 0.05
_ROUNDING = 1e-12  # 0.9 - 0.85 is computed as a little above 0.05, but only reaches that limit
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _margin(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e308
    if number or (isinstance(value, str) and _PERCENT.fullmatch(value.strip())):
        return value.strip() if isinstance(value, str) else float(value)
    raise ValueError('must be a number that is at least 0, or a share such as "5%"')


Margin = Annotated[float | str, BeforeValidator(_margin)]
"""How far a metric may move: in its own unit (0.005), or as a share of the other value ("5%")."""


class _ValueLimit(SliceLimit):
    """A limit on the metric itself, or on an end of its interval."""

    bound: Bound = "value"

    def subject(self, rule: GateRule) -> str:
        """Return what is compared, in words."""
        if self.bound == "value":
            return rule.metric
        return f"the {self.bound} end of {rule.metric}'s confidence interval"


class Minimum(_ValueLimit):
    """The least value allowed."""

    key = "min"
    min: float = Field(allow_inf_nan=False)

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"{rule.subject()} >= {self.min:g}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        return f"{self.subject(rule)} must be at least {self.min:g}"

    def problem(self, rule: GateRule) -> str | None:
        """Return the problem if the greatest value allowed is smaller."""
        most = next((each.max for each in rule.limits if isinstance(each, Maximum)), self.min)
        if self.min <= most:
            return None
        return f"no value can be met: min {self.min:g} is above max {most:g}"

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield how far the value lies above it."""
        found = number_of(slice_, rule.metric, self.bound)
        if found is None:
            yield undefined(rule.subject())
        else:
            yield _limit(found - self.min, f"{found:.6g} is below {self.min:g}")


class Maximum(_ValueLimit):
    """The greatest value allowed."""

    key = "max"
    max: float = Field(allow_inf_nan=False)

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"{rule.subject()} <= {self.max:g}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        return f"{self.subject(rule)} may be at most {self.max:g}"

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield how far the value lies below it."""
        found = number_of(slice_, rule.metric, self.bound)
        if found is None:
            yield undefined(rule.subject())
        else:
            hint = self._hint(rule, slice_, models.level)
            yield _limit(self.max - found, f"{found:.6g} is above {self.max:g}{hint}")

    def _hint(self, rule: GateRule, slice_: SliceReport, level: float) -> str:
        """Return that a slice has too few pairs for any flip rate to be met, if that is so."""
        if base_name(rule.metric) != "flip_rate" or self.bound != "upper":
            return ""
        effective = slice_.effective_pairs
        pairs = slice_.n_pairs if effective is None else effective
        least = fewest_pairs_without_a_flip(self.max, level)
        if least is None or pairs > least - 1:
            return ""
        of_texts = "" if pairs > slice_.n_pairs - 1 else f" of {pairs:.0f} texts"
        return (
            f": {counted(slice_.n_pairs, 'pair')}{of_texts} cannot meet it even without a flip, "
            f"it takes {least:,}"
        )


def fewest_pairs_without_a_flip(limit: float, level: float) -> int | None:
    """Return the fewest independent pairs without a flip whose Wilson interval ends by a limit.

    Their upper end is z² / (n + z²), z of the level. None if no number of pairs is enough.
    """
    if limit <= 0:
        return None
    squared = NormalDist().inv_cdf((1 + level) / 2) ** 2
    return max(0, math.ceil(squared * (1 - limit) / limit - _ROUNDING))


class _Movement(SliceLimit):
    """A limit on how far the metric may move from that of another model.

    Attributes:
        sign: 1 if it may not rise, -1 if it may not fall.
        side: The side on which it may not lie: "above" or "below".
        verb: What it may not do: "rise above" or "fall below".
    """

    sign: ClassVar[int]
    side: ClassVar[str]
    verb: ClassVar[str]
    against: ComparedTo = "baseline"

    @property
    def margin(self) -> float | str:
        """How far it may move."""
        margin: float | str = getattr(self, self.key)
        return margin

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a stored reference report."""
        return self.against == "reference"

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"{rule.metric} at most {self._shown()} {self.side} the {self.against}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        of_it = " of it" if isinstance(self.margin, str) else ""
        by = f"by at most {self._shown()}{of_it}"
        return f"{rule.metric} may {self.verb} the {self.against}'s {by}"

    def misfits(self, rule: GateRule, report: Report, reference: Report | None) -> Iterator[str]:
        """Yield that there is no reference, if it needs one."""
        for problem in super().misfits(rule, report, reference):
            yield f"against: {problem}"

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield how much farther the value may move."""
        other = models.baseline
        if self.against == "reference":
            other = models.reference
            lacking = lacking_in_reference(rule, slice_, models)
            if lacking is not None:
                yield lacking
                return
        now = number_of(slice_, rule.metric)
        there = other.find_slice(slice_.slice) if other else None
        before = number_of(there, rule.metric) if there else None
        if now is None:
            yield undefined(rule.metric)
        elif before is None:
            words = f"there is no {self.against} value to compare with"
            yield Finding(Outcome.MISSING, words)
        else:
            moved = self.sign * (now - before)
            words = f"{now:.6g} is {moved:.6g} {self.side} the {self.against}'s {before:.6g}"
            yield _limit_of_difference(_share_of(self.margin, before) - moved, words)

    def _shown(self) -> str:
        return self.margin if isinstance(self.margin, str) else f"{self.margin:g}"


class MaximumDrop(_Movement):
    """How far the metric may lie below that of the baseline, or of the reference."""

    key, sign, side, verb = "max_drop", -1, "below", "fall below"
    max_drop: Margin


class MaximumIncrease(_Movement):
    """How far the metric may lie above that of the baseline, or of the reference."""

    key, sign, side, verb = "max_increase", 1, "above", "rise above"
    max_increase: Margin


class NoWorseThan(SliceLimit):
    """In no slice may the metric be significantly worse than in the stored reference report.

    `evenhand.evaluation.gate.ratchet` says how that is tested. `alpha` is the significance level,
    over all slices of the rule together.
    """

    key = "no_worse_than"
    no_worse_than: Literal["reference"]
    alpha: float = Field(default=DEFAULT_ALPHA, gt=0, lt=1)

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a stored reference report."""
        return True

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"{rule.metric} not significantly worse than the {self.no_worse_than}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        return (
            f"{rule.metric} must not be significantly worse than in the reference report (level "
            f"{self.alpha:g}; overall is a test by itself, slices are adjusted for their number)"
        )

    def misfits(self, rule: GateRule, report: Report, reference: Report | None) -> Iterator[str]:
        """Yield that there is no reference, or that neither way is worse."""
        for problem in super().misfits(rule, report, reference):
            yield f"no_worse_than: {problem}"
        is_there = any(rule.metric in slice_.metrics for slice_ in report.candidate.slices)
        if (is_there or report.knows(rule.metric)) and report.spec(rule.metric).worse is None:
            yield (
                f"no_worse_than: neither way is worse for {rule.metric} by itself; use max_drop or "
                'max_increase with against = "reference"'
            )

    def check_all(
        self, rule: GateRule, slices: Sequence[SliceReport], models: Models
    ) -> dict[str, list[Finding]]:
        """Return what it comes to on the slices, which are tested together."""
        tests = self._tests(rule, slices, models)
        return {slice_.slice: [self._finding(rule, slice_, models, tests)] for slice_ in slices}

    def _finding(
        self, rule: GateRule, slice_: SliceReport, models: Models, tests: SliceTests
    ) -> Finding:
        lacking = lacking_in_reference(rule, slice_, models)
        if lacking is not None:
            return lacking
        if slice_.slice in tests.undecided:
            words, others = tests.undecided[slice_.slice], bool(tests.p_values)
            return Finding(Outcome.INSUFFICIENT, words, others_tell=others)
        now = number_of(slice_, rule.metric)
        there = models.reference.find_slice(slice_.slice) if models.reference else None
        before = number_of(there, rule.metric) if there else None
        if now is None or before is None:
            return undefined(rule.metric)
        p_value = tests.p_values[slice_.slice]
        words = f"{now:.6g}, from {before:.6g} in the reference (p {p_value:.2g})"
        return Finding(Outcome.FAILED if p_value <= self.alpha else Outcome.PASSED, words)

    def _tests(self, rule: GateRule, slices: Sequence[SliceReport], models: Models) -> SliceTests:
        """Return the tests of the slices that both reports have enough pairs of.

        A value that is undefined now and was defined in the reference is not tested.
        """
        both = {}
        for slice_ in slices:
            there = models.reference.find_slice(slice_.slice) if models.reference else None
            if there is None or has_too_few_pairs(rule, there):
                continue
            values = [number_of(each, rule.metric) for each in (slice_, there)]
            if values[0] is not None or (values[1] is None and rule.metric in slice_.metrics):
                both[slice_.slice] = slice_, there
        return tests_of_slices(
            both,
            rule.metric,
            direction=models.report.spec(rule.metric).direction,
            level=models.level,
            alpha=self.alpha,
        )


class MaximumSpread(JointLimit):
    """The greatest difference allowed between the largest and the smallest value of a column."""

    key = "max_spread"
    max_spread: float = Field(ge=0, allow_inf_nan=False)

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"largest less smallest {rule.metric} <= {self.max_spread:g}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        return f"the largest and the smallest value may differ by at most {self.max_spread:g}"

    def problem(self, rule: GateRule) -> str | None:
        """Return the problem if the rule is not about the slices of one column."""
        if rule.slice.endswith("=*"):
            return None
        return 'max_spread compares the slices of one column: give slice = "group=*"'

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
        return replace(self._of_values(defined), n_pairs=n_pairs)

    def _of_values(self, values: Mapping[str, float]) -> Finding:
        highest = max(values, key=values.__getitem__)
        lowest = min(values, key=values.__getitem__)
        spread = values[highest] - values[lowest]
        words = (
            f"{spread:.6g} between {highest} ({values[highest]:.6g}) and "
            f"{lowest} ({values[lowest]:.6g})"
        )
        found = _limit_of_difference(self.max_spread - spread, words)
        return replace(found, words=words, value=spread)


def _limit(room: float, words: str) -> Finding:
    """Return the finding on a limit that is `room` away; `words` describe how it is broken."""
    return Finding(Outcome.FAILED, words, room) if room < 0 else Finding(Outcome.PASSED, "", room)


def _limit_of_difference(room: float, words: str) -> Finding:
    return _limit(0.0 if abs(room) < _ROUNDING else room, words)


def _share_of(margin: float | str, value: float) -> float:
    """Return a margin in the metric's unit; a share is a share of `value`."""
    if isinstance(margin, str):
        return float(margin.rstrip("% ")) / 100 * abs(value)
    return margin
