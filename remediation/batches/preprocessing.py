"""Texts that reach a model through a user's Python function, the option `preprocess`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.remediation.batches.vectorisation import (
    Column,
    Encoding,
    TextEncoding,
    TokenEncoding,
    encoding_of,
)
from evenhand.remediation.models.classifier import Classifier, inputs_of
from evenhand.remediation.models.predictor import Inputs, Preprocess
from evenhand.remediation.runtime.tensorflow import KerasGeneration
from evenhand.remediation.runtime.texts import Texts, encode_texts

_AT_ONCE = 1024  # texts in one call of the function
_TRIED = ("one text", "another")
_ONLY = "inputs"  # name for the input of a model with a single input


def encoding_for(classifier: Classifier, generation: KerasGeneration) -> Encoding:
    """Return how texts reach the model of a classifier in training with this Keras.

    Raises:
        InputError: The model, or its preprocessing's results, cannot be used for training.
    """
    model, preprocess = classifier.trainable_model(generation), classifier.preprocess
    if preprocess is None or model is not classifier.keras_model:
        return encoding_of(model) if generation == 3 else TextEncoding(model)
    made = inputs_of(preprocess, encode_texts(_TRIED))
    if generation == 3 and not isinstance(made, Mapping) and made.dtype.hasobject:
        tokens = encoding_of(model)
        if isinstance(tokens, TokenEncoding):
            return WordEncoding(tokens, preprocess, made.shape[1:])
    return PreprocessedEncoding(model, preprocess)


class PreprocessedEncoding:
    """The model gets what a function returns for texts: one array, or several by input name.

    They are cached as rows of a structured array with a field for each input.

    Raises:
        InputError: The function returns strings.
    """

    has_fixed_shape = True

    def __init__(self, model: Any, preprocess: Preprocess) -> None:
        self.model = model
        self._preprocess = preprocess
        made = inputs_of(preprocess, encode_texts(_TRIED))
        self._several = isinstance(made, Mapping)
        self._kinds = {name: _kind(values) for name, values in _by_name(made).items()}
        if any(dtype.hasobject for dtype, _ in self._kinds.values()):
            raise InputError(
                "the preprocessing gives strings, but training needs numbers from it",
                where="`preprocess`",
                expected="numbers; or strings for one input, of which the model's first layers, "
                "such as StringLookup, make whole numbers",
                remedy="have it give the numbers that the model makes of them, or put it into the "
                "model",
            )

    @property
    def spec(self) -> Any:
        """The tensors of a batch."""
        import tensorflow as tf

        specs = {
            name: tf.TensorSpec([None, *shape], dtype)
            for name, (dtype, shape) in self._kinds.items()
        }
        return specs if self._several else specs[_ONLY]

    def encode(self, texts: Texts) -> Column:
        """Return what the function returns for texts, a row for each.

        Raises:
            InputError: The function fails, or gives rows of another shape or dtype than before.
        """
        rows = np.empty(len(texts), [(name, *kind) for name, kind in self._kinds.items()])
        for start in range(0, len(texts), _AT_ONCE):
            part = texts[start : start + _AT_ONCE]
            made = _by_name(inputs_of(self._preprocess, part))
            kinds = {name: _kind(values) for name, values in made.items()}
            if kinds != self._kinds:
                raise _of_another_kind(kinds, self._kinds)
            for name, values in made.items():
                rows[name][start : start + len(part)] = values
        return rows

    def batch(self, rows: Column) -> Any:
        """Return rows as the model's input: an array, or arrays by input name."""
        return {name: rows[name] for name in self._kinds} if self._several else rows[_ONLY]


class WordEncoding:
    """The model's string layers make token numbers of the strings that a function makes of texts.

    Args:
        tokens: How strings reach the model.
        preprocess: The function.
        shape: Of the strings of one text.
    """

    def __init__(
        self, tokens: TokenEncoding, preprocess: Preprocess, shape: tuple[int, ...]
    ) -> None:
        self.model, self.has_fixed_shape = tokens.model, tokens.has_fixed_shape
        self._tokens, self._preprocess, self._shape = tokens, preprocess, shape

    @property
    def spec(self) -> Any:
        """A tensor of integers."""
        return self._tokens.spec

    def encode(self, texts: Texts) -> Column:
        """Return the token numbers of texts, a row for each.

        Raises:
            InputError: The function fails, or gives anything but strings of the same shape.
        """
        starts = range(0, max(1, len(texts)), _AT_ONCE)
        return np.concatenate([self._encoded(texts[at : at + _AT_ONCE]) for at in starts])

    def batch(self, rows: Column) -> npt.NDArray[Any]:
        """Return the tokens as the model's input."""
        return self._tokens.batch(rows)

    def _encoded(self, texts: Texts) -> Column:
        if not len(texts):
            return self._tokens.encode(np.empty((0, *self._shape), dtype=object))
        made = inputs_of(self._preprocess, texts)
        kinds = {name: _kind(values) for name, values in _by_name(made).items()}
        wanted = {_ONLY: (np.dtype(object), self._shape)}
        if isinstance(made, Mapping) or kinds != wanted:
            raise _of_another_kind(kinds, wanted)
        return self._tokens.encode(made)


_Kind = tuple[np.dtype[Any], tuple[int, ...]]


def _by_name(made: Inputs) -> dict[str, npt.NDArray[Any]]:
    return dict(made) if isinstance(made, Mapping) else {_ONLY: made}


def _kind(values: npt.NDArray[Any]) -> _Kind:
    return values.dtype, values.shape[1:]


def _of_another_kind(kinds: dict[str, _Kind], before: dict[str, _Kind]) -> InputError:
    return InputError(
        f"the preprocessing gives rows of {_shown(kinds)} for some texts and of {_shown(before)} "
        "for others",
        where="`preprocess`",
        expected="rows of the same shape and dtype for all texts",
        remedy="pad every text to the same length",
    )


def _shown(kinds: dict[str, _Kind]) -> str:
    return ", ".join(f"{dtype} {shape}" for dtype, shape in kinds.values())
