"""A report's several labels side by side: the main numbers of each."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.evaluation.findings.changes import Change, Changes
from evenhand.evaluation.findings.presentation import format_number
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import OVERALL, Label, MetricValue, Report

_UNDEFINED = MetricValue(value=None)


@dataclass(frozen=True)
class LabelCell:
    """One metric of a label, overall.

    Attributes:
        spec: The metric.
        value: The candidate's value; undefined where the data lacks the label.
        before: The baseline's, or None without one.
        change: Whether it got better or worse, as `Changes.of` says.
    """

    spec: MetricSpec
    value: MetricValue
    before: MetricValue | None
    change: Change | None

    @property
    def shown(self) -> str:
        """The values as text, such as ``"3.00% → 1.00%"`` with a baseline."""
        values = [value for value in (self.before, self.value) if value is not None]
        return " → ".join(format_number(self.spec, value.value) for value in values)


@dataclass(frozen=True)
class LabelRow:
    """The main metrics of a label, and the number of examples that have it, as 0 or as 1.

    Attributes:
        label: The label.
        labelled: The number of examples.
        threshold: The main threshold as text, such as ``"0.4"``, or ``"0.5 → 0.4"`` if the
            baseline's is another.
        cells: The metrics.
    """

    label: Label
    labelled: int
    threshold: str
    cells: tuple[LabelCell, ...]


def label_rows(report: Report) -> tuple[LabelRow, ...]:
    """Return a row for each label of a report, all with the same metrics; none without labels."""
    shown = [
        spec
        for spec in report.specs
        if "cards" in spec.shown
        and any(spec.name in each.candidate.overall.metrics for each in report.by_label)
    ]
    return tuple(
        LabelRow(
            each.label,
            each.data.labelled,
            _threshold(each),
            tuple(_cell(each, Changes(each), spec) for spec in shown),
        )
        for each in report.by_label
        if each.label is not None
    )


def _threshold(report: Report) -> str:
    models = (report.baseline, report.candidate)
    used = [f"{report.threshold_of(each):g}" for each in models if each is not None]
    return " → ".join(dict.fromkeys(used))


def _cell(report: Report, changes: Changes, spec: MetricSpec) -> LabelCell:
    ours, *others = (model.overall.metrics.get(spec.name, _UNDEFINED) for model in report.models)
    before = others[0] if others else None
    return LabelCell(spec, ours, before, changes.of(OVERALL, spec.name))
