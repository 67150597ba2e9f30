"""The gate on functions.json: limits by functionality and group, against the baseline, misuse."""

from __future__ import annotations

import numpy as np
import pytest
from gate_reports import report, slice_

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.cases import Case
from evenhand.evaluation.functionalities.shares import CaseTable
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome, Status
from evenhand.evaluation.gate.rules import GateRule, Waiver
from evenhand.evaluation.reports.functions_report import (
    FunctionalityRecord,
    FunctionsOfModel,
    FunctionsReport,
)

CASES = [
    *(Case(f"t{i} {g}", "threat", "toxic", f"t{i}", g) for i in range(5) for g in "ab"),
    *(Case(f"n{i} {g}", "news", "not-toxic", f"n{i}", g) for i in range(5) for g in "ab"),
]
BEFORE = np.array([True] * 20)
NOW = np.array([False] * 2 + [True] * 18)  # the first threat is lost, for both groups


def functions(now=NOW, before=BEFORE, sha256=None):
    table = CaseTable(CASES)
    models = [("candidate", "new", now), ("baseline", "old", before)]
    return FunctionsReport(
        threshold=0.5,
        level=0.95,
        catalogue_sha256="0" * 64,
        functionalities=tuple(
            FunctionalityRecord(name=name, label=label, reason="Why.", templates=5)
            for name, label in (("threat", "toxic"), ("news", "not-toxic"))
        ),
        lexicons=(),
        groups=(),
        models=tuple(
            FunctionsOfModel(
                role=role, name=name, sha256=sha256, outputs="o", slices=table.slices_of(right)
            )
            for role, name, right in models
            if right is not None
        ),
        changes=() if before is None else table.changes(now, before),
    )


REPORT = report([slice_(flip_rate=0.01)], [slice_(flip_rate=0.1)])


def checks(found=None, made=REPORT, role="candidate", waivers=(), **rule):
    rule = GateRule(**{"metric": "functions.accuracy", **rule})
    return judge(made, [rule], functions=found, role=role, waivers=waivers).checks


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [
        ({"min": 0.9}, {"overall": Outcome.PASSED}),
        ({"min": 0.91}, {"overall": Outcome.FAILED}),
        ({"min": 0.85, "bound": "lower"}, {"overall": Outcome.FAILED}),
        ({"max_drop": 0.05}, {"overall": Outcome.FAILED}),
        ({"metric": "functions.true_positive_rate", "min": 0.8}, {"overall": Outcome.PASSED}),
        ({"metric": "functions.true_negative_rate", "min": 1}, {"overall": Outcome.PASSED}),
        (
            {"slice": "functionality=*", "max_drop": 0.1},
            {"functionality=threat": Outcome.FAILED, "functionality=news": Outcome.PASSED},
        ),
        ({"slice": "functionality=threat", "min": 0.8}, {"functionality=threat": Outcome.PASSED}),
        ({"slice": "group=*", "max_spread": 0.01}, {"group=*": Outcome.PASSED}),
        ({"slice": "label=toxic", "max_drop": 0.2}, {"label=toxic": Outcome.PASSED}),
        ({"slice": "functionality=thread", "min": 0}, {"functionality=thread": Outcome.MISSING}),
    ],
)
def test_limits_hold_by_slice_of_the_sentences(rule, outcomes):
    assert {each.slice: each.outcome for each in checks(functions(), **rule)} == outcomes


def test_the_baseline_can_be_judged():
    [check] = checks(functions(), role="baseline", min=1.0)
    assert (check.outcome, check.value) == (Outcome.PASSED, 1.0)


def test_without_the_result_there_is_no_evidence_and_the_gate_fails():
    [check] = checks(None, slice="functionality=*", min=0.0)
    assert (check.outcome, check.status) == (Outcome.NO_EVIDENCE, Status.FAILED)
    assert "evaluate functions" in check.reason


def test_other_rules_see_nothing_of_it():
    result = judge(REPORT, [GateRule(metric="flip_rate", slice="*", max=1)], functions=functions())
    assert [check.slice for check in result.checks] == ["overall"]
    assert any(each.what == "functionalities" for each in result.inputs)


def test_a_drop_can_be_waived_by_functionality():
    waiver = Waiver(
        metric="functions.accuracy",
        slice="functionality=threat",
        reason="known",
        expires="2999-01-01",
    )
    found = checks(functions(), waivers=[waiver], slice="functionality=*", max_drop=0.1)
    assert [each.status for each in found] == [Status.WAIVED, Status.PASSED]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"min": 0.5, "min_pairs": 10}, "leave min_pairs out"),
        ({"no_worse_than": "reference"}, "no reference report"),
        ({"max_drop": 0.1, "against": "reference"}, "no reference report"),
        ({"min": 80}, "80 decides nothing"),
        ({"min": 0.5, "allow_one_decision": True}, "allow_one_decision"),
    ],
)
def test_rules_that_would_say_nothing_are_refused(rule, words):
    with pytest.raises(ValueError, match=words):
        GateRule(metric="functions.accuracy", **rule)


def test_names_that_cannot_be_right_are_errors():
    with pytest.raises(ConfigurationError, match=r"did you mean 'functions\.accuracy'"):
        checks(functions(), metric="functions.acuracy", min=0.5)
    with pytest.raises(ConfigurationError, match="did you mean 'functionality'"):
        checks(functions(), slice="functionalty=*", min=0.5)


def test_results_of_other_models_or_thresholds_are_refused():
    def made(sha256):
        models = (each.model_copy(update={"sha256": sha256}) for each in REPORT.models)
        return REPORT.model_copy(update={"models": tuple(models)})

    assert checks(functions(sha256="a" * 64), made("a" * 64), min=0)
    with pytest.raises(InputError, match="different candidates"):
        checks(functions(sha256="b" * 64), made("a" * 64), min=0)
    other = functions().model_copy(update={"threshold": 0.7})
    with pytest.raises(InputError, match=r"new at the threshold 0\.7"):
        checks(other, min=0)
    with pytest.raises(InputError, match="no baseline"):
        checks(functions(before=None), role="baseline", min=0)


@pytest.mark.parametrize(("at", "fits"), [(0.4, True), (0.5, False), (None, False)])
def test_models_with_thresholds_of_their_own_are_judged_beside_the_report_that_has_them(at, fits):
    def with_baseline_at(made, threshold):
        own = zip(made.models, (0.5, threshold), strict=True)
        models = tuple(each.model_copy(update={"threshold": value}) for each, value in own)
        return made.model_copy(update={"models": models})

    two, made = with_baseline_at(REPORT, 0.4), with_baseline_at(functions(), at)
    assert two.thresholds == (0.5,)
    if fits:
        assert checks(made, two, max_drop=0.2)[0].outcome is Outcome.PASSED
    else:
        with pytest.raises(InputError, match=r"old at the threshold 0\.5"):
            checks(made, two, max_drop=0.2)
