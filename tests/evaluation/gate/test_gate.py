"""What the gate decides: limits, bounds, slices, drops, and that only evidence passes."""

from __future__ import annotations

import pytest
from gate_reports import report, slice_
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.gate.config import load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.gate.rules import GateRule


def outcomes(candidate, *rules, baseline=None, role="candidate"):
    result = judge(report(candidate, baseline), [GateRule(**rule) for rule in rules], role=role)
    return [check.outcome for check in result.checks]


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"max": 0.02}, Outcome.PASSED),
        ({"max": 0.01}, Outcome.PASSED),  # a limit may be reached
        ({"max": 0.009}, Outcome.FAILED),
        ({"min": 0.01}, Outcome.PASSED),
        ({"min": 0.011}, Outcome.FAILED),
        ({"min": 0.0, "max": 0.005}, Outcome.FAILED),
        ({"max": 0.02, "bound": "upper"}, Outcome.FAILED),
        ({"max": 0.03, "bound": "upper"}, Outcome.PASSED),
        ({"min": 0.005, "bound": "lower"}, Outcome.FAILED),
    ],
)
def test_limits(limits, outcome):
    slices = [slice_(flip_rate=(0.004, 0.01, 0.03))]
    assert outcomes(slices, {"metric": "flip_rate", **limits}) == [outcome]


def test_a_drop_is_measured_against_the_baseline_of_the_same_slice():
    candidate = [slice_(auc=0.9), slice_("group=female", auc=0.8)]
    baseline = [slice_(auc=0.9), slice_("group=female", auc=0.9)]
    rule = {"metric": "auc", "slice": "*", "max_drop": 0.05}
    assert outcomes(candidate, rule, baseline=baseline) == [Outcome.PASSED, Outcome.FAILED]
    assert outcomes(candidate, rule, baseline=baseline, role="baseline") == [Outcome.PASSED] * 2


def test_a_drop_compares_values_whatever_bound_the_other_limit_uses():
    candidate, baseline = [slice_(auc=(0.80, 0.90, 0.95))], [slice_(auc=(0.85, 0.91, 0.95))]
    rule = {"metric": "auc", "min": 0.75, "bound": "lower", "max_drop": 0.02}
    assert outcomes(candidate, rule, baseline=baseline) == [Outcome.PASSED]


@pytest.mark.parametrize("baseline", [None, [slice_(flip_rate=0.1)], [slice_(auc=None)]])
def test_a_drop_without_a_baseline_value_is_not_met(baseline):
    assert outcomes([slice_(auc=0.9)], {"metric": "auc", "max_drop": 1}, baseline=baseline) == [
        Outcome.MISSING
    ]


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "auc", "max": 1},
        {"metric": "flip_rate@0.9", "max": 1},
        {"metric": "flip_rate", "max": 1, "slice": "group=nobody"},
        {"metric": "flip_rate", "max": 1, "bound": "upper"},
        {"metric": "undefined", "max": 1},
    ],
)
def test_what_is_missing_is_not_met(rule):
    slices = [slice_(flip_rate=0.01, undefined=None), slice_("group=somebody", flip_rate=0.01)]
    assert outcomes(slices, rule) == [Outcome.MISSING]


def test_too_few_pairs_are_insufficient_evidence():
    rule = {"metric": "flip_rate", "max": 1, "min_pairs": 100}
    assert outcomes([slice_(n_pairs=99, flip_rate=0.0)], rule) == [Outcome.INSUFFICIENT]
    assert outcomes([slice_(n_pairs=100, flip_rate=0.0)], rule) == [Outcome.PASSED]


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("overall", ["overall"]),
        ("group=*", ["group=a", "group=b*"]),
        ("group=a", ["group=a"]),
        ("group=b*", ["group=b*"]),  # a star that is not alone is an ordinary character
        ("*", ["overall", "group=a", "group=b*", "groups=a", "x=group=a"]),
    ],
)
def test_which_slices_a_rule_covers(pattern, covered):
    names = ["overall", "group=a", "group=b*", "groups=a", "x=group=a"]
    result = judge(
        report([slice_(name, m=0.0) for name in names]),
        [GateRule(metric="m", slice=pattern, max=1)],
    )
    assert [check.slice for check in result.checks] == covered
    assert result.passed


def test_judging_a_baseline_that_is_not_there_is_an_error():
    with pytest.raises(InputError, match="no baseline"):
        judge(report([slice_(m=0.0)]), [GateRule(metric="m", max=1)], role="baseline")


@given(value=st.floats(0, 1), limit=st.floats(0, 1))
def test_max_and_min_are_each_others_opposite(value, limit):
    slices = [slice_(m=value)]
    (under,) = outcomes(slices, {"metric": "m", "max": limit})
    (over,) = outcomes(slices, {"metric": "m", "min": limit})
    assert Outcome.PASSED in (under, over)
    assert (under is over) == (value == limit)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("", "no gate"),
        ("[gate]", "rules"),
        ("[gate]\nrules = []", "at least 1"),
        ('[[gate.rules]]\nmetric = "m"', "no limit"),
        ('[[gate.rules]]\nmetric = "m"\nmaxx = 1', r"gate.rules\[1\].maxx: unknown key"),
        ('[[gate.rules]]\nmetric = "m"\nmax = nan', "finite"),
        ('[[gate.rules]]\nmetric = "m"\nmin = 2\nmax = 1', "no value can be met"),
        ('[[gate.rules]]\nmetric = "m"\nmax_drop = 1\nbound = "upper"', "bound goes with"),
        ('[[gate.rules]]\nmetric = "m"\nmax = 1\nmin_pairs = -1', "min_pairs"),
        ('[gate]\nother = 1\n[[gate.rules]]\nmetric = "m"\nmax = 1', "gate.other: unknown key"),
        ("gate = 3", "gate"),
        ("gate = [", "not valid TOML"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path, toml, problem):
    path = tmp_path / "evenhand.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        load_gate_config(path)


def test_a_rule_with_a_problem_is_not_also_said_to_be_lacking(tmp_path):
    path = tmp_path / "evenhand.toml"
    path.write_text('[[gate.rules]]\nmetric = "m"\nmaxx = 1\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_gate_config(path)
    assert "at least" not in str(raised.value)


def test_rules_may_stand_in_pyproject(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[[tool.evenhand.gate.rules]]\nmetric = "m"\nmax = 1\n', encoding="utf-8")
    assert load_gate_config(path).rules == (GateRule(metric="m", max=1.0),)
