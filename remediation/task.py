"""The task that a classifier is trained for: its loss, and labels as that loss takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.outputs import gives_logits, is_single
from evenhand.remediation.tensorflow_runtime import keras_package

_POSITIVE = 0.5


@dataclass(frozen=True)
class Task:
    """What a model learns from its examples.

    Attributes:
        keras: The package of the model's Keras.
        loss: The loss that the model was compiled with, or the cross-entropy that fits its output.
        accuracy: The Keras metric to show while training.
        single: Whether the model has one output unit.
        sparse: Whether the loss takes class numbers.
        rank: Dimensions of the model's output.
    """

    keras: Any
    loss: Any
    accuracy: Any
    single: bool
    sparse: bool
    rank: int

    @classmethod
    def of(cls, model: Any) -> Task:
        """Return the task of a classifier, of either Keras, with one or two output units."""
        keras = keras_package(generation_of(model) or 3)
        shape, logits = model.output_shape, gives_logits(model)
        single = is_single(shape)
        loss = _compiled_loss(model)
        sparse = "sparse" in _name_of(loss)
        if loss is None:
            entropy = "BinaryCrossentropy" if single else "CategoricalCrossentropy"
            loss = getattr(keras.losses, entropy)(from_logits=logits)
        threshold = 0.0 if logits else _POSITIVE
        accuracy = keras.metrics.BinaryAccuracy("accuracy", threshold=threshold)
        return cls(keras, loss, accuracy if single else "accuracy", single, sparse, len(shape))

    def labels(self, label: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Return labels in [0, 1], shape (n,), as the loss takes them beside the outputs.

        Class numbers, shape (n,); shares of two classes, shape (n, 2); or as they are, in the
        shape of a single output.
        """
        if self.sparse:
            return (label > _POSITIVE).astype(np.int64)
        if not self.single:
            return np.stack([1 - label, label], axis=1)
        return label.reshape((-1,) + (1,) * (self.rank - 1))


def _compiled_loss(model: Any) -> Any:
    loss = getattr(model, "loss", None) if getattr(model, "compiled", False) else None
    if isinstance(loss, (list, tuple, dict)):
        loss = next(iter(loss.values() if isinstance(loss, dict) else loss), None)
    return loss


def _name_of(loss: Any) -> str:
    name = getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss
    return str(name).lower()
