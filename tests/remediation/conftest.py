"""Tiny classifiers on string input, made in a moment, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

VOCABULARY = "the a she he her his is was fine good bad rude awful kind day man woman nobody"
WORDS = VOCABULARY.split()


def make_model(
    units: int = 1, activation: str = "sigmoid", *, extra: tuple[Any, ...] = (), seed: int = 7
) -> Any:
    from evenhand.remediation.runtime.tensorflow import import_keras

    keras = import_keras()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input(shape=(), dtype="string"),
            layers.TextVectorization(vocabulary=WORDS, output_sequence_length=8),
            layers.Embedding(len(WORDS) + 2, 4),
            layers.GlobalAveragePooling1D(),
            *extra,
            layers.Dense(units, activation=activation),
        ]
    )


@pytest.fixture(scope="session")
def model_of() -> Callable[..., Any]:
    return make_model
