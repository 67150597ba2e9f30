"""report.html: one self-contained page that opens offline, made from a report alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from evenhand.evaluation.findings import definitions, presentation
from evenhand.evaluation.findings.answer import answers
from evenhand.evaluation.findings.changes import MARKS, Changes
from evenhand.evaluation.findings.heat_map import STEPS as HEAT_STEPS
from evenhand.evaluation.findings.heat_map import heat_map
from evenhand.evaluation.findings.label_rows import label_rows
from evenhand.evaluation.findings.pair_quality import pair_quality_in_words
from evenhand.evaluation.findings.thresholds import all_thresholds, thresholds_in_words
from evenhand.evaluation.findings.verdict import statements
from evenhand.evaluation.gate.renderers.judgement import Judgement
from evenhand.evaluation.rendering import charts
from evenhand.evaluation.rendering.example_flips import MAX_TEXT, examples_of
from evenhand.evaluation.rendering.pages import check_has_flips, label_page, render_page
from evenhand.evaluation.rendering.rate_chart import RateChart, rate_chart
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import (
    OVERALL,
    Confusion,
    Report,
    Role,
    SliceReport,
)
from evenhand.evaluation.reports.technique_table import TechniqueTable
from evenhand.remediation.judging.wording import counted

# These limits keep the page under 2 MB for any data; report.json and report.csv have everything
MAX_KINDS = 50  # columns of slices
MAX_SLICES = 300  # rows in all tables of flips, of task metrics, and in the map
MAX_CHART_ROWS = 30
OPEN_KINDS = 6  # columns that are not folded, so that the page does not get long
MAX_CLASSES = 12  # of a table of labels against decisions


@dataclass(frozen=True)
class _Kind:
    """The slices of one column.

    Attributes:
        name: The column, `group` or `term`.
        shown: Slices to list, those that flip most first.
        total: Number of slices of the column, listed or not.
        chart: Their flip rates; None if there is nothing to draw.
        anchor: Where they stand on the page.
    """

    name: str
    shown: Sequence[SliceReport]
    total: int
    chart: RateChart | None
    anchor: str


@dataclass(frozen=True)
class _Chart:
    """A chart as SVG, and the rows of the table with the same numbers."""

    drawing: Markup
    rows: Sequence[tuple[Any, ...]]


def render_html(report: Report) -> str:
    """Return a report as an HTML page; text from data is escaped."""
    return _rendered(report, None)


def render_judged(judgement: Judgement) -> str:
    """Return the page of a report that a gate judged.

    It opens with what the gate decided, shows every check, and says when and how the report was
    made: all that a file of records needs.

    Raises:
        InputError: The report has no flip rate.
    """
    check_has_flips(judgement.report, where=judgement.report.data.name)
    return _rendered(judgement.report, judgement)


def _rendered(report: Report, judgement: Judgement | None) -> str:
    changes = Changes(report)
    by_kind = presentation.slices_by_kind(report)
    fairness = presentation.fairness_by_column(report)
    kinds = _kinds(changes, by_kind)
    curve, shifts = _curve(report), _shifts(report)
    heat, confusions = heat_map(report), _confusions(report)
    task_metrics = [spec for spec in _with_value(report) if "tasks" in spec.shown]
    there = {
        "checks": "Rules and checks" if judgement else "",
        "overall": "Before and after" if report.baseline else "Overall",
        "confusion": "Labels and decisions" if confusions else "",
        "heat": "Groups by metric" if heat else "",
        **{kind.anchor: f"Flip rate by {kind.name}" for kind in kinds},
        "examples": "Example flips",
        "thresholds": "Flip rate by decision threshold" if curve else "",
        "shifts": "How far scores move" if shifts else "",
        "tasks": "Fairness Indicators by slice" if task_metrics else "",
        "fairness": "Group fairness" if fairness else "",
        "techniques": _name_of_table(report.techniques) if report.techniques else "",
        "coverage": "Coverage, and what was left out",
        "definitions": "How each number is defined",
        "limits": "What this does not show",
        "source": "Where it comes from",
    }
    sections = {anchor: title for anchor, title in there.items() if title}
    folded = {kind.anchor for kind in kinds[OPEN_KINDS:]}
    return render_page(
        "report.html.jinja",
        report=report,
        judgement=judgement,
        sections=sections,
        contents={anchor: title for anchor, title in sections.items() if anchor not in folded},
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
        answers=answers(report),
        verdict=statements(report),
        labels=label_rows(report) if report.other_labels else (),
        label_page=label_page,
        pair_quality=pair_quality_in_words(report),
        level=presentation.format_level(report),
        cards=presentation.metrics_shown(report, "cards"),
        overall_metrics=presentation.metrics_shown(report, "overall"),
        slice_metrics=presentation.metrics_shown(report, "slices"),
        term_metrics=[spec for spec in _with_value(report) if "terms" in spec.shown],
        kinds=kinds,
        open_kinds=OPEN_KINDS,
        total_kinds=len(by_kind),
        curve=curve,
        shifts=shifts,
        trade_off=_trade_off(report.techniques) if report.techniques else None,
        comparisons=changes.comparisons,
        tests=changes.tests,
        change=changes.of,
        marks=MARKS,
        fairness=list(fairness.items())[:MAX_KINDS],
        fairness_columns=len(fairness),
        task_metrics=task_metrics,
        examples=examples_of(report),
        heat=heat,
        heat_steps=HEAT_STEPS,
        confusions=confusions,
        defined=[
            *_with_value(report),
            *dict.fromkeys(spec for metrics in fairness.values() for spec, _ in metrics),
        ],
        added=[spec.name for spec in report.added_metrics],
        interval_methods=[definitions.INTERVALS[name] for name in _methods(report)],
        paired_test=definitions.PAIRED_TEST.format(definitions.ADJUSTMENTS[report.adjust]),
        limits=definitions.LIMITS,
        max_text=MAX_TEXT,
        max_slices=MAX_SLICES,
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
        _Kind(
            name,
            slices[:rows],
            len(slices),
            rate_chart(changes, slices, MAX_CHART_ROWS),
            f"rates-{place}",
        )
        for place, (name, slices) in enumerate(kinds)
    ]


def _confusions(report: Report) -> list[tuple[Role, Confusion]]:
    """Return labels against decisions by role, the baseline's first; none if one is not known."""
    found = [
        (model.role, model.confusion)
        for model in reversed(report.models)
        if model.confusion is not None and len(model.confusion.weights) <= MAX_CLASSES
    ]
    return found if len(found) == len(report.models) else []


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


def _name_of_table(table: TechniqueTable) -> str:
    """Return what the table is of: a sweep's trials, or techniques."""
    return "Trials compared" if table.headings[0] == "trial" else "Techniques compared"


def _trade_off(table: TechniqueTable) -> Markup | None:
    if table.trade_off is None:
        return None
    drawing = charts.trade_off_chart(
        table.trade_off,
        key="trade-off",
        title=f"Flip rate against {table.trade_off.task}",
        description="The baseline and each repair; the best are at the lower right. "
        "The table below has the same numbers.",
    )
    return Markup(drawing)
