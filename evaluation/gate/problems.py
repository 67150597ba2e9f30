"""Problems that make rules and waivers unusable for a report, found before judging, and hints.

A name that cannot be right is a mistake in the configuration: a metric that evenhand does not know,
a column that the report does not have, a pattern that covers nothing. A metric that this report
happens to lack, or a value of a column that did not occur, is a check that is not met.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.findings.one_decision import threshold_of
from evenhand.evaluation.findings.presentation import listed
from evenhand.evaluation.gate.function_metrics import slices_for
from evenhand.evaluation.gate.limit_base import LIMITS
from evenhand.evaluation.gate.other_metrics import is_of_columns
from evenhand.evaluation.gate.rules import GateRule, Waiver, is_pattern, matches
from evenhand.evaluation.reports.functions_report import FunctionsReport
from evenhand.evaluation.reports.metric_specs import (
    COLUMN_METRICS,
    DATA_METRICS,
    FUNCTION_METRICS,
    METRICS,
    MetricSpec,
    base_name,
    class_spec,
)
from evenhand.evaluation.reports.ranges import range_of
from evenhand.evaluation.reports.report import OVERALL, ModelReport, Report, name_of

_COUNTED = ("group=", "term=")  # of which data without such pairs have none
_SHOWN = 3  # slices that a remark names


def check_applicable(
    report: Report,
    rules: Sequence[GateRule],
    *,
    waivers: Sequence[Waiver] = (),
    reference: Report | None = None,
    functions: FunctionsReport | None = None,
    where: str | None = None,
) -> None:
    """Raise if a rule or waiver cannot be applied to the report.

    Raises:
        ConfigurationError: A name cannot be right, or a rule needs a reference and there is none.
            Every problem is named at once.
        InputError: The reference has another threshold, level of confidence or kind of
            counterfactual than the report.
    """
    reports = [*report.by_label, *(reference.by_label if reference else ())]
    labels = [each.label.name for each in report.by_label if each.label is not None]
    names = {slice_.slice: None for each in reports for slice_ in each.candidate.slices}
    metrics = {spec.name for each in reports for spec in each.specs}.union(
        COLUMN_METRICS,
        DATA_METRICS,
        FUNCTION_METRICS,
        *(slice_.metrics for each in reports for slice_ in each.candidate.slices),
    )

    def slices_of(metric: str) -> list[str]:
        own = slices_for(metric, functions)
        if is_of_columns(metric) and report.candidate.columns:  # without, the check says why
            own = [each.slice for each in report.candidate.columns]
        return list(names) if own is None else own

    problems = [
        f"rules[{number}].{problem}"
        for number, rule in enumerate(rules, 1)
        for problem in (
            *_label_problems(rule.label, labels),
            *_rule_problems(rule, slices_of(rule.metric), metrics, report, reference),
        )
    ]
    for number, waiver in enumerate(waivers, 1):
        metric = [] if waiver.metric == "*" else _metric_problems(waiver.metric, metrics)
        known = [*names, *slices_of(next(iter(FUNCTION_METRICS)))]
        own = known if waiver.metric == "*" else slices_of(waiver.metric)
        found = [*metric, *_slice_problems(waiver.slice, own)]
        found += _label_problems(waiver.label, labels, of_waiver=True)
        problems += [f"waivers[{number}].{problem}" for problem in found]
    if problems:
        raise ConfigurationError(
            "the gate does not fit the report: " + "; ".join(problems), where=where
        )
    if reference is not None:
        _check_comparable(report, reference)
        theirs = {name_of(each) for each in reference.by_label}
        ours = [name_of(each) for each in report.by_label]
        lacking = [label for label in ours if label not in theirs]
        for label in lacking[:1]:
            raise InputError(
                "the reference has labels, and the report has none"
                if label is None
                else f"the reference has no label {label!r}",
                where="`reference`",
                remedy="evaluate both with the same options",
            )


def remarks(rules: Sequence[GateRule], report: Report) -> Iterator[str]:
    """Yield which rules do nothing: those that no value breaks, and those asked for twice."""
    for number, rule in enumerate(rules, 1):
        spec = report.spec(rule.metric)
        if all(limit.is_never_broken(spec) for limit in rule.limits):
            yield _never_broken(number, rule, spec)
        for earlier, other in enumerate(rules[: number - 1], 1):
            if rule == other:
                yield f"rules[{number}] is the same as rules[{earlier}]."
            elif (key := _looser_in(rule, other)) is not None:
                first, second = (earlier, number) if key[1] else (number, earlier)
                yield f"rules[{first}] asks no more than rules[{second}], with another {key[0]}."


def remarks_on_data(
    rules: Sequence[GateRule], pairs: Mapping[str, int], level: float
) -> Iterator[str]:
    """Yield which rules no model can meet on data, and which no value breaks, before it is scored.

    Args:
        rules: The gate's.
        pairs: Number of pairs of the data by slice: of overall, groups and terms. Those of one text
            count each, so that no rule is named that such a text's pairs might meet.
        level: The level of confidence of the reports that will be judged.
    """
    for number, rule in enumerate(rules, 1):
        spec = METRICS.get(base_name(rule.metric))
        if spec is not None and all(limit.is_never_broken(spec) for limit in rule.limits):
            yield _never_broken(number, rule, spec)
        names = [name for name in pairs if matches(rule.slice, name)]
        if rule.slice.startswith(_COUNTED):
            names = names or [rule.slice]
        few = {name: pairs.get(name, 0) for name in names}
        if rule.on_insufficient == "skip":
            few = {name: found for name, found in few.items() if found >= rule.min_pairs}
        limits = max(limit.fewest_pairs(rule, level) for limit in rule.limits)
        least = max(limits, rule.min_pairs)
        few = {name: found for name, found in few.items() if found < least}
        if few:
            asked = f"{rule.describe()} takes" if limits == least else "it asks for"
            shown = [f"{name} has {found:,}" for name, found in list(few.items())[:_SHOWN]]
            shown += [f"{len(few) - _SHOWN:,} more slices have too few"] * (len(few) > _SHOWN)
            yield (
                f"rules[{number}] cannot be met by any model: {asked} "
                + (f"{least:,} pairs" if math.isfinite(least) else "more pairs than there can be")
                + f", and {listed(shown)}."
            )


def _never_broken(number: int, rule: GateRule, spec: MetricSpec) -> str:
    return (
        f"rules[{number}] can never fail by a value, {rule.describe()}: "
        f"{base_name(rule.metric)} is {range_of(spec)}."
    )


def _looser_in(rule: GateRule, other: GateRule) -> tuple[str, bool] | None:
    """Return the limit in which alone two rules differ, and whether the other's is the looser."""
    ours, theirs = rule.model_dump(), other.model_dump()
    different = [key for key in ours if ours[key] != theirs[key]]
    if len(different) != 1 or different[0] not in {limit.key for limit in LIMITS}:
        return None
    key, values = different[0], (ours[different[0]], theirs[different[0]])
    if not all(isinstance(value, float) for value in values):
        return None
    return key, (values[0] > values[1]) == (key == "min")


