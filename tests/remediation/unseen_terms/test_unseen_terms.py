"""A training that helps with terms it does not see: a model's own words, erasure, blind targets."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import (
    ModelOptions,
    TrainingInterrupted,
    load_classifier,
    train,
)
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.models.loading import classifier_of
from evenhand.remediation.techniques.logit_pairing import LogitPairing
from evenhand.remediation.unseen_terms.erasure import erase_identity
from evenhand.remediation.unseen_terms.vocabulary import vocabulary_of

TERMS = ["she", "he", "woman", "man", "girl", "boy", "mother", "father"]
UNSEEN = ["gay", "jew", "nun"]  # which no pair holds
PLAIN = ["".join(each) for each in itertools.product("bdl", "ae", "mnr", "io", "kst")]
SPECIAL = 2  # rows of the embedding before the words': padding, and words that are not known
WORDS = ["was", "rude", "kind", *PLAIN]
for _place, _term in enumerate([*TERMS, *UNSEEN]):  # among words that are about as common
    WORDS.insert(10 + 8 * _place, _term)
IDENTITY = np.array([3.0, -2.0, 1.0, 0, 0, 0])  # what the vectors of identity terms have in common
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
QUICK: dict[str, Any] = {**ANY, "epochs": 2, "batch_size": 32, "seed": 1, "unseen_terms": True}


def _rows(words: list[str]) -> list[int]:
    return [WORDS.index(word) + SPECIAL for word in words]


def _model() -> Any:
    from evenhand.remediation.runtime.tensorflow import import_keras

    keras = import_keras()
    layers = keras.layers
    weights = keras.initializers.Constant([[0.6], [-0.4], [0.2], [1.0], [0.0], [0.0]])
    embedding = layers.Embedding(len(WORDS) + SPECIAL, len(IDENTITY), name="vectors")
    model = keras.Sequential(
        [
            layers.Input(shape=(), dtype="string"),
            layers.TextVectorization(vocabulary=WORDS, output_sequence_length=6),
            embedding,
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid", kernel_initializer=weights),
        ]
    )
    vectors = np.random.default_rng(0).normal(size=(len(WORDS) + SPECIAL, len(IDENTITY)))
    vectors[_rows(["rude"]), 3] += 6
    vectors[_rows(["kind"]), 3] -= 6
    vectors[_rows([*TERMS, *UNSEEN])] += IDENTITY
    embedding.set_weights([vectors.astype(np.float32)])
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen")
    _model().save(folder / "baseline.keras")
    lines = [
        f"{who} was {word} {PLAIN[number % len(PLAIN)]}"
        for number, who in enumerate([*TERMS, PLAIN[0], PLAIN[1]] * 12)
        for word in ("rude", "kind")
    ]
    (folder / "rows.csv").write_text("\n".join(["text", *lines]) + "\n")
    build_dataset([folder / "rows.csv"], folder / "rows", method="ablate")
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Any:
    return train(
        folder / "baseline.keras", folder / "rows", folder / "clp", unlabelled=True, **QUICK
    )


def test_the_direction_of_identity_is_erased_from_terms_that_nobody_listed_too() -> None:
    model = _model()
    before = model.get_layer("vectors").get_weights()[0]
    note = erase_identity(classifier_of(model, name="model"), [*TERMS, "step mother"], WORDS)
    after = model.get_layer("vectors").get_weights()[0]
    assert "'vectors' before the training (LEACE, from 8 terms and 69 other words)" in note
    np.testing.assert_array_equal(after[:SPECIAL], before[:SPECIAL])

    def tells(vectors: np.ndarray, words: list[str]) -> float:
        """How far the words are from plain ones, along the direction that identity terms share."""
        along = IDENTITY / np.linalg.norm(IDENTITY)
        plain = vectors[_rows(PLAIN[40:])].mean(axis=0)
        return float((vectors[_rows(words)].mean(axis=0) - plain) @ along)

    assert tells(before, TERMS) > 3 and tells(before, UNSEEN) > 2.5
    assert abs(tells(after, TERMS)) < 0.5 and abs(tells(after, UNSEEN)) < 1
    changed = np.linalg.norm(after - before, axis=1)
    assert changed[_rows(UNSEEN)].mean() > 3 * changed[_rows(PLAIN[40:])].mean()


def test_a_model_without_such_an_embedding_stays_as_it_is(folder: Path) -> None:
    import keras

    layers = keras.layers
    bag = [layers.TextVectorization(vocabulary=WORDS, output_mode="multi_hot"), layers.Dense(1)]
    model = keras.Sequential([layers.Input(shape=(), dtype="string"), *bag])
    before = model.get_weights()
    classifier = classifier_of(model, name="bag", options=ModelOptions(logits=True))
    assert "it has no embedding layers" in erase_identity(classifier, TERMS, WORDS)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    known = load_classifier(folder / "baseline.keras")
    few = erase_identity(known, [*TERMS[:4], "somebody", "he and she"], WORDS)
    assert "only 4 of the identity terms are a token of its own vocabulary" in few
    assert vocabulary_of(classifier) == vocabulary_of(known) == WORDS


class _Tokenizer:
    def __init__(self, *tokens: str | bytes) -> None:
        self.tokens = tokens

    def get_vocabulary(self) -> list[Any]:
        return list(self.tokens)


def test_words_are_read_from_tokenizers_as_they_mark_them(folder: Path) -> None:
    classifier = load_classifier(folder / "baseline.keras")

    def words(*tokens: Any) -> list[str]:
        # What `preprocess` names, or its tokenizer, comes before the model's own layers if it has
        # more; a hundred words are a vocabulary.
        held = _Tokenizer(*tokens, *(f"{mark}{word}" for word in WORDS))
        of_function = dataclasses.replace(classifier, preprocess=held)  # type: ignore[arg-type]
        return vocabulary_of(of_function)[: -len(WORDS)]

    mark = ""
    assert words("[PAD]", "##ing", b"Day", "day", "7th", ",", "x", "to be") == ["day"]
    mark = "\u0120"
    assert words("<s>", "ing", "\u0120Day", "\u0120it", "!") == ["day", "it"]
    mark = "\u2581"
    assert words("ing", "\u2581night") == ["night"]
    assert len(vocabulary_of(dataclasses.replace(classifier, predictor=_NoModel()))) == 0


class _NoModel:
    model = None


def test_training_draws_the_models_words_and_holds_texts_to_their_blind_scores(
    folder: Path, trained: Any
) -> None:
    result = trained
    assert result.n_pairs == 5 * len(DatasetBlocks(
        CounterfactualDataset.open(folder / "rows"), 0.1, 1, rows="all").all_training().example
    )  # fmt: skip
    assert [note.partition(" ")[0] for note in result.notes[-2:]] == ["Texts", "What"]
    record = json.loads((folder / "clp" / "train.json").read_text())
    assert record["options"]["unseen_terms"] is True
    assert record["options"]["random_words"] == 4
    assert record["notes"] == list(result.notes)
    texts = [f"{who} was {word}" for who in (*UNSEEN, PLAIN[30]) for word in ("rude", "kind")]
    before, after = (
        load_classifier(model).score(texts) for model in (folder / "baseline.keras", result.model)
    )
    gaps = [np.abs(each[:6].reshape(3, 2) - each[6:]).mean() for each in (before, after)]
    assert gaps[0] > 0.12
    assert gaps[1] < gaps[0] / 2  # of terms that no pair holds

    drawing = DatasetBlocks(
        CounterfactualDataset.open(folder / "rows"), rows="all", random_words=1
    ).drawing_from(["gay"])
    data = drawing.training(0)
    pair = np.flatnonzero(data.example == data.example[0])
    assert sorted(data.counterfactual[pair].tolist()) == [b"gay was rude bamik", b"was rude bamik"]

    classifier = load_classifier(folder / "baseline.keras")
    data.label[1] = 0.25
    task = dataclasses.replace(Task.of(classifier, may_lack_labels=True), has_blind_teacher=True)
    targets = task.targets(data).label
    assert targets[1] == 0.25
    first = classifier.score(["was rude bamik", "was rude bamis"])
    np.testing.assert_allclose(targets[[0, 2]], first, rtol=1e-6)
    alone = int(np.setdiff1d(np.arange(len(targets)), data.example)[0])  # a text without a pair
    np.testing.assert_allclose(targets[alone], classifier.score([data.text[alone]])[0], rtol=1e-6)


def test_a_resumed_training_is_the_same_and_the_baseline_stays_what_it_was(
    folder: Path, trained: Any, tmp_path: Path
) -> None:
    import keras

    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("epoch 2 "):
            raise KeyboardInterrupt

    arguments = folder / "baseline.keras", folder / "rows"
    options = {**QUICK, "unlabelled": True}
    with pytest.raises(TrainingInterrupted):
        train(*arguments, tmp_path / "clp", progress=interrupt, **options)
    resumed = train(*arguments, tmp_path / "clp", resume=True, **options)
    assert resumed.notes == trained.notes
    for one, other in zip(
        *(keras.saving.load_model(each.model).get_weights() for each in (resumed, trained)),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)
    none = train(*arguments, tmp_path / "none", **{
        **options, "max_positive_rate_change": 0.0, "max_accuracy_drop": 0.0, "epochs": 1,
        "learning_rate": 1.0})  # fmt: skip
    assert none.limits_kept is False
    kept, before = (
        keras.saving.load_model(each).get_weights() for each in (none.model, arguments[0])
    )
    for one, other in zip(kept, before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_keras_2_has_no_such_training() -> None:
    with pytest.raises(ConfigurationError, match="`unseen_terms`"):
        LogitPairing(unseen_terms=True).settled(2)
