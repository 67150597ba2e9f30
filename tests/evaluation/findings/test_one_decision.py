"""A model that decides nearly all texts alike cannot flip: no evidence, which fails a gate."""

from __future__ import annotations

import numpy as np
import pytest
from gate_reports import report, slice_
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation import load_report
from evenhand.evaluation.findings.one_decision import decided
from evenhand.evaluation.gate.config import gate_config_of
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.gate.starting_rules import render_gate_config
from evenhand.evaluation.inputs.tables import (
    DecidedTexts,
    EvaluationData,
    Examples,
    ModelScores,
    Pairs,
)
from evenhand.evaluation.measures.decision_counts import count_decisions
from evenhand.evaluation.reports.report import DataSummary, Decisions
from evenhand.remediation.judging.warning_signs import RARER_DECISION

FLIPS = [
    *("flip_rate", "flip_rate_pos_to_neg", "flip_rate_neg_to_pos", "flip_rate_examples"),
    *("flip_count", "flip_count_pos_to_neg", "flip_count_neg_to_pos"),
]
LIMITS = {
    "max": {"max": 0.02},
    "upper end": {"max": 0.5, "bound": "upper"},
    "few pairs": {"max": 0.02, "min_pairs": 10_000, "on_insufficient": "skip"},
    "drop": {"max_drop": 0.01},
    "increase": {"max_increase": "5%"},
    "increase over reference": {"max_increase": 0.01, "against": "reference"},
    "ratchet": {"no_worse_than": "reference"},
    "spread": {"max_spread": 0.02, "slice": "group=*"},
    "every slice": {"max": 0.02, "slice": "*"},
}
NEVER = (0.0, 0.0, 0.02)  # flips, with the interval


def slices(*metrics):
    values = dict.fromkeys(metrics, NEVER)
    return [slice_(**values), slice_("group=a", **values), slice_("group=b", **values)]


def outcomes(made, reference=None, **rule):
    checks = judge(made, [GateRule(**rule)], reference=reference).checks
    return {check.outcome for check in checks}


@pytest.mark.parametrize("metric", FLIPS)
@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("positive", [0, 9, 991, 1000])
def test_no_rule_on_flips_is_met_by_a_model_that_decides_alike(metric, limit, positive):
    rule = {"metric": metric, **LIMITS[limit]}
    if limit == "ratchet" and metric.startswith("flip_count"):
        return  # counts have no worse side
    before = slices(metric)
    made = report(slices(metric), before, positive=positive)
    stored = report(before) if GateRule(**rule).needs_reference else None
    assert outcomes(made, stored, **rule) == {Outcome.NO_EVIDENCE}
    assert not judge(made, [GateRule(**rule)], reference=stored).passed
    allowed = judge(made, [GateRule(**rule, allow_one_decision=True)], reference=stored)
    assert allowed.passed


@given(st.integers(0, 1000))
def test_one_in_a_hundred_decisions_is_enough(positive):
    made = report(slices("flip_rate"), positive=positive)
    alike = min(positive, 1000 - positive) / 1000 < RARER_DECISION
    expected = Outcome.NO_EVIDENCE if alike else Outcome.PASSED
    assert outcomes(made, metric="flip_rate", max=0.02) == {expected}


def test_a_broken_limit_is_broken_although_there_is_no_evidence():
    made = report([slice_(flip_rate=0.03)], positive=2)
    assert outcomes(made, metric="flip_rate", max=0.02) == {Outcome.FAILED}


def test_task_metrics_are_evidence_whatever_is_decided():
    made = report([slice_(auc=0.9, accuracy=0.9)], positive=0)
    for metric in ("auc", "accuracy"):
        assert outcomes(made, metric=metric, min=0.8) == {Outcome.PASSED}
    with pytest.raises(ValueError, match="allow_one_decision goes with metrics of flips"):
        GateRule(metric="auc", min=0.8, allow_one_decision=True)


def test_each_threshold_has_its_own_decisions():
    made = report([slice_(**{"flip_rate": NEVER, "flip_rate@0.7": NEVER})])
    rare = Decisions(threshold=0.7, by_decision={"positive": 1, "negative": 999})
    model = made.candidate
    model = model.model_copy(update={"decisions": (*model.decisions, rare)})
    made = made.model_copy(update={"thresholds": (0.5, 0.7), "models": (model,)})
    assert outcomes(made, metric="flip_rate", max=0.02) == {Outcome.PASSED}
    assert outcomes(made, metric="flip_rate@0.7", max=0.02) == {Outcome.NO_EVIDENCE}


def test_the_role_that_is_judged_counts():
    made = report(slices("flip_rate"), slices("flip_rate"), positive=0)
    rule = GateRule(metric="flip_rate", max=0.02)
    assert not judge(made, [rule]).passed
    assert judge(made, [rule], role="baseline").passed


def test_the_gate_says_how_to_mend_it():
    result = judge(report(slices("flip_rate"), positive=2), [GateRule(metric="flip_rate", max=0.1)])
    (check,) = result.checks
    assert check.reason == (
        "the model calls 99.80% of 1,000 different texts negative at threshold 0.5, so it "
        "cannot flip"
    )
    (note,) = result.notes
    assert "allow_one_decision = true" in note and "both ways" in note


