"""What TFMA computes of each table of an evaluation, from its batches.

Three tables are evaluated, each with the vectorised evaluator or TFMA's own:

- the pairs, one row per pair: flip rates and counts, CTF gap, score shift;
- the examples, one row per example with all its counterfactuals: flip rate over all examples;
- the labelled examples, one row per example: task metrics and Fairness Indicators.

So an example counts once in the task metrics, however many pairs it has. The evaluations are merged
slice by slice and written by TFMA's own writers as one EvalResult.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tensorflow_model_analysis.evaluators import evaluator
from tensorflow_model_analysis.proto import config_pb2
from tfx_bsl.arrow import table_util

from evenhand.evaluation.inputs.tables import LABEL, PREDICTION, WEIGHT
from evenhand.evaluation.report_options import Engine
from evenhand.evaluation.vectorised import VectorisedEvaluator

EXAMPLE_FLIP_RATE = "flip_rate_examples"

Metrics = Sequence[tuple[str, dict[str, Any]]]
"""TFMA's class name of each metric, with its configuration."""


class TableMetrics(NamedTuple):
    """The metrics of each table.

    Attributes:
        pairs, examples, labelled: As above.
    """

    pairs: Metrics
    examples: Metrics
    labelled: Metrics

    @classmethod
    def at(cls, thresholds: Sequence[float]) -> TableMetrics:
        """Return the metrics of a report with these decision thresholds."""
        at = {"thresholds": list(thresholds)}
        return cls(
            pairs=[("FlipRate", at), ("FlipCount", at), ("CtfGap", {}), ("ScoreShift", {})],
            examples=[
                ("FlipRate", {"name": EXAMPLE_FLIP_RATE, **at}),
                ("ExampleCount", {}),
                ("WeightedExampleCount", {}),
            ],
            labelled=[
                ("AUC", {}),
                ("AUCPrecisionRecall", {}),
                ("FairnessIndicators", at),
                *(
                    ("BinaryAccuracy", {"name": f"accuracy@{t}", "threshold": t})
                    for t in thresholds
                ),
            ],
        )


class EvaluateBatches(beam.PTransform):  # type: ignore[misc]
    """Evaluates a PCollection of Arrow record batches of one table."""

    def __init__(self, config: Any, engine: Engine) -> None:
        super().__init__()
        self._config = config
        self._engine = engine

    def expand(self, batches: Any) -> dict[str, Any]:
        """Return a TFMA `Evaluation`."""
        if self._engine == "vectorised":
            vectorised = VectorisedEvaluator(self._config)
            return dict(
                batches
                | tfma.BatchedInputsToExtracts()
                | vectorised.stage_name >> vectorised.ptransform
            )
        return dict(
            batches
            | "Canonicalize" >> beam.Map(table_util.CanonicalizeRecordBatch)
            | tfma.BatchedInputsToExtracts()
            | tfma.ExtractAndEvaluate(
                extractors=tfma.default_extractors(eval_config=self._config),
                evaluators=tfma.default_evaluators(eval_config=self._config),
            )
        )


def eval_config(metrics: Metrics, slices: Sequence[str], columns: Sequence[str]) -> Any:
    """Return the EvalConfig of a table.

    Args:
        metrics: The metrics.
        slices: The columns to slice by.
        columns: All columns of the table.
    """
    model = {"predictionKey": PREDICTION}
    if LABEL in columns:
        model["labelKey"] = LABEL
    if WEIGHT in columns:
        model["exampleWeightKey"] = WEIGHT
    slicing = [{}, *({"featureKeys": [column]} for column in slices)]
    specs = [{"className": name, "config": json.dumps(config)} for name, config in metrics]
    return json_format.ParseDict(
        {"modelSpecs": [model], "slicingSpecs": slicing, "metricsSpecs": [{"metrics": specs}]},
        config_pb2.EvalConfig(),
    )


def merged(evaluations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the evaluations of several tables as one."""
    kinds = (tfma.METRICS_KEY, tfma.PLOTS_KEY, tfma.ATTRIBUTIONS_KEY)
    return dict(
        evaluator.combine_dict_based_evaluations(
            {kind: [evaluation[kind] for evaluation in evaluations] for kind in kinds}
        )
    )


def write_result(evaluation: dict[str, Any], configs: Sequence[Any], output: str | Path) -> None:
    """Have a pipeline write an evaluation as an EvalResult.

    Args:
        evaluation: What `merged` gives.
        configs: The EvalConfig of each table, the one of the most columns last; they are stored as
            one.
        output: The folder.
    """
    config = config_pb2.EvalConfig()
    config.CopyFrom(configs[-1])
    del config.metrics_specs[:]
    for each in configs:
        config.metrics_specs.extend(each.metrics_specs)
    writers = tfma.default_writers(output_path=str(output), eval_config=config)
    _ = evaluation | tfma.WriteResults(writers=writers)
