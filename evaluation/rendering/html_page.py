"""report.html: one self-contained page that opens offline, made from a report alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from evenhand.data.support.printable import printable
from evenhand.evaluation.findings import definitions, presentation
from evenhand.evaluation.findings.changes import MARKS, Changes
from evenhand.evaluation.findings.edits import Pieces, mark_edits, shorten
from evenhand.evaluation.findings.label_rows import label_rows
from evenhand.evaluation.findings.pair_quality import pair_quality_in_words
from evenhand.evaluation.findings.thresholds import all_thresholds, thresholds_in_words
from evenhand.evaluation.findings.verdict import statements
from evenhand.evaluation.rendering import charts
from evenhand.evaluation.rendering.pages import label_page, render_page
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import (
    OVERALL,
    Flip,
    MetricValue,
    Report,
    Role,
    SliceReport,
)
from evenhand.remediation.judging.wording import counted
from evenhand.remediation.outputs.decisions import flips

# These limits keep the page under 2 MB for any data; report.json and report.csv have everything
MAX_KINDS = 50  # columns of slices, each with a chart, which takes 0.1 seconds or more to draw
MAX_SLICES = 300  # rows in all tables of flips, and in all tables of task metrics
MAX_CHART_ROWS = 30
MAX_FLIPS = 200
MAX_TEXT = 600  # characters shown of each text of a pair


@dataclass(frozen=True)
class _Kind:
    """The slices of one column.

    Attributes:
        name: The column, `group` or `term`.
        shown: Slices to list, those that flip most first.
        total: Number of slices of the column, listed or not.
        drawn: Number of slices in the chart.
        chart: Their flip rates as SVG; empty if there is nothing to draw.
    """

    name: str
    shown: Sequence[SliceReport]
    total: int
    drawn: int
    chart: Markup


@dataclass(frozen=True)
class _Chart:
    """A chart as SVG, and the rows of the table with the same numbers."""

    drawing: Markup
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class _FlipRow:
    """A pair that flips, ready to be shown.

    Attributes:
        flip: The pair.
        original: The text in pieces, or None if the report has only scores.
        counterfactual: The counterfactual in pieces, or None.
        under: Which models it flips under: `both`, or a role.
    """

    flip: Flip
    original: Pieces | None
    counterfactual: Pieces | None
    under: str


def render_html(report: Report) -> str:
    """Return a report as an HTML page; text from data is escaped."""
    changes = Changes(report)
    by_kind = presentation.slices_by_kind(report)
    fairness = presentation.fairness_by_column(report)
    return render_page(
        "report.html.jinja",
        report=report,
        number=presentation.format_number,
        interval=presentation.format_interval,
        difference=presentation.format_difference,
        difference_interval=presentation.format_difference_interval,
        p_value=presentation.format_p_value,
        scores=presentation.format_scores,
        counted=counted,
        size=presentation.format_size,
        thresholds_in_words=thresholds_in_words,
        all_thresholds=all_thresholds,
        verdict=statements(report),
        labels=label_rows(report) if report.other_labels else (),
        label_page=label_page,
        pair_quality=pair_quality_in_words(report),
        level=presentation.format_level(report),
        cards=presentation.metrics_shown(report, "cards"),
        overall_metrics=presentation.metrics_shown(report, "overall"),
        slice_metrics=presentation.metrics_shown(report, "slices"),
        term_metrics=[spec for spec in _with_value(report) if "terms" in spec.shown],
        kinds=_kinds(changes, by_kind),
        total_kinds=len(by_kind),
        curve=_curve(report),
        shifts=_shifts(report),
        comparisons=changes.comparisons,
        tests=changes.tests,
        change=changes.of,
        marks=MARKS,
        fairness=list(fairness.items())[:MAX_KINDS],
        fairness_columns=len(fairness),
        task_metrics=[spec for spec in _with_value(report) if "tasks" in spec.shown],
        groups=sorted({printable(group) for flip in report.flips for group in flip.groups}),
        flips=[_flip_row(flip, report) for flip in report.flips[:MAX_FLIPS]],
        defined=[
            *_with_value(report),
            *dict.fromkeys(spec for metrics in fairness.values() for spec, _ in metrics),
        ],
        added=[spec.name for spec in report.added_metrics],
        interval_methods=[definitions.INTERVALS[name] for name in _methods(report)],
        paired_test=definitions.PAIRED_TEST.format(definitions.ADJUSTMENTS[report.adjust]),
        limits=definitions.LIMITS,
        max_text=MAX_TEXT,
        overall=OVERALL,
    )


def _with_value(report: Report) -> list[MetricSpec]:
    """Return the metrics that have a value in any slice."""
    found = {
        name
        for model in report.models
        for slice_ in model.slices
        for name, metric in slice_.metrics.items()
        if metric.value is not None
    }
    return [spec for spec in report.specs if spec.name in found]


def _methods(report: Report) -> list[str]:
    """Return how the report's intervals were made, in the order of the definitions."""
    used = {
        metric.interval
        for model in report.models
        for slice_ in model.slices
        for metric in slice_.metrics.values()
    }
    used |= {
        metric.interval
        for model in report.models
        for column in model.columns
        for metric in column.metrics.values()
    }
    used |= {comparison.interval for comparison in report.comparison}
    used |= {test.odds_ratio.interval for test in report.paired_tests}
    return [name for name in definitions.INTERVALS if name in used]


