"""A model whose batches do not fit into memory: one error that names the size of a batch."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.data.support.memory import OutOfMemoryError
from evenhand.evaluation import score_texts
from evenhand.remediation import train

MODELS = """
import keras
import tensorflow as tf


class Large(keras.layers.Layer):
    def __init__(self, fits):
        super().__init__()
        self.fits = fits

    def call(self, texts, training=False):
        if training or self.fits not in (None, texts.shape[0]):
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return tf.cast(tf.strings.length(texts), tf.float32)[:, None] / 100

    def compute_output_spec(self, texts, training=False):
        return keras.KerasTensor((*texts.shape, 1), "float32")


def made(fits):
    texts = keras.Input([], dtype="string")
    return keras.Model(texts, keras.layers.Dense(1, activation="sigmoid")(Large(fits)(texts)))


def scores_two():
    return made(2)  # the texts that every model is tried on


def does_not_train():
    return made(None)
"""
TEXTS = ["She is kind.", "He is rude.", "The bus is late.", "Her idea was odd."] * 12
FRAME = pd.DataFrame({"text": TEXTS, "label": [0, 1, 0, 1] * 12})


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the file of the models, in a folder with a file of texts and a dataset of them."""
    monkeypatch.chdir(tmp_path)
    Path("large_models.py").write_text(MODELS)
    FRAME.to_csv("texts.csv", index=False)
    build_dataset("texts.csv", "cf", label_column="label")
    return "large_models.py"


def test_the_library_names_the_argument(models: str, tmp_path: Path) -> None:
    with pytest.raises(OutOfMemoryError, match="smaller `batch_size`") as error:
        score_texts(["texts.csv"], f"{models}:scores_two", "scores.parquet", batch_size=32)
    assert error.value.where == f"{models}:scores_two, 4 texts at once"
    assert error.value.exit_code == 4
    with pytest.raises(OutOfMemoryError, match="smaller `batch_size`") as error:
        train(f"{models}:does_not_train", "cf", "trained", batch_size=16)
    assert error.value.where == "epoch 1, 16 examples at once"
    assert not Path("scores.parquet").exists() and not Path("trained").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["score", "texts.csv", "--model", "{}:scores_two", "--output", "out", "--no-cache"],
        ["evaluate", "flip-rate", "--model", "{}:scores_two", "--data", "cf", "--output", "out"],
        [
            "remediate",
            "train",
            "--baseline",
            "{}:does_not_train",
            "--data",
            "cf",
            "--output",
            "out",
        ],
    ],
    ids=lambda command: command[0],
)
def test_a_command_names_its_option(
    models: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([part.format(models) for part in command]) == 4
    shown = capsys.readouterr().err
    assert "Error: memory ran out\n  at: " in shown
    assert shown.rstrip().endswith("try: give a smaller --batch-size")
    assert not Path("out").exists()
