"""The two texts of a pair are compared free of chance, whatever is random in a model's training."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import InputError
from evenhand.remediation import AlignedPairs, CounterfactualModel, IndependentPairs, PairedInputs

LENGTH, WORDS, WIDTH = 4, 40, 8
EXAMPLES, PAIRS = 12, 5


def keras_layers() -> Any:
    from evenhand.remediation.runtime.tensorflow import import_keras

    return import_keras().layers


def stacked(*extra: Any) -> Any:
    """A sequential model of token numbers with these layers on the embedding."""
    import keras

    layers = keras.layers
    inner = [layers.Input((LENGTH,), dtype="int32"), layers.Embedding(WORDS, WIDTH), *extra]
    return keras.Sequential([*inner, layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")])


def recurrent(layer: Any) -> Any:
    import keras

    layers = keras.layers
    inner = [layers.Input((LENGTH,), dtype="int32"), layers.Embedding(WORDS, WIDTH), layer]
    return keras.Sequential([*inner, layers.Dense(1)])


def attending(layer: Any) -> Any:
    import keras

    text = keras.Input((LENGTH,), dtype="int32")
    words = keras.layers.Embedding(WORDS, WIDTH)(text)
    both = layer([words, words]) if type(layer).__name__ == "Attention" else layer(words, words)
    pooled = keras.layers.GlobalAveragePooling1D()(words + both)
    return keras.Model(text, keras.layers.Dense(2, activation="softmax")(pooled))


def own(call: Callable[..., Any], **made: Callable[[], Any]) -> Any:
    """A layer of somebody's own, which has what `made` makes."""
    import keras

    class Own(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            for name, make in made.items():
                setattr(self, name, make())

        def call(self, inputs: Any, training: Any = None) -> Any:
            return call(self, inputs) if training else inputs

    return stacked(Own())


def noise_of_keras(self: Any, x: Any) -> Any:
    import keras

    return x + keras.random.normal((LENGTH, WIDTH), seed=self.seeds)


def noise_of_tensorflow(self: Any, x: Any) -> Any:
    import tensorflow as tf

    return x + tf.random.uniform(tf.shape(x))


def noise_of_numpy(self: Any, x: Any) -> Any:
    import tensorflow as tf

    draw = lambda like: np.random.default_rng().normal(size=like.shape)  # noqa: E731
    return x + tf.cast(tf.ensure_shape(tf.numpy_function(draw, [x], tf.float64), x.shape), x.dtype)


def seldom_noise(self: Any, x: Any) -> Any:
    import tensorflow as tf

    drawn = tf.random.uniform(())
    return tf.cond(drawn < 1e-6, lambda: x + tf.random.normal(tf.shape(x)), lambda: tf.identity(x))


def noise_of_a_counter(self: Any, x: Any) -> Any:
    import tensorflow as tf

    rows = tf.cast(tf.range(tf.shape(x)[0])[:, None, None], x.dtype)
    return x + tf.sin(1000 * rows + tf.cast(self.calls.assign_add(1), x.dtype))


def of_the_batch(self: Any, x: Any) -> Any:
    import keras

    return x - keras.ops.mean(x, axis=0, keepdims=True)


def with_a_loss(self: Any, x: Any) -> Any:
    import tensorflow as tf

    self.add_loss(0.1 * tf.reduce_sum(tf.square(x)))
    return x


def counting(self: Any, x: Any) -> Any:
    self.calls.assign_add(1)
    return 2 * x


def counter() -> Any:
    import tensorflow as tf

    return tf.Variable(0)  # which Keras does not know of


def seeds() -> Any:
    import keras

    return keras.random.SeedGenerator(3)


def subclassed(rate: float, always: bool = False) -> Any:
    import keras

    class Toxicity(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words = keras.layers.Embedding(WORDS, WIDTH)
            self.pool = keras.layers.GlobalMaxPooling1D()
            self.drop = keras.layers.Dropout(rate)
            self.last = keras.layers.Dense(1)

        def call(self, inputs: Any, training: Any = None) -> Any:
            pooled = self.pool(self.words(inputs))
            return self.last(self.drop(pooled, training=always or training))

    return Toxicity()  # which is built by its first batch


def nested(rate: float) -> Any:
    import keras

    inner = keras.Sequential([keras.layers.Dense(WIDTH), keras.layers.Dropout(rate)])
    return stacked(keras.layers.TimeDistributed(inner))


def headed(rate: float) -> Any:
    import keras

    base = stacked(keras.layers.Dropout(rate))
    shared = base.layers[-2].output
    toxic = keras.layers.Dense(6, activation="sigmoid", name="toxic")(shared)
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(shared)
    return keras.Model(base.inputs[0], {"a": toxic, "b": kind})


def mixed(layer: Any) -> Any:
    for each in (model := stacked(layer)).layers[:-1]:
        each.dtype_policy = "mixed_bfloat16"
    return model


def frozen(layer: Any) -> Any:
    layer.trainable = False
    return stacked(layer)


# Whether examples and pairs share a pass, and what makes the model.
TOGETHER: dict[str, Callable[[Any], Any]] = {
    "dense": lambda layers: stacked(layers.Dense(8, activation="relu")),
    "dropout of rate 0": lambda layers: stacked(layers.Dropout(0.0), layers.SpatialDropout1D(0)),
    "gru": lambda layers: recurrent(layers.GRU(4)),
    "lstm both ways": lambda layers: recurrent(layers.Bidirectional(layers.LSTM(4))),
    "attention": lambda layers: attending(layers.MultiHeadAttention(2, 4)),
    "layer normalisation": lambda layers: stacked(layers.LayerNormalization()),
    "frozen batch normalisation": lambda layers: frozen(layers.BatchNormalization()),
    "weight regularisation": lambda layers: stacked(layers.Dense(4, kernel_regularizer="l2")),
    "subclassed": lambda layers: subclassed(0.0),
    "nested": lambda layers: nested(0.0),
    "heads": lambda layers: headed(0.0),
    "mixed precision": lambda layers: mixed(layers.Conv1D(8, 3, padding="same")),
    "own that counts": lambda layers: own(counting, calls=counter),
}  # fmt: skip
APART: dict[str, Callable[[Any], Any]] = {
    "cnn with dropout": lambda layers: stacked(layers.Conv1D(8, 3), layers.Dropout(0.5)),
    "seldom dropout": lambda layers: stacked(layers.Dropout(1e-6)),
    "spatial dropout": lambda layers: stacked(layers.SpatialDropout1D(0.3)),
    "alpha dropout": lambda layers: stacked(layers.AlphaDropout(0.3)),
    "gaussian dropout": lambda layers: stacked(layers.GaussianDropout(0.3)),
    "gaussian noise": lambda layers: stacked(layers.GaussianNoise(0.3)),
    "gru": lambda layers: recurrent(layers.GRU(4, recurrent_dropout=0.3)),
    "lstm both ways": lambda layers: recurrent(layers.Bidirectional(layers.LSTM(4, dropout=0.3))),
    "stacked cells": lambda layers: recurrent(
        layers.RNN(layers.StackedRNNCells([layers.GRUCell(4), layers.LSTMCell(4, dropout=0.3)]))
    ),
    "attention": lambda layers: attending(layers.MultiHeadAttention(2, 4, dropout=0.3)),
    "grouped attention": lambda layers: attending(
        layers.GroupQueryAttention(4, 2, 1, dropout=0.3)
    ),
    "plain attention": lambda layers: attending(layers.Attention(dropout=0.3)),
    "preprocessing": lambda layers: stacked(
        layers.Reshape((LENGTH, WIDTH, 1)), layers.RandomContrast(0.3),
        layers.Reshape((LENGTH, WIDTH)),
    ),
    "batch normalisation": lambda layers: stacked(layers.BatchNormalization()),
    "activity regularisation": lambda layers: stacked(layers.ActivityRegularization(l2=0.1)),
    "own of Keras": lambda layers: own(noise_of_keras, seeds=seeds),
    "own of TensorFlow": lambda layers: own(noise_of_tensorflow),
    "own of NumPy": lambda layers: own(noise_of_numpy),
    "own that is seldom random": lambda layers: own(seldom_noise),
    "own of a counter": lambda layers: own(noise_of_a_counter, calls=counter),
    "own of the batch": lambda layers: own(of_the_batch),
    "own with a loss": lambda layers: own(with_a_loss),
    "subclassed": lambda layers: subclassed(0.3),
    "nested": lambda layers: nested(0.3),
    "heads": lambda layers: headed(0.3),
    "mixed precision": lambda layers: mixed(layers.Dropout(0.3)),
}  # fmt: skip
CASES = [(True, *case) for case in TOGETHER.items()] + [(False, *case) for case in APART.items()]


def batch(units: Any, *, aligned: bool, same: bool, heads: bool = False) -> Any:
    """One batch; the texts of its pairs are the same or not."""
    import tensorflow as tf

    rng = np.random.default_rng(1)
    x, original, changed = rng.integers(0, WORDS, (3, EXAMPLES, LENGTH)).astype(np.int32)
    example = rng.integers(0, EXAMPLES, PAIRS).astype(np.int32)
    original = x[example] if aligned else original[:PAIRS]
    changed = original if same else changed[:PAIRS]
    weight = np.ones(PAIRS, np.float32)
    pairs: Any = IndependentPairs(original, changed, weight)
    if aligned:
        pairs = AlignedPairs(example, changed, weight)
    held = (np.full((EXAMPLES, 3), 1 / 3, np.float32),) if heads else ()
    label = np.eye(units, dtype=np.float32)[rng.integers(0, units, EXAMPLES)]
    data = PairedInputs(x, pairs, held), label[:, :1] if units == 1 else label
    return original, changed, tf.data.Dataset.from_tensors(data)


def logits_of(model: Any, tokens: Any) -> Any:
    """The logits in inference mode, of whatever the outputs are."""
    import tensorflow as tf

    outputs = tf.nest.flatten(model(tokens, training=False))[0]
    return np.asarray(getattr(outputs, "_keras_logits", outputs), np.float64)


@pytest.mark.slow
@pytest.mark.parametrize(("shares", "name", "make"), CASES)
def test_pairs_are_compared_without_chance(
    shares: bool, name: str, make: Callable[[Any], Any]
) -> None:
    import keras

    layers = keras_layers()
    keras.utils.set_random_seed(4)
    model = make(layers)
    outputs = model(np.zeros((1, LENGTH), np.int32)) if name != "subclassed" else None
    heads = isinstance(outputs, dict)
    units = 1 if outputs is None else (outputs["a"] if heads else outputs).shape[-1]
    loss = "binary_crossentropy" if units != 2 else "categorical_crossentropy"
    for aligned in (True, False):
        for same in (True, False):
            original, changed, data = batch(units, aligned=aligned, same=same, heads=heads)
            wrapper = CounterfactualModel(
                model, label=2 if heads else None, logits=True if name == "subclassed" else None
            )
            wrapper.compile(keras.optimizers.SGD(0.0), loss=loss, run_eagerly=True)
            found = wrapper.fit(data, verbose=0, shuffle=False).history["pair_loss"][0]
            assert wrapper.joint_pass == shares
            if same:
                assert found == 0
                continue
            sides = (logits_of(model, tokens) for tokens in (original, changed))
            gap = np.abs(next(sides) - next(sides))
            # What the model says in training where that is not random, and in inference else.
            if not name.startswith("own that counts"):
                gap = gap[:, 2] if heads else gap
                rounding = {"rel": 0.05} if name == "mixed precision" else {"rel": 1e-4}
                assert found == pytest.approx(gap.mean(), **rounding)


@pytest.mark.parametrize("name", ["cnn with dropout", "own of the batch", "own with a loss"])
def test_a_random_models_task_is_that_of_plain_training(name: str) -> None:
    """Looking at the model, and its pairs, change neither its masks nor its regularisation."""
    import keras

    def trained(paired: bool) -> tuple[Any, list[float]]:
        keras.utils.set_random_seed(4)
        model = APART[name](keras_layers())
        _, _, data = batch(1, aligned=True, same=False)
        data = data.repeat(5)
        trainer = CounterfactualModel(model, loss_weight=0.0) if paired else model
        if not paired:
            data = data.map(lambda x, y: (x.inputs, y))
        trainer.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")
        history = trainer.fit(data, verbose=0, shuffle=False).history
        return model.variables, history["task_loss" if paired else "loss"]

    (weights, losses), (plain, plain_losses) = trained(True), trained(False)
    assert losses == pytest.approx(plain_losses, rel=1e-5)
    for one, other in zip(weights, plain, strict=True):  # states of generators among them
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("aligned", [True, False])
def test_both_sides_of_a_pair_are_trained(aligned: bool) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(4)
    model = APART["cnn with dropout"](keras_layers())
    original, changed, data = batch(1, aligned=aligned, same=False)
    with tf.GradientTape() as tape:
        sides = [model(t, training=False)._keras_logits for t in (original, changed)]
        gap = tf.reduce_mean(tf.square(sides[0] - sides[1]))
    wanted = [
        before - 0.5 * tf.convert_to_tensor(gradient)
        for before, gradient in zip(
            model.trainable_weights, tape.gradient(gap, model.trainable_weights), strict=True
        )
    ]
    wrapper = CounterfactualModel(model, "mse")
    wrapper.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")
    without_task = data.map(lambda x, y: (x, y, tf.zeros(EXAMPLES)))
    wrapper.fit(without_task, verbose=0, shuffle=False)
    for found, value in zip(model.trainable_weights, wanted, strict=True):
        np.testing.assert_allclose(found, value, atol=1e-6)


def test_a_model_that_is_random_in_inference_is_refused() -> None:

    keras_layers()
    _, _, data = batch(1, aligned=True, same=False)
    for rate in (0.0, 0.5):
        wrapper = CounterfactualModel(subclassed(rate, always=True))
        wrapper.compile("adam", loss="binary_crossentropy")
        if not rate:
            wrapper.fit(data, verbose=0, shuffle=False)
            continue
        with pytest.raises(InputError, match=r"random even in inference(.|\n)*training=True"):
            wrapper.fit(data, verbose=0, shuffle=False)


@pytest.mark.slow
def test_two_replicas_compare_pairs_without_chance_and_take_the_steps_of_one() -> None:
    script = Path(__file__).with_name("pairs_on_two_replicas.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    passes, steps = done.stdout.splitlines()[:3], done.stdout.splitlines()[3:]
    assert passes == ["dense: together", "dropout: apart", "batch: apart"]
    assert steps == ["cda: True", "reweight: True", "mindiff: True", "mindiff: True"]
