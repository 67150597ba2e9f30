"""Training what is more than one score of a text: token ids, several heads, several classes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_flip_rate
from evenhand.remediation import ModelOptions, load_classifier, train, train_baseline
from evenhand.remediation.batches.cache import cached
from evenhand.remediation.batches.logits import loss_of
from evenhand.remediation.batches.preprocessing import PreprocessedEncoding, encoding_for
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.judging.validation import validate

WORDS = ["she", "he", "nobody", "was", "rude", "fine", "kind", "day"]
# Toy models, which start from nothing or lean on what is to be taken from them, keep no limits.
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}
OPTIONS: dict[str, Any] = {**ANY, "epochs": 5, "batch_size": 32, "learning_rate": 2e-2}
TEXTS = ["she was rude", "he was fine", "nobody was kind", "she was fine"]

MODULE = f"""
import numpy as np

WORDS = {WORDS!r}


def ids(texts):
    return np.array([([WORDS.index(w) + 1 if w in WORDS else 0 for w in t.split()] + [0] * 6)[:6]
                     for t in texts])


def by_name(texts):
    return {{"mask": (ids(texts) > 0)[..., None], "ids": ids(texts).astype("int32")}}


def longest(texts):
    return ids(texts)[:, : max(len(t.split()) for t in texts)]


def words(texts):
    rows = [t.split() for t in texts]
    width = max(6, *map(len, rows))
    return np.array([row + [""] * (width - len(row)) for row in rows], dtype=object)


def upper(texts):
    return [t.upper() for t in texts]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    rng = random.Random(2)
    lines = ["text,label"]
    for _ in range(400):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "nobody"), (6, 1, 4) if bad else (1, 4, 6))[0]
        word = rng.choice(("rude", "fine") if bad else ("kind", "fine"))
        lines.append(f"{who} was {word},{bad:d}")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="label")
    (folder / "own_texts.py").write_text(MODULE)
    return folder


@pytest.fixture(autouse=True)
def importable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)


def token_model(by_name: bool) -> Any:
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    ids = keras.Input((6,), dtype="int32" if by_name else "int64", name="ids")
    embedded = layers.Embedding(len(WORDS) + 1, 4)(ids)
    inputs = ids
    if by_name:
        mask = keras.Input((6, 1), dtype="bool", name="mask")
        inputs = {"ids": ids, "mask": mask}
        embedded = layers.Multiply()([embedded, layers.Rescaling(1.0)(mask)])
    pooled = layers.GlobalAveragePooling1D()(embedded)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(pooled))


def assert_repaired(result: Any) -> None:
    assert result.metrics["ctf_gap"] < result.baseline_metrics["ctf_gap"] / 2, result
    assert result.metrics["accuracy"] > 0.6


