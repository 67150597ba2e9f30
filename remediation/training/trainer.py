"""Trains a baseline on a counterfactual dataset, and saves the model and its record.

The technique decides what the model learns besides its task: see
`evenhand.remediation.techniques.technique`. The trainer does the rest: data, devices, checkpoints,
validation and saving.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.data.building.build import dataset_of
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of, writing_to
from evenhand.data.storage.folders import check_destination, new_folder, remove_folder
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.temporary import path_until_exit
from evenhand.remediation.batches.cache import cached
from evenhand.remediation.batches.pipeline import Batches
from evenhand.remediation.batches.random_words import common_words
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold, thresholds_of_result
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import Validation
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.models.loading import classifier_of, load_classifier
from evenhand.remediation.models.references import keras_to_train, name_of, not_trainable
from evenhand.remediation.runtime.distribution import Worker, follow_the_furthest
from evenhand.remediation.runtime.precision import trained_in
from evenhand.remediation.runtime.random_state import random_state_kept
from evenhand.remediation.runtime.tensorflow import (
    KerasGeneration,
    import_keras,
    strategy_for,
    versions,
)
from evenhand.remediation.techniques.technique import GroupState, Technique, usual_pairing
from evenhand.remediation.techniques.technique_options import chosen_technique
from evenhand.remediation.tracking.event_log import EventLog
from evenhand.remediation.tracking.trackers import TrackedRun, check_trackers, track
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
    control_metrics,
    control_of,
)
from evenhand.remediation.training.examples_and_pairs import Sources, locations
from evenhand.remediation.training.fit_options import TrainingOptions, TrainOptions
from evenhand.remediation.training.fitting import LostLossError, fit
from evenhand.remediation.training.learning_rate import rising
from evenhand.remediation.training.output_folder import (
    HISTORY_NAME,
    RECORD_NAME,
    SCHEMA_VERSION,
    TrainingResult,
    saved_name,
    write_record,
)
from evenhand.remediation.training.preparation import (
    Baseline,
    Job,
    Prepared,
    prepare,
    validation_of_baseline,
    with_labels,
)
from evenhand.remediation.training.supervision import Supervisor, check_early_stopping

if TYPE_CHECKING:
    from evenhand.data.building.build import Data
    from evenhand.data.dataset.manifest import Manifest
    from evenhand.remediation.model_options import ModelOptions
    from evenhand.remediation.models.classifier import Classifier


@takes_urls()
@random_state_kept()
@takes(TrainOptions)
def train(
    baseline: Baseline,
    data: Data,
    output: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> TrainingResult:
    """Train a baseline further with a technique of remediation, and save it as a plain model.

    The model of the best epoch is kept. The rule of `evenhand.remediation.judging.trade_off` finds
    it on held-out data. If no epoch keeps the limits, the output is the baseline, and the result
    says so.

    After every epoch the training's state is saved beside the output, in ``OUTPUT.checkpoint``,
    which is removed when the output is complete; see `evenhand.remediation.training.checkpoints`.

    A model of Keras 2 is trained in a process that has not loaded TensorFlow with Keras 3.

    Args:
        baseline: The classifier to repair: a Keras model, or a MODEL reference; see
            `load_classifier`. A model in memory, itself or by ``package.module:attribute``, gets
            its own weights back in the end.
        data: A counterfactual dataset, or its folder; or a pandas DataFrame with the columns
            ``text`` and ``label``, of which one is made as `evenhand.data.build_dataset` does by
            default. Examples without a label are left out
            together with their pairs, unless the option `unlabelled` is set.
        output: Folder to make: ``model.keras``, ``model.h5`` or ``model/``, as the baseline is,
            ``history.json`` and ``train.json``. Without one it is a temporary folder, which is
            removed when this process ends.
        resume: Go on from the checkpoint of this output's unfinished training, if there is one. The
            result is the same as without the interruption, except for rounding.
        overwrite: Replace an earlier training's folder, and discard its checkpoint unless `resume`.
        progress: Called after every step.
        **options: See `evenhand.remediation.training.fit_options.TrainOptions`. A `Technique`
            object as `technique` has its options already; do not give them here.

    Raises:
        ConfigurationError: An argument is out of range, or not for this technique or for the
            model's Keras; there is no such technique; the output exists, or is, contains or lies in
            an input; there is a checkpoint of another training, or one without `resume`; or this
            process has loaded TensorFlow with another Keras.
        InputError: The model or the dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"``, and there is no GPU.
        TrainingInterrupted: Ctrl-C after a finished epoch; the best model so far is saved.
    """
    given = TrainOptions(**options)  # checked before the baseline is read
    check_trackers(given.log_to)
    technique = chosen_technique(given)
    dataset = data if isinstance(data, str | Path | CounterfactualDataset) else dataset_of(data)
    output = path_until_exit("training") if output is None else output
    worker = Worker.here()
    destination, output = Path(output), worker.output(output)
    check_apart(
        {
            "`baseline`": baseline if isinstance(baseline, str | Path) else None,
            **locations(dataset, given),
        },
        {"`output`": [output, checkpoint_path(output)], "`tensorboard`": given.tensorboard},
    )
    generation = _keras_of(baseline)
    technique = technique.settled(generation)
    chosen = given.chosen_for(TrainingOptions).settled(generation)
    check_destination(output, kind="training", overwrite=overwrite)
    if given.control:
        check_control(technique)
    result = (_trained if technique.trains else _made)(
        Job(
            baseline=baseline,
            generation=generation,
            technique=technique,
            needs=technique.needs,
            options=chosen,
            sources=Sources.opened(dataset, given, chosen, technique.needs),
            worker=worker,
            destination=destination,
            output=output,
            trains_control=given.control,
            cache=given.cache,
            tensorboard=given.tensorboard,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
        )
    )
    if worker.is_chief and given.trackers:
        track(given.trackers, _tracked(result, baseline, dataset, given, output))
    return result


def _tracked(
    result: TrainingResult,
    baseline: Baseline,
    data: str | Path | CounterfactualDataset,
    options: TrainOptions,
    output: Path,
) -> TrackedRun:
    """Return what trackers are told of a training."""
    known = {
        **options.as_keywords(),
        "technique": result.technique,
        "baseline": name_of(baseline) if isinstance(baseline, str | Path) else "in memory",
        "data": CounterfactualDataset.location(data).name,
    }
    metrics = {
        **result.metrics,
        **{f"baseline/{name}": value for name, value in result.baseline_metrics.items()},
    }
    files = (output / saved_name(baseline), output / HISTORY_NAME, output / RECORD_NAME)
    kept = {**known, "kept_epoch": result.kept_epoch, "limits_kept": result.limits_kept}
    return TrackedRun(
        f"train {output.name}",
        kept,
        metrics,
        result.history,
        files,
        log_folder=options.tensorboard,
    )


def _keras_of(baseline: Baseline) -> KerasGeneration:
    """Return the Keras to train a baseline with.

    Raises:
        InputError: It can only be scored.
    """
    if isinstance(baseline, str | Path):
        return keras_to_train(baseline)
    generation = generation_of(baseline)
    if generation is None:
        raise not_trainable(f"the {type(baseline).__name__}")
    return generation


def _trained(job: Job) -> TrainingResult:
    """Train a job, and return its result."""
    keras = import_keras(job.generation)
    strategy = strategy_for(job.options.device, allows_several=job.generation == 3)
    prepared = prepare(job, keras, strategy)
    if prepared.words:
        job = replace(job, sources=job.sources.drawing_from(prepared.words))
    run = prepared.run(job)
    checkpoint = Checkpoint.beside(job.output, run, resume=job.resume, overwrite=job.overwrite)
    _meet_the_others(job, prepared, checkpoint)
    validation = prepared.validation(job.sources)
    parent = job.output.absolute().parent
    with contextlib.ExitStack() as stack:
        supervisor = _supervisor(job, prepared, checkpoint, validation.baseline_metrics, stack)
        with writing_to(parent):
            parent.mkdir(parents=True, exist_ok=True)
        if job.is_in_memory:
            stack.enter_context(weights_kept(supervisor.model))
        batches = _batches(job, prepared, stack)
        notes = _begun(job, prepared)
        history = _fitted(job, prepared, supervisor, validation, batches)
        kept_epoch = supervisor.keep_best(history)
        metrics, thresholds, doubts = _judged(validation, kept=bool(kept_epoch))
        controls, warnings = _controls(
            job, prepared.options, prepared.save, supervisor, validation, history
        )
        result = TrainingResult(
            technique=job.technique.name,
            model=job.destination / job.model_name,
            n_examples=job.sources.examples.n_examples,
            n_pairs=job.sources.pairs.n_pairs if job.needs.pairs else 0,
            n_unlabelled=job.sources.examples.n_unlabelled,
            history=history,
            kept_epoch=kept_epoch,
            limits_kept=kept_epoch > 0 if supervisor.baseline_metrics else None,
            reason=supervisor.reason(history),
            metrics=metrics,
            baseline_metrics=supervisor.baseline_metrics,
            controls=controls,
            warnings=(
                *supervisor.warnings(history),
                *doubts,
                *warnings,
                *job.sources.shared_texts,
            ),
            notes=(*prepared.task.notes, *notes),
            learning_rate=prepared.learning_rate,
            outputs=prepared.classifier.reading,
            **thresholds_of_result(thresholds),
        )
        _write(job, prepared.save, run, result, prepared.strategy.num_replicas_in_sync)
    checkpoint.discard()
    if not job.worker.is_chief:
        remove_folder(job.output, kind="training")
    return result


def _made(job: Job) -> TrainingResult:
    """Make the model of a technique that trains nothing, and return the job's result."""
    keras = import_keras(job.generation)
    options = replace(job.options, precision="float32")
    keras.utils.set_random_seed(options.seed)
    baseline = with_labels(load_classifier(job.baseline, options.model_options), options)
    model = job.technique.made_of(baseline, job.sources.data.manifest)
    made = with_labels(_classifier_of(model, baseline, options.model_options), options)
    run = {
        **job.sources.record(baseline),
        "technique": job.technique.name,
        "options": {**options.without_optimisation, **job.technique.record(model)},
    }
    checkpoint = Checkpoint.beside(job.output, run, resume=job.resume, overwrite=job.overwrite)
    validation = validation_of_baseline(baseline, job.sources, options)
    before, weights = validation.baseline_metrics, weights_of(baseline.keras_model)
    judged = replace(validation, classifier=made).judged()
    metrics = judged[0]
    rule = options.trade_off
    keeps = rule.keeps(metrics, before)
    _, thresholds, doubts = judged if keeps else _judged(validation, kept=False)
    kept = model if keeps else baseline.keras_model
    supervisor = Supervisor(baseline.keras_model, checkpoint, rule, weights, before)
    history = [{f"val_{name}": value for name, value in metrics.items()}]
    controls, warnings = _controls(job, options, kept.save, supervisor, validation, history)
    result = TrainingResult(
        technique=job.technique.name,
        model=job.destination / job.model_name,
        n_examples=0,
        n_pairs=0,
        n_unlabelled=job.sources.examples.n_unlabelled,
        history=history,
        kept_epoch=int(keeps),
        limits_kept=keeps if before else None,
        reason=rule.reason([metrics], before, ["the model"])
        if before
        else "nothing was checked: no examples were held out",
        metrics=metrics if keeps else before,
        baseline_metrics=before,
        controls=controls,
        warnings=(
            *supervisor.warnings(history),
            *doubts,
            *warnings,
            *job.sources.shared_texts,
        ),
        notes=(),
        learning_rate=None,
        outputs=made.reading,
        **thresholds_of_result(thresholds),
    )
    _write(job, kept.save, run, result, replicas=1)
    checkpoint.discard()
    if not job.worker.is_chief:
        remove_folder(job.output, kind="training")
    return result


