"""Models with several outputs: one is trained on labels, the others are held to what they were.

A dataset has one label for each example, so that training has nothing to say about the other heads.
But they share layers with the one that is trained. Each gets the baseline's own outputs on the same
examples as its targets: cross-entropy for probabilities, squared differences for other numbers.
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
    """Return the losses of all outputs of a model, of either Keras, but for the one at `head`.

    Args:
        model: The model.
        head: Number of the output that is trained on labels.
        heads: How many outputs there are.
    """
    return [_holding_loss(model, number) for number in range(heads) if number != head]


def further_losses(
    model: Any, others: list[Any], held: tuple[Any, ...], head: int, weight: Any
) -> Any:
    """Return what plain training adds to the compiled loss: regularisation, heads that are held.

    It is for Keras 2, whose compiled loss leaves both out, and is read before any further pass,
    which would add its own activations' losses.

    Args:
        model: The model, after the pass of the examples.
        others: Its outputs for them but the one at `head`.
        held: What these are held to; nothing where they are not.
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
