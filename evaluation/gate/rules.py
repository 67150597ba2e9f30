"""What a gate's configuration holds: rules, with their limits, and waivers.

Which keys there are, what each means and which combinations make no sense. Applying rules to a
report is `gate`'s concern, reading them from a file `gate_config`'s.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evenhand.evaluation.findings.one_decision import is_of_flips, is_of_shifts
from evenhand.evaluation.reports.metric_names import is_share, worse_direction
from evenhand.evaluation.reports.report import OVERALL

Bound = Literal["value", "lower", "upper"]
Severity = Literal["error", "warn"]
OnInsufficient = Literal["fail", "warn", "skip"]
ComparedTo = Literal["baseline", "reference"]

DEFAULT_ALPHA = 0.05
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _margin(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e308
    if number or (isinstance(value, str) and _PERCENT.fullmatch(value.strip())):
        return value.strip() if isinstance(value, str) else float(value)
    raise ValueError('must be a number that is at least 0, or a share such as "5%"')


Margin = Annotated[float | str, BeforeValidator(_margin)]
"""How far a metric may move: in its own unit (0.005), or as a share of the other value ("5%")."""


class GateRule(BaseModel):
    """One rule: limits on one metric over one or more slices of the judged model.

    Attributes:
        metric: A metric's name as the report has it, such as ``flip_rate`` or ``auc``.
        slice: ``overall``, one slice (``group=female``), every value of one column (``group=*``)
            or every slice (``*``).
        min: The least value allowed.
        max: The greatest value allowed.
        bound: What is compared with `min` and `max`: the value, or an end of its interval.
        max_drop: How far the metric may lie below that of `against` in the same slice.
        max_increase: How far it may lie above it.
        against: What `max_drop` and `max_increase` compare with: the baseline of the same report,
            or the stored reference report.
        no_worse_than: ``reference``: in no slice may the metric be significantly worse than in the
            stored reference report; `evenhand.evaluation.gate.ratchet` says how that is tested.
        alpha: Significance level of that test, over all slices of the rule together.
        max_spread: The greatest difference allowed between the largest and the smallest value over
            the slices of one column.
        min_pairs: Fewest pairs that a slice needs; with fewer there is insufficient evidence.
        on_insufficient: What insufficient evidence does to the gate.
        allow_one_decision: Whether a model that decides, or scores, nearly all texts alike may meet
            the rule; otherwise its flips and shifts are no evidence, which fails.
        severity: Whether a rule that is not met fails the gate, or is a warning.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metric: str = Field(min_length=1)
    slice: str = Field(default=OVERALL, min_length=1)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    bound: Bound = "value"
    max_drop: Margin | None = None
    max_increase: Margin | None = None
    against: ComparedTo = "baseline"
    no_worse_than: Literal["reference"] | None = None
    alpha: float = Field(default=DEFAULT_ALPHA, gt=0, lt=1)
    max_spread: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    min_pairs: int = Field(default=0, ge=0)
    on_insufficient: OnInsufficient = "fail"
    allow_one_decision: bool = False
    severity: Severity = "error"

    @model_validator(mode="after")
    def _has_a_limit_that_can_be_met(self) -> GateRule:
        problem = self._problem()
        if problem:
            raise ValueError(problem)
        return self

    @property
    def moves(self) -> bool:
        """Whether the rule limits how far the metric may move."""
        return self.max_drop is not None or self.max_increase is not None

    @property
    def is_absolute(self) -> bool:
        """Whether the rule limits the metric itself."""
        return self.min is not None or self.max is not None

    @property
    def needs_reference(self) -> bool:
        """Whether the rule compares with a stored reference report."""
        return self.no_worse_than is not None or (self.moves and self.against == "reference")

    def subject(self) -> str:
        """Return what is compared: ``"flip_rate"``, or ``"upper bound of flip_rate"``."""
        return self.metric if self.bound == "value" else f"{self.bound} bound of {self.metric}"

    def describe(self) -> str:
        """Return the limits, for instance ``"upper bound of flip_rate <= 0.02"``."""
        limits = []
        if self.min is not None:
            limits.append(f"{self.subject()} >= {self.min:g}")
        if self.max is not None:
            limits.append(f"{self.subject()} <= {self.max:g}")
        for margin, side in ((self.max_drop, "below"), (self.max_increase, "above")):
            if margin is not None:
                shown = margin if isinstance(margin, str) else f"{margin:g}"
                limits.append(f"{self.metric} at most {shown} {side} the {self.against}")
        if self.no_worse_than is not None:
            limits.append(f"{self.metric} not significantly worse than the {self.no_worse_than}")
        if self.max_spread is not None:
            limits.append(f"largest less smallest {self.metric} <= {self.max_spread:g}")
        return " and ".join(limits)

    def _problem(self) -> str | None:
        """Say why no report can meet the rule or what in it does nothing, or return None."""
        if not (
            self.is_absolute or self.moves or self.no_worse_than or self.max_spread is not None
        ):
            return (
                "the rule has no limit; give it min, max, max_drop, max_increase, max_spread or "
                "no_worse_than"
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            return f"no value can be met: min {self.min:g} is above max {self.max:g}"
        if self.bound != "value" and not self.is_absolute:
            return "bound goes with min or max; the other limits compare values"
        if self.max_spread is not None and not self.slice.endswith("=*"):
            return 'max_spread compares the slices of one column: give slice = "group=*"'
        given = self.model_fields_set
        if "against" in given and not self.moves:
            return "against goes with max_drop or max_increase"
        if "alpha" in given and self.no_worse_than is None:
            return "alpha goes with no_worse_than"
        insufficient = self.min_pairs or self.needs_reference or self.max_spread is not None
        if "on_insufficient" in given and not insufficient:
            return "on_insufficient goes with min_pairs, max_spread or a reference"
        counts_changes = is_of_flips(self.metric) or is_of_shifts(self.metric)
        if self.allow_one_decision and not counts_changes:
            return "allow_one_decision goes with metrics of flips and of how far scores move"
        if worse_direction(self.metric) and is_share(self.metric):
            return self._problem_of_range()
        return None

    def _problem_of_range(self) -> str | None:
        """Say which limit lies outside 0 to 1, where rates, areas and score gaps lie."""
        for key in ("min", "max", "max_drop", "max_increase", "max_spread"):
            limit = getattr(self, key)
            if isinstance(limit, float) and not 0 <= limit <= 1:
                return (
                    f"{self.metric} lies between 0 and 1, so {key} = {limit:g} decides nothing; "
                    "2 % is written 0.02"
                )
        return None


class Waiver(BaseModel):
    """A promise to mend something later: checks that are not met count as waived until a day.

    Attributes:
        metric: The metric that is waived, or ``*`` for every one.
        slice: The slices that are waived, written as in a rule.
        reason: Why.
        expires: The last day on which the waiver counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metric: str = Field(min_length=1)
    slice: str = Field(min_length=1)
    reason: str = Field(min_length=1, pattern=r"\S")
    expires: Annotated[datetime.date, Field(strict=False)]  # TOML's date, or one in quotes

    def covers(self, metric: str, name: str) -> bool:
        """Tell whether a check of `metric` on the slice `name` is waived."""
        return self.metric in ("*", metric) and (self.slice == name or matches(self.slice, name))

    def describe(self) -> str:
        """Return whose waiver it is, such as ``"flip_rate of group=female"``."""
        return f"{'every metric' if self.metric == '*' else self.metric} of {self.slice}"


def matches(pattern: str, name: str) -> bool:
    """Tell whether a rule's slice covers a slice; a star means something only where it is last."""
    if is_pattern(pattern):
        return name.startswith(pattern[:-1])
    return name == pattern


def is_pattern(text: str) -> bool:
    """Tell whether a rule's slice covers several slices."""
    return text == "*" or text.endswith("=*")


def ratchet_of(rules: Sequence[GateRule]) -> tuple[GateRule, ...]:
    """Return the rule that a reference report stands for where no rule mentions it.

    That is: no slice may flip significantly more often. It warns of slices that are new or gone, or
    that have no pairs or no interval. A model that decides alike may pass it where another rule
    allows that.
    """
    if any(rule.needs_reference for rule in rules):
        return ()
    return (
        GateRule(
            metric="flip_rate",
            slice="*",
            no_worse_than="reference",
            on_insufficient="warn",
            allow_one_decision=any(rule.allow_one_decision for rule in rules),
        ),
    )


def share_of(margin: float | str, value: float) -> float:
    """Return a margin in the metric's unit, where a share is one of `value`."""
    if isinstance(margin, str):
        return float(margin.rstrip("% ")) / 100 * abs(value)
    return margin
