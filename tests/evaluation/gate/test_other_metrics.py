"""The gate on `data.grammar_errors`: limits, and no evidence where a report does not know it."""

from __future__ import annotations

import pytest
from gate_reports import report, slice_

from evenhand.data.dataset.quality import PairQuality
from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.findings.pair_quality import pair_quality_in_words
from evenhand.evaluation.gate.config import load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome, Status
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.report import MetricValue, Report

NAME = "data.grammar_errors"


def with_errors(share=0.05, made=None):
    """Return a report whose pairs have that share of grammar errors."""
    made = made or report([slice_(flip_rate=(0.0, 0.01, 0.02))], [slice_(flip_rate=0.1)])
    value = MetricValue(value=share, lower=share / 2, upper=share * 2, interval="wilson")
    errors = round(share * 2000)
    quality = PairQuality(
        checked=2000, grammar_errors=errors, faults={"article": errors, "clitic": 0}
    )
    data = made.data.model_copy(update={"quality": quality, "metrics": {NAME: value}})
    return made.model_copy(update={"data": data})


def outcome(made, reference=None, role="candidate", **rule):
    rule = GateRule(metric=NAME, **rule)
    [check, *_] = judge(made, [rule], reference=reference, role=role).checks
    return check.outcome


@pytest.mark.parametrize("role", ["candidate", "baseline"])
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"max": 0.05}, Outcome.PASSED),
        ({"max": 0.04}, Outcome.FAILED),
        ({"max": 0.09, "bound": "upper"}, Outcome.FAILED),
        ({"max": 0.1, "bound": "upper"}, Outcome.PASSED),
        ({"max": 0.05, "min_pairs": 201}, Outcome.INSUFFICIENT),
    ],
)
def test_limits_hold_for_the_data_whichever_model_is_judged(rule, expected, role):
    assert outcome(with_errors(), role=role, **rule) is expected


def test_a_report_that_does_not_know_it_is_no_evidence_and_says_what_to_do():
    made = report([slice_(flip_rate=0.01)])
    for rule in ({"max": 1.0}, {"max": 1.0, "bound": "upper"}):
        result = judge(made, [GateRule(metric=NAME, **rule)])
        [check] = result.checks
        assert (check.outcome, check.status) == (Outcome.NO_EVIDENCE, Status.FAILED)
        assert "data build" in check.reason
        assert not any("cannot flip" in note for note in result.notes)
        assert not result.passed


def test_a_model_that_decides_alike_does_not_spoil_it():
    made = with_errors(made=report([slice_(flip_rate=0.0)], positive=0))
    assert outcome(made, max=0.05) is Outcome.PASSED


def test_it_can_be_held_against_a_stored_report():
    before = with_errors(0.01)
    rule = {"max_increase": 0.02, "against": "reference"}
    assert outcome(with_errors(0.05), reference=before, **rule) is Outcome.FAILED
    assert outcome(with_errors(0.02), reference=before, **rule) is Outcome.PASSED


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"max": 0.1, "slice": "*"}, "leave slice out"),
        ({"max": 0.1, "slice": "group=female"}, "leave slice out"),
        ({"max_increase": 0.1}, "against"),
        ({"max": 0.1, "allow_one_decision": True}, "allow_one_decision"),
    ],
)
def test_rules_that_would_say_nothing_are_refused(rule, words):
    with pytest.raises(ValueError, match=words):
        GateRule(metric=NAME, **rule)


def test_rules_of_a_file_may_name_it_and_misspellings_are_answered(tmp_path):
    path = tmp_path / "evenhand.toml"
    path.write_text(f'[[gate.rules]]\nmetric = "{NAME}"\nmax = 0.05\n')
    [rule] = load_gate_config(path).rules
    assert judge(with_errors(), [rule]).passed
    with pytest.raises(ConfigurationError, match=f"did you mean '{NAME}'"):
        judge(with_errors(), [GateRule(metric="data.grammar_error", max=0.1)])


def test_the_report_keeps_it_and_says_it_in_a_sentence():
    made = with_errors()
    assert Report.model_validate_json(made.to_json()) == made
    sentence = pair_quality_in_words(made)
    assert sentence == (
        "Of 2,000 pairs that were checked, 5.00% (2.50% to 10.00%) have a grammar error that the "
        "edit brought; found most: article in 5.00%."
    )
    assert "Of 2,000 pairs that were checked" in render_markdown(made)
    assert sentence in render_html(made)


def test_a_report_without_it_is_as_in_earlier_versions():
    made = report([slice_(flip_rate=0.01)])
    assert pair_quality_in_words(made) is None
    assert {"quality", "metrics"}.isdisjoint(made.as_document()["data"])
    assert "were checked" not in render_markdown(made)
