"""Which cells of the map of slices by metric are shaded, which way, and how much."""

from __future__ import annotations

import pytest
from compared_reports import compared

from evenhand.evaluation.findings.heat_map import HeatMap, heat_map
from evenhand.evaluation.reports.report import MetricValue


def mapped(metric: str, whole: float, own: MetricValue) -> HeatMap:
    """Return the map of a report whose only group has this value of a metric."""
    report = compared([("group=a", 0.05, 0.05, None, 100)], **{metric: (whole, whole, None)})
    overall, group = report.candidate.slices
    slices = (overall, group.model_copy(update={"metrics": group.metrics | {metric: own}}))
    model = report.candidate.model_copy(update={"slices": slices})
    found = heat_map(report.model_copy(update={"models": (model, *report.models[1:])}))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("metric", "value", "interval", "level", "side", "difference"),
    [
        ("accuracy", 0.87, (0.86, 0.88), 1, "worse", "-3.0"),
        ("accuracy", 0.84, (0.8, 0.88), 2, "worse", "-6.0"),
        ("accuracy", 0.7, (None, None), 3, "worse", "-20.0"),
        ("accuracy", 0.7, (0.5, 0.95), 0, None, ""),  # may be chance
        ("accuracy", 0.89, (0.888, 0.892), 0, None, ""),  # too little to matter
        ("accuracy", 0.99, (0.98, 1.0), 2, "better", "+9.0"),
        ("auc", 0.8, (0.75, 0.85), 3, "worse", "-0.10"),
        ("false_positive_rate", 0.97, (0.95, 0.99), 2, "worse", "+7.0"),
        ("flagged_rate", 0.8, (0.78, 0.82), 3, "lower", "-10.0"),
        ("flip_rate", None, (None, None), 0, None, ""),
    ],
)
def test_a_cell_is_shaded_by_what_is_more_than_chance(
    metric: str,
    value: float | None,
    interval: tuple[float | None, float | None],
    level: int,
    side: str | None,
    difference: str,
) -> None:
    own = MetricValue(value=value, lower=interval[0], upper=interval[1])
    found = mapped(metric, 0.9, own)
    place = [spec.name for spec in found.metrics].index(metric)
    [row] = found.rows
    cell = row.cells[place]
    assert (row.kind, row.name) == ("group", "a")
    assert (cell.level, cell.side, cell.difference) == (level, side, difference)
    assert found.overall[place].level == 0


def test_terms_alone_make_no_map() -> None:
    assert heat_map(compared([("term=she", 0.05, 0.05, None, 100)])) is None
