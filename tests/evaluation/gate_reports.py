"""Reports that hold exactly what a test of the gate is about."""

from __future__ import annotations

from evenhand.evaluation.reports.report import (
    DataSummary,
    Decisions,
    Intervals,
    MetricValue,
    ModelReport,
    Report,
    SliceReport,
)


def slice_(name="overall", n_pairs=200, **metrics):
    """Return a slice; a metric is a value, or lower end, value and upper end of its interval."""
    values = {
        metric: MetricValue(value=found)
        if not isinstance(found, tuple)
        else MetricValue(lower=found[0], value=found[1], upper=found[2])
        for metric, found in metrics.items()
    }
    return SliceReport(slice=name, n_examples=1000, n_pairs=n_pairs, metrics=values)


def report(candidate, baseline=None, *, threshold=0.5, method=None, positive=400):
    """Return a report of a candidate's slices, and of a baseline's if there is one.

    The candidate decides that `positive` of 1,000 texts are; the baseline that 400 are.
    """

    def model(role, name, slices, positive):
        shares = {"positive": positive, "negative": 1000 - positive}
        decisions = (Decisions(threshold=threshold, by_decision=shares),)
        return ModelReport(role=role, name=name, decisions=decisions, slices=tuple(slices))

    models = [model("candidate", "new", candidate, positive)]
    if baseline is not None:
        models.append(model("baseline", "old", baseline, 400))
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
