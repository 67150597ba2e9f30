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
from evenhand.evaluation.findings.presentation import format_score
from evenhand.evaluation.findings.sentences import OUTCOMES, Sentence
from evenhand.evaluation.rendering.csv_table import csv_cell
from evenhand.evaluation.reports.functions_report import (
    FUNCTIONALITY,
    CaseSlice,
    FunctionsReport,
    ShareName,
)
from evenhand.evaluation.reports.report import Role

MAX_SENTENCES = 20

_KINDS: tuple[tuple[str, ShareName], ...] = (
    ("right", "accuracy"),
    ("toxic flagged", "true_positive_rate"),
    ("not toxic passed", "true_negative_rate"),
)


def render_functions(report: FunctionsReport, wrong: Sequence[Sentence]) -> str:
    """Return a result as GitHub-flavoured Markdown; names and sentences are escaped.

    Args:
        report: The result.
        wrong: The sentences that a model decides wrong, those to show first before others.
    """
    reasons = {each.name: each for each in report.functionalities}
    rows = []
    for slice_ in report.in_order(FUNCTIONALITY):
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
        for slice_ in report.in_order("group")
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
        f"The functionalities, {'what changed most' if report.changes else 'the worst'} first:",
        "",
        *markdown_table(header, rows, text_columns=3),
        "",
        "The groups, each in the same sentences:",
        "",
        *markdown_table(["group", *(words for words, _ in _KINDS), *_header(report)[1:]], by_group),
        "",
        *_sentences(report, wrong),
        f"At threshold {threshold_in_words(report)}; intervals at {100 * report.level:g}%, with "
        "the cases of one template as one unit. The sentences and scores are in functions.csv.",
    ]
    return "\n".join(lines) + "\n"


def _sentences(report: FunctionsReport, wrong: Sequence[Sentence]) -> list[str]:
    """Return the lines of a folded table of sentences, if there are any."""
    if not wrong:
        return []
    models = list(reversed(report.models))
    rows = [
        [
            *map(escape_markdown, (each.case.functionality, each.case.group or "", each.case.text)),
            *([OUTCOMES[each.outcome]] if report.baseline else []),
            *(format_score(each.scores[own.role], report.threshold_of(own)) for own in models),
        ]
        for each in wrong[:MAX_SENTENCES]
    ]
    decided = ["decided"] if report.baseline else []
    header = ["functionality", "group", "sentence", *decided, *(model.role for model in models)]
    return [
        f"<details><summary>Sentences that are decided wrong, {len(rows):,} of {len(wrong):,}"
        "</summary>",
        "",
        *markdown_table(header, rows, text_columns=3 + len(decided)),
        "",
        "</details>",
        "",
    ]


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
