"""Checks that a report's numbers are possible: its file may come from a stranger.

The numbers that `evenhand evaluate` writes always are. A rate of 9, or an interval that does not
contain its value, might pass a gate wrongly, and 1e308 breaks code that draws and formats numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from evenhand.evaluation.reports.metric_specs import Kind, MetricSpec

if TYPE_CHECKING:
    from evenhand.evaluation.reports.report import Comparison, MetricValue, ModelReport, Report

_ROUNDING = 1e-6  # relative error of sums of weights in single precision
_LARGEST = 1e100  # more than any sum of weights; its square is still a number
_MOST = 2**53  # examples, pairs or texts
_MOST_POINTS = 10_000  # of a chart; drawing more takes long, and evaluate writes 81


class Range(NamedTuple):
    """The smallest and the largest possible value of a number, both included."""

    least: float
    most: float

    def __str__(self) -> str:
        if self.most == _LARGEST:
            return "any number" if self.least < 0 else "a number of at least 0"
        return f"a number from {self.least:g} to {self.most:g}"

    def holds(self, value: float) -> bool:
        """Return whether a value is in the range, apart from rounding."""
        return self.least - _ROUNDING <= value <= self.most + _ROUNDING


SHARE, SHIFT = Range(0, 1), Range(-1, 1)
AMOUNT, ANY = Range(0, _LARGEST), Range(-_LARGEST, _LARGEST)

_RANGES: Mapping[Kind, Range] = {
    "rate": SHARE,
    "area": SHARE,
    "gap": SHARE,
    "ratio": SHARE,
    "shift": SHIFT,
    "difference": SHIFT,
    "p_value": SHARE,
    "count": AMOUNT,
    "amount": AMOUNT,
    "number": ANY,
}


class Fault(NamedTuple):
    """An impossible number: its place in the report, what is wrong, and what was expected."""

    place: str
    what: str
    expected: str


def range_of(spec: MetricSpec) -> Range:
    """Return the range of a metric's values."""
    return _RANGES[spec.kind]


def find_fault(report: Report, within: str = "") -> Fault | None:
    """Return the first impossible number of a report, or None; `within` is where it stands."""
    models = (_of_model(report, model, f"models.{n}") for n, model in enumerate(report.models))
    compared = (
        _of_comparison(item, range_of(report.spec(item.metric)), f"comparison.{n}")
        for n, item in enumerate(report.comparison)
    )
    parts = (_of_report(report), *models, *compared, _of_tests(report), _of_flips(report))
    fault = next(chain.from_iterable(parts), None)
    for number, of_label in enumerate(report.by_label[1:]):
        fault = fault or find_fault(of_label, f"other_labels.{number}.")
    return fault and fault._replace(place=within + fault.place)


def _number(value: float | None, within: Range, place: str) -> Iterator[Fault]:
    if value is not None and not within.holds(value):
        yield Fault(place, f"{value:g} cannot be", str(within))


def _counts(values: dict[str, int], place: str) -> Iterator[Fault]:
    for name, value in values.items():
        if value > _MOST:
            yield Fault(f"{place}.{name}", "a count is too large", f"at most {_MOST:,}")


def _interval(
    value: float | None, lower: float | None, upper: float | None, place: str
) -> Iterator[Fault]:
    """Check that lower end, value and upper end are in this order."""
    known = [number for number in (lower, value, upper) if number is not None]
    for first, second in pairwise(known):
        if first > second + _ROUNDING * max(1.0, abs(second)):
            yield Fault(
                place,
                f"{first:g} comes before {second:g}",
                "the lower end, the value and the upper end of an interval in ascending order",
            )


def _metric(found: MetricValue, within: Range, place: str) -> Iterator[Fault]:
    ends = {"value": found.value, "lower": found.lower, "upper": found.upper}
    for name, number in ends.items():
        yield from _number(number, within, f"{place}.{name}")
    yield from _interval(found.value, found.lower, found.upper, place)


def _of_report(report: Report) -> Iterator[Fault]:
    for number, threshold in enumerate(report.thresholds):
        yield from _number(threshold, SHARE, f"thresholds.{number}")
    yield from _number(report.intervals.level, SHARE, "intervals.level")
    counts = {"resamples": report.intervals.resamples, "seed": report.intervals.seed}
    yield from _counts(counts, "intervals")
    if report.label is not None:
        yield from _counts({"output": report.label.output}, "label")
    data = report.data
    counts = {"examples": data.examples, "labelled": data.labelled, "pairs": data.pairs}
    yield from _counts(counts, "data")
    for name in ("by_group", "by_term", "skipped"):
        yield from _counts(getattr(data, name), f"data.{name}")
    for name, found in data.metrics.items():
        yield from _metric(found, range_of(report.spec(name)), f"data.metrics.{name}")
    if data.quality is not None:
        yield from _counts({"checked": data.quality.checked}, "data.quality")


