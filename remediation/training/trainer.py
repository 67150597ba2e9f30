"""CLP training, from a baseline and a counterfactual dataset to a saved model and its record."""

from __future__ import annotations

import contextlib
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.folders import check_destination, new_folder, remove_folder
from evenhand.data.storage.separation import check_apart
from evenhand.remediation.batches.cache import Blocks, cached
from evenhand.remediation.batches.pipeline import Batches
from evenhand.remediation.batches.preprocessing import encoding_for
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.task_loss import label_of
from evenhand.remediation.batches.vectorisation import Encoding
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import Validation
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.models.references import is_attribute, keras_to_train
from evenhand.remediation.runtime.distribution import Worker, follow_the_furthest
from evenhand.remediation.runtime.precision import settled_precision, trained_in
from evenhand.remediation.runtime.random_state import random_state_kept
from evenhand.remediation.runtime.tensorflow import (
    KerasGeneration,
    import_keras,
    strategy_for,
    versions,
)
from evenhand.remediation.training.checkpoints import (
    CONTROL,
    Checkpoint,
    checkpoint_path,
    subfolders,
    weights_kept,
    weights_of,
)
from evenhand.remediation.training.controls import (
    BLIND,
    FINE_TUNING,
    blind_metrics,
    check_control,
    fine_tuned_metrics,
)
from evenhand.remediation.training.event_log import EventLog
from evenhand.remediation.training.examples_and_pairs import Sources, locations
from evenhand.remediation.training.fit_options import TrainingOptions, TrainOptions
from evenhand.remediation.training.fitting import LostLossError, fit
from evenhand.remediation.training.learning_rate import chosen_rate, rising
from evenhand.remediation.training.output_folder import (
    HISTORY_NAME,
    RECORD_NAME,
    SCHEMA_VERSION,
    TrainingResult,
    inputs_record,
    saved_name,
    write_record,
)
from evenhand.remediation.training.supervision import Supervisor, check_early_stopping


