"""Prepares a training before its first step: checks what is asked for, and loads the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.progress import Progress
from evenhand.remediation.batches.preprocessing import encoding_for
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.task_loss import label_of, labels_of
from evenhand.remediation.batches.vectorisation import Encoding
from evenhand.remediation.judging.chosen_threshold import Criterion
from evenhand.remediation.judging.held_out_groups import HeldOutGroups
from evenhand.remediation.judging.threshold_rule import ThresholdRule
from evenhand.remediation.judging.validation import Validation, validation_batch
from evenhand.remediation.known_terms import takes_terms_out
from evenhand.remediation.literals import Cache
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.models.references import is_attribute
from evenhand.remediation.outputs.label_outputs import check_outputs
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.precision import settled_precision
from evenhand.remediation.runtime.tensorflow import KerasGeneration
from evenhand.remediation.techniques.technique import Needs, Technique, TrainedOutput
from evenhand.remediation.training.examples_and_pairs import Sources
from evenhand.remediation.training.fit_options import TrainingOptions
from evenhand.remediation.training.learning_rate import LearningRate, chosen_rate
from evenhand.remediation.training.output_folder import saved_name
from evenhand.remediation.unseen_terms.vocabulary import vocabulary_of

Baseline: TypeAlias = "str | Path | Any"  # a MODEL reference, or a Keras model


@dataclass(frozen=True)
class Job:
    """A training that is asked for, checked as far as possible without the model.

    Attributes:
        baseline: The model to train on: a MODEL reference, or a Keras model.
        generation: Its Keras.
        technique: How it is remediated, with options settled for that Keras.
        needs: What its batches need of the data.
        options: How it is trained.
        sources: What it is trained and validated on.
        worker: Which process of several this is.
        destination: The output folder that the user named.
        output: The folder that this process writes.
        trains_control: Whether to train the control, too.
        cache: Where encoded texts are kept.
        tensorboard: Where to write logs, if anywhere.
        resume: Whether to go on from a checkpoint.
        overwrite: Whether to replace an output.
        progress: Called after every step.
    """

    baseline: Baseline
    generation: KerasGeneration
    technique: Technique
    needs: Needs
    options: TrainingOptions
    sources: Sources
    worker: Worker
    destination: Path
    output: Path
    trains_control: bool
    cache: Cache
    tensorboard: str | Path | None
    resume: bool
    overwrite: bool
    progress: Progress

    @property
    def is_in_memory(self) -> bool:
        """Whether the baseline is a model in memory, which gets its weights back at the end."""
        return not isinstance(self.baseline, str | Path) or is_attribute(str(self.baseline))

    @property
    def model_name(self) -> str:
        """The name of the model's file or folder."""
        return saved_name(self.baseline)


@dataclass(frozen=True)
class Prepared:
    """A job's model, ready to be compiled.

    Attributes:
        classifier: The model.
        encoding: How texts become its input.
        wrapper: What trains it.
        task: What it learns from its examples.
        options: How it is trained, with every option decided.
        learning_rate: The rate, and its source.
        strategy: The distribution strategy that it is made and trained under.
        words: Words of the model's vocabulary, if the technique needs them and they can be read.
    """

    classifier: Classifier
    encoding: Encoding
    wrapper: Any
    task: Task
    options: TrainingOptions
    learning_rate: LearningRate
    strategy: Any
    words: Sequence[str] = ()

    def run(self, job: Job) -> dict[str, Any]:
        """Return what identifies the training; its record begins with it."""
        return {
            **job.sources.record(self.classifier),
            "technique": job.technique.name,
            "options": {**self.options.as_keywords(), **job.technique.record(self.wrapper)},
        }

    def validation(self, sources: Sources) -> Validation:
        """Return the validation on held-out data; call it while the model is still the baseline."""
        return validation_of_baseline(
            self.classifier,
            sources,
            self.options,
            has_blind_teacher=self.task.has_blind_teacher,
        )

    def save(self, path: Path) -> None:
        """Save the model as its Keras saves it."""
        self.classifier.keras_model.save(str(path))


def validation_of_baseline(
    classifier: Classifier,
    sources: Sources,
    options: TrainingOptions,
    *,
    has_blind_teacher: bool = False,
) -> Validation:
    """Return the validation on held-out data of what is made of a baseline.

    Raises:
        ConfigurationError: A threshold cannot be chosen on that data, or the model has none.
    """
    if options.has_own_threshold and classifier.positive_class is None:
        raise ConfigurationError(
            "decisions for the most probable of several classes have no threshold to choose",
            where="`threshold`" if options.threshold is not None else "`baseline_threshold`",
            remedy="leave it out, or name one class with `positive_class`",
        )
    task = Task.of(classifier, sources.validated_on.manifest.columns, options.unlabelled)
    held_out = replace(sources.held_out, label=task.decisions(sources.held_out.label))
    groups = sources.threshold_groups
    return Validation.of_baseline(
        classifier,
        held_out,
        sources.held_out_pairs,
        threshold_rules(options, groups),
        None if groups is None else groups.numbers,
        has_blind_teacher=has_blind_teacher and takes_terms_out(sources.validated_on.manifest),
        batch_size=validation_batch(options.batch_size),
    )


