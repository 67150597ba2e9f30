"""Metrics of functions.json in the gate: judged as a report of their own, with its own slices."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.data.errors import InputError
from evenhand.evaluation.gate.finding import Models
from evenhand.evaluation.reports.functions_report import FunctionsOfModel, FunctionsReport
from evenhand.evaluation.reports.metric_specs import FUNCTION_METRICS
from evenhand.evaluation.reports.report import (
    MetricValue,
    ModelReport,
    Report,
    Role,
    SliceReport,
)

NO_FUNCTIONS = (
    "there is no functions.json: let `evenhand evaluate functions` make one of this model, and "
    "name it in `evenhand gate --functions`; a run file has a table [functions] for it"
)


def slices_for(metric: str, functions: FunctionsReport | None) -> list[str] | None:
    """Return the slices that a metric of functions.json has; None for any other metric.

    Without a functions.json there are none.
    """
    if metric not in FUNCTION_METRICS:
        return None
    return [] if functions is None else list(functions.candidate.by_slice)


def models_of_functions(report: Report, functions: FunctionsReport, role: Role) -> Models:
    """Return the models of a functions.json as the gate judges models.

    Cases count as pairs do: they are what a slice has many or few of.

    Raises:
        InputError: It is about another model than the report, or at another threshold, or has no
            baseline and `role` asks for it.
    """
    for problem in _misfits(report, functions, role):
        raise InputError(
            f"the report and the functionalities cannot be judged together: {problem}",
            where="`functions`",
            remedy="run `evenhand evaluate functions` with the models of the report",
        )
    baseline = None if functions.baseline is None else _as_model(functions.baseline)
    judged = _as_model(functions.candidate) if role == "candidate" else baseline
    assert judged is not None
    return Models(report, judged, baseline, None, functions.level)


def _misfits(report: Report, functions: FunctionsReport, role: Role) -> Iterator[str]:
    if role == "baseline" and functions.baseline is None:
        yield "there is no baseline to judge in functions.json"
    for ours, theirs in zip(report.models, functions.models, strict=False):
        digests = (ours.sha256, theirs.sha256)
        if None not in digests and digests[0] != digests[1]:
            yield f"they have different {ours.role}s, {ours.name} and {theirs.name}"
    for ours, theirs in zip(report.models, functions.models, strict=False):
        if (at := functions.threshold_of(theirs)) not in report.thresholds_of(ours):
            yield (
                f"functions.json has {theirs.name} at the threshold {at:g}, and the report has "
                f"it at {report.threshold_of(ours):g}"
            )


def _as_model(model: FunctionsOfModel) -> ModelReport:
    slices = tuple(
        SliceReport(
            slice=each.slice,
            n_examples=each.accuracy.cases,
            n_pairs=each.accuracy.cases,
            metrics={
                f"functions.{name}": MetricValue(
                    value=share.value, lower=share.lower, upper=share.upper, interval="wilson"
                )
                for name, share in each.metrics.items()
            },
        )
        for each in model.slices
    )
    return ModelReport(role=model.role, name=model.name, sha256=model.sha256, slices=slices)
