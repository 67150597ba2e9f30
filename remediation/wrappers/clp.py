"""Counterfactual Logit Pairing (CLP) for Keras 3 models.

CLP (Garg et al. 2019, arXiv 1809.10610) adds to a classifier's own loss a penalty on the difference
between what it says of a text and of its counterfactual:

    loss = task_loss(examples) + loss_weight * pair_loss(originals, counterfactuals)

The pair losses are TensorFlow Model Remediation's (TFMR's) own objects. The wrapper is this
module's, because TFMR's works with Keras 2 alone. It also does what plain training does and TFMR's
wrapper leaves out: layers run in training mode, and regularisation losses count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.batches.logits import (
    choose_pair_on,
    gives_logits,
    is_single,
    last_activation,
    logits_of,
    of_labels,
    take,
    take_labels,
    two_class_of,
)
from evenhand.remediation.batches.pairs import AlignedPairs, PairedInputs, Pairs
from evenhand.remediation.literals import Loss, PairOn
from evenhand.remediation.runtime.imports import importing
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.joint_pass import can_share_pass
from evenhand.remediation.wrappers.rows import (
    no_padding,
    rows_of,
    same_rows,
    sum_over_replicas,
    together,
)
from evenhand.remediation.wrappers.task_model import TaskModel, unscaled

import_keras()  # before anything that loads TensorFlow, which settles on one Keras then

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

with importing():
    import tensorflow_model_remediation.counterfactual.losses as tfmr_losses

# Returns the rows of one side of the pairs in a tensor of a whole batch.
_Rows: TypeAlias = Callable[[Any], Any]

_LOSSES = {
    "mse": tfmr_losses.PairwiseMSELoss,
    "absolute": tfmr_losses.PairwiseAbsoluteDifferenceLoss,
    "cosine": tfmr_losses.PairwiseCosineLoss,
}


@keras.saving.register_keras_serializable("evenhand")
class CounterfactualModel(TaskModel):
    """A classifier that trains with a pair loss beside its own.

    It compiles, fits, evaluates and predicts as any `keras.Model`; `original_model` is what to save
    when the training is done. `fit` takes a `tf.data.Dataset` of ``(PairedInputs(...), y)`` or
    ``(PairedInputs(...), y, sample_weight)``; on elements without pairs it is plain training.

    Examples and pairs go through the model in one pass, in training mode, if the outputs for a text
    then depend on nothing but the text. They do not if the model draws at random (dropout, noise),
    mixes the examples of a batch (batch normalisation) or adds a loss on its activations. Then the
    examples go through by themselves, so that the task loss is that of plain training, and the
    pairs follow in a pass in inference mode, which treats both texts of a pair alike. `fit` finds
    out from its first batch which it is; see `evenhand.remediation.wrappers.joint_pass`.

    Logged beside Keras's ``loss``: ``task_loss``, regularisation included, and ``pair_loss``,
    before `loss_weight`.

    Args:
        original_model: The classifier to train: an output of shape (n, 1) or (n, classes), or
            several.
        loss: TFMR's ``"mse"``, ``"absolute"`` or ``"cosine"``, a mean over the pairs. The cosine
            of a single output is taken between the two classes' probabilities.
        loss_weight: Factor of the pair loss.
        pair_on: What the pair loss compares: ``"logits"`` or the model's ``"outputs"``. None is
            logits, and outputs for the cosine of a single output, whose logit has no direction.
        joint_pass: Whether examples and pairs share a pass; None lets `fit` find out. A step taken
            before any `fit` uses two passes.
        head: Number of the output to train and to pair, of several; it is this wrapper's output.
            The others are held to what `PairedInputs.held` brings, as part of the task loss; see
            `evenhand.remediation.wrappers.heads`.
        logits: Whether that output is logits; None asks the model's compiled loss and last layer.
        label: Number of the label to pair, or of each of several, if that output is of several
            labels, of which a text may have any; None pairs the whole output.

    Raises:
        ConfigurationError: An unknown loss or target, a negative weight, or the cosine of a single
            logit.
        InputError: While it fits: the model's answers are random even in inference mode.
    """

    def __init__(
        self,
        original_model: Any,
        loss: Loss = "absolute",
        loss_weight: float = 1.0,
        pair_on: PairOn | None = None,
        joint_pass: bool | None = None,
        head: int = 0,
        logits: bool | None = None,
        label: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(original_model, head, **kwargs)
        if loss not in _LOSSES:
            raise ConfigurationError(f"unknown pair loss {loss!r}", expected=", ".join(_LOSSES))
        if not 0 <= loss_weight < float("inf"):
            raise ConfigurationError(
                f"the loss weight is {loss_weight}", expected="0 or a positive number"
            )
        self.loss_name = loss
        self.loss_weight = loss_weight
        self.gives_logits = gives_logits(original_model, head) if logits is None else logits
        self.label = label if label is None or isinstance(label, int) else [*label]
        one = label if isinstance(label, int) else None
        self.pair_on = choose_pair_on(pair_on, loss, original_model, head, self.gives_logits, one)
        self._of_labels = of_labels(label, last_activation(original_model, head))
        self.joint_pass = joint_pass
        self._pair_loss = _LOSSES[loss]()
        self._pair_tracker = keras.metrics.Mean(name="pair_loss")

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the same wrapper from."""
        return {
            **super().get_config(),
            "loss": self.loss_name,
            "loss_weight": self.loss_weight,
            "pair_on": self.pair_on,
            "joint_pass": self.joint_pass,
            "logits": self.gives_logits,
            "label": self.label,
        }

    @property
    def wants_to_look(self) -> bool:
        """Whether it is still open if examples and pairs share a pass."""
        return self.joint_pass is None

    def look_at(self, x: Any) -> None:
        """Find out from a batch whether examples and pairs share a pass."""
        if isinstance(x, PairedInputs):
            self.joint_pass = can_share_pass(self.original_model, x.inputs)

    def loss_and_outputs(
        self, x: Any, y: Any, sample_weight: Any, *, training: bool
    ) -> tuple[Any, Any]:
        """Return the loss of a batch, pair loss included, and the outputs of its examples."""
        inputs, pairs, held = x[:3] if isinstance(x, PairedInputs) else (x, (), ())
        sides = None
        if pairs and (self.joint_pass or not training):
            outputs, others, sides = self._pass_together(inputs, pairs, training)
        else:
            outputs, others = self.heads(inputs, training)
        task_loss = self.task_loss(inputs, y, sample_weight, outputs, others, held, training)
        loss = task_loss
        if pairs:
            # Not before compute_loss, which reads the regularisation losses of the latest pass.
            sides = sides or self._pass_apart(inputs, pairs)
            weights, n_pairs = _mean_weights(pairs)
            pair_loss = tf.cast(self._pair_loss(*sides, sample_weight=weights), task_loss.dtype)
            loss += self.loss_weight * pair_loss
            self._pair_tracker.update_state(unscaled(pair_loss), sample_weight=n_pairs)
        self.log_losses(loss, task_loss, rows_of(inputs))
        return loss, outputs

    def _pass_together(
        self, inputs: Any, pairs: Pairs, training: bool
    ) -> tuple[Any, list[Any], tuple[Any, Any]]:
        n_examples = rows_of(inputs)
        if isinstance(pairs, AlignedPairs):
            batch = together(inputs, pairs.counterfactual)
            original = _rows_at(tf.maximum(pairs.example, 0))
            counterfactual = _rows_from(n_examples)
        else:
            batch = together(inputs, pairs.original, pairs.counterfactual)
            original, counterfactual = _halves_from(n_examples, pairs)
        outputs, others = self.heads(batch, training)
        sides = self._sides(batch, outputs, original, counterfactual, pairs)
        outputs, *others = (
            take(each, lambda tensor: tensor[:n_examples]) for each in (outputs, *others)
        )
        return outputs, others, sides

    def _pass_apart(self, inputs: Any, pairs: Pairs) -> tuple[Any, Any]:
        if isinstance(pairs, AlignedPairs):
            original = tf.nest.map_structure(_rows_at(tf.maximum(pairs.example, 0)), inputs)
        else:
            original = pairs.original
        batch = together(original, pairs.counterfactual)
        outputs, _ = self.heads(batch, training=False)
        return self._sides(batch, outputs, *_halves_from(0, pairs), pairs)

    def _sides(
        self, batch: Any, outputs: Any, original: _Rows, counterfactual: _Rows, pairs: Pairs
    ) -> tuple[Any, Any]:
        """Return what the pair loss compares: the rows of either side of the pairs."""
        compared = self._compared(outputs)
        first, second = original(compared), counterfactual(compared)
        same = same_rows(
            *(tf.nest.map_structure(rows, batch) for rows in (original, counterfactual))
        )
        # The same text in another row may get outputs that are rounded differently.
        same = tf.reshape(same, [-1, *[1] * (compared.shape.rank - 1)])
        sides = first, tf.where(same, first, second)
        for side in sides:  # TFMR's losses need equal static shapes
            side.set_shape([pairs.weight.shape[0], *side.shape[1:]])
        return sides

    def _compared(self, outputs: Any) -> Any:
        outputs = take_labels(outputs, self.label)
        if self.pair_on == "logits" and not self.gives_logits:
            return logits_of(outputs, self._of_labels)
        values = tf.cast(outputs, tf.float32)
        if self.loss_name == "cosine" and is_single(values.shape):
            return two_class_of(values)
        return values


def _rows_at(numbers: Any) -> _Rows:
    return lambda tensor: tf.gather(tensor, numbers)


def _rows_from(first: Any) -> _Rows:
    return lambda tensor: tensor[first:]


def _halves_from(first: Any, pairs: Pairs) -> tuple[_Rows, _Rows]:
    n_pairs = rows_of(pairs.weight)
    return lambda tensor: tensor[first : first + n_pairs], _rows_from(first + n_pairs)


def _mean_weights(pairs: Pairs) -> tuple[Any, Any]:
    """Return weights that make TFMR's mean over rows the mean over pairs, and the number of pairs.

    TFMR's losses divide by the number of rows, padding included. With several replicas the mean is
    over all replicas' pairs.
    """
    rows = tf.cast(tf.shape(pairs.weight)[0], tf.float32)
    real = no_padding(pairs)
    n_pairs = sum_over_replicas(tf.reduce_sum(real))
    rows *= tf.distribute.get_strategy().num_replicas_in_sync
    return pairs.weight * real * rows / tf.maximum(n_pairs, 1.0), n_pairs
