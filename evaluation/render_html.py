"""report.html: one self-contained page, made from a report alone."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import jinja2

from evenhand.evaluation import presentation
from evenhand.evaluation.report import OVERALL, Report

# What HTML cannot hold even escaped: control characters other than tab and line ends, surrogates
_NOT_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# What the page shows of the task metrics; the other Fairness Indicators are one minus these
_TASK_METRICS = (
    "auc",
    "accuracy",
    "false_positive_rate",
    "false_negative_rate",
    "positive_rate",
    "false_discovery_rate",
    "false_omission_rate",
)


def render_html(report: Report) -> str:
    """Return a report as an HTML page that opens offline; text from data stays text."""
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        number=presentation.format_number,
        interval=presentation.format_interval,
        difference=presentation.format_difference,
        mark_edits=presentation.mark_edits,
    )
    source = files(__package__).joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        report=report,
        verdict=presentation.verdict(report),
        headline=presentation.headline_metrics(report),
        kinds=presentation.slices_by_kind(report),
        task_metrics=[name for name in _TASK_METRICS if name in report.candidate.overall.metrics],
        definitions={
            name: text
            for name, text in presentation.DEFINITIONS.items()
            if name in report.candidate.overall.metrics
        },
        limits=presentation.LIMITS,
        overall=OVERALL,
    )


def _printable(value: Any) -> Any:
    return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value
