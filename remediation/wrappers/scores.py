"""The scores that a model's outputs stand for, in the graph of a training step."""

from __future__ import annotations

from typing import Any

from evenhand.remediation.batches.logits import is_single


def scores_of(outputs: Any, logits: bool, of_labels: bool) -> Any:
    """Return probabilities, float32 of the shape of the outputs.

    Args:
        outputs: Shape (n, ...), logits or probabilities.
        logits: Whether they are logits.
        of_labels: Whether several outputs are independent labels, not classes of which a text has
            one.
    """
    import tensorflow as tf

    values = tf.cast(outputs, tf.float32)
    if not logits:
        return values
    return tf.sigmoid(values) if of_labels or is_single(values.shape) else tf.nn.softmax(values)
