"""The CLP wrapper: the steps that it takes, and what is in its loss."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import ConfigurationError
from evenhand.remediation import AlignedPairs, CounterfactualModel, IndependentPairs, PairedInputs

STEPS, BATCH, PAIRS, LENGTH, WORDS = 10, 16, 8, 5, 30


@pytest.fixture(scope="module")
def batches() -> dict[str, Any]:
    rng = np.random.default_rng(3)

    def tokens(rows: int) -> Any:
        return rng.integers(0, WORDS, (STEPS, rows, LENGTH)).astype(np.int32)

    label = rng.integers(0, 2, (STEPS, BATCH)).astype(np.float32)
    return {
        "x": tokens(BATCH),
        "1/y": label[..., None],
        "2/y": np.stack([1 - label, label], axis=-1),
        "weight": rng.uniform(0.5, 2, (STEPS, BATCH)).astype(np.float32),
        "original": tokens(PAIRS),
        "counterfactual": tokens(PAIRS),
        "pair_weight": rng.uniform(0.5, 2, (STEPS, PAIRS)).astype(np.float32),
    }


def token_model(
    units: int = 1, activation: str = "sigmoid", *, extra: Any = (), **dense: Any
) -> Any:
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((LENGTH,), dtype="int32"),
            layers.Embedding(WORDS, 4),
            layers.Flatten(),
            layers.Dense(6, activation="relu", use_bias=False, **dense),
            *extra,
            layers.Dense(units, activation=activation),
        ]
    )


def feature_model(units: int = 1, activation: str = "sigmoid") -> Any:
    """A model whose gradients are all dense."""
    import keras

    keras.utils.set_random_seed(6)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((LENGTH,)),
            layers.Dense(6, activation="relu", use_bias=False),
            layers.Dense(units, activation=activation),
        ]
    )


def independent(batches: dict[str, Any], units: int = 1) -> Any:
    import tensorflow as tf

    pairs = IndependentPairs(*(batches[k] for k in ("original", "counterfactual", "pair_weight")))
    x = PairedInputs(batches["x"], pairs)
    return tf.data.Dataset.from_tensor_slices((x, batches[f"{units}/y"], batches["weight"]))


def train(model: Any, data: Any, optimizer: str = "SGD 0.5", **options: Any) -> CounterfactualModel:
    import keras

    name, rate = optimizer.split()
    wrapper = CounterfactualModel(model, **options)
    loss = "binary_crossentropy" if model.output_shape[-1] == 1 else "categorical_crossentropy"
    momentum = {"momentum": 0.9} if name == "Momentum" else {}
    optimizer_class = getattr(keras.optimizers, "SGD" if momentum else name)
    wrapper.compile(optimizer=optimizer_class(float(rate), **momentum), loss=loss)
    wrapper.fit(data, epochs=1, verbose=0, shuffle=False)
    return wrapper


# Tokens with plain SGD alone: other optimisers treat an embedding's sparse gradients differently in
# Keras 2 and 3, in plain training as well (after ten Adam steps of 0.01 a model differs by 0.03).
RUNS = [
    ("tokens", "mse", 1, "sigmoid", "SGD 0.5"),
    ("tokens", "absolute", 1, "sigmoid", "SGD 0.5"),
    ("tokens", "cosine", 2, "softmax", "SGD 0.5"),
    ("tokens", "mse", 2, "softmax", "SGD 0.5"),
    ("features", "mse", 1, "sigmoid", "Adam 0.01"),
    ("features", "absolute", 1, "sigmoid", "Momentum 0.1"),
    ("features", "cosine", 2, "softmax", "Adam 0.01"),
    ("features", "absolute", 2, "softmax", "RMSprop 0.01"),
]
SIDES = ("x", "original", "counterfactual")


@pytest.mark.slow
def test_ten_steps_equal_tfmr_under_legacy_keras(batches: dict[str, Any], tmp_path: Path) -> None:
    of_inputs = {"tokens": batches, "features": _as_features(batches)}
    models = {"tokens": token_model, "features": feature_model}
    given = dict(batches)
    for inputs, make in models.items():
        given |= {f"{inputs}/{side}": of_inputs[inputs][side] for side in SIDES}
        for units, activation in ((1, "sigmoid"), (2, "softmax")):
            for i, weight in enumerate(make(units, activation).get_weights()):
                given[f"{inputs}/{units}/weight{i}"] = weight
    np.savez(tmp_path / "in.npz", **given)
    script = Path(__file__).with_name("tfmr_reference.py")
    names = [",".join(map(str, run)) for run in RUNS]
    command = [sys.executable, str(script), str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    subprocess.run([*command, *names], check=True, capture_output=True, timeout=300)
    reference = np.load(tmp_path / "out.npz")
    for name, run in zip(names, RUNS, strict=True):
        inputs, *rest = run
        with_pairs, without = (
            _trained(models[inputs], of_inputs[inputs], *rest, weight=weight)
            for weight in (2.5, 0.0)
        )
        for i, weight in enumerate(with_pairs):
            np.testing.assert_allclose(weight, reference[f"{name}/{i}"], atol=1e-5, err_msg=name)
        assert max(np.abs(a - b).max() for a, b in zip(with_pairs, without, strict=True)) > 1e-3


def _as_features(batches: dict[str, Any]) -> dict[str, Any]:
    return {**batches, **{side: batches[side].astype(np.float32) / WORDS for side in SIDES}}


def _trained(
    make: Any, batches: dict[str, Any], loss: str, units: int, activation: str, optimizer: str,
    *, weight: float,
) -> list[Any]:  # fmt: skip
    model = make(units, activation)
    options = {"loss": loss, "loss_weight": weight, "pair_on": "outputs"}
    train(model, independent(batches, units), optimizer, **options)
    return list(model.get_weights())


def aligned(batches: dict[str, Any], padding: int = 0) -> Any:
    """The same pairs as rows of the batch: the first PAIRS examples are the originals."""
    import tensorflow as tf

    example = np.tile(np.arange(PAIRS, dtype=np.int32), (STEPS, 1))
    pairs = AlignedPairs(
        np.pad(example, ((0, 0), (0, padding)), constant_values=-1),
        np.pad(batches["counterfactual"], ((0, 0), (0, padding), (0, 0))),
        np.pad(batches["pair_weight"], ((0, 0), (0, padding)), constant_values=9.0),
    )
    x = PairedInputs(batches["x"], pairs)
    return tf.data.Dataset.from_tensor_slices((x, batches["1/y"], batches["weight"]))


def plain(batches: dict[str, Any]) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((batches["x"], batches["1/y"], batches["weight"]))


def assert_same_weights(first: Any, second: Any, atol: float = 1e-6) -> None:
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


def test_aligned_pairs_are_the_same_pairs_and_padding_leaves_no_trace(
    batches: dict[str, Any],
) -> None:
    as_rows = {**batches, "original": batches["x"][:, :PAIRS]}
    reference = token_model()
    train(reference, independent(as_rows), loss="mse")
    for padding in (0, 5):
        model = token_model()
        train(model, aligned(batches, padding), loss="mse")
        assert_same_weights(model, reference)


def test_without_pairs_or_with_weight_zero_it_is_plain_training(batches: dict[str, Any]) -> None:
    import keras

    def regularised() -> Any:
        return token_model(
            extra=[keras.layers.BatchNormalization()],
            kernel_regularizer=keras.regularizers.L2(0.1),
            activity_regularizer=keras.regularizers.L2(0.1),
        )

    reference = regularised()
    reference.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")
    history = reference.fit(plain(batches), verbose=0, shuffle=False).history
    for data in (plain(batches), aligned(batches, padding=3)):
        model = regularised()
        wrapper = train(model, data, loss_weight=0.0)
        assert_same_weights(model, reference)  # moving statistics are among the weights
        logs = wrapper.history.history
        assert logs["task_loss"] == pytest.approx(history["loss"], rel=1e-5)
        assert logs["loss"] == pytest.approx(history["loss"], rel=1e-5)


def test_regularisation_and_dropout_are_active(batches: dict[str, Any]) -> None:
    import keras

    def logs_of(model: Any) -> dict[str, list[float]]:
        data = independent(batches)
        return dict(train(model, data, "SGD 0.000001").history.history)

    without = logs_of(token_model())["task_loss"][0]
    heavy = token_model(kernel_regularizer=keras.regularizers.L2(1.0))
    penalty = float(np.square(heavy.layers[2].kernel).sum())
    assert logs_of(heavy)["task_loss"][0] == pytest.approx(without + penalty, rel=1e-3)
    modes: list[Any] = []

    class Spy(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any, training: Any = None) -> Any:
            modes.append(training)
            return inputs

    dropped = token_model(extra=[Spy(), keras.layers.Dropout(0.9)])
    assert abs(logs_of(dropped)["task_loss"][0] - without) > 1e-3
    assert True in modes


def test_logits_are_paired_where_probabilities_have_lost_their_digits(
    batches: dict[str, Any],
) -> None:
    def change(pair_on: str) -> float:
        model = token_model()
        last = model.layers[-1]
        last.bias.assign([200.0])  # every score is 1 in float32
        before = model.get_weights()
        pairs_only = independent({**batches, "weight": batches["weight"] * 0})
        train(model, pairs_only, "SGD 0.01", loss="absolute", pair_on=pair_on)
        return max(np.abs(a - b).max() for a, b in zip(model.get_weights(), before, strict=True))

    assert change("outputs") == 0
    assert change("logits") > 1e-3
    assert CounterfactualModel(token_model(activation="linear")).pair_on == "logits"


def test_the_cosine_of_a_single_output(batches: dict[str, Any]) -> None:
    model = token_model()
    wrapper = train(model, independent(batches), loss="cosine")
    assert wrapper.pair_on == "outputs"
    assert -2 < wrapper.history.history["pair_loss"][0] < -0.5  # weights of 0.5 to 2
    with pytest.raises(ConfigurationError, match="no direction"):
        CounterfactualModel(token_model(), "cosine", pair_on="logits")
    with pytest.raises(ConfigurationError, match="no direction"):
        CounterfactualModel(token_model(activation="linear"), "cosine")


@pytest.mark.parametrize("options", [{"loss": "l7"}, {"loss_weight": -1.0}, {"pair_on": "words"}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        CounterfactualModel(token_model(), **options)


def test_a_wrapper_evaluates_predicts_saves_and_loads(
    batches: dict[str, Any], tmp_path: Path
) -> None:
    import keras

    wrapper = train(token_model(), aligned(batches), loss="mse", loss_weight=2.0)
    x = batches["x"][0]
    np.testing.assert_array_equal(
        wrapper.predict(x, verbose=0), wrapper.original_model.predict(x, verbose=0)
    )
    logs = wrapper.evaluate(aligned(batches), verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["task_loss"] + 2 * logs["pair_loss"], rel=1e-5)
    wrapper.save(tmp_path / "wrapper.keras")
    loaded = keras.saving.load_model(tmp_path / "wrapper.keras")
    assert (loaded.loss_name, loaded.loss_weight) == ("mse", 2.0)
    again = loaded.evaluate(aligned(batches), verbose=0, return_dict=True)
    assert again == pytest.approx(logs, rel=1e-5)
