"""Text preprocessing that leaves the model for the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evenhand.remediation.batches.vectorisation import TextEncoding, TokenEncoding, encoding_of
from evenhand.remediation.runtime.texts import encode_texts

TEXTS = encode_texts(
    ["she was good", "", "nobody is kind \x00", "was " * 20, "ünknown he", "the bad day was fine"]
)


def functional(*string_layers: Any) -> Any:
    import keras

    keras.utils.set_random_seed(1)
    text = keras.Input((), dtype="string")
    x = text
    for layer in string_layers:
        x = layer(x)
    if len(x.shape) == 1:
        x = keras.layers.Reshape((1,))(x)
    if x.dtype == "int64":
        x = keras.layers.Embedding(30, 4, mask_zero=True)(x)
        x = keras.layers.GlobalAveragePooling1D()(x)
    return keras.Model(text, keras.layers.Dense(1, activation="sigmoid")(x))


def scores_of(model: Any, texts: Any) -> Any:
    import tensorflow as tf

    return model.predict(tf.constant(texts), verbose=0)


def vectorisation(**options: Any) -> Any:
    import keras

    return keras.layers.TextVectorization(vocabulary=["she", "was", "good", "kind"], **options)


def moved() -> dict[str, Callable[[], Any]]:
    import keras

    return {
        "fixed length": lambda: functional(vectorisation(output_sequence_length=6)),
        "any length": lambda: functional(vectorisation()),
        "hashing": lambda: functional(keras.layers.Hashing(20)),
        "nested": lambda: functional(
            keras.Sequential([keras.Input((), dtype="string"), vectorisation(max_tokens=9,
            output_sequence_length=6)])
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["fixed length", "any length", "hashing", "nested"])
def test_encoded_texts_get_the_scores_that_texts_get(name: str) -> None:
    import tensorflow as tf

    model = moved()[name]()
    encoding = encoding_of(model)
    assert isinstance(encoding, TokenEncoding)
    assert encoding.has_fixed_shape == (name != "any length")
    rows = encoding.encode(TEXTS)
    order = np.array([3, 1, 0, 5, 2, 4])
    tokens = encoding.batch(rows[order])
    assert encoding.spec.is_compatible_with(tf.constant(tokens))
    np.testing.assert_allclose(
        np.asarray(encoding.model(tokens)), scores_of(model, TEXTS[order]), rtol=1e-6
    )
    assert len(encoding.batch(encoding.encode(TEXTS[:0]))) == 0


def test_short_batches_are_padded_to_their_own_longest() -> None:
    encoding = encoding_of(functional(vectorisation()))
    rows = encoding.encode(TEXTS)
    assert encoding.batch(rows).shape == (6, 20)
    np.testing.assert_array_equal(encoding.batch(rows[[0, 1]]), [[2, 3, 4], [0, 0, 0]])


def test_what_is_trained_is_the_model_itself(model_of: Callable[..., Any]) -> None:
    model = model_of()
    model.compile("adam", loss="binary_crossentropy")
    config = model.get_config()
    encoding = encoding_of(model)
    tokens = encoding.batch(encoding.encode(TEXTS))
    before = scores_of(model, TEXTS)
    encoding.model.compile("sgd", loss="binary_crossentropy")
    encoding.model.fit(tokens, np.ones((6, 1)), verbose=0)
    after = scores_of(model, TEXTS)
    assert np.abs(after - before).max() > 1e-4
    np.testing.assert_allclose(encoding.model.predict(tokens, verbose=0), after, rtol=1e-6)
    assert model.get_config() == config


def test_other_models_keep_their_strings(model_of: Callable[..., Any]) -> None:
    import keras

    bag = functional(vectorisation(output_mode="multi_hot"))
    ragged = functional(vectorisation(), keras.layers.Identity())
    text = keras.Input((), dtype="string")
    tokens = vectorisation(output_sequence_length=3)(text)
    length = keras.layers.Hashing(7)(text)
    two = keras.Model(
        text, keras.layers.Dense(1)(keras.layers.Concatenate()([tokens, length[:, None]]))
    )

    class Subclassed(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = model_of()

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    for model in (bag, two, Subclassed()):
        encoding = encoding_of(model)
        assert isinstance(encoding, TextEncoding)
        assert encoding.model is model
    assert isinstance(encoding_of(ragged), TokenEncoding)
