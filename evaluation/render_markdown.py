"""report.md: a short summary for a pull request, with the detail folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evenhand.evaluation.presentation import (
    format_difference,
    format_interval,
    format_number,
    headline_metrics,
    slices_by_kind,
    verdict,
)
from evenhand.evaluation.report import Report, SliceReport

_SLICE_METRICS = ("flip_rate", "ctf_gap", "auc", "accuracy")
# ASCII punctuation that may start Markdown, HTML, a link or a mention, and what starts a list
_SPECIAL = re.compile(r"""[!"#$&'*:<>?@[\\\]^_`{|}~]|\A[+-]|\A\d+(?=[.)])""")


def render_markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown; text from data and file names stays text."""
    lines = [
        f"## Flip-rate report: {escape_markdown(report.data.name)}",
        "",
        escape_markdown(verdict(report)),
        "",
        *_headline(report),
        "",
        f"{report.data.examples:,} examples, {report.data.pairs:,} pairs. "
        f"Threshold {report.thresholds[0]:g}. "
        f"Intervals at {report.intervals.level:.0%}.",
    ]
    for kind, slices in slices_by_kind(report).items():
        lines += [
            "",
            f"<details><summary>By {escape_markdown(kind)} ({len(slices)})</summary>",
            "",
            *_slices(report, slices),
            "",
            "</details>",
        ]
    return "\n".join(lines) + "\n"


def escape_markdown(text: str) -> str:
    """Return text as Markdown that shows exactly that text, on one line."""
    line = " ".join(text.split())
    return _SPECIAL.sub(
        lambda found: "".join(f"&#{ord(character)};" for character in found.group()), line
    )


def _headline(report: Report) -> list[str]:
    ours = report.candidate.overall
    theirs = report.baseline.overall if report.baseline else None
    header = ["metric", escape_markdown(report.candidate.name), "interval"]
    if report.baseline:
        header += [escape_markdown(report.baseline.name), "interval", "difference"]
    rows = []
    for name in headline_metrics(report):
        value = ours.metrics[name]
        row = [f"`{name}`", format_number(name, value.value), format_interval(name, value)]
        if theirs is not None:
            other = theirs.metrics[name]
            row += [
                format_number(name, other.value),
                format_interval(name, other),
                format_difference(name, value.value, other.value),
            ]
        rows.append(row)
    return _table(header, rows)


def _slices(report: Report, slices: Sequence[SliceReport]) -> list[str]:
    metrics = [name for name in _SLICE_METRICS if name in report.candidate.overall.metrics]
    header = ["slice", "examples", "pairs"]
    for name in metrics:
        header += [name] if report.baseline is None else [name, f"{name}, baseline"]
    rows = []
    for part in slices:
        row = [escape_markdown(part.slice), f"{part.n_examples:,}", f"{part.n_pairs:,}"]
        other = report.baseline.find_slice(part.slice) if report.baseline else None
        for name in metrics:
            row.append(format_number(name, part.metrics[name].value))
            if report.baseline is not None:
                row.append(format_number(name, other.metrics[name].value if other else None))
        rows.append(row)
    return _table(header, rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]
