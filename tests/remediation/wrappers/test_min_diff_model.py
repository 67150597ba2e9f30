"""MinDiff: the discrepancy between the scores of two sets of texts, as TFMR computes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.remediation import AlignedPairs, IndependentPairs, PairedInputs
from evenhand.remediation.wrappers.min_diff_model import MinDiffModel

RNG = np.random.default_rng(8)
X = RNG.normal(size=(6, 2)).astype(np.float32)
CHANGED = RNG.normal(size=(4, 2)).astype(np.float32)  # the last one is padding
KERNEL = RNG.normal(size=(2, 3)).astype(np.float32)
LABEL = np.array([[1.0], [0.0], [1.0], [0.0], [0.0], [1.0]], np.float32)
WEIGHT = np.array([1.0, 2.0, 0.5, 1.0, 0.0, 1.5], np.float32)
PAIR_WEIGHT = np.array([0.5, 1.0, 2.0], np.float32)
PAIRS = AlignedPairs(
    np.array([4, 0, 2, -1], np.int32), CHANGED, np.append(PAIR_WEIGHT, np.float32(9))
)
GROUPS = np.array([0, 2, 1, 0, -1, 2], np.int32)


def model_of(units: int, activation: str) -> Any:
    import keras

    layers = keras.layers
    last = layers.Dense(units, activation=activation, use_bias=False)
    model = keras.Sequential([layers.Input((2,)), last])
    last.kernel.assign(KERNEL[:, :units])
    return model


def probabilities(x: Any, units: int, exclusive: bool = False) -> Any:
    logits = x.astype(np.float64) @ KERNEL[:, :units]
    if exclusive:
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return 1 / (1 + np.exp(-logits))


def discrepancy(kernel: str, member: Any, scores: Any, weight: Any) -> float:
    """The squared MMD of two weighted sets: Gretton et al. 2006, with TFMR's kernels."""
    distance = np.linalg.norm(scores[:, None] - scores[None], axis=2)
    like = np.exp(-((distance / 0.1) ** 2)) if kernel == "gaussian" else np.exp(-distance / 0.1)
    shares = [weight * side / (weight * side).sum() for side in (member == 1, member == 0)]
    return float(sum(s * (a @ like @ b) for s, a, b in (
        (1, shares[0], shares[0]), (-2, shares[0], shares[1]), (1, shares[1], shares[1])
    )))  # fmt: skip


def logs_of(wrapper: Any, x: Any, y: Any = LABEL, rate: float = 0.0, loss: Any = None) -> Any:
    import keras
    import tensorflow as tf

    wrapper.compile(keras.optimizers.SGD(rate), loss=loss or "binary_crossentropy")
    data = tf.data.Dataset.from_tensors((x, y, WEIGHT))
    logs = wrapper.fit(data, verbose=0, shuffle=False).history
    return {name: values[0] for name, values in logs.items()}


def sides_of_pairs(units: int = 1, exclusive: bool = False) -> tuple[Any, Any, Any]:
    originals, changed = X[[4, 0, 2]], CHANGED[:3]
    scores = probabilities(np.concatenate([originals, changed]), units, exclusive)
    return np.repeat([0, 1], 3), scores, np.tile(PAIR_WEIGHT, 2)


@pytest.mark.parametrize("kernel", ["gaussian", "laplacian"])
@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_originals_are_compared_with_counterfactuals(kernel: Any, activation: str) -> None:
    import keras

    logits = activation == "linear"
    wrapper = MinDiffModel(model_of(1, activation), 2.0, kernel, logits=logits)
    loss = keras.losses.BinaryCrossentropy(from_logits=logits)
    logs = logs_of(wrapper, PairedInputs(X, PAIRS), loss=loss)
    wanted = discrepancy(kernel, *sides_of_pairs())
    assert logs["min_diff_loss"] == pytest.approx(wanted, abs=1e-5)
    said = probabilities(X, 1)
    task = WEIGHT @ -np.log(np.where(LABEL == 1, said, 1 - said)) / 6
    assert logs["task_loss"] == pytest.approx(task.item(), rel=1e-5)
    assert logs["loss"] == pytest.approx(task.item() + 2 * wanted, rel=1e-5)