def _kinds(changes: Changes, by_kind: Mapping[str, Sequence[SliceReport]]) -> list[_Kind]:
    kinds = list(by_kind.items())[:MAX_KINDS]
    rows = MAX_SLICES // max(1, len(kinds))
    return [
        _kind(changes, name, slices, shown=rows, key=f"kind{place}")
        for place, (name, slices) in enumerate(kinds)
    ]


def _kind(
    changes: Changes, name: str, slices: Sequence[SliceReport], *, shown: int, key: str
) -> _Kind:
    rows = [row for slice_ in slices if (row := _chart_row(changes, slice_)) is not None]
    rows = rows[:MAX_CHART_ROWS]
    chart = Markup()
    if rows:
        drawing = charts.dumbbell_chart(
            rows,
            key=key,
            title=f"Flip rate by {printable(name)}",
            description="Flip rates with confidence intervals, "
            f"{'baseline and candidate, ' if changes.report.baseline else ''}highest first. "
            "The table below has the same numbers.",
        )
        chart = Markup(drawing)
    return _Kind(name, slices[:shown], len(slices), len(rows), chart)


def _chart_row(changes: Changes, slice_: SliceReport) -> charts.Row | None:
    """Return a slice's row of the chart, or None if it would show nothing.

    It would show nothing if a rate is unknown, or if the slice has too few pairs and none flips:
    then there would be only a long interval.
    """
    values: dict[Role, MetricValue] = {}
    for model in changes.report.models:
        found = model.find_slice(slice_.slice)
        rate = found.metrics.get("flip_rate") if found else None
        if rate is None or rate.value is None:
            return None
        values[model.role] = rate
    if slice_.too_few_pairs and not any(rate.value for rate in values.values()):
        return None
    label = slice_.slice.partition("=")[2]
    change = changes.of(slice_.slice, "flip_rate")
    return charts.Row(label, values, is_faint=slice_.too_few_pairs, change=change)


def _curve(report: Report) -> _Chart | None:
    curves = {m.role: m.threshold_curve for m in report.models if m.threshold_curve is not None}
    if len(curves) < len(report.models):
        return None
    drawing = charts.threshold_chart(
        curves,
        all_thresholds(report),
        key="curve",
        title="Flip rate by decision threshold",
        description="The overall flip rate with its confidence interval at thresholds from 0 to 1; "
        "a dotted line marks this report's. The table below has the same numbers.",
    )
    in_order = [curves[role] for role in charts.in_order(curves)]
    rates = zip(*(curve.flip_rates for curve in in_order), strict=True)
    return _Chart(Markup(drawing), list(zip(in_order[0].thresholds, rates, strict=True)))


def _shifts(report: Report) -> _Chart | None:
    shifts = {m.role: m.score_shifts for m in report.models if m.score_shifts is not None}
    if len(shifts) < len(report.models):
        return None
    drawing = charts.shift_chart(
        shifts,
        key="shifts",
        title="Distribution of score shifts",
        description="Share of pairs by the score of the original less the score of the "
        "counterfactual. The table below has the same numbers.",
    )
    in_order = [shifts[role] for role in charts.in_order(shifts)]
    edges = in_order[0].edges
    weights = zip(*(distribution.weights for distribution in in_order), strict=True)
    bins = zip(pairwise(edges), weights, strict=True)
    return _Chart(Markup(drawing), [row for row in bins if any(row[1])])


def _flip_row(flip: Flip, report: Report) -> _FlipRow:
    flipped = [
        model.role
        for model in report.models
        if flips(
            flip.scores[model.role].original,
            flip.scores[model.role].counterfactual,
            report.threshold_of(model),
        )
    ]
    under = "both" if len(flipped) > 1 else flipped[0] if flipped else "neither"
    if flip.original is None or flip.counterfactual is None:
        return _FlipRow(flip, None, None, under)
    # escaped as a whole, because a character may be deceptive only beside certain others
    original, counterfactual = mark_edits(printable(flip.original), printable(flip.counterfactual))
    return _FlipRow(flip, _shown(original), _shown(counterfactual), under)


def _shown(pieces: Pieces) -> Pieces:
    """Return pieces of printable text as `Markup`, so that `render_page` leaves them so."""
    return [(escape(text), edited) for text, edited in shorten(pieces, MAX_TEXT)]
