"""What the metrics of a slice are means of, or areas under: the rows that their intervals need.

TFMA gives the values of most metrics (`analysis`); here are the same metrics as means over pairs,
texts and examples, which intervals can be made from. The means equal TFMA's values, also where a
label lies between 0 and 1: TFMA counts such an example as partly positive, partly negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.evaluation.areas import Area, precision_recall_area, roc_area, score_bins
from evenhand.evaluation.intervals import (
    Interval,
    Mean,
    difference_intervals,
    mean_intervals,
)
from evenhand.evaluation.sensitivity import sensitivity
from evenhand.evaluation.subgroup_metrics import cross_areas
from evenhand.evaluation.tables import EvaluationData, Floats, ModelScores, Rows, Slice

Flags = npt.NDArray[np.bool_]


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
        areas: Metrics that are areas under a curve, by name; those that are defined.
        pair_weight: What the slice's pairs weigh together.
    """

    samples: tuple[Sample, ...]
    areas: Mapping[str, Area]
    pair_weight: float

    def values(self) -> dict[str, float]:
        """Return every metric's value by name; NaN for a mean over nothing."""
        means = {name: mean.value for sample in self.samples for name, mean in sample.means.items()}
        return means | {name: area.value for name, area in self.areas.items()}

    def intervals(self, values: Mapping[str, float]) -> dict[str, Interval]:
        """Return an interval for every metric that one can be made for.

        Args:
            values: The report's values by metric name, around which the intervals of areas lie.
        """
        found: dict[str, Interval] = {}
        for sample in self.samples:
            found |= mean_intervals(sample.means, sample.example)
        found |= {name: area.interval(values[name]) for name, area in self.areas.items()}
        return found | self._count_intervals(found)

    def difference_intervals(
        self, other: Measures, differences: Mapping[str, float]
    ) -> dict[str, Interval]:
        """Return an interval for this model's metrics less those of another on the same slice.

        Args:
            other: The other model's.
            differences: The report's differences by metric name.
        """
        found: dict[str, Interval] = {}
        for ours, theirs in zip(self.samples, other.samples, strict=True):
            found |= difference_intervals(ours.means, theirs.means, ours.example)
        for name, area in self.areas.items():
            interval = area.difference_interval(other.areas[name], differences[name])
            if interval is not None:
                found[name] = interval
        return found | self._count_intervals(found)

    def _count_intervals(self, intervals: Mapping[str, Interval]) -> dict[str, Interval]:
        """Return intervals for flip counts: those of the rates, for as many pairs as there are."""
        return {
            name.replace("flip_rate", "flip_count"): interval.scale(self.pair_weight)
            for name, interval in intervals.items()
            if name.startswith("flip_rate") and not name.startswith("flip_rate_examples")
        }


def measure_slices(
    data: EvaluationData, scores: ModelScores, thresholds: Sequence[float]
) -> Iterator[Measures]:
    """Return one model's measures of every slice of the data, in order, one at a time."""
    weights, labels = data.examples.weights, data.examples.labels
    bins = score_bins(scores.examples)
    known = np.nan_to_num(labels)
    positives = weights * known
    negatives = np.where(np.isnan(labels), 0, weights - positives)
    labelled = ~np.isnan(labels)
    flipping = _flipping_examples(data, scores, thresholds)
    for part in data.slices:
        rows = part.examples[labelled[part.examples]]
        areas = {
            "auc": roc_area(bins[rows], positives[rows], negatives[rows]),
            "auc_precision_recall": precision_recall_area(
                bins[rows], positives[rows], negatives[rows]
            ),
        }
        defined = {name: area for name, area in areas.items() if area is not None}
        if "auc" in defined:
            defined["subgroup_auc"] = defined["auc"]
        defined |= cross_areas(part.examples, bins, positives, negatives)
        example = data.pairs.example[part.pairs]
        yield Measures(
            samples=(
                Sample(example, _pair_means(part, weights[example], scores, thresholds)),
                Sample(*sensitivity(part, data, scores)),
                Sample(
                    part.examples,
                    {
                        f"flip_rate_examples{at}": Mean(
                            flips[part.examples].astype(np.float64), weights[part.examples]
                        )
                        for at, flips in flipping.items()
                    },
                ),
                Sample(
                    rows,
                    _task_means(scores.examples[rows], labels[rows], weights[rows], thresholds),
                ),
            ),
            areas=defined,
            pair_weight=float(weights[example].sum()),
        )


def name_suffixes(thresholds: Sequence[float]) -> list[str]:
    """Return what the report appends to metric names: nothing for the first threshold."""
    return ["", *(f"@{threshold}" for threshold in thresholds[1:])]


def _pair_means(
    part: Slice, weights: Floats, scores: ModelScores, thresholds: Sequence[float]
) -> dict[str, Mean]:
    originals, counterfactuals = scores.originals[part.pairs], scores.counterfactuals[part.pairs]
    change = originals - counterfactuals
    means = {
        "ctf_gap": Mean(np.abs(change), weights, is_rate=False),
        "score_shift": Mean(change, weights, is_rate=False),
    }
    for threshold, at in zip(thresholds, name_suffixes(thresholds), strict=True):
        before, after = originals > threshold, counterfactuals > threshold
        for name, flips in (
            ("flip_rate", before != after),
            ("flip_rate_pos_to_neg", before & ~after),
            ("flip_rate_neg_to_pos", ~before & after),
        ):
            means[name + at] = Mean(flips.astype(np.float64), weights)
    return means


def _flipping_examples(
    data: EvaluationData, scores: ModelScores, thresholds: Sequence[float]
) -> dict[str, Flags]:
    """Return by threshold whether any pair of each example flips, in the slice or not."""
    found = {}
    for threshold, at in zip(thresholds, name_suffixes(thresholds), strict=True):
        flips = (scores.originals > threshold) != (scores.counterfactuals > threshold)
        found[at] = np.zeros(len(data.examples.weights), dtype=bool)
        found[at][data.pairs.example[flips]] = True
    return found


def _task_means(
    scores: Floats, labels: Floats, weights: Floats, thresholds: Sequence[float]
) -> dict[str, Mean]:
    """Return accuracy and the Fairness Indicators as means over labelled examples."""
    positives, negatives = weights * labels, weights * (1 - labels)
    means = {}
    for threshold, at in zip(thresholds, name_suffixes(thresholds), strict=True):
        positive = (scores > threshold).astype(np.float64)
        above, below = weights * positive, weights * (1 - positive)
        for name, values, counting in (
            ("accuracy", np.where(positive, labels, 1 - labels), weights),
            ("false_positive_rate", positive, negatives),
            ("false_negative_rate", 1 - positive, positives),
            ("true_positive_rate", positive, positives),
            ("true_negative_rate", 1 - positive, negatives),
            ("positive_rate", positive, weights),
            ("negative_rate", 1 - positive, weights),
            ("false_discovery_rate", 1 - labels, above),
            ("false_omission_rate", labels, below),
            ("precision", labels, above),
            ("recall", positive, positives),
        ):
            means[name + at] = Mean(values, counting)
    return means
