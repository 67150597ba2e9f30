"""A model of Keras 2 for tests that run in a process in which `tf.keras` is Keras 2."""

from __future__ import annotations

from typing import Any

from evenhand.remediation.tensorflow_runtime import import_keras

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
