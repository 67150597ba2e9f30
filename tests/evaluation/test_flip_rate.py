from __future__ import annotations

import datetime
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import evaluate_flip_rate, evaluate_predictions, load_report
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.reports.report import ModelReport, Report


@pytest.fixture(scope="module")
def report(report_folder: Path) -> Report:
    return load_report(report_folder)


@pytest.fixture(scope="module")
def biased(report: Report) -> ModelReport:
    assert report.baseline is not None
    return report.baseline


# The table in conftest.py shows where these come from.
BY_HAND = {
    "overall": {
        "n_examples": 6,
        "n_pairs": 5,
        "flip_rate": 3 / 5,
        "flip_rate_pos_to_neg": 3 / 5,
        "flip_rate_neg_to_pos": 0.0,
        "flip_count": 3,
        "flip_rate_examples": 3 / 6,
        "ctf_gap": 3 * 0.7 / 5,
        "score_shift": 3 * 0.7 / 5,
        "accuracy": 3 / 5,  # of the five labelled: a, c and f; b counts once
        "false_positive_rate": 1 / 3,  # b, of b, c and f
        "false_negative_rate": 1 / 2,  # e, of a and e
    },
    "group=female": {"n_examples": 3, "n_pairs": 3, "flip_rate": 1.0, "accuracy": 1 / 2},
    "group=male": {"n_examples": 2, "n_pairs": 2, "flip_rate": 0.0, "ctf_gap": 0.0},
    "term=she": {"n_examples": 3, "n_pairs": 3, "flip_rate": 1.0},
    "term=he": {"n_examples": 2, "n_pairs": 2, "flip_rate": 0.0},
    "source=web": {"n_examples": 2, "n_pairs": 3, "flip_rate": 2 / 3, "flip_rate_examples": 1.0},
    "source=mail": {"n_examples": 2, "n_pairs": 1, "flip_rate": 1.0, "accuracy": 1.0},
    "source=1": {
        "n_examples": 1,
        "n_pairs": 0,
        "flip_rate": None,
        "accuracy": 1.0,
        "auc": None,  # one example has one label
    },
}


@pytest.mark.parametrize("name", BY_HAND)
def test_numbers_worked_out_by_hand(biased: ModelReport, name: str) -> None:
    slice_ = biased.find_slice(name)
    assert slice_ is not None
    found = {"n_examples": slice_.n_examples, "n_pairs": slice_.n_pairs} | {
        metric: value.value for metric, value in slice_.metrics.items()
    }
    wanted = BY_HAND[name]
    assert {key: found[key] for key in wanted} == pytest.approx(wanted, abs=1e-6)


def test_decisions_are_counted_by_label(biased: ModelReport) -> None:
    assert biased.confusion is not None
    assert biased.confusion.weights == ((2, 1), (1, 1))  # b of b, c and f; a of a and e


def test_slices_are_those_of_the_data(biased: ModelReport) -> None:
    assert [slice_.slice for slice_ in biased.slices] == [
        "overall",
        "source=1",
        "source=mail",
        "source=web",
        "group=female",
        "group=male",
        "term=he",
        "term=she",
    ]


def test_the_even_model_never_flips_and_is_compared(report: Report) -> None:
    found = {(row.slice, row.metric): row for row in report.comparison}
    row = found["overall", "flip_rate"]
    assert (row.candidate, row.baseline) == (0.0, 0.6)
    assert row.difference == pytest.approx(-0.6)
    assert found["source=1", "flip_rate"].difference is None


def test_examples_with_several_pairs_get_clustered_intervals(biased: ModelReport) -> None:
    rate = biased.overall.metrics["flip_rate"]
    assert rate.interval == "wilson"
    assert rate.lower is not None and rate.upper is not None
    assert 0 <= rate.lower <= 0.6 <= rate.upper <= 1
    alone = biased.find_slice("group=male")
    assert alone is not None and alone.metrics["flip_rate"].interval == "wilson"
    gap = biased.overall.metrics["ctf_gap"]  # of three texts, of which nothing is known
    assert (gap.lower, gap.upper, gap.interval_missing) == (None, None, "few_texts")
    upper = alone.metrics["flip_rate"].upper
    assert upper is not None and upper > 0.5  # two pairs prove little


def test_flips_are_listed_with_both_models_scores(report: Report) -> None:
    assert [flip.id for flip in report.flips] == ["a", "b", "d"]
    flip = report.flips[1]
    assert (flip.original, flip.counterfactual) == ("he and she", "he and")
    assert (flip.terms, flip.groups) == (("she",), ("female",))
    assert (flip.label, flip.slices) == (0, ("source=web",))
    assert flip.scores["baseline"].original == pytest.approx(0.9)
    assert flip.scores["candidate"].original == pytest.approx(0.4)


