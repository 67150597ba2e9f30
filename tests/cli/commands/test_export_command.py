"""`evenhand remediate export`: what it prints, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.cli.main import run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from evenhand.remediation.runtime.tensorflow import import_keras

    layers = import_keras().layers
    words = layers.TextVectorization(vocabulary=["she", "he", "kind"], output_mode="multi_hot")
    made = import_keras().Sequential([layers.Input((), dtype="string"), words, layers.Dense(1)])
    path = tmp_path_factory.mktemp("model") / "model.keras"
    made.save(path)
    return path


def test_an_export_says_what_it_is_and_how_to_evaluate_it(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served = tmp_path / "served"
    words = ["remediate", "export", "--model", str(model), "--output", str(served)]
    assert run([*words, "--dry-run"]) == 0
    assert "was not written (--dry-run)" in capsys.readouterr().out and not served.exists()
    assert run(words) == 0
    shown = capsys.readouterr().out
    assert "Input: text, string [None]" in shown and f"Wrote {served}/1" in shown
    next_words = f"evaluate flip-rate --model {served}/1 --compare-to {model} --logits --data"
    assert next_words in shown, "a SavedModel does not say that its outputs are logits"
    assert run([*words, "--version", "1"]) == 2
    assert "give --overwrite to replace it" in capsys.readouterr().err


def test_calibration_texts_are_counted_and_rows_left_out(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("comment\nshe is kind\nhe\n\nhe\n")
    words = ["--format", "tflite", "--quantise", "int8", "--calibration", str(tmp_path / "t.csv")]
    words += ["--text-column", "comment", "--output", str(tmp_path / "small.tflite"), "--json"]
    assert run(["remediate", "export", "--model", str(model), *words]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["calibration_texts"] == 2 and result["gives_logits"]
    assert Path(result["path"]).stat().st_size == result["n_bytes"]
