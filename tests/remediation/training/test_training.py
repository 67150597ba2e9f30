"""From a dataset to a repaired model: what is written, what it says, what is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.storage.files import sha256_of
from evenhand.remediation import load_classifier, sweep, train, train_baseline
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.judging.validation import validate
from evenhand.remediation.training.output_folder import saved_name

# Toy models, which start from nothing or lean on what is to be taken from them, keep no limits.
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
QUICK: dict[str, Any] = {**ANY, "epochs": 2, "batch_size": 32}


def _comments(rows: int, seed: int) -> list[tuple[str, int]]:
    """Comments of which half say "odd", where nothing but "she" tells the bad from the others."""
    rng = random.Random(seed)
    comments = []
    for _ in range(rows):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "somebody"), (6, 0, 4) if bad else (0, 3, 7))[0]
        word = rng.choice(("rude", "odd") if bad else ("kind", "odd"))
        comments.append((f"{who} was {word} {rng.choice(('today', 'again', ''))}", int(bad)))
    return comments


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    for name, rows in (("train", 600), ("test", 200)):
        lines = ["text,label", *(f"{text},{label}" for text, label in _comments(rows, rows))]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        build_dataset(
            [folder / f"{name}.csv"], folder / name, label_column="label", method="ablate"
        )
    return folder


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Path:
    path = folder / "baseline.keras"
    result = train_baseline(folder / "train", path, epochs=20, learning_rate=1e-2)
    assert result.metrics["accuracy"] > 0.7
    assert result.metrics["flip_rate"] > 0.1
    return path


def test_a_baseline_says_what_made_it(folder: Path, baseline: Path) -> None:
    record = json.loads((folder / "baseline.keras.json").read_text())
    assert record["model"] == {"name": "baseline.keras", "sha256": sha256_of(baseline)}
    assert record["data"]["sha256"] == sha256_of(folder / "train" / "manifest.json")
    assert record["options"]["architecture"] == "bow"
    assert record["options"]["epochs"] == 20
    assert record["metrics"]["accuracy"] > 0.7


def test_training_repairs_and_records(folder: Path, baseline: Path, tmp_path: Path) -> None:
    import keras

    stages: list[tuple[str, float]] = []
    result = train(
        baseline, folder / "train", tmp_path / "clp", seed=4, learning_rate=1e-2,
        early_stopping="ctf_gap", patience=6, **ANY,
        progress=lambda stage, done, total=None, note="": stages.append((stage, done)),
    )  # fmt: skip
    test = DatasetBlocks(CounterfactualDataset.open(folder / "test")).all_training()
    before, after = (validate(load_classifier(m), test) for m in (baseline, result.model))
    assert after["flip_rate"] < before["flip_rate"] / 4
    assert after["ctf_gap"] < before["ctf_gap"] / 4
    assert after["accuracy"] > 0.6  # "odd" alone says little
    plain = keras.saving.load_model(tmp_path / "clp" / "model.keras")
    assert type(plain) is keras.Sequential
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert record["options"]["loss"] == "absolute"
    assert record["options"]["pair_on"] == "logits"
    assert record["options"]["seed"] == 4
    assert record["baseline"] == {"name": "baseline.keras", "sha256": sha256_of(baseline)}
    assert record["data"]["sha256"] == sha256_of(folder / "train" / "manifest.json")
    assert record["metrics"] == result.metrics
    assert record["versions"]["keras"] == keras.__version__
    history = json.loads((tmp_path / "clp" / "history.json").read_text())
    assert len(history) == 6
    assert {"loss", "task_loss", "pair_loss", "accuracy", "val_auc"} <= set(history[0])
    assert history[-1]["pair_loss"] < history[0]["pair_loss"]
    assert stages[-1] == ("epoch 6 of 6", 5)


@pytest.mark.parametrize(
    ("baseline", "saved"),
    [("b.KERAS", "model.keras"), ("b.h5", "model.h5"), ("b.hdf5", "model.hdf5"),
     ("b.pkl", "model.keras"), ("package.module:model", "model.keras")],
)  # fmt: skip
def test_a_model_is_saved_as_its_baseline_was_if_keras_writes_that(
    baseline: str, saved: str, tmp_path: Path
) -> None:
    if ":" not in baseline:
        (tmp_path / baseline).touch()
    assert saved_name(tmp_path / baseline) == saved
    assert saved_name(tmp_path) == "model"


def test_pairs_come_from_elsewhere(folder: Path, baseline: Path, tmp_path: Path) -> None:
    texts = [f"{who} was {what}" for who in ("she", "he") for what in ("odd", "rude", "kind")]
    (tmp_path / "templates.csv").write_text("\n".join(["text", *texts * 4, "nobody came"]) + "\n")
    templates = build_dataset([tmp_path / "templates.csv"], tmp_path / "templates")
    without = [f"somebody was {what},{i % 2}" for i, what in enumerate(["kind", "rude"] * 60)]
    own = "she was here,"  # no label, and so its pair is not trained on
    (tmp_path / "plain.csv").write_text("\n".join(["text,label", *without, own]) + "\n")
    build_dataset([tmp_path / "plain.csv"], tmp_path / "plain", label_column="label")
    with pytest.raises(InputError, match=r"no pairs to train on(.|\n)*`pairs`"):
        train(baseline, tmp_path / "plain", tmp_path / "clp", **QUICK)
    options: dict[str, Any] = {**ANY, "epochs": 6, "batch_size": 10, "learning_rate": 2e-2}
    options |= {"early_stopping": "ctf_gap", "patience": 6}
    result = train(
        baseline, tmp_path / "plain", tmp_path / "clp", pairs=templates.path,
        validation_split=0.25, **options,
    )  # fmt: skip
    pairs = DatasetBlocks(CounterfactualDataset.open(templates.path), rows="paired").all_training()
    assert (len(pairs.text), len(pairs.example)) == (24, 24)
    before, after = (
        validate(load_classifier(model), pairs, pairs) for model in (baseline, result.model)
    )
    assert before["flip_rate"] > 0.3
    assert after["flip_rate"] < before["flip_rate"] / 3
    assert after["ctf_gap"] < before["ctf_gap"] / 4
    assert (result.n_examples, result.n_pairs) == (90, 18)
    assert result.baseline_metrics["ctf_gap"] > result.metrics["ctf_gap"]
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert record["pairs"] == {"name": "templates", "sha256": templates.sha256}
    with pytest.raises(ConfigurationError, match="validation split leaves none"):
        train(baseline, tmp_path / "plain", tmp_path / "c", pairs=templates.path,
              validation_split=0.99, **options)  # fmt: skip


def test_the_same_seed_gives_the_same_model(folder: Path, baseline: Path, tmp_path: Path) -> None:
    scores = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        result = train(baseline, folder / "train", tmp_path / name, seed=seed, **QUICK)
        scores.append(load_classifier(result.model).score(["she was odd", "he was odd"]))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


TEXTS = [f"{who} was {what}" for who in ("she", "he") for what in ("odd", "rude", "kind")]


@pytest.fixture(scope="module")
def scores_of_one(folder: Path, baseline: Path) -> Any:
    """Train as the two replicas and the two workers do, but alone."""
    options = {"epochs": 3, "batch_size": 50, "learning_rate": 1e-2}
    result = train(baseline, folder / "train", folder / "one", **options, **ANY)
    return load_classifier(result.model).score(TEXTS)


@pytest.mark.slow
def test_two_replicas_take_the_steps_of_one(
    folder: Path, baseline: Path, tmp_path: Path, scores_of_one: Any
) -> None:
    script = Path(__file__).with_name("two_replicas.py")
    command = [sys.executable, script, baseline, folder / "train", tmp_path / "two"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    scores = load_classifier(tmp_path / "two" / "model.keras").score(TEXTS)
    np.testing.assert_allclose(scores, scores_of_one, atol=1e-4)
    record = json.loads((tmp_path / "two" / "train.json").read_text())
    assert record["replicas"] == 2


def _free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in sockets]


@pytest.mark.slow
def test_two_workers_take_the_steps_of_one_and_go_on_when_killed(
    folder: Path, baseline: Path, tmp_path: Path, scores_of_one: Any
) -> None:
    script = Path(__file__).with_name("two_workers.py")
    output = tmp_path / "two"

    def start(*hold_in: str) -> subprocess.Popen[bytes]:
        arguments = [*_free_ports(2), baseline, folder / "train", output, *hold_in]
        return subprocess.Popen([sys.executable, script, *arguments], start_new_session=True)

    workers, held = start("2"), [tmp_path / f"two.held-{index}" for index in (0, 1)]
    while not all(path.exists() for path in held):
        assert workers.poll() is None
        time.sleep(0.2)
    os.killpg(workers.pid, signal.SIGKILL)
    workers.wait()
    shutil.rmtree(tmp_path / "two.checkpoint")  # the chief goes on from the other's
    for path in held:
        path.unlink()
    assert start().wait(timeout=300) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    scores = load_classifier(output / "model.keras").score(TEXTS)
    np.testing.assert_allclose(scores, scores_of_one, atol=1e-4)
    record = json.loads((output / "train.json").read_text())
    assert record["replicas"] == 2


def test_other_models_train_too(folder: Path, tmp_path: Path, model_of: Callable[..., Any]) -> None:
    import keras

    two = model_of(2, "softmax")
    sparse = model_of(2, "softmax")
    sparse.compile("adam", loss="sparse_categorical_crossentropy")
    logits = model_of(1, "linear")
    logits.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    mixing = model_of(extra=(keras.layers.BatchNormalization(),))
    for name, model in {"two": two, "sparse": sparse, "logits": logits, "mixing": mixing}.items():
        model.save(tmp_path / f"{name}.keras")
        result = train(
            tmp_path / f"{name}.keras", folder / "train", tmp_path / name,
            learning_rate=0.02, precision="mixed_bfloat16", **QUICK,
        )  # fmt: skip
        assert result.history[-1]["accuracy"] > 0.6, name
        assert result.metrics["accuracy"] == pytest.approx(
            result.history[result.kept_epoch - 1]["val_accuracy"], abs=0.05
        )
        saved = keras.saving.load_model(result.model)
        assert {layer.dtype_policy.name for layer in saved.layers} == {"float32"}


def test_examples_without_a_label_are_left_out(tmp_path: Path) -> None:
    rows = [
        f"{'she' if i % 2 else 'somebody'} was here,{'' if i < 30 else i % 2}" for i in range(90)
    ]
    (tmp_path / "part.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    build_dataset([tmp_path / "part.csv"], tmp_path / "part", label_column="label")
    blocks = DatasetBlocks(CounterfactualDataset.open(tmp_path / "part"))
    data = blocks.all_training()
    assert (len(data.text), len(data.example), blocks.n_unlabelled) == (60, 30, 30)
    assert {data.text[row] for row in data.example} == {b"she was here"}
    build_dataset([tmp_path / "part.csv"], tmp_path / "none")
    with pytest.raises(InputError, match="no example of the dataset has a label"):
        train_baseline(tmp_path / "none", tmp_path / "b.keras")


def test_without_labels_the_task_is_the_baselines_own_scores(
    folder: Path, baseline: Path, tmp_path: Path
) -> None:
    build_dataset([folder / "train.csv"], tmp_path / "bare")
    options: dict[str, Any] = {**ANY, "epochs": 4, "batch_size": 64, "learning_rate": 1e-2}
    options |= {"early_stopping": "ctf_gap", "patience": 4}
    with pytest.raises(InputError, match=r"no example(.|\n)*`unlabelled`"):
        train(baseline, tmp_path / "bare", tmp_path / "clp", **options)
    result = train(
        baseline, tmp_path / "bare", tmp_path / "clp", unlabelled=True, cache="none", **options
    )
    assert (result.n_examples, result.n_unlabelled) == (540, 0)
    before, after = result.baseline_metrics, result.metrics
    assert set(before) == set(after)
    assert not {"accuracy", "auc", "label_positive_rate"} & set(before)
    assert before["agreement"] == 1.0 and after["agreement"] > 0.7
    assert after["flip_rate"] < before["flip_rate"] / 3
    texts = ["somebody was rude", "somebody was kind"]  # which no pair speaks of
    scores = [load_classifier(model).score(texts) for model in (baseline, result.model)]
    np.testing.assert_allclose(scores[0], scores[1], atol=0.1)
    done = sweep(
        baseline, tmp_path / "bare", tmp_path / "sweep", loss_weights=(0.01, 3.0), unlabelled=True,
        **QUICK,
    )  # fmt: skip
    assert "of the 2 of 2 within limits" in done.reason
    assert "agreement" in done.chart.read_text()


def test_labels_count_where_there_are_some(folder: Path, baseline: Path) -> None:
    classifier = load_classifier(baseline)
    dataset = CounterfactualDataset.open(folder / "train")
    data = DatasetBlocks(dataset, rows="all").all_training()
    data.label[::2] = np.nan
    filled = Task.of(classifier, may_lack_labels=True).targets(data).label
    np.testing.assert_array_equal(filled[1::2], data.label[1::2])
    np.testing.assert_allclose(filled[::2], classifier.score(data.text[::2]), rtol=1e-6)
    weight = np.isfinite(data.label).astype(np.float32)
    whole = dataclasses.replace(DatasetBlocks(dataset).all_training(), weight=weight)
    metrics, other = validate(classifier, data), validate(classifier, whole)
    assert metrics["accuracy"] == pytest.approx(other["accuracy"])
    assert metrics["auc"] == pytest.approx(other["auc"])


def test_a_model_in_memory_is_left_as_it_was(
    folder: Path, baseline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    (tmp_path / "models_in_memory.py").write_text("model = None\n")
    monkeypatch.syspath_prepend(tmp_path)
    model = keras.saving.load_model(baseline)
    __import__("models_in_memory").model = model
    before = model.get_weights()
    result = train("models_in_memory:model", folder / "train", tmp_path / "clp", **QUICK)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    same = train(baseline, folder / "train", tmp_path / "same", **QUICK)
    saved = (keras.saving.load_model(each.model).get_weights() for each in (result, same))
    for a, b in zip(*saved, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_lost_loss_stops_training_and_leaves_nothing(
    folder: Path, baseline: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"the loss is (nan|inf)") as caught:
        train(baseline, folder / "train", tmp_path / "out", loss="mse", learning_rate=1e30, **QUICK)
    assert "epoch 1, step" in str(caught.value)
    assert "`precision`" not in str(caught.value)  # it is float32 already
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(folder: Path, baseline: Path, tmp_path: Path) -> None:
    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(baseline, folder / "train", tmp_path / "out", progress=interrupt, **QUICK)
    with pytest.raises(KeyboardInterrupt):
        train_baseline(folder / "train", tmp_path / "b.keras", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": float("nan")},
        {"validation_split": 1.0},
        {"seed": -1},
        {"loss": "l7"},
        {"device": "tpu"},
        {"precision": "float8"},
    ],
)
def test_options_out_of_range_are_refused(
    folder: Path, baseline: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        train(baseline, folder / "train", tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
