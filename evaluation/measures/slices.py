"""The metrics of a slice with the rows behind them, which their intervals are computed from.

TFMA gives the values of most metrics (`analysis`). This module has the same metrics as means over
pairs, texts and examples. The means equal TFMA's values, even if a label is between 0 and 1: TFMA
counts such an example as partly positive, partly negative.

A mean is made when it is asked for and not kept: all means of one slice would take a hundred times
the memory of its scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from evenhand.data.support.arrays import Flags, Floats, Rows
from evenhand.evaluation.flip_metric import FlipMetric
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.added_metrics import AddedMetrics
from evenhand.evaluation.measures.areas import Area, cross_areas, precision_recall_area, roc_area
from evenhand.evaluation.measures.class_metrics import ClassMetrics
from evenhand.evaluation.measures.control_metrics import ControlMetrics, Excess
from evenhand.evaluation.measures.intervals import (
    Mean,
    difference_intervals,
    mean_intervals,
    why_none,
)
from evenhand.evaluation.measures.logit_metrics import Estimate, LogitMetrics
from evenhand.evaluation.measures.score_intervals import Interval
from evenhand.evaluation.measures.sensitivity import sensitivity
from evenhand.evaluation.reports.metric_specs import base_name
from evenhand.evaluation.reports.report import NoInterval
from evenhand.remediation.judging.validation import Ranks, score_ranks
from evenhand.remediation.outputs.decisions import decisions, flips

_MOST_PAIRS = 0.95  # of a slice: the share whose score gap is at most ``ctf_gap_p95``
_ROUNDING = 1e-12  # of a sum of weights


class Means(Mapping[str, Mean]):
    """Means by metric name; each lookup makes the mean again."""

    def __init__(self, make: Mapping[str, Callable[[], Mean]]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> Mean:
        return self._make[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._make)

    def __len__(self) -> int:
        return len(self._make)


@dataclass(frozen=True)
class Sample:
    """Means over the same rows.

    Attributes:
        example: The example that each row belongs to, ascending, shape (m,).
        means: By metric name.
    """

    example: Rows
    means: Mapping[str, Mean]


@dataclass(frozen=True)
class Measures:
    """One model's metrics of one slice.

    Attributes:
        samples: Metrics that are means.
        areas: Metrics that are areas under a curve, by name, without undefined ones.
        estimates: Metrics that are functions of means, and other packages' single numbers, by name.
        excesses: Flip rates of pairs less those of their controls, by name.
        counts: Metrics that are counts, p-values or largest values, without intervals, by name.
        pair_weight: Total weight of the slice's pairs.
    """

    samples: tuple[Sample, ...]
    areas: Mapping[str, Area]
    estimates: Mapping[str, Estimate]
    excesses: Mapping[str, Excess]
    counts: Mapping[str, float]
    pair_weight: float

    def values(self) -> dict[str, float]:
        """Return every metric's value by name; NaN for a mean over nothing."""
        means = {name: mean.value for sample in self.samples for name, mean in sample.means.items()}
        areas = {name: area.value for name, area in self.areas.items()}
        estimates = {name: estimate.value for name, estimate in self.estimates.items()}
        excesses = {name: excess.value for name, excess in self.excesses.items()}
        return {**means, **areas, **estimates, **excesses, **self.counts}

    def intervals(self, values: Mapping[str, float]) -> dict[str, Interval]:
        """Return an interval for every metric that can have one.

        Args:
            values: The report's values by metric name; intervals of areas are made around them.
        """
        found: dict[str, Interval] = {}
        for sample in self.samples:
            found |= mean_intervals(sample.means, sample.example)
        found |= {name: area.interval(values[name]) for name, area in self.areas.items()}
        estimated: dict[str, Estimate | Excess] = {**self.estimates, **self.excesses}
        for name, estimate in estimated.items():
            if (interval := estimate.interval()) is not None:
                found[name] = interval
        return found | self._count_intervals(found)

    def why_none(self, name: str) -> NoInterval | None:
        """Return why a metric with a value has no interval; None if it is not an estimate.

        The reason is the same for the metric's difference from another model.
        """
        for sample in self.samples:
            if name in sample.means:
                return why_none(sample.means[name], sample.example)
        if name in self.estimates:
            return self.estimates[name].why_none()
        if name in self.excesses:
            return self.excesses[name].why_none()
        return "no_variation" if name in self.areas else None

    def difference_intervals(
        self, other: Measures, differences: Mapping[str, float]
    ) -> dict[str, Interval]:
        """Return intervals for this model's metrics minus those of another on the same slice.

        Args:
            other: The other model's measures.
            differences: The report's differences by metric name.
        """
        found: dict[str, Interval] = {}
        for ours, theirs in zip(self.samples, other.samples, strict=True):
            found |= difference_intervals(ours.means, theirs.means, ours.example)
        for name, area in self.areas.items():
            interval = area.difference_interval(other.areas[name], differences[name])
            if interval is not None:
                found[name] = interval
        for name, estimate in self.estimates.items():
            interval = estimate.difference_interval(other.estimates[name])
            if interval is not None:
                found[name] = interval
        for name, excess in self.excesses.items():
            interval = excess.difference_interval(other.excesses[name])
            if interval is not None:
                found[name] = interval
        return found | self._count_intervals(found)

    def _count_intervals(self, intervals: Mapping[str, Interval]) -> dict[str, Interval]:
        """Return intervals for flip counts: those of the rates times the weight of the pairs."""
        return {
            name.replace("flip_rate", "flip_count"): interval.scale(self.pair_weight)
            for name, interval in intervals.items()
            if base_name(name) in ("flip_rate", "flip_rate_pos_to_neg", "flip_rate_neg_to_pos")
        }


