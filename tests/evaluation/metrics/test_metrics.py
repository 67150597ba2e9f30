from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

SHARED = Path(__file__).parents[4] / "shared" / "golden"
NAMES = ("flip_unweighted", "flip_weighted")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded results of TFMA 0.46 are not here")
@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_tfma_0_46(name: str, tmp_path: Path) -> None:
    from evenhand.evaluation import evaluate_predictions
    from evenhand.evaluation.engine.analysis import read_metrics

    recorded = json.loads((SHARED / f"{name}.json").read_text())
    report = evaluate_predictions(
        SHARED / f"{name}.csv",
        output=tmp_path / "report",
        thresholds=recorded["thresholds"],
        slice_columns=["gender"],
    )
    found = read_metrics(tmp_path / "report" / "tfma" / "candidate")
    assert set(found) == set(recorded["slices"]) == {s.slice for s in report.candidate.slices}
    for slice_name, values in recorded["slices"].items():
        assert {key: found[slice_name][key] for key in values} == pytest.approx(values, abs=1e-9)
    first = recorded["thresholds"][0]
    rate = recorded["slices"]["overall"][f"flip_rate/overall@{first}"]
    assert report.candidate.overall.metrics["flip_rate"].value == pytest.approx(rate, abs=1e-9)


# prediction, counterfactual, weight: a tie with the threshold is negative on either side
ROWS = [
    (0.5, 0.5, 2.0),  # tie, tie: no flip
    (0.5, 0.6, 1.0),  # negative to positive
    (0.7, 0.5, 4.0),  # positive to negative
    (0.9, 0.8, 1.0),
    (0.1, 0.2, 2.0),
]


def test_small_table_worked_out_by_hand(tmp_path: Path) -> None:
    from evenhand.evaluation import evaluate_predictions
    from evenhand.evaluation.engine.analysis import read_metrics

    lines = [",".join(map(str, row)) for row in ROWS]
    file = tmp_path / "scores.csv"
    file.write_text("prediction,counterfactual_prediction,weight\n" + "\n".join(lines) + "\n")
    evaluate_predictions(file, output=tmp_path / "report", thresholds=[0.5, 0.25])
    found = read_metrics(tmp_path / "report" / "tfma" / "candidate")["overall"]
    wanted = {
        "flip_rate/overall@0.50": 5 / 10,
        "flip_rate/positive_to_negative@0.50": 4 / 10,
        "flip_rate/negative_to_positive@0.50": 1 / 10,
        "flip_rate/overall@0.25": 0.0,
        "flip_count/overall@0.50": 5,
        "flip_count/positive_to_negative@0.50": 4,
        "flip_count/negative_to_positive@0.50": 1,
        "flip_count/positive_examples_count@0.50": 5,
        "flip_count/negative_examples_count@0.50": 5,
        "flip_count/positive_examples_count@0.25": 8,
        "ctf_gap": (0.1 + 4 * 0.2 + 0.1 + 2 * 0.1) / 10,
        "score_shift": (-0.1 + 4 * 0.2 + 0.1 - 2 * 0.1) / 10,
        "weighted_example_count": 10,
    }
    assert {key: found[key] for key in wanted} == pytest.approx(wanted)
    assert "auc" not in found  # there is no label


def test_in_an_ordinary_eval_config_beside_symmetric_flip_rate(tmp_path: Path) -> None:
    """Two models over one table: what TFMA still has for comparing two columns of scores."""
    rng = np.random.default_rng(7)
    scores = rng.integers(0, 11, size=(200, 2)) / 10  # many ties with the threshold
    table = pa.table(
        {
            "original": scores[:, 0],
            "changed": scores[:, 1],
            "label": rng.integers(0, 2, 200).astype(float),
            "weight": rng.integers(1, 5, 200).astype(float),
            "colour": rng.choice(["red", "green"], 200),
        }
    )
    result = _evaluate(
        table,
        {
            "modelSpecs": [
                {
                    "name": name,
                    "predictionKey": name,
                    "labelKey": "label",
                    "exampleWeightKey": "weight",
                    "isBaseline": name == "original",
                }
                for name in ("original", "changed")
            ],
            "slicingSpecs": [{}, {"featureKeys": ["colour"]}],
            "crossSlicingSpecs": [
                {"baselineSpec": {}, "slicingSpecs": [{"featureKeys": ["colour"]}]}
            ],
            "metricsSpecs": [
                {
                    "metrics": [
                        {"className": "SymmetricFlipRate"},
                        {
                            "className": "FlipRate",
                            "config": json.dumps(
                                {"name": "rate", "counterfactual_prediction_key": "original"}
                            ),
                        },
                    ]
                }
            ],
        },
        tmp_path / "result",
    )
    rates = {
        key: (
            metrics["rate/overall@0.5"]["doubleValue"],
            metrics["symmetric_flip_rate_diff"]["doubleValue"],  # TFMA's mark for two models
        )
        for key, metrics in result.items()
    }
    overall, red, green = (), (("colour", "red"),), (("colour", "green"),)
    for key in (overall, red, green):
        ours, theirs = rates[key]
        assert ours == pytest.approx(theirs, abs=1e-9)
        assert ours > 0.1
    across = rates[overall, red][0]
    assert across == pytest.approx(rates[overall][0] - rates[red][0], abs=1e-9)


def _evaluate(table: pa.Table, config: dict[str, Any], output: Path) -> dict[Any, Any]:
    import apache_beam as beam
    import tensorflow_model_analysis as tfma
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2
    from tfx_bsl.arrow import table_util

    import evenhand.evaluation.metrics  # noqa: F401

    eval_config = json_format.ParseDict(config, config_pb2.EvalConfig())
    [batch] = table.to_batches()
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[])) as pipeline:
        _ = (
            pipeline
            | beam.Create([table_util.CanonicalizeRecordBatch(batch)])
            | tfma.ExtractEvaluateAndWriteResults(eval_config=eval_config, output_path=str(output))
        )
    result = tfma.load_eval_result(str(output), model_name="changed")
    metrics: dict[Any, Any] = result.get_metrics_for_all_slices()
    return metrics
