"""CLP training of Keras 2 (`tf_keras`) models, by TensorFlow Model Remediation (TFMR) itself.

TFMR's `CounterfactualModel` was made for Keras 2 and is used as it is, but for two things in which
it does less than plain training: layers run in training mode on the examples, and regularisation
losses count. Pairs are drawn as TFMR draws them: as many as examples in each step, apart from them.

Everything here needs a process in which `tf.keras` is Keras 2.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.files import check_destination, new_folder, write_text
from evenhand.data.progress import Progress, ignore_progress
from evenhand.remediation.loading import load_classifier
from evenhand.remediation.models.predictor import ModelOptions
from evenhand.remediation.options import FitOptions
from evenhand.remediation.outputs import gives_logits, is_single, logits_of, two_class_of
from evenhand.remediation.task import Task
from evenhand.remediation.tensorflow_runtime import (
    Device,
    import_keras,
    quietly,
    strategy_for,
    versions,
)
from evenhand.remediation.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.training_result import (
    HISTORY_NAME,
    MARKER,
    SCHEMA_VERSION,
    TrainingResult,
)
from evenhand.remediation.validation import validate

_SHUFFLED = 100_000  # examples; a buffer of so many is a fair shuffle of any order
_NAMES = {"total_loss": "loss", "original_loss": "task_loss", "counterfactual_loss": "pair_loss"}


def train_legacy(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    loss: Literal["mse", "absolute", "cosine"] = "absolute",
    loss_weight: float = 1.0,
    pair_on: Literal["logits", "outputs"] | None = None,
    epochs: int = 6,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    validation_split: float = 0.1,
    device: Device = "auto",
    seed: int = 0,
    custom_objects: str | None = None,
    allow_unsafe: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> TrainingResult:
    """Train a Keras 2 baseline on with CLP, and save it as the baseline was saved.

    The arguments are those of `train`, as far as TFMR's procedure has them; one device is used.

    Args:
        baseline: A `.keras` or `.h5` file or a SavedModel that Keras 2 wrote, or
            ``package.module:attribute``.
        data: A counterfactual dataset with labels, or its folder.
        output: Folder to make: ``model.keras``, ``model.h5`` or ``model/`` as the baseline is,
            ``history.json`` and ``train.json``.
        loss: Pair loss of TFMR.
        loss_weight: Factor of the pair loss.
        pair_on: What is compared; None is logits, and outputs for the cosine of a single output.
        epochs: Times to go through the examples.
        batch_size: Examples in a step, and pairs.
        learning_rate: Adam's.
        validation_split: Share of the examples held out, with their pairs, for the metrics.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``, the first one.
        seed: Decides the split, the order, and dropout.
        custom_objects: ``package.module`` whose layers and functions the model refers to.
        allow_unsafe: Load a file that runs code of its own.
        overwrite: Replace an earlier training's folder.
        progress: Told of every step.

    Raises:
        ConfigurationError: An argument is out of range, the output exists, or this process has
            loaded TensorFlow with Keras 3.
        InputError: The model or the dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"`` where there is none.
    """
    options = FitOptions(
        epochs, batch_size, learning_rate, validation_split, device, "float32", seed
    )
    check_destination(output, marker=MARKER, overwrite=overwrite)
    dataset = data if isinstance(data, CounterfactualDataset) else CounterfactualDataset.open(data)
    source = DatasetBlocks(dataset, validation_split, seed)
    if not source.n_pairs:
        raise InputError(
            "the dataset has no pairs to train on",
            where=str(dataset.path),
            expected="pairs made from labelled examples",
            remedy="build it with terms that its texts contain",
        )
    keras = import_keras(2)
    keras.utils.set_random_seed(seed)
    training, held_out = source.all_training(), source.held_out()
    with strategy_for(device, several=False).scope():
        classifier = load_classifier(
            baseline, ModelOptions(custom_objects=custom_objects, allow_unsafe=allow_unsafe)
        )
        model = classifier.trainable_model(2)
        wrapper = counterfactual_model(model, loss, loss_weight, pair_on)
        task = Task.of(model)
        wrapper.compile(
            keras.optimizers.Adam(learning_rate), loss=task.loss, weighted_metrics=[task.accuracy]
        )
    if not wrapper.trainable_variables:
        raise InputError("the model has no trainable weights", where=classifier.name)
    baseline_metrics = validate(classifier, held_out)
    batches = _batches(training, task, batch_size, seed)
    history: list[dict[str, float]] = []
    watcher = _watcher(
        history, options, len(batches), lambda: validate(classifier, held_out), progress
    )
    saved = "model" + Path(baseline).suffix.lower() if Path(baseline).exists() else "model.keras"
    with new_folder(output, marker=MARKER, overwrite=overwrite) as folder:
        wrapper.fit(batches, epochs=epochs, verbose=0, callbacks=[watcher])
        with quietly():
            model.save(str(folder / saved))
        result = TrainingResult(
            model=Path(output) / saved,
            n_examples=source.n_examples,
            n_pairs=source.n_pairs,
            n_unlabelled=source.n_unlabelled,
            history=history,
            kept_epoch=epochs,
            metrics=validate(classifier, held_out),
            baseline_metrics=baseline_metrics,
        )
        record = {
            "schema_version": SCHEMA_VERSION,
            "baseline": {"name": classifier.name, "sha256": classifier.sha256},
            "data": {"name": dataset.path.name, "sha256": dataset.sha256},
            "options": {
                "loss": loss,
                "loss_weight": loss_weight,
                "pair_on": wrapper.pair_on,
                "pairing": "independent",
                "epochs": epochs,
                "batch_size": batch_size,
                "learning_rate": learning_rate,
                "validation_split": validation_split,
                "device": device,
                "seed": seed,
            },
            "n_examples": result.n_examples,
            "n_pairs": result.n_pairs,
            "n_unlabelled": result.n_unlabelled,
            "kept_epoch": result.kept_epoch,
            "metrics": result.metrics,
            "baseline_metrics": result.baseline_metrics,
            "versions": versions("tf-keras"),
        }
        for name, document in ((HISTORY_NAME, history), (MARKER, record)):
            write_text(folder / name, json.dumps(document, indent=2, allow_nan=False) + "\n")
    return result


def counterfactual_model(
    model: Any,
    loss: str = "absolute",
    loss_weight: float = 1.0,
    pair_on: str | None = None,
) -> Any:
    """Return TFMR's `CounterfactualModel` around a Keras 2 model, its train step set right.

    The examples go through the model in training mode, and its regularisation losses are part of
    the task loss; pairs go through it as TFMR has it, in inference mode.

    Raises:
        ConfigurationError: An unknown loss or target, the cosine of a single logit, or this process
            has loaded TensorFlow with Keras 3.
    """
    keras = import_keras(2)
    import tensorflow as tf

    with quietly():
        from tensorflow_model_remediation import counterfactual

    losses = {
        "mse": counterfactual.losses.PairwiseMSELoss,
        "absolute": counterfactual.losses.PairwiseAbsoluteDifferenceLoss,
        "cosine": counterfactual.losses.PairwiseCosineLoss,
    }
    if loss not in losses:
        raise ConfigurationError(f"unknown pair loss {loss!r}", expected=", ".join(losses))
    single, has_logits = is_single(model.output_shape), gives_logits(model)
    if pair_on not in (None, "logits", "outputs"):
        raise ConfigurationError(f"unknown pair target {pair_on!r}", expected="logits or outputs")
    target = pair_on or ("outputs" if loss == "cosine" and single else "logits")
    if loss == "cosine" and single and (target == "logits" or has_logits):
        raise ConfigurationError(
            "the cosine loss cannot compare single logits, which have no direction",
            where="--loss cosine",
            remedy="use mse or absolute",
        )

    class LegacyCounterfactualModel(counterfactual.keras.CounterfactualModel):  # type: ignore[misc]
        pair_on = target

        def train_step(self, data: Any) -> Any:
            x, y, weight = keras.utils.unpack_x_y_sample_weight(data.original_input)
            original, counterfactual_x, pair_weight = data.counterfactual_data
            with tf.GradientTape() as tape:
                outputs = self.original_model(x, training=True)
                # Read before the next pass, which would add its own activations' to them.
                regularisation = tf.add_n([tf.constant(0.0), *self.original_model.losses])
                total, pair_loss, task_loss = self.compute_total_loss(
                    y,
                    outputs,
                    self._compared(self.original_model(original, training=False)),
                    self._compared(self.original_model(counterfactual_x, training=False)),
                    weight,
                    pair_weight,
                )
                total += regularisation
            weights = self.original_model.trainable_variables
            gradients = tape.gradient(total, weights)
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            self.update_metrics(y, outputs, weight, total, task_loss + regularisation, pair_loss)
            return {metric.name: metric.result() for metric in self.metrics}

        def _compared(self, outputs: Any) -> Any:
            if target == "logits" and not has_logits:
                return logits_of(outputs)
            return two_class_of(outputs) if loss == "cosine" and single else outputs

    return LegacyCounterfactualModel(model, losses[loss](), loss_weight)


def _batches(training: TrainingData, task: Task, batch_size: int, seed: int) -> Any:
    import tensorflow as tf
    from tensorflow_model_remediation import counterfactual

    def shuffled(*columns: Any) -> Any:
        rows = tf.data.Dataset.from_tensor_slices(columns)
        return rows.shuffle(min(len(columns[0]), _SHUFFLED), seed=seed)

    examples = shuffled(training.text, task.labels(training.label), training.weight)
    original = training.text[training.example]
    pairs = shuffled(original, training.counterfactual, training.pair_weight).repeat()
    packed = counterfactual.keras.utils.pack_counterfactual_data(
        examples.batch(batch_size), pairs.batch(batch_size)
    )
    n_batches = math.ceil(len(training.text) / batch_size)
    return packed.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(2)


def _watcher(
    history: list[dict[str, float]],
    options: FitOptions,
    steps: int,
    check: Callable[[], dict[str, float]],
    progress: Progress,
) -> Any:
    keras = import_keras(2)

    class Watcher(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            loss = (logs or {})["total_loss"]
            stage = f"epoch {len(history) + 1} of {options.epochs}"
            if not math.isfinite(loss):
                raise InputError(
                    f"the loss is {loss:g}",
                    where=f"epoch {len(history) + 1}, step {batch + 1} of {steps}",
                    expected="a finite number",
                    remedy="a lower --learning-rate or --loss-weight",
                )
            progress(stage, batch + 1, steps, f"loss {loss:.4f}")

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            record = {_NAMES.get(name, name): float(value) for name, value in (logs or {}).items()}
            history.append(record | {f"val_{name}": value for name, value in check().items()})

    return Watcher()
