"""A model of Keras 2 for tests that run in a process in which `tf.keras` is Keras 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenhand.remediation.runtime.tensorflow import import_keras

keras = import_keras(2)

WORDS = ["the", "a", "she", "he", "is", "was", "kind", "rude", "odd", "somebody", "today", "again"]


def text_model(*extra: Any) -> Any:
    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.InputLayer((), dtype="string"),
            layers.TextVectorization(vocabulary=WORDS, output_mode="multi_hot"),
            *extra,
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    return model


def token_ids(texts: list[str]) -> Any:
    """What `--preprocess` names: the numbers of five words at the most."""
    ids = np.zeros((len(texts), 5), dtype=np.int64)
    for row, text in zip(ids, texts, strict=True):
        for place, word in enumerate(text.split()[:5]):
            row[place] = WORDS.index(word) + 1 if word in WORDS else 0
    return ids
