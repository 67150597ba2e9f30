"""The vectorised evaluator gives what TFMA's own gives, on tables that Hypothesis makes up."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import apache_beam as beam
import fairness_indicators.fairness_indicators_metrics  # noqa: F401  registers FairnessIndicators
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow_model_analysis as tfma
from either_engine import config_of, evaluate, metric, new_pipeline
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import evenhand.evaluation.metrics  # noqa: F401  registers FlipRate and the others
from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.vectorised import VectorisedEvaluator

FLIPS = ("FlipRate", "FlipCount", "CtfGap", "ScoreShift")
TASK = (
    "AUC",
    "AUCPrecisionRecall",
    "FairnessIndicators",
    "BinaryAccuracy",
    "Precision",
    "Recall",
    "ExampleCount",
    "WeightedExampleCount",
    "Calibration",
    "MeanLabel",
    "MeanPrediction",
)
SLICINGS: tuple[dict[str, Any], ...] = (
    {},
    {"featureKeys": ["colour"]},
    {"featureKeys": ["terms"]},
    {"featureKeys": ["size"]},
    {"featureKeys": ["colour", "terms"]},
    {"featureValues": {"size": "1"}},
    {"featureKeys": ["terms"], "featureValues": {"colour": "grün"}},
    {"featureValues": {"colour": "grün"}},
    {"featureKeys": ["no such column"]},
)
Values = dict[str, dict[Any, dict[Any, Any]]]
_collected: Values = defaultdict(dict)


def collect(element: tuple[Any, dict[Any, Any]], engine: str) -> None:
    key, values = element
    assert key not in _collected[engine]
    _collected[engine][key] = values


def evaluate_both(table: pa.Table, config: Any, folder: Path) -> Values:
    """Return both engines' values by slice and TFMA key; the runner is in this process.

    The vectorised one evaluates the table at once, and in parts that are merged.
    """
    file = folder / "table.parquet"
    pq.write_table(table, file)
    _collected.clear()
    with new_pipeline() as pipeline:
        for engine in ("stock", "vectorised", "parts"):
            outputs = evaluate(pipeline, file, config, engine)
            _ = outputs[tfma.METRICS_KEY] | f"Collect_{engine}" >> beam.Map(collect, engine)
    return dict(_collected)


def assert_equal(values: Values) -> None:
    for engine in ("vectorised", "parts"):
        assert_same(values.get("stock", {}), values.get(engine, {}))


def assert_same(stock: dict[Any, Any], vectorised: dict[Any, Any]) -> None:
    assert set(stock) == set(vectorised)
    for key in stock:
        assert set(stock[key]) == set(vectorised[key]), key
        for name, wanted in stock[key].items():
            found = vectorised[key][name]
            if isinstance(wanted, str):  # why a small slice has no values
                assert found == wanted
            else:
                assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), (key, name)


scores = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1, width=32))
labels = {
    "whole": (st.sampled_from([0, 1]), pa.int64()),
    "single": (st.sampled_from([0.0, 1.0, 0.3]), pa.float32()),
    "double": (st.floats(0, 1), pa.float64()),
}
weights = st.one_of(st.none(), st.sampled_from([pa.float32(), pa.float64()]))


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    n = draw(st.integers(1, 30))

    def column(values: st.SearchStrategy[Any], kind: pa.DataType, least: Any = None) -> pa.Array:
        drawn = draw(st.lists(values, min_size=n, max_size=n))
        if least is not None and not any(drawn):
            drawn[0] = least
        return pa.array(drawn, kind)

    label, label_kind = labels[draw(st.sampled_from(sorted(labels)))]
    # TFMA drops a feature that no row of a batch has: its evaluator then takes it for missing, and
    # fails on slices by it
    changed = column(st.one_of(st.none(), st.lists(scores, max_size=3)), pa.list_(pa.float64()))
    assume(len(changed.flatten()))
    terms = st.one_of(st.none(), st.lists(st.sampled_from(["she", "he", "", "a=b"]), max_size=3))
    columns = {
        "prediction": column(scores, pa.float64()),
        "other": column(scores, pa.float32()),
        "counterfactual_prediction": changed,
        "label": column(label, label_kind),
        "colour": column(st.sampled_from(["red", "grün", None]), pa.string(), least="red"),
        "terms": column(terms, pa.list_(pa.string()), least=["she"]),
        "size": column(st.sampled_from([1, 2, None]), pa.int64(), least=1),
    }
    kind = draw(weights)
    if kind is not None:
        columns["weight"] = column(st.floats(0, 8, width=32), kind)
    return pa.table(columns)


@st.composite
def configs(draw: st.DrawFn, weighted: bool) -> Any:
    keys = {"predictionKey": "prediction", "labelKey": "label"}
    if weighted:
        keys["exampleWeightKey"] = "weight"
    models: tuple[dict[str, Any], ...] = (keys,)
    if draw(st.booleans()):
        models = (
            keys | {"name": "first", "isBaseline": True},
            keys | {"name": "second", "predictionKey": "other"},
        )
    thresholds = draw(
        st.lists(st.sampled_from([0.5, 0.25, 0.1, 0.75]), min_size=1, max_size=3, unique=True)
    )
    metrics = [
        metric(name, **({"thresholds": thresholds} if name in AT_THRESHOLDS else {}))
        for name in (*FLIPS, *TASK)
    ]
    # cross slices need a slice to start from, which every table has: the overall one
    cross = [{"baselineSpec": {}, "slicingSpecs": [{"featureKeys": ["colour"]}]}]
    # TFMA fails with both: it looks for the number of rows of a cross slice
    crossing, min_slice_size = draw(st.sampled_from([([], 1), ([], 4), (cross, 1)]))
    return config_of(
        metrics,
        models=models,
        slicing=tuple(draw(st.lists(st.sampled_from(SLICINGS), max_size=5))),
        crossSlicingSpecs=crossing,
        options={"minSliceSize": min_slice_size},
    )


AT_THRESHOLDS = {"FlipRate", "FlipCount", "FairnessIndicators", "Precision"}


# an example takes seconds: shrinking one would take minutes, and the tables are small as they are
@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_table_gives_the_values_of_the_stock_evaluator(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = data.draw(tables())
    config = data.draw(configs(weighted="weight" in table.column_names))
    assert_equal(evaluate_both(table, config, tmp_path_factory.mktemp("engine")))


def test_the_stock_writers_and_readers_take_the_result(tmp_path: Path) -> None:
    """Metrics, plots and the order of Fairness Indicators, through files."""
    rng = np.random.default_rng(3)
    n = 60
    table = pa.table(
        {
            "prediction": rng.random(n),
            "counterfactual_prediction": rng.random(n),
            "label": rng.integers(0, 2, n),
            "colour": rng.choice(["red", "green"], n),
        }
    )
    pq.write_table(table, tmp_path / "table.parquet")
    config = config_of(
        [metric(name) for name in ("FlipRate", "FairnessIndicators", "CalibrationPlot", "AUC")],
        models=({"predictionKey": "prediction", "labelKey": "label"},),
        slicing=({}, {"featureKeys": ["colour"]}),
    )
    for engine in ("stock", "vectorised", "parts"):
        with new_pipeline() as pipeline:
            outputs = evaluate(pipeline, tmp_path / "table.parquet", config, engine)
            writers = tfma.default_writers(output_path=str(tmp_path / engine), eval_config=config)
            _ = outputs | tfma.WriteResults(writers=writers)
    stock = tfma.load_eval_result(str(tmp_path / "stock"))
    vectorised = tfma.load_eval_result(str(tmp_path / "vectorised"))
    assert len(stock.slicing_metrics) == 3
    assert dict(vectorised.slicing_metrics) == dict(stock.slicing_metrics)
    assert dict(vectorised.plots) == dict(stock.plots)


def test_scores_that_are_no_number_flip_as_in_the_stock_evaluator(tmp_path: Path) -> None:
    table = pa.table(
        {
            "prediction": [0.9, math.nan, 0.2, 0.9],
            "counterfactual_prediction": [math.nan, 0.9, math.nan, 0.1],
            "colour": ["red", "red", "green", "blue"],
        }
    )
    config = config_of(
        [metric(name) for name in FLIPS],
        models=({"predictionKey": "prediction"},),
        slicing=({}, {"featureKeys": ["colour"]}),
    )
    values = evaluate_both(table, config, tmp_path)
    assert_equal(values)
    by_name = {key.name: value for key, value in values["vectorised"][()].items()}
    assert by_name["flip_rate/overall@0.5"] == 3 / 4
    assert math.isnan(by_name["ctf_gap"])


def test_nothing_weighs_nothing(tmp_path: Path) -> None:
    """Over no weight every rate is undefined, or what TFMA makes of it."""
    table = pa.table(
        {
            "prediction": [0.9, 0.1],
            "counterfactual_prediction": pa.array([[0.8], None], pa.list_(pa.float64())),
            "label": [1.0, 0.0],
            "weight": [0.0, 0.0],
        }
    )
    keys = {"predictionKey": "prediction", "labelKey": "label", "exampleWeightKey": "weight"}
    config = config_of([metric(name) for name in (*FLIPS, *TASK)], models=(keys,))
    values = evaluate_both(table, config, tmp_path)
    assert_equal(values)
    rates = {
        key.example_weighted: value
        for key, value in values["vectorised"][()].items()
        if key.name == "flip_rate/overall@0.5"
    }
    assert rates == pytest.approx({False: 0.0, True: math.nan}, nan_ok=True)


@pytest.mark.parametrize(
    ("metrics", "others", "named"),
    [
        ([metric("AUC"), metric("SymmetricFlipRate")], {}, "SymmetricFlipRate has"),
        ([metric("MeanSquaredError")], {}, "MeanSquaredError has"),
        ([metric("AUC", num_thresholds=50)], {"label": ""}, "AUC has"),
        ([metric("AUC")], {"options": {"computeConfidenceIntervals": True}}, "confidence"),
        ([metric("AUC")], {"slicingSpecs": [{"sliceKeysSql": "SELECT 1"}]}, "slice_keys_sql"),
    ],
)
def test_what_has_no_vectorised_form_is_refused_before_any_data_is_read(
    metrics: list[dict[str, Any]], others: dict[str, Any], named: str
) -> None:
    label = others.pop("label", "label")
    config = config_of(metrics, models=({"predictionKey": "p", "labelKey": label},), **others)
    with pytest.raises(ConfigurationError, match=r"no vectorised form|not vectorised") as raised:
        VectorisedEvaluator(config)
    assert "own evaluator" in str(raised.value)
    assert named in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": [1.0, 2.0]}, "a label is outside"),
        ({"label": [1.0, None]}, "no value or several"),
        ({"prediction": [0.5, math.nan]}, "not a number"),
        ({"prediction": ["0.5", "0.6"]}, "holds string"),
        ({"label": None}, "the column 'label' is missing"),
    ],
)
def test_a_row_that_cannot_be_counted_stops_the_evaluation(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    columns: dict[str, Any] = {"prediction": [0.5, 0.6], "label": [1.0, 0.0]} | changes
    table = pa.table({name: values for name, values in columns.items() if values is not None})
    pq.write_table(table, tmp_path / "table.parquet")
    config = config_of(
        [metric("AUC")], models=({"predictionKey": "prediction", "labelKey": "label"},)
    )
    # Beam turns an exception in a worker into one of its own, with the message in it
    with pytest.raises(Exception, match=message), new_pipeline() as pipeline:
        evaluate(pipeline, tmp_path / "table.parquet", config, "vectorised")


def test_a_report_is_the_same_with_either_engine(tmp_path: Path) -> None:
    from evenhand.evaluation import evaluate_predictions

    lines = ["0.9,0.2,1,red,2", "0.4,0.7,0,green,1", "0.3,0.1,1,red,0.5", "0.8,0.9,0,,1"]
    file = tmp_path / "scores.csv"
    header = "prediction,counterfactual_prediction,label,colour,weight"
    file.write_text("\n".join([header, *lines, ""]))
    stock, vectorised = (
        evaluate_predictions(
            file, output=tmp_path / engine, slice_columns=["colour"], engine=engine
        ).candidate
        for engine in ("stock", "vectorised")
    )
    assert vectorised.overall.metrics["flip_rate"].value == pytest.approx(3 / 4.5)
    for ours, theirs in zip(vectorised.slices, stock.slices, strict=True):
        assert ours.slice == theirs.slice
        values = {name: value.value for name, value in ours.metrics.items()}
        wanted = {name: value.value for name, value in theirs.metrics.items()}
        assert values == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("tiny", [1e-17, 1e-45])
def test_weights_that_vanish_beside_others_are_no_trouble_of_the_users(
    tmp_path: Path, tiny: float
) -> None:
    """TFMA then divides by a difference that rounds to zero; a warning would fail this test."""
    from evenhand.evaluation import evaluate_predictions

    rows = [(0.9, 0.2, 1, tiny), (0.8, 0.7, 0, 1), (0.7, 0.1, 1, tiny), (0.6, 0.9, 0, 1)]
    file = tmp_path / "scores.csv"
    lines = [",".join(map(str, row)) for row in rows]
    header = "prediction,counterfactual_prediction,label,weight"
    file.write_text("\n".join([header, *lines, ""]))
    stock, vectorised = (
        evaluate_predictions(file, output=tmp_path / engine, engine=engine).candidate.overall
        for engine in ("stock", "vectorised")
    )
    assert {name: value.value for name, value in vectorised.metrics.items()} == pytest.approx(
        {name: value.value for name, value in stock.metrics.items()}, abs=1e-9
    )
    assert vectorised.metrics["flip_rate"].value == pytest.approx(0, abs=1e-9)
    assert vectorised.metrics["accuracy"].value == pytest.approx(0, abs=1e-9)
