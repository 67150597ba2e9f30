"""The loss that a classifier is trained with on its labels, and notes to the user about it.

It is the loss that the model was compiled with. If the model has none, or has a training step of
its own, which is not used here, a note tells the user.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.batches.label_loss import label_loss
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.outputs.compiled_losses import UnknownLoss, loss_of, name_of

_STEPS = ("train_step", "compute_loss")  # what a Keras model trains with, and may define itself
_LIBRARIES = ("keras", "tf_keras", "keras_hub", "keras_nlp")
_SPARSE_CROSS_ENTROPY = "sparse_categorical_crossentropy"


@dataclass(frozen=True)
class TaskLoss:
    """The loss that a classifier learns its labels with.

    Attributes:
        loss: A Keras loss: an object, a function or a name.
        is_sparse: Whether it takes class numbers.
        notes: How that differs from the model's own training: sentences for the user.
    """

    loss: Any
    is_sparse: bool
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, classifier: Classifier, keras: Any, *, has_shares: bool) -> TaskLoss:
        """Return the loss that a classifier was compiled with, or the cross-entropy that fits it.

        If an output has several labels, the one that is trained counts fully: see
        `evenhand.remediation.batches.label_loss`.

        Args:
            classifier: The model.
            keras: The package of its Keras.
            has_shares: Whether targets are shares of the classes, which no sparse loss takes.

        Raises:
            InputError: The code of the loss is not here.
        """
        learnt = cls._of_output(classifier, keras, has_shares)
        trained, n_labels = labels_of(classifier), classifier.n_classes
        if not trained:
            return learnt
        loss = label_loss(keras, learnt.loss, trained, n_labels)
        if loss is not None:
            return replace(learnt, loss=loss)
        note = (
            f"The model's loss {name_of(learnt.loss)} is of all {n_labels} labels together and "
            "cannot be taken apart: "
            + (
                "the trained label counts only as one of them."
                if len(trained) == 1
                else "trained labels and others count alike."
            )
        )
        return replace(learnt, notes=(*learnt.notes, note))

    @classmethod
    def _of_output(cls, classifier: Classifier, keras: Any, has_shares: bool) -> TaskLoss:
        model, names = classifier.keras_model, classifier.numbered_heads
        compiled = loss_of(model, names.index(classifier.head), classifier.head)
        if isinstance(compiled, UnknownLoss):
            raise InputError(
                f"the model can be scored but not trained: its loss {compiled.__name__!r} is not "
                "known here",
                where=classifier.name,
                remedy="name the module that holds the loss with `custom_objects`; or compile the "
                "model with a loss of Keras, and save it again",
            )
        own_step = own_step_of(model)
        is_sparse = "sparse" in name_of(compiled)
        if compiled is not None and not (is_sparse and has_shares):
            if own_step is None:
                return cls(compiled, is_sparse)
            note = (
                f"The model's own {own_step} is not used: its task loss is the one that it was "
                f"compiled with, {name_of(compiled)}."
            )
            return cls(compiled, is_sparse, (note,))
        binary = classifier.n_classes == 1 or not classifier.classes_are_exclusive
        entropy = "BinaryCrossentropy" if binary else "CategoricalCrossentropy"
        loss = getattr(keras.losses, entropy)(from_logits=classifier.gives_logits)
        instead = f"it is trained with {'binary' if binary else 'categorical'} cross-entropy"
        if compiled is not None:
            if name_of(compiled) == _SPARSE_CROSS_ENTROPY and own_step is None:
                return cls(loss, is_sparse=False)  # the same loss, of other targets
            note = f"The model's loss {name_of(compiled)} takes class numbers alone: {instead}."
        elif own_step is None:
            where = "" if len(names) == 1 else f" for its output {classifier.head!r}"
            note = f"The model has no compiled loss{where}: {instead}."
        else:
            note = (
                f"The model is compiled without a loss, and its own {own_step} is not used: "
                f"{instead}."
            )
        return cls(loss, False, (note,))


def label_of(classifier: Classifier) -> int | None:
    """Return the index of the output that is trained if a text may have several labels.

    It is that of the positive class. None if all outputs are trained: there is only one, or they
    are classes of which a text has one, or there is no positive class.
    """
    several = classifier.n_classes > 1 and not classifier.classes_are_exclusive
    return classifier.positive_class if several else None


def labels_of(classifier: Classifier) -> tuple[int, ...]:
    """Return the indices of all outputs that are trained on labels of their own, as `label_of`."""
    label = label_of(classifier)
    return () if label is None else tuple(classifier.label_outputs.values()) or (label,)


def own_step_of(model: Any) -> str | None:
    """Return the class and name of the training step that a model defines itself, or None."""
    for parent in type(model).__mro__:
        if parent.__module__.partition(".")[0] in _LIBRARIES:
            return None
        for name in _STEPS:
            if name in vars(parent):
                return f"{parent.__name__}.{name}"
    return None
