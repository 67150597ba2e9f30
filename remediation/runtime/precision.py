"""Training in less than float32, without leaving a trace in the saved model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from evenhand.remediation.literals import Device, Precision

# Compute capabilities: from the first one GPUs multiply float16 faster, from the second bfloat16.
_FLOAT16, _BFLOAT16 = (7, 0), (8, 0)


def settled_precision(wanted: Precision, device: Device, workers: int = 1) -> Precision:
    """Return the precision to compute in.

    Args:
        wanted: ``"auto"``, or the precision to return.
        device: The devices that were asked for.
        workers: How many machines train together. With several, ``"auto"`` is float32: their GPUs
            may differ, and none sees the others'.
    """
    if wanted != "auto":
        return wanted
    if device == "cpu" or workers > 1:
        return "float32"
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return fastest_precision([each.get("compute_capability", (0, 0)) for each in details])


def fastest_precision(capabilities: Sequence[tuple[int, int]]) -> Precision:
    """Return the precision that GPUs of these compute capabilities are all fast in.

    bfloat16 goes first: it has float32's range, and needs no scaling of the loss.
    """
    least = min(capabilities, default=(0, 0))
    if least >= _BFLOAT16:
        return "mixed_bfloat16"
    return "mixed_float16" if least >= _FLOAT16 else "float32"


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
