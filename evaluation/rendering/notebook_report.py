"""A report in a notebook: its verdict and its main numbers."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.data.notebook.html_summary import HtmlTable, html_summary
from evenhand.evaluation.findings.label_rows import label_rows
from evenhand.evaluation.findings.presentation import (
    format_interval,
    format_level,
    format_number,
    format_size,
    metrics_shown,
    slices_by_kind,
)
from evenhand.evaluation.findings.thresholds import thresholds_in_words
from evenhand.evaluation.findings.verdict import statements
from evenhand.evaluation.reports.report import Report, SliceReport, name_of


def html_of_report(report: Report) -> str:
    """Return a report's verdict, and a table of its slices except those by term, as HTML.

    With a baseline a cell is the baseline's value and the candidate's.
    """
    kinds = slices_by_kind(report)
    kinds.pop("term", None)  # there may be many
    slices = [report.candidate.overall, *(each for of_kind in kinds.values() for each in of_kind)]
    caption = f"at threshold {thresholds_in_words(report)}"
    if report.baseline is not None:
        caption += ", baseline → candidate"
    header = ["slice", "pairs"]
    for spec in metrics_shown(report, "cards"):
        header += [spec.label, f"{format_level(report)} interval"][: 1 + (spec.name == "flip_rate")]
    table = HtmlTable(header, [list(_cells(report, each)) for each in slices], caption=caption)
    names = " and ".join(f"{model.name} ({model.role})" for model in report.models)
    sentences = [statement.text for statement in statements(report)]
    tables = [_labels(report), table] if report.other_labels else [table]
    return html_summary(f"{names} on {report.data.name}", sentences, tables)


def _labels(report: Report) -> HtmlTable:
    rows = label_rows(report)
    header = ["label", "output", "threshold", *(cell.spec.label for cell in rows[0].cells)]
    cells = [
        (
            row.label.name,
            str(row.label.output),
            row.threshold,
            *(cell.shown for cell in row.cells),
        )
        for row in rows
    ]
    return HtmlTable(header, cells, caption=f"by label; below, {name_of(report)}")


def _cells(report: Report, slice_: SliceReport) -> Iterator[str]:
    yield slice_.slice
    few = " (too few)" if slice_.too_few_pairs else ""
    yield f"{format_size(slice_.n_pairs, slice_.effective_pairs)}{few}"
    other = None if report.baseline is None else report.baseline.find_slice(slice_.slice)
    for spec in metrics_shown(report, "cards"):
        value = format_number(spec, slice_.metrics[spec.name].value)
        if other is not None:
            value = f"{format_number(spec, other.metrics[spec.name].value)} → {value}"
        yield value
        if spec.name == "flip_rate":
            yield format_interval(spec, slice_.metrics[spec.name])
