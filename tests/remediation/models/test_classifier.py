"""Loading a classifier from a MODEL reference and scoring with it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import InputError
from evenhand.data.storage.files import sha256_of
from evenhand.remediation import load_classifier
from evenhand.remediation.model_options import ModelOptions

TEXTS = ["she is kind", "he is rude", "", "a bad day", "unseen words only"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, model_of: Callable[..., Any]) -> Path:
    path = tmp_path_factory.mktemp("models") / "small.keras"
    model_of().save(path)
    return path


def test_scores_are_what_keras_predicts(saved: Path) -> None:
    import keras
    import tensorflow as tf

    classifier = load_classifier(str(saved))
    scores = classifier.score(TEXTS, batch_size=2)
    expected = keras.saving.load_model(saved).predict(tf.constant(TEXTS), verbose=0)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected[:, 0], rtol=1e-6)
    assert (classifier.name, classifier.sha256) == ("small.keras", sha256_of(saved))
    assert classifier.score([]).shape == (0,)


def test_two_classes_and_logits_become_the_positive_probability(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    logits, pair, two = model_of(1, "linear"), model_of(2, "linear"), model_of(2, "softmax")
    for name, model in {"logits": logits, "pair": pair, "two": two}.items():
        model.save(tmp_path / f"{name}.keras")
    raw = load_classifier(tmp_path / "logits.keras")
    outputs = np.asarray(raw.keras_model(np.array(TEXTS, dtype=object)))
    np.testing.assert_allclose(raw.score(TEXTS), 1 / (1 + np.exp(-outputs[:, 0])), rtol=1e-6)
    softmax = load_classifier(tmp_path / "two.keras").score(TEXTS)
    np.testing.assert_allclose(load_classifier(tmp_path / "pair.keras").score(TEXTS), softmax)
    np.testing.assert_allclose(softmax, np.asarray(two(np.array(TEXTS, dtype=object)))[:, 1])


def test_text_that_utf8_cannot_hold_is_scored(saved: Path) -> None:
    scores = load_classifier(saved).score(["she \ud800 is kind", "nul \x00 inside\x00", "\udfff"])
    assert np.isfinite(scores).all()


def test_progress_is_told(saved: Path) -> None:
    seen: list[tuple[str, float, float | None]] = []
    load_classifier(saved).score(
        TEXTS,
        batch_size=2,
        progress=lambda stage, done, total=None, note="": seen.append((stage, done, total)),
    )
    assert seen == [("scoring", 2, 5), ("scoring", 4, 5), ("scoring", 5, 5)]


def test_a_model_or_a_function_in_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Path
) -> None:
    (tmp_path / "my_models.py").write_text(
        f"import keras\ndef load():\n    return keras.saving.load_model({str(saved)!r})\n"
        "model = load()\nnumber = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere", *__import__("sys").path])
    expected = load_classifier(saved).score(TEXTS)
    for attribute in ("load", "model"):
        classifier = load_classifier(f"my_models:{attribute}")
        np.testing.assert_array_equal(classifier.score(TEXTS), expected)
        assert classifier.sha256 is None
    for wrong in ("my_models:number", "my_models:absent", "no_such_module_here:model"):
        with pytest.raises(InputError):
            load_classifier(wrong)


def _rewritten(source: Path, target: Path, name: str, change: Callable[[Any], Any]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == name:
                content = json.dumps(change(json.loads(content))).encode()
            new.writestr(item, content)
    return target


def test_files_that_cannot_be_used_are_refused(
    saved: Path, tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    import keras

    def refused(path: Path, message: str) -> None:
        with pytest.raises(InputError, match=message) as caught:
            load_classifier(path)
        assert str(path) in str(caught.value)

    refused(tmp_path / "absent.keras", "no such model")
    (tmp_path / "folder.keras").mkdir()
    refused(tmp_path / "folder.keras", "not supported")
    (tmp_path / "model.txt").write_text("text")
    refused(tmp_path / "model.txt", "not supported")
    (tmp_path / "text.keras").write_text("text")
    refused(tmp_path / "text.keras", "cannot be read")
    (tmp_path / "short.keras").write_bytes(saved.read_bytes()[:-2000])
    refused(tmp_path / "short.keras", "cannot be read")
    damaged = bytearray(saved.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "damaged.keras").write_bytes(damaged)
    refused(tmp_path / "damaged.keras", "cannot be")
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "not a model")
    refused(tmp_path / "other.keras", "cannot be read")
    old = _rewritten(
        saved, tmp_path / "old.keras", "metadata.json", lambda m: {**m, "keras_version": "2.15.0"}
    )
    refused(old, "cannot be loaded(.|\\n)*see whether Keras 2 itself loads it")
    strange = _rewritten(
        saved, tmp_path / "strange.keras", "config.json", lambda c: {**c, "class_name": "Nothing"}
    )
    refused(strange, "names .Nothing.")
    own = {"module": "own", "class_name": "Nothing", "registered_name": "own>Nothing"}
    unknown = _rewritten(saved, tmp_path / "unknown.keras", "config.json", lambda c: {**c, **own})
    with pytest.raises(InputError, match=r"the module of its own layers(.|\n)*custom_objects"):
        load_classifier(unknown, ModelOptions(allow_unsafe=True))
    with_code = model_of(extra=(keras.layers.Lambda(lambda x: x * 2.0),))
    with_code.save(tmp_path / "code.keras")
    refused(tmp_path / "code.keras", "Lambda")


def test_models_that_are_no_text_classifier_are_refused(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    import keras

    numbers = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    numbers.save(tmp_path / "numbers.keras")
    with pytest.raises(InputError, match="does not take strings: its input is float32"):
        load_classifier(tmp_path / "numbers.keras")
    text = keras.Input((), dtype="string")
    inner = model_of()(text)
    keras.Model(text, {"a": inner, "b": 1 - inner}).save(tmp_path / "heads.keras")
    with pytest.raises(InputError, match="several outputs"):
        load_classifier(tmp_path / "heads.keras")


def test_scores_that_are_no_probabilities_are_refused(
    tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    broken = model_of()
    broken.layers[-1].bias.assign([float("nan")])
    broken.save(tmp_path / "nan.keras")
    with pytest.raises(InputError, match="score nan"):
        load_classifier(tmp_path / "nan.keras").score(TEXTS)
    model_of(1, "relu", extra=()).save(tmp_path / "relu.keras")
    unbounded = load_classifier(tmp_path / "relu.keras")
    unbounded.keras_model.layers[-1].bias.assign([3.0])
    with pytest.raises(InputError, match="no numbers between 0 and 1"):
        unbounded.score(TEXTS)
