"""The places of what a chart of flip rates draws, in per cent of its width."""

from __future__ import annotations

import pytest
from compared_reports import compared
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.findings.changes import Changes
from evenhand.evaluation.rendering.rate_chart import RateChart, rate_chart
from evenhand.evaluation.reports.report import Report


def charted(report: Report, most: int = 30) -> RateChart | None:
    slices = [each for each in report.candidate.slices if each.slice != "overall"]
    return rate_chart(Changes(report), slices, most)


def test_rates_and_intervals_stand_on_one_scale() -> None:
    slices = [("group=a", 0.2, 0.1, 0.001, 100), ("group=b", 0.0, 0.0, None, 5)]
    chart = charted(compared(slices))
    assert chart is not None
    [row] = chart.rows  # b has too few pairs and no flip: there is nothing to see
    before, after = row.marks
    assert (row.label, before.role, after.role) == ("a", "baseline", "candidate")
    assert (before.at, after.at) == pytest.approx((100 * 0.2 / 0.6, 100 * 0.1 / 0.6), abs=0.01)
    assert before.upper == 100 and after.change == "better" and before.change is None
    assert [label for _, label in chart.ticks] == ["0%", "20%", "40%", "60%"]


def test_nothing_to_draw_is_no_chart() -> None:
    assert charted(compared([("group=a", 0.0, 0.0, None, 5)])) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_all_places_are_within_the_width_and_ticks_are_few(before: float, after: float) -> None:
    chart = charted(compared([("group=a", before, after, None, 100)]))
    assert chart is not None
    places = [at for at, _ in chart.ticks]
    for mark in chart.rows[0].marks:
        places += [end for end in (mark.at, mark.lower, mark.upper) if end is not None]
    assert all(0 <= at <= 100 for at in places)
    assert 1 <= len(chart.ticks) <= 7
    assert len({label for _, label in chart.ticks}) == len(chart.ticks)
