"""The learning rate of a training: where it comes from, and how it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.remediation.defaults import HIGHEST_OWN_RATE, LEARNING_RATE
from evenhand.remediation.runtime.tensorflow import keras_package
from evenhand.remediation.training.learning_rate import chosen_rate, own_rate, rising


def compiled(package: Any, optimizer: Any) -> Any:
    model = package.Sequential([package.layers.InputLayer((2,)), package.layers.Dense(1)])
    if optimizer is not None:
        model.compile(optimizer, loss="mse")
    return model


@pytest.mark.parametrize("generation", [3, 2])
def test_a_gentle_rate_of_the_baselines_own_is_kept_and_another_is_not(generation: Any) -> None:
    keras = keras_package(generation)
    own = compiled(keras, keras.optimizers.AdamW(2e-5))
    assert chosen_rate(None, own).rate == pytest.approx(2e-5)
    assert chosen_rate(None, own).source == "the baseline's own"
    assert chosen_rate(3e-3, own).rate == 3e-3
    high = chosen_rate(None, compiled(keras, "adam"))
    assert high.rate == HIGHEST_OWN_RATE
    assert "compiled with 0.001" in high.source
    # A rate of another kind of optimizer says nothing of Adam's.
    for other in (None, "sgd", keras.optimizers.RMSprop(1e-5)):
        assert chosen_rate(None, compiled(keras, other)).rate == LEARNING_RATE


@pytest.mark.parametrize("generation", [3, 2])
def test_a_schedule_counts_by_what_it_began_with_or_stands_at(generation: Any) -> None:
    keras = keras_package(generation)
    schedules = keras.optimizers.schedules
    falling = compiled(keras, keras.optimizers.Adam(schedules.PolynomialDecay(5e-5, 10, 0.0)))
    grown = compiled(keras, keras.optimizers.Adam(schedules.PolynomialDecay(0.0, 10, 3e-5)))
    for model in (falling, grown):
        model.optimizer.iterations.assign(10)
    assert own_rate(falling) == pytest.approx(5e-5)
    assert own_rate(grown) == pytest.approx(3e-5)
    over = compiled(keras, keras.optimizers.Adam(schedules.PolynomialDecay(0.0, 10, 0.0)))
    assert own_rate(over) is None


def test_a_saved_model_brings_its_rate(tmp_path: Path) -> None:
    keras = keras_package(3)
    model = compiled(keras, keras.optimizers.Adam(4e-5))
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert own_rate(loaded) == pytest.approx(4e-5)
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(6e-5))
    assert own_rate(compiled(keras, scaled)) == pytest.approx(6e-5)


@pytest.mark.parametrize("generation", [3, 2])
def test_the_rate_rises_in_equal_parts_and_stays(generation: Any) -> None:
    keras = keras_package(generation)
    rate = rising(keras, 0.8, 4)
    rates = [float(np.asarray(rate(step))) for step in range(6)]
    np.testing.assert_allclose(rates, [0.2, 0.4, 0.6, 0.8, 0.8, 0.8], rtol=1e-6)
    assert rising(keras, 0.8, 1) == rising(keras, 0.8, 0) == 0.8
