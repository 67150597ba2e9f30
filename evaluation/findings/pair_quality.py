"""What is known of the quality of a report's pairs, in a sentence."""

from __future__ import annotations

from evenhand.evaluation.findings.presentation import format_interval, format_number, listed
from evenhand.evaluation.reports.report import Report
from evenhand.remediation.judging.wording import counted

_METRIC = "data.grammar_errors"
_MOST_NAMED = 3  # checks


def pair_quality_in_words(report: Report) -> str | None:
    """Return how many pairs have a grammar error, and of which kinds; None if it is not known."""
    quality, found = report.data.quality, report.data.metrics.get(_METRIC)
    if quality is None or found is None:
        return None
    of = counted(quality.checked, "pair")
    share = f"{format_number(_METRIC, found.value)} ({format_interval(_METRIC, found)})"
    sentence = f"Of {of} that were checked, {share} have a grammar error that the edit brought"
    commonest = sorted(quality.faults.items(), key=lambda each: -each[1])[:_MOST_NAMED]
    named = [
        f"{name.replace('_', ' ')} in {format_number(_METRIC, count / quality.checked)}"
        for name, count in commonest
        if count
    ]
    return f"{sentence}; found most: {listed(named)}." if named else f"{sentence}."
