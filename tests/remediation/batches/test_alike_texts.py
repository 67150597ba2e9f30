"""Which pairs a model cannot tell apart: by its tokens, its preprocessing or its outputs."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.remediation import ModelOptions, tells_alike

ORIGINALS = ["she sings", "a zebra sings", "one two three she", "she sings", "SHE sings"]
COUNTERFACTUALS = ["he sings", "a quagga sings", "one two three he", "she sings", "she sings"]
# Different tokens; both out of vocabulary; past the end; identical; the same in small letters
ALIKE = [False, True, True, True, True]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import keras

    vectorise = keras.layers.TextVectorization(output_sequence_length=3)
    vectorise.adapt(["she he sings one two three a"])
    text = keras.Input((), dtype="string")
    tokens = keras.layers.Embedding(vectorise.vocabulary_size(), 4)(vectorise(text))
    score = keras.layers.Dense(1, activation="sigmoid")(
        keras.layers.GlobalAveragePooling1D()(tokens)
    )
    path = tmp_path_factory.mktemp("models") / "model.keras"
    keras.Model(text, score).save(path)
    return path


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_token_numbers_are_compared_where_the_model_makes_them(model, batch_size):
    alike = tells_alike(model, batch_size=batch_size)
    assert alike.how == "the token numbers that its string layers make"
    assert alike(ORIGINALS, COUNTERFACTUALS) == ALIKE
    assert alike([], []) == []


def test_outputs_are_compared_bit_for_bit_where_there_are_no_tokens():
    def scores(texts):
        return np.array([0.5 + ("he" in text.split()) * 1e-7 for text in texts])

    alike = tells_alike(scores)
    assert "bit for bit" in alike.how
    assert alike(ORIGINALS, COUNTERFACTUALS) == [False, True, False, True, True]


def test_what_preprocessing_makes_is_compared(tmp_path, monkeypatch):
    import keras

    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "lengths_of_texts.py").write_text(
        "import numpy as np\n\ndef lengths(texts):\n"
        "    return np.array([[len(text), text.count('s')] for text in texts], 'float32')\n"
    )
    numbers = keras.Input((2,))
    model = keras.Model(numbers, keras.layers.Dense(1, activation="sigmoid")(numbers))
    model.save(tmp_path / "model.keras")
    options = ModelOptions(preprocess="lengths_of_texts:lengths")
    alike = tells_alike(tmp_path / "model.keras", options=options)
    assert alike.how == "what its preprocessing makes of the texts"
    assert alike(["ab", "as", "as"], ["cd", "ab", "sa"]) == [True, False, True]