class SliceMeasurer:
    """Measures one model on slices of the data."""

    def __init__(
        self,
        data: EvaluationData,
        scores: ModelScores,
        thresholds: Sequence[float],
        added: Sequence[FlipMetric] = (),
    ) -> None:
        self._data = data
        self._scores = scores
        self._at = dict(zip(name_suffixes(thresholds), thresholds, strict=True))
        self._ranks = score_ranks(scores.examples)
        self._logits = LogitMetrics(data, scores)
        self._added = AddedMetrics(added, data, scores, self._at)
        self._controls = ControlMetrics(data, scores, self._at)
        by_class = scores.by_class and data.examples.classes is not None
        self._classes = ClassMetrics(data, scores) if by_class else None
        self._flipping = {
            at: _flipping_examples(data, scores, threshold) for at, threshold in self._at.items()
        }

    def measure(self, slice_: Slice) -> Measures:
        """Return the model's measures of a slice."""
        weights, example = self._data.examples.weights, self._data.pairs.example[slice_.pairs]
        labelled = slice_.examples[~np.isnan(self._data.examples.labels[slice_.examples])]
        own_weights = weights[slice_.examples]
        added, controls = self._added.measure(slice_), self._controls.measure(slice_)
        task = Sample(labelled, self._task_means(labelled))
        of_classes: dict[str, Estimate] = {}
        if self._classes is not None:
            rows, means = self._classes.means(slice_)
            task, of_classes = Sample(rows, Means(means)), self._classes.estimates(slice_)
        return Measures(
            samples=(
                Sample(example, self._pair_means(slice_.pairs, weights[example])),
                Sample(*sensitivity(slice_, self._data, self._scores)),
                Sample(slice_.examples, self._rates_of_all(slice_.examples)),
                task,
                Sample(example, added.means),
                Sample(controls.example, Means(controls.means)),
            ),
            areas=self._areas(slice_, labelled),
            estimates=self._logits.measure(slice_) | of_classes | added.estimates,
            excesses=controls.excesses,
            counts={
                "example_count": float(np.count_nonzero(own_weights)),
                "weighted_example_count": float(own_weights.sum()),
                **self._largest_gaps(slice_.pairs, weights[example]),
                "wasserstein_distance": self._distance(slice_.pairs, weights[example]),
                **added.counts,
                **controls.numbers,
            },
            pair_weight=float(weights[example].sum()),
        )

    def _areas(self, slice_: Slice, labelled: Rows) -> dict[str, Area]:
        positives, negatives = self._data.positives, self._data.negatives

        ranks = score_ranks(self._ranks[labelled])

        def ranked() -> tuple[Ranks, Floats, Floats]:
            return ranks, positives[labelled], negatives[labelled]

        areas = {"auc": roc_area(ranked), "auc_precision_recall": precision_recall_area(ranked)}
        defined = {name: area for name, area in areas.items() if area is not None}
        if "auc" in defined:
            defined["subgroup_auc"] = defined["auc"]
        return defined | cross_areas(slice_.examples, self._ranks, positives, negatives)

    def _pair_means(self, pairs: Rows, weights: Floats) -> Means:
        def scored() -> tuple[Floats, Floats]:
            return self._scores.originals[pairs], self._scores.counterfactuals[pairs]

        def change() -> Floats:
            originals, counterfactuals = scored()
            return originals - counterfactuals

        def flip_rate(kind: str, threshold: float) -> Mean:
            before, after = (decisions(side, threshold) for side in scored())
            found = {
                "flip_rate": before != after,
                "flip_rate_pos_to_neg": before & ~after,
                "flip_rate_neg_to_pos": ~before & after,
            }[kind]
            return Mean(found.astype(np.float64), weights)

        return Means(
            {
                "ctf_gap": lambda: Mean(np.abs(change()), weights, is_rate=False, bounds=(0, 1)),
                "score_shift": lambda: Mean(change(), weights, is_rate=False, bounds=(-1, 1)),
            }
            | {
                kind + at: partial(flip_rate, kind, threshold)
                for at, threshold in self._at.items()
                for kind in ("flip_rate", "flip_rate_pos_to_neg", "flip_rate_neg_to_pos")
            }
        )

    def _largest_gaps(self, pairs: Rows, weights: Floats) -> dict[str, float]:
        """Return the 95th percentile and the largest of the pairs' score gaps, NaN without any."""
        gaps = np.abs(self._scores.originals[pairs] - self._scores.counterfactuals[pairs])
        order = np.argsort(gaps, kind="stable")
        order = order[weights[order] > 0]
        if not len(order):
            return dict.fromkeys(("ctf_gap_p95", "ctf_gap_max"), math.nan)
        upto = np.cumsum(weights[order])
        at = int(np.searchsorted(upto, _MOST_PAIRS * upto[-1] * (1 - _ROUNDING)))
        return {"ctf_gap_p95": float(gaps[order[at]]), "ctf_gap_max": float(gaps[order[-1]])}

    def _distance(self, pairs: Rows, weights: Floats) -> float:
        """Return Wasserstein's distance of both sides' scores: the area between the two shares.

        The shares are those of the scores up to each score. NaN without pairs of weight above 0.
        """
        total = weights.sum()
        if not total:
            return math.nan
        scores = np.concatenate(
            [self._scores.originals[pairs], self._scores.counterfactuals[pairs]]
        )
        order = np.argsort(scores, kind="stable")
        between = np.cumsum(np.concatenate([weights, -weights])[order])[:-1]
        return float(np.abs(between) @ np.diff(scores[order]) / total)

    def _rates_of_all(self, examples: Rows) -> Means:
        """Return the rates over all examples, with and without a pair or a label."""

        def rate(flags: Flags) -> Mean:
            return Mean(flags.astype(np.float64), self._data.examples.weights[examples])

        def flipping(at: str) -> Mean:
            return rate(self._flipping[at][examples])

        def flagged(at: str) -> Mean:
            return rate(decisions(self._scores.examples[examples], self._at[at]))

        return Means(
            {
                name + at: partial(make, at)
                for at in self._at
                for name, make in (("flip_rate_examples", flipping), ("flagged_rate", flagged))
            }
        )

    def _task_means(self, rows: Rows) -> Means:
        """Return accuracy, the Fairness Indicators and errors of scores over labelled examples."""
        examples = self._data.examples

        def mean(name: str, threshold: float) -> Mean:
            positive = decisions(self._scores.examples[rows], threshold).astype(np.float64)
            return Mean(*_TASK_MEANS[name](positive, examples.labels[rows], examples.weights[rows]))

        def brier_score() -> Mean:
            score, label = self._scores.examples[rows], examples.labels[rows]
            squares = label * np.square(1 - score) + (1 - label) * np.square(score)
            return Mean(squares, examples.weights[rows], is_rate=False, bounds=(0, 1))

        def calibration_gap() -> Mean:
            change = self._scores.examples[rows] - examples.labels[rows]
            return Mean(change, examples.weights[rows], is_rate=False, bounds=(-1, 1))

        return Means(
            {"brier_score": brier_score, "calibration_gap": calibration_gap}
            | {
                name + at: partial(mean, name, threshold)
                for at, threshold in self._at.items()
                for name in _TASK_MEANS
            }
        )


