"""Judge a report by rules: what the gate decides, and why.

`checks` applies a rule to slices, `config` reads rules from a file, and `cli` makes exit codes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evenhand.data.errors import InputError
from evenhand.evaluation.findings.one_decision import decided, one_decision_in, threshold_of
from evenhand.evaluation.findings.presentation import listed
from evenhand.evaluation.gate.checks import checks_of, checks_of_functions
from evenhand.evaluation.gate.finding import Models
from evenhand.evaluation.gate.function_metrics import models_of_functions
from evenhand.evaluation.gate.other_metrics import (
    is_of_columns,
    models_of_columns,
    with_data_metrics,
)
from evenhand.evaluation.gate.problems import check_applicable, remarks
from evenhand.evaluation.gate.result import Check, GateResult, Outcome, Status
from evenhand.evaluation.gate.rules import GateRule, Waiver, ratchet_of
from evenhand.evaluation.reports.functions_report import FunctionsReport
from evenhand.evaluation.reports.made_from import ReportInput, inputs_of
from evenhand.evaluation.reports.metric_specs import DATA_METRICS, FUNCTION_METRICS
from evenhand.evaluation.reports.report import OVERALL, Report, Role, name_of


def judge(
    report: Report,
    rules: Sequence[GateRule],
    *,
    role: Role = "candidate",
    reference: Report | None = None,
    functions: FunctionsReport | None = None,
    waivers: Sequence[Waiver] = (),
    today: datetime.date | None = None,
    where: str | None = None,
) -> GateResult:
    """Apply `rules` to the model that has `role` in `report`.

    Args:
        report: The report.
        rules: The rules.
        role: Which of its models is judged.
        reference: A stored report; rules may compare with its candidate. If no rule does, the rule
            of `ratchet_of` is judged after the others.
        functions: What the models can do, for rules on metrics of functions.json; without it these
            are not met.
        waivers: Waivers of the configuration.
        today: The day on which waivers must not have expired; the machine's if None.
        where: The file of the rules and waivers, for errors.

    Raises:
        ConfigurationError: A rule or waiver names a metric that does not exist or slices that match
            nothing, or needs a reference and there is none. Every problem is named at once.
        InputError: The report has no baseline and `role` asks for it, or the two reports cannot be
            compared: their thresholds, levels of confidence or kinds of counterfactual differ; or
            `functions` is about other models.
    """
    model = report.candidate if role == "candidate" else report.baseline
    if model is None:
        raise InputError(
            f"the report has no {role} to judge",
            expected="a report made with `compare_to`",
        )
    rules = (*rules, *(ratchet_of(rules) if reference else ()))
    check_applicable(
        report, rules, waivers=waivers, reference=reference, functions=functions, where=where
    )
    on_functions = None if functions is None else models_of_functions(report, functions, role)
    by_label = [_models(each, role, reference) for each in report.by_label]
    found = [
        check
        for number, rule in enumerate(rules, 1)
        for check in (
            checks_of_functions(rule, number, on_functions)
            if rule.metric in FUNCTION_METRICS
            else _checks_by_label(rule, number, by_label)
        )
    ]
    today = today or datetime.date.today()
    checks = tuple(_waive(check, waivers, today) for check in found)
    inputs = inputs_of(report)
    if reference is not None:
        inputs += inputs_of(reference, "reference ")
    if functions is not None:
        cases = f"{functions.candidate.by_slice[OVERALL].accuracy.cases:,} sentences"
        inputs += (ReportInput("functionalities", cases, functions.catalogue_sha256),)
    notes = (
        *_notes_on_reference(report, reference),
        *_notes_on_evidence(by_label, checks),
        *remarks(rules, report),
        *_notes_on_skipped(rules, checks),
        *_notes(checks, waivers, today),
    )
    return GateResult(model.name, role, checks, notes, inputs)


def _models(report: Report, role: Role, reference: Report | None) -> Models:
    """Return the models of a report on one label, and the reference's for that label."""
    model = report.models[0 if role == "candidate" else 1]
    stored = None
    if reference is not None:
        own = next(each for each in reference.by_label if name_of(each) == name_of(report))
        stored = with_data_metrics(own, own.candidate)
    judged = with_data_metrics(report, model)
    return Models(report, judged, report.baseline, stored, report.intervals.level)


