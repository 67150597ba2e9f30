"""The evaluator: computes TFMA's metrics by slice from Arrow batches.

`totals` adds up each batch into sums for each slice, and Beam merges the sums. TFMA does the rest:
derived metrics, cross slices, differences between models and validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow_model_analysis as tfma
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue
from tensorflow_model_analysis.evaluators import evaluator as tfma_evaluator
from tensorflow_model_analysis.evaluators import metrics_plots_and_validations_evaluator as stock
from tensorflow_model_analysis.evaluators import metrics_validator
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.slicer import slicer_lib

from evenhand.evaluation.vectorised.totals import BatchTotals, Counting, Totals, with_defaults

# So large that Python's cost for each batch is negligible, and still little memory.
BATCH_ROWS = 65_536


def VectorisedEvaluator(eval_config: Any) -> Any:
    """Return a TFMA `Evaluator` that gives what TFMA's default evaluator gives, much faster.

    It takes extracts that hold an Arrow batch, as `tfma.BatchedInputsToExtracts` makes them, and
    needs no extractor: the EvalConfig names the batch's columns of labels, predictions, weights and
    slices. It has the same output as TFMA's `MetricsPlotsAndValidationsEvaluator`.

    Raises:
        ConfigurationError: A metric or an option has no vectorised form.
    """
    return tfma_evaluator.Evaluator(
        stage_name="EvaluateMetricsVectorised", run_after="", ptransform=_Evaluate(eval_config)
    )


class ReadParquetBatches(beam.PTransform):  # type: ignore[misc]
    """Reads Parquet files as Arrow record batches, each only when it is needed."""

    def __init__(self, files: Sequence[str | Path], batch_rows: int = BATCH_ROWS) -> None:
        super().__init__()
        self._files = [str(file) for file in files]
        self._batch_rows = batch_rows

    def expand(self, pipeline: Any) -> Any:
        """Return a PCollection of `pyarrow.RecordBatch`."""
        return (
            pipeline
            | "Files" >> beam.Create(self._files, reshuffle=False)
            | "Read" >> beam.FlatMap(_read_batches, self._batch_rows)
        )


def _read_batches(file: str, batch_rows: int) -> Iterator[pa.RecordBatch]:
    # with pre_buffer the whole file would be in memory
    with pq.ParquetFile(file, pre_buffer=False) as parquet:
        yield from parquet.iter_batches(batch_size=batch_rows)


class EvaluateTotals(beam.PTransform):  # type: ignore[misc]
    """Computes what `VectorisedEvaluator` does from what `count_batches` gave for parts of a table.

    Args:
        eval_config: The EvalConfig that they were counted for.

    Raises:
        ConfigurationError: A metric or an option has no vectorised form.
    """

    def __init__(self, eval_config: Any) -> None:
        super().__init__()
        self._eval_config = with_defaults(eval_config)
        self._counting = Counting.of(self._eval_config)

    def expand(self, totals: Any) -> dict[str, Any]:
        """Return a TFMA `Evaluation` from a PCollection of slice keys with their totals."""
        baselines = [spec.name for spec in self._eval_config.model_specs if spec.is_baseline]
        counted = totals | "MergeTotals" >> beam.CombinePerKey(_MergeTotals(self._counting))
        values = (
            counted
            | "Values" >> beam.MapTuple(lambda key, counts: (key, counts[1]))
            | "AddDerivedCrossSliceAndDiffMetrics"
            >> stock._AddDerivedCrossSliceAndDiffMetrics(
                self._counting.computations.derived_computations,
                self._counting.computations.cross_slice_computations,
                list(self._eval_config.cross_slicing_specs),
                baselines[0] if baselines else None,
            )
            | "AddCIDerivedMetrics"
            >> beam.Map(
                stock._add_ci_derived_metrics,
                self._counting.computations.ci_derived_computations,
            )
            | "RemovePrivateMetrics" >> beam.MapTuple(stock._remove_private_metrics)
        )
        min_slice_size = self._eval_config.options.min_slice_size.value
        if min_slice_size > 1:
            rows = counted | "Rows" >> beam.MapTuple(lambda key, counts: (key, counts[0]))
            values |= "FilterSmallSlices" >> slicer_lib.FilterOutSlices(rows, min_slice_size)
        outputs = {
            kind: values | f"Filter_{kind}" >> beam.Map(stock._filter_by_key_type, key_type)
            for kind, key_type in (
                (tfma.METRICS_KEY, metric_types.MetricKey),
                (tfma.PLOTS_KEY, metric_types.PlotKey),
                (tfma.ATTRIBUTIONS_KEY, metric_types.AttributionsKey),
            )
        }
        outputs[tfma.VALIDATIONS_KEY] = outputs[tfma.METRICS_KEY] | "ValidateMetrics" >> beam.Map(
            _validated, self._eval_config
        )
        return outputs


def _validated(values: Any, eval_config: Any) -> Any:
    """Validate the metrics of a slice.

    It makes metrics of the EvalConfig anew, and a worker in another process knows those that this
    module registers because it imports this function.
    """
    return metrics_validator.validate_metrics(values, eval_config)


class _Evaluate(EvaluateTotals):
    """Computes metrics, plots, attributions and validations by slice from extracts with batches."""

    def expand(self, extracts: Any) -> dict[str, Any]:
        """Return a TFMA `Evaluation` from a PCollection of extracts."""
        counting = _CountBatches(self._counting)
        return super().expand(extracts | "CountBatches" >> beam.ParDo(counting))


class _CountBatches(beam.DoFn):  # type: ignore[misc]
    """Adds up the batches of a bundle, then emits the totals of each slice once."""

    def __init__(self, counting: Counting) -> None:
        super().__init__()
        self._counting = counting

    def setup(self) -> None:
        self._counted = BatchTotals(self._counting)

    def start_bundle(self) -> None:
        self._counted.clear()

    def process(self, extracts: dict[str, Any]) -> None:
        self._counted.add(extracts[tfma.ARROW_RECORD_BATCH_KEY])

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for element in self._counted.by_slice():
            yield WindowedValue(element, window.max_timestamp(), (window,))


class _MergeTotals(beam.CombineFn):  # type: ignore[misc]
    """Merges the totals of a slice into its number of rows and TFMA's values but derived ones."""

    def __init__(self, counting: Counting) -> None:
        super().__init__()
        self._counting = counting

    def create_accumulator(self) -> Totals:
        return self._counting.none()

    def add_input(self, accumulator: Totals, element: Totals) -> Totals:
        return self._counting.merge([accumulator, element])

    def merge_accumulators(self, accumulators: Iterable[Totals]) -> Totals:
        return self._counting.merge(accumulators)

    def extract_output(self, accumulator: Totals) -> tuple[int, dict[Any, Any]]:
        return accumulator[0], self._counting.values(accumulator)