def test_new_harms_are_listed_before_larger_flips_of_both_models(tmp_path: Path) -> None:
    """At most 100 pairs a model: 110 flip under both by much, 5 under the candidate by little."""
    header = "id,prediction,counterfactual_prediction\n"
    both = [f"b{i},0.9,0.{100 + i}\n" for i in range(110)]
    ours = "".join([header, *both, *(f"n{i},0.51,0.49\n" for i in range(5))])
    theirs = "".join([header, *both, *(f"n{i},0.51,0.52\n" for i in range(5))])
    for name, text in (("ours.csv", ours), ("theirs.csv", theirs)):
        (tmp_path / name).write_text(text)
    report = evaluate_predictions(tmp_path / "ours.csv", compare_to=tmp_path / "theirs.csv")
    ids = [flip.id for flip in report.flips]
    assert ids[:100] == [f"b{i}" for i in range(100)]  # in the file, by change of score
    assert sorted(ids[100:]) == [f"n{i}" for i in range(5)]
    page = render_html(report)
    assert page.index(">n0<") < page.index(">b0<")


def test_data_is_described(report: Report) -> None:
    data = report.data
    assert (data.examples, data.labelled, data.pairs, data.weighted) == (6, 5, 5, False)
    assert data.by_group == {"female": 3, "male": 2}
    assert data.skipped == {"null text": 1}
    assert [(each.name, each.version, each.sha256) for each in data.lexicons] == [
        ("gender", "1", "0" * 64)
    ]


def test_the_lexicons_are_named_wherever_a_report_is_shown(report_folder: Path) -> None:
    for name in ("report.md", "report.html"):
        shown = html.unescape(re.sub(r"</?\w[^>]*>", "", (report_folder / name).read_text()))
        assert re.search(f"gender[:,]? ?version 1, sha256 {'0' * 64}", shown), name


def test_when_it_was_made_stands_beside_it(report_folder: Path) -> None:
    made = json.loads((report_folder / "provenance.json").read_text())
    assert made["command"] is None  # a call from Python
    assert datetime.datetime.fromisoformat(made["date"]).tzinfo is not None
    content = (report_folder / "report.json").read_bytes()
    assert made["report_sha256"] == hashlib.sha256(content).hexdigest()


def test_tfma_reads_the_results(report_folder: Path, biased: ModelReport) -> None:
    import tensorflow_model_analysis as tfma

    result = tfma.load_eval_result(str(report_folder / "tfma" / "baseline"))
    metrics = result.get_metrics_for_all_slices()[("group", "female"),]
    slice_ = biased.find_slice("group=female")
    assert slice_ is not None
    assert metrics["flip_rate/overall@0.5"]["doubleValue"] == slice_.metrics["flip_rate"].value


@pytest.mark.slow
def test_the_same_inputs_give_the_same_report(
    report_folder: Path, dataset: Path, scorers: str, tmp_path: Path
) -> None:
    evaluate_flip_rate(
        dataset, f"{scorers}:even", compare_to=f"{scorers}:biased", output=tmp_path / "again"
    )
    for name in ("report.json", "report.html", "report.md"):
        assert (tmp_path / "again" / name).read_bytes() == (report_folder / name).read_bytes()


def test_functions_are_models_by_name_and_by_themselves(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
def biased(texts):
    return [0.9 if "she" in text.lower().split() else 0.2 for text in texts]


def wrong(texts):
    return [1.5 for text in texts]
"""
    (tmp_path / "functions_to_report.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    import functions_to_report

    by_name = "functions_to_report:biased"
    both = evaluate_flip_rate(
        dataset, by_name, compare_to=functions_to_report.biased, output=tmp_path / "report"
    )
    assert both.baseline is not None
    assert [both.candidate.name, both.baseline.name] == [by_name, "the function biased"]
    rates = {each.slice: each.metrics["flip_rate"].value for each in both.candidate.slices}
    assert rates == {each.slice: each.metrics["flip_rate"].value for each in both.baseline.slices}
    assert rates["term=she"] == 1.0 and rates["term=he"] == 0.0
    for model in ("functions_to_report:wrong", functions_to_report.wrong):
        with pytest.raises(InputError, match=r"1\.5, which is not between 0 and 1"):
            evaluate_flip_rate(dataset, model, output=tmp_path / "none")


@pytest.mark.parametrize("threshold", [-0.1, 1.0, float("nan"), 1e-7])
def test_impossible_thresholds_are_refused_before_any_work(
    tmp_path: Path, threshold: float
) -> None:
    with pytest.raises(ConfigurationError, match="threshold"):
        evaluate_flip_rate("nowhere", "nothing", output=tmp_path / "r", thresholds=[threshold])


def test_unknown_slice_columns_are_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no slice column 'colour'"):
        evaluate_flip_rate(dataset, "nothing", output=tmp_path / "r", slice_columns=["colour"])
    assert not (tmp_path / "r").exists()
