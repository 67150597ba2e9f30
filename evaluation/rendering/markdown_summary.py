"""report.md: a short summary for a pull request, with its details folded."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.evaluation.findings.changes import MARKS, Change, Changes
from evenhand.evaluation.findings.label_rows import label_rows
from evenhand.evaluation.findings.pair_quality import pair_quality_in_words
from evenhand.evaluation.findings.presentation import (
    MISSING,
    fairness_by_column,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_number,
    format_p_value,
    format_scores,
    format_size,
    metrics_shown,
    slices_by_kind,
)
from evenhand.evaluation.findings.thresholds import thresholds_in_words
from evenhand.evaluation.findings.verdict import Statement, statements
from evenhand.evaluation.reports.made_from import inputs_of
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import OVERALL, Report, SliceReport, name_of
from evenhand.evaluation.reports.technique_table import TechniqueTable
from evenhand.remediation.judging.wording import counted

MAX_KINDS = 50  # columns of slices
MAX_SLICES = 200  # rows in all: a comment on a pull request holds 65,536 characters
MAX_COLUMNS = 10  # of group fairness, with nine rows each
MAX_FLIPS = 10
MAX_TEXT = 200  # characters of a text


def render_markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown; text from data and file names is escaped."""
    first = metrics_shown(report, "cards")
    rest = [spec for spec in metrics_shown(report, "overall") if spec not in first]
    lines = [
        f"## Flip-rate report: {escape_markdown(report.data.name)}",
        "",
        *_verdict(report),
        "",
        *(labels_table(report) if report.other_labels else metrics_table(report, first)),
        "",
        f"{counted(report.data.examples, 'example')}, {counted(report.data.pairs, 'pair')}. "
        f"Threshold {thresholds_in_words(report)}. "
        f"Intervals at {format_level(report)}.{legend(report)}",
    ]
    if (quality := pair_quality_in_words(report)) is not None:
        lines += ["", escape_markdown(quality)]
    for of_label in report.by_label[1:]:
        table = metrics_table(of_label, metrics_shown(of_label, "overall"))
        lines += _folded(escape_markdown(str(name_of(of_label))), table)
    if report.other_labels:
        lines += ["", f"Of {escape_markdown(str(name_of(report)))}:"]
        rest = first + rest
    if rest:
        lines += _folded("More metrics", metrics_table(report, rest))
    kinds = slices_by_kind(report)
    shown = list(kinds.items())[:MAX_KINDS]
    rows = MAX_SLICES // max(1, len(shown))
    if len(kinds) > len(shown):
        lines += ["", f"Slices of {len(shown)} of {len(kinds):,} columns; report.csv has all."]
    for kind, slices in shown:
        detail = slices_table(report, slices[:rows])
        if len(slices) > rows:
            detail += ["", f"The {rows} that flip most; report.csv has all."]
        lines += _folded(f"By {escape_markdown(kind)} ({len(slices)})", detail)
    if fairness := fairness_by_column(report):
        lines += _folded(f"Group fairness ({len(fairness)})", _fairness(report))
    if report.flips:
        lines += _folded("Example flips", _flips(report))
    if report.techniques is not None:
        lines += _folded("Techniques compared", techniques_in_words(report.techniques))
    made_from = [
        f"- {escape_markdown(each.what)}: {escape_markdown(each.describe())}"
        for each in inputs_of(report)
    ]
    lines += _folded("Made from", made_from)
    return "\n".join(lines) + "\n"


def techniques_in_words(table: TechniqueTable) -> list[str]:
    """Return a comparison of techniques, which was measured on data of its own."""
    words = [f"Measured on {table.measured_on}.", *table.notes]
    rows = [[escape_markdown(cell) for cell in row] for row in table.rows]
    headings = [escape_markdown(each) for each in table.headings]
    return [escape_markdown(" ".join(words)), "", *markdown_table(headings, rows)]


def _folded(summary: str, detail: Sequence[str]) -> list[str]:
    return ["", f"<details><summary>{summary}</summary>", "", *detail, "", "</details>"]


def _verdict(report: Report) -> list[str]:
    """Return the verdict as a paragraph; with several labels as a list."""
    sentences = [_statement(each) for each in statements(report)]
    return [f"- {each}" for each in sentences] if report.other_labels else [" ".join(sentences)]


def _statement(statement: Statement) -> str:
    """Return a sentence of the verdict, bold if it is bad news: Markdown has no colours."""
    text = escape_markdown(statement.text)
    return f"**{text}**" if statement.tone == "worse" else text


