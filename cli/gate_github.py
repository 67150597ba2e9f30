"""What the gate adds on GitHub Actions: annotations, and the job's step summary.

Names from data are printed there too. Annotations escape them; around the table the runner is told
to take no commands from what is printed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli import console
from evenhand.data.files import writing_to

if TYPE_CHECKING:
    from evenhand.evaluation.gate_result import GateResult


def is_used() -> bool:
    """Tell whether this process runs on GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def write(result: GateResult, *, config: str, lines: Sequence[int] | None, to_stderr: bool) -> None:
    """Print annotations, and append to the step summary if there is one.

    Args:
        result: What the gate decided.
        config: The configuration's path.
        lines: The line of each rule in it, or None.
        to_stderr: Leave stdout to the result; the runner reads both.
    """
    from evenhand.evaluation.gate_annotations import render_annotations
    from evenhand.evaluation.gate_markdown import render_gate_markdown

    print_line = console.write_stderr if to_stderr else console.write_stdout
    for command in render_annotations(result, config=config, lines=lines):
        print_line(command)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = render_gate_markdown(result)
        with writing_to(Path(summary)), Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)


@contextlib.contextmanager
def without_commands() -> Iterator[None]:
    """Keep the runner, where there is one, from taking what is printed meanwhile for commands."""
    if not is_used():
        yield
        return
    token = secrets.token_hex(16)
    console.write_stdout(f"::stop-commands::{token}")
    try:
        yield
    finally:
        console.write_stdout(f"::{token}::")
