from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.data.errors import InputError
from evenhand.evaluation.predictions import read_predictions

ROWS = [
    {"id": "x", "prediction": 0.25, "counterfactual_prediction": 0.75, "label": 1.0, "sex": "f"},
    {"id": "y", "prediction": 1.0, "counterfactual_prediction": 0.0, "label": None, "sex": None},
]


def write(folder: Path, suffix: str) -> Path:
    file = folder / f"scores{suffix}"
    lines = "id,prediction,counterfactual_prediction,label,sex\nx,0.25,0.75,1,f\ny,1,0,,\n"
    if suffix == ".csv":
        file.write_text(lines)
    elif suffix == ".csv.gz":
        file.write_bytes(gzip.compress(lines.encode()))
    elif suffix == ".tsv":
        file.write_text(lines.replace(",", "\t"))
    elif suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), file)
    return file


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".tsv", ".jsonl", ".parquet"])
def test_every_format_gives_the_same(tmp_path: Path, suffix: str) -> None:
    data, scores = read_predictions(write(tmp_path, suffix), slice_columns=["sex"])
    assert scores.originals.tolist() == [0.25, 1.0]
    assert scores.counterfactuals.tolist() == [0.75, 0.0]
    assert data.examples.ids.to_pylist() == ["x", "y"]
    assert data.examples.labels[0] == 1 and np.isnan(data.examples.labels[1])
    assert [part.name for part in data.slices()] == ["overall", "sex=f"]
    assert (data.summary.examples, data.summary.labelled, data.summary.weighted) == (2, 1, False)


def test_ids_are_row_numbers_where_there_are_none(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("prediction,counterfactual_prediction\n0.5,0.5\n0.5,0.5\n")
    data, _ = read_predictions(file)
    assert data.examples.ids.to_pylist() == ["0", "1"]


def test_slice_values_that_look_like_something_else_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        'prediction,counterfactual_prediction,code\n0.5,0.5,NA\n0.5,0.5,007\n0.5,0.5,"a=b,c"\n'
    )
    data, _ = read_predictions(file, slice_columns=["code"])
    assert [part.name for part in data.slices()][1:] == ["code=007", "code=NA", "code=a=b,c"]


BAD = {
    "no rows": ("prediction,counterfactual_prediction\n", "no rows"),
    "empty": ("", "input is empty"),
    "missing column": ("prediction\n0.5\n", "no column 'counterfactual_prediction'"),
    "nan": (
        "prediction,counterfactual_prediction\n0.5,0.5\nnan,0.5\n",
        "'nan' cannot be used\n  at: .*scores.csv, row 2, column 'prediction'\n  expected: a",
    ),
    "missing": (
        "prediction,counterfactual_prediction\n0.5,0.5\n0.5,\n",
        "missing\n  at: .*scores.csv, row 2, column 'counterfactual_prediction'",
    ),
    "logit": ("prediction,counterfactual_prediction\n0.5,1.5\n", "'1.5' cannot.*from 0 to 1"),
    "text": ("prediction,counterfactual_prediction\n0.5,high\n", "'high' cannot be used"),
    "label": ("prediction,counterfactual_prediction,label\n0.5,0.5,2\n", "'2'.*column 'label'"),
    "weight": ("prediction,counterfactual_prediction,weight\n0.5,0.5,-1\n", "'-1'.*at least 0"),
    "id twice": (
        "prediction,counterfactual_prediction,id\n0.5,0.5,a\n0.5,0.5,\n0.5,0.5,a\n",
        "occurs twice.*scores.csv, row 3, column 'id'",
    ),
    "ragged": ("prediction,counterfactual_prediction\n0.5\n", "1 fields.*row 1\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_scores_is_refused(tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    file = tmp_path / "scores.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=f"(?s){message}") as raised:
        read_predictions(file)
    assert "--on-error" not in str(raised.value)  # which reports do not have


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b'{"prediction": "\\ud800"}', None])
def test_damaged_and_missing_files_are_refused(
    tmp_path: Path, suffix: str, content: bytes | None
) -> None:
    file = tmp_path / f"scores{suffix}"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read|not known|no column|no such|UTF-(8|16)"):
        read_predictions(file)
