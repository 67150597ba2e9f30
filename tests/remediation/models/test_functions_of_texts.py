"""Whatever can be called with a list of texts and gives scores is a model, however it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import ModelOptions, load_classifier

CODE = """
import functools

import numpy as np


def of_one(text):
    return min(len(text), 10) / 10


def plain(texts):
    return [of_one(text) for text in texts]


def with_options(texts, batch_size=32):
    return plain(texts)


def of_a_path(path, texts):
    return plain(texts)


def unwrapped(function):
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


class Model:
    def predict(self, texts):
        return plain(texts)

    def __call__(self, texts):
        return plain(texts)


class Module:  # as those of PyTorch
    def __call__(self, *args, **kwargs):
        return np.array(plain(*args, **kwargs))[:, None]



number = 3
model = Model()
module = Module()
partial = functools.partial(of_a_path, "weights.bin")
short = lambda texts: plain(texts)
decorated = unwrapped(plain)
vectorised = np.vectorize(of_one, otypes=[float])


@unwrapped
def made():
    return model


def broken():
    raise RuntimeError("no weights")


def defaults(texts=()):
    return plain(texts)


def wrong(*texts):
    return 1 / 0


def two(first, second):
    return plain(first)
"""
TEXTS = ["", "she", "she is kind"]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "things_to_call.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    return "things_to_call"


@pytest.mark.parametrize(
    "name",
    [
        "plain", "with_options", "model", "model.predict", "Model", "module", "partial", "short",
        "decorated", "vectorised", "made",
    ],
)  # fmt: skip
def test_it_is_scored_by_its_name_and_by_itself(module: str, name: str) -> None:
    by_name = load_classifier(f"{module}:{name}")
    np.testing.assert_allclose(by_name.score(TEXTS), [0, 0.3, 1])
    assert by_name.keras_model is None
    found: Any = __import__(module)
    for part in name.split("."):
        found = getattr(found, part)
    if name not in ("Model", "made"):  # which make one
        np.testing.assert_allclose(load_classifier(found).score(TEXTS), [0, 0.3, 1])


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("broken", "cannot be made .RuntimeError: no weights"),
        ("defaults", "things_to_call:defaults is a list"),
        ("two", "cannot be made .TypeError"),
        ("wrong", "ZeroDivisionError"),
        ("number", "things_to_call:number is a int"),
    ],
)
def test_what_cannot_be_called_so_is_an_error(module: str, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load_classifier(f"{module}:{name}")


def test_a_function_in_memory_takes_no_options_of_files() -> None:
    def score(texts: list[str]) -> list[float]:
        return [0.5] * len(texts)

    with pytest.raises(ConfigurationError, match="for a function, options can only"):
        load_classifier(score, ModelOptions(preprocess="module:function"))


def test_a_keras_model_in_memory_is_scored(model_of: Callable[..., Any]) -> None:
    model = model_of()
    wanted = np.asarray(model(np.array([text.encode() for text in TEXTS], dtype=object)))[:, 0]
    np.testing.assert_allclose(load_classifier(model).score(TEXTS), wanted, rtol=1e-6)
