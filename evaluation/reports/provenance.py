"""provenance.json: when a report was made and by which command.

This is kept out of report.json and the files made from it, so that the same scores give the same
bytes at any time and for any command.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evenhand.data.storage.files import write_text
from evenhand.data.storage.whole_files import file_in, read_json_file
from evenhand.data.support.option_checks import as_list
from evenhand.data.urls import shown_url
from evenhand.evaluation.reports.report import FILE_NAME

PROVENANCE_NAME = "provenance.json"


@dataclass(frozen=True)
class Provenance:
    """When a report was made and how.

    Attributes:
        date: The date with its time and zone, as ISO 8601 writes it.
        command: The command line as one would type it; None for a call from Python.
        report_sha256: Digest of the report.json that it is about.
    """

    date: str
    command: str | None
    report_sha256: str


def read_provenance(report: Path) -> Provenance | None:
    """Read when and how a report was made.

    Args:
        report: A report.json, or its folder.

    Returns:
        What provenance.json says; None if there is none, if it is damaged, or if it is about
        another report.json than the one beside it.
    """
    file = file_in(report, FILE_NAME)
    try:
        found = json.loads(read_json_file(file.with_name(PROVENANCE_NAME)))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        date, words, of_report = (found[name] for name in ("date", "command", "report_sha256"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if of_report != digest or not isinstance(date, str):
        return None
    known = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return Provenance(date, shlex.join(words) if known else None, digest)


def write_provenance(folder: Path, *, command: Sequence[str] | None, report: str) -> None:
    """Write when and how the report in `folder` was made.

    Args:
        folder: The report's folder.
        command: The command line, word by word, or None for a call from Python. Parts of a URL that
            may be secret are hidden.
        report: The content of report.json, whose digest ties the two together.
    """
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    document = {
        "schema_version": 1,
        "command": None
        if command is None
        else [shown_url(word) for word in as_list("command", command)],
        "date": now.isoformat(),
        "report_sha256": hashlib.sha256(report.encode()).hexdigest(),
    }
    write_text(folder / PROVENANCE_NAME, json.dumps(document, indent=2) + "\n")
