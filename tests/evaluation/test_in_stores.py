"""From texts in a store to a judged report in it, and nothing on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset
from evenhand.evaluation import evaluate_predictions, load_report

fsspec = pytest.importorskip("fsspec")

ROWS = [f"{n},she is person {n},{n % 2}" for n in range(20)] + [f"{n},rain {n},0" for n in (20, 21)]
MODEL = """
def scores(texts):
    return [0.9 if "she" in text.split() else 0.2 for text in texts]
"""


def test_from_texts_to_a_judged_report_in_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scorer.py").write_text(MODEL)
    memory, root = fsspec.filesystem("memory"), "memory://round/trip"
    memory.pipe_file("/round/trip/train.csv", "\n".join(["id,text,label", *ROWS]).encode())

    def evenhand(*words: str, code: int = 0) -> str:
        assert run(list(words)) == code, capsys.readouterr().err
        return capsys.readouterr().out

    columns = ["--text-column", "text", "--label-column", "label", "--terms", "gender"]
    shown = evenhand("data", "build", f"{root}/*.csv", *columns, "--output", f"{root}/cf")
    assert f"Wrote {root}/cf\n" in shown
    dataset = CounterfactualDataset.open(f"{root}/cf")
    assert dataset.manifest.counts.pairs == 20
    assert dataset.manifest.sources[0].name == "train.csv"
    evenhand("data", "check", f"{root}/cf", "--output", f"{root}/quality.md")
    scores = ["--model", "scorer.py:scores", "--output", f"{root}/scores.parquet"]
    assert "20 rows" in evenhand("score", f"{root}/cf", *scores)
    with memory.open("/round/trip/scores.parquet") as file:
        assert pq.read_table(file).num_rows == 20

    report = evaluate_predictions(f"{root}/scores.parquet", output=f"{root}/report")
    assert load_report(f"{root}/report").as_document() == report.as_document()
    card = memory.cat_file("/round/trip/report/report.md")
    memory.rm("/round/trip/report/report.md")
    memory.pipe_file("/round/trip/report/report.html", b"")
    evenhand("report", "render", f"{root}/report")
    assert memory.cat_file("/round/trip/report/report.md") == card
    assert memory.cat_file("/round/trip/report/report.html")
    compared = ["report", "compare", f"{root}/report", f"{root}/report/report.json"]
    assert f"{root}/report" in evenhand(*compared, "--output", f"{root}/compared.md")
    assert "evenhand-" not in memory.cat_file("/round/trip/compared.md").decode()
    evenhand("gate", "init", "--report", f"{root}/report", "--output", f"{root}/rules.toml")
    gate = ["gate", "--report", f"{root}/report", "--config", f"{root}/rules.toml", "--json"]
    assert json.loads(evenhand(*gate))["passed"]
    for name, content in {
        each: memory.cat_file(each) for each in memory.find("/round") if "parquet" not in each
    }.items():
        assert b"/copies/" not in content, name
    assert {path.name for path in tmp_path.iterdir()} <= {"scorer.py", "__pycache__"}
    assert not [each for each in memory.find("/round") if ".partial" in each]
