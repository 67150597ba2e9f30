"""A gate's result as Markdown: for a comment on a pull request, or a job's summary."""

from __future__ import annotations

from itertools import accumulate

from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.evaluation.gate.result import GateResult, Status, rows_of
from evenhand.remediation.judging.wording import counted

# A comment on a pull request holds 65,536 characters, and a long name grows where it is escaped
MAX_BYTES = 60_000
MAX_ROWS = 100
MAX_CELL = 300

_ORDER = (Status.FAILED, Status.WARNED, Status.WAIVED, Status.SKIPPED, Status.PASSED)


def render_gate_markdown(result: GateResult) -> str:
    """Return `result` as GitHub-flavoured Markdown, what fails first; text from data stays text."""
    checks = sorted(result.checks, key=lambda check: _ORDER.index(check.status))
    shown = rows_of(checks)[:MAX_ROWS]
    rows = [
        [
            f"**{row.status.value}**" if row.status is Status.FAILED else row.status.value,
            _cell(row.place),
            row.pairs,
            _cell(row.rule),
            _cell(row.found),
        ]
        for row in shown
    ]
    head = [
        f"## Fairness gate {'passed' if result.passed else 'failed'}",
        "",
        f"{result.verdict} Judged: {_cell(result.model)} ({result.role}).",
        "",
    ]
    inputs = ["", *(f"- {_cell(found.what)}: {_cell(found.describe())}" for found in result.inputs)]
    room = MAX_BYTES - _size([*head, *inputs])
    lines = markdown_table(["status", "slice", "pairs", "rule", "found"], rows)
    checks_table = _fitting(lines, room)
    room -= _size(checks_table)
    notes = _fitting([f"\n{_cell(note)}" for note in result.notes[:MAX_ROWS]], room)
    lines = [*head, *checks_table]
    shown = shown[: len(checks_table) - 2]  # two are the table's head
    left_out = len(checks) - sum(row.n_checks for row in shown)
    if left_out:
        lines += ["", f"{counted(left_out, 'more check')} not shown."]
    return "\n".join([*lines, *notes, *inputs]) + "\n"


def _fitting(lines: list[str], room: int) -> list[str]:
    """Return the first lines that take no more than `room` bytes together."""
    ends = accumulate(_size([line]) for line in lines)
    return lines[: sum(end <= room for end in ends)]


def _size(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _cell(text: str) -> str:
    return escape_markdown(text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…")
