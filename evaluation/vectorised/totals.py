"""The totals of a table, or of a part of it, by slice: what `counters` add up from its batches.

`evaluator` has Beam add them up; `spark_counts` has a cluster do it, part by part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import fairness_indicators.fairness_indicators_metrics  # noqa: F401  registers FairnessIndicators
import numpy as np
import pyarrow as pa
from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator as stock
from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.utils import config_util

import evenhand.evaluation.metrics  # noqa: F401  registers FlipRate and the others
from evenhand.data.errors import ConfigurationError
from evenhand.data.support.arrays import Floats
from evenhand.evaluation.metrics.computations import FlippedIds
from evenhand.evaluation.metrics.flipped_ids import IdLists
from evenhand.evaluation.vectorised.arrow_columns import Batch
from evenhand.evaluation.vectorised.collectors import IdCollector
from evenhand.evaluation.vectorised.counters import Counter, find_counter
from evenhand.evaluation.vectorised.model_columns import ModelColumns
from evenhand.evaluation.vectorised.slicing import SliceKey, Slicer, all_slicing_specs

_STOCK = "use TFMA's own evaluator for it (`engine` stock)"

Totals = tuple[int, list[Floats], list[IdLists]]
"""A slice's number of rows, each counter's sums, and each collector's ids."""

SliceTotals = tuple[SliceKey, Totals]


class Counting(NamedTuple):
    """How the batches of a table are counted, and their totals merged.

    Attributes:
        computations: TFMA's, of which those that are not derived are counted here.
        counters, collectors: What counts them.
        slicing_specs: The slices.
    """

    computations: Any
    counters: list[Counter]
    collectors: list[IdCollector]
    slicing_specs: list[Any]

    @classmethod
    def of(cls, eval_config: Any) -> Counting:
        """Raise ConfigurationError if a metric or an option has no vectorised form."""
        _check_options(eval_config)
        computations = stock._filter_and_separate_computations(
            metric_specs.to_computations(list(eval_config.metrics_specs), eval_config=eval_config)
        )
        counted = computations.non_derived_computations
        return cls(
            computations,
            [
                _counter(computation, eval_config)
                for computation in counted
                if not isinstance(computation.combiner, FlippedIds)
            ],
            [
                IdCollector(computation.combiner, ModelColumns(eval_config, computation.keys[0]))
                for computation in counted
                if isinstance(computation.combiner, FlippedIds)
            ],
            all_slicing_specs(eval_config),
        )

    @property
    def combiners(self) -> list[FlippedIds]:
        """What merges the ids of each collector."""
        return [collector.combiner for collector in self.collectors]

    def none(self) -> Totals:
        """Return the totals of no rows."""
        return (
            0,
            [np.zeros(counter.cells) for counter in self.counters],
            [combiner.create_accumulator() for combiner in self.combiners],
        )

    def merge(self, totals: Iterable[Totals]) -> Totals:
        """Return the totals of parts of a slice's rows as those of all of them."""
        all_rows, all_sums, all_ids = zip(*totals, strict=True)
        return (
            sum(all_rows),
            [sum(parts[1:], parts[0]) for parts in zip(*all_sums, strict=True)],
            [
                combiner.merge_accumulators(parts)
                for combiner, parts in zip(self.combiners, zip(*all_ids, strict=True), strict=True)
            ],
        )

    def values(self, totals: Totals) -> dict[Any, Any]:
        """Return TFMA's values but derived ones."""
        _, sums, all_ids = totals
        values: dict[Any, Any] = {}
        for counter, own in zip(self.counters, sums, strict=True):
            values |= counter.output(own)
        for combiner, ids in zip(self.combiners, all_ids, strict=True):
            values |= combiner.extract_output(ids)
        return values


def with_defaults(eval_config: Any) -> Any:
    """Return an EvalConfig with TFMA's defaults."""
    # With None, as in TFMA if scores are columns, no model is added to the config or removed
    return config_util.update_eval_config_with_defaults(eval_config, has_baseline=None)


