"""Which model of a report is decided at which threshold, in words."""

from __future__ import annotations

from evenhand.evaluation.reports.report import Report
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold


def thresholds_in_words(report: Report) -> str:
    """Return the main threshold, or each model's, such as ``"0.5"``, to follow "at threshold"."""
    baseline = report.baseline
    return in_words(
        report.thresholds[0], None if baseline is None else report.threshold_of(baseline)
    )


def in_words(candidate: float, baseline: float | None) -> str:
    """Return the threshold, or both if they differ, to follow "at threshold"."""
    if baseline in (None, candidate):
        return f"{candidate:g}"
    return f"{baseline:g} for the baseline and {candidate:g} for the candidate"


def own_in_words(
    candidate: tuple[str, float],
    baseline: tuple[str, float] | None,
    choice: ChosenThreshold | None,
) -> str | None:
    """Return sentences on models that have thresholds of their own; None if they have not.

    Args:
        candidate: The candidate's name and threshold.
        baseline: The baseline's, if there is one.
        choice: How a training chose the candidate's, if one did.
    """
    name, at = candidate
    if choice is None and (baseline is None or baseline[1] == at):
        return None
    text = f"{name} is decided at its own threshold, {at:g}"
    if baseline is not None:
        text += f", and {baseline[0]} at {baseline[1]:g}"
    how = "" if choice is None else f" The first: {choice.in_words()}."
    return f"{text}.{how}"


def all_thresholds(report: Report) -> list[float]:
    """Return every threshold of the report's models once, the candidate's main one first."""
    return list(dict.fromkeys(at for model in report.models for at in report.thresholds_of(model)))
