"""Every kind of model file: it scores as the model that was saved, or says why not."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.batches.task import Task
from evenhand.remediation.models.loading import classifier_of, settle_keras_for
from evenhand.remediation.models.references import inspect_model
from evenhand.remediation.outputs.compiled_losses import name_of
from evenhand.remediation.runtime.tensorflow import keras_package

WORDS = ["the", "a", "she", "he", "is", "kind", "rude", "bad", "day"]
TEXTS = ["she is kind", "he is rude", "", "a bad day", "unseen words only"]

PREPROCESS = f"""
import numpy as np

WORDS = {WORDS!r}


def ids(texts):
    rows = [[WORDS.index(w) + 2 if w in WORDS else 1 for w in text.split()][:8] for text in texts]
    return np.array([row + [0] * (8 - len(row)) for row in rows], dtype=np.int32)


def by_name(texts):
    return {{"words": ids(texts), "length": np.array([[len(text)] for text in texts], np.float32)}}


def ragged(texts):
    return [[1] * len(text) for text in texts]


def short(texts):
    return ids(texts)[:1]


def in_a_tuple(texts):
    return ids(texts), ids(texts)


def in_a_list(texts):
    return [ids(texts), ids(texts)[:, :5]]


def three_in_a_list(texts):
    return [ids(texts), ids(texts), np.ones(len(texts))]


def row_by_row(texts):
    return list(ids(texts))


