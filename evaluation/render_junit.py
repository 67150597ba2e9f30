"""A gate's result as JUnit XML, which CI systems show: one test case a check."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from evenhand.evaluation.gate import Check, GateResult

# Characters that XML 1.0 cannot hold, even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(result: GateResult) -> str:
    """Return `result` as a JUnit XML document; a check that is not met is a failure."""
    failures = sum(not check.outcome.met for check in result.checks)
    suite = ElementTree.Element(
        "testsuite",
        name=_xml_text(f"evenhand gate: {result.model}"),
        tests=str(len(result.checks)),
        failures=str(failures),
        errors="0",
        skipped="0",
    )
    for check in result.checks:
        _add_case(suite, check)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ElementTree.Element, check: Check) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_xml_text(f"evenhand.gate.{check.slice}"),
        name=_xml_text(check.rule.describe()),
        time="0",
    )
    if not check.outcome.met:
        failure = ElementTree.SubElement(
            case, "failure", type=check.outcome.value, message=_xml_text(check.reason)
        )
        failure.text = _xml_text(f"{check.slice}: {check.rule.describe()}: {check.reason}")


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
