"""Several labels in one output: the one that is trained counts fully, the others as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evenhand.remediation import AlignedPairs, CounterfactualModel, PairedInputs
from evenhand.remediation.batches.label_loss import label_loss
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.task_loss import label_of
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.loading import classifier_of

LABELS, LABEL, ROWS = 6, 2, 8


def entropies(target: Any, probability: Any) -> Any:
    return -(target * np.log(probability) + (1 - target) * np.log1p(-probability))


def focal(target: Any, probability: Any) -> Any:
    right = target * probability + (1 - target) * (1 - probability)
    return (1 - right) ** 2 * entropies(target, probability)


def squares(target: Any, output: Any) -> Any:
    return (target - output) ** 2


def of_logits(target: Any, logit: Any) -> Any:
    return entropies(target, 1 / (1 + np.exp(-logit)))


def smoothed(target: Any, probability: Any) -> Any:
    return entropies(0.8 * target + 0.1, probability)


def own_mean(target: Any, output: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean((target - output) ** 2, axis=-1)


def own_sum(target: Any, output: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum((target - output) ** 2, axis=-1)


def own_of_each(target: Any, output: Any) -> Any:
    return (target - output) ** 2


# A loss, and what it is for each label by hand.
TAKEN_APART: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "binary_crossentropy": (lambda losses: "binary_crossentropy", entropies),
    "object": (lambda losses: losses.BinaryCrossentropy(), entropies),
    "from_logits": (lambda losses: losses.BinaryCrossentropy(from_logits=True), of_logits),
    "smoothed": (lambda losses: losses.BinaryCrossentropy(label_smoothing=0.2), smoothed),
    "focal": (lambda losses: losses.BinaryFocalCrossentropy(), focal),
    "mse": (lambda losses: "mse", squares),
    "own mean": (lambda losses: own_mean, squares),
    "own sum": (lambda losses: own_sum, squares),
    "own of each": (lambda losses: own_of_each, squares),
}


def sides() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(2)
    target, output = rng.uniform(0.1, 0.9, (2, ROWS, LABELS)).astype(np.float32)
    return target, output, rng.uniform(0.5, 2, ROWS).astype(np.float32)


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", TAKEN_APART)
def test_a_label_counts_as_in_a_model_without_others(name: str, generation: int) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras, keras_package

    import_keras()
    keras = keras_package(generation)
    make, by_hand = TAKEN_APART[name]
    target, output, weight = sides()
    loss = label_loss(keras, make(keras.losses), LABEL, LABELS)
    each = by_hand(target.astype(float), output.astype(float))
    rows = each[:, LABEL] + np.delete(each, LABEL, axis=1).mean(axis=1)
    assert float(loss(target, output)) == pytest.approx(rows.mean(), rel=1e-4)
    assert float(loss(target, output, weight)) == pytest.approx((weight * rows).mean(), rel=1e-4)


@pytest.mark.parametrize("trained", [[4, 0], list(range(LABELS))])
@pytest.mark.parametrize("name", ["binary_crossentropy", "own sum"])
def test_several_labels_count_as_their_mean(name: str, trained: list[int]) -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    keras = import_keras()
    make, by_hand = TAKEN_APART[name]
    target, output, weight = sides()
    loss = label_loss(keras, make(keras.losses), trained, LABELS)
    each = by_hand(target.astype(float), output.astype(float))
    rows, others = each[:, trained].mean(axis=1), np.delete(each, trained, axis=1)
    rows = rows + (others.mean(axis=1) if others.size else 0)
    assert float(loss(target, output, weight)) == pytest.approx((weight * rows).mean(), rel=1e-4)


def test_a_loss_keeps_its_reduction_and_name() -> None:
    from evenhand.remediation.runtime.tensorflow import import_keras

    losses = import_keras().losses
    given = losses.BinaryCrossentropy(reduction="sum", name="own_name")
    import keras

    loss = label_loss(keras, given, LABEL, LABELS)
    target, output, _ = sides()
    each = entropies(target.astype(float), output.astype(float))
    rows = each[:, LABEL] + np.delete(each, LABEL, axis=1).mean(axis=1)
    assert (loss.name, float(loss(target, output))) == ("own_name", pytest.approx(rows.sum()))


def toxicity(model_of: Callable[..., Any], loss: Any) -> Any:
    model = model_of(LABELS)
    model.compile("adam", loss=loss)
    options = ModelOptions(positive_class=LABEL)
    return classifier_of(model, name="model.keras", options=options)


def weighing_each(target: Any, output: Any) -> Any:
    import tensorflow as tf

    weights = tf.constant([1.0, 1.0, 5.0, 1.0, 1.0, 1.0])
    return tf.reduce_mean(weights * (target - output) ** 2, axis=-1)


def comparing(target: Any, output: Any) -> Any:
    import tensorflow as tf

    return 1 - tf.reduce_sum(target * output, -1) / tf.reduce_sum(target + output, -1)


@pytest.mark.parametrize("loss", [weighing_each, comparing, "categorical_crossentropy"])
def test_a_loss_of_all_labels_together_stays_and_is_told_of(
    model_of: Callable[..., Any], loss: Any
) -> None:
    task = Task.of(toxicity(model_of, loss))
    assert task.loss is loss
    (note,) = task.notes
    assert "of all 6 labels together and cannot be taken apart" in note


def test_other_outputs_have_no_label_to_single_out(model_of: Callable[..., Any]) -> None:
    for model, options in (
        (model_of(1), ModelOptions()),
        (model_of(3, "softmax"), ModelOptions(positive_class=1)),
    ):
        model.compile("adam", loss="mse")
        classifier = classifier_of(model, name="model.keras", options=options)
        assert label_of(classifier) is None
        assert Task.of(classifier).loss == "mse"


def test_a_step_is_that_of_a_model_with_one_label_and_others_held(
    model_of: Callable[..., Any],
) -> None:
    """Its gradient is that of the label's own loss, of its own pairs, and of the others' mean."""
    import keras
    import tensorflow as tf

    classifier = toxicity(model_of, keras.losses.BinaryCrossentropy())
    model = classifier.keras_model
    last = model.layers[-1]
    last.bias.assign(np.where(np.arange(LABELS) == LABEL, 30.0, 0.0))  # sigmoid(30) is 1
    texts = tf.constant(["she was rude", "he was kind", "nobody was fine", "a good day"])
    changed = tf.constant(["was rude", "was kind"])
    label = np.array([0, 1, 0, 1], np.float32)
    weight = np.array([1, 2, 0.5, 1], np.float32)
    said = np.asarray(model(texts))
    targets = np.array(said)
    targets[:, LABEL] = label
    with tf.GradientTape() as tape:
        logits, others = (model(each)._keras_logits for each in (texts, changed))
        entropy = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
        rest = tf.concat([entropy[:, :LABEL], entropy[:, LABEL + 1 :]], axis=1)
        task = tf.reduce_mean(weight * (entropy[:, LABEL] + tf.reduce_mean(rest, axis=1)))
        gap = tf.reduce_mean(tf.square(logits[:2, LABEL] - others[:, LABEL]))
        loss = task + 3 * gap
    before = [tf.identity(each) for each in model.trainable_weights]
    gradients = tape.gradient(loss, model.trainable_weights)
    pairs = AlignedPairs(np.arange(2, dtype=np.int32), changed, np.ones(2, np.float32))
    wrapper = CounterfactualModel(model, "mse", 3.0, label=label_of(classifier))
    wrapper.compile(keras.optimizers.SGD(0.1), loss=Task.of(classifier).loss)
    data = tf.data.Dataset.from_tensors((PairedInputs(texts, pairs), targets, weight))
    history = wrapper.fit(data, verbose=0, shuffle=False).history
    assert history["task_loss"][0] == pytest.approx(float(task), rel=1e-5)
    assert history["pair_loss"][0] == pytest.approx(float(gap), rel=1e-5)
    assert float(entropy[0, LABEL]) > 29  # where probabilities have lost their digits
    for found, start, gradient in zip(model.trainable_weights, before, gradients, strict=True):
        wanted = start - 0.1 * tf.convert_to_tensor(gradient)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
