"""What a renderer of the gate is, and what it is given."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from evenhand.evaluation.gate.result import GateResult
from evenhand.evaluation.reports.provenance import Provenance
from evenhand.evaluation.reports.report import Report


@dataclass(frozen=True)
class Judgement:
    """What a gate decided, where its rules stand, and when.

    Attributes:
        result: What the gate decided.
        config: The path of the file with its rules, relative to the repository.
        lines: The line of each rule in it, from 1, or None if they are not known.
        today: The day on which it was decided.
        report: The report that was judged.
        provenance: When the report was made and by which command, if that is known.
    """

    result: GateResult
    config: str
    lines: tuple[int, ...] | None
    today: datetime.date
    report: Report
    provenance: Provenance | None = None


@dataclass(frozen=True)
class GateRenderer:
    """Makes one file of what a gate decided.

    Attributes:
        file_name: The file's name where no other is given, in the folder of a run: ``gate`` and an
            ending, such as ``gate.txt``.
        render: From a judgement to the file's content. Names and reasons in it are a stranger's, to
            be escaped for whatever reads the file.
    """

    file_name: str
    render: Callable[[Judgement], str | bytes]
