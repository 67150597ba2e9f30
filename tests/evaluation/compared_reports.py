"""Reports of two models that differ in what a test is about, and in nothing else."""

from __future__ import annotations

from evenhand.evaluation.reports.report import (
    Comparison,
    DataSummary,
    Decisions,
    Intervals,
    MetricValue,
    ModelReport,
    PairedTest,
    Report,
    SliceReport,
)

SAME = {
    "flip_rate": (0.05, 0.05, None),
    "auc": (0.95, 0.95, None),
    "accuracy": (0.9, 0.9, None),
    "false_positive_rate": (0.1, 0.1, None),
    "flagged_rate": (0.2, 0.2, None),
    "logit_spread": (2.0, 2.0, None),
}


def compared(
    slices=(),
    *,
    pairs=1000,
    p=None,
    positive=(400, 400),
    names=("old", "new"),
    weighted=False,
    by_class=False,
    labelled=1000,
    few=False,
    baseline=True,
    thresholds=(0.5,),
    without=(),
    **metrics,
):
    """Return a report of a baseline `old` and a candidate `new`.

    Args:
        slices: Of each slice but overall its name, its flip rates before and after, the adjusted
            p-value and its pairs.
        p: The overall paired test's p-value; None for no test.
        positive: How many of 1,000 texts each calls positive.
        without: Metrics that the report lacks.
        metrics: Of each metric overall its value before and after, and the interval of the
            difference or None; `SAME` of those that are not named.
    """
    values = {name: value for name, value in (SAME | metrics).items() if name not in without}
    by_role = {role: [] for role in ("baseline", "candidate")}
    comparison, tests = [], []

    def add(slice_name, size, values, p_value, too_few):
        for place, role in enumerate(by_role):
            held = {name: value(found[place]) for name, found in values.items()}
            by_role[role].append(
                SliceReport(
                    slice=slice_name,
                    n_examples=1000,
                    n_pairs=size,
                    too_few_pairs=too_few,
                    metrics=held,
                )
            )
        for name, (before, after, interval) in values.items():
            missing = before is None or after is None
            lower, upper = interval or (None, None)
            comparison.append(
                Comparison(
                    slice=slice_name,
                    metric=name,
                    candidate=after,
                    baseline=before,
                    difference=None if missing else after - before,
                    lower=lower,
                    upper=upper,
                )
            )
        if p_value is not None:
            tests.append(
                PairedTest(
                    slice=slice_name,
                    unit="pair",
                    both=0,
                    only_candidate=0,
                    only_baseline=0,
                    neither=size,
                    odds_ratio=MetricValue(value=None),
                    p_value=p_value,
                    p_adjusted=None if too_few else p_value,
                )
            )

    def value(number):
        if number is None:
            return MetricValue(value=None)
        return MetricValue(value=number, lower=number / 2, upper=number / 2 + 0.5)

    add("overall", pairs, values, p, few)
    for name, before, after, p_adjusted, size in slices:
        wide = (after - before - 0.01, after - before + 0.01)
        add(name, size, {"flip_rate": (before, after, wide)}, p_adjusted, size < 30)
    models = [
        ModelReport(
            role=role,
            name=name,
            by_class=by_class,
            decisions=tuple(
                Decisions(threshold=at, by_decision={"positive": n, "negative": 1000 - n})
                for at in thresholds
            ),
            slices=tuple(by_role[role]),
        )
        for role, name, n in zip(by_role, names, positive, strict=True)
    ]
    return Report(
        thresholds=thresholds,
        data=DataSummary(
            name="d",
            sha256="0" * 64,
            method="ablate",
            examples=1000,
            labelled=labelled,
            pairs=pairs,
            weighted=weighted,
        ),
        intervals=Intervals(level=0.95, resamples=0, seed=0),
        models=tuple(reversed(models)) if baseline else (models[1],),
        comparison=tuple(comparison) if baseline else (),
        paired_tests=tuple(tests) if baseline else (),
    )
