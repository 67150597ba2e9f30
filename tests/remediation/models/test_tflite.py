"""TFLite files: the scores of the interpreter, quantised or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import InputError
from evenhand.remediation import ModelOptions, load_classifier

TEXTS = ["she is kind", "he is rude", "", "a bad day", "unseen words only"]

FEATURES = """
import numpy as np


def letters(texts):
    rows = [[text.count(letter) for letter in "aeiours "] for text in texts]
    return np.array(rows, dtype=np.float32)


def named(texts):
    return {"first": letters(texts)[:, :3], "second": letters(texts)[:, 3:]}
"""


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "my_features.py").write_text(FEATURES)
    monkeypatch.syspath_prepend(tmp_path)
    return __import__("my_features")


def converter(function: Any, *specs: Any) -> Any:
    import tensorflow as tf

    concrete = tf.function(function).get_concrete_function(*specs)
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete])


def sigmoid_of(weights: Any) -> Any:
    import tensorflow as tf

    return lambda x: {"score": tf.sigmoid(tf.linalg.matvec(x, weights))[:, None]}


WEIGHTS = np.linspace(-1, 1, 8).astype(np.float32)


@pytest.mark.parametrize("rows", [None, 1])
def test_scores_are_the_models_at_any_batch_size(
    tmp_path: Path, features: Any, rows: int | None
) -> None:
    import tensorflow as tf

    made = converter(sigmoid_of(WEIGHTS), tf.TensorSpec([rows, 8], name="features"))
    (tmp_path / "model.tflite").write_bytes(made.convert())
    options = ModelOptions(preprocess="my_features:letters")
    classifier = load_classifier(tmp_path / "model.tflite", options)
    wanted = 1 / (1 + np.exp(-features.letters(TEXTS) @ WEIGHTS))
    np.testing.assert_allclose(classifier.score(TEXTS, batch_size=3), wanted, rtol=1e-5)
    assert classifier.keras_model is None and len(classifier.sha256 or "") == 64
    with pytest.raises(InputError, match="does not take strings: its input is features float32"):
        load_classifier(tmp_path / "model.tflite")


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
def test_integers_of_a_quantised_model_are_converted_by_its_scales(
    tmp_path: Path, features: Any
) -> None:
    import tensorflow as tf

    made = converter(sigmoid_of(WEIGHTS), tf.TensorSpec([1, 8], name="features"))
    made.optimizations = [tf.lite.Optimize.DEFAULT]
    made.representative_dataset = lambda: [[features.letters([text])] for text in TEXTS]
    made.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    made.inference_input_type = made.inference_output_type = tf.int8
    (tmp_path / "small.tflite").write_bytes(made.convert())
    options = ModelOptions(preprocess="my_features:letters")
    scores = load_classifier(tmp_path / "small.tflite", options).score(TEXTS)
    wanted = 1 / (1 + np.exp(-features.letters(TEXTS) @ WEIGHTS))
    np.testing.assert_allclose(scores, wanted, atol=0.03)


def test_several_named_inputs(tmp_path: Path, features: Any) -> None:
    import tensorflow as tf

    made = converter(
        lambda first, second: sigmoid_of(WEIGHTS)(tf.concat([first, second], axis=1)),
        tf.TensorSpec([None, 3], name="first"),
        tf.TensorSpec([None, 5], name="second"),
    )
    (tmp_path / "two.tflite").write_bytes(made.convert())
    options = ModelOptions(preprocess="my_features:named")
    wanted = 1 / (1 + np.exp(-features.letters(TEXTS) @ WEIGHTS))
    scores = load_classifier(tmp_path / "two.tflite", options).score(TEXTS)
    np.testing.assert_allclose(scores, wanted, rtol=1e-5)


def test_a_model_of_strings(tmp_path: Path) -> None:
    import tensorflow as tf

    def is_rude(text: Any) -> Any:
        return tf.cast(tf.equal(text, "he is rude"), tf.float32)

    made = converter(is_rude, tf.TensorSpec([None], tf.string, name="text"))
    made.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    (tmp_path / "strings.tflite").write_bytes(made.convert())
    scores = load_classifier(tmp_path / "strings.tflite").score(TEXTS)
    assert scores.tolist() == [0, 1, 0, 0, 0]


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "text.tflite").write_text("text")
    with pytest.raises(InputError, match="cannot be read"):
        load_classifier(tmp_path / "text.tflite")