@pytest.mark.parametrize("function", ["ids", "by_name"])
def test_models_of_token_ids_train_behind_a_function(
    folder: Path, tmp_path: Path, function: str
) -> None:
    import keras
    import own_texts

    model = token_model(by_name=function == "by_name")
    made = getattr(own_texts, function)(TEXTS * 8)
    model.compile(keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    model.fit(made, np.array([1, 0, 0, 1] * 8), epochs=20, verbose=0)
    model.save(tmp_path / "tokens.keras")
    name = f"own_texts:{function}"
    with pytest.raises(InputError, match="`preprocess`"):
        train(tmp_path / "tokens.keras", folder / "cf", tmp_path / "clp", **OPTIONS)
    weights = []
    for cache in ("memory", "disk"):
        result = train(
            tmp_path / "tokens.keras", folder / "cf", tmp_path / cache, preprocess=name,
            cache=cache, **OPTIONS,
        )  # fmt: skip
        assert_repaired(result)
        loaded = keras.saving.load_model(result.model)
        weights.append(loaded.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)
    scores = load_classifier(result.model, ModelOptions(preprocess=name)).score(TEXTS)
    fed = getattr(own_texts, function)(TEXTS)
    np.testing.assert_allclose(scores, np.asarray(loaded(fed))[:, 0], rtol=1e-6)


def test_string_layers_behind_a_function_of_words_are_trained(folder: Path, tmp_path: Path) -> None:
    import keras
    import own_texts

    keras.utils.set_random_seed(3)
    words = keras.Input((6,), dtype="string")
    ids = keras.layers.StringLookup(vocabulary=WORDS)(words)
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 4)(ids))
    model = keras.Model(words, keras.layers.Dense(1, activation="sigmoid")(pooled))
    model.compile(keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    made = keras.ops.convert_to_tensor(own_texts.words(TEXTS * 8))
    model.fit(made, np.array([1, 0, 0, 1] * 8), epochs=20, verbose=0)
    model.save(tmp_path / "words.keras")
    name = "own_texts:words"
    result = train(
        tmp_path / "words.keras", folder / "cf", tmp_path / "clp", preprocess=name, **OPTIONS
    )
    assert_repaired(result)
    scores = load_classifier(result.model, ModelOptions(preprocess=name)).score(TEXTS)
    loaded = keras.saving.load_model(result.model)
    fed = keras.ops.convert_to_tensor(own_texts.words(TEXTS))
    np.testing.assert_allclose(scores, np.asarray(loaded(fed))[:, 0], rtol=1e-6)
    classifier = load_classifier(result.model, ModelOptions(preprocess=name))
    encoding = encoding_for(classifier, 3)
    assert encoding.encode(np.array([], dtype=object)).shape == (0, 6)
    with pytest.raises(InputError, match=r"rows of object \(7,\) for some(.|\n)*same length"):
        encoding.encode(np.array([b"she was rude and he was not"], dtype=object))


def test_rows_of_different_lengths_and_strings_are_refused(folder: Path) -> None:
    import own_texts

    with pytest.raises(InputError, match=r"rows of int64 \(1,\) for some(.|\n)*same length"):
        PreprocessedEncoding(None, own_texts.longest).encode(np.array([b"she"], dtype=object))
    with pytest.raises(InputError, match="gives strings"):
        PreprocessedEncoding(None, own_texts.upper)


def leaning(model: Any) -> Any:
    """Let each word of a model count for a lot, the identity terms among them."""
    embedding = model.layers[1]
    embedding.set_weights([40 * weights for weights in embedding.get_weights()])
    return model


def heads_model(model_of: Callable[..., Any], by_name: bool) -> Any:
    """Two heads over shared layers, with losses of their own, and one that is no classifier."""
    import keras

    base = leaning(model_of())
    shared = base.layers[-2].output
    dense = keras.layers.Dense
    outputs = {
        "toxic": dense(1, activation="sigmoid", name="t")(shared),
        "kind": dense(3, activation="softmax", name="k")(shared),
        "length": dense(2, name="l")(shared),
    }
    losses = {
        "toxic": keras.losses.BinaryCrossentropy(name="own_binary"),
        "kind": "categorical_crossentropy",
        "length": "mse",
    }
    model = keras.Model(base.inputs, outputs if by_name else list(outputs.values()))
    model.compile("adam", loss=losses if by_name else list(losses.values()))
    return model


def test_one_heads_loss_is_no_other_heads(model_of: Callable[..., Any]) -> None:
    import keras

    model = heads_model(model_of, by_name=True)
    names = sorted(["toxic", "kind", "length"])  # the order in which Keras numbers a dict's
    assert loss_of(model, names.index("toxic")).name == "own_binary"
    model.compile("adam", loss={"kind": keras.losses.CategoricalCrossentropy()})
    assert [loss_of(model, number, names[number]) for number in (1, 2)] == [None, None]
    assert isinstance(loss_of(model, 0, "kind"), keras.losses.CategoricalCrossentropy)


@pytest.mark.parametrize("by_name", [True, False])
def test_one_head_is_trained_and_the_others_stay(
    folder: Path, tmp_path: Path, model_of: Callable[..., Any], by_name: bool
) -> None:
    import keras
    import tensorflow as tf

    model = heads_model(model_of, by_name)
    model.save(tmp_path / "heads.keras")
    head = "toxic" if by_name else "t"
    result = train(
        tmp_path / "heads.keras", folder / "cf", tmp_path / "clp", head=head, cache="none",
        **{**OPTIONS, "epochs": 8},
    )  # fmt: skip
    assert_repaired(result)
    assert result.history[-1]["accuracy"] > 0.6
    loaded = keras.saving.load_model(result.model)
    texts = tf.constant(TEXTS)
    before, after = (tf.nest.flatten(m(texts)) for m in (model, loaded))
    moved = [float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True)]
    names = sorted(model(texts)) if by_name else ["toxic", "kind", "length"]
    change = dict(zip(names, moved, strict=True))
    assert change["toxic"] > 0.2
    assert change["kind"] < 0.05 and change["length"] < 0.1, change


