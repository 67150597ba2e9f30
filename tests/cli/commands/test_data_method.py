"""`evenhand data build --method` at the terminal."""

from __future__ import annotations

import hashlib
import json
import sys

import pytest

from evenhand.cli.main import run
from evenhand.data.dataset.on_disk import CounterfactualDataset


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("text\nShe lost her keys.\nAn atheist left.\n")
    return tmp_path


def test_substitute_pairs_each_text_with_its_counterparts(folder):
    words = ["--method", "substitute", "--terms", "gender", "--terms", "religion"]
    assert run(["data", "build", "rows.csv", *words, "--per-example", "2", "--output", "cf"]) == 0
    dataset = CounterfactualDataset.open("cf")
    texts = dataset.pairs()["counterfactual"].to_pylist()
    assert texts[0] == "He lost his keys."
    assert len(texts) == 3
    assert dataset.manifest.method.options["per_example"] == 2


def test_a_dry_run_shows_the_method_asked_for(folder, capsys):
    assert run(["data", "build", "rows.csv", "--method", "substitute", "--dry-run", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [pair["counterfactual"] for pair in shown["pairs"]] == ["He lost his keys."]


def test_without_a_method_pairs_are_neutral(folder, caplog):
    words = ["--terms", "gender", "--terms", "religion"]
    assert run(["data", "build", "rows.csv", *words, "--output", "cf"]) == 0
    dataset = CounterfactualDataset.open("cf")
    assert dataset.manifest.method.name == "neutral"
    assert dataset.pairs()["counterfactual"].to_pylist() == [
        "They lost their keys.",
        "A person left.",
    ]
    assert not caplog.messages


def test_terms_without_neutral_forms_are_taken_out_of_all_texts_with_a_remark(folder, caplog):
    (folder / "people.txt").write_text("atheist\n")
    build = ["data", "build", "rows.csv", "--terms", "gender", "--terms", "people.txt"]
    assert run([*build, "--workers", "2", "--output", "cf"]) == 0
    [remark] = caplog.messages
    assert "(the method ablate), since the lexicon people does not" in remark
    caplog.clear()
    dataset = CounterfactualDataset.open("cf")
    assert dataset.manifest.method.name == "ablate"
    assert dataset.pairs()["counterfactual"].to_pylist() == ["lost keys.", "An left."]
    assert run([*build, "--method", "neutral", "--output", "asked"]) == 0
    asked = CounterfactualDataset.open("asked")
    assert asked.manifest.method.name == "neutral"
    assert asked.pairs()["counterfactual"].to_pylist() == ["They lost their keys."]
    (folder / "pairs.csv").write_text("id,counterfactual\n1,A baker left.\n")
    assert run([*build, "--pairs", "pairs.csv", "--output", "written"]) == 0
    assert not caplog.messages, "what is asked for, or written already, needs no remark"


@pytest.mark.parametrize(
    "words",
    [
        ["--method", "swap"],
        ["--per-example", "1"],
        ["--method", "substitute", "--per-example", "0"],
    ],
)
def test_options_that_do_not_fit_are_usage_errors(folder, capsys, words):
    assert run(["data", "build", "rows.csv", *words, "--output", "cf"]) == 2
    assert not (folder / "cf").exists()
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "source", ["import sys\nsys.exit('no')\n", "import sys\nsys.exit(0)\n", "def f(:\n", "1 / 0\n"]
)
def test_a_module_that_exits_or_fails_is_no_success(folder, capsys, monkeypatch, source):
    monkeypatch.setattr("sys.path", list(sys.path))
    name = f"fails_{hashlib.sha256(source.encode()).hexdigest()[:8]}"
    (folder / f"{name}.py").write_text(source)
    assert run(["data", "build", "rows.csv", "--method", f"{name}:f", "--output", "cf"]) == 2
    assert " cannot be imported (" in capsys.readouterr().err
    assert not (folder / "cf").exists()


def test_a_function_that_exits_is_no_success(folder, capsys, monkeypatch):
    monkeypatch.setattr("sys.path", list(sys.path))
    (folder / "quits_when_called.py").write_text("import sys\ndef f(texts):\n    sys.exit(0)\n")
    words = ["--method", "quits_when_called:f", "--output", "cf"]
    assert run(["data", "build", "rows.csv", *words]) == 3
    assert "the method failed (SystemExit: 0)" in capsys.readouterr().err
    assert not (folder / "cf").exists()
