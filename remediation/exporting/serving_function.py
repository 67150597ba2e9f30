"""A Keras model as a function with named inputs and outputs, and a SavedModel of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.remediation.models.classifier import Classifier, inputs_of, reason_of
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.runtime.imports import log_handlers_kept, native_remarks_held_back
from evenhand.remediation.runtime.tensorflow import keras_package
from evenhand.remediation.runtime.texts import encode_texts

# Shape, without the batch, and type of each input by its name
ModelInputs: TypeAlias = "Mapping[str, tuple[tuple[int | None, ...], str]]"

TEXT = "text"
NUMBERS = "inputs"  # of a model whose preprocessing gives one array without a name
SERVING = "serving_default"

# What is given to a preprocessing to see which lengths differ from text to text
_SHORT, _LONG = "one", "a text of some more words than that, with a comma"
_OF_TEXT: ModelInputs = {TEXT: ((), "string")}
_NARROWER = {"int64": "int32", "float64": "float32"}


@dataclass(frozen=True)
class ServingFunction:
    """A Keras model with names for what goes in and comes out.

    Attributes:
        model: The Keras model.
        inputs: Its inputs.
        outputs: Names of the outputs, in the order in which Keras numbers them.
    """

    model: Any
    inputs: ModelInputs
    outputs: Sequence[str]

    def save(self, folder: Path, rows: int | None = None) -> None:
        """Write it as a SavedModel with the signature ``serving_default``.

        Args:
            folder: Where to write it.
            rows: How many texts it takes at once; None for any number.

        Raises:
            InputError: TensorFlow cannot write it.
        """
        import tensorflow as tf

        generation = generation_of(self.model)
        assert generation is not None
        keras = keras_package(generation)
        specs = {
            name: tf.TensorSpec((rows, *shape), dtype, name=name)
            for name, (shape, dtype) in self.inputs.items()
        }

        def serve(inputs: dict[str, Any]) -> dict[str, Any]:
            fed = next(iter(inputs.values())) if len(inputs) == 1 else inputs
            outputs = tf.nest.flatten(self.model(fed, training=False))
            return dict(zip(self.outputs, outputs, strict=True))

        try:
            with _quietly(keras):
                archive = keras.export.ExportArchive()
                archive.track(self.model)
                archive.add_endpoint(SERVING, serve, input_signature=[specs])
                archive.write_out(str(folder))
        except OSError:
            raise
        except Exception as error:
            raise InputError(
                f"the model cannot be exported ({reason_of(error)})",
                where=str(getattr(self.model, "name", "")),
                expected="a model that TensorFlow can save as a graph",
            ) from error


def serving_function(classifier: Classifier) -> ServingFunction:
    """Return a classifier's Keras model as a function of texts or, with a preprocessing, of what
    that gives.

    A preprocessor that the model has itself, as KerasHub's have, is part of the function.
    """
    generation = generation_of(classifier.keras_model)
    assert generation is not None
    model = classifier.trainable_model(generation)
    takes_texts = classifier.preprocess is None or model is not classifier.keras_model
    inputs = _OF_TEXT if takes_texts else model_inputs(classifier)
    return ServingFunction(model, inputs, classifier.numbered_heads)


def model_inputs(classifier: Classifier) -> ModelInputs:
    """Return the inputs of a classifier's Keras model: texts, or what its preprocessing gives."""
    if classifier.preprocess is None:
        return _OF_TEXT
    short, long = (
        _by_name(inputs_of(classifier.preprocess, encode_texts([text]))) for text in (_SHORT, _LONG)
    )
    return {
        name: (
            tuple(
                one if one == other else None
                for one, other in zip(array.shape[1:], long[name].shape[1:], strict=True)
            ),
            "string"
            if array.dtype.kind in "OS"
            else _NARROWER.get(array.dtype.name, array.dtype.name),
        )
        for name, array in short.items()
    }


def _type_of(array: npt.NDArray[Any]) -> str:
    name = array.dtype.name
    return "string" if array.dtype.kind in "OS" else _NARROWER.get(name, name)


def _by_name(inputs: Any) -> dict[str, Any]:
    arrays = inputs if isinstance(inputs, Mapping) else {NUMBERS: inputs}
    return {name: np.asarray(array) for name, array in arrays.items()}


@contextlib.contextmanager
def _quietly(keras: Any) -> Iterator[None]:
    """Hold back what Keras says of an export, on standard output."""
    talks = keras.config if hasattr(keras, "config") else keras.utils
    was_on = talks.is_interactive_logging_enabled()
    talks.disable_interactive_logging()
    try:
        with native_remarks_held_back(), log_handlers_kept():
            yield
    finally:
        if was_on:
            talks.enable_interactive_logging()