def test_what_labels_do_not_say_is_what_the_baseline_says(
    folder: Path, tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    dataset = CounterfactualDataset.open(folder / "cf")
    data = DatasetBlocks(dataset).all_training()
    model = heads_model(model_of, by_name=True)
    model.save(tmp_path / "heads.keras")
    options = ModelOptions(head="kind", positive_class=1)
    classifier = load_classifier(tmp_path / "heads.keras", options)
    task, said = Task.of(classifier), classifier.run(data.text)
    targets = task.targets(data).label
    assert targets.shape == (400, *task.target_shape) == (400, 3 + 2 + 1)
    shares = task.labels(targets)
    np.testing.assert_array_equal(shares[:, 1], data.label)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    rest = data.label == 0
    wanted = said["kind"][rest, 0] / (said["kind"][rest, 0] + said["kind"][rest, 2])
    np.testing.assert_allclose(shares[rest, 0], wanted, rtol=1e-4)
    for held, name in zip(task.held_outputs(targets), ("length", "toxic"), strict=True):
        np.testing.assert_array_equal(held, said[name])
    with cached(
        DatasetBlocks(dataset), encoding_for(classifier, 3), "none", tmp_path, task=task
    ) as blocks:
        np.testing.assert_array_equal(blocks.load(0).label, targets)
        classifier.keras_model.set_weights([w * 2 for w in classifier.keras_model.get_weights()])
        np.testing.assert_array_equal(blocks.load(0).label, targets)


@pytest.fixture(scope="module")
def moods(folder: Path) -> Path:
    """A dataset of three classes: rude 0, fine 1, kind 2; "she" is rude more often."""
    rng = random.Random(4)
    lines = ["text,mood"]
    for number in range(400):
        mood = rng.randrange(3)
        who = rng.choices(("she", "he", "nobody"), (6, 1, 3) if mood == 0 else (1, 4, 5))[0]
        word = rng.choice((("rude", "fine", "kind")[mood], "day"))
        lines.append(f"{who} was {word},{mood if number % 10 else ''}")
    (folder / "moods.csv").write_text("\n".join(lines) + "\n")
    build_dataset([folder / "moods.csv"], folder / "moods", label_column="mood", classes=3)
    return folder / "moods"


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_several_classes_are_trained_on_their_numbers(
    moods: Path, tmp_path: Path, model_of: Callable[..., Any], activation: str
) -> None:
    import keras
    import tensorflow as tf

    model, logits = model_of(3, activation), activation == "linear"
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    model.compile(keras.optimizers.Adam(0.05), loss)
    data = DatasetBlocks(CounterfactualDataset.open(moods)).all_training()
    model.fit(tf.constant(data.text), data.label, epochs=15, verbose=0)
    if not logits:
        model.compile(loss="categorical_crossentropy")  # takes shares of the classes
    model.save(tmp_path / "moods.keras")
    options = {**OPTIONS, "epochs": 8}
    result = train(tmp_path / "moods.keras", moods, tmp_path / "clp", **options)
    assert (result.n_examples, result.n_unlabelled) == (324, 40)
    assert {"accuracy", "largest_class_share", "flip_rate", "ctf_gap"} <= set(result.metrics)
    assert "positive_rate" not in result.metrics
    assert result.baseline_metrics["flip_rate"] > 0.05
    assert result.metrics["flip_rate"] < result.baseline_metrics["flip_rate"] / 2
    assert result.metrics["ctf_gap"] < result.baseline_metrics["ctf_gap"] / 2
    assert result.metrics["accuracy"] > 0.6
    assert result.history[-1]["accuracy"] > 0.6
    more = train(tmp_path / "moods.keras", moods, tmp_path / "all", unlabelled=True, **options)
    assert more.n_examples == 360
    assert more.metrics["accuracy"] > 0.6


def test_changes_of_the_most_probable_class_are_flips_for_training_and_reports(
    moods: Path, tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    import tensorflow as tf

    model = leaning(model_of(3, "softmax"))
    data = DatasetBlocks(CounterfactualDataset.open(moods)).all_training()
    bias = -np.log(model(tf.constant(data.text))).mean(axis=0)  # no class the rule
    model.layers[-1].bias.assign(bias)
    model.save(tmp_path / "three.keras")
    classifier = load_classifier(tmp_path / "three.keras")
    originals, others = (classifier.predict(texts) for texts in (data.text, data.counterfactual))
    flips, gaps = [], []
    for p, q in zip(originals[data.example].tolist(), others.tolist(), strict=True):
        best = p.index(max(p))
        flips.append(best != q.index(max(q)))
        sides = (s[best] / (s[best] + max(s[:best] + s[best + 1 :])) for s in (p, q))
        gaps.append(abs(next(sides) - next(sides)))
    metrics = validate(classifier, data)
    assert 0 < metrics["flip_rate"] == pytest.approx(np.mean(flips))
    assert metrics["ctf_gap"] == pytest.approx(np.mean(gaps))
    assert metrics["accuracy"] == np.mean(originals.argmax(axis=1) == data.label)

    report = evaluate_flip_rate(moods, tmp_path / "three.keras", output=tmp_path / "report")
    found = report.candidate.overall.metrics
    every = DatasetBlocks(CounterfactualDataset.open(moods), rows="all").all_training()
    metrics = validate(classifier, every)
    assert found["flip_rate"].value == pytest.approx(metrics["flip_rate"])
    assert found["ctf_gap"].value == pytest.approx(metrics["ctf_gap"])
    assert found["flip_rate_neg_to_pos"].value == 0
    assert found["accuracy"].value == pytest.approx(metrics["accuracy"])
    assert "most probable of several classes" in (tmp_path / "report" / "report.md").read_text()
    with pytest.raises(ConfigurationError, match="`positive_class`"):
        evaluate_flip_rate(
            moods, tmp_path / "three.keras", output=tmp_path / "other", thresholds=[0.3]
        )
    one = evaluate_flip_rate(
        moods, tmp_path / "three.keras", output=tmp_path / "one",
        options=ModelOptions(positive_class=2),
    )  # fmt: skip
    kind = classifier.predict(data.text)[:, 2] > 0.5
    assert one.candidate.overall.metrics["accuracy"].value == np.mean(kind == (data.label == 2))


def test_labels_that_do_not_fit_the_classes_are_refused(
    folder: Path, moods: Path, tmp_path: Path, model_of: Callable[..., Any]
) -> None:
    for units, activation in ((1, "sigmoid"), (4, "softmax"), (3, "sigmoid"), (3, "softmax")):
        model_of(units, activation).save(tmp_path / f"{units}-{activation}.keras")
    refused = [
        ("1-sigmoid", moods, "number 3 classes, and the model gives one score"),
        ("4-softmax", moods, "the model gives 4 classes"),
        ("4-softmax", folder / "cf", "`classes` 4(.|\n)*`positive_class`"),
        ("3-sigmoid", moods, "name the class"),
    ]
    for name, data, said in refused:
        with pytest.raises(InputError, match=said):
            train(tmp_path / f"{name}.keras", data, tmp_path / "clp", **OPTIONS)
    two = tmp_path / "two"
    build_dataset([folder / "rows.csv"], two, label_column="label", classes=2)
    with pytest.raises(InputError, match="number 2 classes, and the model gives 4 classes"):
        evaluate_flip_rate(two, tmp_path / "4-softmax.keras", output=tmp_path / "report")
    with pytest.raises(ConfigurationError, match="one score stands for"):
        evaluate_flip_rate(
            two, tmp_path / "1-sigmoid.keras", output=tmp_path / "report",
            options=ModelOptions(positive_class=0),
        )  # fmt: skip
    with pytest.raises(InputError, match="numbers of several classes"):
        train_baseline(moods, tmp_path / "b.keras")
    with pytest.raises(InputError, match="name the class"):
        load_classifier(tmp_path / "3-softmax.keras").score(["she"])


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_one_class_of_several_is_trained_and_the_others_keep_their_place(
    folder: Path, tmp_path: Path, model_of: Callable[..., Any], activation: str
) -> None:
    import keras
    import tensorflow as tf

    model = leaning(model_of(4, activation))
    exclusive = activation == "softmax"
    loss = "sparse_categorical_crossentropy" if exclusive else "binary_crossentropy"
    model.compile("adam", loss=loss)
    model.save(tmp_path / "four.keras")
    result = train(
        tmp_path / "four.keras", folder / "cf", tmp_path / "clp", positive_class=2,
        **{**OPTIONS, "epochs": 8},
    )  # fmt: skip
    assert_repaired(result)
    loaded = keras.saving.load_model(result.model)
    texts = tf.constant(["nobody was rude", "nobody was kind", "nobody was fine"])  # no pair's
    before, after = (np.asarray(m(texts)) for m in (model, loaded))
    others = [0, 1, 3]
    if exclusive:
        before, after = (p[:, others] / p[:, others].sum(axis=1)[:, None] for p in (before, after))
    else:
        before, after = before[:, others], after[:, others]
    np.testing.assert_allclose(before, after, atol=0.1)