number = 3
"""


def legacy_model(
    units: int = 1, activation: str = "sigmoid", *, extra: tuple[Any, ...] = ()
) -> Any:
    import tf_keras

    tf_keras.utils.set_random_seed(7)
    layers = tf_keras.layers
    return tf_keras.Sequential(
        [
            layers.InputLayer((), dtype="string"),
            layers.TextVectorization(vocabulary=WORDS, output_sequence_length=8),
            layers.Embedding(len(WORDS) + 2, 4),
            layers.GlobalAveragePooling1D(),
            *extra,
            layers.Dense(units, activation=activation),
        ]
    )


def token_model(keras: Any, units: int = 1, activation: str = "sigmoid") -> Any:
    keras.utils.set_random_seed(7)
    words = keras.Input((8,), dtype="int32", name="words")
    hidden = keras.layers.Embedding(len(WORDS) + 2, 4)(words)
    hidden = keras.layers.GlobalAveragePooling1D()(hidden)
    return keras.Model(words, keras.layers.Dense(units, activation=activation)(hidden))


def expected(model: Any) -> Any:
    return np.asarray(model(np.array([text.encode() for text in TEXTS], dtype=object)))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "my_preprocessing.py").write_text(PREPROCESS)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("my_preprocessing", None)
    return "my_preprocessing"


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "saved_model"])
def test_keras_2_files_beside_keras_3(tmp_path: Path, name: str) -> None:
    model = legacy_model()
    model.save(tmp_path / name)
    classifier = load_classifier(tmp_path / name)
    np.testing.assert_allclose(classifier.score(TEXTS), expected(model)[:, 0], rtol=1e-6)
    assert (classifier.name, len(classifier.sha256 or "")) == (name, 64)


def test_a_keras_file_of_keras_2_that_is_hdf5(tmp_path: Path) -> None:
    """Keras 2 wrote `.keras` files so until version 2.11."""
    model = legacy_model()
    model.save(tmp_path / "model.h5")
    (tmp_path / "model.h5").rename(tmp_path / "model.keras")
    scores = load_classifier(tmp_path / "model.keras").score(TEXTS)
    np.testing.assert_allclose(scores, expected(model)[:, 0], rtol=1e-6)


@pytest.mark.parametrize("units", [1, 2])
def test_logits_of_keras_2_become_probabilities(tmp_path: Path, units: int) -> None:
    from scipy.special import expit, softmax

    model = legacy_model(units, "linear")
    model.save(tmp_path / "model.h5")
    logits = expected(model).astype(np.float64)
    wanted = expit(logits[:, 0]) if units == 1 else softmax(logits, axis=1)[:, 1]
    np.testing.assert_allclose(load_classifier(tmp_path / "model.h5").score(TEXTS), wanted, 1e-6)


def test_a_saved_model_of_tensorflow_before_2_5(tmp_path: Path) -> None:
    """It holds in its graph what later ones hold in a file of its own."""
    from tensorflow.core.protobuf import saved_model_pb2
    from tf_keras.protobuf import saved_metadata_pb2

    model = legacy_model()
    model.save(tmp_path / "old")
    metadata = saved_metadata_pb2.SavedMetadata()
    metadata.ParseFromString((tmp_path / "old" / "keras_metadata.pb").read_bytes())
    (tmp_path / "old" / "keras_metadata.pb").unlink()
    assert inspect_model(tmp_path / "old").keras is None
    graph = saved_model_pb2.SavedModel()
    graph.ParseFromString((tmp_path / "old" / "saved_model.pb").read_bytes())
    objects = graph.meta_graphs[0].object_graph_def.nodes
    for node in metadata.nodes:
        objects[node.node_id].user_object.metadata = node.metadata
    (tmp_path / "old" / "saved_model.pb").write_bytes(graph.SerializeToString())
    assert inspect_model(tmp_path / "old").keras == 2
    classifier = load_classifier(tmp_path / "old")
    np.testing.assert_allclose(classifier.score(TEXTS), expected(model)[:, 0], rtol=1e-6)
    assert classifier.trainable_model(2).trainable_weights
    for node in metadata.nodes:
        harmful = node.metadata.replace('"class_name": "Dense"', '"class_name": "Lambda"')
        objects[node.node_id].user_object.metadata = harmful
    (tmp_path / "old" / "saved_model.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(InputError, match="Lambda"):
        load_classifier(tmp_path / "old")


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "saved_model"])
def test_keras_2_models_whose_layers_are_operations(tmp_path: Path, name: str) -> None:
    """Functions of TensorFlow, slices, ragged tensors and methods become layers of their own."""
    import tensorflow as tf
    import tf_keras

    tf_keras.utils.set_random_seed(7)
    texts = tf_keras.Input((), dtype="string")
    words = tf.strings.split(tf.strings.lower(texts))
    padded = words.to_tensor("")[:, :8]
    ids = tf_keras.layers.StringLookup(vocabulary=WORDS)(padded)
    known = tf_keras.layers.Embedding(len(WORDS) + 1, 4)(ids)
    length = tf.cast(tf.strings.length(texts), tf.float32)[:, tf.newaxis] / 10
    pooled = tf.concat([tf.reduce_sum(known, axis=1), tf.clip_by_value(length, 0, 9)], axis=-1)
    layers = tf_keras.layers
    hidden = layers.Dense(4, "gelu", kernel_regularizer="l2", kernel_constraint="max_norm")(pooled)
    model = tf_keras.Model(texts, tf.math.sigmoid(layers.Dense(1)(hidden * 2.0 + 1.0)))
    schedule = tf_keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(tf_keras.optimizers.Adam(schedule), "binary_crossentropy", ["accuracy", "AUC"])
    model.save(tmp_path / name)
    classifier = load_classifier(tmp_path / name)
    np.testing.assert_allclose(classifier.score(TEXTS), expected(model)[:, 0], rtol=1e-6)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_mixed_precision_and_layers_of_layers(tmp_path: Path, name: str, package: str) -> None:
    keras = __import__(package)
    layers = keras.layers
    keras.utils.set_random_seed(7)
    words = keras.Input((8,), dtype="int32", name="words")
    hidden = layers.Embedding(
        len(WORDS) + 2, 4, mask_zero=name == "model.keras", dtype="mixed_bfloat16"
    )(words)
    hidden = layers.TimeDistributed(layers.Dense(2, "relu"))(hidden)
    if package == "keras" and name == "model.keras":
        hidden = keras.ops.concatenate([hidden, keras.ops.square(hidden)[:, :, :1]], axis=-1)
    hidden = layers.Bidirectional(layers.RNN(layers.SimpleRNNCell(3), unroll=True))(hidden)
    model = keras.Model(words, layers.Dense(1, "sigmoid", dtype="float32")(hidden))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / name)
    (tmp_path / "ids_of.py").write_text(PREPROCESS)
    sys.path.insert(0, str(tmp_path))
    try:
        classifier = load_classifier(tmp_path / name, ModelOptions(preprocess="ids_of:ids"))
        wanted = np.asarray(model(sys.modules["ids_of"].ids(TEXTS)))[:, 0]
        np.testing.assert_allclose(classifier.score(TEXTS), wanted, rtol=1e-5)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("ids_of", None)


def test_a_keras_3_h5_file(tmp_path: Path, model_of: Callable[..., Any]) -> None:
    model = model_of()
    model.save(tmp_path / "model.h5")
    scores = load_classifier(tmp_path / "model.h5").score(TEXTS)
    np.testing.assert_allclose(scores, expected(model)[:, 0], rtol=1e-6)


def test_a_keras_3_h5_file_lacks_its_vocabulary(tmp_path: Path) -> None:
    import keras

    words = keras.layers.TextVectorization(max_tokens=10, output_sequence_length=4)
    words.adapt(TEXTS)
    layers = [words, keras.layers.Embedding(10, 2), keras.layers.Flatten(), keras.layers.Dense(1)]
    keras.Sequential([keras.Input((), dtype="string"), *layers]).save(tmp_path / "model.h5")
    with pytest.raises(InputError, match=r"no vocabulary(.|\n)*save it as a \.keras file"):
        load_classifier(tmp_path / "model.h5")


SHORT_LOSSES = ("bce", "kld", "mae", "mape", "mse", "msle")


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize(
    ("loss", "metrics", "name"),
    [
        *((name, ["accuracy", name], name) for name in SHORT_LOSSES if name != "kld"),
        *((name.upper(), ["acc", name.upper()], name) for name in SHORT_LOSSES if name != "kld"),
        ("kld", ["auc"], "kld"),
        ("KLD", None, "kld"),
        (["mse"], [["mae", "AUC"]], "mse"),
        ("huber", ["Precision", "cosine_similarity"], "huber"),
        ("binary_crossentropy", ["bce", "f1_score"], "bce"),
    ],
)
def test_h5_files_of_models_compiled_with_short_names(
    package: str,
    loss: Any,
    metrics: Any,
    name: str,
    tmp_path: Path,
    model_of: Callable[..., Any],
) -> None:
    """Keras 3 cannot load some of these itself."""
    if package == "tf_keras" and metrics:
        metrics = [each for each in metrics if each not in ("auc", "f1_score")]  # unknown there
    model = model_of() if package == "keras" else legacy_model()
    model.compile("adam", loss=loss, metrics=metrics)
    model.save(tmp_path / "model.h5")
    classifier = load_classifier(tmp_path / "model.h5")
    wanted = expected(model)[:, 0]
    np.testing.assert_allclose(classifier.score(TEXTS), wanted, rtol=1e-6)
    assert classifier.predictor.evidence(classifier.head).loss == name_of(name)


def test_an_h5_file_that_names_somebodys_own_loss_still_needs_it(
    tmp_path: Path, model_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mse(truth: Any, outputs: Any) -> Any:
        return (truth - outputs) ** 2

    (tmp_path / "own_losses.py").write_text(
        "def mse(truth, outputs):\n    return truth - outputs\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    model = model_of()
    model.compile("adam", loss=mse)
    model.save(tmp_path / "model.h5")
    own = load_classifier(tmp_path / "model.h5", ModelOptions(custom_objects="own_losses"))
    assert own.keras_model.loss is sys.modules["own_losses"].mse


def mine(truth: Any, outputs: Any) -> Any:
    return (truth - outputs) ** 2


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("part", ["metric", "metric object", "optimizer", "loss", "loss object"])
def test_what_a_model_is_trained_with_need_not_be_known_to_score_it(
    part: str, package: str, suffix: str, tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    keras = keras_package(3 if package == "keras" else 2)
    own = {
        base.__name__: type(f"My{base.__name__}", (base,), {"__module__": "somewhere.else"})
        for base in (keras.metrics.Mean, keras.losses.MeanSquaredError, keras.optimizers.Adam)
    }
    how: dict[str, Any] = {
        "metric": {"loss": "binary_crossentropy", "metrics": [mine]},
        "metric object": {"loss": "binary_crossentropy", "metrics": [own["Mean"]()]},
        "optimizer": {"loss": "binary_crossentropy", "optimizer": own["Adam"](0.25)},
        "loss": {"loss": mine},
        "loss object": {"loss": own["MeanSquaredError"]()},
    }[part]
    model = model_of() if package == "keras" else legacy_model()
    model.compile(**{"optimizer": keras.optimizers.Adam(0.25), **how})
    model.save(tmp_path / f"model{suffix}")
    classifier = load_classifier(tmp_path / f"model{suffix}")
    np.testing.assert_allclose(classifier.score(TEXTS), expected(model)[:, 0], rtol=1e-6)
    loss = classifier.predictor.evidence(classifier.head).loss
    if "loss" in part:
        with pytest.raises(InputError, match=r"not trained: its loss[^$]*`custom_objects`"):
            Task.of(classifier)
        return
    assert loss == "binary_crossentropy"
    assert Task.of(classifier).notes == ()
    if part != "optimizer":
        assert float(classifier.keras_model.optimizer.learning_rate) == 0.25


def test_a_loss_that_is_not_known_does_not_say_what_a_linear_layer_gives(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    model = model_of(activation="linear")
    model.compile("adam", loss=mine)
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match="its compiled loss mine does not say what for"):
        load_classifier(tmp_path / "model.keras")
    classifier = load_classifier(tmp_path / "model.keras", ModelOptions(logits=True))
    np.testing.assert_allclose(classifier.score(TEXTS), expit(expected(model)[:, 0]), rtol=1e-6)


def test_an_exported_saved_model_is_scored_by_its_signature(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    model = model_of()
    model.export(str(tmp_path / "exported"), verbose=False)
    classifier = load_classifier(tmp_path / "exported")
    np.testing.assert_allclose(classifier.score(TEXTS), expected(model)[:, 0], rtol=1e-6)
    assert classifier.keras_model is None
    logits = model_of(1, "linear")
    logits.export(str(tmp_path / "logits"), verbose=False)
    raw = load_classifier(tmp_path / "logits", ModelOptions(logits=True)).score(TEXTS)
    np.testing.assert_allclose(raw, 1 / (1 + np.exp(-expected(logits)[:, 0])), rtol=1e-6)


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_model_of_token_ids_needs_its_preprocessing(
    tmp_path: Path, module: str, package: str
) -> None:
    keras = pytest.importorskip(package)
    import my_preprocessing

    model = token_model(keras)
    model.save(tmp_path / "ids.keras")
    with pytest.raises(InputError, match=r"does not take strings: its input is int32 \(None, 8\)"):
        load_classifier(tmp_path / "ids.keras")
    classifier = load_classifier(tmp_path / "ids.keras", ModelOptions(preprocess=f"{module}:ids"))
    wanted = np.asarray(model(my_preprocessing.ids(TEXTS)))[:, 0]
    np.testing.assert_allclose(classifier.score(TEXTS, batch_size=2), wanted, rtol=1e-6)
    rows = load_classifier(tmp_path / "ids.keras", ModelOptions(preprocess=f"{module}:row_by_row"))
    np.testing.assert_allclose(rows.score(TEXTS), wanted, rtol=1e-6)
    for wrong, message in (
        ("ragged", "preprocessing fails"),
        ("short", "gives 1 rows for 2 texts"),
        ("in_a_tuple", "gives a tuple of 2 arrays"),
        ("in_a_list", "gives a list of 2 arrays, each with a row for each text"),
        ("three_in_a_list", "gives a list of 3 arrays, each with a row for each text"),
        ("number", "not a function"),
        ("absent", "the module my_preprocessing has no absent"),
    ):
        with pytest.raises(InputError, match=message):
            load_classifier(tmp_path / "ids.keras", ModelOptions(preprocess=f"{module}:{wrong}"))


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_wrong_input_shape_shows_the_models_own_words(module: str, package: str) -> None:
    keras = __import__(package)
    inputs = keras.Input((48,))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))
    # Keras says it in different words, on different lines of its messages.
    with pytest.raises(InputError, match=r"ValueError: Input 0.*48.*\(2, 8\)") as caught:
        classifier_of(model, name="m", options=ModelOptions(preprocess=f"{module}:ids"))
    assert "`preprocess` package.module" not in str(caught.value)  # which was given


@pytest.mark.parametrize("size", [0, -1, 1.5, True, None])
def test_batch_sizes_that_are_none_score_nothing(model_of: Callable[..., Any], size: Any) -> None:
    score = classifier_of(model_of(), name="m")
    several = classifier_of(model_of(3, "softmax"), name="m")
    for call in (score.score, score.predict, several.predict):
        with pytest.raises(ConfigurationError, match="batch_size must be") as caught:
            call(TEXTS, batch_size=size)
        assert caught.value.exit_code == 2
    with pytest.raises(ConfigurationError, match="batch_size must be"):
        score.run(np.array([b"text"], dtype=object), batch_size=size)


def test_several_named_inputs(module: str, tmp_path: Path) -> None:
    import keras
    import my_preprocessing

    words = keras.Input((8,), dtype="float32", name="words")
    length = keras.Input((1,), name="length")
    joined = keras.layers.Concatenate()([words, length])
    model = keras.Model([words, length], keras.layers.Dense(1, activation="sigmoid")(joined))
    model.save(tmp_path / "two.keras")
    classifier = load_classifier(
        tmp_path / "two.keras", ModelOptions(preprocess=f"{module}:by_name")
    )
    fed = my_preprocessing.by_name(TEXTS)
    wanted = np.asarray(model([fed["words"].astype(np.float32), fed["length"]]))[:, 0]
    np.testing.assert_allclose(classifier.score(TEXTS), wanted, rtol=1e-6)


def test_a_model_of_strings_is_fed_strings_beside_one_of_numbers(
    tmp_path: Path, module: str, model_of: Callable[..., Any]
) -> None:
    model = model_of()
    model.save(tmp_path / "strings.keras")
    with_numbers = ModelOptions(preprocess=f"{module}:ids")
    scores = load_classifier(tmp_path / "strings.keras", with_numbers).score(TEXTS)
    np.testing.assert_allclose(scores, expected(model)[:, 0], rtol=1e-6)


def test_a_head_of_several(tmp_path: Path, model_of: Callable[..., Any]) -> None:
    import keras

    text = keras.Input((), dtype="string")
    toxic, insult = model_of(seed=1)(text), model_of(1, "linear", seed=2)(text)
    model = keras.Model(text, {"toxic": toxic, "insult": insult})
    model.save(tmp_path / "heads.keras")
    outputs = model(np.array([text.encode() for text in TEXTS], dtype=object))
    with pytest.raises(InputError, match="several outputs") as caught:
        load_classifier(tmp_path / "heads.keras")
    assert "toxic" in str(caught.value) and "`head`" in str(caught.value)

    def scores(head: str) -> Any:
        return load_classifier(tmp_path / "heads.keras", ModelOptions(head=head)).score(TEXTS)

    np.testing.assert_allclose(scores("toxic"), np.asarray(outputs["toxic"])[:, 0], rtol=1e-6)
    probability = 1 / (1 + np.exp(-np.asarray(outputs["insult"])[:, 0]))
    np.testing.assert_allclose(scores("insult"), probability, rtol=1e-5)
    number = str(list(outputs).index("toxic"))
    np.testing.assert_array_equal(scores(number), scores("toxic"))
    with pytest.raises(InputError, match="no output 'obscene'"):
        scores("obscene")


def test_a_class_of_several(tmp_path: Path, model_of: Callable[..., Any]) -> None:
    import keras

    model = model_of(4, "softmax")
    model.save(tmp_path / "four.keras")
    third = load_classifier(tmp_path / "four.keras", ModelOptions(positive_class=2))
    np.testing.assert_allclose(third.score(TEXTS), expected(model)[:, 2], rtol=1e-6)
    with pytest.raises(InputError, match="no class or label 4"):
        load_classifier(tmp_path / "four.keras", ModelOptions(positive_class=4))
    with pytest.raises(ConfigurationError):
        ModelOptions(positive_class=-1)
    labels = model_of(4, "linear")  # a text may have several of the four
    labels.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    labels.save(tmp_path / "labels.keras")
    several = load_classifier(tmp_path / "labels.keras", ModelOptions(positive_class=2))
    wanted = 1 / (1 + np.exp(-expected(labels)[:, 2]))
    np.testing.assert_allclose(several.score(TEXTS), wanted, rtol=1e-5)


LAYER = """
import {package} as keras


