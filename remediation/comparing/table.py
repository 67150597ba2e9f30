"""A comparison as tables of text, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from evenhand.remediation.comparing.summary import Compared
from evenhand.remediation.comparing.test_set import UNSEEN_PREFIX
from evenhand.remediation.judging.metric_labels import LABELS, PERCENTAGES
from evenhand.remediation.judging.several_labels import by_label, n_labels
from evenhand.remediation.judging.wording import MISSING, percent

if TYPE_CHECKING:
    from evenhand.remediation.comparing.comparison import ComparisonResult

_SECONDS = "seconds"
_UNSEEN_GAP = f"{UNSEEN_PREFIX}ctf_gap"
_HEADINGS = {**LABELS, _UNSEEN_GAP: "CTF gap on unseen terms", _SECONDS: "seconds to train"}
_IN_ORDER = (
    "flip_rate",
    "ctf_gap",
    "standardized_ctf_gap",
    _UNSEEN_GAP,
    "auc",
    "accuracy",
    "agreement",
    "positive_rate",
    "largest_class_share",
    _SECONDS,
)
_KNOWN_TERMS = "†"  # beside a gap on unseen terms that the model knows


class Table(NamedTuple):
    """A table: its headings and rows, of which the first column is the name of each row."""

    headings: list[str]
    rows: list[list[str]]


def tables_of_labels(result: ComparisonResult) -> dict[str, Table]:
    """Return the metrics of each label, as `table_of_metrics`; none if there is one label."""
    labels = by_label(result.baseline_measured.metrics)
    return {label: table_of_metrics(result, label) for label in labels if label}


def table_of_metrics(result: ComparisonResult, label: str | None = None) -> Table:
    """Return the metrics: a row for the baseline and for each technique.

    Args:
        result: The comparison.
        label: The one of several labels that they are of; None for all together.
    """

    def own(metrics: Mapping[str, float]) -> Mapping[str, float]:
        return metrics if label is None else by_label(metrics).get(label, {})

    baseline = own(result.baseline_measured.metrics)
    names = [
        name
        for name in _IN_ORDER
        if name in baseline or (name == _SECONDS and result.compared and label is None)
    ]
    rows = [["baseline", *(_cell(name, baseline, {}) for name in names), ""]]
    rows += [
        [
            each.name,
            *(
                _cell(name, own(each.mean), own(each.half_width))
                + _mark(name, each.takes_out_terms)
                for name in names
            ),
            ", ".join(_remarks(result, number, each) if label is None else ()),
        ]
        for number, each in enumerate(result.compared)
    ]
    return Table(["technique", *(_HEADINGS[name] for name in names), ""], rows)


def table_of_groups(result: ComparisonResult) -> Table:
    """Return the false positive rates: a row for each group, without rows where there are none."""
    of_baseline = result.baseline_measured.false_positive_rates
    rates = [of_baseline, *(each.false_positive_rates for each in result.compared)]
    rows = [
        [
            group,
            f"{result.negatives[group]:,}" if group in result.negatives else MISSING,
            *(percent(each[group]) if group in each else MISSING for each in rates),
        ]
        for group in of_baseline
    ]
    names = [each.name for each in result.compared]
    return Table(["group", "negative texts", "baseline", *names], rows)


def explanation(result: ComparisonResult) -> str:
    """Return what the tables show, in a sentence or two."""
    runs = max((len(each.runs) for each in result.compared), default=1)
    words = "Every technique had the same data and options."
    several = n_labels(result.baseline_measured.metrics)
    if several > 1:
        words += (
            f" Flip rates, gaps, AUC and accuracy are means over {several} labels; the limits hold "
            "for each label."
        )
    if result.shared_texts:
        words += f" Warning: {result.shared_texts}."
    if runs > 1:
        words += (
            f" Means over {runs} seeds; ± is half of the mean's 95 % interval, which tells how "
            "much training varies, and not how much other test texts would change."
        )
    if result.held_out_terms and any(each.takes_out_terms for each in result.compared):
        words += (
            f" {_KNOWN_TERMS} Its model takes out every term of its lexicons, held-out ones too: "
            "this gap says nothing of words that no lexicon has."
        )
    return words


def beyond_limits(result: ComparisonResult) -> list[str]:
    """Return a sentence on each technique that breaks a limit on the held-out examples: by what."""
    return [
        f"{each.name}: {_beyond(each)}. On the held-out examples, {found[0].beyond}."
        for each in result.compared
        if (found := each.beyond_limits)
    ]


def _beyond(each: Compared) -> str:
    """Return in words that a technique breaks a limit, and what its row then shows."""
    broken, runs = len(each.beyond_limits), len(each.runs)
    if len(each.measured) == runs:
        return "beyond a limit"
    seeds = f" in {broken} of {runs} seeds" if runs > 1 else ""
    others = ", numbers of the others" if each.measured else ""
    return f"no model within limits{seeds}{others}"


def _mark(name: str, takes_out_terms: bool) -> str:
    return f" {_KNOWN_TERMS}" if name == _UNSEEN_GAP and takes_out_terms else ""


def _cell(name: str, values: Mapping[str, float], half_widths: Mapping[str, float]) -> str:
    if name not in values:
        return MISSING
    value, half = values[name], half_widths.get(name)
    if name == _SECONDS:
        return f"{value:.0f}"
    if name in PERCENTAGES:
        return percent(value) + ("" if half is None else f" ± {100 * half:.2f}")
    return f"{value:.4f}" + ("" if half is None else f" ± {half:.4f}")


def _remarks(result: ComparisonResult, number: int, each: Compared) -> Iterator[str]:
    if number == result.recommendation.picked:
        yield "recommended"
    if each.on_front:
        yield "Pareto front"
    if each.beyond_limits:
        yield _beyond(each)
