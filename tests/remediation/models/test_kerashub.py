"""KerasHub's text classifiers, where KerasHub is installed: a tiny BERT with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from evenhand.data.building.build import build_dataset
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.models.loading import classifier_of
from evenhand.remediation.runtime.tensorflow import import_keras

keras = import_keras()
keras_hub = pytest.importorskip("keras_hub")

WORDS = ["the", "a", "she", "he", "is", "was", "kind", "rude", "today"]
TEXTS = ["she is rude", "he is kind today", "", "unseen words"]
HUB = ModelOptions(custom_objects="keras_hub")


def tiny_bert() -> Any:
    keras.utils.set_random_seed(1)
    models = keras_hub.models
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = models.BertTokenizer(vocabulary=tokens, lowercase=True)
    backbone = models.BertBackbone(
        vocabulary_size=len(tokens),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=12,
    )
    preprocessor = models.BertTextClassifierPreprocessor(tokenizer, sequence_length=12)
    return models.BertTextClassifier(backbone, num_classes=2, preprocessor=preprocessor)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hub") / "bert.keras"
    tiny_bert().save(path)
    return path


def test_its_own_preprocessor_is_used(saved: Path) -> None:
    logits = np.asarray(tiny_bert().predict(TEXTS, verbose=0), dtype=np.float64)
    scores = load_classifier(saved, HUB).score(TEXTS, batch_size=3)
    np.testing.assert_allclose(scores, softmax(logits, axis=1)[:, 1], rtol=1e-5)


def test_one_that_takes_strings(saved: Path) -> None:
    # In memory: Keras saves such a model, and cannot load it.
    inner = tiny_bert()
    text = keras.Input((), dtype="string")
    strings = classifier_of(keras.Model(text, inner(inner.preprocessor(text))), name="strings")
    np.testing.assert_allclose(
        strings.score(TEXTS), load_classifier(saved, HUB).score(TEXTS), rtol=1e-5
    )


@pytest.mark.slow
def test_it_is_trained_behind_its_preprocessor_and_saved_with_it(
    saved: Path, tmp_path: Path
) -> None:
    from evenhand.remediation import train

    rows = [(f"{who} was {word} today", int(word == "rude")) for who in ("she", "he", "a")
            for word in ("kind", "rude")]  # fmt: skip
    lines = ["text,label", *(f"{text},{label}" for text, label in rows * 12)]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([tmp_path / "rows.csv"], tmp_path / "data", label_column="label")
    result = train(saved, tmp_path / "data", tmp_path / "clp", custom_objects="keras_hub", epochs=1)
    trained = load_classifier(result.model, HUB)
    assert type(trained.keras_model) is keras_hub.models.BertTextClassifier
    assert not np.allclose(trained.score(TEXTS), load_classifier(saved, HUB).score(TEXTS))
