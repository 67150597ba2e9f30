"""A Keras 3 model that trains on its own loss, with a factor for the examples of each group."""

from __future__ import annotations

from typing import Any

from evenhand.data.support.arrays import Floats
from evenhand.remediation.batches.pairs import PairedInputs
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.rows import rows_of
from evenhand.remediation.wrappers.task_model import TaskModel

import_keras()  # before anything that loads TensorFlow, which settles on one Keras then

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


@keras.saving.register_keras_serializable("evenhand")
class ReweightedModel(TaskModel):
    """A classifier that trains with its examples' weights times the factors of their groups.

    The factors are 1 until `set_factors`; they are among its variables, and so in checkpoints.
    Examples of no group have the factor 1.

    Args:
        original_model: The classifier to train: an output of shape (n, 1) or (n, classes), or
            several.
        n_groups: How many groups `PairedInputs.groups` numbers.
        head: Number of the output to train, of several.
    """

    def __init__(self, original_model: Any, n_groups: int, head: int = 0, **kwargs: Any) -> None:
        super().__init__(original_model, head, **kwargs)
        self.n_groups = n_groups
        self.factors = self.add_weight(
            (n_groups,), initializer="ones", dtype="float32", trainable=False, name="factors"
        )

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same wrapper from."""
        return {**super().get_config(), "n_groups": self.n_groups}

    def set_factors(self, factors: Floats) -> None:
        """Set the factor of each group's examples, shape (n_groups,)."""
        self.factors.assign(factors)

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss of a batch, with its factors, and the outputs of its examples."""
        if isinstance(x, PairedInputs) and training:
            weight = tf.ones([rows_of(x.inputs)]) if sample_weight is None else sample_weight
            factors = tf.gather(tf.convert_to_tensor(self.factors), tf.maximum(x.groups, 0))
            sample_weight = weight * tf.where(x.groups >= 0, factors, 1.0)
        return super().loss_and_outputs(x, y, sample_weight, training=training)
