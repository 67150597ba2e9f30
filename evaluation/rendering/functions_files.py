"""functions.md and functions.csv: what a model can do, as a summary and case by case."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from evenhand.data.functionalities.cases import Case
from evenhand.data.support.arrays import Flags, Floats
from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.evaluation.findings.functions_words import (
    format_change,
    format_right,
    format_share_interval,
    overall_in_words,
    threshold_in_words,
    value_of,
)
from evenhand.evaluation.rendering.csv_table import csv_cell
from evenhand.evaluation.reports.functions_report import (
    FUNCTIONALITY,
    CaseSlice,
    FunctionsReport,
    ShareName,
)
from evenhand.evaluation.reports.report import Role

_KINDS: tuple[tuple[str, ShareName], ...] = (
    ("right", "accuracy"),
    ("toxic flagged", "true_positive_rate"),
    ("not toxic passed", "true_negative_rate"),
)


def render_functions(report: FunctionsReport) -> str:
    """Return a result as GitHub-flavoured Markdown; names of models and groups are escaped."""
    reasons = {each.name: each for each in report.functionalities}
    rows = []
    for slice_ in report.worst_first(FUNCTIONALITY):
        of_it = reasons[value_of(slice_)]
        words = [of_it.name, of_it.label, of_it.reason]
        rows.append([*map(escape_markdown, words), *_numbers(report, slice_)])
    header = ["functionality", "label", "why", *_header(report)]
    by_group = [
        [
            escape_markdown(value_of(slice_)),
            *(format_right(report, slice_.slice, name) for _, name in _KINDS),
            *_numbers(report, slice_)[1:],
        ]
        for slice_ in report.worst_first("group")
    ]
    lines = [
        f"## What {escape_markdown(report.candidate.name)} can do",
        "",
        " ".join(escape_markdown(each) for each in overall_in_words(report)),
        "",
        *markdown_table(
            ["sentences", *_header(report)],
            [
                [escape_markdown(value_of(slice_)), *_numbers(report, slice_)]
                for slice_ in report.totals()
            ],
        ),
        "",
        "The functionalities, worst first:",
        "",
        *markdown_table(header, rows, text_columns=3),
        "",
        "The groups, each in the same sentences:",
        "",
        *markdown_table(["group", *(words for words, _ in _KINDS), *_header(report)[1:]], by_group),
        "",
        f"At threshold {threshold_in_words(report)}; intervals at {100 * report.level:g}%, with "
        "the cases of one template as one unit. The sentences and scores are in functions.csv.",
    ]
    return "\n".join(lines) + "\n"


def _header(report: FunctionsReport) -> list[str]:
    changes = ["gained", "lost", "difference", "p"] if report.changes else []
    return ["right", "cases", "interval", *changes]


def _numbers(report: FunctionsReport, slice_: CaseSlice) -> list[str]:
    """Return the cells of a slice below `_header`."""
    share = slice_.accuracy
    cells = [format_right(report, slice_.slice), f"{share.cases:,}", format_share_interval(share)]
    change = report.change_of(slice_.slice)
    if change is not None:
        cells += [f"{change.gained:,}", f"{change.lost:,}", *format_change(change)]
    return cells


def render_cases(cases: Sequence[Case], scored: Mapping[Role, tuple[Floats, Flags]]) -> str:
    """Return every case as a row of CSV with a header.

    The columns are `functionality`, `label`, `group`, `template` and `text`, then for each model
    its score and whether that is right, as `candidate_score` and `candidate_right`. Text that a
    spreadsheet would read as a formula gets an apostrophe in front.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    of_models = [f"{role}_{what}" for role in scored for what in ("score", "right")]
    writer.writerow(["functionality", "label", "group", "template", "text", *of_models])
    for number, case in enumerate(cases):
        texts = (case.functionality, case.label, case.group or "", case.template, case.text)
        row: list[object] = [csv_cell(text) for text in texts]
        for scores, right in scored.values():
            row += [float(scores[number]), str(bool(right[number])).lower()]
        writer.writerow(row)
    return file.getvalue()
