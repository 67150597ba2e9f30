"""What a rule means, in words, for `evenhand gate explain`."""

from __future__ import annotations

from evenhand.evaluation.gate.limit_base import JointLimit, SliceLimit
from evenhand.evaluation.gate.other_metrics import is_of_columns
from evenhand.evaluation.gate.result import Check
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.reports.report import OVERALL
from evenhand.remediation.judging.wording import counted


def explain_rule(rule: GateRule) -> str:
    """Return what a rule asks for as plain sentences."""
    who = "" if rule.label is None else f"For the label {rule.label}: "
    of_each = [each.explain(rule) for each in rule.limits if isinstance(each, SliceLimit)]
    sentences = [f"{who}{_place(rule)}, {' and '.join(of_each)}."] if of_each else []
    sentences += [
        f"{who}{rule.metric}: over the slices {rule.slice}, {limit.explain(rule)}."
        for limit in rule.limits
        if isinstance(limit, JointLimit)
    ]
    if rule.min_pairs:
        few = counted(rule.min_pairs, "pair")
        sentences.append(f"Fewer than {few} are too little evidence.")
    if rule.min_pairs or any(limit.can_lack_evidence for limit in rule.limits):
        words = {
            "fail": "fails the gate",
            "warn": "is a warning",
            "skip": "is skipped",
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


def _place(rule: GateRule) -> str:
    pattern = rule.slice
    if is_of_columns(rule.metric):
        return f"Over the groups of {pattern[:-2]}"
    if pattern == OVERALL:
        return "Over all examples"
    if pattern == "*":
        return "In every slice"
    if pattern.endswith("=*"):
        return f"In each slice of {pattern[:-2]}"
    return f"In the slice {pattern}"
