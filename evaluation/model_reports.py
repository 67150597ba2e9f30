"""Makes a report's models, comparison and flips from TFMA's values and the score columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from evenhand.evaluation.derived.group_fairness import column_reports
from evenhand.evaluation.derived.partial_pooling import with_pooled_rates
from evenhand.evaluation.engine.analysis import TfmaMetrics
from evenhand.evaluation.flip_metric import FlipMetric, names_of
from evenhand.evaluation.inputs.main_thresholds import Thresholds
from evenhand.evaluation.inputs.tables import GROUP, EvaluationData, ModelScores
from evenhand.evaluation.measures.class_metrics import class_metrics_of
from evenhand.evaluation.measures.decision_counts import confusion, count_decisions
from evenhand.evaluation.measures.distributions import score_shifts, threshold_curve
from evenhand.evaluation.measures.score_intervals import Interval, wilson
from evenhand.evaluation.measures.slices import Measures, SliceMeasurer, name_suffixes
from evenhand.evaluation.metrics.computations import threshold_suffixes
from evenhand.evaluation.reports.metric_specs import (
    CONTROL_METRICS,
    METRICS,
    POOLED_FLIP_RATE,
    base_name,
    spec_of,
)
from evenhand.evaluation.reports.report import (
    Comparison,
    DataSummary,
    Flip,
    MetricValue,
    ModelReport,
    NoInterval,
    PairScores,
    Role,
    SliceReport,
)
from evenhand.remediation.judging.effective_size import Texts, effective_size
from evenhand.remediation.outputs.decisions import flips

MAX_FLIPS = 100  # example flips listed for each model, so that a report stays readable


def report_models(
    data: EvaluationData,
    scores: Mapping[Role, ModelScores],
    metrics: Mapping[Role, TfmaMetrics],
    *,
    thresholds: Mapping[Role, Sequence[float]],
    min_pairs: int,
    added: Sequence[FlipMetric] = (),
) -> tuple[tuple[ModelReport, ...], tuple[Comparison, ...]]:
    """Return every model's part of a report, and the candidate compared to the baseline.

    Every slice has the same metrics as `overall`. A metric that is undefined in a slice has no
    value: means over nothing, for instance, and areas under curves if all labels are the same.

    Args:
        data: The examples and pairs.
        scores: Each model's scores for them, the candidate's first.
        metrics: TFMA's values for each model.
        thresholds: Each model's decision thresholds, its main one first. The others are the same
            for all models.
        min_pairs: Slices with fewer pairs are marked.
        added: The metrics of other packages.

    Raises:
        InputError: An added metric fails, or gives a value that is not allowed.
    """
    names = {role: _names(data, thresholds[role], metrics[role], added) for role in scores}
    slices: dict[Role, list[SliceReport]] = {role: [] for role in scores}
    comparison: list[Comparison] = []
    weights = data.examples.weights
    measurers = [SliceMeasurer(data, own, thresholds[role], added) for role, own in scores.items()]
    for slice_ in data.evidence():
        example = data.pairs.example[slice_.pairs]
        measures = [measurer.measure(slice_) for measurer in measurers]
        values = [
            _values(names[role], metrics[role].get(slice_.name, {}), own)
            for role, own in zip(scores, measures, strict=True)
        ]
        for role, own, own_values in zip(scores, measures, values, strict=True):
            intervals = own.intervals(own_values)
            slices[role].append(
                SliceReport(
                    slice=slice_.name,
                    n_examples=len(slice_.examples),
                    n_pairs=len(slice_.pairs),
                    effective_examples=effective_size(weights[slice_.examples]),
                    effective_pairs=effective_size(Texts(example).sums(weights[example])),
                    too_few_pairs=len(slice_.pairs) < min_pairs,
                    metrics={
                        name: _metric_value(value, intervals.get(name), partial(own.why_none, name))
                        for name, value in own_values.items()
                    },
                )
            )
        if len(measures) == 2:
            comparison += _compare(slice_.name, measures, values)
    models = tuple(
        ModelReport(
            role=role,
            name=own.name,
            sha256=own.sha256,
            by_class=own.by_class,
            outputs=own.outputs,
            decisions=count_decisions(data, own, thresholds[role]),
            confusion=confusion(data, own, thresholds[role][0]),
            slices=with_pooled_rates(slices[role]),
            columns=()
            if own.by_class
            else column_reports(
                slices[role],
                [*data.examples.slices, GROUP],
                name_suffixes(thresholds[role]),
                min_pairs,
            ),
            threshold_curve=threshold_curve(data, own),
            score_shifts=score_shifts(data, own),
        )
        for role, own in scores.items()
    )
    return models, tuple(comparison)


def with_thresholds(
    models: Sequence[ModelReport], thresholds: Thresholds
) -> tuple[ModelReport, ...]:
    """Return the models with their main thresholds, where they may have thresholds of their own."""
    if not thresholds.differ:
        return tuple(models)
    return tuple(
        model.model_copy(
            update={
                "threshold": thresholds.of_role[model.role][0],
                "threshold_choice": thresholds.choice if model.role == "candidate" else None,
            }
        )
        for model in models
    )


def summarise(data: EvaluationData) -> DataSummary:
    """Return what a report says of its data, with the metrics of the data."""
    quality = data.summary.quality
    if quality is None or not quality.checked:
        return data.summary
    found = wilson(quality.grammar_errors, quality.checked)
    value = quality.grammar_errors / quality.checked
    metrics = {"data.grammar_errors": _metric_value(value, found, lambda: None)}
    return data.summary.model_copy(update={"metrics": metrics})


def sample_flips(
    data: EvaluationData,
    scores: Mapping[Role, ModelScores],
    thresholds: Mapping[Role, Sequence[float]],
) -> tuple[Flip, ...]:
    """Return pairs that flip at a model's main threshold, largest change of score first.

    They are at most `MAX_FLIPS` for each model: those that flip under it alone before others, and
    of either those with the largest change. A pair that flips under both is listed once.
    """
    weighs = data.examples.weights[data.pairs.example] > 0
    flipped = {
        role: flips(model.originals, model.counterfactuals, thresholds[role][0]) & weighs
        for role, model in scores.items()
    }
    under_all = np.logical_and.reduce(list(flipped.values())) if len(scores) > 1 else ~weighs
    change = np.zeros(len(weighs))
    chosen: set[int] = set()
    for role, model in scores.items():
        own_change = np.abs(model.originals - model.counterfactuals)
        own = np.flatnonzero(flipped[role])
        order = np.lexsort((-own_change[own], under_all[own]))
        chosen.update(own[order[:MAX_FLIPS]].tolist())
        change = np.maximum(change, own_change)
    rows = sorted(chosen, key=lambda row: (-change[row], row))
    examples, classes = data.pairs.example[rows].tolist(), data.examples.classes
    labels = data.examples.labels if classes is None else classes.numbers
    return tuple(
        Flip(
            **vars(details),
            label=float(labels[example]),
            slices=tuple(
                f"{column}={value}"
                for column, values in data.examples.slices.items()
                if (value := values[example].as_py()) is not None
            ),
            scores={
                role: PairScores(
                    original=float(model.originals[row]),
                    counterfactual=float(model.counterfactuals[row]),
                )
                for role, model in scores.items()
            },
        )
        for row, example, details in zip(rows, examples, data.details(rows), strict=True)
    )


def _names(
    data: EvaluationData,
    thresholds: Sequence[float],
    metrics: TfmaMetrics,
    added: Sequence[FlipMetric],
) -> dict[str, str | None]:
    """Return the names of a model's metrics in the report, each with TFMA's name, if it has one."""
    names = _tfma_names(thresholds, metrics)
    if data.pairs.controls is None:
        names = {name: own for name, own in names.items() if base_name(name) not in CONTROL_METRICS}
    of_classes = class_metrics_of(data)
    if not of_classes:
        del names["macro_f1"]
    names |= dict.fromkeys(of_classes)
    return names | dict.fromkeys(names_of(added, name_suffixes(thresholds)))


def _tfma_names(thresholds: Sequence[float], metrics: TfmaMetrics) -> dict[str, str | None]:
    """Return TFMA's name of each metric by the report's name, in the report's order.

    Metrics that TFMA has for no slice are left out. None means that TFMA does not have the metric.
    """
    suffixes = name_suffixes(thresholds)
    different = list(dict.fromkeys(thresholds))
    in_tfma_at = dict(zip(different, threshold_suffixes(different), strict=True))
    in_tfma = [(spec, spec.tfma) for spec in METRICS.values() if spec.tfma is not None]
    names: dict[str, str | None] = {}
    for i, threshold in enumerate(thresholds):
        for spec, tfma_name in in_tfma:
            if spec.by_threshold:
                # accuracy is TFMA's BinaryAccuracy, one for each threshold, with a name of ours
                end = f"@{threshold}" if tfma_name == "accuracy" else in_tfma_at[threshold]
                names[spec.name + suffixes[i]] = tfma_name + end
        if i == 0:
            names |= {spec.name: name for spec, name in in_tfma if not spec.by_threshold}
    found = {name for values in metrics.values() for name in values}
    names = {name: tfma_name for name, tfma_name in names.items() if tfma_name in found}
    # TFMA puts scores into 10,000 buckets first, which can lose a small area
    names |= {name: None for name in names if spec_of(name).kind == "area"}
    own = [spec for spec in METRICS.values() if spec.tfma is None]
    areas = [spec.name for spec in own if spec.kind == "area" and "auc" in found]
    return names | dict.fromkeys(
        [
            *(spec.name + at for spec in own if spec.by_threshold for at in suffixes),
            *(spec.name for spec in own if not spec.by_threshold and spec.kind != "area"),
            *areas,
        ]
    )


def _values(
    names: Mapping[str, str | None], metrics: Mapping[str, float], measures: Measures
) -> dict[str, float]:
    """Return the values of one slice, NaN where a metric is undefined."""
    own = measures.values()
    return {
        name: own.get(name, math.nan) if tfma_name is None else metrics.get(tfma_name, math.nan)
        for name, tfma_name in names.items()
    }


def _compare(
    slice_name: str, measures: Sequence[Measures], values: Sequence[Mapping[str, float]]
) -> Iterator[Comparison]:
    """Return every metric of one slice of the candidate and the baseline side by side."""
    candidate, baseline = values
    differences = {name: value - baseline[name] for name, value in candidate.items()}
    intervals = measures[0].difference_intervals(measures[1], differences)
    for name, difference in differences.items():
        if spec_of(name).kind == "p_value" or name == POOLED_FLIP_RATE:
            continue
        why_none = partial(measures[0].why_none, name)
        found = _metric_value(difference, intervals.get(name), why_none)
        yield Comparison(
            slice=slice_name,
            metric=name,
            candidate=candidate[name],
            baseline=baseline[name],
            difference=difference,
            lower=found.lower,
            upper=found.upper,
            interval=found.interval,
            interval_missing=found.interval_missing,
        )


def _metric_value(
    value: float, interval: Interval | None, why_none: Callable[[], NoInterval | None]
) -> MetricValue:
    if math.isnan(value):
        return MetricValue(value=None)
    if interval is None:
        return MetricValue(value=value, interval_missing=why_none())
    return MetricValue(
        value=value, lower=interval.lower, upper=interval.upper, interval=interval.method
    )
