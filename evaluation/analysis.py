"""From scored examples and pairs to metrics by slice, through TFMA.

One Beam pipeline evaluates up to three tables, each with the vectorised evaluator or TFMA's own:

- the pairs, one row a pair: flip rates and counts, CTF gap, score shift;
- the examples, one row each with all of its counterfactuals: flip rate over all examples;
- the labelled examples, one row each: task metrics and Fairness Indicators.

An example with several pairs or none therefore counts once in the task metrics. The three
evaluations are merged slice by slice and written by TFMA's own writers as one EvalResult.
"""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import apache_beam as beam
import fairness_indicators.fairness_indicators_metrics  # noqa: F401  registers FairnessIndicators
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow_model_analysis as tfma
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import json_format
from tensorflow_model_analysis.evaluators import evaluator
from tensorflow_model_analysis.proto import config_pb2
from tfx_bsl.arrow import table_util

import evenhand.evaluation.metrics  # noqa: F401  registers FlipRate and the others
from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.engine import Engine
from evenhand.evaluation.report import OVERALL
from evenhand.evaluation.tables import (
    COUNTERFACTUAL_PREDICTION,
    GROUP,
    LABEL,
    PREDICTION,
    TERM,
    WEIGHT,
    EvaluationData,
    ModelScores,
)
from evenhand.evaluation.vectorised import ReadParquetBatches, VectorisedEvaluator

EXAMPLE_FLIP_RATE = "flip_rate_examples"
STOCK_BATCH_ROWS = 4096  # TFMA's extractors take a batch apart into a dict for each row

TfmaMetrics = dict[str, dict[str, float]]
"""Values by slice name and TFMA's name of the metric; NaN where a metric is undefined."""


def analyse(
    data: EvaluationData,
    scores: ModelScores,
    *,
    thresholds: Sequence[float],
    output: Path,
    engine: Engine = "vectorised",
) -> TfmaMetrics:
    """Compute every metric of one model with TFMA and write the EvalResult.

    Args:
        data: The examples and pairs.
        scores: The model's scores for them.
        thresholds: Decision thresholds.
        output: Folder for the EvalResult, readable by `tfma.load_eval_result`.
        engine: ``vectorised`` counts whole batches; ``stock`` is TFMA's own evaluator, which gives
            the same values row by row.

    Raises:
        ConfigurationError: There is no such engine.
    """
    if engine not in get_args(Engine):
        raise ConfigurationError(
            f"there is no engine {engine!r}", expected=" or ".join(get_args(Engine))
        )
    slicing = _slicing_specs(data)
    runs = [
        (name, table, _eval_config(metrics, slicing, table.column_names))
        for name, table, metrics in (
            ("pairs", _pair_table(data, scores), _pair_metrics(thresholds)),
            ("examples", _example_table(data, scores), _example_metrics(thresholds)),
            ("labelled", _labelled_table(data, scores), _task_metrics(thresholds)),
        )
        if table.num_rows
    ]
    # A runner in this process, named so that Beam does not look for a better one elsewhere.
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    with _quiet(), tempfile.TemporaryDirectory(prefix="evenhand-") as folder, pipeline:
        evaluations = _evaluations(pipeline, runs, Path(folder), engine)
        merged = evaluator.combine_dict_based_evaluations(evaluations)
        writers = tfma.default_writers(
            output_path=str(output), eval_config=_merge_configs([config for *_, config in runs])
        )
        _ = merged | tfma.WriteResults(writers=writers)
    return read_metrics(output)


def read_metrics(folder: Path) -> TfmaMetrics:
    """Read the values of an EvalResult that `analyse` wrote."""
    with _quiet():
        result = tfma.load_eval_result(str(folder))
    return {
        "".join(f"{column}={value}" for column, value in key) or OVERALL: {
            name: float(value["doubleValue"]) for name, value in metrics.items()
        }
        for key, metrics in result.get_metrics_for_all_slices().items()
    }


def _evaluations(
    pipeline: beam.Pipeline,
    runs: Sequence[tuple[str, pa.Table, Any]],
    folder: Path,
    engine: Engine,
) -> dict[str, list[Any]]:
    """Return the metrics and other outputs of every run, as one list for each kind of output.

    The tables go through files in the folder, from which Beam reads a batch at a time: given to
    Beam as values, they would be copied several times.
    """
    kinds: dict[str, list[Any]] = {
        tfma.METRICS_KEY: [],
        tfma.PLOTS_KEY: [],
        tfma.ATTRIBUTIONS_KEY: [],
    }
    for name, table, config in runs:
        file = folder / f"{name}.parquet"
        pq.write_table(table, file)
        evaluation = pipeline | f"Evaluate_{name}" >> _Evaluation(file, config, engine)
        for kind, outputs in kinds.items():
            outputs.append(evaluation[kind])
    return kinds


