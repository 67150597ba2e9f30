"""Metrics that are of no slice, for the gate, which judges slices.

Metrics of the data stand in the slice `overall`. Metrics of a column, group fairness, stand in a
slice `column=*` of a model that has such slices in the place of its own.
"""

from __future__ import annotations

from dataclasses import replace

from evenhand.evaluation.gate.finding import Models
from evenhand.evaluation.reports.metric_specs import COLUMN_METRICS, DATA_METRICS, base_name
from evenhand.evaluation.reports.report import OVERALL, ModelReport, Report, SliceReport


def with_data_metrics(report: Report, model: ModelReport) -> ModelReport:
    """Return a model of a report with the metrics of the report's data in its slice `overall`."""
    if not report.data.metrics:
        return model
    slices = tuple(
        slice_.model_copy(update={"metrics": {**slice_.metrics, **report.data.metrics}})
        if slice_.slice == OVERALL
        else slice_
        for slice_ in model.slices
    )
    return ModelReport(**{**dict(model), "slices": slices})


def lack_of_data_metric(report: Report, metric: str) -> str | None:
    """Return why a report has no value of a metric of the data, and what to do; None otherwise."""
    if metric not in DATA_METRICS or metric in report.data.metrics:
        return None
    return (
        "the report does not say how good its pairs are: build the dataset with this version of "
        "`evenhand data build`, and evaluate that (a file of predictions has no pairs to check)"
    )


def is_of_columns(metric: str) -> bool:
    """Return whether a metric is of a column, and not of a slice."""
    return base_name(metric) in COLUMN_METRICS


def lack_of_columns(metric: str, model: ModelReport) -> str | None:
    """Return why a model has no metric of a column, and what to do; None otherwise."""
    if not is_of_columns(metric) or model.columns:
        return None
    return (
        "the report has no group fairness: it is of an earlier version of evenhand, then evaluate "
        "again, or of decisions among several classes"
    )


def models_of_columns(models: Models) -> Models:
    """Return the models with a slice `column=*` for each column, in the place of their slices."""
    return replace(
        models,
        judged=_as_model(models.judged),
        baseline=models.baseline and _as_model(models.baseline),
        reference=models.reference and _as_model(models.reference),
    )


def _as_model(model: ModelReport) -> ModelReport:
    overall = model.overall.model_copy(update={"metrics": {}})
    columns = (
        SliceReport(
            slice=each.slice, n_examples=each.n_examples, n_pairs=each.n_pairs, metrics=each.metrics
        )
        for each in model.columns
    )
    return ModelReport(**{**dict(model), "slices": (overall, *columns)})
