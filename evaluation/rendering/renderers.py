"""The renderers, evenhand's own and added ones: each makes a file that shows a report or a gate.

An entry point of the group `evenhand.renderers` adds a `Renderer` or a `GateRenderer`. A
`Renderer`'s file is written with every report and whenever a report is rendered again. A
`GateRenderer`'s file is written by every run, and by `gate` if it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.support.plugins import Plugins
from evenhand.evaluation.gate.renderers.judgement import GateRenderer, Judgement
from evenhand.evaluation.reports.provenance import PROVENANCE_NAME
from evenhand.evaluation.reports.report import FILE_NAME, PAGE_NAME, Report

_TAKEN = (FILE_NAME, PROVENANCE_NAME)  # in a report's folder
_REPORT_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")
_GATE_FILE = re.compile(r"gate(\.[A-Za-z0-9_-]+)+")  # a run's folder has other files, too


@dataclass(frozen=True)
class Renderer:
    """Makes one file of a report.

    Attributes:
        file_name: The file's name in the report's folder: letters, digits, ``-`` and ``_``, and an
            ending, such as ``report.tex``.
        render: Turns a report into the file's content. The same report must give the same content.
            Names and texts in a report come from strangers: escape them for the file's format.
    """

    file_name: str
    render: Callable[[Report], str | bytes]


Kind = TypeVar("Kind", Renderer, GateRenderer)


# Each imports its module only when called: a gate does not need the page, a report not XML.


def _html(report: Report) -> str:
    from evenhand.evaluation.rendering.html_page import render_html

    return render_html(report)


def _markdown(report: Report) -> str:
    from evenhand.evaluation.rendering.markdown_summary import render_markdown

    return render_markdown(report)


def _csv(report: Report) -> str:
    from evenhand.evaluation.rendering.csv_table import render_csv

    return render_csv(report)


def _junit(judgement: Judgement) -> str:
    from evenhand.evaluation.gate.renderers.junit import render_junit

    return render_junit(judgement.result, today=judgement.today)


def _sarif(judgement: Judgement) -> str:
    from evenhand.evaluation.gate.renderers.sarif import render_sarif

    return render_sarif(judgement.result, config=judgement.config, lines=judgement.lines)


def _gate_page(judgement: Judgement) -> str:
    from evenhand.evaluation.rendering.html_page import render_judged

    return render_judged(judgement)


def _gate_markdown(judgement: Judgement) -> str:
    from evenhand.evaluation.gate.renderers.markdown import render_gate_markdown

    return render_gate_markdown(judgement.result)


RENDERERS: Mapping[str, Renderer | GateRenderer] = MappingProxyType(
    {
        "html": Renderer(PAGE_NAME, _html),
        "md": Renderer("report.md", _markdown),
        "csv": Renderer("report.csv", _csv),
        "junit": GateRenderer("gate.xml", _junit),
        "sarif": GateRenderer("gate.sarif", _sarif),
        "markdown": GateRenderer("gate.md", _gate_markdown),
        "page": GateRenderer("gate.html", _gate_page),
    }
)
"""evenhand's own renderers, by name."""

PLUGINS = Plugins("renderer", "evenhand.renderers", builtin=RENDERERS)


def load_renderers() -> dict[str, Renderer]:
    """Return every renderer of reports by its name, evenhand's own first.

    Raises:
        ConfigurationError: A renderer of another package, for reports or gates, cannot be loaded,
            is not a renderer, or has a name or a file name that it may not have.
    """
    return _load_all(Renderer)


def load_gate_renderers() -> dict[str, GateRenderer]:
    """Return every renderer of gates by its name; see `load_renderers`."""
    return _load_all(GateRenderer)


def gate_renderer(name: str, *, where: str) -> GateRenderer:
    """Return a renderer of the gate by its name.

    Args:
        name: The renderer's name.
        where: The option that the name was given for, for errors.

    Raises:
        ConfigurationError: There is no renderer of that name, it is not for gates, or the package
            that adds it cannot be used.
    """
    own = PLUGINS.is_builtin(name)
    found = RENDERERS[name] if own else _checked(name, PLUGINS.load(name, where=where))
    if not isinstance(found, GateRenderer):
        raise ConfigurationError(
            f"the renderer {name!r} shows a report, not what a gate decided",
            where=where,
            expected=f"a renderer of a gate, such as {', '.join(_own(GateRenderer))}",
        )
    return found


def content_of(name: str, renderer: Renderer | GateRenderer, shown: Any) -> bytes:
    """Return the content of a renderer's file; a lone surrogate is written as ``\\ud800``.

    Args:
        name: The renderer's name.
        renderer: The renderer.
        shown: The report or judgement that it renders.

    Raises:
        InputError: A renderer of another package fails, or gives neither text nor bytes.
    """
    given = renderer.render(shown) if name in RENDERERS else _given(name, renderer, shown)
    return given.encode(errors="backslashreplace") if isinstance(given, str) else given


def _given(name: str, renderer: Renderer | GateRenderer, shown: Any) -> str | bytes:
    try:
        given = renderer.render(shown)
    except (Exception, SystemExit) as error:  # anything may come from someone else's code
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


def _own(kind: type[Kind]) -> dict[str, Kind]:
    return {name: each for name, each in RENDERERS.items() if isinstance(each, kind)}


def _load_all(kind: type[Kind]) -> dict[str, Kind]:
    renderers = _own(kind)
    for name, found in PLUGINS.load_all().items():
        added = _checked(name, found)
        if isinstance(added, kind):
            _check_own_file(name, added, renderers)
            renderers[name] = added
    return renderers


def _checked(name: str, found: Any) -> Renderer | GateRenderer:
    """Return what an entry point names if it is a renderer with an allowed file name."""
    if not isinstance(found, Renderer | GateRenderer):
        raise ConfigurationError(
            f"the renderer {name!r} cannot be used: it is of type {type(found).__name__}",
            where=PLUGINS.place_of(name),
            expected="an evenhand.evaluation.Renderer or GateRenderer",
        )
    of_gate = isinstance(found, GateRenderer)
    plain = _GATE_FILE if of_gate else _REPORT_FILE
    if not isinstance(found.file_name, str) or not plain.fullmatch(found.file_name):
        raise ConfigurationError(
            f"the renderer {name!r} cannot write to {found.file_name!r}",
            where=PLUGINS.place_of(name),
            expected=f"a plain file name such as {'gate.txt' if of_gate else 'report.tex'}",
        )
    return found


def _check_own_file(name: str, renderer: Kind, others: Mapping[str, Kind]) -> None:
    taken = [*_TAKEN, *(each.file_name for each in others.values())]
    if renderer.file_name.casefold() in {each.casefold() for each in taken}:
        raise ConfigurationError(
            f"the renderer {name!r} writes to {renderer.file_name}, as something else in a "
            f"{'run' if isinstance(renderer, GateRenderer) else 'report'} does",
            where=PLUGINS.place_of(name),
            expected="a file name of its own",
        )
