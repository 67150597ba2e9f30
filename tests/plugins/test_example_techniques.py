"""The example's technique of remediation: trained, swept and named as evenhand's own are."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

CODE = r"""
from pathlib import Path
from evenhand.cli.main import run
from evenhand.cli.runs.file import read_run_file
from evenhand.data import ConfigurationError, build_dataset
from evenhand.remediation import train_baseline
build_dataset(["rows.csv"], "cf", label_column="label")
train_baseline("cf", "baseline.keras", epochs=10, learning_rate=1e-2)
limits = ["--max-auc-drop", "1", "--max-accuracy-drop", "1", "--max-positive-rate-change", "1"]
common = ["--baseline", "baseline.keras", "--data", "cf", "--technique", "augment", "--epochs", "2"]
common += ["--learning-rate", "0.02", *limits]
train = ["remediate", "train", *common, "--output", "augmented"]
assert run([*train, "--loss", "mse"]) == 2
assert run([*train, "--unlabelled"]) == 2
assert run([*train, "--counterfactual-weight", "-1"]) == 2
assert run([*train, "--counterfactual-weight", "0.5"]) == 0
sweep = ["remediate", "sweep", *common, "--output", "swept"]
assert run([*sweep, "--counterfactual-weight", "0.1", "--counterfactual-weight", "2"]) == 0
assert run(["remediate", "train", "--help"]) == 0

file = '[data.train]\ninputs = ["rows.csv"]\n[data.test]\ninputs = ["rows.csv"]\n[baseline]\n'
file += '[train]\ntechnique = "augment"\n[[gate.rules]]\nmetric = "auc"\nmin = 0.5\n'
Path("evenhand.toml").write_text(file)
training = read_run_file("evenhand.toml").steps["train"]
assert (training["technique"], training["counterfactual_weight"]) == ("augment", 1.0)
assert "loss_weight" not in training
assert read_run_file("evenhand.toml", ["train.counterfactual_weight=2"])
try:
    read_run_file("evenhand.toml", ["train.loss=mse"])
except ConfigurationError as error:
    assert "the technique augment has no option `loss`" in str(error)
else:
    raise AssertionError("it is taken")
"""


@pytest.mark.slow
def test_a_model_is_trained_and_swept_by_a_technique_of_another_package(
    run_with_plugin: Callable[..., str], tmp_path: Path
) -> None:
    rng = random.Random(4)
    lines = ["text,label"]
    for _ in range(400):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "somebody"), (6, 0, 4) if bad else (0, 3, 7))[0]
        lines.append(f"{who} was {rng.choice(('rude', 'odd') if bad else ('kind', 'odd'))},{bad:d}")
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shown = run_with_plugin(CODE)
    assert "augmentation" in shown and "CLP" not in shown.partition("Usage:")[0]
    assert "--counterfactual-weight" in shown.partition("Usage:")[2]
    record = json.loads((tmp_path / "augmented" / "train.json").read_text(encoding="utf-8"))
    assert record["technique"] == "augment"
    assert record["options"]["counterfactual_weight"] == 0.5
    assert record["metrics"]["ctf_gap"] < record["baseline_metrics"]["ctf_gap"]
    swept = json.loads((tmp_path / "swept" / "sweep.json").read_text(encoding="utf-8"))
    assert [trial["counterfactual_weight"] for trial in swept["trials"]] == [0.1, 2.0]
    assert swept["grid"] == [[0.1], [2.0]]
