"""Files of a report and of a gate: functions from what they show to what the file holds."""

from __future__ import annotations

from evenhand.evaluation import GateRenderer, Judgement, Renderer, Report


def _overall(report: Report) -> str:
    """Return the overall values of each model, a line each; names are escaped as in Python."""
    lines = [
        f"{model.name!a} {name} {found.value}"
        for model in report.models
        for name, found in model.overall.metrics.items()
        if report.spec(name).shown
    ]
    return "\n".join(lines) + "\n"


def _checks(judgement: Judgement) -> str:
    """Return the checks of a gate, a line each, and its verdict."""
    result = judgement.result
    lines = [f"{each.status.value} {each.slice!a} {each.reason!a}" for each in result.checks]
    return "\n".join([*lines, result.verdict]) + "\n"


text = Renderer("report.txt", _overall)
checks = GateRenderer("gate.txt", _checks)
