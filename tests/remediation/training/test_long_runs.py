"""Trainings that end before their time: killed, interrupted, stopped early, resumed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import TrainingInterrupted, train

# Toy models, which start from nothing or lean on what is to be taken from them, keep no limits.
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
OPTIONS: dict[str, Any] = {**ANY, "epochs": 4, "batch_size": 32, "learning_rate": 1e-2, "seed": 3}
ROUNDING = 1e-5  # threads add floats in any order; lost state would show a thousand times as much


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    rng = random.Random(1)
    lines = ["text,label"]
    for _ in range(300):
        bad = rng.random() < 0.5
        who = rng.choice(("she", "nobody") if bad else ("he", "nobody"))
        lines.append(
            f"{who} was {rng.choice(('rude', 'fine') if bad else ('kind', 'fine'))},{bad:d}"
        )
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="label")
    return folder / "cf"


@pytest.fixture(scope="module")
def baseline(data: Path, model_of: Callable[..., Any]) -> Path:
    import keras

    path = data.parent / "baseline.keras"
    model_of(extra=(keras.layers.Dropout(0.4), keras.layers.BatchNormalization())).save(path)
    return path


@pytest.fixture(scope="module")
def whole(baseline: Path, data: Path) -> Path:
    """The output of the training that nothing interrupts."""
    return train(baseline, data, data.parent / "whole", **OPTIONS).model.parent


def assert_same_training(first: Path, second: Path) -> None:
    import keras

    models = [keras.saving.load_model(folder / "model.keras") for folder in (first, second)]
    for a, b in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=ROUNDING)
    for name in ("history.json", "train.json"):
        records = [json.loads((folder / name).read_text()) for folder in (first, second)]
        assert_close(*records)


def assert_close(first: Any, second: Any) -> None:
    """Two JSON documents that differ by the rounding of floats at most."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        first, second = list(first.values()), list(second.values())
    if isinstance(first, list):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_close(one, other)
    elif isinstance(first, float):
        assert first == pytest.approx(second, abs=ROUNDING)
    else:
        assert first == second


