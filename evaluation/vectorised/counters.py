"""What each metric counts, for whole batches: one counter for each of TFMA's combiners.

A TFMA metric has a combiner, which adds up rows one at a time, and a final step, which turns the
sums into values. A counter replaces the combiner: it adds up whole batches into cells and returns
the totals in the combiner's form, for the metric's own final step. It reads the metric's settings
from private attributes of the combiner. That is why TFMA's version is pinned, and why tests compare
the values with TFMA's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from tensorflow_model_analysis.contrib.aggregates import binary_confusion_matrices as matrices
from tensorflow_model_analysis.metrics import (
    binary_confusion_matrices,
    calibration,
    calibration_histogram,
    example_count,
    metric_types,
)

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.metrics.computations import ChangeTotals, FlipTotals
from evenhand.evaluation.vectorised.arrow_columns import Batch
from evenhand.evaluation.vectorised.model_columns import ModelColumns

Output = dict[Any, Any]
"""Values by TFMA `MetricKey`."""

Amounts = tuple["int | Rows", Floats]
"""One cell for all rows, or a cell for each row, shape (rows,); what each row adds to its cell,
shape (rows,)."""


class Counter(ABC):
    """Counts batches into cells.

    Attributes:
        cells: Number of sums for each slice.
    """

    cells: int

    @abstractmethod
    def count(self, batch: Batch) -> Iterator[Amounts]:
        """Yield what each row of a batch adds to the cells of every slice that it is in."""

    @abstractmethod
    def output(self, totals: Floats) -> Output:
        """Return the combiner's output for one slice's totals, shape (cells,)."""


_Factory = Callable[[Any, ModelColumns], "Counter | None"]
"""Makes the counter for a combiner, or None if its settings have no vectorised form."""


def find_counter(computation: Any, eval_config: Any) -> Counter | None:
    """Return the counter for a TFMA `MetricComputation`, or None if there is none."""
    combiner = computation.combiner
    make = _COUNTERS.get(type(combiner))
    standard = metric_types.StandardMetricInputsPreprocessor
    own = isinstance(combiner, (FlipTotals, ChangeTotals))
    if make is None or not (own or all(type(p) is standard for p in computation.preprocessors)):
        return None
    key = computation.keys[0]
    if key.output_name or key.sub_key or key.aggregation_type:
        return None  # several outputs or classes
    if any(getattr(combiner, name, None) for name in ("_aggregation_type", "_class_weights")):
        return None
    return make(combiner, ModelColumns(eval_config, key))


class _ExampleCount(Counter):
    """For ExampleCount and WeightedExampleCount."""

    cells = 1

    def __init__(self, combiner: Any, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns

    def count(self, batch: Batch) -> Iterator[Amounts]:
        yield 0, self._columns.weights(batch)

    def output(self, totals: Floats) -> Output:
        return dict(self._combiner.extract_output(float(totals[0])))


class _Calibration(Counter):
    """For Calibration, MeanLabel and MeanPrediction: weighted labels, predictions and examples."""

    cells = 3

    def __init__(self, combiner: Any, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns

    def count(self, batch: Batch) -> Iterator[Amounts]:
        weights = self._columns.weights(batch)
        yield 0, weights * batch.numbers(self._columns.label_key)
        yield 1, weights * self._columns.predictions(batch)
        yield 2, weights

    def output(self, totals: Floats) -> Output:
        sums = self._combiner.create_accumulator()
        sums.total_weighted_labels = float(totals[0])
        sums.total_weighted_predictions = float(totals[1])
        sums.total_weighted_examples = float(totals[2])
        return dict(self._combiner.extract_output(sums))


class _Histogram(Counter):
    """For areas under curves and other metrics over many thresholds: TFMA's calibration histogram.

    Each bucket has three cells: weighted labels, weighted predictions, weight.
    """

    def __init__(self, combiner: Any, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns
        self._buckets = combiner._num_buckets + 2  # and one below the range, one above it
        self.cells = 3 * self._buckets

    def count(self, batch: Batch) -> Iterator[Amounts]:
        combiner = self._combiner
        predictions = self._columns.predictions(batch)
        if np.isnan(predictions).any():
            raise InputError(
                "a prediction is not a number",
                where=f"column {self._columns.prediction_key!r}",
                expected="a score in every row",
            )
        scaled = (predictions - combiner._left) / combiner._range * combiner._num_buckets + 1
        buckets = np.clip(scaled, 0, self._buckets - 1).astype(np.int64)
        if combiner._fractional_labels:
            positive, negative = self._columns.positive_and_negative(batch)
            weights = positive + negative
        else:
            weights = self._columns.weights(batch)
            positive = weights * batch.numbers(self._columns.label_key)
        yield buckets, positive
        yield buckets + self._buckets, weights * predictions
        yield buckets + 2 * self._buckets, weights

    def output(self, totals: Floats) -> Output:
        sums = totals.reshape(3, self._buckets)
        filled = np.flatnonzero(sums.any(axis=0))
        columns = (filled.tolist(), *sums[:, filled].tolist())
        buckets = [calibration_histogram.Bucket(*row) for row in zip(*columns, strict=True)]
        return dict(self._combiner.extract_output({b.bucket_id: b for b in buckets}))


class _Matrices(Counter):
    """For accuracy, precision, recall and Fairness Indicators: confusion matrices at thresholds.

    Between each threshold and the next, one cell counts the negatives and one the positives.
    """

    def __init__(self, combiner: Any, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns
        self._thresholds = np.unique(combiner._binary_confusion_matrices._thresholds)
        self.cells = 2 * (len(self._thresholds) + 1)

    def count(self, batch: Batch) -> Iterator[Amounts]:
        predictions = self._columns.predictions(batch)
        above = np.searchsorted(self._thresholds, predictions, side="left")
        above[np.isnan(predictions)] = 0  # NaN is above no threshold
        positive, negative = self._columns.positive_and_negative(batch)
        yield above, negative
        yield above + len(self._thresholds) + 1, positive

    def output(self, totals: Floats) -> Output:
        below = np.cumsum(totals.reshape(2, -1), axis=1)[:, :-1]
        above = np.cumsum(totals.reshape(2, -1)[:, ::-1], axis=1)[:, ::-1][:, 1:]
        return dict(
            self._combiner.extract_output(
                {
                    threshold: matrices._ThresholdEntry(
                        matrices.Matrix(tp=tp, tn=tn, fp=fp, fn=fn), [], [], [], []
                    )
                    for threshold, (tn, fn), (fp, tp) in zip(
                        self._thresholds.tolist(), below.T.tolist(), above.T.tolist(), strict=True
                    )
                }
            )
        )


class _Flips(Counter):
    """For FlipRate and FlipCount: the sums of `FlipTotals`."""

    def __init__(self, combiner: FlipTotals, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns
        self.cells = 4 * len(combiner.thresholds)

    def count(self, batch: Batch) -> Iterator[Amounts]:
        weights = self._columns.weights(batch)
        thresholds = self._combiner.thresholds
        decisions = self._columns.decisions(batch, self._combiner.feature, thresholds)
        for i, (positive, flips) in enumerate(decisions):
            kinds = (positive, ~positive, positive & flips, ~positive & flips)
            for kind, chosen in enumerate(kinds):
                yield kind * len(thresholds) + i, weights * chosen

    def output(self, totals: Floats) -> Output:
        return dict(self._combiner.extract_output(totals.reshape(4, -1)))


class _Changes(Counter):
    """For CtfGap and ScoreShift: the sums of `ChangeTotals`."""

    cells = 3

    def __init__(self, combiner: ChangeTotals, columns: ModelColumns) -> None:
        self._combiner = combiner
        self._columns = columns

    def count(self, batch: Batch) -> Iterator[Amounts]:
        weights = self._columns.weights(batch)
        counterfactuals, rows = batch.lists(self._combiner.feature)
        change = self._columns.predictions(batch)[rows] - counterfactuals
        for cell, amounts in enumerate((np.ones_like(change), np.abs(change), change)):
            yield cell, weights * np.bincount(rows, amounts, minlength=batch.rows)

    def output(self, totals: Floats) -> Output:
        return dict(self._combiner.extract_output(totals))


def _labelled(make: _Factory) -> _Factory:
    """Return a factory that gives None without a column of labels and one of predictions."""

    def create(combiner: Any, columns: ModelColumns) -> Counter | None:
        return make(combiner, columns) if columns.label_key and columns.prediction_key else None

    return create


def _histogram(combiner: Any, columns: ModelColumns) -> Counter | None:
    return _Histogram(combiner, columns) if combiner._prediction_based_bucketing else None


def _matrices(combiner: Any, columns: ModelColumns) -> Counter | None:
    samples_examples = combiner._example_id_key
    plain = combiner._enable_fractional_labels and not samples_examples
    return _Matrices(combiner, columns) if plain else None


_COUNTERS: dict[type, _Factory] = {
    example_count._ExampleCountCombiner: _ExampleCount,
    calibration._WeightedLabelsPredictionsExamplesCombiner: _labelled(_Calibration),
    calibration_histogram._CalibrationHistogramCombiner: _labelled(_histogram),
    binary_confusion_matrices._BinaryConfusionMatrixCombiner: _labelled(_matrices),
    FlipTotals: _Flips,
    ChangeTotals: _Changes,
}
