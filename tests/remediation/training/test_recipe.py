"""What a training keeps, the best epoch within limits or the baseline, and its controls."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.cli.main import run
from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import TrainingInterrupted, load_classifier, train, train_baseline
from evenhand.remediation.training.fit_options import TrainingOptions
from evenhand.remediation.training.supervision import validation_of

TEXTS = ["she was rude today", "he was kind", "somebody was rude", "nobody was kind again"]
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}


def _lines(rows: int, seed: int) -> list[str]:
    """Comments that "rude" and "kind" tell apart, and "she" and "he" by half as much."""
    rng = random.Random(seed)
    lines = []
    for _ in range(rows):
        bad = rng.random() < 0.5
        who = rng.choices(
            ("she", "he", "somebody", "nobody"), (5, 1, 2, 2) if bad else (1, 5, 2, 2)
        )
        word = rng.choices(("rude", "odd", "kind"), (5, 4, 1) if bad else (1, 4, 5))
        end = rng.choice(("today", "again", "once", ""))
        lines.append(f"{who[0]} was {word[0]} {end},{bad:d}")
    return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    for name, rows in (("train", 900), ("valid", 300)):
        (folder / f"{name}.csv").write_text("\n".join(["text,label", *_lines(rows, rows)]) + "\n")
        build_dataset([folder / f"{name}.csv"], folder / name, label_column="label")
        build_dataset([folder / f"{name}.csv"], folder / f"{name}-bare")
    train_baseline(folder / "train", folder / "baseline.keras", epochs=25, learning_rate=1e-2)
    return folder


def scores(model: Path) -> list[float]:
    return load_classifier(model).score(TEXTS).tolist()


def test_the_best_epoch_is_kept_and_not_the_last(folder: Path, tmp_path: Path) -> None:
    options = {"epochs": 5, "learning_rate": 5e-3, "validation_split": 0.3, "batch_size": 32}
    result = train(folder / "baseline.keras", folder / "train", tmp_path / "clp", **options, **ANY)
    validated = [validation_of(record) for record in result.history]
    best = TrainingOptions(**ANY).trade_off.best(validated, result.baseline_metrics)
    assert best is not None and result.kept_epoch == best + 1
    assert result.limits_kept is True
    kept = validated[best]
    for name in ("flip_rate", "auc", "n_flips_mended", "standardized_ctf_gap", "logit_spread"):
        assert result.metrics[name] == pytest.approx(kept[name], rel=1e-5), name
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert record["reason"] == result.reason
    assert record["kept_epoch"] == result.kept_epoch
    assert record["notes"] == []
    assert record["learning_rate"] == {"rate": 5e-3, "source": "as asked for"}


def test_a_training_that_keeps_no_limit_leaves_the_baseline_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["remediate", "train", "--baseline", str(folder / "baseline.keras")]
    command += ["--data", str(folder / "train-bare"), "--pairs", str(folder / "train")]
    command += ["--unlabelled", "--learning-rate", "0.5", "--epochs", "2", "--loss-weight", "30"]
    assert run([*command, "--output", str(tmp_path / "clp")]) == 1
    out = capsys.readouterr().out
    assert "No repair: nothing keeps the limits, and so the baseline is kept: epoch " in out
    assert "of the baseline's decisions, more than 1.00%" in out
    assert "fewer" not in out
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert (record["kept_epoch"], record["limits_kept"]) == (0, False)
    assert record["metrics"] == record["baseline_metrics"]
    assert len(record["warnings"]) >= 1
    assert scores(tmp_path / "clp" / "model.keras") == scores(folder / "baseline.keras")


def test_early_stopping_that_keeps_an_early_epoch_says_why(folder: Path, tmp_path: Path) -> None:
    result = train(
        folder / "baseline.keras", folder / "train-bare", tmp_path / "clp", unlabelled=True,
        early_stopping="flip_rate", learning_rate=3e-2, warmup=2.0, epochs=12, batch_size=32,
        patience=3,
    )  # fmt: skip
    assert len(result.history) < 12
    assert result.kept_epoch == len(result.history) - 3
    assert re.search("% of the baseline's decisions|share of texts flagged", result.reason)


def test_without_held_out_data_the_last_epoch_is_kept_unchecked(
    folder: Path, tmp_path: Path
) -> None:
    options = {"epochs": 2, "learning_rate": 0.5, "validation_split": 0.0}
    result = train(folder / "baseline.keras", folder / "train", tmp_path / "clp", **options)
    assert (result.kept_epoch, result.limits_kept) == (2, None)
    assert "nothing was checked" in result.reason
    assert result.metrics == result.baseline_metrics == {}


def test_validation_data_takes_the_place_of_the_split(folder: Path, tmp_path: Path) -> None:
    arguments = folder / "baseline.keras", folder / "train"
    result = train(*arguments, tmp_path / "clp", validation_data=folder / "valid", epochs=1)
    assert result.n_examples == 900
    other = train(
        folder / "baseline.keras", folder / "valid", tmp_path / "other", epochs=1,
        validation_data=folder / "train",
    )  # fmt: skip
    assert result.baseline_metrics["n_pairs"] == other.n_pairs  # all of them, in either role
    assert other.baseline_metrics["n_pairs"] == result.n_pairs
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert record["validation_data"]["name"] == "valid"
    both = (CounterfactualDataset.open(folder / name) for name in ("train", "valid"))
    trained, measured = (each.examples("text")["text"].to_pylist() for each in both)
    n_shared = sum(text in set(trained) for text in measured)
    shared = [each for each in result.warnings if "to measure on" in each]
    assert n_shared and [each.partition(" ")[0] for each in shared] == [f"{n_shared:,}"]
    with pytest.raises(ConfigurationError, match="is the data to train on"):
        train(*arguments, tmp_path / "same", validation_data=folder / "train")


def test_few_flips_to_choose_by_are_a_warning(folder: Path, tmp_path: Path) -> None:
    options = {"epochs": 1, "validation_split": 0.01}
    result = train(folder / "baseline.keras", folder / "train", tmp_path / "clp", **options)
    assert any("chance decides" in warning for warning in result.warnings)


def test_controls_stand_beside_and_an_interrupted_one_is_gone_on_with(
    folder: Path, tmp_path: Path
) -> None:
    options = {**ANY, "epochs": 2, "learning_rate": 5e-3, "validation_split": 0.2, "seed": 3}
    arguments = folder / "baseline.keras", folder / "train"
    plain = train(*arguments, tmp_path / "plain", **options, loss_weight=0.0)

    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("control: epoch 2 "):
            raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted) as caught:
        train(*arguments, tmp_path / "clp", control=True, progress=interrupt, **options)
    assert caught.value.model == tmp_path / "clp.checkpoint" / "model.keras"
    stages: list[str] = []
    result = train(
        *arguments, tmp_path / "clp", control=True, resume=True, **options,
        progress=lambda stage, done, total=None, note="": stages.append(stage),
    )  # fmt: skip
    assert {stage for stage in stages if "epoch" in stage} == {"control: epoch 2 of 2"}
    assert result.controls["fine_tuning"] == pytest.approx(plain.metrics, rel=1e-4, abs=1e-4)
    alone = train(*arguments, tmp_path / "alone", **options)
    assert result.metrics == pytest.approx(alone.metrics, rel=1e-4, abs=1e-4)
    np.testing.assert_allclose(scores(result.model), scores(alone.model), atol=1e-4)
    blind = result.controls["blind"]
    assert blind == alone.controls["blind"]
    assert blind["flip_rate"] == 0.0 and blind["accuracy"] < result.baseline_metrics["accuracy"]
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "clp", "alone"}


@pytest.mark.parametrize(("method", "has_control"), [("neutral", True), ("substitute", False)])
def test_the_control_without_terms_is_for_pairs_that_take_terms_out(
    folder: Path, tmp_path: Path, method: str, has_control: bool
) -> None:
    build_dataset([folder / "valid.csv"], tmp_path / "pairs", label_column="label", method=method)
    result = train(folder / "baseline.keras", tmp_path / "pairs", tmp_path / "clp", epochs=1, **ANY)
    assert ("blind" in result.controls) == has_control
    if has_control:
        assert result.controls["blind"]["flip_rate"] == 0.0
