"""Two models of a report, each decided at its own threshold: by hand, and beside single reports.

The tables of the two models, with the pairs that flip at the candidate's threshold 0.4 and at the
baseline's 0.5:

| id | candidate    | flips | baseline     | flips | label |
|----|--------------|-------|--------------|-------|-------|
| 1  | 0.9  -> 0.6  |       | 0.9  -> 0.6  |       | 1     |
| 2  | 0.45 -> 0.35 | yes   | 0.6  -> 0.35 | yes   | 1     |
| 3  | 0.42 -> 0.38 | yes   | 0.42 -> 0.58 | yes   | 0     |
| 4  | 0.2  -> 0.1  |       | 0.2  -> 0.1  |       | 0     |
| 5  | 0.7  -> 0.45 |       | 0.7  -> 0.45 | yes   | 1     |
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand.cli import main
from evenhand.data import build_dataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_flip_rate, evaluate_predictions, load_report
from evenhand.evaluation.findings.verdict import verdict
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.inputs.main_thresholds import thresholds_by_label, thresholds_of
from evenhand.evaluation.report_options import EvaluateOptions, FunctionsOptions, ReportOptions
from evenhand.evaluation.reports.report import Report
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold
from evenhand.remediation.model_options import ModelOptions

HEADER = "id,prediction,counterfactual_prediction,label\n"
CANDIDATE = "1,0.9,0.6,1\n2,0.45,0.35,1\n3,0.42,0.38,0\n4,0.2,0.1,0\n5,0.7,0.45,1\n"
BASELINE = "1,0.9,0.6,1\n2,0.6,0.35,1\n3,0.42,0.58,0\n4,0.2,0.1,0\n5,0.7,0.45,1\n"
CHOICE = ChosenThreshold(
    criterion="same-share",
    candidate=0.4,
    baseline=0.5,
    n_examples=120,
    candidate_value=0.25,
    baseline_value=0.26,
    value_at_baseline=0.2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both tables, and the report of both at 0.4 and 0.5, and at 0.5 each."""
    folder = tmp_path_factory.mktemp("thresholds")
    (folder / "new.csv").write_text(HEADER + CANDIDATE)
    (folder / "old.csv").write_text(HEADER + BASELINE)
    evaluate_predictions(
        folder / "new.csv",
        output=folder / "report",
        compare_to=folder / "old.csv",
        thresholds=[0.4, 0.5],
        baseline_threshold=0.5,
    )
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return load_report(folder / "report")


def test_each_model_is_decided_at_its_own_threshold(report: Report) -> None:
    names = ("flip_rate", "flip_count", "accuracy", "false_positive_rate", "flagged_rate")
    found = [[model.overall.metrics[name].value for name in names] for model in report.models]
    # of the originals 4 of 5 are above 0.4, one of them (3) wrongly; of the baseline's 3 above 0.5
    assert found[0] == pytest.approx([2 / 5, 2, 4 / 5, 1 / 2, 4 / 5])
    assert found[1] == pytest.approx([3 / 5, 3, 1, 0, 3 / 5])
    assert report.baseline is not None
    assert [report.threshold_of(model) for model in report.models] == [0.4, 0.5]
    [both] = [each for each in report.comparison if each.metric == "accuracy"]
    assert (both.candidate, both.baseline) == (pytest.approx(0.8), pytest.approx(1))
    assert report.candidate.decisions[0].by_decision == {"positive": 6, "negative": 4}
    assert report.baseline.decisions[0].by_decision == {"positive": 5, "negative": 5}


def test_further_thresholds_are_those_of_both_models(report: Report) -> None:
    found = [model.overall.metrics["flip_rate@0.5"].value for model in report.models]
    assert found == pytest.approx([1 / 5, 3 / 5])  # of the candidate's pairs only 5 flips at 0.5
    assert report.baseline is not None
    assert report.thresholds_of(report.baseline) == (0.5, 0.5)


