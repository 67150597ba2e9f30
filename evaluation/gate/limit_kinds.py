"""The limits that a rule can set, a class for each; `limit_base` says what a limit has to do.

A class that is added here is used wherever rules are read, checked, described and explained.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from evenhand.evaluation.derived.ratchet import SliceTests, tests_of_slices
from evenhand.evaluation.gate.finding import (
    Finding,
    Models,
    has_too_few_pairs,
    lacking_in_reference,
    number_of,
    of_difference,
    of_limit,
    undefined,
)
from evenhand.evaluation.gate.limit_base import DEFAULT_ALPHA, SliceLimit
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.reports.bounds import Bound
from evenhand.evaluation.reports.metric_specs import MetricSpec, base_name
from evenhand.evaluation.reports.ranges import range_of
from evenhand.evaluation.reports.report import Report, SliceReport
from evenhand.remediation.judging.p_values import Adjustment
from evenhand.remediation.judging.wording import counted

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

_ADJUSTED: dict[Adjustment, str] = {
    "holm": "",
    "benjamini_hochberg": " by Benjamini and Hochberg's method",
}
ComparedTo = Literal["baseline", "reference"]

_ROUNDING = 1e-12
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

    def is_never_broken(self, spec: MetricSpec) -> bool:
        """Return whether no value is smaller."""
        return self.min <= range_of(spec).least

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield how far the value lies above it."""
        found = number_of(slice_, rule.metric, self.bound)
        if found is None:
            yield undefined(rule.subject())
        else:
            yield of_limit(found - self.min, f"{found:.6g} is below {self.min:g}")


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

    def is_never_broken(self, spec: MetricSpec) -> bool:
        """Return whether no value is larger."""
        return self.max >= range_of(spec).most

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield how far the value lies below it."""
        found = number_of(slice_, rule.metric, self.bound)
        if found is None:
            yield undefined(rule.subject())
        else:
            hint = self._hint(rule, slice_, models.level)
            yield of_limit(self.max - found, f"{found:.6g} is above {self.max:g}{hint}")

    def fewest_pairs(self, rule: GateRule, level: float) -> float:
        """Return with how many pairs the interval of no flip at all ends by it."""
        if base_name(rule.metric) != "flip_rate" or self.bound != "upper":
            return 0
        least = fewest_pairs_without_a_flip(self.max, level)
        return math.inf if least is None else least

    def _hint(self, rule: GateRule, slice_: SliceReport, level: float) -> str:
        """Return that a slice has too few pairs for any flip rate to be met, if that is so."""
        effective = slice_.effective_pairs
        pairs = slice_.n_pairs if effective is None else effective
        least = self.fewest_pairs(rule, level)
        if math.isinf(least) or pairs > least - 1:
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

    With `shown`, the whole confidence interval of the difference has to be within the limit: a test
    of non-inferiority or, of `max_drop` and `max_increase` together, of equivalence (TOST).

    Attributes:
        sign: 1 if it may not rise, -1 if it may not fall.
        side: The side on which it may not lie: "above" or "below".
        verb: What it may not do: "rise above" or "fall below".
    """

    sign: ClassVar[int]
    side: ClassVar[str]
    verb: ClassVar[str]
    against: ComparedTo = "baseline"
    shown: bool = False

    @property
    def margin(self) -> float | str:
        """How far it may move."""
        margin: float | str = getattr(self, self.key)
        return margin

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a stored reference report."""
        return self.against == "reference"

    @property
    def can_lack_evidence(self) -> bool:
        """Whether there is a reference, or a difference to be shown."""
        return self.needs_reference or self.shown

    def problem(self, rule: GateRule) -> str | None:
        """Return the problem if the interval would be compared with a share of another value."""
        if self.shown and isinstance(self.margin, str):
            return f'shown needs {self.key} in the unit of the metric, such as 0.005, not "5%"'
        return None

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        shown = "shown to be " if self.shown else ""
        return f"{rule.metric} {shown}at most {self._margin()} {self.side} the {self.against}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        of_it = " of it" if isinstance(self.margin, str) else ""
        by = f"by at most {self._margin()}{of_it}"
        shown = ", shown by the whole confidence interval of the difference" if self.shown else ""
        return f"{rule.metric} may {self.verb} the {self.against}'s {by}{shown}"

    def misfits(self, rule: GateRule, report: Report, reference: Report | None) -> Iterator[str]:
        """Yield that there is no reference, if it needs one."""
        for problem in super().misfits(rule, report, reference):
            yield f"against: {problem}"

    def is_never_broken(self, spec: MetricSpec) -> bool:
        """Return whether no two values are farther apart."""
        values = range_of(spec)
        if isinstance(self.margin, str):
            return self.sign < 0 <= values.least and _share_of(self.margin, 1) >= 1
        return self.margin >= values.most - values.least

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
            margin = _share_of(self.margin, before)
            if not self.shown or other is models.judged:
                yield of_difference(margin - moved, words)
            else:
                assert there is not None
                most = self._most_moved(rule.metric, slice_, there, models)
                yield self._finding_to_show(margin, moved, most, words)

    def _finding_to_show(
        self, margin: float, moved: float, most: float | None, words: str
    ) -> Finding:
        """Return whether it is shown that a value moved by no more than a margin.

        Args:
            margin: How far it may move.
            moved: How far it did.
            most: How far it may have moved at most, by its interval; None without one.
            words: How far it moved, in words.
        """
        if most is None:
            return Finding(Outcome.INSUFFICIENT, f"not shown: {words}, without an interval")
        words = f"{words}, and the interval reaches {most:.6g} {self.side}"
        found = of_difference(margin - most, words)
        if found.outcome is Outcome.PASSED or moved > margin + _ROUNDING:
            return replace(found, words=words)
        words = f"not shown: {words}"
        reach = most - moved
        if 0 < margin < reach:
            times = (reach / margin) ** 2
            words += (
                f". So few texts cannot show it even of equal models: it takes some {times:.2g} "
                "times as many"
            )
        return Finding(Outcome.INSUFFICIENT, words)

    def _most_moved(
        self, metric: str, slice_: SliceReport, there: SliceReport, models: Models
    ) -> float | None:
        """Return how far a value may have moved at most, by the interval of the difference.

        The report has the interval of candidate less baseline, of which the same texts are
        compared. Otherwise both values count as independent, as in `derived.ratchet`.
        """
        for each in models.report.comparison if self.against == "baseline" else ():
            if (each.slice, each.metric) == (slice_.slice, metric):
                end = each.upper if self.sign > 0 else each.lower
                return None if end is None else self.sign * end
        now, before = slice_.metrics[metric], there.metrics[metric]
        far, near = (now.upper, before.lower) if self.sign > 0 else (now.lower, before.upper)
        if now.value is None or before.value is None or far is None or near is None:
            return None
        reach = math.hypot(far - now.value, near - before.value)
        return self.sign * (now.value - before.value) + reach

    def _margin(self) -> str:
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

    `evenhand.evaluation.derived.ratchet` says how that is tested. `alpha` is the significance
    level, over all slices of the rule together, those of several labels too, and `adjust` how it is
    kept over them. If the gate
    runs often against one reference, each of so many `runs` gets an equal part of it.
    """

    key = "no_worse_than"
    no_worse_than: Literal["reference"]
    alpha: float = Field(default=DEFAULT_ALPHA, gt=0, lt=1)
    adjust: Adjustment = "holm"
    runs: int = Field(default=1, ge=1)

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a stored reference report."""
        return True

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables."""
        return f"{rule.metric} not significantly worse than the {self.no_worse_than}"

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, in words."""
        over = "" if self.runs == 1 else f" over {self.runs} runs"
        return (
            f"{rule.metric} must not be significantly worse than in the reference report (level "
            f"{self.alpha:g}{over}; overall is a test by itself, slices are adjusted for their "
            f"number{_ADJUSTED[self.adjust]}, over all labels)"
        )

    def misfits(self, rule: GateRule, report: Report, reference: Report | None) -> Iterator[str]:
        """Yield that there is no reference, or that neither way is worse."""
        for problem in super().misfits(rule, report, reference):
            yield f"no_worse_than: {problem}"
        is_there = any(
            rule.metric in slice_.metrics
            for each in report.by_label
            for slice_ in each.candidate.slices
        )
        if (is_there or report.knows(rule.metric)) and report.spec(rule.metric).worse is None:
            yield (
                f"no_worse_than: neither way is worse for {rule.metric} by itself; use max_drop or "
                'max_increase with against = "reference"'
            )

    def check_all(
        self, rule: GateRule, labels: Sequence[tuple[Models, Sequence[SliceReport]]]
    ) -> list[dict[str, list[Finding]]]:
        """Return what it comes to on the slices, those of all labels, which are tested together."""
        tests = self._tests(rule, labels)
        return [
            {
                slice_.slice: [self._finding(rule, slice_, models, tests, number)]
                for slice_ in slices
            }
            for number, (models, slices) in enumerate(labels)
        ]

    def _finding(
        self, rule: GateRule, slice_: SliceReport, models: Models, tests: SliceTests, label: int
    ) -> Finding:
        lacking = lacking_in_reference(rule, slice_, models)
        if lacking is not None:
            return lacking
        key = label, slice_.slice
        if key in tests.undecided:
            words, others = tests.undecided[key], bool(tests.p_values)
            return Finding(Outcome.INSUFFICIENT, words, others_tell=others)
        now = number_of(slice_, rule.metric)
        there = models.reference.find_slice(slice_.slice) if models.reference else None
        before = number_of(there, rule.metric) if there else None
        if now is None or before is None:
            return undefined(rule.metric)
        p_value = tests.p_values[key]
        words = f"{now:.6g}, from {before:.6g} in the reference (p {p_value:.2g})"
        return Finding(
            Outcome.FAILED if p_value <= self.alpha / self.runs else Outcome.PASSED, words
        )

    def _tests(
        self, rule: GateRule, labels: Sequence[tuple[Models, Sequence[SliceReport]]]
    ) -> SliceTests:
        """Return the tests of the slices that both reports have enough pairs of.

        A value that is undefined now and was defined in the reference is not tested.
        """
        both = {}
        for number, (models, slices) in enumerate(labels):
            for slice_ in slices:
                there = models.reference.find_slice(slice_.slice) if models.reference else None
                if there is None or has_too_few_pairs(rule, there):
                    continue
                values = [number_of(each, rule.metric) for each in (slice_, there)]
                if values[0] is not None or (values[1] is None and rule.metric in slice_.metrics):
                    both[number, slice_.slice] = slice_, there
        models = labels[0][0]
        return tests_of_slices(
            both,
            rule.metric,
            direction=models.report.spec(rule.metric).direction,
            level=models.level,
            alpha=self.alpha / self.runs,
            adjust=self.adjust,
        )


def _share_of(margin: float | str, value: float) -> float:
    """Return a margin in the metric's unit; a share is a share of `value`."""
    if isinstance(margin, str):
        return float(margin.rstrip("% ")) / 100 * abs(value)
    return margin
