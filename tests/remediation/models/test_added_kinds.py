"""Kinds of models that other packages add: they load, or an error names the package."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.models.references import file_of, inspect_model, keras_to_train, kind_of
from evenhand.remediation.training.output_folder import saved_name

GROUP = "evenhand.models"
CODE = """
import numpy as np

from evenhand.remediation import ModelKind
from evenhand.remediation.outputs.last_operation import Computed
from evenhand.remediation.outputs.meaning import Evidence

asked = []


def lengths(texts):
    assert all(type(text) is str for text in texts)
    return [min(len(text), 10) / 10 for text in texts]


class Logits:
    takes_strings = None

    def __call__(self, inputs):
        return {"score": np.array([len(text) - 5.0 for text in inputs])}

    def evidence(self, head):
        return Evidence(loss="binary_crossentropy", takes="logits")


def load(reference, options):
    asked.append((reference, options))
    return lengths


def fail(reference, options):
    raise RuntimeError("no weights")


def leave(reference, options):
    raise SystemExit(0)


def keras_model(reference, options):
    import keras

    text = keras.Input((), dtype="string")
    numbers = keras.layers.TextVectorization(vocabulary=["she"], output_sequence_length=4)(text)
    hidden = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(3, 2)(numbers))
    return keras.Model(text, keras.layers.Dense(1, activation="sigmoid")(hidden))


class Lists(Logits):
    def __call__(self, inputs):
        return {"score": [0.5 for text in inputs]}


