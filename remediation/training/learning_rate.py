"""The learning rate of a training: how it is chosen, and how it begins.

To train a model further takes a lower rate than training from scratch: a rate that is too high
destroys what the model knows. The rate that it was compiled with is a hint if its optimizer is of
Adam's kind, because the rates of those are comparable. But it was chosen for training from scratch,
so there is an upper limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenhand.remediation.defaults import HIGHEST_OWN_RATE, LEARNING_RATE

_LIKE_ADAM = ("Adam", "AdamW", "Adamax", "Nadam", "AdamWeightDecay")


@dataclass(frozen=True)
class LearningRate:
    """A learning rate, and its source in words."""

    rate: float
    source: str


def chosen_rate(wanted: float | None, baseline: Any) -> LearningRate:
    """Return the learning rate for training a model further.

    Args:
        wanted: The rate that the user asked for, or None.
        baseline: The Keras model of either generation, compiled or not.
    """
    if wanted is not None:
        return LearningRate(wanted, "as asked for")
    own = own_rate(baseline)
    if own is None:
        return LearningRate(LEARNING_RATE, "the default")
    if own > HIGHEST_OWN_RATE:
        return LearningRate(
            HIGHEST_OWN_RATE, f"the highest default; the baseline was compiled with {own:g}"
        )
    return LearningRate(own, "the baseline's own")


def own_rate(model: Any) -> float | None:
    """Return the rate of a model's own optimizer, or None if it is not of Adam's kind.

    For a schedule it is the higher of its first rate and its current one.
    """
    optimizer: Any = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # if a loss scaler wraps it
    if type(optimizer).__name__ not in _LIKE_ADAM:
        return None
    rates = [optimizer.learning_rate]
    schedule = rates[0] if callable(rates[0]) else getattr(optimizer, "_learning_rate", None)
    if callable(schedule) and hasattr(schedule, "get_config"):
        rates = [schedule(step) for step in (0, int(np.asarray(optimizer.iterations)))]
    rate = max(float(np.asarray(rate)) for rate in rates)
    return rate if 0 < rate < math.inf else None


def rising(keras: Any, rate: float, steps: int) -> Any:
    """Return a schedule for an optimizer's rate: it rises in equal steps to `rate`, then stays.

    It depends only on the optimizer's count of steps, so that a resumed training continues it.

    Args:
        keras: The package of either Keras.
        rate: The rate to reach.
        steps: Steps to reach it in; with 0 or 1 it is the rate from the beginning.
    """
    if steps < 2:
        return rate
    return keras.optimizers.schedules.PolynomialDecay(rate / steps, steps - 1, rate, power=1.0)
