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
        task_metrics=_task_metrics(report),
        definitions={
            name: text
            for name, text in presentation.DEFINITIONS.items()
            if name in report.candidate.overall.metrics
        },
        limits=presentation.LIMITS,
        overall=OVERALL,
    )


def _task_metrics(report: Report) -> list[str]:
    """Return the metrics on originals at the first threshold, of those that the report has."""
    return [
        name
        for name in report.candidate.overall.metrics
        if "@" not in name
        and not name.startswith(("flip_", "example_", "weighted_", "ctf_", "score_"))
    ]


def _printable(value: Any) -> Any:
    return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value
