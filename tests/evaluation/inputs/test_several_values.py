"""Cells of slice columns with several values: a text counts in the slice of each, once."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.reading.several_values import split_cells
from evenhand.evaluation import evaluate_flip_rate, evaluate_predictions, plan_pairs, score_texts
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.inputs.dataset import read_dataset
from evenhand.evaluation.inputs.predictions import read_compared_predictions, read_predictions
from evenhand.evaluation.inputs.slice_columns import slice_column
from evenhand.evaluation.inputs.tables import coded
from evenhand.remediation.batches.groups import Groups

# prediction, counterfactual's, label, identities; flips at 0.5: the first and the third
ROWS = [
    (0.9, 0.1, 1, ["gay", "black"]),
    (0.9, 0.8, 1, ["gay"]),
    (0.2, 0.7, 0, ["black", "gay", "black"]),
    (0.2, 0.1, 0, []),
    (0.6, 0.7, 0, ["black"]),
    (0.3, 0.4, 1, ["black"]),
]
# n_examples, flip rate, accuracy of each slice, worked out by hand
EXPECTED = {
    "overall": (6, 2 / 6, 4 / 6),
    "identities=black": (4, 2 / 4, 2 / 4),
    "identities=gay": (3, 2 / 3, 3 / 3),
}
NAMES = ["prediction", "counterfactual_prediction", "label", "identities"]


def written(folder: Path, kind: str) -> Path:
    rows = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    file = folder / f"scores.{'csv' if len(kind) < 3 else kind}"
    if kind == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    else:
        with file.open("w", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(NAMES)
            for row in ROWS:
                table.writerow([*row[:3], f" {kind} ".join(row[3]) + (kind if row[3] else "")])
    return file


def values_of(report: Any) -> dict[str, tuple[int, float, float]]:
    return {
        each.slice: (
            each.n_examples,
            each.metrics["flip_rate"].value,
            each.metrics["accuracy"].value,
        )
        for each in report.candidate.slices
    }


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        (";", "vectorised"),
        ("||", "vectorised"),
        ("jsonl", "vectorised"),
        ("parquet", "vectorised"),
        (";", "stock"),
    ],
)
def test_reports_and_gates_count_a_text_in_the_slice_of_each_value(
    tmp_path: Path, kind: str, engine: str
) -> None:
    report = evaluate_predictions(
        written(tmp_path, kind),
        slice_columns=["identities"],
        slice_separator=kind if len(kind) < 3 else None,
        engine=engine,
    )
    assert values_of(report) == EXPECTED
    [column] = [each for each in report.candidate.columns if each.column == "identities"]
    assert (column.groups, column.n_examples) == ((), 0)  # fewer than 30 examples each
    rule = GateRule(metric="flip_rate", slice="identities=*", max=0.5)
    outcomes = {check.slice: check.outcome for check in judge(report, [rule]).checks}
    assert outcomes == {"identities=black": Outcome.PASSED, "identities=gay": Outcome.FAILED}


def test_without_a_separator_a_cell_is_one_value(tmp_path: Path) -> None:
    data, _ = read_predictions(written(tmp_path, ";"), slice_columns=["identities"])
    assert "identities=gay ; black;" in {each.name for each in data.slices()}


def test_groups_of_a_pair_can_be_several(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        "prediction,counterfactual_prediction,group\n0.9,0.1,gay;black\n0.9,0.8,gay\n0.1,0.9,\n"
    )
    data, _ = read_predictions(file, slice_columns=["group"], slice_separator=";")
    found = {each.name: each.pairs.tolist() for each in data.slices()}
    assert found == {"overall": [0, 1, 2], "group=black": [0], "group=gay": [0, 1]}


VALUES = st.lists(st.sampled_from(["a", "b", "c;", "d e"]), max_size=3)
AGES = st.lists(st.integers(0, 9), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from(["x", "y", None]), AGES), min_size=1))
def test_each_row_is_in_each_combination_of_its_values(rows: list[Any]) -> None:
    """As sets: a list may name a slice twice, in which the row is once."""
    columns = {
        "v": coded([split_cells(pa.array(["|".join(row[0]) for row in rows]), "|")]),
        "s": coded([pa.array([row[1] for row in rows], pa.string())]),
        "n": coded([pa.array([[*map(str, row[2])] for row in rows], pa.list_(pa.string()))]),
    }
    found = slice_column("v,s,n:3:5", columns).values(columns).to_pylist()
    named = ["below 3"] * 3 + ["3 to below 5"] * 2 + ["from 5"] * 5
    assert [set(each) for each in found] == [
        {",".join((v, s, named[n])) for v, s, n in product(vs, [s] if s else [], ns)}
        for vs, s, ns in rows
    ]


def test_rows_of_one_example_have_the_same_values(tmp_path: Path) -> None:
    def file(name: str, *cells: str) -> Path:
        rows = [f"a,0.9,0.{n},{cell}\n" for n, cell in enumerate(cells)]
        path = tmp_path / name
        path.write_text("id,prediction,counterfactual_prediction,who\n" + "".join(rows))
        return path

    options: dict[str, Any] = {"slice_columns": ["who"], "slice_separator": ";"}
    data, _ = read_predictions(file("same.csv", "gay;black", "gay; black"), **options)
    assert data.summary.examples == 1
    for other in ("gay;white", "gay"):
        with pytest.raises(InputError, match=r"differ in the column 'who': \['gay', 'black'\]"):
            read_predictions(file("other.csv", "gay;black", other), **options)
    with pytest.raises(InputError, match="in the column 'who'"):
        read_compared_predictions(file("b.csv", "gay;white", "gay;white"), data, **options)


TEXTS = ["she is here now", "he is there now", "he left", "she left", "no one left"]
CELLS = ["gay; black", "gay", "", "black;gay;black", "gay"]


@pytest.fixture
def built(tmp_path: Path) -> CounterfactualDataset:
    rows = [
        f"{text},{n % 2},{cell}\n" for n, (text, cell) in enumerate(zip(TEXTS, CELLS, strict=True))
    ]
    (tmp_path / "a.csv").write_text("text,label,who\n" + "".join(rows))
    return build_dataset(
        tmp_path / "a.csv",
        tmp_path / "data",
        label_column="label",
        slice_columns=["who"],
        slice_separator=";",
        method="ablate",
    )


SLICES = {
    "overall": ([0, 1, 2, 3, 4], [0, 1, 2, 3]),
    "who=black": ([0, 3], [0, 3]),
    "who=gay": ([0, 1, 3, 4], [0, 1, 3]),
}


def slices_of(dataset: CounterfactualDataset, **options: Any) -> dict[str, Any]:
    data = read_dataset(dataset, **options)
    return {
        each.name: (each.examples.tolist(), each.pairs.tolist())
        for each in data.slices()
        if not each.name.startswith(("group=", "term="))
    }


def test_a_dataset_keeps_the_values_of_each_text(
    built: CounterfactualDataset, tmp_path: Path
) -> None:
    [examples] = built.iter_examples(["who"])
    assert examples.column("who").to_pylist() == [
        ["gay", "black"], ["gay"], [], ["black", "gay", "black"], ["gay"]
    ]  # fmt: skip
    assert slices_of(built) == SLICES
    assert "| between values of a slice | ; |" in (built.path / "card.md").read_text()
    lists = pa.table(
        {"text": TEXTS, "who": [[*filter(None, map(str.strip, cell.split(";")))] for cell in CELLS]}
    )
    pq.write_table(lists, tmp_path / "lists.parquet")
    of_lists = build_dataset(
        tmp_path / "lists.parquet", tmp_path / "b", slice_columns=["who"], method="ablate"
    )
    assert slices_of(of_lists) == SLICES
    as_text = build_dataset(
        tmp_path / "a.csv", tmp_path / "c", slice_columns=["who"], method="ablate"
    )
    assert slices_of(as_text, slice_separator=";") == SLICES
    sizes = {each.slice: each.pairs for each in plan_pairs(built, max=0.1).sizes}
    assert (sizes["overall"], sizes["who=black"], sizes["who=gay"]) == (4, 2, 3)


def test_scores_of_a_dataset_keep_the_values(built: CounterfactualDataset, tmp_path: Path) -> None:
    """A report of the model, and one of its scores, are the same; only "she" is positive."""

    def model(texts: list[str]) -> Any:
        return np.array([[0.9 if "she" in text else 0.1] for text in texts])

    report = evaluate_flip_rate(built, model)
    rates = {
        each.slice: (each.n_pairs, each.metrics["flip_rate"].value)
        for each in report.candidate.slices
        if each.slice in SLICES
    }
    assert rates == {"overall": (4, 0.5), "who=black": (2, 1), "who=gay": (3, 2 / 3)}
    score_texts([built.path], model, tmp_path / "scores.parquet")
    again = evaluate_predictions(tmp_path / "scores.parquet", slice_columns=["who"])
    assert {
        each.slice: (each.n_pairs, each.metrics["flip_rate"].value)
        for each in again.candidate.slices
    } == rates


def test_groups_to_train_on_have_one_value_a_text(
    built: CounterfactualDataset, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="several values in the slice column 'who'"):
        Groups.of(built, "who", "all")
    (tmp_path / "one.csv").write_text("text,who\nshe came,gay\nhe came,\nshe left,black\n")
    one = build_dataset(
        tmp_path / "one.csv", tmp_path / "one", slice_columns="who", slice_separator=";"
    )
    groups = Groups.of(one, None, "all")
    [examples] = one.iter_examples(["who", "label"])
    assert groups.values == ("black", "gay")
    assert groups.numbers(pa.Table.from_batches([examples])).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"slice_separator": " ", "slice_columns": "who"}, "cannot separate values"),
        ({"slice_separator": ";"}, "no slice column whose values"),
    ],
)
def test_a_separator_that_separates_nothing_is_refused(
    tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        build_dataset("a.csv", tmp_path / "out", **options)
    with pytest.raises(ConfigurationError, match=says):
        evaluate_predictions("a.csv", **options)
