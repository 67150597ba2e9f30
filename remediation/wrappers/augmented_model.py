"""Counterfactual data augmentation (CDA) for Keras 3 models.

Lu et al. 2018 (arXiv 1807.11714) train a model on the counterfactuals of its examples, too. Here
they go through the model with the examples of a batch, in one pass in training mode, and the loss
of a batch of n examples and m pairs is a mean over both:

    loss = (sum of w l(example) + weight * sum of v l(counterfactual)) / (n + weight * m)

with w and v the weights of examples and of pairs, and l the task's loss for one text. To that come
regularisation and what other heads are held by, as in plain training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evenhand.remediation.batches.logits import take
from evenhand.remediation.batches.pairs import AlignedPairs, PairedInputs, Pairs
from evenhand.remediation.literals import CounterfactualLabels
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.rows import (
    no_padding,
    rows_of,
    sum_over_replicas,
    with_counterfactuals,
)
from evenhand.remediation.wrappers.scores import scores_of
from evenhand.remediation.wrappers.task_model import TaskModel

import_keras()  # before anything that loads TensorFlow, which settles on one Keras then

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


@keras.saving.register_keras_serializable("evenhand")
class AugmentedModel(TaskModel):
    """A classifier that trains on counterfactuals as on further examples.

    A counterfactual teaches the trained labels alone: other heads, and other labels of the same
    output, are left free on it. Where a batch has batch normalisation, its statistics are those of
    examples and counterfactuals together.

    Args:
        original_model: The classifier to train: an output of shape (n, 1) or (n, classes), or
            several.
        weight: What a counterfactual counts in the loss beside an example.
        labels: Its target: ``"original"``, the target of its original, which has to be an example
            of the batch; ``"score"``, what the model says of its original in the same pass, taken
            as a constant. A loss of class numbers gets the class that the model decides for.
        head: Number of the output to train, of several.
        logits: Whether that output is logits.
        label: Number of the label to train, or of each of several, if that output is of several
            labels, of which a text may have any; None trains the whole output.
    """

    def __init__(
        self,
        original_model: Any,
        weight: float = 1.0,
        labels: CounterfactualLabels = "original",
        head: int = 0,
        logits: bool = False,
        label: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(original_model, head, **kwargs)
        self.counterfactual_weight = weight
        self.counterfactual_labels = labels
        self.gives_logits = logits
        self.label = label if label is None or isinstance(label, int) else [*label]

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same wrapper from."""
        return {
            **super().get_config(),
            "weight": self.counterfactual_weight,
            "labels": self.counterfactual_labels,
            "logits": self.gives_logits,
            "label": self.label,
        }

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss over examples and counterfactuals, and the outputs of the examples."""
        if not (isinstance(x, PairedInputs) and x.pairs):
            return super().loss_and_outputs(x, y, sample_weight, training=training)
        inputs, pairs = x.inputs, x.pairs
        n_examples, n_pairs = rows_of(inputs), rows_of(pairs.weight)
        batch, originals = with_counterfactuals(inputs, pairs)
        outputs, others = self.heads(batch, training)
        targets = self._targets(y, outputs, originals, n_pairs)
        if not isinstance(pairs, AlignedPairs):  # whose originals are no examples
            outputs = take(outputs, lambda rows: tf.concat([rows[:n_examples], rows[-n_pairs:]], 0))
        loss = self.compute_loss(
            batch,
            tf.concat([y, targets], axis=0),
            outputs,
            self._weights(sample_weight, pairs, n_examples),
            training=training,
        )
        if x.held:
            others = [take(each, lambda rows: rows[:n_examples]) for each in others]
            loss += tf.cast(self.held_loss(others, x.held, sample_weight), loss.dtype)
        self.log_losses(loss, loss, n_examples)
        return loss, take(outputs, lambda rows: rows[:n_examples])

    def _targets(self, y: Any, outputs: Any, originals: Any, n_pairs: Any) -> Any:
        """Return the targets of the counterfactuals, which are the last rows of the outputs."""
        scores = tf.stop_gradient(scores_of(outputs, self.gives_logits, self.label is not None))
        if self.counterfactual_labels == "original":
            targets = tf.gather(y, originals)
        else:
            said = tf.gather(scores, originals)
            if y.dtype.is_integer:
                said = tf.argmax(said, axis=-1)
            targets = tf.cast(tf.reshape(said, [-1, *y.shape[1:]]), y.dtype)
        if self.label is None:
            return targets
        # With its own score as target another label's cross-entropy has no gradient.
        trained = np.isin(np.arange(y.shape[-1]), self.label)
        return tf.where(trained, targets, tf.cast(scores[-n_pairs:], y.dtype))

    def _weights(self, sample_weight: Any, pairs: Pairs, n_examples: Any) -> Any:
        """Return weights that make Keras's mean over the rows of a replica the mean over both."""
        of_examples = tf.ones([n_examples]) if sample_weight is None else sample_weight
        real, weight = no_padding(pairs), self.counterfactual_weight
        counted = tf.cast(n_examples, tf.float32) + weight * tf.reduce_sum(real)
        rows = tf.cast(n_examples + rows_of(pairs.weight), tf.float32)
        rows *= tf.distribute.get_strategy().num_replicas_in_sync
        weights = tf.concat([of_examples, weight * real * pairs.weight], axis=0)
        return weights * rows / sum_over_replicas(counted)
