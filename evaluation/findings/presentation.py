"""Puts a report into words and figures, the same on the page, in the summary and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evenhand.evaluation.reports.metric_specs import (
    COLUMN_METRICS,
    MetricSpec,
    Place,
    spec_of,
)
from evenhand.evaluation.reports.report import (
    Comparison,
    MetricValue,
    NoInterval,
    PairedTest,
    PairScores,
    Report,
    SliceReport,
)
from evenhand.remediation.outputs.decisions import decisions

MISSING = "–"

Metric = str | MetricSpec
"""The name of one of evenhand's own metrics, or the spec of any metric: `Report.spec`."""

_NO_INTERVAL: dict[NoInterval, str] = {
    "few_texts": "too few texts",
    "no_variation": "no variation",
}
_MUCH_FEWER = 0.95  # of the number; an effective size closer to it is not shown
_SCORE_DIGITS = 3
_MOST_DIGITS = 6  # a number too small for them is shown as less than the smallest with them
_ROUNDING = 1e-9  # errors of sums of weights that should be 0 or 1


def format_number(metric: Metric, value: float | None) -> str:
    """Return a metric's value as text.

    Rates are in per cent, differences of rates in points with a sign, counts are whole numbers, and
    all others are decimals.

    A value that is not exactly 0 or 1 is never shown as 0 or 1: it gets more decimals.
    """
    kind = _kind(metric)
    if value is None:
        return MISSING
    if kind == "count":
        return f"{value:,.0f}" if value == round(value) else _decimal(value, 2)
    if kind == "rate":
        return f"{_decimal(100 * value, 2, whole=100)}%"
    if kind == "difference":
        return format_difference(metric, value)
    return _decimal(value, 4, whole=1)


def format_interval(metric: Metric, value: MetricValue) -> str:
    """Return a confidence interval as text, or why there is none; empty if that is obvious."""
    if value.lower is None or value.upper is None:
        return _why_missing(value.interval_missing)
    if _kind(metric) == "count":  # a count is whole, but the ends of its interval are not
        return f"{_decimal(value.lower, 1)} to {_decimal(value.upper, 1)}"
    if _kind(metric) == "difference":
        lower = format_number(metric, value.lower).removesuffix(" points")
        return f"{lower} to {format_number(metric, value.upper)}"
    return f"{format_number(metric, value.lower)} to {format_number(metric, value.upper)}"


def format_difference(metric: Metric, difference: float | None) -> str:
    """Return candidate minus baseline as text, with its sign; rates in percentage points."""
    if difference is None:
        return MISSING
    kind, sign = _kind(metric), "+" if difference > 0 else ""
    if kind in ("rate", "difference"):
        return f"{sign}{_decimal(100 * difference, 2)} points"
    if kind == "count" and difference == round(difference):
        return f"{sign}{difference:,.0f}"
    return sign + _decimal(difference, 2 if kind == "count" else 4)


def format_difference_interval(metric: Metric, comparison: Comparison) -> str:
    """Return the interval of a difference as text, or why there is none, or nothing."""
    if comparison.lower is None or comparison.upper is None:
        return _why_missing(comparison.interval_missing)
    lower, upper = (
        format_difference(metric, end).removesuffix(" points")
        for end in (comparison.lower, comparison.upper)
    )
    return f"{lower} to {upper}"


def _why_missing(reason: NoInterval | None) -> str:
    return "" if reason is None else f"no interval: {_NO_INTERVAL[reason]}"


def format_size(number: int, effective: float | None) -> str:
    """Return the number of pairs or examples, and the effective number if that is much lower."""
    if effective is None or effective > _MUCH_FEWER * number:
        return f"{number:,}"
    return f"{number:,} ({effective:,.0f} effective)"


def format_p_value(test: PairedTest) -> str:
    """Return the p-value that decides, as text, or that there are too few pairs."""
    p_value = test.p_deciding
    if p_value is None:
        return "too few"
    return "< 0.0001" if p_value < 0.0001 else f"{p_value:.4f}"