def made_by(
    technique: Technique, baseline: Baseline, manifest: Manifest, options: ModelOptions
) -> Classifier:
    """Return the model of a technique that trains nothing, whether or not it keeps the limits.

    Args:
        technique: The technique.
        baseline: The model that it is made of.
        manifest: That of the dataset, which names lexicons.
        options: How to load the baseline.
    """
    classifier = load_classifier(baseline, options)
    return _classifier_of(technique.made_of(classifier, manifest), classifier, options)


def _classifier_of(model: Any, baseline: Classifier, options: ModelOptions) -> Classifier:
    return classifier_of(model, name=baseline.name, options=replace(options, preprocess=None))


def _judged(
    validation: Validation, *, kept: bool
) -> tuple[Metrics, dict[str, ChosenThreshold], tuple[str, ...]]:
    """Return the metrics of the model as it is now, its thresholds, and doubts about those.

    If no epoch is kept, the model is the baseline and keeps the baseline's thresholds.
    """
    if kept:
        return validation.judged()
    return validation.baseline_metrics, validation.kept_thresholds, ()


def _meet_the_others(job: Job, prepared: Prepared, checkpoint: Checkpoint) -> None:
    """With several workers, resume from the checkpoint of the worker with the most epochs."""
    if job.worker.workers > 1:
        files = checkpoint.files(prepared.options.epochs)
        checkpoint.hold(*(file.name for file in files))
        follow_the_furthest(prepared.strategy, job.worker, checkpoint.epochs, files)


