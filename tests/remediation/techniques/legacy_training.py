"""Run by test_legacy.py in a process of its own, in which `tf.keras` is Keras 2.

`python legacy_training.py FOLDER`, where FOLDER/data is a dataset; prints a line for each check.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.remediation import load_classifier, train
from evenhand.remediation.runtime.tensorflow import import_keras
from evenhand.remediation.wrappers.clp_keras_2 import counterfactual_model

keras = import_keras(2)

import tensorflow as tf  # noqa: E402
from legacy_models import text_model, token_ids  # noqa: E402
from tensorflow_model_remediation import counterfactual  # noqa: E402

folder = Path(sys.argv[1])
any_cost: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}


def token_model(**dense: Any) -> Any:
    keras.utils.set_random_seed(5)
    layers = keras.layers
    hidden = layers.Dense(6, activation="relu", **dense)
    return keras.Sequential(
        [layers.InputLayer((4,)), hidden, layers.Dense(1, activation="sigmoid")]
    )


def packed(rows: int = 64) -> Any:
    rng = np.random.default_rng(3)
    x, original, changed = rng.normal(size=(3, rows, 4)).astype(np.float32)
    label = rng.integers(0, 2, (rows, 1)).astype(np.float32)
    weight, pair_weight = rng.uniform(0.5, 2, (2, rows)).astype(np.float32)
    examples = tf.data.Dataset.from_tensor_slices((x, label, weight)).batch(16)
    pairs = tf.data.Dataset.from_tensor_slices((original, changed, pair_weight)).batch(16)
    utils = counterfactual.keras.utils
    return examples, utils.pack_counterfactual_data(examples, pairs)


def trained(make: Any, model: Any, data: Any) -> Any:
    wrapper = make(model)
    wrapper.compile(keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    wrapper.fit(data, epochs=3, verbose=0, shuffle=False)
    return model.get_weights()


def assert_same(first: Any, second: Any) -> None:
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


examples, pairs = packed()
for loss, tfmr_loss in (
    ("mse", counterfactual.losses.PairwiseMSELoss()),
    ("absolute", counterfactual.losses.PairwiseAbsoluteDifferenceLoss()),
):
    ours = trained(
        lambda m, n=loss: counterfactual_model(m, n, 2.0, "outputs"), token_model(), pairs
    )
    theirs = trained(
        lambda m, made=tfmr_loss: counterfactual.keras.CounterfactualModel(m, made, 2.0),
        token_model(),
        pairs,
    )
    assert_same(ours, theirs)
sys.stdout.write("as TFMR\n")

regular = {
    "kernel_regularizer": keras.regularizers.L2(0.1),
    "activity_regularizer": keras.regularizers.L2(0.1),
}
plain = trained(lambda model: model, token_model(**regular), examples)
assert_same(
    trained(lambda m: counterfactual_model(m, "mse", 0.0), token_model(**regular), pairs), plain
)
sys.stdout.write("as plain training\n")

seen = []


class Spy(keras.layers.Layer):
    def call(self, inputs: Any, training: Any = None) -> Any:
        seen.append(training)
        return inputs


spied = keras.Sequential([keras.layers.InputLayer((4,)), Spy(), keras.layers.Dense(1, "sigmoid")])
seen.clear()
trained(lambda m: counterfactual_model(m), spied, pairs)
assert True in seen, seen
sys.stdout.write("in training mode\n")

baseline = text_model()
text, label = (np.array(column) for column in json.loads((folder / "fit.json").read_text()))
baseline.fit(tf.constant(text), label.astype(np.float32), epochs=15, verbose=0)
for name in ("old.keras", "old.h5", "old"):
    baseline.save(folder / name)
    result = train(
        folder / name, folder / "data", folder / f"clp-{name}", epochs=8, learning_rate=0.05,
        **any_cost,
    )  # fmt: skip
    assert result.model.name == name.replace("old", "model"), result.model
    assert result.metrics["ctf_gap"] < result.baseline_metrics["ctf_gap"] / 2, result
    assert set(result.history[0]) >= {"loss", "task_loss", "pair_loss", "val_flip_rate"}
    texts = ["she was rude", "he was kind"]
    loaded = keras.models.load_model(result.model)  # plain Keras
    scores = np.asarray(loaded(tf.constant(texts)))[:, 0]
    np.testing.assert_allclose(load_classifier(result.model).score(texts), scores, rtol=1e-6)
    record = json.loads((folder / f"clp-{name}" / "train.json").read_text())
    assert record["baseline"]["name"] == name and "tf-keras" in record["versions"]
    sys.stdout.write(f"saved as {result.model.name}\n")

inputs = layers = keras.Input((5,), dtype="int64")
layers = keras.layers.Embedding(50, 4, embeddings_initializer="normal")(layers)
layers = keras.layers.GlobalAveragePooling1D()(layers)
heads = {
    "toxic": keras.layers.Dense(1, activation="sigmoid", name="toxic")(layers),
    "kind": keras.layers.Dense(3, activation="softmax", name="kind")(layers),
}
keras.Model(inputs, heads).save(folder / "heads.h5")
result = train(
    folder / "heads.h5", folder / "data", folder / "clp-heads", head="toxic",
    preprocess="legacy_models:token_ids", epochs=8, learning_rate=0.05,
    **any_cost,
)  # fmt: skip
assert result.metrics["accuracy"] > 0.6, result
before, after = (keras.models.load_model(path) for path in (folder / "heads.h5", result.model))
ids = token_ids(["she was rude", "he was kind"])
assert np.abs(before(ids)["toxic"] - after(ids)["toxic"]).max() > 0.1
assert np.abs(before(ids)["kind"] - after(ids)["kind"]).max() < 0.1
sys.stdout.write("one head of two, behind a function\n")

tf.saved_model.save(baseline, str(folder / "serving"))
(folder / "serving" / "keras_metadata.pb").unlink(missing_ok=True)
try:
    load_classifier(folder / "serving").trainable_model(2)
except InputError as error:
    sys.stdout.write(f"{error}\n")