def nearest_metric(metric: str, report: Report, model: ModelReport) -> str | None:
    """Return what to write in the place of a metric that a model lacks at a threshold, or None.

    Args:
        metric: The metric that a rule names.
        report: The report that the model is in.
        model: The model.
    """
    name, at, _ = metric.partition("@")
    if not at or not report.knows(name):
        return None
    if not report.spec(name).by_threshold:
        return f"{name} does not depend on a threshold: write {name}"
    main, *others = report.thresholds_of(model)
    found = threshold_of(metric)
    if found == main:
        return f"{main:g} is the main threshold: write {name}"
    if found in others:
        return f"write {name}@{found}"
    return f"the thresholds are {listed([f'{each:g}' for each in (main, *others)])}"


def _rule_problems(
    rule: GateRule,
    names: Sequence[str],
    metrics: set[str],
    report: Report,
    reference: Report | None,
) -> Iterator[str]:
    yield from _metric_problems(rule.metric, metrics)
    yield from _slice_problems(rule.slice, names)
    misfits = (limit.misfits(rule, report, reference) for limit in rule.limits)
    yield from dict.fromkeys(chain.from_iterable(misfits))
    if report.knows(rule.metric) and (problem := rule.problem_with(report.spec(rule.metric))):
        yield f"metric: {problem}"


def _label_problems(
    label: str | None, labels: Sequence[str], *, of_waiver: bool = False
) -> Iterator[str]:
    if label is None:
        if of_waiver and len(labels) > 1:
            yield f'label: the report has several; name {", ".join(labels)}, or "*" for all'
    elif not labels:
        yield f"label: the report has no labels, and so not {label!r}"
    elif label not in labels and not (of_waiver and label == "*"):
        hint = _did_you_mean(label, labels) or f"; it has {', '.join(labels)}"
        yield f"label: the report has no label {label!r}{hint}"


def _metric_problems(metric: str, known: set[str]) -> Iterator[str]:
    if not {metric, base_name(metric)} & known and class_spec(metric) is None:
        yield f"metric: no metric is called {metric!r}{_did_you_mean(metric, known)}"


def _slice_problems(pattern: str, names: Sequence[str]) -> Iterator[str]:
    if not names or any(matches(pattern, name) for name in names):
        return
    columns = list(dict.fromkeys(name.partition("=")[0] for name in names if name != OVERALL))
    column, is_named, _ = pattern.partition("=")
    if is_named and column in columns and not is_pattern(pattern):
        return  # a value that does not occur here; the check says so
    if not is_named:
        yield (
            f'slice: {pattern!r} is no slice; it is "overall", "column=value", "column=*" or "*"'
            + _did_you_mean(pattern, names)
        )
    else:
        has = f"has {', '.join(columns[:20])}" if columns else "has no columns"
        yield f"slice: {pattern!r} matches nothing; the report {has}" + _did_you_mean(
            column, columns
        )


def _did_you_mean(word: str, words: Sequence[str] | set[str]) -> str:
    close = get_close_matches(word, sorted(words), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _check_comparable(report: Report, reference: Report) -> None:
    # what a training chose for each of the models differs as the models do
    are_chosen = all(each.candidate.threshold_choice is not None for each in (report, reference))
    thresholds = (None if are_chosen else f"{each.thresholds[0]:g}" for each in (report, reference))
    for name, ours, theirs in (
        ("threshold", *thresholds),
        ("level of confidence", f"{report.intervals.level:g}", f"{reference.intervals.level:g}"),
        ("kind of counterfactual", report.data.method, reference.data.method),
    ):
        if ours is not None and theirs is not None and ours != theirs:
            raise InputError(
                f"the report and the reference cannot be compared: their {name} differs "
                f"({ours} and {theirs})",
                where="`reference`",
                remedy="evaluate both with the same options",
            )
