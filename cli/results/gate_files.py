"""Writes a gate's result to files, which CI systems show."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.data.storage.files import new_file
from evenhand.data.urls import as_named

if TYPE_CHECKING:
    from evenhand.evaluation.gate.config import GateConfig
    from evenhand.evaluation.gate.renderers.judgement import GateRenderer
    from evenhand.evaluation.gate.result import GateResult
    from evenhand.evaluation.reports.report import Report


def write_gate_files(
    result: GateResult,
    config_path: Path,
    config: GateConfig,
    files: Sequence[tuple[str, GateRenderer, Path]],
    report: Report,
    report_path: Path,
) -> None:
    """Write what a gate decided into files.

    Args:
        result: What the gate decided.
        config_path: The file that the rules are from; SARIF points to its lines.
        config: The rules.
        files: For each file: the renderer's name, the renderer and the file's path.
        report: The report that was judged.
        report_path: Its file or its folder.

    Raises:
        InputError: A renderer of another package fails.
        UnavailableError: A file cannot be written.
    """
    if not files:
        return
    from evenhand.evaluation.gate.config import find_rule_lines
    from evenhand.evaluation.gate.renderers.judgement import Judgement
    from evenhand.evaluation.rendering.renderers import content_of
    from evenhand.evaluation.reports.provenance import read_provenance

    lines = find_rule_lines(config_path, config)
    today, provenance = datetime.date.today(), read_provenance(report_path)
    place = in_repository(config_path)
    judgement = Judgement(result, place, lines, today, report, provenance)
    for name, renderer, path in files:
        content = content_of(name, renderer, judgement)
        with new_file(path) as work:
            work.write_bytes(content)


def in_repository(path: Path) -> str:
    """Return a path from the repository's root: GitHub's, or else the working folder; or a URL."""
    if (url := as_named(str(path))) != str(path):
        return url
    root = os.environ.get("GITHUB_WORKSPACE") or "."
    return Path(os.path.relpath(path, root)).as_posix()
