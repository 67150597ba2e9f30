"""A model of six labels, reported by label: numbers as scikit-learn and NumPy compute them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.metrics import accuracy_score, roc_auc_score

from evenhand.data import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, EvenhandError, InputError
from evenhand.data.progress import ignore_progress
from evenhand.evaluation import evaluate_flip_rate, export_for_lit, load_report
from evenhand.evaluation.findings.presentation import format_number
from evenhand.evaluation.inputs.scoring import score
from evenhand.evaluation.rendering.model_card import render_card
from evenhand.evaluation.reports.report import Report
from evenhand.remediation.model_options import LabelOptions, ModelOptions

OUTPUTS = {"toxic": 0, "threat": 5, "insult": 2}  # not in the order of the model's outputs
TEXTS = [
    *(f"the {who} next door is {what}" for who in ("woman", "man") for what in "abcdefgh"),
    *(f"weather number {n}" for n in range(8)),
]


def label_of(name: str, row: int) -> str:
    """Return a label as the file has it: of threats every third is missing."""
    if name == "threat" and row % 3 == 0:
        return ""
    return str(np.random.default_rng(100 * OUTPUTS[name] + row).integers(2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of three labels, and a saved model of six."""
    import keras
    import tensorflow as tf

    place = tmp_path_factory.mktemp("labels")
    with (place / "rows.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", *OUTPUTS])
        for number, text in enumerate(TEXTS):
            rows.writerow([text, *(label_of(name, number) for name in OUTPUTS)])
    build_dataset([place / "rows.csv"], place / "cf", label_column=list(OUTPUTS), method="ablate")
    keras.utils.set_random_seed(4)
    words = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=_words())
    texts = keras.Input([], dtype=tf.string)
    initial = keras.initializers.RandomNormal(stddev=1.5)
    given = keras.layers.Dense(6, activation="sigmoid", kernel_initializer=initial)(words(texts))
    keras.Model(texts, given).save(place / "six.keras")
    return place


def _words() -> list[str]:
    return sorted({word for text in TEXTS for word in text.split()})


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    named = ",".join(f"{name}={output}" for name, output in OUTPUTS.items())
    return evaluate_flip_rate(
        folder / "cf", folder / "six.keras", output=folder / "report", labels=named, min_pairs=2
    )


def test_each_label_has_the_numbers_of_its_own_output(folder: Path, report: Report) -> None:
    import keras
    import tensorflow as tf

    model = keras.models.load_model(folder / "six.keras")
    pairs = CounterfactualDataset.open(folder / "cf").pairs(["original", "counterfactual"])
    said = model.predict(tf.constant(TEXTS), verbose=0)
    before, after = (
        model.predict(tf.constant(side.to_pylist()), verbose=0) for side in pairs.columns
    )
    rates = set()
    for each, (name, output) in zip(report.by_label, OUTPUTS.items(), strict=True):
        assert each.label is not None
        assert (each.label.name, each.label.output) == (name, output)
        found = each.candidate.overall.metrics
        given = [label_of(name, row) for row in range(len(TEXTS))]
        rows = [row for row, label in enumerate(given) if label]
        labels, scores = [int(given[row]) for row in rows], said[rows, output]
        flips = (before[:, output] > 0.5) != (after[:, output] > 0.5)
        wanted = {
            "auc": roc_auc_score(labels, scores),
            "accuracy": accuracy_score(labels, scores > 0.5),
            "flip_rate": flips.mean(),
            "ctf_gap": np.abs(before[:, output] - after[:, output]).mean(),
        }
        values = {metric: found[metric].value for metric in wanted}
        assert values == pytest.approx(wanted, abs=1e-6)
        assert each.data.labelled == len(rows)
        rates.add(values["ctf_gap"])
    assert len(rates) == 3  # so that no two could be mistaken for each other


def test_everything_of_a_report_holds_the_labels(folder: Path, report: Report) -> None:
    assert load_report(folder / "report") == report
    frame = report.to_frame()
    assert list(dict.fromkeys(frame["label"])) == list(OUTPUTS)
    assert (folder / "report" / "tfma" / "labels" / "5" / "candidate").is_dir()
    assert {each.name for each in (folder / "report").glob("*.html")} == {
        *("report.html", "label-5.html", "label-2.html")
    }
    page = (folder / "report" / "report.html").read_text()
    assert '<a href="label-5.html"><bdi>threat</bdi></a>' in page
    summary = (folder / "report" / "report.md").read_text()
    assert "| threat | 5 | 16 |" in summary and "| insult | 2 | 24 |" in summary
    table = (folder / "report" / "report.csv").read_text()
    first, *rows = csv.reader(table.splitlines())
    assert first[:4] == ["role", "model", "label", "slice"]
    assert {row[2] for row in rows} == set(OUTPUTS)


def test_a_model_card_has_the_results_of_each_label(report: Report) -> None:
    _, front, body = render_card(report).split("---\n", 2)
    [index] = yaml.safe_load(front)["model-index"]
    for result, of_label in zip(index["results"], report.by_label, strict=True):
        assert of_label.label is not None
        assert result["task"]["name"] == of_label.label.name
        rates = {each["type"]: each["value"] for each in result["metrics"]}
        assert rates["flip_rate"] == of_label.candidate.overall.metrics["flip_rate"].value
        own = re.split(r"^### ", body, flags=re.MULTILINE)
        [section] = [part for part in own if part.startswith(f"{of_label.label.name}\n")]
        value = format_number(of_label.spec("flip_rate"), rates["flip_rate"])
        assert f"| `flip_rate` | {value} |" in section
        assert "#### By term" in section
    assert "16 with a label of threat" in body


