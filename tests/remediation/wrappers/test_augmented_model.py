"""CDA: counterfactuals are further examples, in a loss that is a mean over both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenhand.remediation import AlignedPairs, IndependentPairs, PairedInputs
from evenhand.remediation.wrappers.augmented_model import AugmentedModel

X = np.array([[1.0, 0.0], [0.5, -1.0], [0.0, 2.0]], np.float32)
KERNEL = np.array([[0.8], [-0.4]], np.float32)
LABEL = np.array([[1.0], [0.0], [1.0]], np.float32)
WEIGHT = np.array([1.0, 2.0, 0.5], np.float32)
CHANGED = np.array([[0.0, 1.0], [2.0, 0.0], [9.0, 9.0]], np.float32)  # the last one is padding
PAIRS = AlignedPairs(np.array([2, 0, -1], np.int32), CHANGED, np.array([0.5, 1.0, 7.0], np.float32))


def linear(
    units: int = 1, activation: str = "sigmoid", kernel: Any = KERNEL, extra: Any = (), **dense: Any
) -> Any:
    import keras

    keras.utils.set_random_seed(2)
    layers = keras.layers
    last = layers.Dense(units, activation=activation, use_bias=False, **dense)
    model = keras.Sequential([layers.Input((2,)), *extra, last])
    last.kernel.assign(kernel)
    return model


def sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(logits, np.float64)))


def cross_entropy(target: Any, probability: Any) -> Any:
    return -(target * np.log(probability) + (1 - target) * np.log(1 - probability))


def fitted(wrapper: Any, x: Any, y: Any, weight: Any, loss: Any, rate: float = 0.5) -> float:
    """Take one step, and return the loss."""
    import keras
    import tensorflow as tf

    wrapper.compile(keras.optimizers.SGD(rate), loss=loss)
    data = tf.data.Dataset.from_tensors((x, y, weight))
    loss_of_step: float = wrapper.fit(data, verbose=0, shuffle=False).history["loss"][0]
    return loss_of_step


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("factor", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("labels", ["original", "score"])
def test_the_loss_is_the_mean_over_examples_and_counterfactuals(
    logits: bool, factor: float, labels: Any
) -> None:
    import keras

    model = linear(activation="linear" if logits else "sigmoid")
    wrapper = AugmentedModel(model, factor, labels, logits=logits)
    loss = keras.losses.BinaryCrossentropy(from_logits=logits)
    found = fitted(wrapper, PairedInputs(X, PAIRS), LABEL, WEIGHT, loss)
    said, said_of_pairs = sigmoid(X @ KERNEL), sigmoid(CHANGED[:2] @ KERNEL)
    target = (LABEL if labels == "original" else said)[[2, 0]]
    of_examples = WEIGHT @ cross_entropy(LABEL, said)
    of_pairs = np.array([0.5, 1.0]) @ cross_entropy(target, said_of_pairs)
    assert found == pytest.approx((of_examples + factor * of_pairs).item() / (3 + 2 * factor))
    # The score of the original is a constant: no gradient flows through it.
    error = X.T @ (WEIGHT[:, None] * (said - LABEL))
    error += factor * CHANGED[:2].T @ (np.array([[0.5], [1.0]]) * (said_of_pairs - target))
    wanted = KERNEL - 0.5 * error / (3 + 2 * factor)
    np.testing.assert_allclose(model.layers[-1].kernel, wanted, atol=1e-6)


def test_pairs_from_elsewhere_keep_the_scores_of_their_own_originals() -> None:
    originals = np.array([[1.0, 1.0], [-1.0, 0.0]], np.float32)
    pairs = IndependentPairs(originals, CHANGED[:2], np.array([0.5, 1.0], np.float32))
    wrapper = AugmentedModel(linear(), 2.0, "score")
    found = fitted(wrapper, PairedInputs(X, pairs), LABEL, WEIGHT, "binary_crossentropy")
    of_examples = WEIGHT @ cross_entropy(LABEL, sigmoid(X @ KERNEL))
    target = sigmoid(originals @ KERNEL)
    of_pairs = np.array([0.5, 1.0]) @ cross_entropy(target, sigmoid(CHANGED[:2] @ KERNEL))
    assert found == pytest.approx((of_examples + 2 * of_pairs).item() / (3 + 2 * 2))


def test_classes_are_trained_by_number_and_by_share() -> None:
    kernel = np.array([[0.8, -0.2, 0.1], [-0.4, 0.3, 0.2]], np.float32)
    numbers = np.array([2, 0, 1])
    logits = X @ kernel, CHANGED[:2] @ kernel
    said, said_of_pairs = (np.exp(each) / np.exp(each).sum(1, keepdims=True) for each in logits)

    def wanted(targets: Any, of_pairs: Any) -> float:
        entropies = -(targets * np.log(said)).sum(1), -(of_pairs * np.log(said_of_pairs)).sum(1)
        return float(WEIGHT @ entropies[0] + np.array([0.5, 1.0]) @ entropies[1]) / 5

    shares = np.eye(3, dtype=np.float32)[numbers]
    decided = np.eye(3)[said[[2, 0]].argmax(1)]
    cases: list[tuple[Any, str, Any, Any]] = [
        ("original", "sparse_categorical_crossentropy", numbers, shares[[2, 0]]),
        ("original", "categorical_crossentropy", shares, shares[[2, 0]]),
        ("score", "sparse_categorical_crossentropy", numbers, decided),
        ("score", "categorical_crossentropy", shares, said[[2, 0]]),
    ]
    for labels, loss, y, target in cases:
        wrapper = AugmentedModel(linear(3, "softmax", kernel), labels=labels)
        found = fitted(wrapper, PairedInputs(X, PAIRS), y, WEIGHT, loss)
        assert found == pytest.approx(wanted(shares, target), rel=1e-5), (labels, loss)


def test_other_labels_and_heads_are_left_free_on_counterfactuals() -> None:
    """A step on counterfactuals alone moves the weights of the trained label, and no others."""
    import keras

    kernel = np.array([[0.8, -0.2, 0.1], [-0.4, 0.3, 0.2]], np.float32)
    y, nothing = np.full((3, 3), 0.9, np.float32), np.zeros(3, np.float32)
    for logits in (False, True):
        model = linear(3, "linear" if logits else "sigmoid", kernel)
        wrapper = AugmentedModel(model, label=1, logits=logits)
        loss = keras.losses.BinaryCrossentropy(from_logits=logits)
        fitted(wrapper, PairedInputs(X, PAIRS), y, nothing, loss)
        moved = np.abs(model.layers[-1].kernel - kernel).max(axis=0)
        assert moved[1] > 1e-2 and moved[[0, 2]].max() < 1e-6

    inputs = keras.Input((2,))
    heads = [keras.layers.Dense(1, "sigmoid")(inputs), keras.layers.Dense(3, "softmax")(inputs)]
    model = keras.Model(inputs, heads)
    kernels = [np.array(layer.kernel) for layer in model.layers[1:]]
    x = PairedInputs(X, PAIRS, (np.full((3, 3), 1 / 3, np.float32),))
    fitted(AugmentedModel(model), x, LABEL, nothing, "binary_crossentropy")
    changes = [
        np.abs(layer.kernel - kernel).max()
        for layer, kernel in zip(model.layers[1:], kernels, strict=True)
    ]
    assert changes[0] > 1e-2 and changes[1] == 0


def test_regularisation_counts_once_and_all_rows_share_a_pass_in_training_mode() -> None:
    import keras

    modes: list[Any] = []

    class Spy(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any, training: Any = None) -> Any:
            modes.append((inputs.shape[0], training))
            return inputs

    regularised = linear(extra=[Spy()], kernel_regularizer=keras.regularizers.L2(0.5))
    plain, heavy = (
        fitted(AugmentedModel(model), PairedInputs(X, PAIRS), LABEL, WEIGHT, "binary_crossentropy")
        for model in (linear(), regularised)
    )
    assert heavy - plain == pytest.approx(0.5 * float(np.square(KERNEL).sum()), rel=1e-5)
    assert (6, True) in modes  # three examples and three places for pairs, in one pass
