"""The files that show a report to people, each made from report.json alone."""

from __future__ import annotations

from pathlib import Path

from evenhand.data.errors import InputError
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import take_folder
from evenhand.data.storage.ownership import Kind, read_marker
from evenhand.evaluation.rendering.csv_table import render_csv
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.report import FILE_NAME, PAGE_NAME, Report, load_report

_RENDERERS = {PAGE_NAME: render_html, "report.md": render_markdown, "report.csv": render_csv}
_KINDS: tuple[Kind, ...] = ("report", "rendering")


def render_folder(folder: str | Path) -> tuple[Path, ...]:
    """Write report.html, report.md and report.csv beside a folder's report.json.

    The same report.json gives the same bytes.

    Returns:
        The files that were written.

    Raises:
        ConfigurationError: A file of that name is there, and evenhand did not write it.
        InputError: There is no report that can be read.
        UnavailableError: A file cannot be written.
    """
    home = Path(folder)
    if home.name == FILE_NAME and not home.is_dir():
        home = home.parent
    report = load_report(home)
    if not all("flip_rate" in model.overall.metrics for model in report.models):
        raise InputError(
            "the report has no flip rate to show",
            where=str(home / FILE_NAME),
            remedy="write it again with `evenhand evaluate flip-rate`",
        )
    marker = read_marker(home)
    kind = marker.kind if marker is not None and marker.kind in _KINDS else "rendering"
    take_folder(home.resolve(), kind=kind, names=_RENDERERS, shared=True)
    return render_into(home, report)


def render_into(folder: Path, report: Report) -> tuple[Path, ...]:
    """Write report.html, report.md and report.csv into a folder; return their paths."""
    rendered = {folder / name: render(report) for name, render in _RENDERERS.items()}
    for path, text in rendered.items():
        write_text(path, text)
    return tuple(rendered)
