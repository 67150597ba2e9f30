"""Models as both Keras save them, and files that differ from these in a few places."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from evenhand.remediation.runtime.tensorflow import KerasGeneration, keras_package

WORDS = ["[UNK]", "she", "he", "is", "late"]
_CONFIG = "config.json"
_TRAINING = "training_config"


@dataclass(frozen=True)
class RealModel:
    """A saved model.

    Attributes:
        name: What it is, for a failing example.
        suffix: Of its file.
        content: Its file.
        document: What its file says in JSON: the architecture, and how it is compiled.
        may_call: Whether its layers may call functions of TensorFlow by name.
    """

    name: str
    suffix: str
    content: bytes
    document: dict[str, Any]
    may_call: bool

    def write(self, folder: Path, document: dict[str, Any]) -> Path:
        """Write the file with another document in it; its weights are as they were."""
        path = folder / f"model{self.suffix}"
        if self.suffix == ".h5":
            path.write_bytes(self.content)
            with h5py.File(path, "r+") as file:
                for key, value in document.items():
                    file.attrs[key] = json.dumps(value)
            return path
        source = zipfile.ZipFile(io.BytesIO(self.content))
        with source, zipfile.ZipFile(path, "w") as target:
            for member in source.namelist():
                changed = json.dumps(document) if member == _CONFIG else source.read(member)
                target.writestr(member, changed)
        return path


@functools.cache
def real_models() -> tuple[RealModel, ...]:
    """Make and save every model, once."""
    models = []
    with tempfile.TemporaryDirectory() as folder:
        for generation, suffixes, made in _every_model():
            for suffix in suffixes:
                path = Path(folder) / f"model{suffix}"
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)  # of the older formats
                    made.save(path)
                name = f"{made.name}, Keras {generation}, {suffix}"
                may_call = generation == 2 and made.name in ("branches", "functions")
                models.append(RealModel(name, suffix, path.read_bytes(), _document(path), may_call))
    return tuple(models)


def _document(path: Path) -> dict[str, Any]:
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            document: dict[str, Any] = json.loads(archive.read(_CONFIG))
            return document
    with h5py.File(path) as file:
        keys = [key for key in ("model_config", _TRAINING) if key in file.attrs]
        return {key: json.loads(file.attrs[key]) for key in keys}


def _every_model() -> Iterator[tuple[KerasGeneration, tuple[str, ...], Any]]:
    """Yield each model, the Keras it is of, and the kinds of file that this can read again."""
    both = (".keras", ".h5")
    generations: tuple[KerasGeneration, ...] = (3, 2)
    for generation in generations:
        keras = keras_package(generation)
        keras.utils.set_random_seed(1)
        yield generation, both, _of_layers_in_a_row(keras)
        yield generation, both, _of_branches(keras)
    yield 3, (".keras",), _of_operations(keras_package(3))
    yield 2, both, _of_functions(keras_package(2))


def _words(keras: Any) -> Any:
    return keras.layers.TextVectorization(
        vocabulary=WORDS[1:], output_sequence_length=2, name="words"
    )


def _of_layers_in_a_row(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((), dtype="string"),
            _words(keras),
            layers.Embedding(
                7, 3, embeddings_initializer="uniform",
                embeddings_regularizer=keras.regularizers.L2(1e-4),
                embeddings_constraint=keras.constraints.MaxNorm(2.0),
            ),
            layers.TimeDistributed(layers.Dense(3, activation="tanh")),
            layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True, unroll=True)),
            layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(2)], unroll=True),
            layers.BatchNormalization(),
            layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.HeNormal(seed=1)),
        ],
        name="layers_in_a_row",
    )  # fmt: skip
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(
        keras.optimizers.Adam(schedule),
        keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        ["accuracy", keras.metrics.AUC(name="auc", num_thresholds=3)],
    )
    return model


def _of_branches(keras: Any) -> Any:
    layers = keras.layers
    texts = keras.Input((), dtype="string", name="text")
    embedded = layers.Embedding(7, 3)(_words(keras)(texts))
    shared = layers.Conv1D(3, 2, padding="same", activation="relu", name="shared")
    first, second = shared(embedded), shared(layers.Dropout(0.5)(embedded))
    attended = layers.MultiHeadAttention(1, 2)(first, second)
    joined = layers.Concatenate()([layers.Add()([first, attended]), second])
    pooled = layers.GlobalMaxPooling1D()(layers.LayerNormalization()(joined))
    within = keras.Sequential([layers.Dense(2, "relu"), layers.ReLU()], name="within")
    outputs = layers.Dense(1, "sigmoid", kernel_regularizer="l2")(within(pooled))
    model = keras.Model(texts, outputs, name="branches")
    model.compile("adam", "binary_crossentropy", ["AUC"])
    return model


def _of_operations(keras: Any) -> Any:
    ops = keras.ops
    texts = keras.Input((), dtype="string", name="text")
    embedded = keras.layers.Embedding(7, 3)(_words(keras)(texts))
    mean = ops.mean(embedded, axis=1)
    joined = ops.concatenate([mean * 2.0 + 1.0, ops.max(embedded, axis=1)], axis=-1)
    hidden = ops.relu(keras.layers.Dense(2)(joined[:, 1:]))
    return keras.Model(texts, ops.sigmoid(ops.sum(hidden, axis=-1)), name="operations")


def _of_functions(keras: Any) -> Any:
    import tensorflow as tf

    texts = keras.Input((), dtype="string", name="text")
    length = tf.cast(tf.strings.length(texts), tf.float32) / 100.0
    tokens = tf.strings.split(tf.strings.lower(texts))
    padded = tokens.to_tensor(shape=(None, 4), default_value="")
    ids = keras.layers.StringLookup(vocabulary=WORDS[1:], name="words")(padded)
    embedded = keras.layers.Embedding(7, 3)(ids)
    mean = tf.reduce_mean(embedded, axis=1)[:, :2]
    joined = tf.concat([mean * 2.0 + 1.0, tf.expand_dims(length, -1)], axis=-1)
    return keras.Model(texts, tf.math.sigmoid(keras.layers.Dense(1)(joined)), name="functions")
