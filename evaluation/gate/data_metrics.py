"""Metrics of the data, which belong to no model: the gate judges them as the model's `overall`."""

from __future__ import annotations

from evenhand.evaluation.reports.metric_specs import DATA_METRICS
from evenhand.evaluation.reports.report import OVERALL, ModelReport, Report


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
