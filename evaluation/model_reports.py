"""From TFMA's values and the score columns to the models, comparison and flips of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from evenhand.evaluation.analysis import EXAMPLE_FLIP_RATE, TfmaMetrics
from evenhand.evaluation.intervals import Interval, mean_intervals, rate_intervals
from evenhand.evaluation.metric_computations import threshold_suffixes
from evenhand.evaluation.report import (
    Comparison,
    Flip,
    MetricValue,
    ModelReport,
    PairScores,
    Role,
    SliceReport,
)
from evenhand.evaluation.tables import EvaluationData, Floats, ModelScores, Slice

MAX_FLIPS = 100  # example flips listed for each model, so that a report stays readable

# Report name and TFMA name of what is reported at every threshold, in the report's order.
_AT_THRESHOLDS = {
    "flip_rate": "flip_rate/overall",
    "flip_rate_pos_to_neg": "flip_rate/positive_to_negative",
    "flip_rate_neg_to_pos": "flip_rate/negative_to_positive",
    "flip_count": "flip_count/overall",
    "flip_count_pos_to_neg": "flip_count/positive_to_negative",
    "flip_count_neg_to_pos": "flip_count/negative_to_positive",
    "flip_rate_examples": f"{EXAMPLE_FLIP_RATE}/overall",
    "accuracy": "accuracy",
    **{
        name: f"fairness_indicators_metrics/{name}"
        for name in (
            "false_positive_rate",
            "false_negative_rate",
            "true_positive_rate",
            "true_negative_rate",
            "positive_rate",
            "negative_rate",
            "false_discovery_rate",
            "false_omission_rate",
            "precision",
            "recall",
        )
    },
}
_CURVES = ("auc", "auc_precision_recall")
_WITHOUT_THRESHOLD = (
    "ctf_gap",
    "score_shift",
    *_CURVES,
    "example_count",
    "weighted_example_count",
)


def report_model(
    role: Role,
    data: EvaluationData,
    scores: ModelScores,
    metrics: TfmaMetrics,
    thresholds: Sequence[float],
) -> ModelReport:
    """Return one model's part of a report.

    Every slice has the metrics that `overall` has; a metric that is undefined in a slice, or over
    nothing, has no value. That includes the areas under curves where all labels are the same, for
    which TFMA gives 0 or 1.
    """
    names = {
        name: tfma_name
        for name, tfma_name in _tfma_names(thresholds).items()
        if any(tfma_name in values for values in metrics.values())
    }
    slices = []
    for part in data.slices:
        values = dict(metrics.get(part.name, {}))
        if not _has_both_classes(data.examples.labels[part.examples]):
            values |= dict.fromkeys(_CURVES, math.nan)
        intervals = dict(_intervals(part, data, scores, thresholds))
        slices.append(
            SliceReport(
                slice=part.name,
                n_examples=len(part.examples),
                n_pairs=len(part.pairs),
                metrics={
                    name: _metric_value(values.get(tfma_name), intervals.get(name))
                    for name, tfma_name in names.items()
                },
            )
        )
    return ModelReport(role=role, name=scores.name, sha256=scores.sha256, slices=tuple(slices))


def compare(candidate: ModelReport, baseline: ModelReport) -> tuple[Comparison, ...]:
    """Return every metric of every slice of two models side by side."""
    return tuple(
        Comparison(
            slice=ours.slice,
            metric=name,
            candidate=value.value,
            baseline=theirs.metrics[name].value,
            difference=_difference(value.value, theirs.metrics[name].value),
        )
        for ours, theirs in zip(candidate.slices, baseline.slices, strict=True)
        for name, value in ours.metrics.items()
    )


def sample_flips(
    data: EvaluationData, scores: Mapping[Role, ModelScores], threshold: float
) -> tuple[Flip, ...]:
    """Return the pairs that flip at the threshold, largest change of score first.

    At most `MAX_FLIPS` pairs are taken for each model; a pair that flips under both is listed once.
    """
    change = np.zeros(len(data.pairs.example))
    chosen: set[int] = set()
    for model in scores.values():
        own_change = np.abs(model.originals - model.counterfactuals)
        flipped = np.flatnonzero(_flips(model, threshold))
        order = np.argsort(-own_change[flipped], kind="stable")
        chosen.update(flipped[order[:MAX_FLIPS]].tolist())
        change = np.maximum(change, own_change)
    rows = sorted(chosen, key=lambda row: (-change[row], row))
    return tuple(_flip(data, scores, row) for row in rows)


def _tfma_names(thresholds: Sequence[float]) -> dict[str, str]:
    """Return TFMA's name of each metric by the report's name, in the report's order."""
    names = {}
    for i, (threshold, suffix) in enumerate(
        zip(thresholds, threshold_suffixes(thresholds), strict=True)
    ):
        at = f"@{threshold}"
        for name, tfma_name in _AT_THRESHOLDS.items():
            # accuracy is TFMA's BinaryAccuracy, which takes one threshold and its name from us
            end = at if tfma_name == "accuracy" else suffix
            names[name if i == 0 else name + at] = tfma_name + end
        if i == 0:
            names |= {name: name for name in _WITHOUT_THRESHOLD}
    return names


