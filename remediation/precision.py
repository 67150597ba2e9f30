"""Training in less than float32, without leaving a trace in the saved model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from evenhand.remediation.tensorflow_runtime import Precision


@contextlib.contextmanager
def trained_in(model: Any, precision: Precision) -> Iterator[None]:
    """Let a model's float32 layers compute in `precision` within the block.

    Weights stay float32, and so does the last layer, whose scores the losses compare.
    """
    layers = [] if precision == "float32" else _float32_layers(model)
    try:
        for layer in layers:
            layer.dtype_policy = precision
        yield
    finally:
        for layer in layers:
            layer.dtype_policy = "float32"


def _float32_layers(model: Any) -> list[Any]:
    last = {id(tensor._keras_history.operation) for tensor in getattr(model, "outputs", None) or ()}
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if id(layer) not in last
        and layer.dtype_policy.name == "float32"
        and layer.trainable_variables
    ]
