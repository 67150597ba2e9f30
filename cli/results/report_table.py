"""A report in a terminal: a table, how outputs were read, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns

if TYPE_CHECKING:
    from rich.text import Text

    from evenhand.evaluation.findings.changes import Change
    from evenhand.evaluation.findings.verdict import Statement
    from evenhand.evaluation.reports.metric_specs import MetricSpec
    from evenhand.evaluation.reports.report import Report, SliceReport


def show_report(report: Report, output: Path) -> None:
    """Print a report as a table (overall, groups and slice columns), and the verdict.

    If the flips prove nothing, the output says so before any number.
    """
    from evenhand.evaluation.findings.verdict import lack_of_evidence, statements
    from evenhand.evaluation.reports.report import PAGE_NAME

    evidence = lack_of_evidence(report)
    for statement in evidence:
        _show_statement(statement)
    if report.other_labels:
        _show_labels(report)
    _show_table(report)
    for line in _outputs_read(report):
        console.write_stdout(line)
    for statement in statements(report)[len(evidence) :]:
        _show_statement(statement)
    console.write_stdout(f"Report: {output / PAGE_NAME}")


_MAX_ROWS = 100  # slices: a table of thousands takes long to lay out, and nobody reads it
_MAX_SMALL = 10  # slices of too few pairs: real texts name dozens of groups now and then
_COLOURS = {"better": "green", "worse": "red", "plain": ""}


def _show_statement(statement: Statement) -> None:
    from rich.text import Text

    from evenhand.data.support.printable import printable

    console.show_text(Text(printable(statement.text), style=_COLOURS[statement.tone]))


def _show_labels(report: Report) -> None:
    from rich.text import Text

    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.label_rows import label_rows

    rows = label_rows(report)
    names = Column("label", [Text(printable(row.label.name)) for row in rows], "left")
    numbers = [
        Column("output", [str(row.label.output) for row in rows]),
        Column("labelled", [f"{row.labelled:,}" for row in rows]),
        Column("threshold", [row.threshold for row in rows]),
    ]
    for cells in zip(*(row.cells for row in rows), strict=True):
        shown = [_marked(cell.shown, cell.change) for cell in cells]
        numbers.append(Column(printable(cells[0].spec.label), shown))
    show_columns([names], numbers, title="by label")


def _show_table(report: Report) -> None:
    from rich.text import Text

    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.presentation import format_size, slices_by_kind

    kinds = slices_by_kind(report)
    kinds.pop("term", None)  # there may be many; the report files have them
    slices = [slice_ for of_kind in kinds.values() for slice_ in of_kind]
    large = [slice_ for slice_ in slices if not slice_.too_few_pairs]
    small = len(slices) - len(large)
    rows = slices if small <= _MAX_SMALL else large
    shown = [report.candidate.overall, *rows[:_MAX_ROWS]]
    names = Column("slice", [Text(printable(slice_.slice)) for slice_ in shown], "left")
    sizes = Column(
        "pairs", [format_size(slice_.n_pairs, slice_.effective_pairs) for slice_ in shown]
    )
    dim = {number for number, slice_ in enumerate(shown) if slice_.too_few_pairs}
    show_columns([names], [sizes, *_metrics(report, shown)], title=_title(report), dim=dim)
    if rows is large:
        fewest = f"fewer than {report.min_pairs} pairs"
        console.write_stdout(f"Not shown: {small:,} slices of {fewest}; report.csv has all.")
    if len(rows) > _MAX_ROWS:
        console.write_stdout(f"{_MAX_ROWS} of {len(rows):,} slices; report.csv has all.")


def _metrics(report: Report, slices: Sequence[SliceReport]) -> Iterator[Column]:
    """Yield a column for each metric; after the flip rate's come its interval and p-value."""
    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.changes import Changes
    from evenhand.evaluation.findings.presentation import (
        format_interval,
        format_level,
        format_number,
        format_p_value,
        metrics_shown,
    )

    changes = Changes(report)

    def value(slice_: SliceReport, spec: MetricSpec) -> Text | str:
        name = spec.name
        shown = format_number(spec, slice_.metrics[name].value)
        other = report.baseline.find_slice(slice_.slice) if report.baseline else None
        if other is not None:
            shown = f"{format_number(spec, other.metrics[name].value)} → {shown}"
        return _marked(shown, changes.of(slice_.slice, name))

    for spec in metrics_shown(report, "cards"):
        yield Column(printable(spec.label), [value(slice_, spec) for slice_ in slices])
        if spec.name == "flip_rate":
            intervals = [format_interval(spec, slice_.metrics[spec.name]) for slice_ in slices]
            yield Column(f"{format_level(report)} interval", intervals)
            if changes.tests:
                tests = [changes.tests.get(slice_.slice) for slice_ in slices]
                yield Column("p", [format_p_value(test) if test else "" for test in tests])


def _title(report: Report) -> str:
    from evenhand.evaluation.findings.thresholds import thresholds_in_words

    of_label = "" if report.label is None else f"{report.label.name}, "
    title = f"{of_label}at threshold {thresholds_in_words(report)}"
    if report.data.weighted:
        title += ", shares by weight"
    if report.baseline is not None:
        title += ", baseline → candidate; ✓ better, ✗ worse beyond chance"
    if report.paired_tests:
        title += "; p of an exact McNemar test, that of slices adjusted for their number"
    return title


def _marked(shown: str, change: Change | None) -> Text | str:
    """Return a value, with a mark and in a colour if it got better or worse."""
    from rich.text import Text

    from evenhand.evaluation.findings.changes import MARKS

    if change not in MARKS:
        return shown
    return Text(f"{shown} {MARKS[change]}", style=_COLOURS[str(change)])


def _outputs_read(report: Report) -> Iterator[str]:
    """Yield lines that say how the models' outputs were read; one line if both were read alike."""
    read = {model.role: model.outputs for model in report.models if model.outputs is not None}
    if len(set(read.values())) == 1:
        yield f"Outputs read as: {next(iter(read.values()))}"
    else:
        yield from (f"Outputs of the {role} read as: {words}" for role, words in read.items())
