"""A chart of flip rates by slice that takes the width there is: the places of all that it draws.

Each row is an SVG as wide as the page lets it be, in which places are in per cent. So lines stretch
and text does not, and a chart fills a wide screen and is still readable on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from evenhand.data.support.printable import printable
from evenhand.evaluation.findings.changes import Change, Changes
from evenhand.evaluation.rendering.charts import in_order
from evenhand.evaluation.reports.report import MetricValue, Role, SliceReport

_LONGEST_LABEL = 60  # characters
_MOST_TICKS = 5
_SMALLEST = 1e-12  # a rate that is drawn as more than 0
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Mark:
    """A model's rate in a row: its place and its interval's ends, all in per cent of the width.

    Attributes:
        role: The model.
        at: Place of the rate.
        lower, upper: Places of the ends of its interval, or None.
        change: Whether the rate got better or worse, for the candidate's mark.
    """

    role: Role
    at: float
    lower: float | None
    upper: float | None
    change: Change | None


@dataclass(frozen=True)
class ChartRow:
    """A slice: its label, its marks in the order of time, and whether it has too few pairs."""

    label: str
    marks: tuple[Mark, ...]
    is_faint: bool


@dataclass(frozen=True)
class RateChart:
    """The rows of a chart, from the top, and the axis below them: places and their labels."""

    rows: tuple[ChartRow, ...]
    ticks: tuple[tuple[float, str], ...]


def rate_chart(changes: Changes, slices: Sequence[SliceReport], most: int) -> RateChart | None:
    """Return the chart of the first `most` slices that show anything; None if none does.

    A slice shows nothing if a rate is unknown, or if it has too few pairs and none flips: then
    there would be only a long interval.
    """
    shown = [(each, rates) for each in slices if (rates := _rates(changes, each)) is not None]
    if not shown:
        return None
    shown = shown[:most]
    ends = [
        end
        for _, rates in shown
        for rate in rates.values()
        for end in (rate.value, rate.upper)
        if end is not None
    ]
    ticks = _ticks(max(ends))
    width = max(*ends, ticks[-1])
    rows = tuple(
        ChartRow(
            _label(each.slice.partition("=")[2]),
            tuple(_marks(rates, width, changes.of(each.slice, "flip_rate"))),
            each.too_few_pairs,
        )
        for each, rates in shown
    )
    return RateChart(rows, tuple((_place(at, width), f"{100 * at:.3g}%") for at in ticks))


def _marks(rates: dict[Role, MetricValue], width: float, change: Change | None) -> Iterator[Mark]:
    for role in in_order(rates):
        value, lower, upper = rates[role].value, rates[role].lower, rates[role].upper
        yield Mark(
            role,
            0.0 if value is None else _place(value, width),
            None if lower is None else _place(lower, width),
            None if upper is None else _place(upper, width),
            change if role == "candidate" else None,
        )


def _rates(changes: Changes, slice_: SliceReport) -> dict[Role, MetricValue] | None:
    rates: dict[Role, MetricValue] = {}
    for model in changes.report.models:
        found = model.find_slice(slice_.slice)
        rate = found.metrics.get("flip_rate") if found else None
        if rate is None or rate.value is None:
            return None
        rates[model.role] = rate
    if slice_.too_few_pairs and not any(rate.value for rate in rates.values()):
        return None
    return rates


def _ticks(most: float) -> list[float]:
    """Return round numbers from 0, the last of which is at most `most`."""
    if most < _SMALLEST:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(most / _MOST_TICKS))
    step = next(power * each for each in _STEPS if most / (power * each) <= _MOST_TICKS)
    return list(
        takewhile(lambda at: at <= most * (1 + _SMALLEST), (step * number for number in count()))
    )


def _place(value: float, width: float) -> float:
    return round(100 * value / width, 2) if width >= _SMALLEST else 0.0


def _label(text: str) -> str:
    shown = " ".join(printable(text).split())
    return shown if len(shown) <= _LONGEST_LABEL else shown[: _LONGEST_LABEL - 1] + "…"