class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return inputs * 2.0
"""


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_layers_of_its_own_come_from_a_module(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model_of: Callable[..., Any],
    package: str,
) -> None:
    name = f"my_layers_of_{package}"
    (tmp_path / f"{name}.py").write_text(LAYER.format(package=package))
    monkeypatch.syspath_prepend(tmp_path)
    doubled = __import__(name).Doubled
    make = model_of if package == "keras" else legacy_model
    model = make(extra=(doubled(),))
    model.save(tmp_path / "own.keras")
    wanted = expected(model)[:, 0]
    classifier = load_classifier(tmp_path / "own.keras", ModelOptions(custom_objects=name))
    np.testing.assert_allclose(classifier.score(TEXTS), wanted, rtol=1e-6)
    if package == "tf_keras":  # Keras 2 would import whatever module the file names
        with pytest.raises(InputError, match=f"would import '{name}'"):
            load_classifier(tmp_path / "own.keras")


def test_a_saved_model_brings_layers_of_its_own_as_graphs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_layers_in_a_graph.py").write_text(LAYER.format(package="tf_keras"))
    monkeypatch.syspath_prepend(tmp_path)
    model = legacy_model(extra=(__import__("my_layers_in_a_graph").Doubled(),))
    model.save(tmp_path / "own")
    scores = load_classifier(tmp_path / "own").score(TEXTS)
    np.testing.assert_allclose(scores, expected(model)[:, 0], rtol=1e-6)


@pytest.mark.parametrize("name", ["code.keras", "code.h5", "code"])
def test_lambda_layers_of_keras_2_are_refused(tmp_path: Path, name: str) -> None:
    import tf_keras

    model = legacy_model(extra=(tf_keras.layers.Lambda(lambda x: x * 2.0),))
    model.save(tmp_path / name)
    with pytest.raises(InputError, match="Lambda"):
        load_classifier(tmp_path / name)
    trusted = load_classifier(tmp_path / name, ModelOptions(allow_unsafe=True))
    np.testing.assert_allclose(trusted.score(TEXTS), expected(model)[:, 0], rtol=1e-6)


def test_lambda_layers_of_keras_3_are_loaded_if_asked(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    import keras

    model = model_of(extra=(keras.layers.Lambda(lambda x: x * 2.0),))
    for name in ("code.keras", "code.h5"):
        model.save(tmp_path / name)
        with pytest.raises(InputError, match="Lambda"):
            load_classifier(tmp_path / name)
        trusted = load_classifier(tmp_path / name, ModelOptions(allow_unsafe=True))
        np.testing.assert_allclose(trusted.score(TEXTS), expected(model)[:, 0], rtol=1e-6)


def test_a_file_that_names_a_dangerous_function_is_refused(tmp_path: Path) -> None:
    legacy_model().save(tmp_path / "good.keras")
    for module, function in (("os", "system"), ("builtins", "exec")):
        evil = {"module": module, "class_name": "function", "config": function}
        target = tmp_path / f"{function}.keras"
        with zipfile.ZipFile(tmp_path / "good.keras") as old, zipfile.ZipFile(target, "w") as new:
            for item in old.infolist():
                content = old.read(item)
                if item.filename == "config.json":
                    config = json.loads(content)
                    config["config"]["layers"][-1]["config"]["activation"] = evil
                    content = json.dumps(config).encode()
                new.writestr(item, content)
        with pytest.raises(InputError, match="would import"):
            load_classifier(target)


def test_pickles_are_refused(tmp_path: Path, model_of: Callable[..., Any]) -> None:
    model = model_of()
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    with pytest.raises(InputError, match="pickle"):
        load_classifier(tmp_path / "model.pkl")
    trusted = load_classifier(tmp_path / "model.pkl", ModelOptions(allow_unsafe=True))
    np.testing.assert_allclose(trusted.score(TEXTS), expected(model)[:, 0], rtol=1e-6)


def test_broken_files_are_refused(tmp_path: Path) -> None:
    import h5py

    model = legacy_model()
    model.save_weights(tmp_path / "weights.h5")
    with pytest.raises(InputError, match="weights without the architecture"):
        load_classifier(tmp_path / "weights.h5")
    (tmp_path / "text.h5").write_text("text")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.attrs["model_config"] = "{"
    for name in ("text.h5", "other.h5"):
        with pytest.raises(InputError, match="cannot be read"):
            load_classifier(tmp_path / name)
    model.save(tmp_path / "folder")
    (tmp_path / "folder" / "keras_metadata.pb").write_bytes(b"\xff\xff")
    with pytest.raises(InputError, match=r"keras_metadata\.pb cannot be read"):
        load_classifier(tmp_path / "folder")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "saved_model.pb").write_bytes(b"")
    with pytest.raises(InputError, match="SavedModel"):
        load_classifier(tmp_path / "empty")


def test_a_function_that_leaves_is_a_model_that_fails() -> None:
    from evenhand.remediation.models.classifier import ScoringError

    def leaves(texts: list[str]) -> list[float]:
        if "bad" in texts:
            sys.exit(0)
        return [0.5] * len(texts)

    classifier = load_classifier(leaves)
    with pytest.raises(ScoringError, match=r"fails on a text \(SystemExit: 0\)") as caught:
        classifier.score(["good", "bad"])
    assert caught.value.number == 1
    with pytest.raises(InputError, match=r"fails on a list of 2 texts \(SystemExit: 0\)"):
        load_classifier(lambda texts: sys.exit(0))


def test_the_text_that_a_model_fails_on_is_named() -> None:
    import keras
    import tensorflow as tf

    from evenhand.remediation.models.classifier import ScoringError
    from evenhand.remediation.models.loading import classifier_of

    class Picky(keras.Model):
        def call(self, texts: Any) -> Any:
            tf.debugging.assert_none_equal(texts, b"bad")
            return tf.fill([tf.shape(texts)[0], 1], 0.5)

    classifier = classifier_of(Picky(), name="picky")
    with pytest.raises(ScoringError, match="fails on a text") as caught:
        classifier.score(["good", "fine", "fine", "bad", "fine"], batch_size=3)
    assert caught.value.number == 3


@pytest.mark.slow
def test_code_that_says_tf_keras_gets_the_keras_of_the_file(tmp_path: Path) -> None:
    legacy_model().save(tmp_path / "old.h5")
    (tmp_path / "mine.py").write_text(
        "import tensorflow as tf\nKERAS = tf.keras.Model.__module__\n"
    )
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import ModelOptions, load_classifier
load_classifier(sys.argv[1] + "/old.h5", ModelOptions(custom_objects="mine"))
import mine
assert mine.KERAS.startswith("tf_keras"), mine.KERAS
try:
    from evenhand.remediation import CounterfactualModel
except ConfigurationError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=500
    )
    assert run.returncode == 0, run.stderr
    assert "has loaded TensorFlow with Keras 2" in run.stdout


def test_a_process_with_tensorflow_is_left_as_it_is(tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    legacy_model().save(tmp_path / "old.h5")
    settle_keras_for([tmp_path / "old.h5", "module:model", "http://host/v1/models/m"])
    assert tf.keras.Model is keras.Model
