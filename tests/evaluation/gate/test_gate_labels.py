"""Rules and waivers that name one of a report's several labels."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from gate_reports import report, slice_

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.gate.explanation import explain_rule
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.renderers.junit import render_junit
from evenhand.evaluation.gate.rules import GateRule, Waiver
from evenhand.evaluation.gate.starting_rules import render_gate_config
from evenhand.evaluation.measures.score_intervals import wilson
from evenhand.evaluation.reports.report import Label, Report, load_report


def labelled(**rates: float) -> Report:
    """Return a report of a label for each flip rate, in their order."""
    parts = [
        report([slice_(flip_rate=rate), slice_("group=a", flip_rate=rate)]).model_copy(
            update={"label": Label(name=name, output=number)}
        )
        for number, (name, rate) in enumerate(rates.items())
    ]
    return parts[0].with_labels(parts[1:])


def rule(**keys: object) -> GateRule:
    return GateRule.model_validate({"metric": "flip_rate", "max": 0.05, **keys})


REPORT = labelled(toxic=0.01, insult=0.09, threat=0.02)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, {"toxic, overall": True, "insult, overall": False, "threat, overall": True}),
        ({"label": "toxic"}, {"toxic, overall": True}),
        ({"label": "insult", "slice": "*"}, {"insult, overall": False, "insult, group=a": False}),
    ],
)
def test_a_rule_holds_for_its_label_or_for_every_one(
    keys: dict[str, object], found: dict[str, bool]
) -> None:
    result = judge(REPORT, [rule(**keys)])
    assert {check.place: check.status.value == "passed" for check in result.checks} == found
    assert result.passed is all(found.values())


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("inslut", "rules.1..label: the report has no label 'inslut' .did you mean 'insult'"),
        ("rude", "no label 'rude'; it has toxic, insult, threat"),
    ],
)
def test_a_label_that_is_not_there_is_refused(label: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        judge(REPORT, [rule(label=label)])
    with pytest.raises(ConfigurationError, match="the report has no labels, and so not"):
        judge(report([slice_(flip_rate=0.0)]), [rule(label=label)])


@pytest.mark.parametrize(
    ("label", "passes"), [("insult", True), ("*", True), ("toxic", False), (None, None)]
)
def test_a_waiver_has_to_say_whose_label_it_waives(label: str | None, passes: bool | None) -> None:
    waiver = Waiver(
        metric="flip_rate",
        slice="overall",
        label=label,
        reason="soon",
        expires=datetime.date(2030, 1, 1),
    )

    def judged() -> bool:
        return judge(REPORT, [rule()], waivers=[waiver], today=datetime.date(2029, 1, 1)).passed

    if passes is None:
        with pytest.raises(ConfigurationError, match="has several; name toxic, insult, threat"):
            judged()
    else:
        assert judged() is passes


def test_each_label_is_compared_with_the_same_label_of_the_reference() -> None:
    reference = labelled(insult=0.09, threat=0.02, toxic=0.005)
    moved = GateRule.model_validate(
        {"metric": "flip_rate", "max_increase": 0.001, "against": "reference"}
    )
    result = judge(REPORT, [moved], reference=reference)
    assert [check.status.value for check in result.checks] == ["failed", "passed", "passed"]
    with pytest.raises(InputError, match="the reference has no label 'threat'"):
        judge(REPORT, [moved], reference=labelled(toxic=0.01, insult=0.09))


def test_starting_rules_are_met_by_every_label() -> None:
    import tomllib

    content = render_gate_config(REPORT)
    rules = [GateRule.model_validate(each) for each in tomllib.loads(content)["gate"]["rules"]]
    assert {each.label for each in rules} == {"toxic", "insult", "threat"}
    assert judge(REPORT, rules).passed


def test_the_label_is_told_wherever_a_result_is_shown() -> None:
    result = judge(REPORT, [rule(label="insult")])
    assert "insult, overall" in render_junit(result, today=datetime.date(2029, 1, 1))
    assert explain_rule(result.checks[0].rule).startswith("For the label insult: Over all examples")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "toxic", "output": 9}, "a label or its output occurs twice"),
        ({"name": "rude", "output": 0}, "a label or its output occurs twice"),
        ({"name": "rude", "output": 2**60}, "a count is too large"),
    ],
)
def test_a_report_whose_labels_cannot_be_is_refused(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    document = REPORT.as_document()
    document["other_labels"][0]["label"] = change
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=words):
        load_report(tmp_path)


def interval(count: int, size: int) -> tuple[float, float, float]:
    ends = wilson(count, size)
    return ends.lower, count / size, ends.upper


@pytest.mark.parametrize("adjust", ["holm", "benjamini_hochberg"])
def test_the_ratchet_tests_the_slices_of_all_labels_together(adjust: str) -> None:
    """A slice at p 0.02 is worse by itself, and not among those of six labels."""

    def of(n_labels: int, bad: int) -> Report:
        parts = [
            report(
                [
                    slice_(flip_rate=interval(20, 200)),
                    slice_("group=a", flip_rate=interval(20 if number else bad, 200)),
                ]
            ).model_copy(update={"label": Label(name=f"label {number}", output=number)})
            for number in range(n_labels)
        ]
        return parts[0].with_labels(parts[1:])

    keys = {"metric": "flip_rate", "slice": "*", "no_worse_than": "reference", "adjust": adjust}
    worse = GateRule.model_validate(keys)
    failed = {
        n: [
            check.place
            for check in judge(of(n, 36), [worse], reference=of(n, 20)).checks
            if check.status.value != "passed"
        ]
        for n in (1, 6)
    }
    assert len(failed[1]) == 1 and not failed[6]
    alone = GateRule.model_validate({**keys, "label": "label 0"})
    assert not judge(of(6, 36), [alone], reference=of(6, 20)).passed
