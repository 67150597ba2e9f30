"""What a model can do, in a terminal: tables by functionality and by group; and the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns

if TYPE_CHECKING:
    from evenhand.data.functionalities.cases import CaseSet
    from evenhand.evaluation.reports.functions_report import CaseSlice, FunctionsReport, ShareName


def show_functions(report: FunctionsReport, output: Path) -> None:
    """Print a result: functionalities and groups, and what it comes to in words."""
    from evenhand.evaluation.reports.functions_report import FUNCTIONALITY

    totals = report.totals()
    names = _names("sentences", totals)
    show_columns([names], _numbers(report, totals), title=_title(report))
    by_function = report.in_order(FUNCTIONALITY)
    names = _names("functionality", by_function)
    labels = {each.name: each.label for each in report.functionalities}
    kinds = Column("label", [labels[str(name)] for name in names.cells], "left")
    show_columns([names, kinds], _numbers(report, by_function))
    by_group = report.in_order("group")
    right, *others = _numbers(report, by_group)
    flagged = _right(report, by_group, "toxic flagged", "true_positive_rate")
    passed = _right(report, by_group, "others passed", "true_negative_rate")
    show_columns([_names("group", by_group)], [right, flagged, passed, *others])
    show_in_words(report, output)


def show_in_words(report: FunctionsReport, output: Path) -> None:
    """Print what a result comes to, and where its page is."""
    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.functions_words import overall_in_words
    from evenhand.evaluation.reports.functions_report import FUNCTIONS_PAGE

    for sentence in overall_in_words(report):
        console.write_stdout(printable(sentence))
    if report.groups_left_out:
        left_out = printable(", ".join(report.groups_left_out))
        console.write_stdout(f"Left out, as no term of theirs fits into the sentences: {left_out}")
    console.write_stdout(f"Functionalities: {output / FUNCTIONS_PAGE}")


def show_cases(case_set: CaseSet) -> None:
    """Print every sentence with its label and functionality."""
    console.show_plain_table(
        ("label", "functionality", "group", "text"),
        ((case.label, case.functionality, case.group or "", case.text) for case in case_set.cases),
    )


def _title(report: FunctionsReport) -> str:
    from evenhand.evaluation.findings.functions_words import threshold_in_words

    title = f"right decisions at threshold {threshold_in_words(report)}"
    if report.baseline is not None:
        title += ", baseline → candidate; ✓ better, ✗ worse beyond chance"
    return title


def _names(heading: str, slices: Sequence[CaseSlice]) -> Column:
    from rich.text import Text

    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.functions_words import value_of

    return Column(heading, [Text(printable(value_of(each))) for each in slices], "left")


def _right(
    report: FunctionsReport,
    slices: Sequence[CaseSlice],
    heading: str = "right",
    metric: ShareName = "accuracy",
) -> Column:
    from evenhand.evaluation.findings.functions_words import format_right

    return Column(heading, [format_right(report, each.slice, metric) for each in slices])


def _numbers(report: FunctionsReport, slices: Sequence[CaseSlice]) -> list[Column]:
    """Return the share that is right, its interval and, with a baseline, what changed."""
    from evenhand.evaluation.findings.functions_words import format_change, format_share_interval

    columns = [
        _right(report, slices),
        Column("cases", [f"{each.accuracy.cases:,}" for each in slices]),
        Column(
            f"{100 * report.level:.6g}% interval",
            [format_share_interval(each.accuracy) for each in slices],
        ),
    ]
    changes = [change for each in slices if (change := report.change_of(each.slice)) is not None]
    if changes:
        differences, p_values = zip(*map(format_change, changes), strict=True)
        columns += [
            Column("gained", [f"{change.gained:,}" for change in changes]),
            Column("lost", [f"{change.lost:,}" for change in changes]),
            Column("difference", differences),
            Column("p", p_values),
        ]
    return columns
