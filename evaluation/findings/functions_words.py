"""Puts what a model can do into words and figures, the same in the summary and the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.evaluation.findings.changes import MARKS, Change
from evenhand.evaluation.findings.presentation import MISSING, format_difference, format_number
from evenhand.evaluation.findings.thresholds import in_words, own_in_words
from evenhand.evaluation.reports.functions_report import (
    FUNCTIONALITY,
    LABEL,
    CaseSlice,
    FunctionChange,
    FunctionsReport,
    Share,
    ShareName,
)
from evenhand.evaluation.reports.report import OVERALL
from evenhand.remediation.judging.wording import counted

_RATE = "functions.accuracy"  # the shares are formatted alike


def value_of(slice_: CaseSlice) -> str:
    """Return what a slice is of: ``"muslim"`` of ``group=muslim``; all of `overall`."""
    return slice_.slice.partition("=")[2] or slice_.slice


def format_right(report: FunctionsReport, name: str, metric: ShareName = "accuracy") -> str:
    """Return a share of a slice, behind the baseline's if there is one: ``"31.25% → 9.00%"``."""
    models = [report.candidate] if report.baseline is None else [report.baseline, report.candidate]
    return " → ".join(format_share(model.by_slice[name].metrics.get(metric)) for model in models)


def format_share(share: Share | None) -> str:
    """Return a share as text, or that there is none."""
    return MISSING if share is None else format_number(_RATE, share.value)


def format_share_interval(share: Share) -> str:
    """Return a share's confidence interval as text."""
    return f"{format_number(_RATE, share.lower)} to {format_number(_RATE, share.upper)}"


def went(change: FunctionChange) -> Change:
    """Return whether a slice got better or worse beyond chance."""
    if change.lower > 0:
        return "better"
    return "worse" if change.upper < 0 else "unclear"


def format_change(change: FunctionChange) -> tuple[str, str]:
    """Return the difference, marked if it is beyond chance, and the p-value as text."""
    shown = format_difference(_RATE, change.difference)
    if mark := MARKS.get(went(change)):
        shown = f"{shown} {mark}"
    p_value = "< 0.0001" if change.p_value < 0.0001 else f"{change.p_value:.4f}"
    return shown, p_value


def threshold_in_words(report: FunctionsReport) -> str:
    """Return the threshold, or each model's, such as ``"0.5"``, to follow "at threshold"."""
    baseline = report.baseline
    return in_words(report.threshold, None if baseline is None else report.threshold_of(baseline))


def overall_in_words(report: FunctionsReport) -> Iterator[str]:
    """Yield sentences on all cases, on what was lost, and on what the check cannot say."""
    for model in report.models:
        found = model.by_slice[OVERALL].metrics
        toxic, rest = found["true_positive_rate"], found["true_negative_rate"]
        yield (
            f"The {model.role} flags {toxic.right:,} of {toxic.cases:,} toxic sentences "
            f"({format_number(_RATE, toxic.value)}) and lets {rest.right:,} of {rest.cases:,} "
            f"others pass ({format_number(_RATE, rest.value)})."
        )
        flagged = toxic.right + rest.cases - rest.right
        if flagged in (0, toxic.cases + rest.cases):
            yield (
                f"The {model.role} decides all sentences alike, and the check says nothing else "
                "about it."
            )
    baseline = report.baseline
    thresholds = own_in_words(
        ("The candidate", report.threshold),
        None if baseline is None else ("the baseline", report.threshold_of(baseline)),
        report.candidate.threshold_choice,
    )
    if thresholds is not None:
        yield thresholds
    for label, failing in (("toxic", "flags fewer"), ("not-toxic", "lets fewer pass of the")):
        change = report.change_of(f"{LABEL}={label}")
        if change is not None and change.upper < 0:
            yield (
                f"The candidate {failing} {label} sentences than the baseline, beyond chance: "
                f"{format_difference(_RATE, change.difference)}."
            )
    by_function = (each for each in report.changes if each.slice.startswith(FUNCTIONALITY))
    worse = [change for change in by_function if change.upper < 0]
    if worse:
        most = min(worse, key=lambda change: change.difference)
        yield (
            f"Worse than the baseline beyond chance on {len(worse)} of "
            f"{len(report.functionalities)} functionalities, most of all on "
            f"{most.slice.partition('=')[2]}, where {counted(most.lost, 'sentence')} that the "
            f"baseline decides right {'is' if most.lost == 1 else 'are'} decided wrong."
        )
    yield "It is a small probe of made-up sentences, not a benchmark of finding hate."
