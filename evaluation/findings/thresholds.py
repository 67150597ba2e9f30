"""Which model of a report is decided at which threshold, in words."""

from __future__ import annotations

from evenhand.evaluation.reports.report import Report


def thresholds_in_words(report: Report) -> str:
    """Return the main threshold, or each model's, such as ``"0.5"``, to follow "at threshold"."""
    ours, baseline = report.thresholds[0], report.baseline
    if baseline is None or report.threshold_of(baseline) == ours:
        return f"{ours:g}"
    return f"{report.threshold_of(baseline):g} for the baseline and {ours:g} for the candidate"


def all_thresholds(report: Report) -> list[float]:
    """Return every threshold of the report's models once, the candidate's main one first."""
    return list(dict.fromkeys(at for model in report.models for at in report.thresholds_of(model)))
