"""Layers for models that take strings: one that removes identity terms, and one that averages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from evenhand.remediation.layers.term_patterns import removal
from evenhand.remediation.runtime.tensorflow import start_tensorflow

start_tensorflow()  # before anything that loads Keras 3, which may be another than `tf.keras`

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

Scale = Literal["logits", "sigmoid", "softmax"]

_SMALLEST = 1e-7  # probability; in float32, 1 minus this is still different from 1


@keras.saving.register_keras_serializable("evenhand")
class TermRemoval(keras.layers.Layer):  # type: ignore[misc]
    """Removes identity terms from a batch of strings, of any shape, in the model's own graph.

    A term is removed as a whole word, in any case, and white space and commas around it are mended
    as pairs by ablation do it. Guards and other rules for what a term means in its place are not
    asked, because TensorFlow's RE2 cannot look around: "Black Friday" loses its "Black".

    Args:
        terms: The terms, as they are spelled in texts.
    """

    def __init__(self, terms: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**{"dtype": "string", "trainable": False, **kwargs})
        self.terms = sorted(set(terms))
        self._replacements = removal(self.terms)

    def call(self, inputs: Any) -> Any:
        """Return the texts without their terms, in the same shape."""
        texts = tf.convert_to_tensor(inputs)
        for pattern, written in self._replacements:
            texts = tf.strings.regex_replace(texts, pattern, written)
        return texts

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the spec of strings in the shape of the input."""
        return keras.KerasTensor(inputs.shape, dtype="string")

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same layer from."""
        return {**super().get_config(), "terms": self.terms}


@keras.saving.register_keras_serializable("evenhand")
class LogitMean(keras.layers.Layer):  # type: ignore[misc]
    """The mean of two outputs of one shape, taken of their logits.

    Args:
        scale: What the outputs are: logits, whose mean it is; or the probabilities of a sigmoid or
            of a softmax, which it gives again.
    """

    def __init__(self, scale: Scale, **kwargs: Any) -> None:
        super().__init__(**{"trainable": False, **kwargs})
        self.scale = scale

    def call(self, first: Any, second: Any) -> Any:
        """Return the mean, in the shape and on the scale of both."""
        mean = (self._logits(first) + self._logits(second)) / 2
        if self.scale == "logits":
            return mean
        of_logits = keras.ops.sigmoid if self.scale == "sigmoid" else keras.ops.softmax
        return of_logits(mean)

    def _logits(self, outputs: Any) -> Any:
        if self.scale == "logits":
            return outputs
        inside = keras.ops.clip(outputs, _SMALLEST, 1 - _SMALLEST)
        if self.scale == "softmax":
            return keras.ops.log(inside)
        return keras.ops.log(inside) - keras.ops.log1p(-inside)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same layer from."""
        return {**super().get_config(), "scale": self.scale}
