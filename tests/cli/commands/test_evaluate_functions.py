"""`evenhand evaluate functions` and the gate on what it wrote, at the terminal."""

from __future__ import annotations

import json

import pytest

from evenhand.cli.main import run

SCORERS = """
def hates(texts):
    return [0.9 if "hate" in text.lower() else 0.1 for text in texts]

def flags_nothing(texts):
    return [0.1] * len(texts)

def logits(texts):
    return [4.0 if "hate" in text.lower() else -4.0 for text in texts]
"""

OVERALL = {"slice": "overall", "n_examples": 1, "n_pairs": 1, "metrics": {}}
REPORT = json.dumps(
    {
        "schema_version": 1,
        "kind": "flip-rate",
        "thresholds": [0.5],
        "data": {
            "name": "d",
            "sha256": "0" * 64,
            "examples": 1,
            "labelled": 0,
            "pairs": 1,
            "weighted": False,
        },
        "intervals": {"level": 0.95, "resamples": 0, "seed": 0},
        "models": [{"role": "candidate", "name": "m", "slices": [OVERALL]}],
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("functions")
    (folder / "function_scorers.py").write_text(SCORERS)
    return folder


@pytest.fixture(autouse=True)
def in_the_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)


def functions(*words):
    return run(["evaluate", "functions", "--no-cache", *map(str, words)])


def test_from_model_to_tables_files_and_gate(folder, capsys):
    words = ("--model", "function_scorers:hates", "--terms", "religion", "--group", "sikh")
    words += ("--compare-to", "function_scorers:flags_nothing", "--output", "out")
    assert functions(*words) == 0
    shown = capsys.readouterr().out
    assert "negated-hate" in shown and "sikh" in shown and "decides all sentences alike" in shown
    assert "100.00% → 83.33%" in shown  # "I do not hate Sikhs." is one of six
    assert functions(*words) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert functions(*words, "--overwrite", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((folder / "out" / "functions.json").read_text())
    assert [each["name"] for each in document["groups"]] == ["sikh"]

    (folder / "report.json").write_text(REPORT)
    rules = folder / "evenhand.toml"
    rule = '[[gate.rules]]\nmetric = "functions.accuracy"\nslice = "functionality=*"\n'
    rules.write_text(rule + "max_drop = 0.4\n")
    gate = ["gate", "--report", "report.json", "--functions", "out"]
    assert run(gate) == 0
    rules.write_text(rule + "max_drop = 0.3\n")
    capsys.readouterr()
    assert run(gate) == 1
    assert "functionality=condemned-quotation" in capsys.readouterr().out
    assert run(["gate", "--report", "report.json"]) == 1
    assert "--functions" in capsys.readouterr().out
    assert run(["gate", "explain", "--report", "report.json", "--functions", "out"]) == 0
    assert run(["gate", "--report", "report.json", "--functions", "nowhere"]) == 3


def test_outputs_that_are_logits_are_read_as_such(capsys):
    words = ("--model", "function_scorers:logits", "--group", "sikh", "--output", "of-logits")
    assert functions(*words, "--logits", "--json") == 0
    [model] = json.loads(capsys.readouterr().out)["models"]
    assert "logit" in model["outputs"]


def test_a_dry_run_lists_the_sentences_and_needs_no_model(capsys):
    assert functions("--dry-run", "--group", "sikh") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith("I hate Sikhs.") and line.startswith("toxic") for line in lines)
    assert functions("--dry-run", "--group", "sikh", "--json") == 0
    cases = json.loads(capsys.readouterr().out)["cases"]
    assert len(cases) == len(lines) - 1
    assert {case["group"] for case in cases} == {"sikh", None}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--model is missing"),
        (("--model", "function_scorers:hates"), 2, "--output is missing"),
        (("--model", "a", "--endpoint", "http://b", "--output", "x"), 2, "both name the model"),
        (("--dry-run", "--group", "sick"), 2, "--group"),
        (("--dry-run", "--terms", "nonsense"), 3, "no lexicon called 'nonsense'"),
        (("--model", "m:f", "--output", "x", "--threshold", "1"), 2, "threshold"),
        (("--model", "m:f", "--output", "x", "--threshold", "best"), 2, "auto"),
        (("--model", "m:f", "--output", "x", "--threshold", "auto"), 2, "no file"),
        (("--model", "m:f", "--output", "x", "--baseline-threshold", "0.4"), 2, "no baseline"),
        (("--model", "absent.keras", "--output", "x"), 3, "absent.keras"),
    ],
)
def test_wrong_use_is_told(words, code, said, capsys):
    assert functions(*words) == code
    assert said in capsys.readouterr().err
