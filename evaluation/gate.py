"""Judge a report by rules: what the gate decides, and why.

A check is one rule applied to one slice. It passes only on evidence: a metric, bound or slice that
is missing, a value that is undefined, and a slice with fewer pairs than the rule asks for all count
as not met. Reading the rules from a file is `gate_config`'s concern, exit codes are `cli`'s.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.data.errors import InputError
from evenhand.evaluation.report import ModelReport, Report, Role, SliceReport

Bound = Literal["value", "lower", "upper"]


class GateRule(BaseModel):
    """One rule: limits on one metric over one or more slices of the judged model.

    Attributes:
        metric: A metric's name as the report has it, such as ``flip_rate`` or ``auc``.
        slice: ``overall``, one slice (``group=female``), every value of one column (``group=*``)
            or every slice (``*``).
        min: The least value allowed.
        max: The greatest value allowed.
        max_drop: How far the metric may lie below the baseline's in the same report and slice.
        bound: What is compared with `min` and `max`: the value, or an end of its interval.
        min_pairs: Fewest pairs that the slice needs for the rule to be met at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str = Field(min_length=1)
    slice: str = Field(default="overall", min_length=1)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    max_drop: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    bound: Bound = "value"
    min_pairs: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _has_a_limit_that_can_be_met(self) -> GateRule:
        if self.min is None and self.max is None and self.max_drop is None:
            raise ValueError("the rule has no limit; give it min, max or max_drop")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"no value can be met: min {self.min:g} is above max {self.max:g}")
        if self.bound != "value" and self.min is None and self.max is None:
            raise ValueError("bound goes with min or max; max_drop compares values")
        return self

    def subject(self) -> str:
        """Return what is compared: ``"flip_rate"``, or ``"upper bound of flip_rate"``."""
        return self.metric if self.bound == "value" else f"{self.bound} bound of {self.metric}"

    def describe(self) -> str:
        """Return the limits in words, for instance ``"upper bound of flip_rate <= 0.02"``."""
        limits = []
        if self.min is not None:
            limits.append(f"{self.subject()} >= {self.min:g}")
        if self.max is not None:
            limits.append(f"{self.subject()} <= {self.max:g}")
        if self.max_drop is not None:
            limits.append(f"{self.metric} at most {self.max_drop:g} below the baseline")
        return " and ".join(limits)


class Outcome(str, enum.Enum):
    """What became of a check; everything but ``PASSED`` fails the gate."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    INSUFFICIENT = "insufficient evidence"

    @property
    def met(self) -> bool:
        """True if the rule is met."""
        return self is Outcome.PASSED


@dataclass(frozen=True)
class Check:
    """One rule judged on one slice.

    Attributes:
        rule: The rule.
        slice: The slice's name, or the rule's pattern if it matches none.
        outcome: What became of it.
        value: What was compared with `min` and `max`, if the report has it.
        n_pairs: Pairs in the slice, if it exists.
        reason: Why, in words.
    """

    rule: GateRule
    slice: str
    outcome: Outcome
    value: float | None
    n_pairs: int | None
    reason: str


@dataclass(frozen=True)
class GateResult:
    """Every check of one model, in the order of the rules and of the report's slices."""

    model: str
    role: Role
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True if every check passed."""
        return all(check.outcome.met for check in self.checks)


def judge(report: Report, rules: Sequence[GateRule], *, role: Role = "candidate") -> GateResult:
    """Apply `rules` to the model that has `role` in `report`.

    Raises:
        InputError: The report has no baseline, and `role` asks for it.
    """
    model = report.candidate if role == "candidate" else report.baseline
    if model is None:
        raise InputError(
            f"the report has no {role} to judge",
            expected="a report made with --compare-to",
        )
    checks = tuple(check for rule in rules for check in _checks(rule, model, report.baseline))
    return GateResult(model=model.name, role=role, checks=checks)


def _checks(rule: GateRule, model: ModelReport, baseline: ModelReport | None) -> list[Check]:
    matching = [part for part in model.slices if _matches(rule.slice, part.slice)]
    if not matching:
        reason = "the report has no such slice"
        return [Check(rule, rule.slice, Outcome.MISSING, None, None, reason)]
    return [
        _check(rule, part, baseline.find_slice(part.slice) if baseline else None)
        for part in matching
    ]


def _matches(pattern: str, name: str) -> bool:
    """Tell whether a rule's slice covers a slice; a star means something only where it is last."""
    if pattern == "*" or pattern.endswith("=*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def _check(rule: GateRule, part: SliceReport, reference: SliceReport | None) -> Check:
    compared = _number(part, rule.metric, rule.bound)

    def found(outcome: Outcome, reason: str) -> Check:
        return Check(rule, part.slice, outcome, compared, part.n_pairs, reason)

    if part.n_pairs < rule.min_pairs:
        return found(
            Outcome.INSUFFICIENT, f"{part.n_pairs} pairs, and the rule asks for {rule.min_pairs}"
        )
    if compared is None:
        return found(Outcome.MISSING, f"the slice has no {rule.subject()}, or it is undefined")
    broken = []
    if rule.min is not None and compared < rule.min:
        broken.append(f"{compared:.6g} is below {rule.min:g}")
    if rule.max is not None and compared > rule.max:
        broken.append(f"{compared:.6g} is above {rule.max:g}")
    if rule.max_drop is not None:
        drop = _drop(part, reference, rule.metric)
        if drop is None:
            return found(Outcome.MISSING, "the report has no baseline value to compare with")
        if drop > rule.max_drop:
            broken.append(f"{drop:.6g} below the baseline")
    if broken:
        return found(Outcome.FAILED, "; ".join(broken))
    return found(Outcome.PASSED, f"{compared:.6g}")


def _drop(part: SliceReport, reference: SliceReport | None, metric: str) -> float | None:
    after = _number(part, metric, "value")
    before = _number(reference, metric, "value") if reference else None
    return None if before is None or after is None else before - after


def _number(part: SliceReport, metric: str, bound: Bound) -> float | None:
    found = part.metrics.get(metric)
    return None if found is None else getattr(found, bound)
