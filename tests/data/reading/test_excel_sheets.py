"""Excel workbooks: the same rows as CSV gives, and clear words where they cannot be read."""

from __future__ import annotations

import datetime
import sys
import zipfile

import pandas as pd
import pytest

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.data.errors import InputError, UnavailableError
from evenhand.data.reading.excel_sheets import excel_table

pytest.importorskip("openpyxl")


def workbook(path, **sheets):
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return path


ROWS = pd.DataFrame(
    {
        "text": ["She is late.", "NA", None, "1+1", "he\nleft", "100"],
        "label": [1, 0, 0, 1, 0, 1],
        "source": ["a", "b", "b", None, "a", "a"],
    }
)


def test_a_workbook_gives_the_dataset_that_its_rows_as_parquet_give(tmp_path):
    ROWS.to_parquet(tmp_path / "rows.parquet")
    workbook(tmp_path / "rows.xlsx", rows=ROWS, empty=pd.DataFrame())
    found = {}
    for name in ("rows.parquet", "rows.xlsx"):
        given = {"label_column": "label", "slice_columns": ["source"], "method": "ablate"}
        dataset = build_dataset(tmp_path / name, tmp_path / f"{name}-cf", **given)
        examples = dataset.examples(["id", "text", "label", "source"]).to_pylist()
        pairs = dataset.pairs(["original", "counterfactual"]).to_pylist()
        found[name] = (examples, pairs)
    assert found["rows.xlsx"] == found["rows.parquet"]
    assert len(found["rows.xlsx"][1]) == 2


@pytest.mark.parametrize(
    ("cells", "type_", "values"),
    [
        (["a", None], "string", ["a", None]),
        ([1, 2, None], "int64", [1, 2, None]),
        ([1, 2.5], "double", [1.0, 2.5]),
        ([True, False], "bool", [True, False]),
        ([1, "one"], "string", ["1", "one"]),
        ([datetime.datetime(2026, 1, 2), "x"], "string", ["2026-01-02 00:00:00", "x"]),
    ],
)
def test_a_column_has_one_type(tmp_path, cells, type_, values):
    frame = pd.DataFrame({"cell": pd.Series(cells, dtype=object), "row": range(len(cells))})
    table = excel_table(workbook(tmp_path / "a.xlsx", rows=frame))
    assert str(table.schema.field("cell").type) == type_
    assert table["cell"].to_pylist() == values


def test_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    build = ["data", "build", "--output", str(tmp_path / "cf")]
    two = workbook(tmp_path / "two.xlsx", one=ROWS, other=ROWS)
    with pytest.raises(InputError, match=r"has 2 sheets, 'one', 'other'"):
        excel_table(two)
    with zipfile.ZipFile(two) as archive, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as cut:
        for each in archive.infolist()[:-1]:
            cut.writestr(each, archive.read(each)[:300])
    (tmp_path / "no.xlsx").write_text("text\nshe left\n")
    (tmp_path / "none.xlsx").write_bytes(b"")
    workbook(tmp_path / "empty.xlsx", rows=pd.DataFrame())
    workbook(tmp_path / "header.xlsx", rows=ROWS[:0])
    for name in ("two", "cut", "no", "none", "empty", "header"):
        assert run([*build, str(tmp_path / f"{name}.xlsx")]) == 3, name
        assert not (tmp_path / "cf").exists()
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UnavailableError, match="not installed"):
        excel_table(workbook_again(two))
    assert run([*build, str(two)]) == 4


def workbook_again(path):
    """A file that nothing has read yet."""
    return path.rename(path.with_name("again.xlsx")).rename(path)