def interrupting(epoch: int) -> Callable[..., None]:
    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith(f"epoch {epoch} ") and done >= 2:
            raise KeyboardInterrupt

    return interrupt


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(
    baseline: Path, data: Path, whole: Path, tmp_path: Path
) -> None:
    output = tmp_path / "clp"
    script = Path(__file__).with_name("killed_training.py")
    command = [sys.executable, script, "3", baseline, data, output, json.dumps(OPTIONS)]
    killed = subprocess.run(command, capture_output=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not output.exists()
    epochs: list[str] = []
    train(
        baseline, data, output, resume=True, **OPTIONS,
        progress=lambda stage, done, total=None, note="": epochs.append(stage),
    )  # fmt: skip
    assert {stage for stage in epochs if "epoch" in stage} == {"epoch 3 of 4", "epoch 4 of 4"}
    assert_same_training(output, whole)
    assert {path.name for path in tmp_path.iterdir()} == {"clp"}


def test_an_interrupted_training_saves_its_best_and_goes_on(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    import keras

    options = {**OPTIONS, "epochs": 3, "pairing": "independent"}
    train(baseline, data, tmp_path / "whole", **options)
    with pytest.raises(TrainingInterrupted) as caught:
        train(baseline, data, tmp_path / "clp", progress=interrupting(3), **options)
    assert caught.value.model == tmp_path / "clp.checkpoint" / "model.keras"
    assert caught.value.epoch in (1, 2)
    assert "flip_rate" in caught.value.metrics
    best = keras.saving.load_model(caught.value.model)
    assert {layer.dtype_policy.name for layer in best.layers} == {"float32"}
    assert not (tmp_path / "clp").exists()
    train(baseline, data, tmp_path / "clp", resume=True, **options)
    assert_same_training(tmp_path / "clp", tmp_path / "whole")
    assert not (tmp_path / "clp.checkpoint").exists()


def test_a_checkpoint_is_gone_on_with_only_when_asked_and_only_by_its_own_training(
    baseline: Path, data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "clp"
    with pytest.raises(TrainingInterrupted):
        train(baseline, data, output, progress=interrupting(2), **OPTIONS)
    with pytest.raises(ConfigurationError, match=r"unfinished training(.|\n)*`resume`"):
        train(baseline, data, output, **OPTIONS)
    with pytest.raises(ConfigurationError, match=r"another options seed(.|\n)*: 3, not 4"):
        train(baseline, data, output, resume=True, **{**OPTIONS, "seed": 4})
    other = tmp_path / "other.keras"
    other.write_bytes(baseline.read_bytes())
    with pytest.raises(ConfigurationError, match="another baseline"):
        train(other, data, output, resume=True, **OPTIONS)
    state = output.with_name("clp.checkpoint") / "state.npz"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(InputError, match="checkpoint cannot be read"):
        train(baseline, data, output, resume=True, **OPTIONS)
    train(baseline, data, output, overwrite=True, **{**OPTIONS, "epochs": 1})
    assert {path.name for path in tmp_path.iterdir()} == {"clp", "other.keras"}
    (tmp_path / "clp2.checkpoint").mkdir()
    (tmp_path / "clp2.checkpoint" / "mine").write_text("")
    with pytest.raises(ConfigurationError, match="other files"):
        train(baseline, data, tmp_path / "clp2", overwrite=True, **OPTIONS)


def test_a_loss_lost_in_a_later_epoch_leaves_no_checkpoint(
    baseline: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("epoch 2 ") and done == 2:
            model.layers[-1].bias.assign([float("nan")])

    import keras

    model = keras.saving.load_model(baseline)
    (tmp_path / "spoilt_models.py").write_text("model = None\n")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("spoilt_models").model = model
    with pytest.raises(InputError, match=r"the loss is nan(.|\n)*epoch 2, step 3 of") as caught:
        train("spoilt_models:model", data, tmp_path / "clp", progress=spoil, **OPTIONS)
    assert "`learning_rate`" in str(caught.value)
    assert not list(tmp_path.glob("clp*"))


def test_early_stopping_keeps_the_best_epoch(baseline: Path, data: Path, tmp_path: Path) -> None:
    import keras

    output, log = tmp_path / "clp", tmp_path / "log"
    options = {**OPTIONS, "epochs": 40, "early_stopping": "ctf_gap", "patience": 2}
    result = train(baseline, data, output, tensorboard=log, **options)
    gaps = [record["val_ctf_gap"] for record in result.history]
    assert result.kept_epoch == 1 + gaps.index(min(gaps))
    assert result.reason.startswith("it has the lowest CTF gap")
    assert len(result.history) == result.kept_epoch + 2
    kept = result.history[result.kept_epoch - 1]
    assert result.metrics["flip_rate"] == kept["val_flip_rate"]
    assert result.metrics["ctf_gap"] == pytest.approx(kept["val_ctf_gap"])
    assert json.loads((output / "train.json").read_text())["kept_epoch"] == result.kept_epoch
    shorter = train(baseline, data, tmp_path / "short", **{**OPTIONS, "epochs": result.kept_epoch})
    models = [keras.saving.load_model(r.model).get_weights() for r in (result, shorter)]
    for a, b in zip(*models, strict=True):
        np.testing.assert_array_equal(a, b)
    assert logged(log)["validation/ctf_gap"] == pytest.approx(gaps)
    assert {"train/task_loss", "train/pair_loss", "validation/flip_rate"} <= set(logged(log))
    assert logged(log)["result/flip_rate"] == pytest.approx([result.metrics["flip_rate"]])


def logged(folder: Path) -> dict[str, list[float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        tag: [float(make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        for tag in events.PluginTagToContent("scalars")
    }


@pytest.mark.parametrize(
    "options",
    [
        {"early_stopping": "recall"},
        {"early_stopping": "flip_rate", "patience": 0},
        {"early_stopping": "flip_rate", "validation_split": 0.0},
        {"max_auc_drop": -0.1},
        {"max_accuracy_drop": 1.1},
        {"max_positive_rate_change": -1.0},
        {"max_auc_drop": float("nan")},
    ],
)
def test_early_stopping_without_sense_is_refused(
    baseline: Path, data: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        train(baseline, data, tmp_path / "clp", **{**OPTIONS, **options})
    assert not list(tmp_path.iterdir())