def _checks_by_label(rule: GateRule, number: int, by_label: Sequence[Models]) -> Iterator[Check]:
    """Yield what a rule finds for each label that it holds for."""
    if rule.metric in DATA_METRICS:  # which are the same for all
        yield from checks_of(rule, number, by_label[:1])[0]
        return
    own = [
        models_of_columns(models) if is_of_columns(rule.metric) else models
        for models in by_label
        if rule.is_about(name_of(models.report))
    ]
    for models, checks in zip(own, checks_of(rule, number, own), strict=True):
        for check in checks:
            yield replace(check, label=name_of(models.report))


def _waive(check: Check, waivers: Sequence[Waiver], today: datetime.date) -> Check:
    if check.status is not Status.FAILED:
        return check
    covering = [
        waiver for waiver in waivers if waiver.covers(check.rule.metric, check.slice, check.label)
    ]
    if not covering:
        return check
    last = max(covering, key=lambda waiver: waiver.expires)
    if today > last.expires:
        return replace(check, reason=f"{check.reason}; the waiver expired on {last.expires}")
    reason = f"{check.reason}; waived until {last.expires}: {last.reason}"
    return replace(check, status=Status.WAIVED, reason=reason)


def _notes_on_reference(report: Report, reference: Report | None) -> Iterator[str]:
    """Yield that the reference was made with other lexicons, where both say which."""
    if reference is None:
        return
    ours, theirs = (
        {(each.name, each.version, each.sha256) for each in made.data.lexicons}
        for made in (report, reference)
    )
    if ours and theirs and ours != theirs:
        names = sorted(f"{name} {version}" for name, version, _ in ours ^ theirs)
        yield (
            "The report and the reference were made with different lexicons, so their pairs are of "
            f"different terms: {listed(list(dict.fromkeys(names)))}."
        )


def _notes_on_evidence(by_label: Sequence[Models], checks: Sequence[Check]) -> Iterator[str]:
    """Yield how to mend checks without evidence, and a note if evidence cannot be judged."""
    of_label = {name_of(models.report): models for models in by_label}
    judged = [(check, of_label.get(check.label, by_label[0])) for check in checks]
    if any(
        check.outcome is Outcome.NO_EVIDENCE
        and one_decision_in(models.report, models.judged, check.rule.metric)
        for check, models in judged
    ):
        yield (
            "No evidence: a model that decides, or scores, nearly all texts alike cannot flip, "
            "whatever it has learnt. If it is broken, as its accuracy and the share of texts that "
            "it flags will show, train it anew or repair it more gently. If it is not, judge it on "
            "data that it decides both ways, or at the threshold that you use; or, where one "
            "decision is right for nearly all of the data, write allow_one_decision = true in the "
            "rule."
        )
    unknown = any(
        decided(models.report, models.judged, threshold_of(check.rule.metric)) is None
        for check, models in judged
        if check.outcome is Outcome.PASSED
        and models.report.spec(check.rule.metric).vacuous_if == "decides_alike"
        and not check.rule.allow_one_decision
    )
    if unknown:
        yield (
            "The report does not say whether the model decides all texts alike, so its flips were "
            "taken for evidence: it was made by an earlier version of evenhand."
        )


def _notes_on_skipped(rules: Sequence[GateRule], checks: Sequence[Check]) -> Iterator[str]:
    """Yield which rules judged nothing at all."""
    for number, rule in enumerate(rules, 1):
        own = [check for check in checks if check.number == number]
        if own and all(check.status is Status.SKIPPED for check in own):
            yield f"rules[{number}] judged nothing: {rule.describe()} was skipped wherever it asks."


def _notes(checks: Sequence[Check], waivers: Sequence[Waiver], today: datetime.date) -> list[str]:
    notes = []
    for waiver in waivers:
        if today > waiver.expires:
            notes.append(
                f"The waiver for {waiver.describe()} expired on {waiver.expires} and does not "
                f"count: {waiver.reason}"
            )
        elif not any(
            check.status is Status.WAIVED
            and waiver.covers(check.rule.metric, check.slice, check.label)
            for check in checks
        ):
            notes.append(f"The waiver for {waiver.describe()} covers nothing that fails.")
    return notes
