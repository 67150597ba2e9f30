"""The wrapper that trains with the task's loss alone: it takes the steps of plain training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.remediation import PairedInputs, TaskModel

ROWS, LENGTH = 48, 5


def data_of(heads: int) -> Any:
    import tensorflow as tf

    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, LENGTH)).astype(np.float32)
    label = rng.integers(0, 2, (ROWS, 1)).astype(np.float32)
    weight = rng.uniform(0.5, 2, ROWS).astype(np.float32)
    held = (rng.dirichlet((1, 1, 1), ROWS).astype(np.float32),) if heads > 1 else ()
    return tf.data.Dataset.from_tensor_slices((x, held, label, weight)).batch(16)


def model_of(heads: int) -> Any:
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    inputs = layers.Input((LENGTH,))
    regular = keras.regularizers.L2(0.1)
    shared = layers.Dense(6, "relu", kernel_regularizer=regular, activity_regularizer=regular)
    hidden = layers.Dropout(0.3)(layers.BatchNormalization()(shared(inputs)))
    outputs = [layers.Dense(1, "sigmoid")(hidden), layers.Dense(3, "softmax")(hidden)]
    return keras.Model(inputs, outputs[:heads] if heads > 1 else outputs[0])


@pytest.mark.parametrize("heads", [1, 2])
def test_it_takes_the_steps_of_plain_training(heads: int) -> None:
    import keras

    def for_all_heads(x: Any, held: Any, label: Any, weight: Any) -> Any:
        return (x, (label, *held), (weight,) * heads) if heads > 1 else (x, label, weight)

    def for_the_wrapper(x: Any, held: Any, label: Any, weight: Any) -> Any:
        return PairedInputs(x, (), held) if heads > 1 else x, label, weight

    losses = ["binary_crossentropy", "categorical_crossentropy"]
    plain = model_of(heads)
    plain.compile(keras.optimizers.SGD(0.5), loss=losses if heads > 1 else losses[0])
    rows = data_of(heads).map(for_all_heads)
    history = plain.fit(rows, epochs=3, verbose=0, shuffle=False).history
    wrapped = TaskModel(model_of(heads))
    wrapped.compile(keras.optimizers.SGD(0.5), loss=losses[0])
    rows = data_of(heads).map(for_the_wrapper)
    logs = wrapped.fit(rows, epochs=3, verbose=0, shuffle=False).history
    assert logs["loss"] == pytest.approx(history["loss"], rel=1e-5)
    assert logs["task_loss"] == logs["loss"]
    for one, other in zip(wrapped.original_model.variables, plain.variables, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_it_predicts_saves_and_loads_as_its_model(tmp_path: Path) -> None:
    import keras

    wrapped = TaskModel(model_of(2), head=1)
    x = np.ones((4, LENGTH), np.float32)
    predicted = wrapped.predict(x, verbose=0)
    np.testing.assert_array_equal(predicted, wrapped.original_model.predict(x, verbose=0)[1])
    wrapped.save(tmp_path / "wrapped.keras")
    loaded = keras.saving.load_model(tmp_path / "wrapped.keras")
    assert type(loaded) is TaskModel and loaded.head == 1
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), predicted)
