"""MinDiff for Keras 3 models.

MinDiff (Prost et al. 2019, arXiv 1910.11779) adds to a classifier's own loss how far the scores of
two sets of texts are distributed differently, as their maximum mean discrepancy (MMD):

    loss = task_loss(examples) + loss_weight * mmd(scores of one set, scores of the other)

The MMD is TensorFlow Model Remediation's (TFMR's) own object. The wrapper is this module's, because
TFMR's works with Keras 2 alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.remediation.batches.logits import take
from evenhand.remediation.batches.pairs import PairedInputs, Pairs
from evenhand.remediation.literals import Kernel
from evenhand.remediation.runtime.imports import importing
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.rows import no_padding, rows_of, with_counterfactuals
from evenhand.remediation.wrappers.scores import scores_of
from evenhand.remediation.wrappers.task_model import TaskModel

import_keras()  # before anything that loads TensorFlow, which settles on one Keras then

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

with importing():
    from tensorflow_model_remediation.min_diff.losses import MMDLoss


@keras.saving.register_keras_serializable("evenhand")
class MinDiffModel(TaskModel):
    """A classifier that trains with MinDiff's loss beside its own.

    Without groups the sets are the originals and the counterfactuals of the batch's pairs, by the
    weights of the pairs; examples and pairs go through the model in one pass in training mode. With
    groups each group is compared with all others, by the weights of the examples, and the loss is
    the mean over those groups of which, and of whose others, the batch has examples. With several
    replicas it is the mean over their parts of the batch.

    Scores are probabilities: of a single output or of one label one number, of classes the whole
    distribution. Of several labels the loss is the mean over the labels. Logged beside Keras's
    ``loss``: ``task_loss``, and ``min_diff_loss``, before `loss_weight`.

    Args:
        original_model: The classifier to train: an output of shape (n, 1) or (n, classes), or
            several.
        loss_weight: Factor of MinDiff's loss.
        kernel: TFMR's ``"gaussian"`` or ``"laplacian"``, of length 0.1.
        n_groups: How many groups `PairedInputs.groups` numbers; 0 compares pairs.
        head: Number of the output to train, of several.
        logits: Whether that output is logits.
        label: Number of the label to compare, or of each of several, if that output is of several
            labels, of which a text may have any; None compares the whole output.
    """

    def __init__(
        self,
        original_model: Any,
        loss_weight: float = 1.0,
        kernel: Kernel = "gaussian",
        n_groups: int = 0,
        head: int = 0,
        logits: bool = False,
        label: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(original_model, head, **kwargs)
        self.loss_weight = loss_weight
        self.kernel = kernel
        self.n_groups = n_groups
        self.gives_logits = logits
        self.label = label if label is None or isinstance(label, int) else [*label]
        self._mmd = MMDLoss(kernel, enable_summary_histogram=False)
        self._min_diff_tracker = keras.metrics.Mean(name="min_diff_loss")

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same wrapper from."""
        return {
            **super().get_config(),
            "loss_weight": self.loss_weight,
            "kernel": self.kernel,
            "n_groups": self.n_groups,
            "logits": self.gives_logits,
            "label": self.label,
        }

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss of a batch, MinDiff's included, and the outputs of its examples."""
        if not (isinstance(x, PairedInputs) and (x.pairs or self.n_groups)):
            return super().loss_and_outputs(x, y, sample_weight, training=training)
        n_examples, batch, originals = rows_of(x.inputs), x.inputs, None
        pairs = () if self.n_groups else x.pairs
        if pairs:
            batch, originals = with_counterfactuals(x.inputs, pairs)
        of_all, others = self.heads(batch, training)
        outputs, *others = (take(e, lambda rows: rows[:n_examples]) for e in (of_all, *others))
        loss = self.task_loss(x.inputs, y, sample_weight, outputs, others, x.held, training)
        task_loss, scores = loss, self._scores(of_all)
        if pairs:
            found = [self._between_sides(each, originals, pairs) for each in scores]
        else:
            weight = tf.ones([n_examples]) if sample_weight is None else sample_weight
            found = [self._between_groups(each, x.groups, weight) for each in scores]
        min_diff = tf.add_n(found) / len(found)
        self._min_diff_tracker.update_state(min_diff, sample_weight=n_examples)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        loss += tf.cast(self.loss_weight * min_diff / replicas, loss.dtype)
        self.log_losses(loss, task_loss, n_examples)
        return loss, outputs

    def _scores(self, outputs: Any) -> list[Any]:
        """Return the scores to compare, each of shape (n, numbers): of every label its own."""
        if self.label is None:
            return [_columns(scores_of(outputs, self.gives_logits, of_labels=False))]
        scores = scores_of(outputs, self.gives_logits, of_labels=True)
        labels = [self.label] if isinstance(self.label, int) else self.label
        return [scores[:, label : label + 1] for label in labels]

    def _between_sides(self, scores: Any, originals: Any, pairs: Pairs) -> Any:
        """Return the MMD between the two sides of the pairs."""
        n_pairs = rows_of(pairs.weight)
        sides = tf.concat([tf.gather(scores, originals), scores[-n_pairs:]], axis=0)
        membership = tf.concat([tf.zeros([n_pairs, 1]), tf.ones([n_pairs, 1])], axis=0)
        weight = pairs.weight * no_padding(pairs)
        return self._mmd(membership, sides, tf.tile(weight, [2])[:, None])

    def _between_groups(self, scores: Any, groups: Any, weight: Any) -> Any:
        """Return the mean of the MMDs between each group and all others."""
        weight = weight * tf.cast(groups >= 0, tf.float32)
        total, found = tf.constant(0.0), tf.constant(0.0)
        for group in range(self.n_groups):
            member = tf.cast(groups == group, tf.float32)
            # TFMR's loss for a set without texts is no distance.
            own, rest = tf.reduce_sum(weight * member), tf.reduce_sum(weight * (1 - member))
            both = tf.cast((own > 0) & (rest > 0), tf.float32)
            total += both * self._mmd(member[:, None], scores, weight[:, None])
            found += both
        return total / tf.maximum(found, 1.0)


def _columns(scores: Any) -> Any:
    return tf.reshape(scores, [tf.shape(scores)[0], -1])