def test_pairs_from_elsewhere_have_originals_of_their_own() -> None:
    pairs = IndependentPairs(X[[4, 0, 2]], CHANGED[:3], PAIR_WEIGHT)
    logs = logs_of(MinDiffModel(model_of(1, "sigmoid")), PairedInputs(X[::-1].copy(), pairs))
    wanted = discrepancy("gaussian", *sides_of_pairs())
    assert logs["min_diff_loss"] == pytest.approx(wanted, abs=1e-5)


def test_classes_are_compared_as_a_whole_and_labels_one_by_one() -> None:
    x, shares = PairedInputs(X, PAIRS), np.full((6, 3), 1 / 3, np.float32)
    wrapper = MinDiffModel(model_of(3, "softmax"))
    logs = logs_of(wrapper, x, shares, loss="categorical_crossentropy")
    wanted = discrepancy("gaussian", *sides_of_pairs(3, exclusive=True))
    assert logs["min_diff_loss"] == pytest.approx(wanted, abs=1e-5)
    logs = logs_of(MinDiffModel(model_of(3, "sigmoid"), label=1), x, shares)
    member, scores, weight = sides_of_pairs(3)
    wanted = discrepancy("gaussian", member, scores[:, 1:2], weight)
    assert logs["min_diff_loss"] == pytest.approx(wanted, abs=1e-5)


def test_each_group_is_compared_with_all_others() -> None:
    """Example 4 is of no group; group 3 has no example here, and does not count."""
    wrapper = MinDiffModel(model_of(1, "sigmoid"), n_groups=4)
    logs = logs_of(wrapper, PairedInputs(X, (), (), GROUPS))
    weight, scores = WEIGHT * (GROUPS >= 0), probabilities(X, 1)
    each = [discrepancy("gaussian", group == GROUPS, scores, weight) for group in range(3)]
    assert logs["min_diff_loss"] == pytest.approx(np.mean(each), abs=1e-5)
    assert min(each) > 1e-2


@pytest.mark.parametrize("case", ["padding", "one group", "no group"])
def test_what_cannot_be_compared_moves_nothing(case: str) -> None:
    import keras

    model = model_of(1, "sigmoid")
    if case == "padding":
        x = PairedInputs(X, PAIRS._replace(example=np.full(4, -1, np.int32)))
        wrapper = MinDiffModel(model, 5.0)
    else:
        x = PairedInputs(X, (), (), np.full(6, {"one group": 1, "no group": -1}[case], np.int32))
        wrapper = MinDiffModel(model, 5.0, n_groups=2)
    logs = logs_of(wrapper, x, rate=0.5)
    assert logs["min_diff_loss"] == 0 and logs["loss"] == logs["task_loss"]
    plain = model_of(1, "sigmoid")
    plain.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")
    plain.fit(X, LABEL, sample_weight=WEIGHT, batch_size=6, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], plain.get_weights()[0], atol=1e-6)


def test_it_brings_groups_together() -> None:
    import keras
    import tensorflow as tf

    wrapper = MinDiffModel(model_of(1, "sigmoid"), 3.0, n_groups=2)
    x = PairedInputs(X, (), (), np.array([0, 0, 0, 1, 1, 1], np.int32))
    wrapper.compile(keras.optimizers.SGD(1.0), loss="binary_crossentropy")
    data = tf.data.Dataset.from_tensors((x, LABEL, WEIGHT))
    found = wrapper.fit(data, epochs=20, verbose=0, shuffle=False).history["min_diff_loss"]
    assert found[-1] < found[0] / 2


@pytest.mark.slow
def test_the_loss_is_that_of_tfmr_under_keras_2() -> None:
    cases: list[Any] = []
    found = []
    for kernel in ("gaussian", "laplacian"):
        for n_groups, x, y in (
            (0, PairedInputs(X, PAIRS), sides_of_pairs()),
            (1, PairedInputs(X, (), (), np.array([0, 0, 0, 1, 1, 1], np.int32)),
             (np.array([1, 1, 1, 0, 0, 0]), probabilities(X, 1), WEIGHT)),
        ):  # fmt: skip
            wrapper = MinDiffModel(model_of(1, "sigmoid"), kernel=kernel, n_groups=n_groups)  # type: ignore[arg-type]
            found.append(logs_of(wrapper, x)["min_diff_loss"])
            cases.append([kernel, *(np.asarray(column).tolist() for column in y)])
    script = Path(__file__).with_name("mmd_under_keras_2.py")
    command = [sys.executable, str(script), json.dumps(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    np.testing.assert_allclose(found, json.loads(done.stdout), atol=1e-5)
