"""How a report is put into words and figures, for the page, the summary and the terminal alike."""

from __future__ import annotations

import difflib
import re

from evenhand.evaluation.report import MetricValue, Report, SliceReport

MISSING = "–"

DEFINITIONS = {
    "flip_rate": "Pairs with different decisions on original and counterfactual, over all pairs.",
    "flip_rate_pos_to_neg": "Pairs that are positive as written and negative without the terms, "
    "over all pairs.",
    "flip_rate_neg_to_pos": "Pairs that are negative as written and positive without the terms, "
    "over all pairs.",
    "flip_count": "The number of flipped pairs, each counted with its example's weight.",
    "flip_rate_examples": "Examples with a pair that flips, over all examples of the slice, with "
    "and without a term.",
    "ctf_gap": "Counterfactual token fairness gap (Garg et al. 2019): the mean of "
    "|score(original) − score(counterfactual)| over pairs.",
    "score_shift": "The mean of score(original) − score(counterfactual) over pairs: above zero, "
    "identity terms raise the score.",
    "auc": "Area under the ROC curve on the originals.",
    "auc_precision_recall": "Area under the precision-recall curve on the originals.",
    "accuracy": "Share of labelled originals on the right side of the threshold.",
    "false_positive_rate": "Negative originals that are scored positive, over negative originals.",
    "false_negative_rate": "Positive originals that are scored negative, over positive originals.",
    "positive_rate": "Originals that are scored positive, over all originals.",
    "false_discovery_rate": "Negative originals among those that are scored positive.",
    "false_omission_rate": "Positive originals among those that are scored negative.",
}

LIMITS = (
    "It shows whether decisions depend on the listed terms. Bias that works through other words, "
    "names, dialects or topics is not seen.",
    "Removing a word can leave text that nobody would write, or change what the text means. A flip "
    "is a reason to look, not proof of unfairness.",
    "A flip rate of zero says nothing about whether the decisions are right: a model that gives "
    "every text the same score never flips. Read it beside the task metrics.",
    "Scores can move without crossing the threshold. The CTF gap shows that, the flip rate does "
    "not.",
    "Groups with few pairs have wide intervals. Intervals are not adjusted for the number of "
    "slices.",
)

_FRACTIONS = re.compile(r"accuracy|precision|recall|.*_rate(_.*)?")
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 2000  # comparing texts takes time that grows with the square of their length


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
    return f"{format_number(metric, value.lower)} to {format_number(metric, value.upper)}"


def format_difference(metric: str, candidate: float | None, baseline: float | None) -> str:
    """Return candidate minus baseline as text, with its sign; rates in percentage points."""
    if candidate is None or baseline is None:
        return MISSING
    difference = candidate - baseline
    if _is_fraction(metric):
        return f"{100 * difference:+.2f} points"
    return f"{difference:+,.0f}" if _is_count(metric) else f"{difference:+.4f}"


def verdict(report: Report) -> str:
    """Return the main finding as one or two plain sentences."""
    part = report.candidate.overall
    rate = part.metrics["flip_rate"]
    done = "removed" if report.data.method == "ablate" else "removed or replaced"
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
    """Return the metrics to show first, of those that the report has."""
    wanted = (
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
    return [name for name in wanted if name in report.candidate.overall.metrics]


def slices_by_kind(report: Report) -> dict[str, list[SliceReport]]:
    """Return the candidate's slices by column, group or term, without `overall`."""
    kinds: dict[str, list[SliceReport]] = {}
    for part in report.candidate.slices:
        column, found, _ = part.slice.partition("=")
        if found:
            kinds.setdefault(column, []).append(part)
    return kinds


def mark_edits(original: str, counterfactual: str) -> tuple[list[tuple[str, bool]], ...]:
    """Split both texts into pieces and mark those that the other text does not have.

    Returns:
        For the original, then for the counterfactual: pieces of text in order, each with whether
        it was edited. Very long texts come back as one unmarked piece.
    """
    before, after = _TOKENS.findall(original), _TOKENS.findall(counterfactual)
    if len(before) + len(after) > _MOST_TOKENS:
        return [(original, False)], [(counterfactual, False)]
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if start < end:
            left.append(("".join(before[start:end]), kind != "equal"))
        if other_start < other_end:
            right.append(("".join(after[other_start:other_end]), kind != "equal"))
    return left, right


def _is_fraction(metric: str) -> bool:
    return _FRACTIONS.fullmatch(metric.partition("@")[0]) is not None


def _is_count(metric: str) -> bool:
    return "count" in metric
