"""`evenhand gate` at the terminal: exit codes, output, and that it stays light."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from evenhand.cli.main import run

RULES = """
[[gate.rules]]
metric = "flip_rate"
max = 0.05
"""


def report_json(flip_rate, slices=()):
    def one(name):
        return {
            "slice": name,
            "n_examples": 10,
            "n_pairs": 10,
            "metrics": {"flip_rate": {"value": flip_rate}},
        }

    return {
        "schema_version": 1,
        "kind": "flip-rate",
        "thresholds": [0.5],
        "data": {
            "name": "d",
            "sha256": "0" * 64,
            "examples": 10,
            "labelled": 10,
            "pairs": 10,
            "weighted": False,
        },
        "intervals": {"level": 0.95, "resamples": 0, "seed": 0},
        "models": [
            {"role": "candidate", "name": "m", "slices": [one("overall"), *map(one, slices)]}
        ],
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evenhand.toml").write_text(RULES)
    (tmp_path / "good.json").write_text(json.dumps(report_json(0.01)))
    (tmp_path / "bad.json").write_text(json.dumps(report_json(0.5)))
    return tmp_path


def test_passing_and_failing(project, capsys):
    assert run(["gate", "--report", "good.json"]) == 0
    assert "Gate passed" in capsys.readouterr().out
    assert run(["gate", "--report", "bad.json"]) == 1
    assert "Gate FAILED: 1 of 1" in capsys.readouterr().out


def test_json_is_one_document(project, capsys):
    assert run(["gate", "--report", "bad.json", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is False
    assert document["checks"][0]["outcome"] == "failed"


def test_junit_is_written(project):
    assert run(["gate", "--report", "bad.json", "--junit", "out/gate.xml"]) == 1
    assert "<failure" in (project / "out" / "gate.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--report", "absent.json"], 3),
        (["--report", "good.json", "--config", "absent.toml"], 2),
        (["--report", "good.json", "--role", "baseline"], 3),
        (["--report", "good.json", "--role", "other"], 2),
        ([], 2),
    ],
)
def test_what_cannot_be_judged(project, capsys, arguments, code):
    assert run(["gate", *arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Error" in printed.err


def test_no_configuration_at_all(project, capsys):
    (project / "evenhand.toml").unlink()
    assert run(["gate", "--report", "good.json"]) == 2
    assert "--config" in capsys.readouterr().err


def test_markup_in_names_is_shown_as_text(project, capsys):
    report = report_json(0.01, slices=["x=[red]boo[/red]"])
    (project / "good.json").write_text(json.dumps(report))
    (project / "evenhand.toml").write_text(RULES + 'slice = "*"\n')
    assert run(["gate", "--report", "good.json"]) == 0
    assert "[red]boo[/red]" in capsys.readouterr().out


def test_the_gate_loads_neither_tensorflow_nor_pandas(project):
    code = """
import sys
from evenhand.cli.main import run
assert run(["gate", "--report", "good.json", "--junit", "gate.xml"]) == 0
heavy = {"tensorflow", "tensorflow_model_analysis", "pandas", "pyarrow", "numpy"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
