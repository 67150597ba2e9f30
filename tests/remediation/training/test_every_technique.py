"""What holds for each technique: it resumes, takes texts without labels, saves a plain model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.building.build import build_dataset
from evenhand.data.errors import ConfigurationError
from evenhand.remediation import TrainingInterrupted, load_classifier, train
from evenhand.remediation.techniques.registry import technique_class

OPTIONS: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
    "epochs": 2,
    "batch_size": 32,
    "learning_rate": 1e-2,
    "seed": 3,
}
TEXTS = ["she was rude", "he was kind", "nobody was fine"]
# Those whose tests stand elsewhere are clp and fine-tune.
TECHNIQUES: dict[str, dict[str, Any]] = {
    "cda": {"technique": "cda"},
    "mindiff": {"technique": "mindiff"},
    "mindiff of groups": {
        "technique": "mindiff",
        "min_diff_column": "gender",
        "min_diff_labels": "all",
    },
    "reweight": {"technique": "reweight", "rounds": 1},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_of: Callable[..., Any]) -> Path:
    """Datasets with and without labels, of one and of several classes, and models for them."""
    import keras

    folder = tmp_path_factory.mktemp("techniques")
    rng = random.Random(1)
    lines = []
    for _ in range(160):
        bad = rng.random() < 0.5
        who = rng.choices(("she", "he", "nobody"), (3, 1, 2) if bad else (1, 3, 2))[0]
        word = rng.choice(("rude", "fine") if bad else ("kind", "fine"))
        group = {"she": "female", "he": "male"}.get(who, "none")
        lines.append(f"{who} was {word},{bad:d},{bad + rng.randrange(2)},{group}")
    (folder / "rows.csv").write_text("\n".join(["text,label,kind,gender", *lines]) + "\n")
    columns: dict[str, Any] = {"slice_columns": ["gender"]}
    build_dataset([folder / "rows.csv"], folder / "rows", label_column="label", **columns)
    build_dataset([folder / "rows.csv"], folder / "bare", **columns)
    build_dataset(
        [folder / "rows.csv"], folder / "kinds", label_column="kind", classes=3, **columns
    )
    model_of(extra=(keras.layers.Dropout(0.4),)).save(folder / "binary.keras")
    model_of(3, "softmax").save(folder / "classes.keras")
    model_of(4, "linear", extra=(keras.layers.BatchNormalization(),)).save(folder / "labels.keras")
    return folder


def score(model: Path) -> Any:
    return load_classifier(model).score(TEXTS)


@pytest.mark.parametrize("name", ["cda", "mindiff of groups", "reweight"])
def test_it_goes_on_to_the_same_model(name: str, folder: Path, tmp_path: Path) -> None:
    import keras

    def interrupt(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        if stage.startswith("epoch 2 ") and done >= 2:
            raise KeyboardInterrupt

    options = {**OPTIONS, **TECHNIQUES[name]}
    arguments = folder / "binary.keras", folder / "rows"
    with pytest.raises(TrainingInterrupted):
        train(*arguments, tmp_path / "part", progress=interrupt, **options)
    part = train(*arguments, tmp_path / "part", resume=True, **options)
    whole = train(*arguments, tmp_path / "whole", **options)
    np.testing.assert_allclose(score(part.model), score(whole.model), atol=1e-5)
    assert np.abs(score(whole.model) - score(folder / "binary.keras")).max() > 1e-3
    assert type(keras.saving.load_model(whole.model)) is keras.Sequential
    record = json.loads((tmp_path / "whole" / "train.json").read_text())
    assert options.items() <= {**record, **record["options"]}.items()


@pytest.mark.parametrize("name", ["cda", "mindiff"])
def test_it_takes_several_classes_and_labels(name: str, folder: Path, tmp_path: Path) -> None:
    options = {**OPTIONS, **TECHNIQUES[name], "epochs": 1}
    classes = train(folder / "classes.keras", folder / "kinds", tmp_path / "c", **options)
    assert set(classes.history[0]) >= {"loss", "val_accuracy", "val_flip_rate"}
    labels = train(
        folder / "labels.keras", folder / "rows", tmp_path / "l", activation="sigmoid",
        positive_class=2, **options,
    )  # fmt: skip
    assert np.isfinite(labels.history[0]["loss"])


@pytest.mark.parametrize("name", ["cda", "mindiff of groups", "reweight"])
def test_it_takes_texts_without_labels(name: str, folder: Path, tmp_path: Path) -> None:
    options = {**OPTIONS, **TECHNIQUES[name], "epochs": 1, "unlabelled": True}
    if name == "reweight":  # which measures how the model errs
        with pytest.raises(ConfigurationError, match="no held-out example of a group has a label"):
            train(folder / "binary.keras", folder / "bare", tmp_path / "out", **options)
        return
    result = train(folder / "binary.keras", folder / "bare", tmp_path / "out", **options)
    assert "agreement" in result.metrics
    # The task is to keep the baseline's scores.
    np.testing.assert_allclose(score(result.model), score(folder / "binary.keras"), atol=0.05)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_model_of_keras_2_is_refused(name: str) -> None:
    options = dict(TECHNIQUES[name])
    technique = technique_class(options.pop("technique"))(**options)
    with pytest.raises(ConfigurationError, match="is for models of Keras 3"):
        technique.settled(2)


def test_a_label_cannot_come_from_another_dataset(folder: Path, tmp_path: Path) -> None:
    arguments = folder / "binary.keras", folder / "rows", tmp_path / "out"
    options = {**OPTIONS, "epochs": 1, "pairs": folder / "bare", "technique": "cda"}
    with pytest.raises(ConfigurationError, match=r"label of its original(.|\n)*`pairs`") as caught:
        train(*arguments, **options)
    assert "`counterfactual_labels` score" in str(caught.value.remedy)
    assert not (tmp_path / "out").exists()
    result = train(*arguments, counterfactual_labels="score", **options)
    assert result.n_pairs > 0 and np.isfinite(result.history[0]["loss"])


def test_groups_that_cannot_be_told_are_one_error_before_the_training(
    folder: Path, tmp_path: Path
) -> None:
    build_dataset([folder / "rows.csv"], tmp_path / "plain", label_column="label")
    lines = (folder / "rows.csv").read_text().splitlines()[1:]
    rows = [f"{line.rsplit(',', 2)[0]},same,{i % 2}" for i, line in enumerate(lines)]
    (tmp_path / "two.csv").write_text("\n".join(["text,label,one,two", *rows]) + "\n")
    build_dataset(
        [tmp_path / "two.csv"], tmp_path / "two", label_column="label", slice_columns=["one", "two"]
    )
    mindiff: dict[str, Any] = {"technique": "mindiff", "min_diff_column": "gender"}
    reweight: dict[str, Any] = {"technique": "reweight"}
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "plain", mindiff, r"has no slice columns(.|\n)*build it with `slice_columns`"),
        (tmp_path / "plain", reweight, "has no slice columns"),
        (tmp_path / "two", mindiff, r"no slice column 'gender'(.|\n)*one of one, two"),
        (tmp_path / "two", reweight, r"several slice columns(.|\n)*one of one, two"),
        (tmp_path / "two", {**reweight, "reweight_column": "one"}, "has 1 different values"),
        (folder / "kinds", mindiff, "labels number classes"),
        (folder / "bare", {**mindiff, "unlabelled": True}, "has no labels"),
        (folder / "rows", {**reweight, "validation_split": 0.0}, "no held-out example"),
        (folder / "rows", {**reweight, "validation_data": tmp_path / "two"}, "column 'gender'"),
    ]
    for data, options, said in cases:
        with pytest.raises(ConfigurationError, match=said):
            train(folder / "binary.keras", data, tmp_path / "out", **{**OPTIONS, **options})
    with pytest.raises(ConfigurationError, match="`min_diff_column`"):
        train(
            folder / "binary.keras", folder / "rows", tmp_path / "out", technique="mindiff",
            min_diff_labels="all",
        )  # fmt: skip
    assert not (tmp_path / "out").exists()