def test_each_label_is_decided_at_its_own_threshold(folder: Path, report: Report) -> None:
    own = {"threat": 0.2, "insult": 0.9}
    found = evaluate_flip_rate(
        folder / "cf",
        folder / "six.keras",
        output=folder / "own",
        labels=OUTPUTS,
        label_thresholds=own,
        min_pairs=2,
    )
    assert load_report(folder / "own") == found
    thresholds = [each.thresholds for each in found.by_label]
    assert thresholds == [(0.5,), (0.2,), (0.9,)]
    assert found.models == report.models  # of toxic, whose threshold is the same
    alone = evaluate_flip_rate(
        folder / "cf", folder / "six.keras", labels="threat=5", thresholds=[0.2], min_pairs=2
    )
    assert found.by_label[1].models == alone.models
    summary = (folder / "own" / "report.md").read_text()
    assert "| threat | 5 | 16 | 0.2 |" in summary and "| toxic | 0 | 24 | 0.5 |" in summary
    assert "at threshold 0.2" in (folder / "own" / "label-5.html").read_text()


def test_a_report_without_labels_is_written_as_before(report: Report) -> None:
    alone = Report(**{**dict(report), "label": None, "other_labels": ()})
    assert alone.by_label == (alone,)
    assert not {"label", "other_labels"} & alone.as_document().keys()


def test_lit_shows_the_label_that_is_asked_for(
    folder: Path, report: Report, tmp_path: Path
) -> None:
    import keras
    import tensorflow as tf

    model = keras.models.load_model(folder / "six.keras")
    for name in (None, "threat"):
        output = tmp_path / str(name)
        export_for_lit(
            folder / "report", output, data=folder / "cf", model=folder / "six.keras", label=name
        )
        lines = (output / "pairs.lit.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        said = model.predict(tf.constant([row["original"] for row in rows]), verbose=0)
        own = name or "toxic"
        np.testing.assert_allclose(
            [row["candidate original"] for row in rows], said[:, OUTPUTS[own]], atol=1e-6
        )
        given = [label_of(own, TEXTS.index(row["original"])) for row in rows]
        words = {"": None, "0": "negative", "1": "positive"}
        assert [row["label"] for row in rows] == [words[each] for each in given]
    with pytest.raises(ConfigurationError, match="no label 'thraet'") as caught:
        export_for_lit(folder / "report", tmp_path / "none", label="thraet")
    assert caught.value.remedy == "did you mean 'threat'?"


def test_labels_are_scored_together_and_kept(folder: Path, tmp_path: Path) -> None:
    asked: list[str] = []
    all_scores = np.random.default_rng(0).uniform(size=(1000, 6))

    def six(texts: list[str]) -> Any:
        asked.extend(texts)
        return all_scores[[hash(text) % 1000 for text in texts]]

    dataset = CounterfactualDataset.open(folder / "cf")
    scored = score(
        {"candidate": six},
        dataset,
        options=ModelOptions(positive_class=0),
        thresholds={"candidate": (0.5,)},
        batch_size=7,
        cache=tmp_path,
        progress=ignore_progress,
        labels=OUTPUTS,
    )
    different = {*dataset.examples()["text"].to_pylist()}
    different |= {*dataset.pairs()["counterfactual"].to_pylist()}
    assert sorted(asked[2:]) == sorted(different)  # after the two texts that it is tried on
    for of_label, output in zip(scored, OUTPUTS.values(), strict=True):
        wanted = [all_scores[hash(text) % 1000, output] for text in TEXTS]
        np.testing.assert_allclose(of_label["candidate"].examples, wanted)


@pytest.mark.parametrize(
    ("options", "outputs", "words"),
    [
        ({}, 6, r"gives 6 outputs a text, and the data has 3 labels.*`labels`.*toxic=0"),
        ({}, 1, "gives one score a text, and the data has 3 labels"),
        ({"labels": "toxic=0,insult=6"}, 6, "has no output 6: it gives 6 outputs"),
        ({"labels": "toxic=0,inslut=4"}, 6, "no label 'inslut', did you mean 'insult'"),
        ({"labels": "rude=0"}, 6, "none of the labels rude.*toxic, threat, insult"),
        ({"positive_class": 4}, 6, "has 3 labels.*does not say which.*toxic=4"),
        ({"positive_class": 4, "labels": "toxic=0"}, 6, "both say which output"),
        ({"labels": "toxic=0", "thresholds": "auto"}, 6, "no record|no file"),
        ({"thresholds": "auto"}, 3, "no file, and so no record"),
        ({"label_thresholds": "inslut=0.4"}, 3, "'inslut', which is none of the labels"),
    ],
)
def test_labels_that_cannot_be_are_refused(
    folder: Path, options: dict[str, Any], outputs: int, words: str
) -> None:
    def model(texts: list[str]) -> Any:
        return np.full((len(texts), outputs), 0.4)

    with pytest.raises(EvenhandError) as raised:
        evaluate_flip_rate(folder / "cf", model, **options)
    assert isinstance(raised.value, ConfigurationError | InputError)
    assert re.search(words, " ".join(str(raised.value).split())), raised.value


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("toxic", "'toxic' is not a label with the number"),
        ("toxic=first", "'toxic=first' is not a label"),
        ("=1", "'=1' is not a label"),
        (["toxic=0", "toxic=1"], "toxic occurs twice"),
        ({"toxic": 0, "insult": 0}, "0 occurs twice"),
    ],
)
def test_names_and_numbers_are_checked(labels: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        LabelOptions(labels=labels)


def test_labels_are_texts_or_a_mapping() -> None:
    wanted = {"toxic": 0, "a=b": 4}
    for labels in ("toxic=0, a=b=4", ["toxic=0", "a=b=4"], wanted):
        assert LabelOptions(labels=labels).numbers_of_labels == wanted  # type: ignore[arg-type]
