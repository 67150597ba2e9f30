"""Judge a report by rules: what the gate decides, and why.

A check is one rule applied to one slice, or to all slices of a column for the spread between them.
It passes only on evidence: a metric, bound or slice that is missing, a value that is undefined, and
a slice with fewer pairs than the rule asks for all count as not met. What that does to the gate is
the check's status: a rule may be a warning, and a waiver may cover it for a time.

Reading rules from a file is `gate_config`'s concern, exit codes are `cli`'s.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evenhand.data.errors import InputError
from evenhand.evaluation.gate_problems import check_applicable
from evenhand.evaluation.gate_rules import (
    Bound,
    GateRule,
    Waiver,
    is_pattern,
    matches,
    ratchet_of,
    share_of,
)
from evenhand.evaluation.holm import holm
from evenhand.evaluation.metric_names import worse_direction
from evenhand.evaluation.ratchet import p_value_of_worse
from evenhand.evaluation.report import ModelReport, Report, Role, SliceReport


class Outcome(str, enum.Enum):
    """What was found; everything but ``PASSED`` means that the rule is not met."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    INSUFFICIENT = "insufficient evidence"


class Status(str, enum.Enum):
    """What a check does to the gate; only ``FAILED`` fails it."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warning"
    WAIVED = "waived"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One rule judged on one slice.

    Attributes:
        rule: The rule.
        number: The rule's place in the configuration, from 1.
        slice: The slice's name; the rule's pattern for a spread between slices.
        outcome: What was found.
        status: What it does to the gate.
        value: What was compared with the limit, if the report has it.
        n_pairs: Pairs in the slice, if there is one.
        reason: Why, in words.
        room: How far the nearest limit is away, in the metric's unit; negative beyond it. None
            where there is no such number.
    """

    rule: GateRule
    number: int
    slice: str
    outcome: Outcome
    status: Status
    value: float | None
    n_pairs: int | None
    reason: str
    room: float | None = None


