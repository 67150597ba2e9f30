"""A Keras 3 model that is trained on with its own loss, to which techniques add theirs."""

from __future__ import annotations

from typing import Any

from evenhand.remediation.batches.pairs import PairedInputs
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.heads import holding_losses, split_heads
from evenhand.remediation.wrappers.rows import rows_of

import_keras()  # before anything that loads TensorFlow, which settles on one Keras then

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


@keras.saving.register_keras_serializable("evenhand")
class TaskModel(keras.Model):  # type: ignore[misc]
    """A classifier that trains as it did before, on one of its outputs.

    It compiles, fits, evaluates and predicts as any `keras.Model`; `original_model` is what to save
    when the training is done. `fit` takes a `tf.data.Dataset` of ``(x, y)`` or ``(x, y, weight)``,
    where x is the model's input, or a `PairedInputs`.

    A subclass that trains with more than the task's loss overrides `loss_and_outputs`. Logged
    beside Keras's ``loss``: ``task_loss``, regularisation included.

    Args:
        original_model: The classifier to train: an output of shape (n, 1) or (n, classes), or
            several.
        head: Number of the output to train, of several; it is this wrapper's output. The others are
            held to what `PairedInputs.held` brings, as part of the task loss; see
            `evenhand.remediation.wrappers.heads`.
    """

    def __init__(self, original_model: Any, head: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.original_model = original_model
        self.head = head
        self._task_tracker = keras.metrics.Mean(name="task_loss")
        self.built = original_model.built

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the original model's output for inputs, with or without pairs beside them."""
        if isinstance(inputs, PairedInputs):
            inputs = inputs.inputs
        return self.heads(inputs, training)[0]

    def heads(self, inputs: Any, training: bool | None) -> tuple[Any, list[Any]]:
        """Return the output that is trained, and the others."""
        return split_heads(self.original_model(inputs, training=training), self.head)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Take one step on a batch; called by `fit`."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss, outputs = self.loss_and_outputs(x, y, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights, strict=True))
        return _logs(self.compute_metrics(x, y, outputs, sample_weight=sample_weight))

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch; called by `evaluate`."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        _, outputs = self.loss_and_outputs(x, y, sample_weight, training=False)
        return _logs(self.compute_metrics(x, y, outputs, sample_weight=sample_weight))

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss of a batch, a scalar, and the outputs of its examples; log both losses.

        Args:
            x: The model's input, or a `PairedInputs`.
            y: What the task's loss takes beside the outputs, leading dimension rows.
            sample_weight: Of shape (rows,), or None.
            training: Whether the examples go through in training mode.
        """
        inputs, held = (x.inputs, x.held) if isinstance(x, PairedInputs) else (x, ())
        outputs, others = self.heads(inputs, training)
        loss = self.task_loss(inputs, y, sample_weight, outputs, others, held, training)
        self.log_losses(loss, loss, rows_of(inputs))
        return loss, outputs

    def task_loss(
        self,
        inputs: Any,
        y: Any,
        sample_weight: Any,
        outputs: Any,
        others: list[Any],
        held: tuple[Any, ...],
        training: bool,
    ) -> Any:
        """Return the loss of plain training, a scalar; read before any further pass.

        Args:
            inputs: Model input of the examples.
            y, sample_weight, training: See `loss_and_outputs`.
            outputs: The output that is trained, of the examples.
            others: The other outputs.
            held: What these are held to; empty if they are not held.
        """
        loss = self.compute_loss(inputs, y, outputs, sample_weight, training=training)
        if held:
            loss += tf.cast(self.held_loss(others, held, sample_weight), loss.dtype)
        return loss

    def held_loss(self, others: list[Any], held: tuple[Any, ...], sample_weight: Any) -> Any:
        """Return the loss, a scalar, of the outputs that are held; `held` is what to."""
        losses = holding_losses(self.original_model, self.head, 1 + len(others))
        return tf.add_n(
            [
                tf.cast(hold(target, output, sample_weight), tf.float32)
                for target, output, hold in zip(held, others, losses, strict=True)
            ]
        )

    def log_losses(self, loss: Any, task_loss: Any, rows: Any) -> None:
        """Add a batch's losses to those that are logged; `rows` is its number of examples."""
        self._task_tracker.update_state(unscaled(task_loss), sample_weight=rows)
        self._loss_tracker.update_state(unscaled(loss), sample_weight=rows)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same wrapper from."""
        return {
            "name": self.name,
            "original_model": keras.saving.serialize_keras_object(self.original_model),
            "head": self.head,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> TaskModel:
        """Make a wrapper from what `get_config` returned."""
        original = keras.saving.deserialize_keras_object(config["original_model"], custom_objects)
        return cls(**{**config, "original_model": original})

    @property
    def wants_to_look(self) -> bool:
        """Whether `look_at` is to be called before the first step."""
        return False

    def look_at(self, x: Any) -> None:
        """Look at a batch before the first step, if the wrapper wants to."""

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        # What Keras calls before the first step of `fit`, with the data or a batch of it.
        strategy = self.distribute_strategy
        if iterator is not None and (self.wants_to_look or self._distribute_strategy):
            # Under a strategy Keras builds optimiser and metrics from a batch averaged over the
            # replicas. Strings cannot be averaged; one replica's batch does as well.
            data_batch = tf.nest.map_structure(
                lambda value: strategy.experimental_local_results(value)[0],
                next(next(iter(iterator))[2]),
            )
            iterator = None
        if self.wants_to_look and data_batch is not None:
            with strategy.scope():
                self.look_at(keras.utils.unpack_x_y_sample_weight(data_batch)[0])
        super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)


def unscaled(loss: Any) -> Any:
    """Undo the division by the number of replicas that Keras's losses come with."""
    return loss * tf.cast(tf.distribute.get_strategy().num_replicas_in_sync, loss.dtype)


def _logs(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return metrics in the shape, with an axis, of which Keras takes the mean over workers."""
    if isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
        return {name: tf.reshape(value, (1,)) for name, value in metrics.items()}
    return dict(metrics)
