"""Computes metrics by slice from scored examples and pairs, with TFMA.

One Beam pipeline evaluates up to three tables, each with the vectorised evaluator or TFMA's own:

- the pairs, one row per pair: flip rates and counts, CTF gap, score shift;
- the examples, one row per example with all its counterfactuals: flip rate over all examples;
- the labelled examples, one row per example: task metrics and Fairness Indicators.

So an example counts once in the task metrics, however many pairs it has. The three
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
import apache_beam.io.gcp.pubsub  # which every read of a pipeline asks for
import fairness_indicators.fairness_indicators_metrics  # noqa: F401  registers FairnessIndicators
import tensorflow_model_analysis as tfma
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import json_format
from tensorflow_model_analysis.evaluators import evaluator
from tensorflow_model_analysis.proto import config_pb2
from tfx_bsl.arrow import table_util

import evenhand.evaluation.metrics  # noqa: F401  registers FlipRate and the others
from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.engine.result_order import put_in_order
from evenhand.evaluation.engine.tfma_tables import (
    EvaluationTable,
    EvaluationTables,
    list_columns,
)
from evenhand.evaluation.inputs.tables import LABEL, PREDICTION, WEIGHT, EvaluationData, ModelScores
from evenhand.evaluation.report_options import Engine
from evenhand.evaluation.reports.report import OVERALL
from evenhand.evaluation.vectorised import ReadParquetBatches, VectorisedEvaluator
from evenhand.remediation.runtime.imports import log_handlers_kept, unused_held_back

EXAMPLE_FLIP_RATE = "flip_rate_examples"
STOCK_BATCH_ROWS = 4096  # TFMA's extractors turn every row of a batch into a dict

TfmaMetrics = dict[str, dict[str, float]]
"""Values by slice name and TFMA's name of the metric; NaN if a metric is undefined."""


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
        thresholds: Decision thresholds; one that occurs again is computed once.
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
    thresholds = list(dict.fromkeys(thresholds))
    slicing = _slicing_specs(data)
    tables = EvaluationTables(data, scores)
    runs = [
        (table, _eval_config(metrics, slicing, table.make_rows(0, 0).column_names))
        for table, metrics in (
            (tables.pairs, _pair_metrics(thresholds)),
            (tables.examples, _example_metrics(thresholds)),
            (tables.labelled, _task_metrics(thresholds)),
        )
        if table is not tables.labelled or data.summary.labelled
    ]
    with (
        _quiet(),
        tempfile.TemporaryDirectory(prefix="evenhand-") as folder,
        # Runs in this process. If no runner is named, Beam may choose one outside it.
        beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[])) as pipeline,
    ):
        evaluations = _evaluations(pipeline, runs, Path(folder), engine)
        merged = evaluator.combine_dict_based_evaluations(evaluations)
        writers = tfma.default_writers(
            output_path=str(output), eval_config=_merge_configs([config for _, config in runs])
        )
        _ = merged | tfma.WriteResults(writers=writers)
    put_in_order(output)
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
    runs: Sequence[tuple[EvaluationTable, Any]],
    folder: Path,
    engine: Engine,
) -> dict[str, list[Any]]:
    """Return the metrics and other outputs of every run, as one list for each kind of output.

    The tables are written to files in the folder, which Beam reads a batch at a time: it would copy
    tables in memory several times.
    """
    kinds: dict[str, list[Any]] = {
        tfma.METRICS_KEY: [],
        tfma.PLOTS_KEY: [],
        tfma.ATTRIBUTIONS_KEY: [],
    }
    for table, config in runs:
        file = folder / f"{table.name}.parquet"
        table.write(file)
        evaluation = pipeline | f"Evaluate_{table.name}" >> _Evaluation(file, config, engine)
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
    """Return one EvalConfig with the metrics of all of them, to be stored with the result."""
    merged = config_pb2.EvalConfig()
    merged.CopyFrom(configs[-1])  # the last run has the most columns
    del merged.metrics_specs[:]
    for config in configs:
        merged.metrics_specs.extend(config.metrics_specs)
    return merged


def _slicing_specs(data: EvaluationData) -> list[dict[str, Any]]:
    columns = [*data.examples.slices, *list_columns(data.pairs)]
    return [{}, *({"featureKeys": [column]} for column in columns)]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide TFMA's deprecation and division warnings: users can do nothing about them.

    Beam asks IPython at every step whether it runs in a notebook, which loads it.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with unused_held_back(), log_handlers_kept(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="tensorflow_model_analysis")
            yield
    finally:
        logger.setLevel(level)
