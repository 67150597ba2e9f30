"""The files of a comparison: its record, its picture, and its tables in Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.data.storage.files import write_text
from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.remediation.comparing.table import (
    Table,
    beyond_limits,
    explanation,
    table_of_groups,
    table_of_metrics,
    tables_of_labels,
)
from evenhand.remediation.judging.trade_off import TradeOff, task_metric
from evenhand.remediation.training.output_folder import write_record
from evenhand.remediation.training.trade_off_chart import draw_trade_off

if TYPE_CHECKING:
    from evenhand.remediation.comparing.comparison import ComparisonResult

RECORD_NAME = "compare.json"
SUMMARY_NAME = "compare.md"
CHART_NAME = "trade-off.svg"
SCHEMA_VERSION = 1

_MOST_NOTES = 8  # beside two others: a report takes ten


def write_outputs(
    folder: Path, result: ComparisonResult, rule: TradeOff, run: dict[str, Any], versions: Any
) -> None:
    """Write all files but the model.

    Args:
        folder: Where to write.
        result: The comparison.
        rule: What a repair may cost.
        run: What identifies the comparison, for the record.
        versions: Those of the libraries, for the record.
    """
    document = result.as_document()
    del document["model"]
    record = {
        "schema_version": SCHEMA_VERSION,
        **run,
        **document,
        "limits_kept": result.something_helps,
        "reason": result.recommendation.reason.removesuffix("."),
        "table": _shown(result, run["test_data"]["name"]),
        "versions": versions,
    }
    write_record(folder / RECORD_NAME, record)
    write_text(folder / SUMMARY_NAME, markdown_of(result))
    baseline, picked = result.baseline_measured.metrics, result.recommendation.picked
    shown = [each for each in result.compared if each.measured]
    draw_trade_off(
        folder / CHART_NAME,
        [(each.name, each.mean) for each in shown],
        front=[each.on_front for each in shown],
        picked=None if picked is None else shown.index(result.compared[picked]),
        baseline=baseline,
        floor=baseline[task_metric(baseline)] - rule.allowed_drop(baseline),
        each="technique",
        measured_on="the test data",
        half_widths=[each.half_width for each in shown],
    )


def _shown(result: ComparisonResult, measured_on: str) -> dict[str, Any]:
    """Return the table of metrics as text, which a report can show beside it."""
    headings, rows = table_of_metrics(result)
    notes = [result.recommendation.reason, explanation(result)]
    notes += beyond_limits(result)[:_MOST_NOTES]
    return {"measured_on": measured_on, "headings": headings, "rows": rows, "notes": notes}


def markdown_of(result: ComparisonResult) -> str:
    """Return the comparison as Markdown."""
    lines = ["# Techniques compared", "", escape_markdown(result.recommendation.reason), ""]
    lines += [*_lines(table_of_metrics(result)), "", escape_markdown(explanation(result)), ""]
    if beyond := beyond_limits(result):
        lines += [*(f"- {escape_markdown(each)}" for each in beyond), ""]
    for label, table in tables_of_labels(result).items():
        lines += [f"## Label {escape_markdown(label)}", "", *_lines(table), ""]
    groups = table_of_groups(result)
    if groups.rows:
        lines += ["## False positive rate by group", "", *_lines(groups), ""]
    if result.held_out_terms:
        named = ", ".join(map(escape_markdown, result.held_out_terms))
        lines += ["## Terms that no training saw", "", named, ""]
    if result.failed:
        lines += [
            "## Not trained",
            "",
            *(f"- {escape_markdown(each)}" for each in result.failed),
            "",
        ]
    lines += [f"![The trade-off]({CHART_NAME})", ""]
    return "\n".join(lines)


def _lines(table: Table) -> list[str]:
    headings, rows = table
    return markdown_table(
        [escape_markdown(each) for each in headings],
        [[escape_markdown(name), *numbers] for name, *numbers in rows],
    )
