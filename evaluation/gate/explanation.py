"""What a rule means, in words, for `evenhand gate explain`."""

from __future__ import annotations

from evenhand.evaluation.gate.result import Check
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.reports.report import OVERALL
from evenhand.remediation.judging.wording import counted


def explain_rule(rule: GateRule) -> str:
    """Return what a rule asks for as plain sentences."""
    sentences = [f"{_place(rule.slice)}, {' and '.join(_demands(rule))}."]
    if rule.max_spread is not None:
        words = "the largest and the smallest value may differ by at most"
        lead = f"{rule.metric}: over the slices {rule.slice}, {words} {rule.max_spread:g}."
        sentences = [lead] if not _demands(rule) else [*sentences, lead]
    if rule.min_pairs:
        few = counted(rule.min_pairs, "pair")
        sentences.append(f"Fewer than {few} are too little evidence.")
    if rule.min_pairs or rule.needs_reference:
        words = {
            "fail": "fails the gate",
            "warn": "is a warning",
            "skip": "is passed over",
        }[rule.on_insufficient]
        sentences.append(f"Insufficient evidence {words}.")
    if rule.allow_one_decision:
        sentences.append("A model that decides nearly all texts alike may meet it.")
    if rule.severity == "warn":
        sentences.append("If the rule is not met, that is a warning and does not fail the gate.")
    return " ".join(sentences)


def explain_distance(check: Check) -> str:
    """Return how far a check is from its nearest limit, in words."""
    if check.room is None:
        return check.reason
    if check.room == 0:
        return f"{check.reason}: exactly at the limit"
    side = "of room" if check.room > 0 else "beyond the limit"
    return f"{check.reason}: {abs(check.room):.6g} {side}"


def _place(pattern: str) -> str:
    if pattern == OVERALL:
        return "Over all examples"
    if pattern == "*":
        return "In every slice"
    if pattern.endswith("=*"):
        return f"In each slice of {pattern[:-2]}"
    return f"In the slice {pattern}"


def _demands(rule: GateRule) -> list[str]:
    subject = {
        "value": rule.metric,
        "lower": f"the lower end of {rule.metric}'s confidence interval",
        "upper": f"the upper end of {rule.metric}'s confidence interval",
    }[rule.bound]
    found = []
    if rule.min is not None:
        found.append(f"{subject} must be at least {rule.min:g}")
    if rule.max is not None:
        found.append(f"{subject} may be at most {rule.max:g}")
    for margin, verb in ((rule.max_drop, "fall below"), (rule.max_increase, "rise above")):
        if isinstance(margin, str):
            found.append(f"{rule.metric} may {verb} the {rule.against}'s by at most {margin} of it")
        elif margin is not None:
            found.append(f"{rule.metric} may {verb} the {rule.against}'s by at most {margin:g}")
    if rule.no_worse_than is not None:
        found.append(
            f"{rule.metric} must not be significantly worse than in the reference report (level "
            f"{rule.alpha:g}; overall is a test by itself, slices are adjusted for their number)"
        )
    return found