@dataclass(frozen=True)
class GateResult:
    """Every check of one model, in the order of the rules and of the report's slices.

    Attributes:
        model: The model's name.
        role: Its role in the report.
        checks: The checks.
        notes: What else should be known, as sentences: waivers that expired or cover nothing.
    """

    model: str
    role: Role
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True if no check fails the gate."""
        return all(check.status is not Status.FAILED for check in self.checks)

    @property
    def verdict(self) -> str:
        """The decision as a sentence, with how many checks had which status."""
        others = [
            f"{number} {status.value}"
            for status in (Status.WARNED, Status.WAIVED, Status.SKIPPED)
            if (number := self.count(status))
        ]
        rest = f" ({', '.join(others)})" if others else ""
        if self.passed:
            met = self.count(Status.PASSED)
            return f"Gate passed: {met} of {len(self.checks)} checks are met{rest}."
        failed = self.count(Status.FAILED)
        return f"Gate FAILED: {failed} of {len(self.checks)} checks fail it{rest}."

    def count(self, status: Status) -> int:
        """Return how many checks have `status`."""
        return sum(check.status is status for check in self.checks)


def judge(
    report: Report,
    rules: Sequence[GateRule],
    *,
    role: Role = "candidate",
    reference: Report | None = None,
    waivers: Sequence[Waiver] = (),
    today: datetime.date | None = None,
) -> GateResult:
    """Apply `rules` to the model that has `role` in `report`.

    Args:
        report: The report.
        rules: The rules.
        role: Which of its models is judged.
        reference: A stored report, whose candidate rules may compare with. If no rule does, the
            rule of `ratchet_of` is judged after the others.
        waivers: Waivers of the configuration.
        today: The day on which waivers must not have expired; without it none counts.

    Raises:
        ConfigurationError: A rule or waiver names a metric that does not exist or slices that match
            nothing, or needs a reference and there is none. Every problem is named at once.
        InputError: The report has no baseline and `role` asks for it, or the two reports have
            different thresholds or levels of confidence.
    """
    model = report.candidate if role == "candidate" else report.baseline
    if model is None:
        raise InputError(
            f"the report has no {role} to judge",
            expected="a report made with --compare-to",
        )
    rules = (*rules, *(ratchet_of(rules) if reference else ()))
    check_applicable(report, rules, waivers=waivers, reference=reference)
    models = _Models(
        model, report.baseline, reference.candidate if reference else None, report.intervals.level
    )
    found = [
        check for number, rule in enumerate(rules, 1) for check in _checks(rule, number, models)
    ]
    checks = tuple(_waive(check, waivers, today) for check in found)
    return GateResult(model.name, role, checks, tuple(_notes(checks, waivers, today)))


@dataclass(frozen=True)
class _Models:
    """The judged model, what it may be compared with, and the level of all intervals."""

    judged: ModelReport
    baseline: ModelReport | None
    reference: ModelReport | None
    level: float


@dataclass(frozen=True)
class _Finding:
    """One limit on one slice: how far it is away, and the words for being beyond it."""

    room: float | None
    broken: str | None


def _checks(rule: GateRule, number: int, models: _Models) -> list[Check]:
    found = []
    if rule.is_absolute or rule.moves or rule.no_worse_than:
        parts = [part for part in models.judged.slices if matches(rule.slice, part.slice)]
        p_values = _p_values(rule, parts, models) if rule.no_worse_than else {}
        found = [_check(rule, number, part, models, p_values) for part in parts]
        if not parts:
            reason = "the report has no such slice"
            found.append(_unseen(rule, number, rule.slice, Outcome.MISSING, reason))
        if rule.needs_reference and is_pattern(rule.slice) and models.reference is not None:
            reason = "the reference has this slice, the report does not"
            found += [
                _unseen(rule, number, part.slice, Outcome.INSUFFICIENT, reason)
                for part in models.reference.slices
                if matches(rule.slice, part.slice) and not models.judged.find_slice(part.slice)
            ]
    if rule.max_spread is not None:
        found.append(_spread_check(rule, rule.max_spread, number, models.judged))
    return found


def _unseen(rule: GateRule, number: int, name: str, outcome: Outcome, reason: str) -> Check:
    return Check(rule, number, name, outcome, _status(rule, outcome), None, None, reason)


def _check(
    rule: GateRule,
    number: int,
    part: SliceReport,
    models: _Models,
    p_values: dict[str, tuple[float, float]],
) -> Check:
    compared = _number(part, rule.metric, rule.bound)

    def found(outcome: Outcome, reason: str, room: float | None = None) -> Check:
        status = _status(rule, outcome)
        return Check(
            rule, number, part.slice, outcome, status, compared, part.n_pairs, reason, room
        )

    if part.n_pairs < rule.min_pairs:
        return found(
            Outcome.INSUFFICIENT, f"{part.n_pairs} pairs, and the rule asks for {rule.min_pairs}"
        )
    if compared is None:
        return found(Outcome.MISSING, f"the slice has no {rule.subject()}, or it is undefined")
    findings = _absolute_findings(rule, compared)
    if rule.moves:
        other = models.baseline if rule.against == "baseline" else models.reference
        there = other.find_slice(part.slice) if other else None
        if there is None and rule.against == "reference":
            return found(Outcome.INSUFFICIENT, "the slice is new: the reference has none")
        before = _number(there, rule.metric, "value") if there else None
        now = _number(part, rule.metric, "value")
        if before is None or now is None:
            return found(Outcome.MISSING, f"there is no {rule.against} value to compare with")
        findings += _movement_findings(rule, now, before)
    if rule.no_worse_than is not None:
        if models.reference is None or models.reference.find_slice(part.slice) is None:
            return found(Outcome.INSUFFICIENT, "the slice is new: the reference has none")
        if part.slice not in p_values:
            return found(Outcome.MISSING, "an interval is missing, here or in the reference")
        before, p_value = p_values[part.slice]
        broken = f"{compared:.6g}, from {before:.6g} in the reference (p {p_value:.2g})"
        findings.append(_Finding(None, broken if p_value <= rule.alpha else None))
    rooms = [finding.room for finding in findings if finding.room is not None]
    room = min(rooms) if rooms else None
    broken_limits = [finding.broken for finding in findings if finding.broken is not None]
    if broken_limits:
        return found(Outcome.FAILED, "; ".join(broken_limits), room)
    return found(Outcome.PASSED, f"{compared:.6g}", room)


def _absolute_findings(rule: GateRule, compared: float) -> list[_Finding]:
    found = []
    if rule.min is not None:
        broken = f"{compared:.6g} is below {rule.min:g}" if compared < rule.min else None
        found.append(_Finding(compared - rule.min, broken))
    if rule.max is not None:
        broken = f"{compared:.6g} is above {rule.max:g}" if compared > rule.max else None
        found.append(_Finding(rule.max - compared, broken))
    return found


def _movement_findings(rule: GateRule, now: float, before: float) -> list[_Finding]:
    found = []
    for margin, moved, side in (
        (rule.max_drop, before - now, "below"),
        (rule.max_increase, now - before, "above"),
    ):
        if margin is not None:
            allowed = share_of(margin, before)
            broken = f"{now:.6g} is {moved:.6g} {side} the {rule.against}'s {before:.6g}"
            found.append(_Finding(allowed - moved, broken if moved > allowed else None))
    return found


def _p_values(
    rule: GateRule, parts: Sequence[SliceReport], models: _Models
) -> dict[str, tuple[float, float]]:
    """Return by slice the reference's value and the p-value, adjusted over the rule's slices.

    Slices that lack pairs or an interval are left out and take no part in the adjustment.
    """
    before, raw = {}, {}
    for part in parts:
        there = models.reference.find_slice(part.slice) if models.reference else None
        now, then = (s.metrics.get(rule.metric) if s else None for s in (part, there))
        if now is None or then is None or then.value is None or part.n_pairs < rule.min_pairs:
            continue
        direction = worse_direction(rule.metric)
        p_value = p_value_of_worse(now, then, direction=direction, level=models.level)
        if p_value is not None:
            before[part.slice], raw[part.slice] = then.value, p_value
    adjusted = zip(raw, holm(list(raw.values())), strict=True)
    return {name: (before[name], p_value) for name, p_value in adjusted}


def _spread_check(rule: GateRule, limit: float, number: int, model: ModelReport) -> Check:
    parts = [part for part in model.slices if matches(rule.slice, part.slice)]
    known = [part for part in parts if part.n_pairs >= rule.min_pairs]

    def found(
        outcome: Outcome, reason: str, value: float | None = None, room: float | None = None
    ) -> Check:
        pairs, status = sum(part.n_pairs for part in known), _status(rule, outcome)
        return Check(rule, number, rule.slice, outcome, status, value, pairs, reason, room)

    short = len(parts) - len(known)
    if (short and rule.on_insufficient == "fail") or len(known) < 2:
        reason = f"{len(known)} of {len(parts)} slices have pairs enough to compare"
        return found(Outcome.INSUFFICIENT, reason)
    values = {part.slice: _number(part, rule.metric, "value") for part in known}
    defined = {name: value for name, value in values.items() if value is not None}
    if len(defined) < len(values):
        missing = next(name for name, value in values.items() if value is None)
        return found(Outcome.MISSING, f"{missing} has no {rule.metric}, or it is undefined")
    highest, lowest = max(defined, key=defined.__getitem__), min(defined, key=defined.__getitem__)
    spread = defined[highest] - defined[lowest]
    words = (
        f"{spread:.6g} between {highest} ({defined[highest]:.6g}) and "
        f"{lowest} ({defined[lowest]:.6g})"
    )
    if spread > limit:
        return found(Outcome.FAILED, words, spread, limit - spread)
    return found(Outcome.PASSED, words, spread, limit - spread)


def _status(rule: GateRule, outcome: Outcome) -> Status:
    if outcome is Outcome.PASSED:
        return Status.PASSED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "skip":
        return Status.SKIPPED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "warn":
        return Status.WARNED
    return Status.WARNED if rule.severity == "warn" else Status.FAILED


def _waive(check: Check, waivers: Sequence[Waiver], today: datetime.date | None) -> Check:
    if check.status is not Status.FAILED:
        return check
    covering = [waiver for waiver in waivers if waiver.covers(check.rule.metric, check.slice)]
    for waiver in covering:
        if today is not None and today <= waiver.expires:
            reason = f"{check.reason}; waived until {waiver.expires}: {waiver.reason}"
            return replace(check, status=Status.WAIVED, reason=reason)
    if covering and today is not None:
        last = max(covering, key=lambda waiver: waiver.expires)
        return replace(check, reason=f"{check.reason}; the waiver expired on {last.expires}")
    return check


def _notes(
    checks: Sequence[Check], waivers: Sequence[Waiver], today: datetime.date | None
) -> list[str]:
    notes = []
    for waiver in waivers:
        if today is not None and today > waiver.expires:
            notes.append(
                f"The waiver for {waiver.describe()} expired on {waiver.expires} and does not "
                f"count: {waiver.reason}"
            )
        elif not any(
            check.status is Status.WAIVED and waiver.covers(check.rule.metric, check.slice)
            for check in checks
        ):
            notes.append(f"The waiver for {waiver.describe()} covers nothing that fails.")
    return notes


def _number(part: SliceReport, metric: str, bound: Bound) -> float | None:
    found = part.metrics.get(metric)
    return None if found is None else getattr(found, bound)
