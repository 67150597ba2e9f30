"""CLP training, from a baseline and a counterfactual dataset to a saved model and its record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.files import check_destination, new_folder, write_text
from evenhand.data.progress import Progress, ignore_progress
from evenhand.remediation.cache import Blocks, Cache, cached
from evenhand.remediation.classifier import Classifier
from evenhand.remediation.clp import CounterfactualModel, Loss, PairOn
from evenhand.remediation.fitting import Metrics, fit
from evenhand.remediation.loading import load_classifier
from evenhand.remediation.options import FitOptions
from evenhand.remediation.pipeline import Batches, Pairing
from evenhand.remediation.precision import trained_in
from evenhand.remediation.task import Task
from evenhand.remediation.tensorflow_runtime import (
    Device,
    Precision,
    import_keras,
    strategy_for,
    versions,
)
from evenhand.remediation.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.validation import validate
from evenhand.remediation.vectorisation import Encoding, encoding_of

MARKER = "train.json"
MODEL_NAME = "model.keras"
HISTORY_NAME = "history.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class TrainingResult:
    """What a CLP training came to.

    Attributes:
        model: The saved model.
        n_examples: Examples trained on.
        n_pairs: Pairs trained on.
        n_unlabelled: Examples left out, with their pairs, because they have no label.
        history: A record for each epoch: losses, accuracy, and validation metrics as ``val_...``.
        metrics: The model's validation metrics: ``accuracy``, ``auc``, ``flip_rate``, ``ctf_gap``;
            see `evenhand.remediation.validation.validate`.
        baseline_metrics: The baseline's, on the same examples and pairs.
    """

    model: Path
    n_examples: int
    n_pairs: int
    n_unlabelled: int
    history: list[Metrics]
    metrics: Metrics
    baseline_metrics: Metrics


def train(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    loss: Loss = "absolute",
    loss_weight: float = 1.0,
    pair_on: PairOn | None = None,
    pairing: Pairing = "aligned",
    epochs: int = 6,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    validation_split: float = 0.1,
    device: Device = "auto",
    precision: Precision = "float32",
    cache: Cache = "memory",
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> TrainingResult:
    """Train a baseline on with Counterfactual Logit Pairing, and save it without the wrapper.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: A counterfactual dataset with labels, or its folder. Unlabelled examples are left out
            together with their pairs.
        output: Folder to make: ``model.keras``, ``history.json`` and ``train.json``.
        loss: Pair loss of TFMR: ``"mse"``, ``"absolute"`` or ``"cosine"``. The default, on logits,
            is that of Garg et al. 2019; on the sample text it also repaired most.
        loss_weight: Factor of the pair loss.
        pair_on: What is compared: ``"logits"``, ``"outputs"``, or None for the one that
            `CounterfactualModel` takes by itself.
        pairing: ``"aligned"``: a batch brings the pairs of its own examples, so that an epoch sees
            every pair once. ``"independent"``: TFMR's procedure, as many pairs as examples in each
            step, drawn apart.
        epochs: Times to go through the examples.
        batch_size: Examples in a step, over all devices; their pairs come on top.
        learning_rate: Adam's.
        validation_split: Share of the examples held out, with their pairs, for the metrics.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``; several visible GPUs share every step.
        precision: What layers compute in; weights and the saved model stay in float32.
        cache: Where encoded texts are kept between epochs: ``"memory"``; ``"disk"``, in a temporary
            folder beside the output; or ``"none"``, encoding them in every epoch. The result is
            the same. Memory grows with the number of examples for ``"memory"`` alone.
        seed: Decides the split, the order of the examples, and dropout.
        overwrite: Replace an earlier training's folder.
        progress: Told of every step.

    Raises:
        ConfigurationError: An argument is out of range, or the output exists.
        InputError: The model or the dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"`` where there is none.
    """
    options = FitOptions(
        epochs, batch_size, learning_rate, validation_split, device, precision, seed
    )
    check_destination(output, marker=MARKER, overwrite=overwrite)
    dataset = data if isinstance(data, CounterfactualDataset) else CounterfactualDataset.open(data)
    source = DatasetBlocks(dataset, validation_split, seed)
    held_out = source.held_out()
    if not source.n_pairs:
        raise InputError(
            "the dataset has no pairs to train on",
            where=str(dataset.path),
            expected="pairs made from labelled examples",
            remedy="build it with terms that its texts contain",
        )
    strategy = strategy_for(device)
    with strategy.scope():
        classifier = load_classifier(baseline)
        encoding = encoding_of(classifier.keras_model)
        wrapper = CounterfactualModel(encoding.model, loss, loss_weight, pair_on)
    if not wrapper.trainable_variables:
        raise InputError("the model has no trainable weights", where=classifier.name)
    baseline_metrics = validate(classifier, held_out)
    with (
        new_folder(output, marker=MARKER, overwrite=overwrite) as folder,
        cached(source, encoding, cache, folder.parent, progress) as blocks,
    ):
        history = _fit(
            wrapper, classifier, encoding, blocks, pairing, held_out, options, strategy, progress
        )
        result = TrainingResult(
            model=Path(output) / MODEL_NAME,
            n_examples=source.n_examples,
            n_pairs=source.n_pairs,
            n_unlabelled=source.n_unlabelled,
            history=history,
            metrics=validate(classifier, held_out),
            baseline_metrics=baseline_metrics,
        )
        classifier.keras_model.save(folder / MODEL_NAME)
        _write_json(folder / HISTORY_NAME, history)
        record = {
            "schema_version": SCHEMA_VERSION,
            "options": {
                "loss": loss,
                "loss_weight": loss_weight,
                "pair_on": wrapper.pair_on,
                "pairing": pairing,
                "cache": cache,
                **asdict(options),
            },
            "baseline": {"name": classifier.name, "sha256": classifier.sha256},
            "data": {"name": dataset.path.name, "sha256": dataset.sha256},
            "n_examples": result.n_examples,
            "n_pairs": result.n_pairs,
            "n_unlabelled": result.n_unlabelled,
            "metrics": result.metrics,
            "baseline_metrics": result.baseline_metrics,
            "replicas": strategy.num_replicas_in_sync,
            "versions": versions(),
        }
        _write_json(folder / MARKER, record)
    return result


def _fit(
    wrapper: Any,
    classifier: Classifier,
    encoding: Encoding,
    blocks: Blocks,
    pairing: Pairing,
    held_out: TrainingData,
    options: FitOptions,
    strategy: Any,
    progress: Progress,
) -> list[Metrics]:
    keras = import_keras()
    keras.utils.set_random_seed(options.seed)
    task = Task.of(classifier.keras_model)
    batches = Batches(
        blocks,
        encoding,
        task.labels,
        options.batch_size,
        options.seed,
        pairing,
        replicas=strategy.num_replicas_in_sync,
    )
    with trained_in(classifier.keras_model, options.precision), strategy.scope():
        optimizer = keras.optimizers.Adam(options.learning_rate)
        if options.precision == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        wrapper.compile(optimizer, loss=task.loss, weighted_metrics=[task.accuracy])
        return fit(
            wrapper,
            batches,
            epochs=options.epochs,
            validate=lambda: validate(classifier, held_out),
            progress=progress,
        )


def _write_json(path: Path, document: Any) -> None:
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