def test_paired_tests_and_listed_flips_are_at_each_models_threshold(report: Report) -> None:
    test = report.paired_tests[0]
    counts = (test.both, test.only_candidate, test.only_baseline, test.neither)
    assert counts == (2, 0, 1, 2)  # 2 and 3 flip under both, 5 under the baseline alone
    assert {flip.id for flip in report.flips} == {"2", "3", "5"}


def test_every_form_of_the_report_says_who_is_decided_where(
    folder: Path, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    says = "new.csv is decided at its own threshold, 0.4, and old.csv at 0.5."
    threshold = "0.5 for the baseline and 0.4 for the candidate"
    source = (folder / "report" / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'<tr data-under="(\w+)"', source) == ["both", "both", "baseline"]
    page = html.unescape(re.sub(r"<[^>]+>", "", source))
    summary = (folder / "report" / "report.md").read_text(encoding="utf-8")
    for text in (page, summary):
        assert says in text
        assert threshold in text
    arguments = ["--predictions", folder / "new.csv", "--compare-to", folder / "old.csv"]
    arguments += ["--threshold", "0.4", "--baseline-threshold", "0.5", "--output", folder / "again"]
    assert main.run(["evaluate", "flip-rate", *map(str, arguments)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert says in printed
    assert threshold in printed
    document = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert [model["threshold"] for model in document["models"]] == [0.4, 0.5]


def test_the_gate_compares_the_models_at_their_own_thresholds(report: Report) -> None:
    rules = [
        GateRule(metric="flip_rate", max=0.4),
        GateRule(metric="flip_rate", max=0.39),
        GateRule(metric="accuracy", max_drop=0.2),
        GateRule(metric="accuracy", max_drop=0.19),
    ]
    outcomes = [check.outcome.name for check in judge(report, rules).checks]
    assert outcomes == ["PASSED", "FAILED", "PASSED", "FAILED"]


@pytest.mark.parametrize("engine", ["vectorised", "stock"])
def test_a_models_part_is_that_of_a_report_at_its_threshold_alone(
    tmp_path: Path, engine: str
) -> None:
    """The same intervals and values, with thresholds of many digits, weights and slices."""
    rng = np.random.default_rng(5)
    rows = 60
    own = {"new": 0.431872, "old": 0.6103}
    for name in own:
        scores = rng.uniform(0, 1, rows)
        pd.DataFrame(
            {
                "prediction": scores,
                "counterfactual_prediction": np.clip(scores + rng.normal(0, 0.3, rows), 0, 1),
                "label": np.arange(rows) % 2,
                "weight": 1 + np.arange(rows) % 3,
                "colour": np.where(np.arange(rows) % 4, "red", "green"),
            }
        ).to_csv(tmp_path / f"{name}.csv", index=False)
    more = {"slice_columns": ["colour"], "engine": engine}
    both = evaluate_predictions(
        tmp_path / "new.csv",
        output=tmp_path / "both",
        compare_to=tmp_path / "old.csv",
        thresholds=[own["new"], 0.7],
        baseline_threshold=own["old"],
        **more,
    )
    for name, model in zip(own, both.models, strict=True):
        alone = evaluate_predictions(
            tmp_path / f"{name}.csv", output=tmp_path / name, thresholds=[own[name], 0.7], **more
        )
        assert model.slices == alone.candidate.slices
        assert model.decisions == alone.candidate.decisions
    for found in both.comparison:
        ours, theirs = (model.find_slice(found.slice) for model in both.models)
        assert ours is not None and theirs is not None
        assert found.candidate == ours.metrics[found.metric].value
        assert found.baseline == theirs.metrics[found.metric].value


def test_a_threshold_that_both_share_leaves_a_report_as_it_was(folder: Path) -> None:
    plain, given = (
        evaluate_predictions(
            folder / "new.csv",
            output=folder / name,
            compare_to=folder / "old.csv",
            thresholds=[0.4],
            **more,
        )
        for name, more in (("plain", {}), ("given", {"baseline_threshold": 0.4}))
    )
    assert plain.to_json() == given.to_json()
    assert "threshold" not in json.loads(plain.to_json())["models"][0]
    assert "own threshold" not in verdict(plain)


def recorded(folder: Path, threshold: object = CHOICE, **more: object) -> Path:
    """A model file, which nobody reads, with the record of a training beside it."""
    model = folder / "model.keras"
    model.write_bytes(b"a model")
    if isinstance(threshold, ChosenThreshold):
        threshold = threshold.model_dump(mode="json")
    record = {"options": {"head": None, "positive_class": None}, "threshold": threshold, **more}
    (folder / "train.json").write_text(json.dumps(record))
    return model


def asked(model: object, reading: ModelOptions | None = None, **options: object):
    chosen = ReportOptions(**{"thresholds": ["auto"], **options})  # type: ignore[arg-type]
    return thresholds_of(chosen, model, reading or ModelOptions())  # type: ignore[arg-type]


def test_auto_is_what_the_record_beside_the_model_says(tmp_path: Path) -> None:
    model = recorded(tmp_path)
    assert asked(model).of_role == {"candidate": (0.4,)}
    both = asked(model, compare_to="old.keras", thresholds=["auto", 0.4, 0.7])
    assert both.of_role == {"candidate": (0.4, 0.7), "baseline": (0.5, 0.7)}
    assert both.choice == CHOICE
    other = asked(model, compare_to="old.keras", baseline_threshold=0.8)
    assert other.of_role["baseline"] == (0.8,)


def test_functionalities_take_it_from_the_same_record(tmp_path: Path) -> None:
    model = recorded(tmp_path)
    options = FunctionsOptions(threshold="auto", compare_to="old.keras")
    found = thresholds_of(options, model, ModelOptions())
    assert found.of_role == {"candidate": (0.4,), "baseline": (0.5,)}
    assert found.choice == CHOICE
    (tmp_path / "train.json").unlink()
    with pytest.raises(ConfigurationError, match=r"with `threshold` auto"):
        thresholds_of(options, model, ModelOptions())


def test_each_label_has_its_own_and_is_found_by_its_output(tmp_path: Path) -> None:
    other = CHOICE.model_copy(update={"candidate": 0.3})
    several = {
        "options": {"labels": ["toxic=0,insult=4"], "positive_class": None},
        "label_thresholds": {
            "toxic": CHOICE.model_dump(mode="json"),
            "insult": other.model_dump(mode="json"),
        },
    }
    model = recorded(tmp_path, **several)
    options = EvaluateOptions(thresholds=["auto", 0.7], compare_to="old.keras")  # type: ignore[arg-type]
    first, second = thresholds_by_label(options, model, ModelOptions(), {"rude": 4, "toxic": 0})
    assert first.of_role == {"candidate": (0.3, 0.7), "baseline": (0.5, 0.7)}
    assert second.of_role["candidate"] == (0.4, 0.7)
    assert asked(model, ModelOptions(positive_class=4)).choice == other
    with pytest.raises(ConfigurationError, match=r"another `positive_class`(.|\n)*: 0, 4"):
        thresholds_by_label(options, model, ModelOptions(), {"toxic": 1})
    one = {**several, "options": {"labels": ["insult=4"]}, "label_thresholds": {}}
    assert asked(recorded(tmp_path, **one), ModelOptions(positive_class=4)).choice == CHOICE


def test_labels_are_decided_at_the_thresholds_that_are_given() -> None:
    labels = {"toxic": 0, "insult": 4}
    options = EvaluateOptions(
        compare_to="old.keras",
        thresholds=[0.5, 0.3],
        label_thresholds={"insult": 0.3},  # type: ignore[arg-type]
    )
    first, second = thresholds_by_label(options, "new.keras", ModelOptions(), labels)
    assert first.of_role == {"candidate": (0.5, 0.3), "baseline": (0.5, 0.3)}
    assert second.of_role == {"candidate": (0.3,), "baseline": (0.3,)}
    with pytest.raises(ConfigurationError, match="'insult', which is none of the labels"):
        thresholds_by_label(options, "new.keras", ModelOptions(), {"toxic": 0})
    both = EvaluateOptions(thresholds=["auto"], label_thresholds="toxic=0.4")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="those that the training chose"):
        thresholds_by_label(both, "new.keras", ModelOptions(), labels)


def change(**values: object) -> dict[str, object]:
    return {**CHOICE.model_dump(mode="json"), **values}


@pytest.mark.parametrize(
    ("record", "error", "says"),
    [
        ({"threshold": None}, ConfigurationError, "chose no threshold"),
        ({"threshold": change(candidate=1.5)}, InputError, r"threshold\.candidate"),
        ({"threshold": change(candidate="0.4")}, InputError, r"threshold\.candidate"),
        ({"threshold": change(candidate=1e-7)}, ConfigurationError, "cannot be used"),
        ({"threshold": change(baseline=-0.1)}, InputError, r"threshold\.baseline"),
        ({"threshold": change(criterion="f2")}, InputError, r"threshold\.criterion"),
        ({"threshold": change(n_examples=-1)}, InputError, r"threshold\.n_examples"),
        ({"threshold": 0.4}, InputError, "threshold"),
        ({"model_sha256": "0" * 64}, InputError, "another model"),
        ({"options": {"head": "toxic"}}, ConfigurationError, "another `head`"),
        ({"options": {"positive_class": 3}}, ConfigurationError, "another `positive_class`"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused(
    tmp_path: Path, record: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        asked(recorded(tmp_path, **record))  # type: ignore[arg-type]


def test_auto_without_a_record_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = recorded(tmp_path)
    (tmp_path / "train.json").unlink()
    (tmp_path / "texts.csv").write_text("text\nshe is here\n")
    data = build_dataset(tmp_path / "texts.csv", tmp_path / "cf").path
    arguments = ["--model", model, "--data", data, "--threshold", "auto", "--output", "out"]
    assert main.run(["evaluate", "flip-rate", *map(str, arguments)]) == 2
    printed = capsys.readouterr().err
    assert "no train.json beside the model" in printed
    assert "--threshold" in printed
    with pytest.raises(ConfigurationError, match="no file"):
        evaluate_flip_rate(data, len, output=tmp_path / "out", thresholds=["auto"])
    (tmp_path / "new.csv").write_text(HEADER + CANDIDATE)
    with pytest.raises(ConfigurationError, match="scores have no record"):
        evaluate_predictions(tmp_path / "new.csv", output=tmp_path / "out", thresholds=["auto"])
    with pytest.raises(ConfigurationError, match="no baseline"):
        evaluate_predictions(tmp_path / "new.csv", output=tmp_path / "out", baseline_threshold=0.4)
    with pytest.raises(InputError, match="no such model"):
        asked(tmp_path / "missing.keras")


@pytest.mark.parametrize(
    "options",
    [
        {"thresholds": [0.4, "auto"]},
        {"thresholds": ["auto", "auto"]},
        {"thresholds": ["automatic"]},
        {"baseline_threshold": 1.0},
        {"baseline_threshold": 1e-6},
    ],
)
def test_thresholds_that_cannot_be_are_refused_where_they_are_declared(
    options: dict[str, object],
) -> None:
    with pytest.raises(ConfigurationError):
        ReportOptions(**options)  # type: ignore[arg-type]


def test_a_report_whose_threshold_is_not_the_candidates_is_not_valid(
    folder: Path, tmp_path: Path
) -> None:
    document = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    for value in (0.41, 7.0):
        document["models"][0]["threshold"] = value
        (tmp_path / "report.json").write_text(json.dumps(document))
        with pytest.raises(InputError, match="not valid"):
            load_report(tmp_path)
    document["models"][0]["threshold"], document["models"][1]["threshold"] = 0.4, 7.0
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"models\.1\.threshold"):
        load_report(tmp_path)
