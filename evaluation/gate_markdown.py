"""A gate's result as Markdown: for a comment on a pull request, or a job's summary."""

from __future__ import annotations

from evenhand.evaluation.gate_result import GateResult, Status
from evenhand.evaluation.render_markdown import escape_markdown, table

# A comment on a pull request holds 65,536 characters
MAX_ROWS = 100
MAX_CELL = 300

_ORDER = (Status.FAILED, Status.WARNED, Status.WAIVED, Status.SKIPPED, Status.PASSED)


def render_gate_markdown(result: GateResult) -> str:
    """Return `result` as GitHub-flavoured Markdown, what fails first; text from data stays text."""
    checks = sorted(result.checks, key=lambda check: _ORDER.index(check.status))
    rows = [
        [
            f"**{check.status.value}**" if check.status is Status.FAILED else check.status.value,
            _cell(check.slice),
            "" if check.n_pairs is None else f"{check.n_pairs:,}",
            _cell(check.rule.describe()),
            _cell(check.reason),
        ]
        for check in checks[:MAX_ROWS]
    ]
    lines = [
        f"## Fairness gate {'passed' if result.passed else 'failed'}",
        "",
        f"{result.verdict} Judged: {_cell(result.model)} ({result.role}).",
        "",
        *table(["status", "slice", "pairs", "rule", "found"], rows),
    ]
    if len(checks) > MAX_ROWS:
        lines += ["", f"{len(checks) - MAX_ROWS:,} more checks are not shown."]
    for note in result.notes[:MAX_ROWS]:
        lines += ["", _cell(note)]
    lines += ["", *(f"- {found.what}: {_cell(found.describe())}" for found in result.inputs)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return escape_markdown(text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…")
