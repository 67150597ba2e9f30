"""The files that a gate's result is written to, for CI systems to show."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.data.storage.files import write_text

if TYPE_CHECKING:
    from evenhand.evaluation.gate.config import GateConfig
    from evenhand.evaluation.gate.result import GateResult


def write_gate_files(
    result: GateResult,
    config_path: Path,
    config: GateConfig,
    *,
    junit: Path | None = None,
    sarif: Path | None = None,
    markdown: Path | None = None,
) -> None:
    """Write what a gate decided as JUnit XML, as SARIF 2.1.0 and as Markdown, where asked for.

    Args:
        result: What the gate decided.
        config_path: The file that the rules are from, to whose lines SARIF points.
        config: The rules.
        junit, sarif, markdown: The files to write.
    """
    if junit is not None:
        from evenhand.evaluation.gate.renderers.junit import render_junit

        write_text(junit, render_junit(result, today=datetime.date.today()))
    if sarif is not None:
        from evenhand.evaluation.gate.config import find_rule_lines
        from evenhand.evaluation.gate.renderers.sarif import render_sarif

        lines = find_rule_lines(config_path, config)
        write_text(sarif, render_sarif(result, config=in_repository(config_path), lines=lines))
    if markdown is not None:
        from evenhand.evaluation.gate.renderers.markdown import render_gate_markdown

        write_text(markdown, render_gate_markdown(result))


def in_repository(path: Path) -> str:
    """Return a path from the repository's root, which is here unless GitHub says otherwise."""
    root = os.environ.get("GITHUB_WORKSPACE") or "."
    return Path(os.path.relpath(path, root)).as_posix()
