"""Outputs in training: whether they are logits, and the logits that they were computed from.

Keras stores the logits on the result of a sigmoid or softmax, and its own cross-entropies use them,
because a probability near 0 or 1 has lost digits. Code that takes rows of such outputs must take
the same rows of the logits: `take` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.literals import PairOn
from evenhand.remediation.outputs.compiled_losses import loss_of, name_of, taken_for
from evenhand.remediation.outputs.last_operation import computed_by_model
from evenhand.remediation.outputs.meaning import Evidence, are_logits_of

_LOGITS = "_keras_logits"  # the attribute in which Keras stores them


def gives_logits(model: Any, number: int = 0, head: str | None = None) -> bool:
    """Return whether an output of a Keras model is logits, as far as the model tells.

    `evenhand.remediation.outputs.meaning` decides without values. A `Classifier`, which has seen
    some, knows better.

    Raises:
        InputError: The evidence contradicts itself or is not enough.
    """
    loss = loss_of(model, number, head)
    evidence = Evidence(computed_by_model(model, number), name_of(loss), taken_for(loss), True)
    return are_logits_of(evidence, where=str(getattr(model, "name", "the model")))


def last_activation(model: Any, number: int = 0) -> str:
    """Return the name of the function that an output comes from; empty if it is not known.

    It is ``"sigmoid"``, ``"softmax"``, ``"linear"`` and so on. Layers after it that leave values as
    they are do not count; see `evenhand.remediation.outputs.last_operation`.
    """
    return computed_by_model(model, number).function


def choose_pair_on(
    wanted: PairOn | None,
    loss: str,
    model: Any,
    head: int = 0,
    has_logits: bool | None = None,
    label: int | None = None,
) -> PairOn:
    """Return what a pair loss compares, logits or outputs, for a model of either Keras.

    The default is logits, but outputs for the cosine of a single output. (One label of several,
    `label`, is a single output, too.)

    Raises:
        ConfigurationError: An unknown target, or the cosine of a single logit.
    """
    if wanted not in (None, "logits", "outputs"):
        raise ConfigurationError(f"unknown pair target {wanted!r}", expected="logits or outputs")
    outputs = getattr(model, "outputs", None)
    single = label is not None or (outputs and is_single(outputs[head].shape))
    if loss != "cosine" or not single:
        return wanted or "logits"
    if has_logits is None:
        has_logits = gives_logits(model, head)
    if wanted == "logits" or has_logits:
        raise ConfigurationError(
            "the cosine loss cannot compare single logits, which have no direction",
            where="`loss` cosine",
            remedy="use mse or absolute, or a model whose output is a probability with "
            "`pair_on` outputs",
        )
    return "outputs"


def take(outputs: Any, rows: Callable[[Any], Any]) -> Any:
    """Return `rows` of the outputs, with the logits that Keras stored on them."""
    taken = rows(outputs)
    logits = getattr(outputs, _LOGITS, None)
    if logits is not None:
        setattr(taken, _LOGITS, rows(logits))
    return taken


def take_labels(outputs: Any, label: int | Sequence[int] | None) -> Any:
    """Return one or some of the labels of an output, shape (n, labels); None returns it whole."""
    import tensorflow as tf

    if label is None:
        return outputs
    numbers = [label] if isinstance(label, int) else [*label]
    return take(outputs, lambda tensor: tf.gather(tensor, numbers, axis=1))


def of_labels(label: int | Sequence[int] | None, activation: str) -> bool:
    """Return whether several outputs that are compared are labels, of which a text may have any."""
    if isinstance(label, int):
        return False  # one output
    return label is not None or activation == "sigmoid"


def remembered(outputs: Any) -> Any:
    """Return the logits that Keras stored on outputs, or the outputs if there are none."""
    return getattr(outputs, _LOGITS, outputs)


def logits_of(probabilities: Any, of_labels: bool = False) -> Any:
    """Return the logits behind probabilities, float32 of the same shape.

    If Keras stored the logits of the last layer, return these. Otherwise compute them from the
    probabilities and keep them finite: log-odds for a single output and for labels, logarithms for
    classes, of which a text has one.

    Args:
        probabilities: Shape (n, ...).
        of_labels: Whether several outputs are independent labels, not classes.
    """
    import tensorflow as tf

    remembered = getattr(probabilities, _LOGITS, None)
    if remembered is not None:
        return tf.cast(remembered, tf.float32)
    smallest = 1e-7  # in float32, 1 minus this is still different from 1
    inside = tf.clip_by_value(tf.cast(probabilities, tf.float32), smallest, 1 - smallest)
    if of_labels or is_single(probabilities.shape):
        return tf.math.log(inside) - tf.math.log1p(-inside)
    return tf.math.log(inside)


def two_class_of(probabilities: Any) -> Any:
    """Return a single output's probabilities as those of two classes, shape (n, 2)."""
    import tensorflow as tf

    positive = tf.reshape(probabilities, (-1, 1))
    return tf.concat([1 - positive, positive], axis=1)


def is_single(shape: Any) -> bool:
    """Return whether outputs of this shape have one unit, which stands for the positive class."""
    return len(shape) == 1 or shape[-1] == 1
