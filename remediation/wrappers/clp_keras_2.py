"""CLP for Keras 2 (`tf_keras`) models, by TensorFlow Model Remediation (TFMR) itself.

TFMR's `CounterfactualModel` was made for Keras 2. It is used as it is, except that the examples run
in training mode and regularisation losses count, as in plain training. Pairs are drawn as TFMR
draws them: in each step as many as examples, independently of these.

Everything here needs a process in which `tf.keras` is Keras 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.batches.logits import (
    choose_pair_on,
    gives_logits,
    is_single,
    last_activation,
    logits_of,
    of_labels,
    take_labels,
    two_class_of,
)
from evenhand.remediation.literals import Loss, PairOn
from evenhand.remediation.runtime.imports import importing
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.heads import further_losses, split_heads
from evenhand.remediation.wrappers.joint_pass import check_repeatable

_NAMES = {"total_loss": "loss", "original_loss": "task_loss", "counterfactual_loss": "pair_loss"}


def counterfactual_model(
    model: Any,
    loss: Loss = "absolute",
    loss_weight: float = 1.0,
    pair_on: PairOn | None = None,
    head: int = 0,
    logits: bool | None = None,
    label: int | Sequence[int] | None = None,
) -> Any:
    """Return TFMR's `CounterfactualModel` around a Keras 2 model, with a corrected train step.

    The examples go through the model in training mode, and its regularisation losses are part of
    the task loss. Pairs go through it in inference mode, as in TFMR. It fits the data that TFMR's
    model fits, and what `evenhand.remediation.CounterfactualModel` fits with `IndependentPairs`;
    the arguments are that class's. The model itself is not compiled again, as TFMR would do.

    Raises:
        ConfigurationError: An unknown loss or target, the cosine of a single logit, or this process
            has loaded TensorFlow with Keras 3.
        InputError: While it fits: the model's answers are random even in inference mode.
    """
    keras = import_keras(2)
    import tensorflow as tf

    with importing():
        from tensorflow_model_remediation import counterfactual

    losses = {
        "mse": counterfactual.losses.PairwiseMSELoss,
        "absolute": counterfactual.losses.PairwiseAbsoluteDifferenceLoss,
        "cosine": counterfactual.losses.PairwiseCosineLoss,
    }
    if loss not in losses:
        raise ConfigurationError(f"unknown pair loss {loss!r}", expected=", ".join(losses))
    has_logits = gives_logits(model, head) if logits is None else logits
    are_labels = of_labels(label, last_activation(model, head))
    one = label if isinstance(label, int) else None
    target = choose_pair_on(pair_on, loss, model, head, has_logits, one)

    class LegacyCounterfactualModel(counterfactual.keras.CounterfactualModel):  # type: ignore[misc]
        pair_on = target

        def compile(self, *args: Any, **options: Any) -> None:
            keras.Model.compile(self, *args, **options)

        def fit(self, x: Any, *args: Any, **options: Any) -> Any:
            (inputs, _, _), _, _ = _parts(next(iter(x)))
            check_repeatable(self.original_model, inputs)
            return super().fit(x, *args, **options)

        def train_step(self, data: Any) -> Any:
            (x, y, weight), pairs, held = _parts(data)
            original, counterfactual_x, pair_weight = pairs
            with tf.GradientTape() as tape:
                outputs, others = split_heads(self.original_model(x, training=True), head)
                further = further_losses(self.original_model, others, held, head, weight)
                total, pair_loss, task_loss = self.compute_total_loss(
                    y,
                    outputs,
                    self._compared(original),
                    self._compared(counterfactual_x),
                    weight,
                    pair_weight,
                )
                total += further
            weights = self.original_model.trainable_variables
            gradients = tape.gradient(total, weights)
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            self.update_metrics(y, outputs, weight, total, task_loss + further, pair_loss)
            return {_NAMES.get(m.name, m.name): m.result() for m in self.metrics}

        def _compared(self, inputs: Any) -> Any:
            outputs, _ = split_heads(self.original_model(inputs, training=False), head)
            outputs = take_labels(outputs, label)
            if target == "logits" and not has_logits:
                return logits_of(outputs, are_labels)
            if loss == "cosine" and is_single(outputs.shape):
                return two_class_of(outputs)
            return outputs

    def _parts(data: Any) -> tuple[Any, Any, Any]:
        if isinstance(data, counterfactual.keras.utils.CounterfactualPackedInputs):
            examples = keras.utils.unpack_x_y_sample_weight(data.original_input)
            return examples, data.counterfactual_data, ()
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        return (x.inputs, y, weight), x.pairs, x.held

    return LegacyCounterfactualModel(model, losses[loss](), loss_weight)