def _of_model(report: Report, model: ModelReport, place: str) -> Iterator[Fault]:
    for number, slice_ in enumerate(model.slices):
        here = f"{place}.slices.{number}"
        yield from _counts({"n_examples": slice_.n_examples, "n_pairs": slice_.n_pairs}, here)
        yield from _number(slice_.effective_examples, AMOUNT, f"{here}.effective_examples")
        yield from _number(slice_.effective_pairs, AMOUNT, f"{here}.effective_pairs")
        for name, found in slice_.metrics.items():
            yield from _metric(found, range_of(report.spec(name)), f"{here}.metrics.{name}")
    for number, column in enumerate(model.columns):
        here = f"{place}.columns.{number}"
        yield from _counts({"n_examples": column.n_examples, "n_pairs": column.n_pairs}, here)
        for name, found in column.metrics.items():
            yield from _metric(found, range_of(report.spec(name)), f"{here}.metrics.{name}")
    yield from _number(model.threshold, SHARE, f"{place}.threshold")
    for number, decisions in enumerate(model.decisions):
        here = f"{place}.decisions.{number}"
        yield from _number(decisions.threshold, SHARE, f"{here}.threshold")
        yield from _counts(decisions.by_decision, f"{here}.by_decision")
    for label, weights in enumerate(model.confusion.weights if model.confusion else ()):
        for decision, weight in enumerate(weights):
            yield from _number(weight, AMOUNT, f"{place}.confusion.weights.{label}.{decision}")
    if model.threshold_curve is not None:
        here = f"{place}.threshold_curve"
        yield from _ascending(model.threshold_curve.thresholds, SHARE, f"{here}.thresholds")
        for number, rate in enumerate(model.threshold_curve.flip_rates):
            yield from _metric(rate, SHARE, f"{here}.flip_rates.{number}")
    if model.score_shifts is not None:
        here = f"{place}.score_shifts"
        # The outermost bins reach a little further than the shifts.
        yield from _ascending(model.score_shifts.edges, Range(-2, 2), f"{here}.edges")
        for number, weight in enumerate(model.score_shifts.weights):
            yield from _number(weight, AMOUNT, f"{here}.weights.{number}")


def _ascending(values: tuple[float, ...], within: Range, place: str) -> Iterator[Fault]:
    if len(values) > _MOST_POINTS:
        yield Fault(place, f"{len(values):,} points cannot be drawn", f"at most {_MOST_POINTS:,}")
    for number, value in enumerate(values):
        yield from _number(value, within, f"{place}.{number}")
    for number, (first, second) in enumerate(pairwise(values)):
        if not first < second:
            yield Fault(f"{place}.{number + 1}", f"{second:g} follows {first:g}", "ascending order")


def _of_comparison(item: Comparison, within: Range, place: str) -> Iterator[Fault]:
    yield from _number(item.candidate, within, f"{place}.candidate")
    yield from _number(item.baseline, within, f"{place}.baseline")
    reach = min(_LARGEST, within.most - within.least)
    for name in ("difference", "lower", "upper"):
        yield from _number(getattr(item, name), Range(-reach, reach), f"{place}.{name}")
    yield from _interval(item.difference, item.lower, item.upper, place)


def _of_tests(report: Report) -> Iterator[Fault]:
    for number, test in enumerate(report.paired_tests):
        here = f"paired_tests.{number}"
        names = ("both", "only_candidate", "only_baseline", "neither")
        yield from _counts({name: getattr(test, name) for name in names}, here)
        yield from _metric(test.odds_ratio, AMOUNT, f"{here}.odds_ratio")
        yield from _number(test.p_value, SHARE, f"{here}.p_value")
        yield from _number(test.p_adjusted, SHARE, f"{here}.p_adjusted")


def _of_flips(report: Report) -> Iterator[Fault]:
    for number, flip in enumerate(report.flips):
        yield from _number(flip.label, AMOUNT, f"flips.{number}.label")
        for role, scores in flip.scores.items():
            here = f"flips.{number}.scores.{role}"
            yield from _number(scores.original, SHARE, f"{here}.original")
            yield from _number(scores.counterfactual, SHARE, f"{here}.counterfactual")
