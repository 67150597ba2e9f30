"""The model that the technique `augment` trains."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from evenhand.remediation import PairedInputs, TaskModel
from evenhand.remediation.wrappers.rows import rows_of, together


class AugmentedModel(TaskModel):
    """Trains on the counterfactuals of a batch's pairs as on further examples."""

    def __init__(self, original_model: Any, head: int, weight: float) -> None:
        super().__init__(original_model, head)
        self.counterfactual_weight = weight

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss over examples and counterfactuals, and the outputs of the examples."""
        pairs = x.pairs
        original = tf.maximum(pairs.example, 0)  # -1 is padding, which has no weight

        def of_both(each: Any) -> Any:
            return tf.concat([each, tf.gather(each, original)], axis=0)

        counts = pairs.weight * tf.cast(pairs.example >= 0, tf.float32) * self.counterfactual_weight
        loss, outputs = super().loss_and_outputs(
            PairedInputs(together(x.inputs, pairs.counterfactual), (), tuple(map(of_both, x.held))),
            of_both(y),
            tf.concat([sample_weight, counts], axis=0),
            training=training,
        )
        return loss, outputs[: rows_of(x.inputs)]