def format_scores(scores: PairScores, threshold: float) -> str:
    """Return a pair's scores as text, with enough decimals to show whether it flips."""
    return _format_scores([scores.original, scores.counterfactual], threshold)


def format_score(score: float, threshold: float) -> str:
    """Return a score as text, with enough decimals to show what is decided."""
    return _format_scores([score], threshold)


def _format_scores(scores: Sequence[float], threshold: float) -> str:
    digits = _SCORE_DIGITS
    while digits < _MOST_DIGITS and any(
        decisions(float(f"{score:.{digits}f}"), threshold) != decisions(score, threshold)
        for score in scores
    ):
        digits += 1
    return " → ".join(f"{score:.{digits}f}" for score in scores)


def format_level(report: Report) -> str:
    """Return the level of confidence of a report's intervals as text."""
    return f"{100 * report.intervals.level:.6g}%"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words: ``"a, b and c"``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _decimal(value: float, digits: int, *, whole: float = math.inf) -> str:
    """Return a number with enough decimals to tell it from 0 and from `whole`."""
    for places in range(digits, _MOST_DIGITS + 1):
        shown = f"{value:,.{places}f}"
        read = abs(float(shown.replace(",", "")))
        if read == 0 and abs(value) < _ROUNDING:
            return shown.removeprefix("-")
        if read not in (0, whole) or abs(abs(value) - whole) < _ROUNDING:
            return shown
    least, sign = 10**-_MOST_DIGITS, "-" if value < 0 else ""
    if abs(value) < whole / 2:
        return f"{sign}<{least:.{_MOST_DIGITS}f}"
    return f"{sign}>{whole - least:.{_MOST_DIGITS}f}"


def metrics_shown(report: Report, place: Place) -> list[MetricSpec]:
    """Return the metrics to show in a place, if the report has them for every model."""
    return [
        spec
        for spec in report.specs
        if place in spec.shown
        and all(spec.name in model.overall.metrics for model in report.models)
    ]


def fairness_by_column(report: Report) -> dict[str, list[tuple[MetricSpec, list[MetricValue]]]]:
    """Return each column's metrics of group fairness, with the values of each of its models.

    Columns with nothing to compare are left out. The values are in the order of `Report.models`.
    """
    found: dict[str, list[tuple[MetricSpec, list[MetricValue]]]] = {}
    undefined = MetricValue(value=None)
    for column in report.candidate.columns:
        same = [model.find_column(column.column) for model in report.models]
        for spec in COLUMN_METRICS.values():
            values = [
                each.metrics.get(spec.name, undefined) if each else undefined for each in same
            ]
            if any(value.value is not None for value in values):
                found.setdefault(column.column, []).append((spec, values))
    return found


def _kind(metric: Metric) -> str:
    return (spec_of(metric) if isinstance(metric, str) else metric).kind


def slices_by_kind(report: Report) -> dict[str, list[SliceReport]]:
    """Return the candidate's slices by column, group or term, without `overall`.

    Groups come first and terms last. In each kind, slices are in order of flip rate under the
    baseline, or under the candidate if there is no baseline; slices with too few pairs come last.
    """
    kinds: dict[str, list[SliceReport]] = {}
    for slice_ in report.candidate.slices:
        column, found, _ = slice_.slice.partition("=")
        if found:
            kinds.setdefault(column, []).append(slice_)
    order = sorted(kinds, key=lambda kind: (kind != "group", kind == "term"))
    return {kind: sorted(kinds[kind], key=lambda slice_: _rank(report, slice_)) for kind in order}


def _rank(report: Report, slice_: SliceReport) -> tuple[object, ...]:
    """Return the sort key of a slice: by flip rate; slices with too few pairs come last."""
    rates: list[float] = []
    for model in (report.baseline, report.candidate):
        found = model.find_slice(slice_.slice) if model else None
        rate = found.metrics.get("flip_rate") if found else None
        rates.append(1.0 if rate is None or rate.value is None else -rate.value)
    return slice_.too_few_pairs, *rates, slice_.slice
