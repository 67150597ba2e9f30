"""Run by test_legacy.py in a process of its own, in which `tf.keras` is Keras 2.

`python legacy_pairs.py FOLDER`; prints a line for each check of how pairs and labels count.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.remediation.batches.label_loss import label_loss
from evenhand.remediation.batches.pairs import IndependentPairs, PairedInputs
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.clp_keras_2 import counterfactual_model

keras = import_keras(2)

import tensorflow as tf  # noqa: E402

LABEL, LABELS, ROWS = 2, 6, 8
layers = keras.layers


def model_of(units: int, **dropout: Any) -> Any:
    keras.utils.set_random_seed(5)
    tokens = keras.Input((5,), dtype="int32")
    words = layers.GRU(6, recurrent_dropout=0.3)(layers.Embedding(20, 4)(tokens))
    words = layers.Dropout(0.5)(words, **dropout)
    return keras.Model(tokens, layers.Dense(units, activation="sigmoid")(words))


rng = np.random.default_rng(2)
x, original, changed = rng.integers(0, 20, (3, ROWS, 5)).astype(np.int32)
ones = np.ones(ROWS, np.float32)


def data(counterfactual: Any, target: Any, weight: Any = ones) -> Any:
    pairs = IndependentPairs(original, counterfactual, ones)
    return tf.data.Dataset.from_tensors((PairedInputs(x, pairs), target, weight))


wrapper = counterfactual_model(model_of(1))
wrapper.compile(keras.optimizers.SGD(0.1), loss="binary_crossentropy")
label = rng.integers(0, 2, (ROWS, 1)).astype(np.float32)
assert wrapper.fit(data(original, label), verbose=0).history["pair_loss"] == [0.0]
sys.stdout.write("the same text has no pair loss\n")

model = model_of(LABELS)
targets = rng.uniform(0, 1, (ROWS, LABELS)).astype(np.float32)
with tf.GradientTape() as tape:
    logits = [model(each, training=False)._keras_logits for each in (original, changed)]
    gap = tf.reduce_mean(tf.square(logits[0][:, LABEL] - logits[1][:, LABEL]))
wanted = [
    np.asarray(weight - 0.1 * tf.convert_to_tensor(gradient))
    for weight, gradient in zip(
        model.trainable_weights, tape.gradient(gap, model.trainable_weights), strict=True
    )
]
wrapper = counterfactual_model(model, "mse", label=LABEL)
loss = label_loss(keras, "binary_crossentropy", LABEL, LABELS)
wrapper.compile(keras.optimizers.SGD(0.1), loss=loss)
history = wrapper.fit(data(changed, targets, 0 * ones), verbose=0).history
np.testing.assert_allclose(history["pair_loss"], [float(gap)], rtol=1e-5)
for found, value in zip(model.trainable_weights, wanted, strict=True):
    np.testing.assert_allclose(found, value, atol=1e-6)
sys.stdout.write("one label of several is paired, in inference mode\n")

still = keras.Sequential([keras.Input((4,)), layers.Dense(LABELS, activation="sigmoid")])
wrapper = counterfactual_model(still, "mse", 0.0, label=LABEL)
wrapper.compile(keras.optimizers.SGD(0.0), loss=loss)
features = rng.normal(size=(ROWS, 4)).astype(np.float32)
pairs = IndependentPairs(features, features, ones)
weight = rng.uniform(0.5, 2, ROWS).astype(np.float32)
batch = tf.data.Dataset.from_tensors((PairedInputs(features, pairs), targets, weight))
said = np.asarray(still(features), np.float64)
each = -(targets * np.log(said) + (1 - targets) * np.log1p(-said))
rows = each[:, LABEL] + np.delete(each, LABEL, axis=1).mean(axis=1)
found = wrapper.fit(batch, verbose=0).history["task_loss"]
np.testing.assert_allclose(found, [(weight * rows).mean()], rtol=1e-5)
sys.stdout.write("it counts fully\n")

wrapper = counterfactual_model(model_of(1, training=True))
wrapper.compile("sgd", loss="binary_crossentropy")
try:
    wrapper.fit(data(changed, label), verbose=0)
except InputError as error:
    sys.stdout.write(f"{error.what}\n")
