"""The files that show a report to people, each made from report.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import new_file
from evenhand.data.storage.folders import take_folder
from evenhand.data.storage.ownership import Kind, read_marker
from evenhand.evaluation.rendering.pages import check_has_flips, label_page
from evenhand.evaluation.rendering.renderers import Renderer, content_of, load_renderers
from evenhand.evaluation.reports.report import FILE_NAME, Report, load_report

_KINDS: tuple[Kind, ...] = ("report", "rendering")


@takes_urls(folder="changed")
def render_folder(folder: str | Path) -> tuple[Path, ...]:
    """Write report.html, report.md, report.csv and other packages' files beside a report.json.

    The same report.json gives the same bytes.

    Returns:
        The files that were written.

    Raises:
        ConfigurationError: A file of one of these names exists that evenhand did not write, or a
            renderer of another package cannot be used.
        InputError: The folder has no readable report, or a renderer of another package fails.
        UnavailableError: A file cannot be written.
    """
    home = Path(folder)
    if home.name == FILE_NAME and not home.is_dir():
        home = home.parent
    report = load_report(home)
    check_has_flips(report, where=str(home / FILE_NAME))
    marker = read_marker(home)
    kind = marker.kind if marker is not None and marker.kind in _KINDS else "rendering"
    renderers = load_renderers()
    names = [renderer.file_name for renderer in renderers.values()]
    names += [label_page(each.label) for each in report.other_labels]
    take_folder(home.resolve(), kind=kind, names=names, is_shared=True)
    return render_into(home, report, renderers)


def render_into(
    folder: Path, report: Report, renderers: Mapping[str, Renderer]
) -> tuple[Path, ...]:
    """Write the files of all renderers, given by name, and return the paths of the files.

    Labels beside the main one have a page each, too.

    Raises:
        InputError: A renderer of another package fails.
    """
    rendered = {
        folder / renderer.file_name: content_of(name, renderer, report)
        for name, renderer in renderers.items()
    }
    if report.other_labels:
        from evenhand.evaluation.rendering.html_page import render_html

        for of_label, each in zip(report.by_label[1:], report.other_labels, strict=True):
            rendered[folder / label_page(each.label)] = render_html(of_label).encode()
    for path, content in rendered.items():
        with new_file(path) as work:
            work.write_bytes(content)
    return tuple(rendered)
