"""The part of a Keras model behind its TextVectorization layer, which takes numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from evenhand.data.errors import InputError
from evenhand.remediation.layers.tflite_words import Words
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.runtime.tensorflow import keras_package


@dataclass(frozen=True)
class TokenPart:
    """A model of texts in two parts.

    Attributes:
        words: What the first does.
        model: The second: a Keras model whose outputs are those of the whole, in their order.
        shape: Shape of its input for one text; None for a length that differs.
        dtype: Type of its input's numbers.
    """

    words: Words
    model: Any
    shape: tuple[int | None, ...]
    dtype: str


def token_part(model: Any, name: str) -> TokenPart:
    """Cut a Keras model that takes strings behind its TextVectorization layer.

    Raises:
        InputError: It has no such layer that takes its texts as they are, or one with a function of
            its own.
    """
    generation = generation_of(model)
    assert generation is not None
    keras = keras_package(generation)
    of_words = keras.layers.TextVectorization
    found = [each for each in getattr(model, "layers", ()) if type(each) is of_words]
    if len(found) != 1:
        raise _not_cut(f"it has {len(found) or 'no'} TextVectorization layers of its own", name)
    [layer] = found
    words = _words_of(layer, name)
    inputs = list(getattr(model, "inputs", None) or ())
    tokens = [made for taken, made in _calls(layer) if len(inputs) == 1 and taken is inputs[0]]
    if not tokens:
        raise _not_cut("its TextVectorization layer does not take its texts as they are", name)
    for each in tokens:
        with contextlib.suppress(ValueError):  # the outputs are not made of these
            rest = keras.Model(each, model.outputs)
            dtype = "int32" if words.output_mode == "int" else "float32"
            return TokenPart(words, rest, tuple(each.shape)[1:], dtype)
    raise _not_cut("other layers take its texts, too", name)


def _calls(layer: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the symbolic tensors that a layer was called on, each with what it gave.

    A model that was loaded may have called its layers several times.
    """
    import tensorflow as tf

    for node in layer._inbound_nodes:
        taken, made = tf.nest.flatten(node.input_tensors), tf.nest.flatten(node.outputs)
        if len(taken) == len(made) == 1:
            yield taken[0], made[0]


def _words_of(layer: Any, name: str) -> Words:
    config = layer.get_config()
    settings = {key: config.get(key) for key in Words.model_fields}
    if isinstance(settings["ngrams"], tuple):
        settings["ngrams"] = list(settings["ngrams"])
    settings["vocabulary"] = [
        str(word) for word in layer.get_vocabulary(include_special_tokens=False)
    ]
    try:
        return Words.model_validate(settings)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        raise _not_cut(
            f"its TextVectorization layer has {str(settings[key])[:80]!r} as {key}", name
        ) from error


def _not_cut(reason: str, name: str) -> InputError:
    return InputError(
        f"the model cannot be cut behind its words for TFLite: {reason}",
        where=name,
        expected="a functional or sequential model whose texts go into one TextVectorization layer "
        "with settings of Keras's own",
        remedy="export it as a saved-model, or train a model of numbers with `preprocess`",
    )