def threshold_rules(
    options: TrainingOptions, groups: HeldOutGroups | None
) -> dict[str, ThresholdRule]:
    """Return how the trained model's thresholds are found, as `Validation.of_baseline` takes it.

    There are none if nothing but 0.5 is asked for.
    """
    if not options.has_own_threshold:
        return {}
    labels: list[str | None] = [*options.numbers_of_labels] or [None]
    rules = [_rule_for(options, options.baseline_threshold_of(each), groups) for each in labels]
    names = [str(each) for each in labels] if len(labels) > 1 else [""]
    return dict(zip(names, rules, strict=True))


def _rule_for(
    options: TrainingOptions, baseline: float, groups: HeldOutGroups | None
) -> ThresholdRule:
    asked = options.threshold
    if not isinstance(asked, str):
        return ThresholdRule(given=baseline if asked is None else float(asked), baseline=baseline)
    _, _, criterion = asked.partition(":")
    return ThresholdRule(
        cast("Criterion", criterion or "same-share"),
        baseline=baseline,
        most_outside=options.max_positive_rate_change,
        column=None if groups is None else groups.column,
        group_names=() if groups is None else groups.names,
    )


def with_labels(classifier: Classifier, options: TrainingOptions) -> Classifier:
    """Return a classifier that is trained and measured on the labels that are named.

    Raises:
        InputError: It lacks an output that is named, or a text has one of its classes.
    """
    labels = options.numbers_of_labels
    if not labels:
        return classifier
    check_outputs(
        labels,
        classifier.n_classes,
        are_exclusive=classifier.classes_are_exclusive,
        are_named=True,
        where=classifier.name,
    )
    if len(labels) > 1 and classifier.classes_are_exclusive:
        raise InputError(
            "a text has one of the model's classes, and the data's labels may be any",
            where=classifier.name,
            expected="a model of several labels, such as one that ends in sigmoids",
        )
    return replace(classifier, label_outputs=labels)


def prepare(job: Job, keras: Any, strategy: Any) -> Prepared:
    """Load a job's model, and wrap it as its technique does.

    Args:
        job: The job.
        keras: The package of the model's Keras.
        strategy: The distribution strategy to make it under.

    Raises:
        ConfigurationError: An option does not fit the model or the devices.
        InputError: The model cannot be loaded, or cannot be trained on these labels.
    """
    options = job.options
    replicas = strategy.num_replicas_in_sync
    if options.batch_size < replicas:
        raise ConfigurationError(
            f"a batch of {options.batch_size} leaves some of {replicas} devices without an example",
            where="`batch_size`",
            expected=f"{replicas} or more",
        )
    precision = settled_precision(options.precision, options.device, job.worker.workers)
    keras.utils.set_random_seed(options.seed)  # before loading, because that draws dropout's seeds
    with strategy.scope():
        classifier = with_labels(load_classifier(job.baseline, options.model_options), options)
        learning_rate = chosen_rate(options.learning_rate, classifier.keras_model)
        encoding = encoding_for(classifier, job.generation)
        output = TrainedOutput(
            head=classifier.numbered_heads.index(classifier.head),
            logits=classifier.gives_logits,
            label=label_of(classifier),
            labels=labels_of(classifier),
            n_groups=0 if job.sources.groups is None else len(job.sources.groups.values),
        )
        wrapper = job.technique.wrap(encoding.model, output)
    task = Task.of(classifier, job.sources.data.manifest.columns, options.unlabelled)
    sources, needs = job.sources, job.needs
    is_blind = needs.blind_teacher and sources.are_one and takes_terms_out(sources.data.manifest)
    if len(labels := [*options.numbers_of_labels]) > 1:
        note = (
            f"The labels {', '.join(labels)} are repaired together: each has to keep the limits, "
            "and the best epoch is the one of the fewest flips over all of them."
        )
        task = replace(task, notes=(*task.notes, note))
    if not wrapper.trainable_variables:
        raise InputError("the model has no trainable weights", where=classifier.name)
    return Prepared(
        classifier,
        encoding,
        wrapper,
        replace(
            task,
            has_blind_teacher=options.unlabelled and is_blind,
            batch_size=validation_batch(options.batch_size),
        ),
        replace(options, precision=precision, learning_rate=learning_rate.rate),
        learning_rate,
        strategy,
        vocabulary_of(classifier) if needs.model_words else (),
    )