@random_state_kept()
@takes(TrainOptions)
def train(
    baseline: str | Path,
    data: str | Path | CounterfactualDataset,
    output: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> TrainingResult:
    """Train a baseline on with Counterfactual Logit Pairing, and save it without the wrapper.

    The model kept is the best epoch's on held-out data, by the rule of
    `evenhand.remediation.judging.trade_off`. If no epoch keeps its limits, the output is the
    baseline, and the result says so.

    After every epoch the training's state is saved beside the output, in ``OUTPUT.checkpoint``,
    which is removed when the output is complete; see `evenhand.remediation.training.checkpoints`.

    A model of Keras 2 is trained by TFMR's own `CounterfactualModel`, in a process that has not
    loaded TensorFlow with Keras 3; see `evenhand.remediation.techniques.clp_keras_2`.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`. A model in
            memory, by ``package.module:attribute``, has its own weights again in the end.
        data: A counterfactual dataset, or its folder. Examples without a label are left out
            together with their pairs, unless the option `unlabelled` is set.
        output: Folder to make: ``model.keras``, ``model.h5`` or ``model/``, as the baseline is,
            ``history.json`` and ``train.json``.
        resume: Go on from the checkpoint of a training of this output that did not end, if there is
            one: to the weights of a training without the interruption, but for rounding.
        overwrite: Replace an earlier training's folder, and discard its checkpoint unless `resume`.
        progress: Told of every step.
        **options: See `evenhand.remediation.training.fit_options.TrainOptions`.

    Raises:
        ConfigurationError: An argument is out of range or not there for the model's Keras, the
            output exists, or is, holds or lies in an input, a checkpoint is there that is of
            another training or not to be gone on with, or this process has loaded TensorFlow with
            another Keras.
        InputError: The model or the dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"`` where there is none.
        TrainingInterrupted: Ctrl-C after an epoch was done; the best model so far is saved.
    """
    given = TrainOptions(**options)  # checked before the baseline is looked at
    worker = Worker.here()
    destination, output = Path(output), worker.output(output)
    check_apart(
        {"--baseline": baseline, **locations(data, given)},
        {"--output": [output, checkpoint_path(output)], "--tensorboard": given.tensorboard},
    )
    generation = keras_to_train(baseline)
    chosen = given.chosen_for(TrainingOptions).settled(generation)
    check_destination(output, kind="training", overwrite=overwrite)
    check_control(given.control)
    sources = Sources.opened(data, given, chosen)
    keras = import_keras(generation)
    strategy = strategy_for(chosen.device, several=generation == 3)
    replicas = strategy.num_replicas_in_sync
    if chosen.batch_size < replicas:
        raise ConfigurationError(
            f"a batch of {chosen.batch_size} leaves some of {replicas} devices without an example",
            where="--batch-size",
            expected=f"{replicas} or more",
        )
    precision = settled_precision(chosen.precision, chosen.device, worker.workers)
    chosen = replace(chosen, precision=precision)
    keras.utils.set_random_seed(chosen.seed)  # before loading, which draws dropout's seeds
    with strategy.scope():
        classifier = load_classifier(baseline, chosen.model_options)
        learning_rate = chosen_rate(chosen.learning_rate, classifier.keras_model)
        chosen = replace(chosen, learning_rate=learning_rate.rate)
        encoding = encoding_for(classifier, generation)
        wrapper = _paired(generation)(
            encoding.model,
            chosen.loss,
            chosen.loss_weight,
            chosen.pair_on,
            head=classifier.numbered_heads.index(classifier.head),
            logits=classifier.gives_logits,
            label=label_of(classifier),
        )
    if not wrapper.trainable_variables:
        raise InputError("the model has no trainable weights", where=classifier.name)
    task = Task.of(classifier, sources.data.manifest.columns, chosen.unlabelled)
    run = {
        **inputs_record(
            classifier.name,
            classifier.sha256,
            sources.data,
            sources.pair_data,
            sources.validation_data,
        ),
        "options": {**asdict(chosen), "pair_on": wrapper.pair_on},
    }
    checkpoint = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    if worker.workers > 1:
        files = checkpoint.files(chosen.epochs)
        checkpoint.hold(*(file.name for file in files))
        follow_the_furthest(strategy, worker, checkpoint.epochs, files)
    validation = _validation(classifier, sources, chosen.unlabelled)
    baseline_metrics = validation.baseline_metrics
    blind = blind_metrics(validation, sources)
    model = classifier.keras_model
    baseline_weights = weights_of(model)
    patience = chosen.patience if chosen.early_stopping else None
    check_early_stopping(chosen.trade_off, patience, baseline_metrics)
    log = EventLog(given.tensorboard) if given.tensorboard and worker.is_chief else None
    supervisor = Supervisor(
        model, checkpoint, chosen.trade_off, baseline_weights, baseline_metrics, patience, log
    )
    parent = Path(output).absolute().parent
    with writing_to(parent):
        parent.mkdir(parents=True, exist_ok=True)
    name = saved_name(baseline)
    with contextlib.ExitStack() as stack:
        if log is not None:
            stack.callback(log.close)
        if is_attribute(str(baseline)):
            stack.enter_context(weights_kept(model))
        blocks = stack.enter_context(
            cached(sources.examples, encoding, given.cache, parent, progress, task)
        )
        pair_blocks = None
        if sources.pair_data is not None:
            pair_blocks = stack.enter_context(
                cached(sources.pairs, encoding, given.cache, parent, progress)
            )
        history = _fit(
            wrapper, task, encoding, blocks, pair_blocks, validation, chosen, learning_rate.rate,
            strategy, supervisor, name, progress,
        )  # fmt: skip
        kept_epoch = supervisor.keep_best(history)
        controls = {} if blind is None else {BLIND: blind}
        warnings = [*supervisor.warnings(history)]
        if given.control:
            checkpoint.hold(*subfolders(CONTROL))
            try:
                controls[FINE_TUNING], limits_kept = fine_tuned_metrics(
                    train,
                    model,
                    baseline_weights,
                    sources,
                    chosen,
                    checkpoint.path / CONTROL,
                    progress,
                    baseline=baseline,
                    cache=given.cache,
                )
                if limits_kept is False:
                    warnings.append("fine-tuning keeps no limits: the baseline stands for it")
            except KeyboardInterrupt as interruption:
                raise supervisor.interrupted(
                    history, name, lambda path: _save(classifier, path)
                ) from interruption
        with new_folder(output, kind="training", overwrite=overwrite) as folder:
            result = TrainingResult(
                model=destination / name,
                n_examples=sources.examples.n_examples,
                n_pairs=sources.pairs.n_pairs,
                n_unlabelled=sources.examples.n_unlabelled,
                history=history,
                kept_epoch=kept_epoch,
                limits_kept=kept_epoch > 0 if baseline_metrics else None,
                reason=supervisor.reason(history),
                metrics=validation.metrics(),
                baseline_metrics=baseline_metrics,
                controls=controls,
                warnings=tuple(warnings),
                notes=task.notes,
                learning_rate=learning_rate,
                outputs=classifier.reading,
            )
            _save(classifier, folder / name)
            write_record(folder / HISTORY_NAME, history)
            record = {
                "schema_version": SCHEMA_VERSION,
                **run,
                **result.summary,
                "replicas": replicas,
                "versions": versions("keras" if generation == 3 else "tf-keras"),
            }
            write_record(folder / RECORD_NAME, record)
    checkpoint.discard()
    if not worker.is_chief:
        remove_folder(output, kind="training")
    return result


def _validation(classifier: Classifier, sources: Sources, unlabelled: bool) -> Validation:
    """Return what measures a classifier, which still is the baseline, on what is held out."""
    columns = sources.validated_on.manifest.columns
    label = Task.of(classifier, columns, unlabelled).decisions(sources.held_out.label)
    held_out = replace(sources.held_out, label=label)
    return Validation.of_baseline(classifier, held_out, sources.held_out_pairs)


def _paired(generation: KerasGeneration) -> Any:
    """Return what wraps a model of this Keras for training with a pair loss."""
    if generation == 2:
        from evenhand.remediation.techniques.clp_keras_2 import counterfactual_model

        return counterfactual_model
    from evenhand.remediation.techniques.clp import CounterfactualModel

    return CounterfactualModel


def _fit(
    wrapper: Any,
    task: Task,
    encoding: Encoding,
    blocks: Blocks,
    pair_blocks: Blocks | None,
    validation: Validation,
    options: TrainingOptions,
    learning_rate: float,
    strategy: Any,
    supervisor: Supervisor,
    name: str,
    progress: Progress,
) -> list[Metrics]:
    classifier = task.classifier
    history: list[Metrics] = []
    try:
        with trained_in(classifier.keras_model, options.precision), strategy.scope():
            batches = Batches(
                blocks,
                encoding,
                task.labels,
                options.batch_size,
                options.seed,
                options.pairing,
                replicas=strategy.num_replicas_in_sync,
                pair_blocks=pair_blocks,
                held=task.held_outputs,
            )
            warmup = math.ceil(options.warmup * batches.steps)
            optimizer = task.keras.optimizers.Adam(rising(task.keras, learning_rate, warmup))
            if options.precision == "mixed_float16":
                optimizer = task.keras.optimizers.LossScaleOptimizer(optimizer)
            # Tokens of any number would have XLA compile a step for every length.
            xla = "auto" if encoding.fixed_shape and generation_of(wrapper) == 3 else False
            wrapper.compile(
                optimizer, loss=task.loss, weighted_metrics=task.metrics, jit_compile=xla
            )
            history += supervisor.checkpoint.restore(wrapper)
            batches = replace(batches, first_epoch=len(history))
            if not supervisor.is_over(history):
                fit(
                    wrapper,
                    batches,
                    epochs=options.epochs,
                    validate=validation.metrics,
                    progress=progress,
                    history=history,
                    after_epoch=lambda history: supervisor.after_epoch(wrapper, history),
                    when_lost="a lower --learning-rate or --loss-weight"
                    + (", or --precision float32" if options.precision != "float32" else ""),
                )
    except KeyboardInterrupt as interruption:
        raise supervisor.interrupted(
            history, name, lambda path: _save(classifier, path)
        ) from interruption
    except LostLossError:
        supervisor.checkpoint.discard()
        raise
    return history


def _save(classifier: Classifier, path: Path) -> None:
    classifier.keras_model.save(str(path))
