"""A scan on a real Spark cluster finds what a local one finds."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli import main
from evenhand.data import InputError
from evenhand.data.building import spark_build
from evenhand.data.building.scan import scan_terms

TEXTS = ["She is number {}.", "The women, he says: {}", "Nobody is {}.", "a gay man {}", None]
LABELS = ["toxic", "clean", None]
ARGUMENTS = {
    "label_column": "label",
    "positive_labels": ["toxic"],
    "terms": ["gender", "sexual-orientation"],
}


def rows(start: int, stop: int) -> list[dict[str, str | None]]:
    return [
        {"text": (TEXTS[n % 5] or "").format(n) or None, "label": LABELS[n % 3]}
        for n in range(start, stop)
    ]


def write_inputs(folder: Path) -> None:
    """Write a file that is cut by bytes, one by row groups, and one that stays whole."""
    lines = [json.dumps(row) for row in rows(0, 200)]
    (folder / "a.jsonl").write_text("\n".join(lines))
    pq.write_table(pa.Table.from_pylist(rows(200, 300)), folder / "b.parquet", row_group_size=20)
    with pa.output_stream(folder / "c.csv.gz") as stream:
        stream.write(b"text,label\nher name,toxic\nhis name,clean\n")


@pytest.mark.slow
def test_a_scan_on_a_cluster_is_that_of_one_machine(on_spark, tmp_path, monkeypatch):
    monkeypatch.setattr(spark_build, "_LEAST_PART", 2_000)
    monkeypatch.chdir(tmp_path)  # workers have another working folder
    write_inputs(tmp_path)
    inputs, told = ["a.jsonl", "b.parquet", "c.csv.gz"], []
    there = scan_terms(
        inputs, engine="spark", progress=lambda *done, **_: told.append(done), **ARGUMENTS
    )
    assert there == scan_terms(inputs, **ARGUMENTS)
    assert there.all_rows.rows == 242
    assert there.all_rows.positive > 50
    assert told[-1][0] == "scanning"
    assert told[-1][2] > 3, "the files were cut"
    (tmp_path / "wrong.csv").write_text("text,label\nshe,toxic\nshe,toxic,more\n")
    failures = []
    for engine in ("spark", "local"):
        with pytest.raises(InputError) as failing:
            scan_terms(["wrong.csv"], engine=engine, **ARGUMENTS)
        failures.append((failing.value.what, failing.value.remedy))
    assert failures[0] == failures[1]


def test_a_master_without_spark_is_refused(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("text\nshe\n")
    words = ["data", "terms", "scan", str(tmp_path / "a.csv"), "--master", "local[2]"]
    assert main.run(words) == 2
    assert "a master is for the engine spark" in capsys.readouterr().err
