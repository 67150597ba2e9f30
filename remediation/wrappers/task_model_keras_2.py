"""A Keras 2 (`tf_keras`) model that is trained on with its own loss, and nothing else.

Everything here needs a process in which `tf.keras` is Keras 2.
"""

from __future__ import annotations

from typing import Any

from evenhand.remediation.batches.pairs import PairedInputs
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.heads import further_losses, split_heads


def task_model(model: Any, head: int = 0) -> Any:
    """Return a Keras 2 model that trains another one's weights as they were trained before.

    It does for Keras 2 what `evenhand.remediation.wrappers.task_model.TaskModel`, whose arguments
    these are, does for Keras 3. The model itself is not compiled anew.

    Raises:
        ConfigurationError: This process has loaded TensorFlow with Keras 3.
    """
    keras = import_keras(2)
    import tensorflow as tf

    class LegacyTaskModel(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.original_model = model
            self.built = True
            self._losses_logged = [keras.metrics.Mean(name) for name in ("loss", "task_loss")]

        @property
        def metrics(self) -> list[Any]:
            return [*self._losses_logged, *getattr(self.compiled_metrics, "metrics", ())]

        def call(self, inputs: Any, training: Any = None) -> Any:
            inputs = inputs.inputs if isinstance(inputs, PairedInputs) else inputs
            return split_heads(self.original_model(inputs, training=training), head)[0]

        def train_step(self, data: Any) -> Any:
            x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
            inputs, held = (x.inputs, x.held) if isinstance(x, PairedInputs) else (x, ())
            with tf.GradientTape() as tape:
                outputs, others = split_heads(self.original_model(inputs, training=True), head)
                further = further_losses(self.original_model, others, held, head, weight)
                loss = self.compiled_loss(y, outputs, weight) + further
            weights = self.original_model.trainable_variables
            gradients = tape.gradient(loss, weights)
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            self.compiled_metrics.update_state(y, outputs, weight)
            for logged in self._losses_logged:
                logged.update_state(loss)
            return {metric.name: metric.result() for metric in self.metrics}

    return LegacyTaskModel()