def test_a_ratchet_without_a_rule_of_its_own_takes_no_model_that_decides_alike():
    made, stored = report(slices("flip_rate"), positive=0), report(slices("flip_rate"))
    rules = [GateRule(metric="flip_rate_examples", max=1, allow_one_decision=True)]
    with_examples = report(slices("flip_rate", "flip_rate_examples"), positive=0)
    assert judge(with_examples, rules, reference=stored).passed
    rules = [GateRule(metric="n", max=1)]
    made = report([slice_(n=0.0, flip_rate=NEVER)], positive=0)
    found = [check.outcome for check in judge(made, rules, reference=stored).checks]
    assert found[:2] == [Outcome.PASSED, Outcome.NO_EVIDENCE]


@pytest.mark.parametrize(
    ("positive_rate", "outcome", "notes"),
    [(0.995, "no evidence", 1), (0.001, "no evidence", 1), (0.3, "passed", 0), (None, "passed", 1)],
)
def test_a_report_of_an_earlier_version_tells_by_its_positive_rate(positive_rate, outcome, notes):
    made = report([slice_(flip_rate=NEVER, positive_rate=positive_rate)])
    model = made.candidate.model_copy(update={"decisions": ()})
    result = judge(
        made.model_copy(update={"models": (model,)}), [GateRule(metric="flip_rate", max=0.02)]
    )
    assert [check.outcome.value for check in result.checks] == [outcome]
    assert len(result.notes) == notes
    assert notes == (outcome == "no evidence") or "earlier version" in result.notes[0]


@pytest.mark.parametrize("metric", ["ctf_gap", "score_shift", "score_dev", "score_range"])
def test_how_far_scores_move_is_no_evidence_where_all_are_the_same(metric):
    for spread, outcome in ((0.01, Outcome.NO_EVIDENCE), (1.5, Outcome.PASSED)):
        made = report([slice_(**{metric: 0.001, "logit_spread": spread})])
        assert outcomes(made, metric=metric, max=0.02) == {outcome}
        allowed = {"metric": metric, "max": 0.02, "allow_one_decision": True}
        assert outcomes(made, **allowed) == {Outcome.PASSED}


def test_what_init_writes_does_not_allow_it_by_itself():
    made = report(slices("flip_rate"), positive=0)
    text = render_gate_config(made)
    assert "# NO EVIDENCE: the model calls all of 1,000 different texts" in text
    assert "\nallow_one_decision" not in text and "\n# allow_one_decision = true" in text
    rule = {"metric": "flip_rate", "max": 0.1, "allow_one_decision": True}
    assert gate_config_of({"gate": {"rules": [rule]}}, where="x").rules[0].allow_one_decision


def data_of(weights, pair_examples):
    weights = np.asarray(weights, float)
    summary = DataSummary(
        name="d",
        sha256="0" * 64,
        examples=len(weights),
        labelled=0,
        pairs=len(pair_examples),
        weighted=True,
    )
    examples = Examples(np.full(len(weights), np.nan), weights, {})
    return EvaluationData(examples, Pairs(np.asarray(pair_examples)), summary)


def scores_of(examples, pair_examples, counterfactuals, **more):
    examples = np.asarray(examples, float)
    originals = examples[np.asarray(pair_examples)]
    return ModelScores("m", None, examples, originals, np.asarray(counterfactuals, float), **more)


def test_decisions_are_counted_over_different_texts_that_weigh_something():
    data = data_of([1, 2, 0, 1], [0, 1, 1, 2])
    scores = scores_of([0.9, 0.9, 0.9, 0.1], [0, 1, 1, 2], [0.1, 0.2, 0.6, 0.9])
    # examples 0, 1 and 3, and counterfactuals 0, 1 and 2
    found, higher = count_decisions(data, scores, (0.5, 0.6))
    assert found.by_decision == {"positive": 3, "negative": 3}
    assert higher.by_decision == {"positive": 2, "negative": 4}
    # texts 0 and 1 are the same, as are the counterfactuals 0 and 1
    texts = DecidedTexts(np.array([0, 0, 1, 2]), np.array([3, 3, 4, 5]))
    scores = scores_of([0.9, 0.9, 0.9, 0.1], [0, 1, 1, 2], [0.1, 0.1, 0.6, 0.9], decided=texts)
    (found,) = count_decisions(data, scores, (0.5,))
    assert found.by_decision == {"positive": 2, "negative": 2}


def test_by_class_the_classes_are_counted():
    data = data_of([1, 1, 0], [0, 1])
    texts = DecidedTexts(np.array([0, 1, 2]), np.array([3, 0]), np.array([4, 1, 7, 4]))
    scores = scores_of([0.9, 0.8, 0.9], [0, 1], [0.9, 0.1], by_class=True, decided=texts)
    (found,) = count_decisions(data, scores, (0.5,))
    assert found.by_decision == {"1": 1, "4": 2}


def test_a_real_report_counts_them(report_folder):
    made = load_report(report_folder)
    even, biased = (decided(made, model) for model in made.models)
    # six texts and four different counterfactuals that are no text of an example
    assert (even.texts, even.share, even.commonest) == (11, 0, "negative")
    assert biased.texts == 11 and 0 < biased.share < 0.5
    assert outcomes(made, metric="flip_rate", max=0.02) == {Outcome.NO_EVIDENCE}
