"""Metrics of decisions for one of several classes, as scikit-learn computes them."""

from __future__ import annotations

import numpy as np
import pytest
from gate_reports import report, slice_
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)

from evenhand.evaluation import evaluate_predictions
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.measures.class_metrics import _influence, _macro_f1
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.metric_specs import class_spec, spec_of
from evenhand.evaluation.reports.report import Report


@pytest.fixture(scope="module")
def scored() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet([1, 1, 1, 1], 120)
    truth = np.where(rng.uniform(size=120) < 0.6, probabilities.argmax(1), rng.integers(0, 4, 120))
    return {
        "p": probabilities,
        "q": rng.dirichlet([1, 1, 1, 1], 120),
        "label": np.where(np.arange(120) % 10 == 0, np.nan, truth),
        "weight": rng.integers(1, 4, 120),
        "half": np.arange(120) % 2,
    }


@pytest.fixture(scope="module")
def found(scored: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Report:
    import pandas as pd

    columns = {
        f"{side}_{n}": scored[side][:, n] for side in "pq" for n in range(scored["p"].shape[1])
    }
    table = pd.DataFrame(columns | {name: scored[name] for name in ("label", "weight", "half")})
    file = tmp_path_factory.mktemp("classes") / "scores.parquet"
    table.to_parquet(file)
    return evaluate_predictions(
        file,
        compare_to=file,
        prediction_column="p",
        counterfactual_column="q",
        slice_columns=["half"],
    )


def test_labels_against_decisions_add_up_as_scikit_learn_adds_them(
    scored: dict[str, np.ndarray], found: Report
) -> None:
    own = ~np.isnan(scored["label"])
    truth, decided = scored["label"][own].astype(int), scored["p"][own].argmax(1)
    wanted = confusion_matrix(truth, decided, sample_weight=scored["weight"][own])
    confusion = found.candidate.confusion
    assert confusion is not None
    assert np.array(confusion.weights) == pytest.approx(wanted)
    assert "decided 3" in render_html(found)


@pytest.mark.parametrize("name", ["overall", "half=0", "half=1"])
def test_every_slice_has_scikit_learns_values(
    scored: dict[str, np.ndarray], found: Report, name: str
) -> None:
    own = ~np.isnan(scored["label"])
    if name != "overall":
        own &= scored["half"] == int(name[-1])
    truth, decided = scored["label"][own].astype(int), scored["p"][own].argmax(1)
    weights = {"sample_weight": scored["weight"][own]}
    wanted = {
        "accuracy": accuracy_score(truth, decided, **weights),
        "macro_f1": f1_score(truth, decided, average="macro", **weights),
    }
    for number in range(4):
        negative = truth != number
        wanted |= {
            f"class_{number}_recall": recall_score(truth == number, decided == number, **weights),
            f"class_{number}_precision": precision_score(
                truth == number, decided == number, **weights
            ),
            f"class_{number}_false_positive_rate": np.average(
                decided[negative] == number, weights=scored["weight"][own][negative]
            ),
        }
    slice_found = found.candidate.find_slice(name)
    assert slice_found is not None
    values = {metric: slice_found.metrics[metric] for metric in wanted}
    assert {metric: value.value for metric, value in values.items()} == pytest.approx(wanted)
    for value in values.values():
        assert value.lower is not None and value.upper is not None and value.value is not None
        assert value.lower <= value.value <= value.upper


def test_both_models_are_compared_and_shown(found: Report) -> None:
    compared = {(each.slice, each.metric): each.difference for each in found.comparison}
    assert compared["overall", "macro_f1"] == compared["half=1", "class_3_recall"] == 0
    page, summary = render_html(found), render_markdown(found)
    for shown in ("macro_f1", "class_3_recall"):
        assert f"<code>{shown}</code>" in page and f"`{shown}`" in summary
    assert found.data.labelled == 108 and "On 108 labelled originals" in page


def test_an_interval_is_made_of_what_each_example_changes() -> None:
    rng = np.random.default_rng(0)
    labels, decided = rng.integers(0, 3, 40).astype(float), rng.integers(0, 4, 40)
    weights = rng.uniform(0.5, 2, 40)
    influence = _influence(labels, decided, weights)
    assert influence.sum() == pytest.approx(0)
    for row in range(40):
        step = weights.copy()
        step[row] *= 1 + 1e-6
        slope = (_macro_f1(labels, decided, step) - _macro_f1(labels, decided, weights)) / 1e-6
        assert influence[row] == pytest.approx(slope, abs=1e-6)


def test_a_gate_may_ask_for_them() -> None:
    rules = [
        GateRule.model_validate({"metric": metric, "min": 0.8})
        for metric in ("macro_f1", "class_2_recall")
    ]
    candidate = slice_(macro_f1=0.85, class_2_recall=0.75)
    result = judge(report([candidate]), rules)
    assert [check.status.value for check in result.checks] == ["passed", "failed"]
    missing = judge(report([slice_(flip_rate=0.0)]), rules)
    assert [check.outcome.value for check in missing.checks] == ["missing", "missing"]


def test_rates_of_classes_say_what_they_are() -> None:
    assert spec_of("class_12_recall").label == "recall of class 12"
    assert spec_of("class_2_false_positive_rate").direction == 1
    for name in ("class_2_flip_rate", "class_x_recall", "class_2_recall_", "recall"):
        assert class_spec(name) is None
