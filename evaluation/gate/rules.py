"""What a gate's configuration holds: rules and waivers.

Which keys there are, what each means and which combinations make no sense. Limits are those of
`limit_kinds`. Applying rules to a report is the concern of `judge`, reading them that of `config`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic.fields import FieldInfo

# put the limits into LIMITS
import evenhand.evaluation.gate.limit_kinds
import evenhand.evaluation.gate.spread_limit  # noqa: F401
from evenhand.evaluation.gate.limit_base import LIMITS, JointLimit, Limit
from evenhand.evaluation.reports.bounds import Bound
from evenhand.evaluation.reports.metric_specs import (
    COLUMN_METRICS,
    DATA_METRICS,
    FUNCTION_METRICS,
    METRICS,
    MetricSpec,
    base_name,
)
from evenhand.evaluation.reports.report import OVERALL

Severity = Literal["error", "warn"]
OnInsufficient = Literal["fail", "warn", "skip"]


class _Subject(BaseModel):
    """What a rule is about."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metric: str = Field(min_length=1)
    slice: str = Field(default=OVERALL, min_length=1)
    label: str | None = Field(default=None, min_length=1)


def _limit_fields() -> dict[str, Any]:
    """Return the keys of all limits and of their options, as fields of a rule."""
    fields: dict[str, Any] = {}
    for limit in LIMITS:
        fields[limit.key] = (_type_of(limit.model_fields[limit.key]) | None, None)
        for name, option in limit.model_fields.items():
            if name != limit.key:
                fields.pop(name, None)  # of several limits: behind the last of them
                fields[name] = (_type_of(option), option.default)
    return fields


def _type_of(field: FieldInfo) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


if TYPE_CHECKING:

    class _Limited(_Subject):
        bound: Bound = "value"

else:
    _Limited = create_model("_Limited", __base__=_Subject, **_limit_fields())


