"""What the gate adds on GitHub Actions: annotations, and the job's step summary.

Names from data are printed, too. Annotations escape them. While the table is printed, the runner is
told not to look for commands in it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli.results.gate_files import in_repository
from evenhand.cli.terminal import console
from evenhand.data.storage.files import writing_to

if TYPE_CHECKING:
    from evenhand.evaluation.gate.config import GateConfig
    from evenhand.evaluation.gate.result import GateResult


def write(result: GateResult, config_path: Path, config: GateConfig, *, to_stderr: bool) -> None:
    """On GitHub Actions, print annotations and append to the step summary if there is one.

    Args:
        result: What the gate decided.
        config_path: The file that the rules are from.
        config: The rules.
        to_stderr: Print to stderr, because stdout is for the result; the runner reads both.
    """
    if not _is_used():
        return
    from evenhand.evaluation.gate.config import find_rule_lines
    from evenhand.evaluation.gate.renderers.annotations import render_annotations
    from evenhand.evaluation.gate.renderers.markdown import render_gate_markdown

    print_line = console.write_stderr if to_stderr else console.write_stdout
    lines = find_rule_lines(config_path, config)
    for command in render_annotations(result, config=in_repository(config_path), lines=lines):
        print_line(command)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = render_gate_markdown(result)
        with writing_to(Path(summary)), Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)


@contextlib.contextmanager
def without_commands() -> Iterator[None]:
    """Keep a runner of GitHub Actions from reading commands in what the block prints."""
    if not _is_used():
        yield
        return
    token = secrets.token_hex(16)
    console.write_stdout(f"::stop-commands::{token}")
    try:
        yield
    finally:
        console.write_stdout(f"::{token}::")


def _is_used() -> bool:
    """Return whether this process runs on GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"
