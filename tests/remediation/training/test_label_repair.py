"""Several labels of one model, repaired together."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.options import options_of
from evenhand.evaluation.inputs.main_thresholds import thresholds_by_label
from evenhand.evaluation.report_options import EvaluateOptions
from evenhand.remediation import compare, sweep, train
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.comparing.compare_options import CompareOptions
from evenhand.remediation.judging.several_labels import by_label
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.loading import classifier_of
from evenhand.remediation.techniques.fine_tuning import FineTuning
from evenhand.remediation.techniques.technique import Needs
from evenhand.remediation.training.fit_options import SweepOptions, TrainOptions

LABELS = {"toxic": 0, "threat": 5, "insult": 2}
NAMED = ",".join(f"{name}={number}" for name, number in LABELS.items())
WORDS = ["rude", "awful", "kind", "fine", "good", "bad"]
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
}


NEGATIVES = {"technique": "mindiff", "min_diff_column": "who"}


class OfOneLabel(FineTuning):
    """A technique of another package, which knows of one label."""

    @property
    def needs(self) -> Needs:
        return Needs(pairs=False)


def row_of(number: int) -> dict[str, str]:
    """Return a text and its labels, which words decide; of threats every fifth is missing."""
    word, who = WORDS[number % 6], ("she", "he", "nobody", "woman")[number // 6 % 4]
    return {
        "text": f"{who} was {word} day {number % 7}",
        "who": who,
        "toxic": str(int(word in ("rude", "awful", "bad"))),
        "threat": "" if number % 5 == 0 else str(int(word == "awful")),
        "insult": str(int(word == "rude")),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    rows = [row_of(number) for number in range(240)]
    with (folder / "rows.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    build_dataset(
        [folder / "rows.csv"],
        folder / "cf",
        label_column=list(LABELS),
        method="ablate",
        slice_columns=["who"],
    )
    return folder / "cf"


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A saved model of six labels, all of which lean on "she" and "woman"."""
    import keras
    import tensorflow as tf

    words = [*WORDS, "she", "woman", "he", "nobody", "was", "day"]
    vector = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=words)
    texts = keras.Input([], dtype=tf.string)
    model = keras.Model(texts, keras.layers.Dense(6, activation="sigmoid")(vector(texts)))
    kernel = np.zeros((len(words) + 1, 6), np.float32)
    for label, hit in ((0, ("rude", "awful", "bad")), (5, ("awful",)), (2, ("rude",))):
        kernel[[1 + words.index(word) for word in hit], label] = 4
    kernel[[1 + words.index("she"), 1 + words.index("woman")]] = 2
    model.layers[-1].set_weights([kernel, np.full(6, -2, np.float32)])
    model.compile("adam", "binary_crossentropy")
    file = tmp_path_factory.mktemp("six") / "six.keras"
    model.save(file)
    return file


def gaps(model: Path, data: Path) -> np.ndarray[Any, Any]:
    """Return the CTF gap of each output over all pairs, as the loaded model gives it."""
    import keras
    import tensorflow as tf

    loaded = keras.models.load_model(model, compile=False)
    pairs = CounterfactualDataset.open(data).pairs(["original", "counterfactual"])
    one, other = (
        loaded.predict(tf.constant(side.to_pylist()), verbose=0) for side in pairs.columns
    )
    return np.abs(one - other).mean(axis=0)


def test_all_named_labels_are_repaired_and_the_others_held(
    data: Path, baseline: Path, tmp_path: Path
) -> None:
    result = train(
        baseline,
        data,
        tmp_path / "clp",
        labels=NAMED,
        loss_weight=5.0,
        epochs=6,
        batch_size=16,
        learning_rate=0.05,
        **ANY,
    )
    before, after = gaps(baseline, data), gaps(result.model, data)
    named = [*LABELS.values()]
    others = [number for number in range(6) if number not in named]
    assert (after[named] < 0.4 * before[named]).all(), (before, after)
    assert (after[others] > 0.7 * before[others]).all(), (before, after)
    assert any("toxic, threat, insult are repaired together" in note for note in result.notes)
    of_labels = by_label(result.metrics)
    assert list(of_labels) == list(LABELS)
    assert len({each["ctf_gap"] for each in of_labels.values()}) == 3
    assert result.metrics["ctf_gap"] == pytest.approx(
        np.mean([each["ctf_gap"] for each in of_labels.values()])
    )
    record = json.loads((tmp_path / "clp" / "train.json").read_text())
    assert record["metrics"] == result.metrics and record["label_thresholds"] == {}
    history = json.loads((tmp_path / "clp" / "history.json").read_text())
    assert set(history[0]) >= {f"val_{label}/flip_rate" for label in LABELS}
    one = train(
        baseline,
        data,
        tmp_path / "one",
        labels="threat=5",
        loss_weight=5.0,
        epochs=6,
        batch_size=16,
        learning_rate=0.05,
        **ANY,
    )
    alone = gaps(one.model, data)
    assert alone[5] < 0.4 * before[5] and (alone[[0, 2]] > 0.7 * before[[0, 2]]).all()


