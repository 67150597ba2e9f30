"""The learning rate of a training: which one it is, and how it begins.

Training a model on needs a lower rate than training from scratch: too high a rate throws away what
the model knows. The rate that it was compiled with is a hint, if its optimizer is of Adam's kind,
whose rates mean the same. But that rate was chosen for training from scratch, and so there is an
upper limit.
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
    """A learning rate, and where it comes from, in words."""

    rate: float
    source: str


def chosen_rate(wanted: float | None, baseline: Any) -> LearningRate:
    """Return the learning rate for training a model on.

    Args:
        wanted: The rate asked for, or None.
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
    """Return the rate of a model's own optimizer, or None where there is none of Adam's kind.

    For a schedule it is the higher of its first rate and its current one.
    """
    optimizer: Any = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of a loss that is scaled
    if type(optimizer).__name__ not in _LIKE_ADAM:
        return None
    rates = [optimizer.learning_rate]
    schedule = rates[0] if callable(rates[0]) else getattr(optimizer, "_learning_rate", None)
    if callable(schedule) and hasattr(schedule, "get_config"):
        rates = [schedule(step) for step in (0, int(np.asarray(optimizer.iterations)))]
    rate = max(float(np.asarray(rate)) for rate in rates)
    return rate if 0 < rate < math.inf else None


def rising(keras: Any, rate: float, steps: int) -> Any:
    """Return a rate for an optimizer that rises in equal steps, and is `rate` after `steps`.

    It depends on the optimizer's count of steps alone, so that a resumed training goes on with it.

    Args:
        keras: The package of either Keras.
        rate: The rate to reach, and to stay at.
        steps: Steps to reach it in; with 0 or 1 it is reached from the beginning.
    """
    if steps < 2:
        return rate
    return keras.optimizers.schedules.PolynomialDecay(rate / steps, steps - 1, rate, power=1.0)
