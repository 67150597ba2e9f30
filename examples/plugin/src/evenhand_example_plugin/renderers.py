"""A file of a report: a function from the report to what the file holds."""

from __future__ import annotations

from evenhand.evaluation import Renderer, Report


def _overall(report: Report) -> str:
    """Return the overall values of each model, a line each; names are escaped as in Python."""
    lines = [
        f"{model.name!a} {name} {found.value}"
        for model in report.models
        for name, found in model.overall.metrics.items()
        if report.spec(name).shown
    ]
    return "\n".join(lines) + "\n"


text = Renderer("report.txt", _overall)
