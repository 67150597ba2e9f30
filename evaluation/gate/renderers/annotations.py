"""What a gate found as GitHub workflow commands, which show as annotations of the changed files."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.data.support.printable import printable
from evenhand.evaluation.gate.result import GateResult, Status

MAX_OF_A_KIND = 10  # GitHub shows no more of a step

_COMMANDS = {Status.FAILED: "error", Status.WARNED: "warning"}


def render_annotations(
    result: GateResult, *, config: str, lines: Sequence[int] | None
) -> tuple[str, ...]:
    """Return a workflow command for each check that fails or warns, at most ten of each kind.

    Args:
        result: What the gate decided.
        config: The configuration's path, relative to the repository.
        lines: The line of each rule in it, from 1, or None if they are not known.
    """
    found = []
    for status, command in _COMMANDS.items():
        checks = [check for check in result.checks if check.status is status]
        for check in checks[:MAX_OF_A_KIND]:
            properties = {"title": f"Fairness gate: {check.place}", "file": config}
            if lines and check.number <= len(lines):
                properties["line"] = str(lines[check.number - 1])
            shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
            message = f"{check.place}: {check.rule.describe()}: {check.reason}"
            found.append(f"::{command} {shown}::{_data(message)}")
    return tuple(found)


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
