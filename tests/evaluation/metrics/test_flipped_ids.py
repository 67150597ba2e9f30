"""The ids of rows that flip: names, values and shapes of TFMA 0.46, under both evaluators.

TFMA 0.46 kept the first `example_ids_count` ids that came along, and drew its `sample_examples_ids`
from those at random; a sample here is drawn with a seed, so that only its size and where it comes
from are as they were. Ids are text, also where 0.46 wrote numbers or, for none, an empty array of
floats. It failed on ids that are not ASCII, on rows without one, and without `example_id_key`.
"""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from either_engine import config_of, evaluate, metric, new_pipeline
from test_metrics import NAMES, SHARED

from evenhand.evaluation.metrics.flipped_ids import sample_ids

TO_NEGATIVE, TO_POSITIVE = "positive_to_negative_examples_ids", "negative_to_positive_examples_ids"
SAMPLE = "sample_examples_ids"
Found = dict[str, dict[str, Any]]


def run(table: pa.Table, folder: Path, engine: str, **options: Any) -> Found:
    """Return the values by slice and name; arrays as lists of rows."""
    import tensorflow_model_analysis as tfma

    pq.write_table(table, folder / "table.parquet")
    keys = {"predictionKey": "prediction"}
    if "weight" in table.column_names:
        keys["exampleWeightKey"] = "weight"
    config = config_of(
        [metric(name, **options) for name in ("FlipRate", "FlipCount")],
        models=(keys,),
        slicing=({}, {"featureKeys": ["gender"]}),
    )
    weighted = "weight" in table.column_names
    config.metrics_specs[0].example_weights.weighted = weighted
    config.metrics_specs[0].example_weights.unweighted = not weighted
    with new_pipeline() as pipeline:
        outputs = evaluate(pipeline, folder / "table.parquet", config, engine)
        writers = tfma.default_writers(output_path=str(folder / engine), eval_config=config)
        _ = outputs | tfma.WriteResults(writers=writers)
    result = tfma.load_eval_result(str(folder / engine))
    return {
        "".join(f"{column}={value}" for column, value in key) or "overall": {
            name: plain(value) for name, value in metrics.items()
        }
        for key, metrics in result.get_metrics_for_all_slices().items()
    }


def plain(value: dict[str, Any]) -> Any:
    if "doubleValue" in value:
        return value["doubleValue"]
    array = value["arrayValue"]
    assert array["dataType"] == "BYTES"
    texts = [base64.b64decode(item).decode() for item in array.get("bytesValues", [])]
    return np.reshape(texts, array["shape"]).tolist()


# prediction, counterfactuals, id, gender, weight: at 0.5
ROWS = [
    (0.9, [0.1], "a", "f", 1.0),  # to negative
    (0.5, [0.6], "grün", "f", 0.0),  # to positive; a weight of nothing does not hide it
    (0.9, [0.8, 0.2, 0.1], "c", "m", 2.0),  # to negative, once
    (0.9, [0.1], None, "m", 1.0),  # to negative, without an id
    (0.1, [], "e", "m", 1.0),
    (0.7, [0.5], "f", "m", 1.0),  # to negative: 0.5 is not above 0.5
    (0.2, [0.3], "g", "f", 1.0),
]


def by_hand(weighted: bool) -> pa.Table:
    predictions, counterfactuals, ids, genders, weights = zip(*ROWS, strict=True)
    columns: dict[str, Any] = {
        "prediction": predictions,
        "counterfactual_prediction": counterfactuals,
        "name": ids,
        "gender": genders,
    }
    return pa.table(columns | ({"weight": weights} if weighted else {}))


@pytest.mark.parametrize("engine", ["stock", "vectorised", "parts"])
def test_ids_worked_out_by_hand(tmp_path: Path, engine: str) -> None:
    found = run(by_hand(weighted=True), tmp_path, engine, example_id_key="name")
    wanted = {
        "overall": ([["a"], ["c"], ["f"]], [["grün"]]),
        "gender=f": ([["a"]], [["grün"]]),
        "gender=m": ([["c"], ["f"]], []),
    }
    for slice_name, lists in wanted.items():
        for name in ("flip_rate", "flip_count"):
            values = found[slice_name]
            ids = tuple(values[f"{name}/{which}@0.5"] for which in (TO_NEGATIVE, TO_POSITIVE))
            assert ids == lists
        assert f"flip_rate/{SAMPLE}@0.5" not in values  # where there are weights, as in 0.46
        assert f"flip_count/{SAMPLE}@0.5" not in values
    assert found["overall"]["flip_rate/overall@0.5"] == pytest.approx(5 / 7)


