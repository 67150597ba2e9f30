"""Run by test_legacy.py in a process of its own, in which `tf.keras` is Keras 2.

`python legacy_fine_tuning.py FOLDER`, where FOLDER/data is a dataset; prints a line for each check.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.remediation import PairedInputs, train
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.task_model_keras_2 import task_model

keras = import_keras(2)

import tensorflow as tf  # noqa: E402
from legacy_models import text_model  # noqa: E402

folder = Path(sys.argv[1])


def two_heads() -> Any:
    keras.utils.set_random_seed(5)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(6, activation="relu", kernel_regularizer="l2")(inputs)
    one = keras.layers.Dense(1, activation="sigmoid")(hidden)
    return keras.Model(inputs, [one, keras.layers.Dense(3, activation="softmax")(hidden)])


rng = np.random.default_rng(3)
x, weight = rng.normal(size=(48, 4)).astype(np.float32), rng.uniform(0.5, 2, 48)
label = rng.integers(0, 2, (48, 1)).astype(np.float32)
kept = rng.dirichlet((1, 1, 1), 48).astype(np.float32)
data = tf.data.Dataset.from_tensor_slices((x, kept, label, weight.astype(np.float32))).batch(16)

plain = two_heads()
plain.compile(keras.optimizers.SGD(0.5), ["binary_crossentropy", "categorical_crossentropy"])
plain.fit(data.map(lambda x, k, y, w: (x, (y, k), (w, w))), epochs=3, verbose=0, shuffle=False)
model = two_heads()
wrapped = task_model(model)
wrapped.compile(keras.optimizers.SGD(0.5), loss="binary_crossentropy")
wrapped.fit(
    data.map(lambda x, k, y, w: (PairedInputs(x, (), (k,)), y, w)),
    epochs=3, verbose=0, shuffle=False,
)  # fmt: skip
for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)
sys.stdout.write("as plain training, with a head that is held\n")

baseline = text_model()
text, label = (np.array(column) for column in json.loads((folder / "fit.json").read_text()))
baseline.fit(tf.constant(text), label.astype(np.float32), epochs=15, verbose=0)
baseline.save(folder / "tuned.h5")
options: dict[str, Any] = {
    "epochs": 2,
    "learning_rate": 0.05,
    "validation_split": 0.3,
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
result = train(folder / "tuned.h5", folder / "data", folder / "tuned", technique="fine-tune",
               **options)  # fmt: skip
assert set(result.history[0]) >= {"loss", "task_loss", "accuracy"}
assert "pair_loss" not in result.history[0] and result.n_pairs == 0
beside = train(folder / "tuned.h5", folder / "data", folder / "beside", control=True, **options)
for name, value in result.metrics.items():
    assert np.isclose(beside.controls["fine_tuning"][name], value, atol=1e-4), name
sys.stdout.write("the control of a training\n")
