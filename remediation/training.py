"""CLP training, from a baseline and a counterfactual dataset to a saved model and its record."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.files import check_destination, new_folder, write_text, writing_to
from evenhand.data.progress import Progress, ignore_progress
from evenhand.remediation.cache import Blocks, Cache, cached
from evenhand.remediation.checkpoints import Checkpoint
from evenhand.remediation.classifier import Classifier
from evenhand.remediation.clp import CounterfactualModel, Loss, PairOn
from evenhand.remediation.distribution import Worker
from evenhand.remediation.event_log import EventLog
from evenhand.remediation.fitting import LostLossError, fit
from evenhand.remediation.loading import load_classifier
from evenhand.remediation.models.predictor import ModelOptions
from evenhand.remediation.options import FitOptions
from evenhand.remediation.pipeline import Batches, Pairing
from evenhand.remediation.precision import trained_in
from evenhand.remediation.supervision import Supervisor, check_early_stopping
from evenhand.remediation.task import Task
from evenhand.remediation.tensorflow_runtime import (
    Device,
    Precision,
    import_keras,
    strategy_for,
    versions,
)
from evenhand.remediation.trade_off import MAX_AUC_DROP, Measure, Metrics, TradeOff
from evenhand.remediation.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.training_result import (
    HISTORY_NAME,
    MARKER,
    SCHEMA_VERSION,
    TrainingResult,
    saved_name,
)
from evenhand.remediation.validation import validate
from evenhand.remediation.vectorisation import Encoding, encoding_of


def train(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    loss: Loss = "absolute",
    loss_weight: float = 1.0,
    pair_on: PairOn | None = None,
    pairing: Pairing = "aligned",
    random_words: int = 0,
    epochs: int = 6,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    validation_split: float = 0.1,
    device: Device = "auto",
    precision: Precision = "float32",
    cache: Cache = "memory",
    seed: int = 0,
    custom_objects: str | None = None,
    allow_unsafe: bool = False,
    early_stopping: Measure | None = None,
    patience: int = 2,
    max_auc_drop: float = MAX_AUC_DROP,
    tensorboard: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> TrainingResult:
    """Train a baseline on with Counterfactual Logit Pairing, and save it without the wrapper.

    After every epoch the training's state is saved beside the output, in ``OUTPUT.checkpoint``,
    which is removed when the output is complete; see `evenhand.remediation.checkpoints`.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: A counterfactual dataset with labels, or its folder. Unlabelled examples are left out
            together with their pairs.
        output: Folder to make: ``model.keras`` (``model.h5`` for an `.h5` baseline),
            ``history.json`` and ``train.json``.
        loss: Pair loss of TFMR: ``"mse"``, ``"absolute"`` or ``"cosine"``. The default, on logits,
            is that of Garg et al. 2019; on the sample text it also repaired most.
        loss_weight: Factor of the pair loss.
        pair_on: What is compared: ``"logits"``, ``"outputs"``, or None for the one that
            `CounterfactualModel` takes by itself.
        pairing: ``"aligned"``: a batch brings the pairs of its own examples, so that an epoch sees
            every pair once. ``"independent"``: TFMR's procedure, as many pairs as examples in each
            step, drawn apart.
        random_words: How many more pairs to make of each pair's original, with random common words
            in the place of its terms: some help for terms that the lexicon lacks.
        epochs: Times to go through the examples.
        batch_size: Examples in a step, over all devices; their pairs come on top.
        learning_rate: Adam's.
        validation_split: Share of the examples held out, with their pairs, for the metrics.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``; several visible GPUs share every step, and so do
            the workers that the variable TF_CONFIG names, of which the chief writes the output.
        precision: What layers compute in; weights and the saved model stay in float32.
        cache: Where encoded texts are kept between epochs: ``"memory"``; ``"disk"``, in a temporary
            folder beside the output; or ``"none"``, encoding them in every epoch. The result is
            the same. Memory grows with the number of examples for ``"memory"`` alone.
        seed: Decides the split, the order of the examples, and dropout.
        custom_objects: ``package.module`` whose layers and functions the baseline's file refers to.
        allow_unsafe: Load a file that runs code of its own.
        early_stopping: Stop when this validation metric no longer falls, ``"flip_rate"`` or
            ``"ctf_gap"``, and keep the best epoch; see `evenhand.remediation.trade_off`. None goes
            through all epochs and keeps the last.
        patience: Epochs to wait for a better one before stopping early.
        max_auc_drop: How far an epoch's AUC may be below the baseline's and still be the best.
        tensorboard: Folder to write TensorBoard logs to.
        resume: Go on from the checkpoint of a training of this output that did not end, if there is
            one: on a CPU to the same weights as without the interruption.
        overwrite: Replace an earlier training's folder, and discard its checkpoint unless `resume`.
        progress: Told of every step.

    Raises:
        ConfigurationError: An argument is out of range, the output exists, or a checkpoint is there
            that is of another training or not to be gone on with.
        InputError: The model or the dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"`` where there is none.
        TrainingInterrupted: Ctrl-C after an epoch was done; the best model so far is saved.
    """
    if random_words < 0:
        raise ConfigurationError(f"--random-words is {random_words}", expected="0 or more")
    trade_off = TradeOff(max_auc_drop, early_stopping or "flip_rate")
    options = FitOptions(
        epochs, batch_size, learning_rate, validation_split, device, precision, seed
    )
    worker = Worker.here()
    destination, output = Path(output), worker.output(output)
    check_destination(output, marker=MARKER, overwrite=overwrite)
    dataset = data if isinstance(data, CounterfactualDataset) else CounterfactualDataset.open(data)
    source = DatasetBlocks(dataset, validation_split, seed, random_words=random_words)
    held_out = source.held_out()
    if not source.n_pairs:
        raise InputError(
            "the dataset has no pairs to train on",
            where=str(dataset.path),
            expected="pairs made from labelled examples",
            remedy="build it with terms that its texts contain",
        )
    strategy = strategy_for(device)
    import_keras().utils.set_random_seed(seed)  # before loading, which draws dropout's seeds
    with strategy.scope():
        classifier = load_classifier(
            baseline, ModelOptions(custom_objects=custom_objects, allow_unsafe=allow_unsafe)
        )
        encoding = encoding_of(classifier.trainable_model(3))
        wrapper = CounterfactualModel(encoding.model, loss, loss_weight, pair_on)
    if not wrapper.trainable_variables:
        raise InputError("the model has no trainable weights", where=classifier.name)
    run = {
        "baseline": {"name": classifier.name, "sha256": classifier.sha256},
        "data": {"name": dataset.path.name, "sha256": dataset.sha256},
        "options": {
            "loss": loss,
            "loss_weight": loss_weight,
            "pair_on": wrapper.pair_on,
            "pairing": pairing,
            "random_words": random_words,
            **asdict(options),
            "early_stopping": early_stopping,
            "patience": patience,
            "max_auc_drop": max_auc_drop,
        },
    }
    checkpoint = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    baseline_metrics = validate(classifier, held_out)
    patience_or_none = patience if early_stopping else None
    check_early_stopping(trade_off, patience_or_none, baseline_metrics)
    log = EventLog(tensorboard) if tensorboard is not None and worker.is_chief else None
    supervisor = Supervisor(checkpoint, trade_off, baseline_metrics, patience_or_none, log)
    parent = Path(output).absolute().parent
    with writing_to(parent):
        parent.mkdir(parents=True, exist_ok=True)
    with cached(source, encoding, cache, parent, progress) as blocks:
        history, kept_epoch = _fit(
            wrapper, classifier, encoding, blocks, pairing, held_out, options, strategy, supervisor,
            progress,
        )  # fmt: skip
    with new_folder(output, marker=MARKER, overwrite=overwrite) as folder:
        result = TrainingResult(
            model=destination / saved_name(baseline),
            n_examples=source.n_examples,
            n_pairs=source.n_pairs,
            n_unlabelled=source.n_unlabelled,
            history=history,
            kept_epoch=kept_epoch,
            metrics=validate(classifier, held_out),
            baseline_metrics=baseline_metrics,
        )
        classifier.keras_model.save(folder / result.model.name)
        _write_json(folder / HISTORY_NAME, history)
        record = {
            "schema_version": SCHEMA_VERSION,
            **run,
            "n_examples": result.n_examples,
            "n_pairs": result.n_pairs,
            "n_unlabelled": result.n_unlabelled,
            "kept_epoch": kept_epoch,
            "metrics": result.metrics,
            "baseline_metrics": result.baseline_metrics,
            "replicas": strategy.num_replicas_in_sync,
            "versions": versions(),
        }
        _write_json(folder / MARKER, record)
    checkpoint.discard()
    if not worker.is_chief:
        shutil.rmtree(output)
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
    supervisor: Supervisor,
    progress: Progress,
) -> tuple[list[Metrics], int]:
    keras = import_keras()
    task = Task.of(classifier.keras_model)
    history: list[Metrics] = []
    try:
        with trained_in(classifier.keras_model, options.precision), strategy.scope():
            optimizer = keras.optimizers.Adam(options.learning_rate)
            if options.precision == "mixed_float16":
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            wrapper.compile(optimizer, loss=task.loss, weighted_metrics=[task.accuracy])
            history += supervisor.checkpoint.restore(wrapper)
            batches = Batches(
                blocks,
                encoding,
                task.labels,
                options.batch_size,
                options.seed,
                pairing,
                replicas=strategy.num_replicas_in_sync,
                first_epoch=len(history),
            )
            if not supervisor.is_over(history):
                fit(
                    wrapper,
                    batches,
                    epochs=options.epochs,
                    validate=lambda: validate(classifier, held_out),
                    progress=progress,
                    history=history,
                    after_epoch=lambda history: supervisor.after_epoch(wrapper, history),
                )
    except KeyboardInterrupt as interruption:
        save = classifier.keras_model.save
        raise supervisor.interrupted(wrapper, history, save) from interruption
    except LostLossError:
        supervisor.checkpoint.discard()
        raise
    return history, supervisor.keep(wrapper, history)


def _write_json(path: Path, document: Any) -> None:
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
