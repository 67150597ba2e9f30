"""The CLP wrapper: the steps that it takes, and what is in its loss."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.remediation import CounterfactualModel, IndependentPairs, PairedInputs

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
    wrapper.compile(optimizer=getattr(keras.optimizers, name)(float(rate)), loss=loss)
    wrapper.fit(data, epochs=1, verbose=0, shuffle=False)
    return wrapper


# Plain SGD: adaptive optimisers treat an embedding's sparse gradients differently in Keras 2 and 3,
# in plain training as well (after ten Adam steps of 0.01 the same model differs by 0.03).
RUNS = [
    ("mse", 1, "sigmoid", "SGD 0.5"),
    ("absolute", 1, "sigmoid", "SGD 0.5"),
    ("cosine", 2, "softmax", "SGD 0.5"),
    ("mse", 2, "softmax", "SGD 0.5"),
]


@pytest.mark.slow
def test_ten_steps_equal_tfmr_under_legacy_keras(batches: dict[str, Any], tmp_path: Path) -> None:
    given = dict(batches)
    for units, activation in ((1, "sigmoid"), (2, "softmax")):
        for i, weight in enumerate(token_model(units, activation).get_weights()):
            given[f"{units}/weight{i}"] = weight
    np.savez(tmp_path / "in.npz", **given)
    script = Path(__file__).with_name("tfmr_reference.py")
    names = [",".join(map(str, run)) for run in RUNS]
    command = [sys.executable, str(script), str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    subprocess.run([*command, *names], check=True, capture_output=True, timeout=300)
    reference = np.load(tmp_path / "out.npz")
    for name, run in zip(names, RUNS, strict=True):
        with_pairs, without = (_trained(batches, *run, weight=weight) for weight in (2.5, 0.0))
        for i, weight in enumerate(with_pairs):
            np.testing.assert_allclose(weight, reference[f"{name}/{i}"], atol=1e-5, err_msg=name)
        assert max(np.abs(a - b).max() for a, b in zip(with_pairs, without, strict=True)) > 1e-3


def _trained(
    batches: dict[str, Any], loss: str, units: int, activation: str, optimizer: str, weight: float
) -> list[Any]:
    model = token_model(units, activation)
    options = {"loss": loss, "loss_weight": weight, "pair_on": "outputs"}
    train(model, independent(batches, units), optimizer, **options)
    return list(model.get_weights())
