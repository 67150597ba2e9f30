"""report.md: a short summary for a pull request, with the detail folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evenhand.data.printable import printable
from evenhand.evaluation.presentation import (
    MISSING,
    format_difference,
    format_difference_interval,
    format_interval,
    format_number,
    format_p_value,
    headline_metrics,
    slices_by_kind,
)
from evenhand.evaluation.report import OVERALL, Report, SliceReport
from evenhand.evaluation.report_inputs import inputs_of
from evenhand.evaluation.verdict import verdict

# Shown at once, and by slice; the other headline metrics are folded away
_FIRST_METRICS = ("flip_rate", "ctf_gap", "auc", "accuracy")
MAX_SLICES = 200  # rows in all: a comment on a pull request holds 65,536 characters
MAX_FLIPS = 10
MAX_TEXT = 200  # characters of a text
# ASCII punctuation that may start Markdown, HTML, a link or a mention, and what starts a list
_SPECIAL = re.compile(r"""[!"#$&'*:<>?@[\\\]^_`{|}~]|\A[+-]|\A\d+(?=[.)])""")


def render_markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown; text from data and file names stays text."""
    metrics = headline_metrics(report)
    first = [name for name in metrics if name in _FIRST_METRICS]
    rest = [name for name in metrics if name not in _FIRST_METRICS]
    lines = [
        f"## Flip-rate report: {escape_markdown(report.data.name)}",
        "",
        escape_markdown(verdict(report)),
        "",
        *_metrics(report, first),
        "",
        f"{report.data.examples:,} examples, {report.data.pairs:,} pairs. "
        f"Threshold {report.thresholds[0]:g}. "
        f"Intervals at {report.intervals.level:.0%}.",
    ]
    if rest:
        lines += _folded("More metrics", _metrics(report, rest))
    kinds = slices_by_kind(report)
    rows = MAX_SLICES // max(1, len(kinds))
    for kind, slices in kinds.items():
        detail = _slices(report, slices[:rows])
        if len(slices) > rows:
            detail += ["", f"The {rows} that flip most; report.csv has all."]
        lines += _folded(f"By {escape_markdown(kind)} ({len(slices)})", detail)
    if report.flips:
        lines += _folded("Example flips", _flips(report))
    made_from = [f"- {each.what}: {escape_markdown(each.describe())}" for each in inputs_of(report)]
    lines += _folded("Made from", made_from)
    return "\n".join(lines) + "\n"


def escape_markdown(text: str) -> str:
    """Return text as Markdown that shows exactly that text, on one line."""
    line = " ".join(printable(text).split())
    return _SPECIAL.sub(
        lambda found: "".join(f"&#{ord(character)};" for character in found.group()), line
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; cells are Markdown, all but the first column to the right."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def _folded(summary: str, detail: Sequence[str]) -> list[str]:
    return ["", f"<details><summary>{summary}</summary>", "", *detail, "", "</details>"]


def _metrics(report: Report, names: Sequence[str]) -> list[str]:
    """Return the overall metrics, before and after where there is a baseline."""
    ours = report.candidate.overall
    header = ["metric", escape_markdown(report.candidate.name), "interval"]
    if report.baseline is not None:
        header = ["metric", escape_markdown(report.baseline.name), "interval", *header[1:]]
        header += ["difference", "interval"]
    changes = {item.metric: item for item in report.comparison if item.slice == OVERALL}
    rows = []
    for name in names:
        value = ours.metrics[name]
        row = [format_number(name, value.value), format_interval(name, value)]
        if report.baseline is not None:
            before = report.baseline.overall.metrics[name]
            row = [format_number(name, before.value), format_interval(name, before), *row]
            change = changes.get(name)
            row += [
                format_difference(name, change.difference) if change else MISSING,
                format_difference_interval(change) if change else "",
            ]
        rows.append([f"`{name}`", *row])
    return table(header, rows)


def _slices(report: Report, slices: Sequence[SliceReport]) -> list[str]:
    metrics = [name for name in headline_metrics(report) if name in _FIRST_METRICS]
    tests = {test.slice: test for test in report.paired_tests}
    header = ["slice", "pairs", *metrics, *(["p, adjusted"] if tests else [])]
    rows = []
    for part in slices:
        name = escape_markdown(part.slice) + (" (too few pairs)" if part.too_few_pairs else "")
        row = [name, f"{part.n_pairs:,}"]
        other = report.baseline.find_slice(part.slice) if report.baseline else None
        for metric in metrics:
            values = [found.metrics.get(metric) for found in (other, part) if found is not None]
            row.append(" → ".join(format_number(metric, v.value if v else None) for v in values))
        if tests:
            row.append(format_p_value(tests[part.slice]) if part.slice in tests else MISSING)
        rows.append(row)
    return table(header, rows)


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
            scores = flip.scores[model.role]
            row.append(f"{scores.original:.3f} → {scores.counterfactual:.3f}")
        rows.append(row)
    return table(header, rows)
