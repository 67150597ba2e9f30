"""One table, evaluated by TFMA's own evaluator or by the vectorised one, at once or in parts."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import tensorflow_model_analysis as tfma
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2
from tfx_bsl.arrow import table_util

from evenhand.evaluation.vectorised import (
    EvaluateTotals,
    ReadParquetBatches,
    VectorisedEvaluator,
    count_batches,
    merge_totals,
)


def config_of(
    metrics: list[dict[str, Any]],
    *,
    models: tuple[dict[str, Any], ...],
    slicing: tuple[dict[str, Any], ...] = ({},),
    **others: Any,
) -> Any:
    return json_format.ParseDict(
        {
            "modelSpecs": models,
            "slicingSpecs": slicing,
            "metricsSpecs": [
                {
                    "metrics": metrics,
                    "modelNames": [model["name"] for model in models if "name" in model],
                    "exampleWeights": {"weighted": True, "unweighted": True},
                }
            ],
            **others,
        },
        config_pb2.EvalConfig(),
    )


def metric(name: str, **config: Any) -> dict[str, Any]:
    return {"className": name, "config": json.dumps(config)}


def evaluate(pipeline: beam.Pipeline, file: Path, config: Any, engine: str) -> Any:
    if engine == "parts":
        with pq.ParquetFile(file) as rows:
            parts = [count_batches(config, [part]) for part in rows.iter_batches(batch_size=7)]
        # what is counted on other machines is pickled on its way
        totals = merge_totals(config, pickle.loads(pickle.dumps(parts)))  # noqa: S301
        return pipeline | beam.Create(totals, reshuffle=False) | EvaluateTotals(config)
    if engine == "stock":
        batches = pipeline | "ReadStock" >> ReadParquetBatches([file])
        batches |= beam.Map(table_util.CanonicalizeRecordBatch)
        extractors = tfma.default_extractors(eval_config=config)
        evaluators = tfma.default_evaluators(eval_config=config)
    else:
        # small batches, so that there are totals to add up
        batches = pipeline | ReadParquetBatches([file], batch_rows=7)
        extractors, evaluators = [], [VectorisedEvaluator(config)]
    return (
        batches
        | f"ToExtracts_{engine}" >> tfma.BatchedInputsToExtracts()
        | f"Evaluate_{engine}"
        >> tfma.ExtractAndEvaluate(extractors=extractors, evaluators=evaluators)
    )


def new_pipeline() -> beam.Pipeline:
    return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
