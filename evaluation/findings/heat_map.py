"""A map of slices by metric: which differ from the whole, which way, and by how much.

A cell is shaded only if the difference is more than chance explains: if the whole's value lies
outside the interval of the slice's. Where there is no interval, the difference alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evenhand.evaluation.findings.presentation import format_number, slices_by_kind
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import MetricValue, Report, SliceReport

Side = Literal["worse", "better", "higher", "lower"]

STEPS = (0.02, 0.05, 0.10)
"""The least differences that are shaded a little, more, and most."""

_PLACES = {"cards", "verdict"}  # whose metrics are mapped, and the share flagged
_KINDS = ("rate", "area", "gap", "ratio", "difference")
_FLAGGED = "flagged_rate"
_ROUNDING = 1e-9  # 0.9 - 0.8 is computed as a little less than 0.1


@dataclass(frozen=True)
class HeatCell:
    """A metric of a slice.

    Attributes:
        value: The value, None where it is undefined.
        shown: The value as text.
        level: How much it differs from the whole: 0, or the number of `STEPS` that it reaches.
        side: Which way, if `level` is not 0; higher or lower where neither is worse.
        difference: By how much, as text; empty if `level` is 0.
    """

    value: float | None
    shown: str
    level: int = 0
    side: Side | None = None
    difference: str = ""


@dataclass(frozen=True)
class HeatRow:
    """A slice, its kind (a column or `group`), its value, and a cell for each metric."""

    slice: SliceReport
    kind: str
    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatMap:
    """The candidate's slices by metric.

    Attributes:
        metrics: The metrics.
        overall: A cell of the whole for each.
        rows: The slices, but for those of terms, those that flip most first in each kind.
    """

    metrics: tuple[MetricSpec, ...]
    overall: tuple[HeatCell, ...]
    rows: tuple[HeatRow, ...]


def heat_map(report: Report) -> HeatMap | None:
    """Return the map of a report's candidate; None without slices of columns or groups."""
    whole = report.candidate.overall.metrics
    metrics = tuple(
        spec
        for spec in report.specs
        if spec.kind in _KINDS
        and (_PLACES.intersection(spec.shown) or spec.name == _FLAGGED)
        and (value := whole.get(spec.name)) is not None
        and value.value is not None
    )
    kinds = {kind: found for kind, found in slices_by_kind(report).items() if kind != "term"}
    if not kinds or not metrics:
        return None
    rows = tuple(
        HeatRow(each, kind, each.slice.partition("=")[2], _cells(metrics, whole, each.metrics))
        for kind, slices in kinds.items()
        for each in slices
    )
    return HeatMap(metrics, _cells(metrics, whole, whole), rows)


def _cells(
    metrics: tuple[MetricSpec, ...],
    whole: Mapping[str, MetricValue],
    own: Mapping[str, MetricValue],
) -> tuple[HeatCell, ...]:
    undefined = MetricValue(value=None)
    return tuple(
        _cell(spec, whole[spec.name].value, own.get(spec.name, undefined)) for spec in metrics
    )


def _cell(spec: MetricSpec, whole: float | None, own: MetricValue) -> HeatCell:
    shown = format_number(spec, own.value).removesuffix(" points")
    if own.value is None or whole is None:
        return HeatCell(own.value, shown)
    difference = own.value - whole
    level = sum(abs(difference) >= step - _ROUNDING for step in STEPS)
    if own.lower is not None and own.upper is not None and own.lower <= whole <= own.upper:
        level = 0  # may be chance
    if not level:
        return HeatCell(own.value, shown)
    sides: tuple[Side, Side] = ("higher", "lower")
    if spec.direction:
        sides = ("worse", "better") if spec.direction > 0 else ("better", "worse")
    words = (
        f"{100 * difference:+.1f}" if spec.kind in ("rate", "difference") else f"{difference:+.2f}"
    )
    return HeatCell(own.value, shown, level, sides[difference < 0], words)