def _supervisor(
    job: Job,
    prepared: Prepared,
    checkpoint: Checkpoint,
    baseline_metrics: Metrics,
    stack: contextlib.ExitStack,
) -> Supervisor:
    """Return the supervisor of the epochs; closing the stack closes its log."""
    options, model = prepared.options, prepared.classifier.keras_model
    baseline_weights = weights_of(model)
    patience = options.patience if options.early_stopping else None
    check_early_stopping(options.trade_off, patience, baseline_metrics)
    log = None
    if job.tensorboard is not None and job.worker.is_chief:
        log = EventLog(job.tensorboard)
        stack.callback(log.close)
    return Supervisor(
        model, checkpoint, options.trade_off, baseline_weights, baseline_metrics, patience, log
    )


def _fitted(
    job: Job,
    prepared: Prepared,
    supervisor: Supervisor,
    validation: Validation,
    batches: Batches,
) -> list[Metrics]:
    """Train all epochs, and return their records.

    Raises:
        TrainingInterrupted: Ctrl-C; the best model so far is saved.
    """
    history: list[Metrics] = []
    try:
        with (
            trained_in(supervisor.model, prepared.options.precision),
            prepared.strategy.scope(),
        ):
            _compile(prepared, batches.steps)
            history += supervisor.checkpoint.restore(prepared.wrapper)
            if not supervisor.is_over(history):
                fit(
                    prepared.wrapper,
                    replace(batches, first_epoch=len(history)),
                    epochs=prepared.options.epochs,
                    validate=validation.metrics,
                    progress=job.progress,
                    history=history,
                    before_epoch=_before_epoch(job, prepared, validation),
                    after_epoch=lambda history: supervisor.after_epoch(prepared.wrapper, history),
                    when_lost=_when_lost(job.technique, prepared.options),
                )
    except KeyboardInterrupt as interruption:
        raise supervisor.interrupted(history, job.model_name, prepared.save) from interruption
    except LostLossError:
        supervisor.checkpoint.discard()
        raise
    return history


