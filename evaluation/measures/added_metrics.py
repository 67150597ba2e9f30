"""Computes flip metrics of other packages on the slices of an evaluation, and their intervals.

A metric that gives a value for each pair is a mean, like evenhand's own metrics. A metric that
gives one number may be any function of the pairs. Leaving texts out (the jackknife) shows how much
each text changes it, and from that a bootstrap-t makes its interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Flags, Floats, Rows
from evenhand.evaluation.flip_metric import PLUGINS, FlipMetric, ScoredPairs
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.bootstrap import group_numbers
from evenhand.evaluation.measures.intervals import Mean
from evenhand.evaluation.measures.logit_metrics import Estimate
from evenhand.evaluation.reports.ranges import range_of
from evenhand.remediation.judging.effective_size import Texts, effective_size

MAX_GROUPS = 200  # of texts, each of which is left out once


@dataclass
class AddedMeasures:
    """The added metrics on one slice. Names end with the suffix of the threshold.

    Attributes:
        means: Metrics that give a value for each pair.
        estimates: Metrics that give a number.
        counts: Metrics that give a number and are counts.
    """

    means: dict[str, Mean] = field(default_factory=dict)
    estimates: dict[str, Estimate] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)


class AddedMetrics:
    """Computes the metrics of other packages for one model."""

    def __init__(
        self,
        metrics: Sequence[FlipMetric],
        data: EvaluationData,
        scores: ModelScores,
        thresholds: Mapping[str, float],
    ) -> None:
        self._metrics = metrics
        self._data = data
        self._scores = scores
        self._at = thresholds

    def measure(self, slice_: Slice) -> AddedMeasures:
        """Return the metrics on a slice; NaN if it has no pairs.

        Raises:
            InputError: A metric fails, or gives a value that is not allowed.
        """
        found = AddedMeasures()
        for metric in self._metrics:
            for at, threshold in self._at.items():
                if at and not metric.spec.by_threshold:
                    continue
                self._add(metric, metric.spec.name + at, slice_, threshold, found)
        return found

    def _add(
        self,
        metric: FlipMetric,
        name: str,
        slice_: Slice,
        threshold: float,
        found: AddedMeasures,
    ) -> None:
        example = self._data.pairs.example[slice_.pairs]
        pairs = ScoredPairs(
            self._scores.originals[slice_.pairs],
            self._scores.counterfactuals[slice_.pairs],
            self._data.examples.weights[example],
            threshold,
        )
        result = _computed(metric, pairs, slice_.name) if len(example) else math.nan
        bounds = range_of(metric.spec)
        if not isinstance(result, float):
            found.means[name] = Mean(
                np.nan_to_num(result),
                np.where(np.isnan(result), 0, pairs.weights),
                is_rate=metric.spec.kind == "rate",
                bounds=bounds,
            )
        elif metric.spec.kind == "count":
            found.counts[name] = result
        else:
            size = effective_size(Texts(example).sums(pairs.weights))

            @lru_cache(maxsize=1)
            def influence() -> Floats:
                return _influence(metric, pairs, example, result, slice_.name)

            found.estimates[name] = Estimate(result, size, influence, bounds)


def _computed(metric: FlipMetric, pairs: ScoredPairs, where: str) -> float | Floats:
    """Return a metric's result: a number, or values of shape (m,); NaN where undefined."""
    for values in (pairs.originals, pairs.counterfactuals, pairs.weights):
        values.flags.writeable = False
    try:
        given = np.asarray(metric.compute(pairs))
    except (Exception, SystemExit) as error:  # anything may come from someone else's code
        raise InputError(
            f"the metric {metric.spec.name!r} failed on {where} ({type(error).__name__}: {error})",
            where=PLUGINS.place_of(metric.spec.name),
            remedy="mend the package that adds it, or uninstall it",
        ) from error
    within, size = range_of(metric.spec), len(pairs.weights)
    if given.dtype.kind not in "biuf" or given.shape not in ((), (size,)):
        shown = f"{given.dtype} of shape {given.shape}"
        raise _wrong(metric, shown, f"a number, or {size:,} numbers, one for each pair", where)
    result = given.astype(np.float64)
    undefined = np.isnan(result)
    if given.ndim and undefined.any() and metric.spec.kind != "rate":
        raise _wrong(metric, "no value for some pairs", "that of rates only", where)
    if given.ndim and metric.spec.kind == "count":
        raise _wrong(metric, "a value for each pair", "a number, as it is a count", where)
    for value in result[~undefined][:1] if given.ndim == 0 else (result.min(), result.max()):
        if not math.isnan(value) and not within.holds(float(value)):
            raise _wrong(metric, f"{value:g}", str(within), where)
    return result if given.ndim else float(result)


def _wrong(metric: FlipMetric, what: str, expected: str, where: str) -> InputError:
    return InputError(
        f"the metric {metric.spec.name!r} gave {what} for {where}",
        where=PLUGINS.place_of(metric.spec.name),
        expected=expected,
    )


def _influence(
    metric: FlipMetric, pairs: ScoredPairs, example: Rows, value: float, where: str
) -> Floats:
    """Return what each group of texts adds to the error of a metric that gives a number.

    All are 0, which means unknown, if the metric is undefined without some of the texts.
    """
    texts, rows = np.unique(example, return_inverse=True)
    groups = group_numbers(len(texts), MAX_GROUPS)[rows]
    moves = np.zeros(groups.max() + 1)
    for group in range(len(moves)):
        kept = groups != group
        without = _computed(metric, _only(pairs, kept), where)
        if not isinstance(without, float):
            raise _wrong(metric, "a number and then values for pairs", "always the same", where)
        moves[group] = (value - without) * pairs.weights[kept].sum() / pairs.weights.sum()
    if not np.isfinite(moves).all():
        return np.zeros(len(moves))
    return np.asarray(moves - moves.mean())


def _only(pairs: ScoredPairs, kept: Flags) -> ScoredPairs:
    return ScoredPairs(
        pairs.originals[kept], pairs.counterfactuals[kept], pairs.weights[kept], pairs.threshold
    )
