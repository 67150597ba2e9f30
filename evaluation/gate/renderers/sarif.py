"""A gate's result as SARIF 2.1.0, which code scanning services show at the rule's line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from evenhand.data.support.printable import printable
from evenhand.evaluation.gate.explanation import explain_rule
from evenhand.evaluation.gate.result import Check, GateResult, Status
from evenhand.evaluation.gate.rules import GateRule

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Status.FAILED: "error", Status.WARNED: "warning", Status.WAIVED: "error"}


def render_sarif(result: GateResult, *, config: str, lines: Sequence[int] | None) -> str:
    """Return `result` as a SARIF log: a result for each check that fails, warns or is waived.

    Args:
        result: What the gate decided.
        config: The configuration's path, relative to the repository, to which results point.
        lines: The line of each rule in it, from 1, or None if they are not known. A result whose
            rule has no line, as that of a ratchet, points at the first.
    """
    rules = {check.number: check.rule for check in result.checks}
    index = {number: place for place, number in enumerate(rules)}
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "evenhand",
                        "version": version("evenhand"),
                        "rules": [_rule(number, rule) for number, rule in rules.items()],
                    }
                },
                "results": [
                    _result(check, index[check.number], config, lines)
                    for check in result.checks
                    if check.status in _LEVELS
                ],
                "properties": {"inputs": [asdict(found) for found in result.inputs]},
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(number: int, rule: GateRule) -> dict[str, Any]:
    return {
        "id": f"gate-rule-{number}",
        "shortDescription": {"text": printable(rule.describe())},
        "fullDescription": {"text": printable(explain_rule(rule))},
        "defaultConfiguration": {"level": "warning" if rule.severity == "warn" else "error"},
    }


def _result(check: Check, index: int, config: str, lines: Sequence[int] | None) -> dict[str, Any]:
    line = lines[check.number - 1] if lines and check.number <= len(lines) else 1
    location = {"artifactLocation": {"uri": quote(config)}, "region": {"startLine": line}}
    identity = json.dumps([check.rule.model_dump_json(), check.place])
    found: dict[str, Any] = {
        "ruleId": f"gate-rule-{check.number}",
        "ruleIndex": index,
        "level": _LEVELS[check.status],
        "message": {"text": _plain(f"{check.place}: {check.rule.describe()}: {check.reason}")},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {
            "evenhandCheck/v1": hashlib.sha256(identity.encode()).hexdigest(),
        },
    }
    if check.status is Status.WAIVED:
        suppression = {
            "kind": "external",
            "status": "accepted",
            "justification": printable(check.reason),
        }
        found["suppressions"] = [suppression]
    return found


def _plain(text: str) -> str:
    """Return text in which all is seen and nothing taken for a link (SARIF 2.1.0, 3.11.6)."""
    return re.sub(r"([\\\[\]])", r"\\\1", printable(text))
