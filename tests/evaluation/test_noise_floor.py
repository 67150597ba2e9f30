"""Control pairs from data to report and gate, with saved models whose behaviour is known.

40 texts, each with one mention and one word taken out of its control:

- 24 of five words, "She VERB the old NOUN.", which ablation makes "VERB the old NOUN.";
- 16 of six words, "Then he VERB the old NOUN.", which ablation makes "Then VERB the old NOUN."

The model `pronoun` is positive where "she" is in the text: all 24 flip, no control does. The model
`length` is positive for more than five words: the 16 flip, and so do their controls.
"""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli.results.report_table import show_report
from evenhand.data import build_dataset
from evenhand.data.errors import InputError
from evenhand.evaluation import compare_reports, evaluate_flip_rate, load_report
from evenhand.evaluation.findings.verdict import verdict
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.measures.score_intervals import tango, wilson
from evenhand.evaluation.reports.metric_specs import CONTROL_METRICS
from evenhand.evaluation.reports.report import Report

VERBS = ("fixed", "sold", "broke", "found", "lost", "moved", "opened", "closed")
NOUNS = ("laptop", "door", "bottle", "bicycle", "printer")


def texts() -> list[str]:
    both = [(verb, noun) for verb in VERBS for noun in NOUNS]
    she = [f"She {verb} the old {noun}." for verb, noun in both[:24]]
    return she + [f"Then he {verb} the old {noun}." for verb, noun in both[24:]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dataset `cf` and the models pronoun.keras and length.keras."""
    import keras
    import numpy as np

    folder = tmp_path_factory.mktemp("controls")
    with (folder / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in texts())])
    build_dataset([folder / "rows.csv"], folder / "cf", method="ablate", controls="nonce")
    build_dataset([folder / "rows.csv"], folder / "plain", method="ablate")
    for name, of_she, of_any, bias in (("pronoun", 6, 0, -3), ("length", 2, 2, -11)):
        # counts of all words but "she", and of "she"
        words = keras.layers.TextVectorization(output_mode="count", vocabulary=["she"])
        decide = keras.layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([keras.Input([1], dtype="string"), words, decide])
        decide.set_weights([np.array([[of_any], [of_she]]), np.array([bias])])
        model.save(folder / f"{name}.keras")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    """The report on `pronoun`, with `length` as the baseline."""
    return evaluate_flip_rate(
        folder / "cf",
        folder / "pronoun.keras",
        compare_to=folder / "length.keras",
        output=folder / "report",
    )


@pytest.fixture(scope="module")
def of_length(folder: Path) -> Report:
    return evaluate_flip_rate(
        folder / "cf", folder / "length.keras", output=folder / "of_length", thresholds=[0.5, 0.6]
    )


@pytest.fixture(scope="module")
def without(folder: Path) -> Report:
    return evaluate_flip_rate(folder / "plain", folder / "pronoun.keras", output=folder / "without")


def values(report: Report, name: str = "overall", role: str = "candidate") -> dict[str, object]:
    model = report.candidate if role == "candidate" else report.baseline
    assert model is not None
    slice_ = model.find_slice(name)
    assert slice_ is not None
    return {metric: found.value for metric, found in slice_.metrics.items()}


def test_a_model_of_identities_alone_has_no_noise_floor(report: Report) -> None:
    found = values(report)
    assert found["control_pairs"] == 40
    assert found["flip_rate"] == found["excess_flip_rate"] == pytest.approx(24 / 40)
    assert found["control_flip_rate"] == found["control_flip_count"] == 0
    assert found["control_ctf_gap"] == pytest.approx(0, abs=1e-6)
    assert found["excess_flip_p"] == pytest.approx(2 / 2**24)
    metrics = report.candidate.overall.metrics
    excess, floor = metrics["excess_flip_rate"], metrics["control_flip_rate"]
    by_hand = tango(24, 0, 40)
    assert (excess.lower, excess.upper) == pytest.approx((by_hand.lower, by_hand.upper))
    assert excess.interval == "tango"
    assert floor.upper == pytest.approx(wilson(0, 40).upper)


def test_a_model_of_length_flips_for_any_edit(of_length: Report) -> None:
    found = values(of_length)
    assert found["flip_rate"] == found["control_flip_rate"] == pytest.approx(16 / 40)
    assert found["control_flip_count"] == 16
    assert found["excess_flip_rate"] == 0
    assert found["excess_flip_p"] == 1
    excess = of_length.candidate.overall.metrics["excess_flip_rate"]
    by_hand = tango(0, 0, 40)
    assert (excess.lower, excess.upper) == pytest.approx((by_hand.lower, by_hand.upper))
    assert found["control_ctf_gap"] == pytest.approx(found["ctf_gap"], abs=1e-6)
    # a text of six words scores 1 / (1 + 1/e), above 0.6
    assert found["control_flip_rate@0.6"] == pytest.approx(16 / 40)
    assert "control_ctf_gap@0.6" not in found


def test_groups_have_their_own(report: Report) -> None:
    assert values(report, "group=female")["excess_flip_rate"] == 1
    assert values(report, "group=male")["excess_flip_rate"] == 0
    assert values(report, "group=male", "baseline")["control_flip_rate"] == 1
    assert values(report, "group=female", "baseline")["control_flip_rate"] == 0
    assert values(report, "term=he")["control_pairs"] == 16


def test_candidate_and_baseline_are_compared(report: Report) -> None:
    found = {row.metric: row for row in report.comparison if row.slice == "overall"}
    excess = found["excess_flip_rate"]
    assert excess.difference == pytest.approx(24 / 40)
    assert excess.lower is not None and 0.4 < excess.lower < 0.6
    assert found["control_flip_rate"].difference == pytest.approx(-16 / 40)
    assert "excess_flip_p" not in found


def test_the_verdict_says_what_any_edit_does(report: Report, of_length: Report) -> None:
    by_hand = tango(24, 0, 40)
    assert (
        "Any edit flips 0.00% of decisions, edits of identities 60.00%: 60.00 points more "
        f"(95% interval +{100 * by_hand.lower:.2f} to +{100 * by_hand.upper:.2f}; p < 0.0001; "
        "over 40 pairs with a control)."
    ) in verdict(report)
    assert (
        "Edits of identities flip no more decisions than any edit does: 40.00%, any edit 40.00%, a "
        "difference of 0.00 points"
    ) in verdict(of_length)


@pytest.mark.parametrize("changed", [{"excess_flip_p": {"value": 0.06}}, {"lower": -0.01}])
def test_what_may_be_chance_is_not_established(report: Report, changed: dict[str, Any]) -> None:
    document = report.as_document()
    metrics = document["models"][0]["slices"][0]["metrics"]
    if "lower" in changed:
        metrics["excess_flip_rate"] |= changed
    metrics |= {name: value for name, value in changed.items() if name in metrics}
    assert (
        "That edits of identities flip more decisions than any edit is not established: 60.00%, "
        "any edit 0.00%, a difference of +60.00 points"
    ) in verdict(Report.model_validate_json(json.dumps(document)))


@pytest.mark.parametrize("name", ["report.html", "report.md", "report.csv"])
def test_every_file_shows_it(report: Report, folder: Path, name: str) -> None:
    shown = (folder / "report" / name).read_text()
    assert "excess_flip_rate" in shown and "control_flip_rate" in shown
    if name != "report.csv":
        assert "+60.00 points" in html.unescape(re.sub(r"</?\w[^>]*>", "", shown))
    else:
        [row, *_] = csv.DictReader(shown.splitlines())
        assert float(row["excess_flip_rate"]) == pytest.approx(0.6)
        assert float(row["excess_flip_rate_lower"]) == pytest.approx(tango(24, 0, 40).lower)


def test_a_terminal_shows_it(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    show_report(report, Path("report"))
    shown = " ".join(capsys.readouterr().out.split())
    assert "noise floor" in shown
    assert "+60.00 points" in shown


def test_reports_are_compared_by_it(report: Report, of_length: Report) -> None:
    compared = compare_reports({"a": report, "b": of_length})
    assert {"control_flip_rate", "excess_flip_rate"} <= compared.metrics.keys()


def test_report_json_has_no_key_that_older_readers_refuse(
    report: Report, without: Report, folder: Path
) -> None:
    """What is new stands among the metrics, which a report may have any of."""
    new, old = report.as_document(), without.as_document()
    assert new.keys() == old.keys()
    assert new["data"].keys() == old["data"].keys()
    assert new["models"][0].keys() == old["models"][0].keys()
    assert new["models"][0]["slices"][0].keys() == old["models"][0]["slices"][0].keys()
    assert load_report(folder / "report") == report
    assert json.loads((folder / "report" / "report.json").read_text()) == new


def test_a_dataset_without_controls_gives_the_report_of_before(
    report: Report, without: Report, folder: Path
) -> None:
    found = values(without)
    assert CONTROL_METRICS.isdisjoint(found)
    assert found == {name: value for name, value in values(report).items() if name in found}
    for name in ("report.html", "report.md", "report.csv"):
        shown = (folder / "without" / name).read_text().lower()
        assert not re.search("excess_flip|noise floor|control_", shown)


def rule(**keys: object) -> GateRule:
    return GateRule.model_validate({"metric": "excess_flip_rate", **keys})


def test_the_gate_judges_the_excess(report: Report, of_length: Report) -> None:
    limit = rule(max=0.05)
    [failed] = judge(report, [limit]).checks
    assert failed.outcome is Outcome.FAILED and failed.value == pytest.approx(0.6)
    [passed] = judge(of_length, [limit]).checks
    assert passed.outcome is Outcome.PASSED
    [by_bound] = judge(of_length, [rule(max=0.05, bound="upper")]).checks
    assert by_bound.outcome is Outcome.FAILED  # of 40 pairs, up to 8.8 points are possible
    groups = judge(report, [rule(max=0.05, slice="group=*")]).checks
    assert {check.slice: check.outcome for check in groups} == {
        "group=female": Outcome.FAILED,
        "group=male": Outcome.PASSED,
    }


def test_a_report_without_controls_is_no_evidence(without: Report) -> None:
    for limit in (rule(max=0.05), rule(max=0.05, allow_one_decision=True)):
        result = judge(without, [limit])
        [check] = result.checks
        assert check.outcome is Outcome.NO_EVIDENCE
        assert "--controls nonce" in check.reason
        assert not result.passed
        assert not any("decides" in note for note in result.notes)
    [spread] = judge(without, [rule(max_spread=0.1, slice="group=*")]).checks
    assert spread.outcome is Outcome.NO_EVIDENCE


def test_decisions_for_one_of_several_classes(folder: Path) -> None:
    """A model of three classes that decides for the third where "she" is, else for the first."""
    import keras
    import numpy as np

    words = keras.layers.TextVectorization(output_mode="count", vocabulary=["she"])
    decide = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input([1], dtype="string"), words, decide])
    decide.set_weights([np.array([[0, 0, 0], [0, 0, 8]]), np.array([4, 0, 0])])
    model.save(folder / "classes.keras")
    report = evaluate_flip_rate(
        folder / "cf", folder / "classes.keras", output=folder / "of_classes"
    )
    assert report.candidate.by_class
    found = values(report)
    assert found["flip_rate"] == found["excess_flip_rate"] == pytest.approx(24 / 40)
    assert found["control_flip_rate"] == 0


@pytest.mark.parametrize("pair", [-1, 40, 2**62, None])
def test_controls_of_pairs_that_are_not_there_are_refused(
    folder: Path, tmp_path: Path, pair: int | None
) -> None:
    damaged = tmp_path / "cf"
    shutil.copytree(folder / "cf", damaged)
    file = damaged / "controls-00000.parquet"
    table = pq.read_table(file)
    rows = pa.array([pair, *table["pair"].to_pylist()[1:]], pa.int64())
    pq.write_table(table.set_column(0, "pair", rows), file)
    with pytest.raises(InputError, match="controls do not say which pairs they are for"):
        evaluate_flip_rate(damaged, folder / "length.keras", output=tmp_path / "report")
