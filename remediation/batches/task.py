"""The task that a classifier is trained for: its loss, and the targets of each example.

The targets are the example's label and, for outputs that the label says nothing about, the
baseline's own outputs: see `Task.targets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.dataset.manifest import Columns
from evenhand.remediation.batches.task_loss import TaskLoss, labels_of
from evenhand.remediation.batches.training_data import Singles, TrainingData
from evenhand.remediation.defaults import SCORING_BATCH
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.keras_model import generation_of
from evenhand.remediation.runtime.tensorflow import keras_package

_POSITIVE = 0.5


@dataclass(frozen=True)
class Task:
    """What a model learns from its examples.

    Attributes:
        keras: The package of the model's Keras.
        classifier: The model.
        loss: The loss that the model was compiled with, or the cross-entropy that fits its output.
        metrics: Keras metrics to show while training.
        is_sparse: Whether the loss takes class numbers.
        has_numbers: Whether labels are class numbers; otherwise they are from 0 to 1, for the
            positive class.
        may_lack_labels: Whether examples may have no label.
        has_shares: Whether an example's targets are shares, one for each class, because labels are
            about the positive class alone, or are missing.
        held: Names of the heads that are held to the baseline's outputs.
        has_blind_teacher: Whether the target of an example without a label is what the baseline
            says of its first counterfactual, instead of what it says of the text.
        batch_size: Texts that the baseline sees at once.
        notes: Sentences that the user should read about how the model is trained.
    """

    keras: Any
    classifier: Classifier
    loss: Any
    metrics: list[Any]
    is_sparse: bool
    has_numbers: bool
    may_lack_labels: bool
    has_shares: bool
    held: tuple[str, ...]
    notes: tuple[str, ...] = ()
    has_blind_teacher: bool = False
    batch_size: int = SCORING_BATCH

    @classmethod
    def of(
        cls, classifier: Classifier, columns: Columns | None = None, may_lack_labels: bool = False
    ) -> Task:
        """Return the task of a classifier that is a model of either Keras.

        Args:
            classifier: The model.
            columns: The labels of the dataset; None for labels from 0 to 1.
            may_lack_labels: Whether examples may have no label.

        Raises:
            InputError: The labels do not fit the model's classes.
        """
        numbers = columns is not None and columns.classes is not None and classifier.n_classes > 1
        if columns is not None:
            classifier.check_labels(columns)
        keras = keras_package(generation_of(classifier.keras_model) or 3)
        single, exclusive = classifier.n_classes == 1, classifier.classes_are_exclusive
        several = classifier.n_classes > 2 or not (single or exclusive)
        shares = may_lack_labels if numbers else several
        learnt = TaskLoss.of(classifier, keras, has_shares=shares or may_lack_labels)
        if single and not may_lack_labels:
            threshold = 0.0 if classifier.gives_logits else _POSITIVE
            metrics = [keras.metrics.BinaryAccuracy("accuracy", threshold=threshold)]
        else:  # accuracy compares decisions, which other targets are not
            metrics = ["accuracy"] if exclusive and not single else []
        names = classifier.numbered_heads
        held = tuple(name for name in names if name != classifier.head)
        return cls(
            keras,
            classifier,
            learnt.loss,
            metrics,
            learnt.is_sparse,
            numbers,
            may_lack_labels,
            shares,
            held,
            learnt.notes,
        )

    @property
    def needs_baseline(self) -> bool:
        """Whether `targets` computes the baseline's outputs."""
        return bool(self.may_lack_labels or self.has_shares or self.held)

    @property
    def target_shape(self) -> tuple[int, ...]:
        """The shape of one example's targets."""
        if not (self.has_shares or self.held):
            return ()
        own = self.classifier.n_classes if self.has_shares else 1
        return (own + sum(prod(self.classifier.heads[name]) for name in self.held),)

    def targets(self, data: TrainingData) -> TrainingData:
        """Return data with targets instead of labels, shape (n, *target_shape).

        Targets are the labels if there is nothing else to learn. Otherwise the classifier predicts
        the rest, so it must still be the baseline. An example without a label gets the baseline's
        score as its label. If a target is more than a label, its columns are:

        - With several classes, a share for each. If the label is a class number, that class has 1.
          Otherwise the positive class has the label, and the others divide the rest of 1 as the
          baseline does; if an example may have several classes, those have their labels that have
          any, and the others keep the baseline's outputs. With one class, one column: the label.
        - Then the outputs of all held heads, in their order.
        """
        if not self.needs_baseline or not len(data.label):
            return replace(data, label=data.label.reshape(-1, *self.target_shape))
        outputs = self.classifier.run(data.text, self.batch_size)
        meaning, head = self.classifier.meaning, self.classifier.head
        said = outputs[head]
        if self.has_blind_teacher:
            said = self._said_without_terms(data, said)
        probabilities = meaning.probabilities(said).astype(np.float32)
        if self.has_shares:
            labels = labels_of(self.classifier)
            own = (
                _with_labels(probabilities, labels, data)
                if labels
                else self._shares(data.label, probabilities)
            )
        else:
            known = np.isfinite(data.label)
            positive = probabilities[:, self.classifier.positive_class or 0]
            own = np.where(known, data.label, positive)[:, None]
        if self.target_shape == ():
            return replace(data, label=own[:, 0])
        held = [outputs[name].reshape(len(own), -1) for name in self.held]
        return replace(data, label=np.concatenate([own, *held], axis=1))

    def _said_without_terms(self, data: TrainingData, said: Singles) -> Singles:
        """Return a head's outputs; for unlabelled texts with a pair, of the counterfactual."""
        example, pair = np.unique(data.example, return_index=True)
        unlabelled = ~data.is_labelled[example]
        if not unlabelled.any():
            return said
        without = self.classifier.run(data.counterfactual[pair[unlabelled]], self.batch_size)
        said = said.copy()
        said[example[unlabelled]] = without[self.classifier.head]
        return said

    def labels(self, targets: Singles) -> npt.NDArray[Any]:
        """Return the targets of the trained head, as the loss takes them.

        Class numbers, shape (n,); shares of the classes, shape (n, classes); or the labels in the
        shape of a single output.
        """
        classifier = self.classifier
        if self.has_shares:
            return targets[:, : classifier.n_classes]
        label = targets[:, 0] if targets.ndim == 2 else targets
        if classifier.n_classes == 1:
            return label.reshape(-1, *classifier.heads[classifier.head])
        if self.has_numbers:
            number, n_classes = label.astype(np.int64), classifier.n_classes
            return number if self.is_sparse else np.eye(n_classes, dtype=np.float32)[number]
        second = label if classifier.positive_class == 1 else 1 - label
        if self.is_sparse:
            return (second > _POSITIVE).astype(np.int64)
        return np.stack([1 - second, second], axis=1)

    def decisions(self, label: Singles) -> Singles:
        """Return labels in the form that validation compares with decisions, shape (n,).

        They are in [0, 1] for a classifier with a positive class, and class numbers for others.
        """
        positive = self.classifier.positive_class
        if not self.has_numbers or positive is None:
            return label
        return np.where(np.isfinite(label), label == positive, np.nan).astype(np.float32)

    def held_outputs(self, targets: Singles) -> tuple[Singles, ...]:
        """Return the targets of each head that is held, in its own shape."""
        if not self.held:
            return ()
        shapes = [self.classifier.heads[name] for name in self.held]
        first = self.target_shape[0] - sum(map(prod, shapes))
        edges = np.cumsum([first, *map(prod, shapes)])
        return tuple(
            targets[:, start:stop].reshape(-1, *shape)
            for start, stop, shape in zip(edges, edges[1:], shapes, strict=False)
        )

    def _shares(self, label: Singles, probabilities: Singles) -> Singles:
        classifier, known = self.classifier, np.isfinite(label)
        shares, label = probabilities[known], label[known]
        numbers = np.arange(classifier.n_classes)
        if self.has_numbers:
            shares = (numbers == label[:, None]).astype(np.float32)
        else:
            positive = numbers == classifier.positive_class
            others = np.maximum(shares[:, ~positive], np.finfo(np.float32).tiny)
            left = (1 - label) / others.sum(axis=1)
            shares[:, ~positive] = others * left[:, None]
            shares[:, positive] = label[:, None]
        filled = probabilities.copy()
        filled[known] = shares
        return filled


def _with_labels(probabilities: Singles, outputs: Sequence[int], data: TrainingData) -> Singles:
    """Return the outputs of independent labels, with an example's own labels where it has any."""
    targets = probabilities.copy()
    given = [data.label, *(() if data.others is None else data.others.T)]
    for output, labels in zip(outputs, given, strict=True):
        known = np.isfinite(labels)
        targets[known, output] = labels[known]
    return targets
