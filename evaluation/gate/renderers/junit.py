"""A gate's result as JUnit XML, which CI systems show: one test case a check.

The elements and attributes are those of the schema for Apache Ant's JUnit task, whose order of
elements and required attributes the stricter readers insist on.
"""

from __future__ import annotations

import datetime
import re
from xml.etree import ElementTree

from evenhand.data.support.printable import printable
from evenhand.evaluation.gate.result import Check, GateResult, Status

# Characters that XML 1.0 cannot hold, even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(result: GateResult, *, today: datetime.date) -> str:
    """Return `result` as a JUnit XML document.

    A check that fails the gate is a failure, one that is waived or skipped is skipped; warnings
    pass, and stand with the notes in `system-out`.

    Args:
        result: What the gate decided.
        today: The day that the suite carries as its time stamp.
    """
    skipped = result.count(Status.SKIPPED) + result.count(Status.WAIVED)
    suite = ElementTree.Element(
        "testsuite",
        id="0",
        package="evenhand",
        name=_xml_text(f"evenhand gate: {result.model}"),
        timestamp=f"{today.isoformat()}T00:00:00",
        hostname="localhost",
        tests=str(len(result.checks)),
        failures=str(result.count(Status.FAILED)),
        errors="0",
        skipped=str(skipped),
        time="0",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for found in result.inputs:
        value = _xml_text(found.describe())
        ElementTree.SubElement(properties, "property", name=_xml_text(found.what), value=value)
    for check in result.checks:
        _add_case(suite, check)
    warnings = [_line(check) for check in result.checks if check.status is Status.WARNED]
    output = ElementTree.SubElement(suite, "system-out")
    output.text = _xml_text("\n".join([*warnings, *result.notes]))
    ElementTree.SubElement(suite, "system-err")
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ElementTree.Element, check: Check) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_xml_text(f"evenhand.gate.{check.place}"),
        name=_xml_text(check.rule.describe()),
        time="0",
    )
    if check.status is Status.FAILED:
        failure = ElementTree.SubElement(
            case, "failure", type=check.outcome.value, message=_xml_text(check.reason)
        )
        failure.text = _xml_text(_line(check))
    elif check.status in (Status.SKIPPED, Status.WAIVED):
        ElementTree.SubElement(case, "skipped", message=_xml_text(check.reason))


def _line(check: Check) -> str:
    return f"{check.status.value}: {check.place}: {check.rule.describe()}: {check.reason}"


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", printable(text))
