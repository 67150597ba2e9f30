"""The files that a report is shown in: one function each, evenhand's own and other packages'.

An entry point of the group `evenhand.renderers` names a `Renderer`, whose file is written beside
evenhand's own, wherever a report is written or rendered anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.support.plugins import Plugins
from evenhand.evaluation.rendering.csv_table import render_csv
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.provenance import PROVENANCE_NAME
from evenhand.evaluation.reports.report import FILE_NAME, PAGE_NAME, Report

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")
_TAKEN = (FILE_NAME, PROVENANCE_NAME)


@dataclass(frozen=True)
class Renderer:
    """Makes one file of a report.

    Attributes:
        file_name: The file's name in the report's folder: letters, digits, ``-`` and ``_``, and an
            ending, such as ``report.tex``.
        render: From a report to the file's content. The same report has to give the same content.
            Names and texts in it are a stranger's, to be escaped for whatever reads the file.
    """

    file_name: str
    render: Callable[[Report], str | bytes]


RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {
        "html": Renderer(PAGE_NAME, render_html),
        "md": Renderer("report.md", render_markdown),
        "csv": Renderer("report.csv", render_csv),
    }
)
"""evenhand's own renderers, by name."""

PLUGINS = Plugins("renderer", "evenhand.renderers", builtin=RENDERERS)


def load_renderers() -> dict[str, Renderer]:
    """Return every renderer by name, evenhand's own first.

    Raises:
        ConfigurationError: One of another package cannot be loaded, is no `Renderer`, or has a name
            or a file name that it may not have.
    """
    renderers = dict(RENDERERS)
    for name, renderer in PLUGINS.load_all().items():
        if not isinstance(renderer, Renderer):
            raise ConfigurationError(
                f"the renderer {name!r} cannot be used: it is of type {type(renderer).__name__}",
                where=PLUGINS.place_of(name),
                expected="an evenhand.evaluation.Renderer",
            )
        taken = [*_TAKEN, *(each.file_name for each in renderers.values())]
        _check_file_name(name, renderer.file_name, taken)
        renderers[name] = renderer
    return renderers


def content_of(name: str, renderer: Renderer, report: Report) -> bytes:
    """Return the content of a renderer's file; a lone surrogate becomes text such as ``\\ud800``.

    Raises:
        InputError: A renderer of another package fails, or gives neither text nor bytes.
    """
    given = renderer.render(report) if name in RENDERERS else _given(name, renderer, report)
    return given.encode(errors="backslashreplace") if isinstance(given, str) else given


def _given(name: str, renderer: Renderer, report: Report) -> str | bytes:
    try:
        given = renderer.render(report)
    except (Exception, SystemExit) as error:  # whatever somebody's code does
        raise InputError(
            f"the renderer {name!r} failed ({type(error).__name__}: {error})",
            where=PLUGINS.place_of(name),
            remedy="mend the package that adds it, or uninstall it",
        ) from error
    if not isinstance(given, str | bytes):
        raise InputError(
            f"the renderer {name!r} gave a {type(given).__name__}",
            where=PLUGINS.place_of(name),
            expected="the content of a file, as str or bytes",
        )
    return given


def _check_file_name(name: str, file_name: object, taken: Sequence[str]) -> None:
    if not isinstance(file_name, str) or not _PLAIN_NAME.fullmatch(file_name):
        raise ConfigurationError(
            f"the renderer {name!r} cannot write to {file_name!r}",
            where=PLUGINS.place_of(name),
            expected="a plain file name such as report.tex",
        )
    if file_name.casefold() in {each.casefold() for each in taken}:
        raise ConfigurationError(
            f"the renderer {name!r} writes to {file_name}, as something else in a report does",
            where=PLUGINS.place_of(name),
            expected="a file name of its own",
        )