class _Evaluation(beam.PTransform):  # type: ignore[misc]
    """Reads one table and evaluates it."""

    def __init__(self, file: Path, config: Any, engine: Engine) -> None:
        super().__init__()
        self._file = file
        self._config = config
        self._engine = engine

    def expand(self, pipeline: Any) -> dict[str, Any]:
        if self._engine == "vectorised":
            vectorised = VectorisedEvaluator(self._config)
            return dict(
                pipeline
                | ReadParquetBatches([self._file])
                | tfma.BatchedInputsToExtracts()
                | vectorised.stage_name >> vectorised.ptransform
            )
        return dict(
            pipeline
            | ReadParquetBatches([self._file], batch_rows=STOCK_BATCH_ROWS)
            | "Canonicalize" >> beam.Map(table_util.CanonicalizeRecordBatch)
            | tfma.BatchedInputsToExtracts()
            | tfma.ExtractAndEvaluate(
                extractors=tfma.default_extractors(eval_config=self._config),
                evaluators=tfma.default_evaluators(eval_config=self._config),
            )
        )


def _pair_metrics(thresholds: Sequence[float]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("FlipRate", {"thresholds": list(thresholds)}),
        ("FlipCount", {"thresholds": list(thresholds)}),
        ("CtfGap", {}),
        ("ScoreShift", {}),
    ]


def _example_metrics(thresholds: Sequence[float]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("FlipRate", {"name": EXAMPLE_FLIP_RATE, "thresholds": list(thresholds)}),
        ("ExampleCount", {}),
        ("WeightedExampleCount", {}),
    ]


def _task_metrics(thresholds: Sequence[float]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("AUC", {}),
        ("AUCPrecisionRecall", {}),
        ("FairnessIndicators", {"thresholds": list(thresholds)}),
        *(("BinaryAccuracy", {"name": f"accuracy@{t}", "threshold": t}) for t in thresholds),
    ]


def _eval_config(
    metrics: Sequence[tuple[str, dict[str, Any]]],
    slicing: Sequence[dict[str, Any]],
    columns: Sequence[str],
) -> Any:
    model = {"predictionKey": PREDICTION}
    if LABEL in columns:
        model["labelKey"] = LABEL
    if WEIGHT in columns:
        model["exampleWeightKey"] = WEIGHT
    specs = [{"className": name, "config": json.dumps(config)} for name, config in metrics]
    return json_format.ParseDict(
        {"modelSpecs": [model], "slicingSpecs": slicing, "metricsSpecs": [{"metrics": specs}]},
        config_pb2.EvalConfig(),
    )


def _merge_configs(configs: Sequence[Any]) -> Any:
    """Return one EvalConfig with the metrics of all, to be stored with the result."""
    merged = config_pb2.EvalConfig()
    merged.CopyFrom(configs[-1])  # the last run has the most columns
    del merged.metrics_specs[:]
    for config in configs:
        merged.metrics_specs.extend(config.metrics_specs)
    return merged


def _slicing_specs(data: EvaluationData) -> list[dict[str, Any]]:
    columns = [*data.examples.slices, *_list_columns(data)]
    return [{}, *({"featureKeys": [column]} for column in columns)]


def _list_columns(data: EvaluationData) -> dict[str, pa.Array]:
    """Return the pairs' groups and terms, where they are known."""
    columns = {GROUP: data.pairs.groups, TERM: data.pairs.terms}
    return {name: lists for name, lists in columns.items() if lists is not None}


def _pair_table(data: EvaluationData, scores: ModelScores) -> pa.Table:
    examples = pa.array(data.pairs.example)
    columns: dict[str, Any] = {
        PREDICTION: scores.originals,
        COUNTERFACTUAL_PREDICTION: scores.counterfactuals,
    }
    if data.weighted:
        columns[WEIGHT] = data.examples.weights[data.pairs.example]
    columns |= {name: values.take(examples) for name, values in data.examples.slices.items()}
    return pa.table(columns | _list_columns(data))


def _example_table(data: EvaluationData, scores: ModelScores) -> pa.Table:
    n = len(data.examples.ids)
    starts = pa.array(np.searchsorted(data.pairs.example, np.arange(n + 1)), pa.int32())
    columns: dict[str, Any] = {
        PREDICTION: scores.examples,
        COUNTERFACTUAL_PREDICTION: pa.ListArray.from_arrays(
            starts, pa.array(scores.counterfactuals)
        ),
    }
    if data.weighted:
        columns[WEIGHT] = data.examples.weights
    columns |= data.examples.slices
    return pa.table(
        columns
        | {name: data.gather_by_example(lists) for name, lists in _list_columns(data).items()}
    )


def _labelled_table(data: EvaluationData, scores: ModelScores) -> pa.Table:
    table = _example_table(data, scores).drop_columns([COUNTERFACTUAL_PREDICTION])
    labels = data.examples.labels
    return table.append_column(LABEL, pa.array(labels)).filter(pa.array(~np.isnan(labels)))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep TFMA's own deprecation and division warnings, which no user can act on, off stderr."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="tensorflow_model_analysis")
            yield
    finally:
        logger.setLevel(level)
