"""Self-contained pages: a template with the style and the script that all pages have.

report.css is the style, and report.js searches and sorts tables. The security policy of a page
forbids other scripts, and forbids fetching anything.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from evenhand.data.errors import InputError
from evenhand.data.support.printable import printable
from evenhand.evaluation.reports.report import Label, Report


def render_page(template: str, **values: Any) -> str:
    """Return a page of HTML; text among the values is escaped.

    Args:
        template: The file of its template, which begins with ``head.html.jinja``.
        values: What the template shows.
    """
    script = _source("report.js")
    page = _environment().get_template(template)
    return page.render(
        style=Markup(_source("report.css")),
        script=Markup(script),
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **values,
    )


@functools.cache
def _environment() -> jinja2.Environment:
    """Return what reads templates: it keeps those that it has compiled."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = printable
    environment.filters["with_code"] = _with_code
    return environment


def check_has_flips(report: Report, *, where: str) -> None:
    """Raise InputError for a report that no page can show, as it has no flip rate."""
    if not all("flip_rate" in model.overall.metrics for model in report.models):
        raise InputError(
            "the report has no flip rate to show",
            where=where,
            remedy="write it again with `evenhand evaluate flip-rate`",
        )


def label_page(label: Label) -> str:
    """Return the file name of the page of a label beside a report's main one."""
    return f"label-{label.output}.html"


def _with_code(text: str) -> Markup:
    """Return a sentence with what stands between backticks as code."""
    parts = [escape(printable(part)) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _finalize(value: Any) -> Any:
    return printable(value) if type(value) is str else value