@pytest.mark.parametrize(
    "options",
    [
        {"technique": "cda", "counterfactual_weight": 3.0},
        {"technique": "cda", "counterfactual_labels": "score"},
        {"technique": "mindiff", "loss_weight": 3.0},
        {"loss_weight": 5.0, "unseen_terms": True},
    ],
)
def test_techniques_of_pairs_close_the_gaps_of_all_named_labels(
    data: Path, baseline: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    more = {"epochs": 6, "batch_size": 16, "learning_rate": 0.05, **ANY}
    result = train(baseline, data, tmp_path / "out", labels=NAMED, **more, **options)
    named = [*LABELS.values()]
    before, after = gaps(baseline, data)[named], gaps(result.model, data)[named]
    assert (after < 0.75 * before).all(), (before, after)


@pytest.mark.parametrize("options", [{"technique": "blind"}, {"technique": "average"}])
def test_models_made_without_training_are_judged_by_all_labels(
    data: Path, baseline: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    result = train(baseline, data, tmp_path / "out", labels=NAMED, **ANY, **options)
    after, before = by_label(result.metrics), by_label(result.baseline_metrics)
    assert list(after) == list(LABELS)
    assert all(after[label]["ctf_gap"] <= 0.6 * before[label]["ctf_gap"] for label in LABELS)


def test_groups_are_reweighted_by_the_errors_on_all_labels(
    data: Path, baseline: Path, tmp_path: Path
) -> None:
    result = train(
        baseline, data, tmp_path / "out", labels=NAMED, technique="reweight", epochs=1, **ANY
    )
    assert list(by_label(result.metrics)) == list(LABELS)


def test_thresholds_are_chosen_by_label(data: Path, baseline: Path, tmp_path: Path) -> None:
    result = train(
        baseline,
        data,
        tmp_path / "out",
        labels=NAMED,
        label_thresholds="threat=0.4",
        threshold="auto:f1",
        technique="blind",
        validation_split=0.5,
        **ANY,
    )
    assert list(result.label_thresholds) == list(LABELS)
    assert result.threshold == result.label_thresholds["toxic"]
    found = {label: each.baseline for label, each in result.label_thresholds.items()}
    assert found == {"toxic": 0.5, "threat": 0.4, "insult": 0.5}
    for label, each in result.label_thresholds.items():
        assert result.metrics[f"{label}/threshold"] == each.candidate
        assert each.n_examples and each.candidate_value is not None
    record = json.loads((tmp_path / "out" / "train.json").read_text())
    assert record["label_thresholds"]["threat"]["baseline"] == 0.4
    options = EvaluateOptions(thresholds=["auto"], labels=NAMED)  # type: ignore[arg-type]
    told = thresholds_by_label(options, result.model, ModelOptions(), LABELS)
    assert [each.choice for each in told] == [*result.label_thresholds.values()]


def test_targets_are_labels_where_there_are_and_the_baseline_s_scores_elsewhere(
    data: Path, baseline: Path
) -> None:
    import keras

    options = ModelOptions(positive_class=0)
    model = keras.models.load_model(baseline, compile=False)
    classifier = replace(classifier_of(model, name="six", options=options), label_outputs=LABELS)
    opened = CounterfactualDataset.open(data)
    fields = [opened.manifest.columns.label_fields[name] for name in LABELS]
    part = DatasetBlocks(opened, label_fields=fields).training(0)
    task = Task.of(classifier, opened.manifest.columns)
    targets = task.targets(part).label
    said = classifier.run(part.text)[classifier.head]
    wanted = np.array(said)
    for name, output in LABELS.items():
        for row in range(len(wanted)):
            if given := row_of(row)[name]:
                wanted[row, output] = float(given)
    np.testing.assert_allclose(targets, wanted, atol=1e-6)
    assert (targets[::5, 5] == said[::5, 5]).all() and set(targets[:, 0]) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ConfigurationError, "has 3 labels, and none is named"),
        ({"labels": "toxic=6"}, InputError, "no class or label 6"),
        ({"labels": "toxic=0,inslut=2"}, ConfigurationError, "did you mean 'insult'"),
        ({"labels": NAMED, "technique": OfOneLabel()}, ConfigurationError, "repairs one label"),
        ({"labels": NAMED, **NEGATIVES}, ConfigurationError, "negative examples are those of one"),
        (
            {"labels": NAMED, "label_thresholds": "rude=0.4"},
            ConfigurationError,
            "'rude', which is none of the labels",
        ),
        ({"label_thresholds": "toxic=1"}, ConfigurationError, "label_thresholds"),
        ({"label_thresholds": "toxic"}, ConfigurationError, "not a label with its threshold"),
        ({"labels": NAMED, "class_weights": [1.0, 2.0]}, ConfigurationError, "for one label"),
    ],
)
def test_what_cannot_be_is_refused(
    data: Path, baseline: Path, tmp_path: Path, options: Any, error: Any, words: str
) -> None:
    with pytest.raises(error, match=words):
        train(baseline, data, tmp_path / "none", epochs=1, **options)


