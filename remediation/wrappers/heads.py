"""Models with several outputs: one is trained on labels, the others should stay as they were.

A dataset has one label for each example, and none for the other heads, which share layers with the
one that is trained. Each is held to the baseline's own outputs for the same examples: by
cross-entropy for probabilities, by squared differences for other numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from evenhand.remediation.batches.logits import last_activation
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.runtime.tensorflow import keras_package

# Takes targets and outputs, both of shape (n, ...), and weights of shape (n,); gives a scalar.
HoldingLoss: TypeAlias = Callable[[Any, Any, Any], Any]

_CROSS_ENTROPIES = {"sigmoid": "BinaryCrossentropy", "softmax": "CategoricalCrossentropy"}


def split_heads(outputs: Any, head: int) -> tuple[Any, list[Any]]:
    """Return the output with this number, of one or of several, and the others in their order."""
    import tensorflow as tf

    heads = tf.nest.flatten(outputs)
    return heads[head], [*heads[:head], *heads[head + 1 :]]


def holding_losses(model: Any, head: int, heads: int) -> list[HoldingLoss]:
    """Return the losses that hold the outputs of a model, of either Keras, but the one at `head`.

    Args:
        model: The model.
        head: Number of the output that is trained on labels.
        heads: How many outputs there are.
    """
    return [_holding_loss(model, number) for number in range(heads) if number != head]


def further_losses(
    model: Any, others: list[Any], held: tuple[Any, ...], head: int, weight: Any
) -> Any:
    """Return what is added to the compiled loss: regularisation, and losses of the heads held.

    It is for Keras 2, whose compiled loss has neither. It has to be computed before any further
    pass, which would add the losses of its own activations.

    Args:
        model: The model, after the pass of the examples.
        others: Its other outputs for them, without the one at `head`.
        held: What these are held to; empty if they are not held.
        head: Number of the output that is trained on labels.
        weight: Example weights, shape (n,).
    """
    import tensorflow as tf

    further = tf.add_n([tf.constant(0.0), *model.losses])
    if held:
        holds = holding_losses(model, head, 1 + len(others))
        for hold, expected, found in zip(holds, held, others, strict=True):
            further += hold(expected, found, weight)
    return further


def _holding_loss(model: Any, number: int) -> HoldingLoss:
    import tensorflow as tf

    losses = keras_package(generation_of(model) or 3).losses
    name = _CROSS_ENTROPIES.get(last_activation(model, number))
    if name is not None and len(model.outputs[number].shape) == 2:
        cross_entropy: HoldingLoss = getattr(losses, name)()
        return cross_entropy
    difference = losses.MeanSquaredError()

    def compare(target: Any, output: Any, weight: Any) -> Any:
        rows = (tf.shape(output)[0], -1)
        flat = (tf.cast(tf.reshape(side, rows), tf.float32) for side in (target, output))
        return difference(*flat, weight)

    return compare