def _begun(job: Job, prepared: Prepared) -> tuple[str, ...]:
    """Let the technique change the model before its first step; return notes on the training."""
    notes, words = [], prepared.words
    terms = list(job.sources.paired_manifest.counts.by_term)
    if job.needs.model_words and not words:
        words = common_words(job.sources.pairs.training(0).text)
        notes.append(
            "The model's vocabulary cannot be read: random words are the commonest of the texts."
        )
    with prepared.strategy.scope():
        done = job.technique.begin(prepared.classifier, terms, words)
    if prepared.task.has_blind_teacher:
        notes.append(
            "Texts without a label are held to the baseline's scores without their identity terms."
        )
    return tuple(filter(None, (*notes, done)))


def _batches(job: Job, prepared: Prepared, stack: contextlib.ExitStack) -> Batches:
    """Return the batches of a job, with the targets that the baseline gives.

    Encoded texts are kept until the stack closes.
    """
    sources, task, encoding = job.sources, prepared.task, prepared.encoding
    parent = job.output.absolute().parent
    keep = (encoding, job.cache, parent, job.progress)
    blocks = stack.enter_context(cached(sources.examples, *keep, task))
    pair_blocks = None
    if sources.pair_data is not None and job.needs.pairs:
        pair_blocks = stack.enter_context(cached(sources.pairs, *keep))
    return Batches(
        blocks,
        encoding,
        task.labels,
        prepared.options.batch_size,
        prepared.options.seed,
        job.needs.pairing or usual_pairing(job.generation),
        has_pairs=job.needs.pairs,
        replicas=prepared.strategy.num_replicas_in_sync,
        pair_blocks=pair_blocks,
        held=task.held_outputs,
        has_groups=job.needs.groups is not None,
    )