def test_a_comparison_says_like_a_training_that_labels_are_to_be_named(
    data: Path, baseline: Path, tmp_path: Path
) -> None:
    build_dataset(
        [data.parent / "rows.csv"], tmp_path / "test", label_column=list(LABELS), method="neutral"
    )
    with pytest.raises(ConfigurationError, match="has 3 labels, and none is named") as caught:
        compare(baseline, data, tmp_path / "test", tmp_path / "none")
    assert "toxic=0,threat=1,insult=2" in caught.value.remedy


@pytest.mark.parametrize("of_class", [TrainOptions, SweepOptions, CompareOptions])
def test_help_of_what_trains_promises_no_labels_by_default(of_class: type[Any]) -> None:
    assert "need it" in options_of(of_class)["labels"].unset
    assert "all" in options_of(EvaluateOptions)["labels"].unset


@pytest.fixture(scope="module")
def other_pairs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other pairs of the same rows, to measure on."""
    folder = tmp_path_factory.mktemp("test") / "cf"
    build_dataset([data.parent / "rows.csv"], folder, label_column=list(LABELS), method="neutral")
    return folder


def test_a_comparison_measures_and_recommends_by_all_labels(
    data: Path, baseline: Path, other_pairs: Path, tmp_path: Path
) -> None:
    result = compare(
        baseline,
        data,
        other_pairs,
        tmp_path / "compared",
        techniques=["blind", "average"],
        seeds=1,
        labels=NAMED,
        label_thresholds="threat=0.4",
        **ANY,
    )
    before = by_label(result.baseline_measured.metrics)
    assert list(before) == list(LABELS)
    assert {label: each["threshold"] for label, each in before.items()} == {
        "toxic": 0.5,
        "threat": 0.4,
        "insult": 0.5,
    }
    blind, _ = result.compared
    assert blind.mean["n_flips"] == 0 and blind.mean["n_pairs"] == 3 * before["toxic"]["n_pairs"]
    of_blind = by_label(blind.mean)
    assert all(of_blind[label]["ctf_gap"] < before[label]["ctf_gap"] for label in LABELS)
    assert result.recommendation.decision == "recommended"
    assert "toxic: female" in result.negatives
    shown = (tmp_path / "compared" / "compare.md").read_text()
    assert "means over 3 labels" in shown
    assert all(f"## Label {label}" in shown for label in LABELS)
    record = json.loads((tmp_path / "compared" / "compare.json").read_text())
    assert record["label_thresholds"]["threat"]["candidate"] == 0.4


def test_a_sweep_picks_by_all_labels(data: Path, baseline: Path, tmp_path: Path) -> None:
    more = {"epochs": 2, "batch_size": 32, "learning_rate": 0.05, **ANY}
    weights = {"loss_weights": [0.1, 5.0], "losses": ["absolute"]}
    result = sweep(baseline, data, tmp_path / "sweep", labels=NAMED, **weights, **more)
    assert result.picked is not None
    flips = [trial.metrics["n_flips"] for trial in result.trials]
    assert flips[result.picked] <= min(flips) + np.sqrt(sum(flips))
    for trial in result.trials:
        own = by_label(trial.metrics)
        assert trial.metrics["n_flips"] == sum(each["n_flips"] for each in own.values())