def _intervals(
    part: Slice, data: EvaluationData, scores: ModelScores, thresholds: Sequence[float]
) -> Iterator[tuple[str, Interval]]:
    example = data.pairs.example[part.pairs]
    pair_weights = data.examples.weights[example]
    originals, counterfactuals = scores.originals[part.pairs], scores.counterfactuals[part.pairs]
    pair_flags, example_flags = {}, {}
    for i, threshold in enumerate(thresholds):
        at = "" if i == 0 else f"@{threshold}"
        before, after = originals > threshold, counterfactuals > threshold
        pair_flags[f"flip_rate{at}"] = before != after
        pair_flags[f"flip_rate_pos_to_neg{at}"] = before & ~after
        pair_flags[f"flip_rate_neg_to_pos{at}"] = ~before & after
        # every pair of an example counts, whether or not it is in the slice itself
        flipping = data.pairs.example[_flips(scores, threshold)]
        example_flags[f"flip_rate_examples{at}"] = np.isin(part.examples, flipping)
    change = originals - counterfactuals
    means = {"ctf_gap": np.abs(change), "score_shift": change}
    yield from rate_intervals(pair_flags, example, pair_weights).items()
    yield from mean_intervals(means, example, pair_weights).items()
    yield from rate_intervals(
        example_flags, part.examples, data.examples.weights[part.examples]
    ).items()


def _flips(scores: ModelScores, threshold: float) -> npt.NDArray[np.bool_]:
    return np.asarray((scores.originals > threshold) != (scores.counterfactuals > threshold))


def _has_both_classes(labels: Floats) -> bool:
    known = labels[~np.isnan(labels)]
    return bool((known > 0).any() and (known < 1).any())


def _metric_value(value: float | None, interval: Interval | None) -> MetricValue:
    if value is None or interval is None:
        return MetricValue(value=value)
    return MetricValue(
        value=value, lower=interval.lower, upper=interval.upper, interval=interval.method
    )


def _difference(candidate: float | None, baseline: float | None) -> float | None:
    return None if candidate is None or baseline is None else candidate - baseline


def _flip(data: EvaluationData, scores: Mapping[Role, ModelScores], row: int) -> Flip:
    pairs = data.pairs

    def text(values: object) -> str | None:
        return None if values is None else values[row].as_py()  # type: ignore[index]

    return Flip(
        id=data.examples.ids[int(pairs.example[row])].as_py(),
        original=text(pairs.originals),
        counterfactual=text(pairs.counterfactuals),
        terms=tuple(pairs.terms[row].as_py()) if pairs.terms is not None else (),
        groups=tuple(pairs.groups[row].as_py()) if pairs.groups is not None else (),
        scores={
            role: PairScores(
                original=float(model.originals[row]),
                counterfactual=float(model.counterfactuals[row]),
            )
            for role, model in scores.items()
        },
    )