def _before_epoch(job: Job, prepared: Prepared, validation: Validation) -> Callable[[int], None]:
    """Return what lets the technique measure its groups before an epoch, if it does."""
    needs, groups = job.needs.groups, job.sources.groups
    if groups is None or needs is None or not needs.held_out:
        return lambda epoch: None
    sizes = job.sources.examples.sizes_of_groups(len(groups.values))

    def measured() -> GroupState:
        return GroupState(sizes, validation.errors_of_groups(len(groups.values)))

    epochs = prepared.options.epochs
    return lambda epoch: job.technique.before_epoch(prepared.wrapper, epoch, epochs, measured)


def _compile(prepared: Prepared, steps: int) -> None:
    """Compile the wrapper for epochs of `steps` steps."""
    options, task, wrapper = prepared.options, prepared.task, prepared.wrapper
    warmup = math.ceil(options.warmup * steps)
    rate = rising(task.keras, prepared.learning_rate.rate, warmup)
    optimizer = task.keras.optimizers.Adam(rate)
    if options.precision == "mixed_float16":
        optimizer = task.keras.optimizers.LossScaleOptimizer(optimizer)
    # If texts have different numbers of tokens, XLA would compile a step for every length.
    xla = "auto" if prepared.encoding.has_fixed_shape and generation_of(wrapper) == 3 else False
    wrapper.compile(optimizer, loss=task.loss, weighted_metrics=task.metrics, jit_compile=xla)


def _when_lost(technique: Technique, options: TrainingOptions) -> str:
    """Return the remedy, in words, if the loss is no longer a number."""
    gentler = " or ".join(f"`{name}`" for name in ("learning_rate", *technique.gentler))
    in_full = ", or `precision` float32" if options.precision != "float32" else ""
    return f"a lower {gentler}{in_full}"


def _controls(
    job: Job,
    options: TrainingOptions,
    save: Callable[[Path], None],
    supervisor: Supervisor,
    validation: Validation,
    history: list[Metrics],
) -> tuple[dict[str, Metrics], tuple[str, ...]]:
    """Return the metrics of the controls (models made without the technique), and warnings.

    Raises:
        TrainingInterrupted: Ctrl-C; the best model so far is saved.
    """
    blind = blind_metrics(validation, job.sources)
    controls = {} if blind is None else {BLIND: blind}
    if not job.trains_control:
        return controls, ()
    supervisor.checkpoint.hold(*subfolders(CONTROL))
    folder = supervisor.checkpoint.path / CONTROL
    try:
        controls[FINE_TUNING], limits_kept = control_metrics(
            _trained, control_of(job, options, folder), supervisor.model,
            supervisor.baseline,
        )  # fmt: skip
    except KeyboardInterrupt as interruption:
        raise supervisor.interrupted(history, job.model_name, save) from interruption
    if limits_kept is False:
        return controls, ("fine-tuning broke the limits: its metrics are the baseline's",)
    return controls, ()


def _write(
    job: Job,
    save: Callable[[Path], None],
    run: dict[str, Any],
    result: TrainingResult,
    replicas: int,
) -> None:
    """Write the output: the model, and the records of what was done."""
    with new_folder(job.output, kind="training", overwrite=job.overwrite) as folder:
        save(folder / job.model_name)
        write_record(folder / HISTORY_NAME, result.history)
        record = {
            "schema_version": SCHEMA_VERSION,
            **run,
            **result.summary,
            "replicas": replicas,
            "versions": versions("keras" if job.generation == 3 else "tf-keras"),
        }
        if result.threshold is not None:  # which is of this model alone
            record["model_sha256"] = digest_of(folder / job.model_name)
        write_record(folder / RECORD_NAME, record)
