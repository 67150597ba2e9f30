"""What a model learns its labels with, and what its user is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenhand.remediation.batches.task import Task
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.loading import classifier_of


def own_training(model: Any, step: str) -> Any:
    """Return the same model as one of a class that defines a step of its own."""
    import keras

    def own(self: Any, *args: Any, **options: Any) -> Any:
        raise AssertionError("training with pairs takes no step of the model's own")

    return type("Toxicity", (keras.Model,), {step: own})(model.inputs, model.outputs)


@pytest.mark.parametrize(
    ("step", "loss", "told", "trained_with"),
    [
        (None, "binary_crossentropy", [], "binary_crossentropy"),
        (None, None, ["no compiled loss: it is trained with binary"], "binary_crossentropy"),
        (
            "train_step",
            None,
            ["compiled without a loss, and its own Toxicity.train_step is not used: it is trained "
             "with binary cross-entropy"],
            "binary_crossentropy",
        ),
        ("compute_loss", None, ["its own Toxicity.compute_loss is not"], "binary_crossentropy"),
        (
            "train_step",
            "binary_focal_crossentropy",
            ["own Toxicity.train_step is not used: its task loss is the one that it was compiled "
             "with, binary_focal_crossentropy"],
            "binary_focal_crossentropy",
        ),
    ],
)  # fmt: skip
def test_a_user_is_told_where_training_is_not_the_models_own(
    model_of: Callable[..., Any], step: str | None, loss: Any, told: list[str], trained_with: str
) -> None:
    model = model_of()
    if step is not None:
        model = own_training(model, step)
    model.compile("adam", loss=loss)
    task = Task.of(classifier_of(model, name="model.keras"))
    assert len(task.notes) == len(told)
    assert all(part in note for part, note in zip(told, task.notes, strict=True)), task.notes
    assert getattr(task.loss, "name", task.loss) == trained_with


def test_it_is_told_of_the_head_that_is_trained(model_of: Callable[..., Any]) -> None:
    import keras

    base = model_of()
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(base.layers[-2].output)
    model = keras.Model(base.inputs, {"toxic": base.outputs[0], "kind": kind})
    model.compile("adam", loss={"toxic": "binary_crossentropy"})
    for head, told in (("toxic", ()), ("kind", ("for its output 'kind'", "categorical"))):
        options = ModelOptions(head=head, positive_class=0 if head == "kind" else None)
        notes = Task.of(classifier_of(model, name="model.keras", options=options)).notes
        assert len(notes) == bool(told)
        assert all(part in note for part in told for note in notes)


@pytest.mark.parametrize("name", ["sparse_categorical_crossentropy", "own_sparse"])
def test_a_loss_of_class_numbers_gives_way_to_shares(
    model_of: Callable[..., Any], name: str
) -> None:
    import keras

    model = model_of(3, "softmax")

    def own_sparse(labels: Any, outputs: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(labels, outputs)

    keras_own = keras.losses.SparseCategoricalCrossentropy(name="whatever it is called")
    model.compile("adam", loss=own_sparse if name == "own_sparse" else keras_own)
    options = ModelOptions(positive_class=1)
    task = Task.of(classifier_of(model, name="model.keras", options=options))
    assert task.loss.name == "categorical_crossentropy"
    told = "loss own_sparse takes class numbers alone: it is trained with categorical"
    assert len(task.notes) == (name == "own_sparse")
    assert all(told in note for note in task.notes)