class GateRule(_Limited):
    """One rule: limits on one metric over one or more slices of the judged model.

    Beside the fields below it has a key for each limit, such as `max`, and for the options that go
    with it, such as `bound`: those of `evenhand.evaluation.gate.limit_kinds`.

    Attributes:
        metric: A metric's name as the report has it, such as ``flip_rate`` or ``auc``.
        slice: ``overall``, one slice (``group=female``), every value of one column (``group=*``)
            or every slice (``*``).
        label: One of a report's several labels; without it every label has to meet the rule.
        min_pairs: Fewest pairs that a slice needs; with fewer there is insufficient evidence.
        on_insufficient: What insufficient evidence does to the gate.
        allow_one_decision: Whether a model that decides, or scores, nearly all texts alike may meet
            the rule; otherwise its flips and shifts are no evidence, which fails.
        severity: Whether a rule that is not met fails the gate, or is a warning.
    """

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

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that the rule sets."""
        return tuple(
            limit(**{name: getattr(self, name) for name in limit.model_fields})
            for limit in LIMITS
            if getattr(self, limit.key) is not None
        )

    @property
    def needs_reference(self) -> bool:
        """Whether the rule compares with a stored reference report."""
        return any(limit.needs_reference for limit in self.limits)

    def is_about(self, label: str | None) -> bool:
        """Tell whether the rule holds for a label; None for a report without labels."""
        return self.label in (None, label)

    def subject(self) -> str:
        """Return what is compared: ``"flip_rate"``, or ``"upper bound of flip_rate"``."""
        return self.metric if self.bound == "value" else f"{self.bound} bound of {self.metric}"

    def describe(self) -> str:
        """Return the limits, for instance ``"upper bound of flip_rate <= 0.02"``."""
        return " and ".join(limit.describe(self) for limit in self.limits)

    def problem_with(self, spec: MetricSpec) -> str | None:
        """Return what in the rule does nothing for a metric of this kind, or None."""
        if self.allow_one_decision and spec.vacuous_if is None:
            return "allow_one_decision goes with metrics of flips and of how far scores move"
        return next(filter(None, (limit.problem_with(spec) for limit in self.limits)), None)

    def _problem(self) -> str | None:
        """Say why no report can meet the rule or what in it does nothing, or return None."""
        if not self.limits:
            keys = [limit.key for limit in LIMITS]
            return f"the rule has no limit; give it {' or '.join([', '.join(keys[:-1]), keys[-1]])}"
        for problem in (limit.problem(self) for limit in self.limits):
            if problem is not None:
                return problem
        problem = self._option_without_limit()
        if problem is not None:
            return problem
        can_lack = any(limit.can_lack_evidence for limit in self.limits)
        if "on_insufficient" in self.model_fields_set and not (self.min_pairs or can_lack):
            return "on_insufficient goes with min_pairs, max_spread, shown or a reference"
        if self.label is not None and self.metric in {**DATA_METRICS, **FUNCTION_METRICS}:
            return f"{self.metric} is of no label: leave label out"
        if self.metric in DATA_METRICS:
            return self._problem_of_data()
        if self.metric in FUNCTION_METRICS:
            return self._problem_of_functions()
        if base_name(self.metric) in COLUMN_METRICS:
            return self._problem_of_column(COLUMN_METRICS[base_name(self.metric)])
        spec = METRICS.get(base_name(self.metric))  # None for what only a report can tell of
        return None if spec is None else self.problem_with(spec)

    def _problem_of_data(self) -> str | None:
        """Return what in the rule does nothing for a metric of the data, or None."""
        if self.slice != OVERALL:
            return f"{self.metric} is a metric of all the data: leave slice out"
        moves = (limit for limit in self.limits if limit.key in ("max_drop", "max_increase"))
        if not all(limit.needs_reference for limit in moves):
            return f'{self.metric} is the same for the baseline: write against = "reference"'
        return self.problem_with(DATA_METRICS[self.metric])

    def _problem_of_column(self, spec: MetricSpec) -> str | None:
        """Return what in the rule does nothing for a metric of a column, or None."""
        if not self.slice.endswith("=*"):
            return f'{self.metric} is over the groups of one column: give slice = "group=*"'
        if any(isinstance(limit, JointLimit) for limit in self.limits):
            return f"{self.metric} compares the groups itself: give max or min, not max_spread"
        if self.min_pairs:
            return f"{self.metric} leaves small groups out by the report's min_pairs: leave it out"
        return self.problem_with(spec)

    def _problem_of_functions(self) -> str | None:
        """Return what in the rule does nothing for a metric of functions.json, or None."""
        if self.min_pairs:
            return f"{self.metric} is of sentences, not of pairs: leave min_pairs out"
        if self.needs_reference:
            return f"{self.metric} is in no reference report: compare it with the baseline"
        return self.problem_with(FUNCTION_METRICS[self.metric])

    def _option_without_limit(self) -> str | None:
        """Say which option is given without a limit that it goes with, or return None."""
        used = {name for limit in self.limits for name in type(limit).model_fields}
        for limit in LIMITS:
            for name, option in limit.model_fields.items():
                if name not in used and name != limit.key and getattr(self, name) != option.default:
                    keys = [each.key for each in LIMITS if name in each.model_fields]
                    return f"{name} goes with {' or '.join(keys)}"
        return None


class Waiver(BaseModel):
    """A promise to mend something later: checks that are not met count as waived until a day.

    Attributes:
        metric: The metric that is waived, or ``*`` for every one.
        slice: The slices that are waived, written as in a rule.
        label: The label that is waived, or ``*`` for every one, in a report with several labels.
        reason: Why.
        expires: The last day on which the waiver counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metric: str = Field(min_length=1)
    slice: str = Field(min_length=1)
    label: str | None = Field(default=None, min_length=1)
    reason: str = Field(min_length=1, pattern=r"\S")
    expires: Annotated[datetime.date, Field(strict=False)]  # TOML's date, or one in quotes

    def covers(self, metric: str, name: str, label: str | None = None) -> bool:
        """Tell whether a check of `metric` on the slice `name` is waived, for one of the labels."""
        of_label = label is None or self.label in ("*", label)
        of_slice = self.slice == name or matches(self.slice, name)
        return self.metric in ("*", metric) and of_slice and of_label

    def describe(self) -> str:
        """Return whose waiver it is, such as ``"flip_rate of group=female"``."""
        named = "" if self.label in (None, "*") else f"{self.label}, "
        return f"{'every metric' if self.metric == '*' else self.metric} of {named}{self.slice}"


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
        GateRule.model_validate(
            {
                "metric": "flip_rate",
                "slice": "*",
                "no_worse_than": "reference",
                "on_insufficient": "warn",
                "allow_one_decision": any(rule.allow_one_decision for rule in rules),
            }
        ),
    )
