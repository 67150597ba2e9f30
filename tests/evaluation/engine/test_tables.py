"""Columns that are read in parts, as codes: the same slices and tables as from plain strings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.evaluation.engine import tfma_tables as evaluation_tables
from evenhand.evaluation.engine.tfma_tables import EvaluationTables
from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs, coded
from evenhand.evaluation.reports.report import DataSummary

COLOURS = ["red", None, "blue", "red", "green"]
TERMS = [["she"], ["he", "she"], [], ["he"]]
EXAMPLE = np.array([0, 0, 2, 4])
SCORES = ModelScores(
    "m", None, np.arange(5) / 10, np.array([0.0, 0.0, 0.2, 0.4]), np.array([0.9, 0.8, 0.7, 0.6])
)


def make_data(parts: bool) -> EvaluationData:
    colours, terms = pa.array(COLOURS), pa.array(TERMS, pa.list_(pa.string()))
    if parts:  # whose dictionaries differ, and whose lists do not begin at their values' first
        colours = coded([colours[:2], colours[2:3], colours[3:]])
        terms = coded([terms[:1], terms[1:]])
    labels = np.array([1.0, 0.0, np.nan, 1.0, 0.0])
    summary = DataSummary(name="d", sha256="0" * 64, examples=5, labelled=4, pairs=4, weighted=True)
    examples = Examples(labels, np.arange(5, dtype=np.float64), {"colour": colours})
    return EvaluationData(examples, Pairs(EXAMPLE, terms=terms), summary)


@pytest.mark.parametrize("parts", [False, True])
def test_slices(parts: bool) -> None:
    found = {s.name: (s.examples.tolist(), s.pairs.tolist()) for s in make_data(parts).slices()}
    assert found == {
        "overall": ([0, 1, 2, 3, 4], [0, 1, 2, 3]),
        "colour=blue": ([2], [2]),
        "colour=green": ([4], [3]),
        "colour=red": ([0, 3], [0, 1]),
        "term=he": ([0, 4], [1, 3]),
        "term=she": ([0], [0, 1]),
    }


def test_rows_that_weigh_nothing_are_no_evidence() -> None:
    found = {s.name: (s.examples.tolist(), s.pairs.tolist()) for s in make_data(True).evidence()}
    assert found == {
        "overall": ([1, 2, 3, 4], [2, 3]),
        "colour=blue": ([2], [2]),
        "colour=green": ([4], [3]),
        "colour=red": ([3], []),
        "term=he": ([4], [3]),
        "term=she": ([], []),
    }


@pytest.mark.parametrize("parts", [False, True])
def test_tables_are_written_in_parts(
    parts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_tables, "BATCH_ROWS", 2)
    tables = EvaluationTables(make_data(parts), SCORES)
    written = {}
    for table in (tables.pairs, tables.examples, tables.labelled):
        table.write(tmp_path / table.name)
        written[table.name] = pq.read_table(tmp_path / table.name).to_pydict()
    assert written["pairs"] == {
        "prediction": [0.0, 0.0, 0.2, 0.4],
        "counterfactual_prediction": [0.9, 0.8, 0.7, 0.6],
        "weight": [0, 0, 2, 4],
        "colour": ["red", "red", "blue", "green"],
        "term": TERMS,
    }
    assert written["examples"] == {
        "prediction": [0.0, 0.1, 0.2, 0.3, 0.4],
        "counterfactual_prediction": [[0.9, 0.8], [], [0.7], [], [0.6]],
        "weight": [0, 1, 2, 3, 4],
        "colour": COLOURS,
        "term": [["she", "he", "she"], [], [], [], ["he"]],
    }
    labelled = written["labelled"]
    assert labelled["label"] == [1, 0, 1, 0]
    assert labelled["colour"] == ["red", None, "red", "green"]
    assert "counterfactual_prediction" not in labelled
