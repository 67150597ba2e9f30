"""Reports that hold exactly what a test of the gate is about."""

from __future__ import annotations

from evenhand.evaluation.report import (
    DataSummary,
    Intervals,
    MetricValue,
    ModelReport,
    Report,
    SliceReport,
)


def part(name="overall", n_pairs=200, **metrics):
    """Return a slice; a metric is a value, or lower end, value and upper end of its interval."""
    values = {
        metric: MetricValue(value=found)
        if not isinstance(found, tuple)
        else MetricValue(lower=found[0], value=found[1], upper=found[2])
        for metric, found in metrics.items()
    }
    return SliceReport(slice=name, n_examples=1000, n_pairs=n_pairs, metrics=values)


def report(candidate, baseline=None, *, threshold=0.5, method=None):
    """Return a report of a candidate's slices, and of a baseline's if there is one."""
    models = [ModelReport(role="candidate", name="new", slices=tuple(candidate))]
    if baseline is not None:
        models.append(ModelReport(role="baseline", name="old", slices=tuple(baseline)))
    return Report(
        thresholds=(threshold,),
        data=DataSummary(
            name="d",
            sha256="0" * 64,
            method=method,
            examples=1000,
            labelled=1000,
            pairs=200,
            weighted=False,
        ),
        intervals=Intervals(level=0.95, resamples=0, seed=0),
        models=tuple(models),
    )
