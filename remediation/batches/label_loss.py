"""The loss of a model with several labels in one output, of which one or some are trained.

A loss such as binary cross-entropy is a mean over the labels. With six labels, the one that the
dataset is about would count one sixth, while the pair loss counts fully. Here it counts fully, and
the other labels, which are held to the baseline, count as their mean:

    loss = loss(label) + mean of loss(other) over the other labels

If several labels are trained, their mean takes the place of the one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from evenhand.remediation.batches.logits import take
from evenhand.remediation.outputs.compiled_losses import name_of

_PROBED = (0.05, 0.95)  # as targets and outputs: probabilities, and logits as well
_ROWS = 4
_SAME = 1e-4  # rounding of the same sum in another order

# Takes targets and outputs, both of shape (n, labels); gives values of shape (n,) or a scalar.
_Values = Callable[[Any, Any], Any]


def label_loss(keras: Any, loss: Any, trained: int | Sequence[int], n_labels: int) -> Any | None:
    """Return a Keras loss in which trained labels count fully, and the others together as one.

    A loss can be taken apart if it is the mean or the sum of its values for each label alone, which
    is tried on a few numbers. Other losses compare labels with each other, or weigh them.

    Args:
        keras: The package of the model's Keras.
        loss: The loss that the model was compiled with: an object, a function or a name.
        trained: Index of the label that is trained, or of each of several.
        n_labels: Number of labels in the output.

    Returns:
        A loss of targets and outputs of shape (n, n_labels), with the reduction of `loss`; None if
        `loss` cannot be taken apart.
    """
    try:
        given = keras.losses.get(loss)
        values = _values_of(given.call if isinstance(given, keras.losses.Loss) else given)
        joins = _joins(values, n_labels)
    except Exception:  # from a custom loss, or a name that means different losses by shape
        return None
    if joins is None:
        return None
    own = [trained] if isinstance(trained, int) else [*trained]
    others = [number for number in range(n_labels) if number not in own]

    def mean_of(numbers: list[int], y_true: Any, y_pred: Any) -> Any:
        found = values(_labels(y_true, numbers), _labels(y_pred, numbers))
        return found if joins == "mean" else found / len(numbers)

    class LabelLoss(keras.losses.Loss):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            loss = mean_of(own, y_true, y_pred)
            return loss + mean_of(others, y_true, y_pred) if others else loss

    options = {
        name: getattr(given, name) for name in ("reduction", "dtype") if hasattr(given, name)
    }
    return LabelLoss(name=getattr(given, "name", None) or name_of(loss), **options)


def _labels(side: Any, numbers: list[int]) -> Any:
    import tensorflow as tf

    return take(side, lambda tensor: tf.gather(tensor, numbers, axis=1))


def _values_of(loss: _Values) -> _Values:
    """Return a loss that gives one value for each row, even if `loss` gives one for each label."""
    import tensorflow as tf

    def values(targets: Any, outputs: Any) -> Any:
        given = tf.convert_to_tensor(loss(targets, outputs))
        return tf.reduce_mean(given, axis=[*range(1, given.shape.rank)]) if given.shape else given

    return values


def _joins(values: _Values, n_labels: int) -> Literal["mean", "sum"] | None:
    """Return how a loss combines its values for each label; None if in neither way."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    targets, outputs = tf.constant(rng.uniform(*_PROBED, (2, _ROWS, n_labels)), tf.float32)
    whole = values(targets, outputs)
    parts = [values(_labels(targets, [n]), _labels(outputs, [n])) for n in range(n_labels)]
    if np.allclose(whole, np.mean(parts, axis=0), rtol=_SAME):
        return "mean"
    return "sum" if np.allclose(whole, np.sum(parts, axis=0), rtol=_SAME) else None