@pytest.mark.parametrize("engine", ["stock", "vectorised", "parts"])
def test_at_most_so_many_ids_and_a_sample_of_them(tmp_path: Path, engine: str) -> None:
    options = {"example_id_key": "name", "example_ids_count": 2, "thresholds": [0.5, 0.05]}
    values = run(by_hand(weighted=False), tmp_path, engine, **options)["overall"]
    assert values[f"flip_rate/{TO_NEGATIVE}@0.50"] == [["a"], ["c"]]
    assert values[f"flip_rate/{TO_POSITIVE}@0.50"] == [["grün"]]
    sample = [name for [name] in values[f"flip_rate/{SAMPLE}@0.50"]]
    assert len(sample) == len(set(sample)) == 2
    assert set(sample) <= {"a", "c", "grün"}
    assert values[f"flip_rate/{TO_NEGATIVE}@0.05"] == values[f"flip_rate/{SAMPLE}@0.05"] == []


def test_both_directions_are_sampled_as_often_as_they_flip() -> None:
    """Of 90 flips one way and 10 the other, 20 drawn hold about 18 and 2."""
    to_negative = [np.array([f"n{i}"]) for i in range(20)]
    to_positive = [np.array([f"p{i}"]) for i in range(10)]
    drawn = [str(name) for [name] in sample_ids(to_negative, to_positive, (90.0, 10.0), 20)]
    assert len(set(drawn)) == 20
    assert 14 <= sum(name.startswith("n") for name in drawn) < 20
    assert [str(x) for [x] in sample_ids(to_negative, to_positive, (90.0, 10.0), 20)] == drawn


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded results of TFMA 0.46 are not here")
@pytest.mark.parametrize("engine", ["stock", "vectorised", "parts"])
@pytest.mark.parametrize("name", NAMES)
def test_ids_on_the_tables_of_tfma_0_46(name: str, engine: str, tmp_path: Path) -> None:
    """0.46 lists the flips of a slice in the order of the rows; its record holds how many."""
    recorded = json.loads((SHARED / f"{name}.json").read_text())
    with (SHARED / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = {
        key: [row[key] if key in ("example_id", "gender") else float(row[key]) for row in rows]
        for key in rows[0]
    }
    found = run(
        pa.table(columns),
        tmp_path,
        engine,
        thresholds=recorded["thresholds"],
        example_id_key="example_id",
    )
    for slice_name, wanted in recorded["slices"].items():
        inside = [row for row in rows if slice_name in ("overall", f"gender={row['gender']}")]
        for threshold in recorded["thresholds"]:
            for which, was in (("positive_to_negative", True), ("negative_to_positive", False)):
                flips = [
                    row
                    for row in inside
                    if (float(row["prediction"]) > threshold) is was
                    and (float(row["counterfactual_prediction"]) > threshold) is not was
                ]
                end = f"{which}_examples_ids@{threshold}"
                assert found[slice_name][f"flip_count/{end}"] == [
                    [row["example_id"]] for row in flips
                ]
                assert (
                    found[slice_name][f"flip_rate/{end}"] == found[slice_name][f"flip_count/{end}"]
                )
                weight = sum(float(row.get("weight", 1)) for row in flips)
                assert weight == wanted[f"flip_count/{which}@{threshold}"]
            if not recorded["weighted"]:
                both = sorted(
                    found[slice_name][f"flip_rate/{TO_NEGATIVE}@{threshold}"]
                    + found[slice_name][f"flip_rate/{TO_POSITIVE}@{threshold}"]
                )
                assert sorted(found[slice_name][f"flip_rate/{SAMPLE}@{threshold}"]) == both
