"""Reweighting by group: the factors of Fair Data Reweighting, and how they enter a training."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evenhand.remediation import PairedInputs
from evenhand.remediation.batches.training_data import TrainingData
from evenhand.remediation.judging.validation import Validation
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.techniques.group_factors import group_factors
from evenhand.remediation.techniques.reweighting import Reweighting
from evenhand.remediation.techniques.technique import GroupState, TrainedOutput


def single() -> Any:
    import keras

    return keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, "sigmoid")])


def test_three_groups_get_the_factors_that_are_worked_out_by_hand() -> None:
    """With strength 10 ln 2 an error that is 0.1 higher doubles a group's share.

    Errors .1, .2, .4 give exp(strength * error) = 2, 4, 16, so shares 1/11, 2/11 and 8/11 of the
    100 examples, half of which are given out by these shares: factors 1/2 + 50 * share / size.
    """
    errors, sizes = np.array([0.1, 0.2, 0.4]), np.array([50.0, 30.0, 20.0])
    factors = group_factors(errors, sizes, 0.5, 10 * math.log(2))
    by_hand = [1 / 2 + 1 / 11, 1 / 2 + 10 / 33, 1 / 2 + 20 / 11]
    np.testing.assert_allclose(factors, by_hand, rtol=1e-12)
    assert factors @ sizes == pytest.approx(100)


def test_what_cannot_be_measured_keeps_its_weight() -> None:
    errors, sizes = np.array([0.1, math.nan, 0.2, 0.9]), np.array([50.0, 30.0, 10.0, 0.0])
    factors = group_factors(errors, sizes, 0.5, 10 * math.log(2))
    np.testing.assert_allclose(factors, [1 / 2 + 1 / 2 * 60 / 3 / 50, 1, 1 / 2 + 60 / 3 / 10, 1])
    np.testing.assert_array_equal(group_factors(errors, sizes, 0.0, 5.0), np.ones(4))
    np.testing.assert_array_equal(group_factors(np.full(2, math.nan), np.ones(2), 1, 1), [1, 1])
    assert np.isfinite(group_factors(errors, sizes, 1.0, 1e6)).all()


@pytest.mark.parametrize(
    ("rounds", "begin"), [(None, [0, 1, 2, 3, 4]), (1, [0]), (2, [0, 2]), (9, [0, 1, 2, 3, 4])]
)
def test_rounds_begin_evenly(rounds: int | None, begin: list[int]) -> None:
    technique = Reweighting(rounds=rounds)
    wrapper = technique.wrap(single(), TrainedOutput(0, False, None, n_groups=2))
    begun, epochs = [], 5
    for epoch in range(epochs):
        wrapper.set_factors(np.zeros(2))
        technique.before_epoch(wrapper, epoch, epochs, lambda: GroupState(np.ones(2), np.zeros(2)))
        if np.array(wrapper.factors).any():
            begun.append(epoch)
    assert begun == begin


def test_an_example_counts_by_its_weight_times_its_groups_factor() -> None:
    import keras
    import tensorflow as tf

    from evenhand.remediation.wrappers.reweighted_model import ReweightedModel

    x = np.array([[1.0], [2.0], [-1.0], [0.5]], np.float32)
    label = np.array([[1.0], [0.0], [1.0], [0.0]], np.float32)
    weight, groups = np.array([1, 2, 0.5, 1], np.float32), np.array([0, 1, -1, 1], np.int32)
    inner = single()
    wrapper = ReweightedModel(inner, 2)
    wrapper.compile(keras.optimizers.SGD(0.0), loss="binary_crossentropy")
    data = tf.data.Dataset.from_tensors((PairedInputs(x, (), (), groups), label, weight))
    said = 1 / (1 + np.exp(-x @ np.array(inner.layers[0].kernel)))
    losses = -np.log(np.where(label == 1, said, 1 - said))
    for factors in ([1.0, 1.0], [0.5, 3.0]):  # between epochs of one compiled step
        wrapper.set_factors(np.array(factors))
        found = wrapper.fit(data, verbose=0, shuffle=False).history["loss"][0]
        wanted = (weight * np.array([*factors, 1.0])[groups] @ losses).item() / 4
        assert found == pytest.approx(wanted, rel=1e-5)


def test_errors_are_measured_on_the_labelled_members_of_each_group(tmp_path: Any) -> None:
    (tmp_path / "scorer.py").write_text(
        "def score(texts):\n    return [float('bad' in text) for text in texts]\n"
    )
    text = np.array([b"bad", b"bad", b"good", b"good", b"bad", b"good"], dtype=object)
    data = TrainingData(
        text, np.array([1, 0, 0, 1, np.nan, 0], np.float32),
        np.array([1, 3, 1, 1, 9, 1], np.float32), np.array([0]), text[:1],
        np.ones(1, np.float32), np.array([0, 0, 1, 1, 2, -1], np.int32),
    )  # fmt: skip
    import sys

    sys.path.insert(0, str(tmp_path))
    try:
        classifier = load_classifier("scorer:score")
    finally:
        sys.path.remove(str(tmp_path))
    validation = Validation.of_baseline(classifier, data)
    np.testing.assert_allclose(validation.errors_of_groups(4), [3 / 4, 1 / 2, np.nan, np.nan])
    bare = Validation.of_baseline(classifier, replace(data, groups=None))
    assert np.isnan(bare.errors_of_groups(2)).all()
