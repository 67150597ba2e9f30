"""One rule applied to a report's slices: what is found on each.

A check passes only on evidence: a metric, bound or slice that is missing, a value that is
undefined, a slice with fewer pairs than the rule asks for and the flips of a model that decides
everything alike all count as not met. What that does to the gate is the check's status.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from evenhand.evaluation.findings.one_decision import one_decision_in
from evenhand.evaluation.gate.ratchet import SliceTests, tests_of_slices
from evenhand.evaluation.gate.result import Check, Outcome, Status
from evenhand.evaluation.gate.rules import Bound, GateRule, is_pattern, matches, share_of
from evenhand.evaluation.reports.metric_names import worse_direction
from evenhand.evaluation.reports.report import ModelReport, Report, SliceReport
from evenhand.remediation.judging.wording import counted

_ROUNDING = 1e-12  # 0.9 - 0.85 comes out above 0.05, and yet only reaches that limit
_WORST_FIRST = (
    Outcome.FAILED,
    Outcome.NO_EVIDENCE,
    Outcome.MISSING,
    Outcome.INSUFFICIENT,
    Outcome.PASSED,
)


@dataclass(frozen=True)
class Models:
    """The report, its judged model, what that may be compared with, and the level of intervals."""

    report: Report
    judged: ModelReport
    baseline: ModelReport | None
    reference: ModelReport | None
    level: float


@dataclass(frozen=True)
class _Finding:
    """What one limit comes to on one slice: the outcome, why, and how far away the limit is."""

    outcome: Outcome
    words: str
    room: float | None = None


def checks_of(rule: GateRule, number: int, models: Models) -> list[Check]:
    """Return what `rule`, the configuration's `number`th, finds on each slice that it covers.

    Slices come in the report's order, then those that only the reference has, then the spread.
    """
    found = []
    if _limits_values(rule) or rule.no_worse_than:
        parts = [part for part in models.judged.slices if matches(rule.slice, part.slice)]
        tests = _slice_tests(rule, parts, models)
        found = [_check(rule, number, part, models, tests) for part in parts]
        if not parts:
            reason = _no_such_slice(rule.slice, models.judged)
            found.append(_unseen(rule, number, rule.slice, Outcome.MISSING, reason))
        if rule.needs_reference and is_pattern(rule.slice) and models.reference is not None:
            reason = "the reference has this slice, the report does not"
            found += [
                _unseen(rule, number, part.slice, Outcome.INSUFFICIENT, reason)
                for part in models.reference.slices
                if matches(rule.slice, part.slice) and not models.judged.find_slice(part.slice)
            ]
    if rule.max_spread is not None:
        found.append(_spread_check(rule, rule.max_spread, number, models))
    return found


def _no_such_slice(name: str, model: ModelReport) -> str:
    close = get_close_matches(name, [part.slice for part in model.slices], n=1)
    return "the report has no such slice" + (f"; it has {close[0]}" if close else "")


def _unseen(rule: GateRule, number: int, name: str, outcome: Outcome, reason: str) -> Check:
    return Check(rule, number, name, outcome, _status(rule, outcome), None, None, reason)


def _check(
    rule: GateRule,
    number: int,
    part: SliceReport,
    models: Models,
    tests: SliceTests,
) -> Check:
    compared = _number(part, rule.metric, rule.bound)
    if _has_too_few_pairs(rule, part):
        words = f"{counted(part.n_pairs, 'pair')}, and the rule asks for {max(1, rule.min_pairs)}"
        findings = [_Finding(Outcome.INSUFFICIENT, words)]
    elif compared is None and part.slice in tests.undecided and not _limits_values(rule):
        findings = [_Finding(Outcome.INSUFFICIENT, tests.undecided[part.slice])]
    elif compared is None:
        words = f"the slice has no {rule.subject()}, or it is undefined"
        findings = [_Finding(Outcome.MISSING, words)]
    else:
        findings = [
            *_absolute(rule, compared),
            *_movement(rule, part, models),
            *_ratchet(rule, part, models, tests),
        ]
    findings += _lack_of_evidence(rule, models)
    outcome = next(o for o in _WORST_FIRST if any(finding.outcome is o for finding in findings))
    words_of = [finding.words for finding in findings if finding.outcome is outcome]
    reason = "; ".join(filter(None, words_of))
    rooms = [finding.room for finding in findings if finding.room is not None]
    judged = outcome in (Outcome.PASSED, Outcome.FAILED)
    status = _status(rule, outcome)
    if outcome is Outcome.INSUFFICIENT and _takes_no_part(rule, part, tests):
        status = Status.SKIPPED
    return Check(
        rule,
        number,
        part.slice,
        outcome,
        status,
        compared,
        part.n_pairs,
        reason or f"{compared:.6g}",
        min(rooms) if rooms and judged else None,
    )


def _has_too_few_pairs(rule: GateRule, part: SliceReport) -> bool:
    """Tell whether a slice has fewer pairs than asked for, or none and so no value."""
    found = part.metrics.get(rule.metric)
    nothing = part.n_pairs == 0 and found is not None and found.value is None
    return nothing or part.n_pairs < rule.min_pairs


def _lack_of_evidence(rule: GateRule, models: Models) -> list[_Finding]:
    """Return a finding where the judged model could not flip, or its scores not move, anyway."""
    if rule.allow_one_decision:
        return []
    words = one_decision_in(models.report, models.judged, rule.metric)
    return [] if words is None else [_Finding(Outcome.NO_EVIDENCE, words)]


def _limit(room: float, words: str) -> _Finding:
    """Return how a limit comes out that is `room` away; `words` say what breaking it looks like."""
    return _Finding(Outcome.FAILED, words, room) if room < 0 else _Finding(Outcome.PASSED, "", room)


def _limit_of_difference(room: float, words: str) -> _Finding:
    return _limit(0.0 if abs(room) < _ROUNDING else room, words)


def _absolute(rule: GateRule, compared: float) -> Iterator[_Finding]:
    if rule.min is not None:
        yield _limit(compared - rule.min, f"{compared:.6g} is below {rule.min:g}")
    if rule.max is not None:
        yield _limit(rule.max - compared, f"{compared:.6g} is above {rule.max:g}")


def _movement(rule: GateRule, part: SliceReport, models: Models) -> Iterator[_Finding]:
    if not rule.moves:
        return
    other = models.baseline
    if rule.against == "reference":
        other = models.reference
        lacking = _lacking_in_reference(rule, part, models)
        if lacking is not None:
            yield lacking
            return
    there = other.find_slice(part.slice) if other else None
    before = _number(there, rule.metric, "value") if there else None
    now = _number(part, rule.metric, "value")
    if before is None or now is None:
        yield _Finding(Outcome.MISSING, f"there is no {rule.against} value to compare with")
        return
    for margin, moved, side in (
        (rule.max_drop, before - now, "below"),
        (rule.max_increase, now - before, "above"),
    ):
        if margin is not None:
            words = f"{now:.6g} is {moved:.6g} {side} the {rule.against}'s {before:.6g}"
            yield _limit_of_difference(share_of(margin, before) - moved, words)


def _ratchet(
    rule: GateRule, part: SliceReport, models: Models, tests: SliceTests
) -> Iterator[_Finding]:
    if rule.no_worse_than is None:
        return
    lacking = _lacking_in_reference(rule, part, models)
    there = models.reference.find_slice(part.slice) if models.reference else None
    if lacking is not None:
        yield lacking
    elif part.slice in tests.undecided:
        yield _Finding(Outcome.INSUFFICIENT, tests.undecided[part.slice])
    elif there is not None:
        now, before = (found.metrics[rule.metric].value for found in (part, there))
        p_value = tests.p_values[part.slice]
        words = f"{now:.6g}, from {before:.6g} in the reference (p {p_value:.2g})"
        yield _Finding(Outcome.FAILED if p_value <= rule.alpha else Outcome.PASSED, words)


def _lacking_in_reference(rule: GateRule, part: SliceReport, models: Models) -> _Finding | None:
    there = models.reference.find_slice(part.slice) if models.reference else None
    if there is None:
        return _Finding(Outcome.INSUFFICIENT, "the slice is new: the reference has none")
    if _has_too_few_pairs(rule, there):
        asked = max(1, rule.min_pairs)
        words = f"{counted(there.n_pairs, 'pair')} in the reference, and the rule asks for {asked}"
        return _Finding(Outcome.INSUFFICIENT, words)
    return None


def _limits_values(rule: GateRule) -> bool:
    return rule.is_absolute or rule.moves


def _slice_tests(rule: GateRule, parts: Sequence[SliceReport], models: Models) -> SliceTests:
    """Return the tests of `no_worse_than`, of the slices that both reports have enough pairs of.

    A value that is undefined now and was defined in the reference is no matter of a test.
    """
    slices = {}
    for part in parts if rule.no_worse_than else ():
        there = models.reference.find_slice(part.slice) if models.reference else None
        if there is None or _has_too_few_pairs(rule, part) or _has_too_few_pairs(rule, there):
            continue
        values = [_number(each, rule.metric, "value") for each in (part, there)]
        if values[0] is not None or (values[1] is None and rule.metric in part.metrics):
            slices[part.slice] = part, there
    return tests_of_slices(
        slices,
        rule.metric,
        direction=worse_direction(rule.metric),
        level=models.level,
        alpha=rule.alpha,
    )


def _takes_no_part(rule: GateRule, part: SliceReport, tests: SliceTests) -> bool:
    """Tell whether a slice cannot be tested, where others of the rule are and nobody asked for it.

    The rule asks for it where it names the slice, or says what insufficient evidence does.
    """
    asked_for = not is_pattern(rule.slice) or "on_insufficient" in rule.model_fields_set
    return part.slice in tests.undecided and bool(tests.p_values) and not asked_for


def _spread_check(rule: GateRule, limit: float, number: int, models: Models) -> Check:
    parts = [part for part in models.judged.slices if matches(rule.slice, part.slice)]
    known = [part for part in parts if not _has_too_few_pairs(rule, part)]
    spread = None
    left_out = len(parts) - len(known)
    if (left_out and rule.on_insufficient == "fail") or len(known) < 2:
        words = f"{len(known)} of {len(parts)} slices have pairs enough to compare"
        finding = _Finding(Outcome.INSUFFICIENT, words)
    else:
        values = {part.slice: _number(part, rule.metric, "value") for part in known}
        defined = {name: value for name, value in values.items() if value is not None}
        if len(defined) < len(values):
            missing = next(name for name, value in values.items() if value is None)
            words = f"{missing} has no {rule.metric}, or it is undefined"
            finding = _Finding(Outcome.MISSING, words)
        else:
            highest = max(defined, key=defined.__getitem__)
            lowest = min(defined, key=defined.__getitem__)
            spread = defined[highest] - defined[lowest]
            words = (
                f"{spread:.6g} between {highest} ({defined[highest]:.6g}) and "
                f"{lowest} ({defined[lowest]:.6g})"
            )
            finding = replace(_limit_of_difference(limit - spread, words), words=words)
    if finding.outcome is not Outcome.FAILED:
        finding = next(iter(_lack_of_evidence(rule, models)), finding)
    return Check(
        rule,
        number,
        rule.slice,
        finding.outcome,
        _status(rule, finding.outcome),
        spread,
        sum(part.n_pairs for part in known),
        finding.words,
        finding.room,
    )


def _status(rule: GateRule, outcome: Outcome) -> Status:
    if outcome is Outcome.PASSED:
        return Status.PASSED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "skip":
        return Status.SKIPPED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "warn":
        return Status.WARNED
    return Status.WARNED if rule.severity == "warn" else Status.FAILED


def _number(part: SliceReport, metric: str, bound: Bound) -> float | None:
    found = part.metrics.get(metric)
    return None if found is None else getattr(found, bound)
