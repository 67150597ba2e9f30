"""Moves text preprocessing out of a model into the input pipeline, without changing the model.

A model that takes strings computes the tokens of a text on the CPU, in every step of every epoch,
and strings cannot go to an accelerator. `encoding_of` cuts such a model after its string layers:
the pipeline runs those once for each text, and the rest trains on integers. Both parts share the
model's own layers and weights. So training the rest trains the whole model, which can be saved as
it is.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from evenhand.remediation.outputs.compiled_losses import loss_of
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.runtime.texts import Texts

Column = npt.NDArray[Any]  # a row for each text: bytes objects (dtype object), or numbers

_AT_ONCE = 4096  # texts; more are no faster, and would need more memory
_SMALL = np.dtype(np.uint16)  # holds the tokens of most vocabularies in a quarter of the memory


class Encoding(Protocol):
    """How texts reach the model that is trained.

    Attributes:
        model: The `keras.Model` to train: the whole of the classifier, or what follows its string
            layers. It shares all weights with the classifier.
        has_fixed_shape: Whether all rows have the same shape, which XLA needs to be of use.
    """

    model: Any
    has_fixed_shape: bool

    @property
    def spec(self) -> Any:
        """The `tf.TensorSpec` of a batch."""

    def encode(self, texts: Texts) -> Column:
        """Return texts as they are cached: a row for each, independent of the other texts."""

    def batch(self, rows: Column) -> Any:
        """Return encoded rows as a batch of the model's input."""


def encoding_of(model: Any) -> Encoding:
    """Return how texts should reach a `keras.Model` that takes a batch of strings, shape (n, ...).

    String layers are moved out if they turn the texts into one integer tensor, row by row, and have
    nothing to train: `TextVectorization` to token numbers, `StringLookup`, `Hashing`, and
    registered layers of the same kind. Any other model keeps its strings.
    """
    cut = _cut_behind_strings(model)
    if cut is None:
        return TextEncoding(model)
    keras = import_keras()
    head = keras.Model(model.inputs, cut)
    if head.trainable_variables:
        return TextEncoding(model)
    rest = keras.Model(cut, model.outputs, name=f"{model.name}_on_tokens")
    if getattr(model, "compiled", False):
        # The loss says what the outputs are, logits or probabilities.
        rest.compile(loss=[loss_of(model, number) for number in range(len(model.outputs))])
    return TokenEncoding(rest, head)


class TextEncoding:
    """Texts go to the model unchanged, as UTF-8."""

    has_fixed_shape = False  # XLA takes no strings

    def __init__(self, model: Any) -> None:
        self.model = model

    @property
    def spec(self) -> Any:
        """A vector of strings."""
        import tensorflow as tf

        return tf.TensorSpec([None], tf.string)

    def encode(self, texts: Texts) -> Column:
        """Return the texts."""
        return texts

    def batch(self, rows: Column) -> npt.NDArray[Any]:
        """Return the texts."""
        return rows


class TokenEncoding:
    """Texts go to the model as integers, of the dtype that its string layers give, shape (n, ...).

    If their number differs from text to text, a row holds its integers as bytes, and a batch is
    padded with zeros to its longest row, as TextVectorization does.
    """

    def __init__(self, model: Any, head: Any) -> None:
        import tensorflow as tf

        self.model = model
        tokens = head.outputs[0]
        self.has_fixed_shape = None not in tokens.shape[1:]
        self._shape = tuple(tokens.shape)
        self._dtype = np.dtype(tokens.dtype)
        self._head = tf.function(
            lambda texts: head(texts, training=False),
            input_signature=[tf.TensorSpec(head.inputs[0].shape, tf.string)],
        )

    @property
    def spec(self) -> Any:
        """A tensor of integers."""
        import tensorflow as tf

        return tf.TensorSpec(self._shape, self._dtype)

    def encode(self, texts: Texts) -> Column:
        """Return the tokens of texts: as an array if each has the same number, else as bytes."""
        parts = [self._encoded(texts[i : i + _AT_ONCE]) for i in range(0, len(texts), _AT_ONCE)]
        if not self.has_fixed_shape:
            return np.concatenate([np.empty(0, dtype=object), *map(_as_bytes, parts)])
        tokens = np.concatenate([np.empty((0, *self._shape[1:]), dtype=self._dtype), *parts])
        fits = tokens.min(initial=0) >= 0 and tokens.max(initial=0) <= np.iinfo(_SMALL).max
        return np.asarray(tokens.astype(_SMALL if fits else self._dtype))

    def batch(self, rows: Column) -> npt.NDArray[Any]:
        """Return rows in the model's own dtype, padded to the longest of them."""
        if self.has_fixed_shape:
            return np.asarray(rows.astype(self._dtype))
        lengths = np.array([len(row) for row in rows], dtype=np.int64) // self._dtype.itemsize
        padded = np.zeros((len(rows), lengths.max(initial=0)), dtype=self._dtype)
        used = np.arange(padded.shape[1]) < lengths[:, None]
        padded[used] = np.frombuffer(b"".join(rows), dtype=self._dtype)
        return padded

    def _encoded(self, texts: Texts) -> npt.NDArray[Any]:
        import tensorflow as tf

        with tf.device("CPU:0"):
            return np.asarray(self._head(tf.constant(texts)))


def _as_bytes(tokens: npt.NDArray[Any]) -> Column:
    """Return the bytes of each row without the zeros at its end."""
    last = np.where(tokens != 0, np.arange(1, tokens.shape[1] + 1), 0).max(axis=1, initial=0)
    rows = np.empty(len(tokens), dtype=object)
    rows[:] = [row[:length].tobytes() for row, length in zip(tokens, last, strict=True)]
    return rows


def _cut_behind_strings(model: Any) -> Any:
    """Return the one integer tensor that a model's string layers make, or None."""
    outputs = getattr(model, "outputs", None)
    if not outputs:
        return None  # a subclassed model cannot be cut
    cut: dict[int, tuple[Any, Any]] = {}
    waiting, seen = list(outputs), set[int]()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        made_by, node_index, _ = tensor._keras_history
        sources = made_by._inbound_nodes[node_index].input_tensors
        if not sources or tensor.dtype == "string":
            return None  # an input that is not only read by string layers
        if any(source.dtype == "string" for source in sources):
            cut[id(tensor)] = tensor, made_by
        else:
            waiting.extend(sources)
    if len(cut) != 1:
        return None
    ((tensor, made_by),) = cut.values()
    return tensor if _can_be_cached(tensor, made_by) else None


def _can_be_cached(tensor: Any, made_by: Any) -> bool:
    if "int" not in tensor.dtype:
        return False  # bags of words, for instance, take more memory than the texts
    if None not in tensor.shape[1:]:
        return True
    # It is not known how other layers pad a batch of different lengths.
    config = made_by.get_config() if type(made_by).__name__ == "TextVectorization" else {}
    return (
        config.get("output_mode") == "int" and not config.get("ragged") and len(tensor.shape) == 2
    )