def count_batches(eval_config: Any, batches: Iterable[pa.RecordBatch]) -> list[SliceTotals]:
    """Return the totals of each slice in a part of a table; `EvaluateTotals` merges those of all.

    Args:
        eval_config: The EvalConfig of the table.
        batches: The part's rows.

    Raises:
        ConfigurationError: A metric or an option has no vectorised form.
        InputError: A column cannot be used.
    """
    counted = BatchTotals(Counting.of(with_defaults(eval_config)))
    for batch in batches:
        counted.add(batch)
    return list(counted.by_slice())


def merge_totals(eval_config: Any, parts: Iterable[Iterable[SliceTotals]]) -> list[SliceTotals]:
    """Return the totals of a table from those that `count_batches` gave for its parts, in order.

    Args:
        eval_config: The EvalConfig of the table.
        parts: The totals of each part; one part at a time is in memory, besides the result.
    """
    merge = Counting.of(with_defaults(eval_config)).merge
    merged: dict[SliceKey, Totals] = {}
    for part in parts:
        for key, totals in part:
            merged[key] = merge([merged[key], totals]) if key in merged else totals
    return list(merged.items())


class BatchTotals:
    """Adds up batches into the totals of each slice."""

    def __init__(self, counting: Counting) -> None:
        self._counters, self._collectors = counting.counters, counting.collectors
        self._slicer = Slicer(counting.slicing_specs)
        self.clear()

    def clear(self) -> None:
        """Begin anew; the slices that were found keep their numbers."""
        self._rows = np.zeros(0, dtype=np.int64)
        self._totals = [np.zeros((0, counter.cells)) for counter in self._counters]
        self._ids: list[defaultdict[int, IdLists]] = [
            defaultdict(collector.combiner.create_accumulator) for collector in self._collectors
        ]

    def add(self, record_batch: pa.RecordBatch) -> None:
        """Add a batch of rows."""
        batch = Batch(record_batch)
        slices, rows = self._slicer.assign(batch)
        self._make_room(len(self._slicer.keys))
        self._rows += np.bincount(slices, minlength=len(self._rows))
        for counter, totals in zip(self._counters, self._totals, strict=True):
            for cell, amounts in counter.count(batch):
                if isinstance(cell, int):
                    totals[:, cell] += np.bincount(slices, amounts[rows], minlength=len(totals))
                else:
                    where = slices * counter.cells + cell[rows]
                    np.add.at(totals.reshape(-1), where, amounts[rows])
        for collector, ids in zip(self._collectors, self._ids, strict=True):
            collector.collect(ids, batch, slices, rows)

    def by_slice(self) -> Iterator[SliceTotals]:
        """Yield the key of each slice that has rows, and its totals."""
        for number, rows in enumerate(self._rows.tolist()):
            if rows:
                totals = [totals[number] for totals in self._totals]
                ids = [ids[number] for ids in self._ids]
                yield self._slicer.keys[number], (rows, totals, ids)

    def _make_room(self, slices: int) -> None:
        missing = slices - len(self._rows)
        if missing:
            self._rows = np.pad(self._rows, (0, missing))
            self._totals = [np.pad(totals, ((0, missing), (0, 0))) for totals in self._totals]


def _counter(computation: Any, eval_config: Any) -> Counter:
    counter = find_counter(computation, eval_config)
    if counter is None:
        names = ", ".join(_metrics_with(computation, eval_config))
        raise ConfigurationError(
            f"{names} has no vectorised form",
            where="metrics_specs",
            expected="flip and CTF metrics, or binary classification metrics on one output, with "
            "label and prediction columns",
            remedy=_STOCK,
        )
    return counter


def _metrics_with(computation: Any, eval_config: Any) -> list[str]:
    """Return the class names of the metrics that need a computation."""
    names = set()
    for spec in eval_config.metrics_specs:
        for metric in spec.metrics:
            alone = type(spec)()
            alone.CopyFrom(spec)
            del alone.metrics[:]
            alone.metrics.append(metric)
            if computation in metric_specs.to_computations([alone], eval_config=eval_config):
                names.add(metric.class_name)
    return sorted(names)


def _check_options(eval_config: Any) -> None:
    unsupported = {
        "query_key": any(spec.query_key for spec in eval_config.metrics_specs),
        "compute_confidence_intervals": eval_config.options.compute_confidence_intervals.value,
    }
    for name, used in unsupported.items():
        if used:
            raise ConfigurationError(
                f"{name} has no vectorised form", where="the EvalConfig", remedy=_STOCK
            )