PLAIN = ModelKind(load)
PREDICTOR = ModelKind(lambda reference, options: Logits())
TRAINED = ModelKind(keras_model, is_trainable=True)
FAILS = ModelKind(fail)
LEAVES = ModelKind(leave)
NOTHING = ModelKind(lambda reference, options: 3)
SHORT = ModelKind(lambda reference, options: lambda texts: [0.5])
LISTS = ModelKind(lambda reference, options: Lists())
EMPTY = ModelKind(lambda reference, options: lambda texts: {})
LARGE = ModelKind(lambda reference, options: lambda texts: [2.0] * len(texts))
"""
TEXTS = ["", "she", "she is kind"]


@pytest.fixture
def add(add_package: Callable[..., None]) -> Callable[..., None]:
    def add(package: str, **points: str) -> None:
        named = {f".{name}" if len(name) < 6 else name: each for name, each in points.items()}
        add_package(package, GROUP, named, CODE)

    return add


def test_a_file_is_known_by_its_suffix(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_by_suffix", table="PLAIN")
    for name in ("model.table", "MODEL.TABLE"):
        (tmp_path / name).write_text("1")
    (tmp_path / "folder.table").mkdir()
    (tmp_path / "folder.table" / "part").write_text("1")
    options = ModelOptions(allow_unsafe=True)
    for name in ("model.table", "MODEL.TABLE", "folder.table"):
        classifier = load_classifier(tmp_path / name, options)
        np.testing.assert_allclose(classifier.score(TEXTS), [0, 0.3, 1])
        assert classifier.name == name and len(classifier.sha256 or "") == 64
        assert classifier.identity is None  # its scores are not kept: the package may change
        with pytest.raises(InputError, match="can be scored but not trained"):
            keras_to_train(tmp_path / name)
    import kinds_by_suffix

    assert kinds_by_suffix.asked[0] == (str(tmp_path / "model.table"), options)


@pytest.mark.parametrize("scheme", ["ModelStore", "modelstore"])
def test_a_url_is_known_by_its_scheme(add: Callable[..., None], scheme: str) -> None:
    add(f"kinds_by_scheme_{scheme}", modelstore="PLAIN")
    url = f"{scheme}://me:S3CRET@host/toxic?key=T0KEN"
    classifier = load_classifier(url)
    np.testing.assert_allclose(classifier.score(TEXTS), [0, 0.3, 1])
    assert classifier.name == f"{scheme}://***@host/toxic?key=***"
    assert classifier.sha256 is None and file_of(url) is None
    package = importlib.import_module(f"kinds_by_scheme_{scheme}")
    assert package.asked[0][0] == url  # the package needs the secret


def test_a_predictor_says_what_its_outputs_are(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_of_predictors", logit="PREDICTOR")
    (tmp_path / "model.logit").write_text("")
    classifier = load_classifier(tmp_path / "model.logit")
    assert classifier.gives_logits
    np.testing.assert_allclose(classifier.score(["12345"]), [0.5])


def test_a_kind_may_be_trained(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_to_train", spec="TRAINED")
    (tmp_path / "model.spec").mkdir()
    assert keras_to_train(tmp_path / "model.spec") == 3
    assert saved_name(tmp_path / "model.spec") == "model.keras"
    classifier = load_classifier(tmp_path / "model.spec")
    assert classifier.trainable_model(3).trainable_weights


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ("FAILS", r"cannot be loaded \(RuntimeError: no weights\)"),
        ("LEAVES", r"cannot be loaded \(SystemExit: 0\)"),
        ("NOTHING", "a value of type int is not a model"),
        ("SHORT", r"outputs of shape \(1,\) for two texts"),
        ("LISTS", "expected: arrays by their names"),
        ("EMPTY", "the model gives no output"),
        ("LARGE", "the model gives 2, which is not between 0 and 1"),
    ],
)
def test_what_gives_no_scores_is_an_error(
    add: Callable[..., None], tmp_path: Path, attribute: str, what: str
) -> None:
    add(f"kinds_without_scores_{attribute.lower()}", table=attribute)
    (tmp_path / "model.table").write_text("1")
    with pytest.raises(InputError, match=what) as caught:
        load_classifier(tmp_path / "model.table")
    assert "model.table" in str(caught.value)


def test_an_entry_point_that_is_no_kind(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_that_are_none", table="lengths", other="absent")
    for name, what in (("model.table", "'.table' is a function"), ("m.other", "cannot be loaded")):
        (tmp_path / name).write_text("1")
        with pytest.raises(ConfigurationError, match=what):
            load_classifier(tmp_path / name)


@pytest.mark.parametrize("name", [".pkl", ".keras", ".tflite", "saved_model.pb", "http"])
def test_no_package_takes_the_place_of_a_kind_of_evenhand_s_own(
    add_package: Callable[..., None], tmp_path: Path, name: str
) -> None:
    """Or what is checked before it is loaded would not be."""
    package = f"kinds_that_clash_with_{name.removeprefix('.').replace('.', '_')}"
    add_package(package, GROUP, {name: "PLAIN"}, CODE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "saved_model.pb").write_bytes(b"")
    (tmp_path / f"model{name}").write_bytes(b"")
    references = {"http": "http://host/v1/models/m", "saved_model.pb": tmp_path / "folder"}
    with pytest.raises(ConfigurationError, match=f"'{name}' is evenhand's own") as caught:
        load_classifier(references.get(name, tmp_path / f"model{name}"))
    assert package in str(caught.value)


def test_what_is_not_known_is_told_what_there_is(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_to_suggest", table="PLAIN", modelstore="PLAIN")
    for name, suggested in (("m.tabel", ".table"), ("m.kears", ".keras"), ("m.tflit", ".tflite")):
        (tmp_path / name).write_text("")
        with pytest.raises(InputError, match="this kind of model is not supported") as caught:
            inspect_model(tmp_path / name)
        assert f"did you mean '{suggested}'?" in str(caught.value)
        assert "what packages add: .table, modelstore://" in str(caught.value)
    with pytest.raises(InputError, match="did you mean 'modelstore'"):
        kind_of("modelstor://host/m")
    with pytest.raises(InputError, match="no such model"):
        kind_of(tmp_path / "absent.table")


@pytest.mark.parametrize("name", ["a" * 5_000, "a" * 300 + ".keras", "\0", "b/" + "a" * 300])
def test_a_name_that_no_file_can_have_is_no_model(name: str) -> None:
    with pytest.raises(InputError, match="no such model"):
        load_classifier(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(add: Callable[..., None], tmp_path: Path) -> None:
    add("kinds_for_a_pipe", table="PLAIN")
    os.mkfifo(tmp_path / "pipe.table")
    with pytest.raises(InputError, match="not supported"):
        load_classifier(tmp_path / "pipe.table")


def test_without_packages_nothing_of_theirs_is_known(tmp_path: Path) -> None:
    (tmp_path / "model.table").write_text("")
    with pytest.raises(InputError, match="not supported") as caught:
        kind_of(tmp_path / "model.table")
    assert "what packages add" not in str(caught.value)
    assert kind_of("module:attribute").is_trainable
