"""Training with `fine-tune`: the control of every other technique, and a training of its own."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.cli.main import run
from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import TrainingInterrupted, load_classifier, train, train_baseline

ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
OPTIONS: dict[str, Any] = {**ANY, "epochs": 2, "learning_rate": 5e-3, "seed": 3}
TEXTS = ["she was rude", "he was kind", "somebody was odd"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fine-tuning")
    rng = random.Random(4)
    lines = []
    for _ in range(500):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "somebody"), (5, 1, 2) if bad else (1, 5, 2))[0]
        word = rng.choices(("rude", "odd", "kind"), (5, 4, 1) if bad else (1, 4, 5))[0]
        lines.append(f"{who} was {word},{bad:d}")
    (folder / "rows.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    without = [line for line in lines if line.startswith("somebody")]
    no_label = "she was here,"  # and so its pair is not trained on
    (folder / "plain.csv").write_text("\n".join(["text,label", *without, no_label]) + "\n")
    for name in ("rows", "plain"):
        build_dataset([folder / f"{name}.csv"], folder / name, label_column="label")
    train_baseline(folder / "rows", folder / "baseline.keras", epochs=10, learning_rate=1e-2)
    return folder


def test_it_is_the_control_that_stands_beside_clp(folder: Path, tmp_path: Path) -> None:
    arguments = folder / "baseline.keras", folder / "rows"
    tuned = train(*arguments, tmp_path / "tuned", technique="fine-tune", **OPTIONS)
    paired = train(*arguments, tmp_path / "clp", control=True, random_words=2, **OPTIONS)
    assert paired.controls["fine_tuning"] == pytest.approx(tuned.metrics, rel=1e-5)
    weightless = train(*arguments, tmp_path / "none", loss_weight=0.0, **OPTIONS)
    scores = [load_classifier(each.model).score(TEXTS) for each in (tuned, weightless)]
    np.testing.assert_allclose(*scores, atol=1e-4)
    assert (tuned.technique, tuned.n_pairs) == ("fine-tune", 0)
    assert set(tuned.history[0]) >= {"loss", "task_loss", "val_flip_rate"}
    assert "pair_loss" not in tuned.history[0]
    records = [
        json.loads((tmp_path / name / "train.json").read_text()) for name in ("tuned", "clp")
    ]
    assert [record["technique"] for record in records] == ["fine-tune", "clp"]
    own = set(records[1]["options"]) - set(records[0]["options"])
    assert own == {"loss", "loss_weight", "pair_on", "pairing", "random_words", "unseen_terms"}
    assert records[1]["options"]["pairing"] == "aligned"


def test_a_dataset_without_pairs_is_enough(folder: Path, tmp_path: Path) -> None:
    result = train(
        folder / "baseline.keras", folder / "plain", tmp_path / "tuned", technique="fine-tune",
        validation_split=0.3, **OPTIONS,
    )  # fmt: skip
    assert result.kept_epoch in (1, 2)
    assert "accuracy" in result.metrics and "flip_rate" not in result.metrics


def test_the_command_names_it_and_refuses_what_is_not_its_own(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["remediate", "train", "--baseline", str(folder / "baseline.keras")]
    command += ["--data", str(folder / "rows"), "--output", str(tmp_path / "tuned")]
    command += ["--technique", "fine-tune", "--epochs", "1"]
    assert run([*command, "--loss-weight", "1"]) == 2
    assert "the technique fine-tune has no option --loss-weight" in capsys.readouterr().err
    assert run([*command, "--control"]) == 2
    assert "the technique fine-tune is the control itself" in capsys.readouterr().err
    assert run([*command[:-4], "--technique", "fine-tunes"]) == 2
    assert "did you mean 'fine-tune'?" in capsys.readouterr().err
    assert not (tmp_path / "tuned").exists()
    assert run([*command, "--max-positive-rate-change", "1"]) == 0
    shown = capsys.readouterr().out
    heading = next(line for line in shown.splitlines() if "metric" in line)
    assert "fine-tuning" in heading and "CLP" not in shown
    assert "examples\n" in shown and "pairs" not in shown.splitlines()[-2]


def test_a_training_goes_on_with_its_own_technique_only(folder: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("epoch 2 "):
            raise KeyboardInterrupt

    arguments = folder / "baseline.keras", folder / "rows", tmp_path / "tuned"
    with pytest.raises(TrainingInterrupted):
        train(*arguments, technique="fine-tune", progress=interrupt, **OPTIONS)
    with pytest.raises(ConfigurationError, match="another technique") as caught:
        train(*arguments, technique="clp", resume=True, **OPTIONS)
    assert caught.value.expected == '"fine-tune", not "clp"'
    resumed = train(*arguments, technique="fine-tune", resume=True, **OPTIONS)
    whole = train(*arguments[:2], tmp_path / "whole", technique="fine-tune", **OPTIONS)
    scores = [load_classifier(each.model).score(TEXTS) for each in (resumed, whole)]
    np.testing.assert_allclose(*scores, atol=1e-5)
