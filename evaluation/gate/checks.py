"""One rule applied to a report's slices: what is found on each.

A check passes only on evidence. It does not pass if a metric, bound or slice is missing, if a value
is undefined, if a slice has fewer pairs than the rule asks for, or on flips of a model that decides
everything alike. The check's status says what that does to the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from evenhand.evaluation.findings.one_decision import one_decision_in
from evenhand.evaluation.gate.finding import Finding, Models, has_too_few_pairs, number_of
from evenhand.evaluation.gate.function_metrics import NO_FUNCTIONS
from evenhand.evaluation.gate.limit_base import JointLimit, SliceLimit
from evenhand.evaluation.gate.other_metrics import lack_of_columns, lack_of_data_metric
from evenhand.evaluation.gate.problems import nearest_metric
from evenhand.evaluation.gate.result import Check, Outcome, Status
from evenhand.evaluation.gate.rules import GateRule, is_pattern, matches
from evenhand.evaluation.reports.metric_specs import CONTROL_METRICS, base_name
from evenhand.evaluation.reports.report import ModelReport, SliceReport
from evenhand.remediation.judging.wording import counted

NO_CONTROLS = (
    "the report has no control pairs: build its data with them (`evenhand data build --controls "
    "nonce`) and evaluate it again"
)
_WORST_FIRST = (
    Outcome.FAILED,
    Outcome.NO_EVIDENCE,
    Outcome.MISSING,
    Outcome.INSUFFICIENT,
    Outcome.PASSED,
)


def checks_of(rule: GateRule, number: int, labels: Sequence[Models]) -> list[list[Check]]:
    """Return what `rule`, the configuration's `number`th, finds on the slices that it covers.

    Args:
        rule: The rule.
        number: Its number.
        labels: The models of each label that it is about; of a report without labels one.

    Returns:
        The checks for each label. Slices come in the report's order, then those that only the
        reference has, then checks of several slices together.
    """
    slices = [
        [each for each in models.judged.slices if matches(rule.slice, each.slice)]
        for models in labels
    ]
    enough = [[each for each in own if not has_too_few_pairs(rule, each)] for own in slices]
    by_limit = [
        limit.check_all(rule, list(zip(labels, enough, strict=True)))
        for limit in rule.limits
        if isinstance(limit, SliceLimit)
    ]
    return [
        _checks_of_label(rule, number, models, own, [of_limit[place] for of_limit in by_limit])
        for place, (models, own) in enumerate(zip(labels, slices, strict=True))
    ]


def _checks_of_label(
    rule: GateRule,
    number: int,
    models: Models,
    slices: Sequence[SliceReport],
    by_limit: Sequence[Mapping[str, Sequence[Finding]]],
) -> list[Check]:
    found = []
    if by_limit:
        for slice_ in slices:
            findings = [each for of_limit in by_limit for each in of_limit.get(slice_.slice, ())]
            found.append(_check(rule, number, slice_, models, findings))
        if not slices:
            reason = lack_of_columns(rule.metric, models.judged) or _no_such_slice(
                rule.slice, models.judged
            )
            found.append(_unseen(rule, number, rule.slice, Outcome.MISSING, reason))
        if rule.needs_reference and is_pattern(rule.slice) and models.reference is not None:
            reason = "the reference has this slice, the report does not"
            found += [
                _unseen(rule, number, slice_.slice, Outcome.INSUFFICIENT, reason)
                for slice_ in models.reference.slices
                if matches(rule.slice, slice_.slice) and not models.judged.find_slice(slice_.slice)
            ]
    for limit in rule.limits:
        if isinstance(limit, JointLimit):
            finding = limit.check_jointly(rule, slices, models)
            found.append(_joint_check(rule, number, models, finding))
    return found


def checks_of_functions(rule: GateRule, number: int, models: Models | None) -> list[Check]:
    """Return what a rule on a metric of functions.json finds; None stands for no functions.json."""
    if models is None:
        return [_unseen(rule, number, rule.slice, Outcome.NO_EVIDENCE, NO_FUNCTIONS)]
    return checks_of(rule, number, [models])[0]


def _no_such_slice(name: str, model: ModelReport) -> str:
    close = get_close_matches(name, [slice_.slice for slice_ in model.slices], n=1)
    return "the report has no such slice" + (f"; it has {close[0]}" if close else "")


def _unseen(rule: GateRule, number: int, name: str, outcome: Outcome, reason: str) -> Check:
    return Check(rule, number, name, outcome, _status(rule, outcome), None, None, reason)


def _check(
    rule: GateRule, number: int, slice_: SliceReport, models: Models, findings: Sequence[Finding]
) -> Check:
    if has_too_few_pairs(rule, slice_):
        words = f"{counted(slice_.n_pairs, 'pair')}, and the rule asks for {max(1, rule.min_pairs)}"
        findings = [Finding(Outcome.INSUFFICIENT, words)]
    findings = [*findings, *_lack_of_evidence(rule, models)]
    outcome = next(o for o in _WORST_FIRST if any(finding.outcome is o for finding in findings))
    decisive = [finding for finding in findings if finding.outcome is outcome]
    reason = "; ".join(dict.fromkeys(finding.words for finding in decisive if finding.words))
    if outcome is Outcome.MISSING and rule.metric not in slice_.metrics:
        hint = nearest_metric(rule.metric, models.report, models.judged)
        reason = "; ".join(filter(None, (reason, hint)))
    rooms = [finding.room for finding in findings if finding.room is not None]
    judged = outcome in (Outcome.PASSED, Outcome.FAILED)
    status = _status(rule, outcome)
    if outcome is Outcome.INSUFFICIENT and _may_be_passed_over(rule, decisive):
        status = Status.SKIPPED
    compared = number_of(slice_, rule.metric, rule.bound)
    return Check(
        rule,
        number,
        slice_.slice,
        outcome,
        status,
        compared,
        slice_.n_pairs,
        reason or f"{compared:.6g}",
        min(rooms) if rooms and judged else None,
    )


def _joint_check(rule: GateRule, number: int, models: Models, finding: Finding) -> Check:
    if finding.outcome is not Outcome.FAILED:
        for lack in _lack_of_evidence(rule, models):
            finding = replace(finding, outcome=lack.outcome, words=lack.words, room=None)
    return Check(
        rule,
        number,
        rule.slice,
        finding.outcome,
        _status(rule, finding.outcome),
        finding.value,
        finding.n_pairs,
        finding.words,
        finding.room,
    )


def _may_be_passed_over(rule: GateRule, findings: Sequence[Finding]) -> bool:
    """Return whether a slice that cannot be judged may be skipped, because others of the rule can.

    It may not if the rule asks for it: by naming the slice, or with `on_insufficient`.
    """
    asked_for = not is_pattern(rule.slice) or "on_insufficient" in rule.model_fields_set
    return any(finding.others_tell for finding in findings) and not asked_for


def _lack_of_evidence(rule: GateRule, models: Models) -> list[Finding]:
    """Return a finding if the judged model could not flip, or its scores could not move, or the
    report has no control pairs, or does not know of its pairs' quality, and the rule is about them.
    """
    if base_name(rule.metric) in CONTROL_METRICS and not _has_controls(models.judged):
        return [Finding(Outcome.NO_EVIDENCE, NO_CONTROLS)]
    if (words := lack_of_data_metric(models.report, rule.metric)) is not None:
        return [Finding(Outcome.NO_EVIDENCE, words)]
    if rule.allow_one_decision:
        return []
    words = one_decision_in(models.report, models.judged, rule.metric)
    return [] if words is None else [Finding(Outcome.NO_EVIDENCE, words)]


def _has_controls(model: ModelReport) -> bool:
    return not CONTROL_METRICS.isdisjoint(model.overall.metrics)


def _status(rule: GateRule, outcome: Outcome) -> Status:
    if outcome is Outcome.PASSED:
        return Status.PASSED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "skip":
        return Status.SKIPPED
    if outcome is Outcome.INSUFFICIENT and rule.on_insufficient == "warn":
        return Status.WARNED
    return Status.WARNED if rule.severity == "warn" else Status.FAILED
