"""How a report is put into words and figures, for the page, the summary and the terminal alike."""

from __future__ import annotations

import re

from evenhand.evaluation.report import Comparison, MetricValue, PairedTest, Report, SliceReport

MISSING = "–"

HEADLINE_METRICS = (
    "flip_rate",
    "flip_rate_pos_to_neg",
    "flip_rate_neg_to_pos",
    "flip_count",
    "flip_rate_examples",
    "ctf_gap",
    "score_shift",
    "auc",
    "accuracy",
    "false_positive_rate",
    "false_negative_rate",
)

_FRACTIONS = re.compile(r"accuracy|precision|recall|.*_rate(_.*)?")


def format_number(metric: str, value: float | None) -> str:
    """Return a metric's value as text: rates in per cent, counts whole, the rest as decimals."""
    if value is None:
        return MISSING
    if _is_count(metric):
        return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    return f"{value:.2%}" if _is_fraction(metric) else f"{value:.4f}"


def format_interval(metric: str, value: MetricValue) -> str:
    """Return a confidence interval as text, or nothing where there is none."""
    if value.lower is None or value.upper is None:
        return ""
    if _is_count(metric):  # its ends are no whole numbers, although it is one
        return f"{value.lower:,.1f} to {value.upper:,.1f}"
    return f"{format_number(metric, value.lower)} to {format_number(metric, value.upper)}"


def format_difference(metric: str, difference: float | None) -> str:
    """Return candidate minus baseline as text, with its sign; rates in percentage points."""
    if difference is None:
        return MISSING
    if _is_fraction(metric):
        return f"{100 * difference:+.2f} points"
    return f"{difference:+,.0f}" if _is_count(metric) else f"{difference:+.4f}"


def format_difference_interval(comparison: Comparison) -> str:
    """Return the interval of a difference as text, or nothing where there is none."""
    if comparison.lower is None or comparison.upper is None:
        return ""
    lower, upper = (
        format_difference(comparison.metric, end).removesuffix(" points")
        for end in (comparison.lower, comparison.upper)
    )
    return f"{lower} to {upper}"


def format_p_value(test: PairedTest) -> str:
    """Return a test's adjusted p-value as text, or that there are too few pairs for one."""
    if test.p_adjusted is None:
        return "too few"
    return "< 0.0001" if test.p_adjusted < 0.0001 else f"{test.p_adjusted:.4f}"


_BY_CLASS = (
    " Decisions are for the most probable of several classes, and a score is the margin of the "
    "class decided for on the original: p / (p + q), with its probability p and the greatest other "
    "q."
)


def verdict(report: Report) -> str:
    """Return the main finding in plain sentences, and what its decisions are if not by a score."""
    by_class = any(model.by_class for model in report.models)
    return _finding(report) + (_BY_CLASS if by_class else "")


def _finding(report: Report) -> str:
    part = report.candidate.overall
    rate = part.metrics["flip_rate"]
    done = {"ablate": "removed", "substitute": "replaced"}.get(
        report.data.method or "", "removed or replaced"
    )
    finding = (
        f"{report.candidate.name} changes its decision on {format_number('flip_rate', rate.value)} "
        f"of {part.n_pairs:,} pairs when identity terms are {done}"
    )
    if interval := format_interval("flip_rate", rate):
        finding += f" ({report.intervals.level:.0%} interval {interval})"
    if report.baseline is None:
        return finding + "."
    before = report.baseline.overall.metrics["flip_rate"].value
    finding += f"; {report.baseline.name} does on {format_number('flip_rate', before)}."
    if rate.value is None or not before:
        return finding
    change = 1 - rate.value / before
    return f"{finding} That is {abs(change):.0%} {'fewer' if change >= 0 else 'more'} flips."


def headline_metrics(report: Report) -> list[str]:
    """Return the metrics to show first, of those that the report has for every model."""
    return [
        name
        for name in HEADLINE_METRICS
        if all(name in model.overall.metrics for model in report.models)
    ]


def slices_by_kind(report: Report) -> dict[str, list[SliceReport]]:
    """Return the candidate's slices by column, group or term, without `overall`.

    Groups come first and terms last. Within each come the slices that flip most under the baseline,
    or under the candidate where there is no baseline; slices with too few pairs are at the end.
    """
    kinds: dict[str, list[SliceReport]] = {}
    for part in report.candidate.slices:
        column, found, _ = part.slice.partition("=")
        if found:
            kinds.setdefault(column, []).append(part)
    order = sorted(kinds, key=lambda kind: (kind != "group", kind == "term"))
    return {kind: sorted(kinds[kind], key=lambda part: _rank(report, part)) for kind in order}


def _rank(report: Report, part: SliceReport) -> tuple[object, ...]:
    """Order slices by how often they flip; those that say little or nothing come last."""
    rates: list[float] = []
    for model in (report.baseline, report.candidate):
        found = model.find_slice(part.slice) if model else None
        rate = found.metrics.get("flip_rate") if found else None
        rates.append(1.0 if rate is None or rate.value is None else -rate.value)
    return part.too_few_pairs, *rates, part.slice


def _is_fraction(metric: str) -> bool:
    return _FRACTIONS.fullmatch(metric.partition("@")[0]) is not None


def _is_count(metric: str) -> bool:
    return "count" in metric
