"""What a gate decided: its checks, what each does to the gate, and the verdict.

A check is one rule applied to one slice, or to all slices of a column for the spread between them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from evenhand.evaluation.reports.made_from import ReportInput
from evenhand.evaluation.reports.report import Role
from evenhand.remediation.judging.wording import counted

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

_MOST_ALIKE = 3  # checks in rows of their own, though they say the same
_NAMED = 3  # of the slices of checks that share a row


class Outcome(str, enum.Enum):
    """What was found; everything but ``PASSED`` means that the rule is not met.

    ``NO_EVIDENCE``: the model decides, or scores, all texts alike, so that it cannot flip.
    ``INSUFFICIENT``: there are too few pairs to tell.
    """

    PASSED = "passed"
    FAILED = "failed"
    NO_EVIDENCE = "no evidence"
    MISSING = "missing"
    INSUFFICIENT = "insufficient evidence"


class Status(str, enum.Enum):
    """What a check does to the gate; only ``FAILED`` fails it."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warning"
    WAIVED = "waived"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One rule judged on one slice.

    Attributes:
        rule: The rule.
        number: The rule's place in the configuration, from 1.
        slice: The slice's name; the rule's pattern for a spread between slices.
        outcome: What was found.
        status: What it does to the gate.
        value: What was compared with the limit, if the report has it.
        n_pairs: Pairs in the slice, if there is one.
        reason: Why, in words.
        room: How far the nearest limit is away, in the metric's unit; negative beyond it. None
            where there is no such number.
        label: Which of the report's several labels it is about, if it has several.
    """

    rule: GateRule
    number: int
    slice: str
    outcome: Outcome
    status: Status
    value: float | None
    n_pairs: int | None
    reason: str
    room: float | None = None
    label: str | None = None

    @property
    def place(self) -> str:
        """What was judged: the slice, behind the label if there is one."""
        return self.slice if self.label is None else f"{self.label}, {self.slice}"


@dataclass(frozen=True)
class GateResult:
    """Every check of one model, in the order of the rules and of the report's slices.

    Attributes:
        model: The model's name.
        role: Its role in the report.
        checks: The checks.
        notes: Further sentences, such as on waivers that expired or cover nothing.
        inputs: What the report was made from, and the reference report, if there is one.
    """

    model: str
    role: Role
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    inputs: tuple[ReportInput, ...] = ()

    @property
    def passed(self) -> bool:
        """True if no check fails the gate."""
        return all(check.status is not Status.FAILED for check in self.checks)

    @property
    def verdict(self) -> str:
        """The decision as a sentence, with how many checks had which status."""
        others = [
            f"{number} {status.value}"
            for status in (Status.WARNED, Status.WAIVED, Status.SKIPPED)
            if (number := self.count(status))
        ]
        rest = f" ({', '.join(others)})" if others else ""
        all_checks, one = counted(len(self.checks), "check"), len(self.checks) == 1
        if self.passed:
            met = self.count(Status.PASSED)
            return f"Gate passed: {met} of {all_checks} {'is' if one else 'are'} met{rest}."
        failed = self.count(Status.FAILED)
        return f"Gate FAILED: {failed} of {all_checks} {'fails' if one else 'fail'} it{rest}."

    def count(self, status: Status) -> int:
        """Return how many checks have `status`."""
        return sum(check.status is status for check in self.checks)


class CheckRow(NamedTuple):
    """A row of a table of checks, in words: a check, or several that say the same."""

    status: Status
    place: str
    pairs: str
    rule: str
    found: str
    n_checks: int = 1


def rows_of(checks: Iterable[Check]) -> list[CheckRow]:
    """Return checks as the rows of a table, in their order.

    Where a rule warns of, or skips, many slices of too little evidence, these share a row: real
    texts name dozens of groups now and then.
    """
    rows: list[CheckRow] = []
    for _, group in groupby(checks, key=_alike):
        alike = list(group)
        if len(alike) > _MOST_ALIKE and _is_of_little_evidence(alike[0]):
            rows.append(_shared_row(alike))
        else:
            rows += map(_row, alike)
    return rows


def _alike(check: Check) -> tuple[int, str | None, Status, Outcome]:
    return check.number, check.label, check.status, check.outcome


def _is_of_little_evidence(check: Check) -> bool:
    is_mild = check.status in (Status.WARNED, Status.SKIPPED)
    return is_mild and check.outcome is Outcome.INSUFFICIENT


def _row(check: Check) -> CheckRow:
    pairs = "" if check.n_pairs is None else f"{check.n_pairs:,}"
    return CheckRow(check.status, check.place, pairs, check.rule.describe(), check.reason)


def _shared_row(checks: list[Check]) -> CheckRow:
    """Return one row for checks of a rule, which names those of most pairs."""
    by_size = sorted(checks, key=lambda check: -(check.n_pairs or 0))
    sizes = [check.n_pairs for check in by_size if check.n_pairs is not None]
    named = ", ".join(check.slice for check in by_size[:_NAMED])
    label = "" if checks[0].label is None else f"{checks[0].label}, "
    return CheckRow(
        checks[0].status,
        f"{label}{len(checks)} slices",
        f"{sizes[-1]:,} to {sizes[0]:,}" if sizes else "",
        checks[0].rule.describe(),
        f"too little evidence on each: {named} and {len(checks) - _NAMED} more",
        len(checks),
    )
