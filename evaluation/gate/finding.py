"""What a gate judges, and what it finds for one limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.evaluation.gate.result import Outcome
from evenhand.evaluation.reports.bounds import Bound
from evenhand.evaluation.reports.report import ModelReport, Report, SliceReport
from evenhand.remediation.judging.wording import counted

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

_ROUNDING = 1e-12  # 0.9 - 0.85 is computed as a little above 0.05, but only reaches that limit


@dataclass(frozen=True)
class Models:
    """The report, its judged model, what that may be compared with, and the level of intervals."""

    report: Report
    judged: ModelReport
    baseline: ModelReport | None
    reference: ModelReport | None
    level: float


@dataclass(frozen=True)
class Finding:
    """What is found for one limit on one slice, or over several.

    Attributes:
        outcome: Whether the limit is kept, or why not.
        words: Why, in words.
        room: How far away the limit is, negative beyond it; None if there is no such number.
        value: What was compared, for a limit over several slices.
        n_pairs: The pairs of those slices.
        others_tell: Whether the limit could be judged on other slices of the rule, so that this
            slice may be skipped.
    """

    outcome: Outcome
    words: str
    room: float | None = None
    value: float | None = None
    n_pairs: int | None = None
    others_tell: bool = False


def number_of(slice_: SliceReport, metric: str, bound: Bound = "value") -> float | None:
    """Return a metric's value in a slice, or an end of its interval, or None without one."""
    found = slice_.metrics.get(metric)
    return None if found is None else getattr(found, bound)


def has_too_few_pairs(rule: GateRule, slice_: SliceReport) -> bool:
    """Return whether a slice has fewer pairs than the rule asks for, or none and so no value."""
    found = slice_.metrics.get(rule.metric)
    nothing = slice_.n_pairs == 0 and found is not None and found.value is None
    return nothing or slice_.n_pairs < rule.min_pairs


def lacking_in_reference(rule: GateRule, slice_: SliceReport, models: Models) -> Finding | None:
    """Return why a slice cannot be compared with the reference's, or None if it can."""
    there = models.reference.find_slice(slice_.slice) if models.reference else None
    if there is None:
        return Finding(Outcome.INSUFFICIENT, "the slice is new: the reference has none")
    if has_too_few_pairs(rule, there):
        asked = max(1, rule.min_pairs)
        words = f"{counted(there.n_pairs, 'pair')} in the reference, and the rule asks for {asked}"
        return Finding(Outcome.INSUFFICIENT, words)
    return None


def of_limit(room: float, words: str) -> Finding:
    """Return the finding on a limit that is `room` away; `words` describe how it is broken."""
    return Finding(Outcome.FAILED, words, room) if room < 0 else Finding(Outcome.PASSED, "", room)


def of_difference(room: float, words: str) -> Finding:
    """Return the finding on a limit of a difference, which rounding alone does not break."""
    return of_limit(0.0 if abs(room) < _ROUNDING else room, words)


def undefined(what: str) -> Finding:
    """Return that a slice has no number to compare."""
    return Finding(Outcome.MISSING, f"the slice has no {what}, or it is undefined")