def legend(report: Report) -> str:
    """Return what the marks and counts of tables mean, with a space in front; may be empty."""
    said = " Counts and rates are weighted by the examples' weights." * report.data.weighted
    if report.baseline is not None:
        said += " ✓ better, ✗ worse than the baseline, beyond chance."
    return said


def metrics_table(report: Report, metrics: Sequence[MetricSpec]) -> list[str]:
    """Return the overall metrics as a table, of both models if there is a baseline."""
    ours = report.candidate.overall
    header = ["metric", escape_markdown(report.candidate.name), "interval"]
    if report.baseline is not None:
        header = ["metric", escape_markdown(report.baseline.name), "interval", *header[1:]]
        header += ["difference", "interval"]
    changes = Changes(report)
    rows = []
    for spec in metrics:
        name = spec.name
        value = ours.metrics[name]
        row = [format_number(spec, value.value), format_interval(spec, value)]
        if report.baseline is not None:
            before = report.baseline.overall.metrics[name]
            row = [format_number(spec, before.value), format_interval(spec, before), *row]
            found = changes.comparisons.get((OVERALL, name))
            row += [
                _marked(format_difference(spec, found.difference), changes.of(OVERALL, name))
                if found
                else MISSING,
                format_difference_interval(spec, found) if found else "",
            ]
        rows.append([f"`{name}`", *row])
    return markdown_table(header, rows)


def labels_table(report: Report) -> list[str]:
    """Return the main metrics of every label as a table."""
    rows = label_rows(report)
    names = [cell.spec.name for cell in rows[0].cells]
    header = ["label", "output", "labelled", "threshold", *names]
    lines = []
    for row in rows:
        line = [escape_markdown(row.label.name), str(row.label.output)]
        line += [f"{row.labelled:,}", row.threshold]
        lines.append([*line, *(_marked(cell.shown, cell.change) for cell in row.cells)])
    return markdown_table(header, lines)


def _marked(shown: str, change: Change | None) -> str:
    return shown if change not in MARKS else f"{shown} {MARKS[change]} {change}"


def slices_table(report: Report, slices: Sequence[SliceReport]) -> list[str]:
    """Return slices of the candidate with their main metrics, and the baseline's, as a table."""
    metrics = metrics_shown(report, "cards")
    changes = Changes(report)
    tests = changes.tests
    header = ["slice", "pairs", *(spec.name for spec in metrics)]
    header += ["p, adjusted"] if tests else []
    rows = []
    for slice_ in slices:
        name = escape_markdown(slice_.slice) + (" (too few pairs)" if slice_.too_few_pairs else "")
        row = [name, format_size(slice_.n_pairs, slice_.effective_pairs)]
        other = report.baseline.find_slice(slice_.slice) if report.baseline else None
        for spec in metrics:
            values = [
                found.metrics.get(spec.name) for found in (other, slice_) if found is not None
            ]
            shown = " → ".join(format_number(spec, v.value if v else None) for v in values)
            row.append(_marked(shown, changes.of(slice_.slice, spec.name)))
        if tests:
            row.append(format_p_value(tests[slice_.slice]) if slice_.slice in tests else MISSING)
        rows.append(row)
    return markdown_table(header, rows)


def _fairness(report: Report) -> list[str]:
    """Return the metrics of group fairness of each column, the baseline's first if there is one."""
    header = ["column", "metric"]
    for model in reversed(report.models):
        header += [model.role, "interval"]
    rows = []
    by_column = fairness_by_column(report)
    for column, metrics in list(by_column.items())[:MAX_COLUMNS]:
        for spec, values in metrics:
            row = [escape_markdown(column), f"`{spec.name}`"]
            for value in reversed(values):
                row += [format_number(spec, value.value), format_interval(spec, value)]
            rows.append(row)
    table = markdown_table(header, rows)
    if len(by_column) > MAX_COLUMNS:
        table += ["", f"{MAX_COLUMNS} of {len(by_column):,} columns; report.csv has all."]
    return table


def _flips(report: Report) -> list[str]:
    """Return the first pairs that flip: terms, the original text and both scores of each model."""
    models = [report.candidate] if report.baseline is None else [report.baseline, report.candidate]
    header = ["terms", "original", *(model.role for model in models)]
    rows = []
    for flip in report.flips[:MAX_FLIPS]:
        text = flip.original or ""
        shown = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
        row = [escape_markdown(", ".join(flip.terms)), escape_markdown(shown)]
        for model in models:
            row.append(format_scores(flip.scores[model.role], report.threshold_of(model)))
        rows.append(row)
    return markdown_table(header, rows)