def name_suffixes(thresholds: Sequence[float]) -> list[str]:
    """Return the report's suffix of metric names by threshold: empty for the first threshold."""
    return ["", *(f"@{threshold}" for threshold in thresholds[1:])]


_TASK_MEANS: dict[str, Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]] = {
    "accuracy": lambda p, label, w: (np.where(p, label, 1 - label), w),
    "false_positive_rate": lambda p, label, w: (p, w * (1 - label)),
    "false_negative_rate": lambda p, label, w: (1 - p, w * label),
    "true_positive_rate": lambda p, label, w: (p, w * label),
    "true_negative_rate": lambda p, label, w: (1 - p, w * (1 - label)),
    "positive_rate": lambda p, label, w: (p, w),
    "negative_rate": lambda p, label, w: (1 - p, w),
    "false_discovery_rate": lambda p, label, w: (1 - label, w * p),
    "false_omission_rate": lambda p, label, w: (label, w * (1 - p)),
    "precision": lambda p, label, w: (label, w * p),
    "recall": lambda p, label, w: (p, w * label),
}
"""By name: computes the values and weights of a mean from the examples' decisions (1 for positive,
0 for negative), labels and weights."""


def _flipping_examples(data: EvaluationData, scores: ModelScores, threshold: float) -> Flags:
    """Return for each example whether any of its pairs flips, in the slice or not, shape (n,)."""
    flipped = flips(scores.originals, scores.counterfactuals, threshold)
    found = np.zeros(len(data.examples.weights), dtype=bool)
    found[data.pairs.example[flipped]] = True
    return found
