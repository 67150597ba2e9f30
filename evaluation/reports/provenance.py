"""provenance.json: when a report was made and by which command.

This is kept out of report.json and the files made from it, so that the same scores give the same
bytes at any time and for any command.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from evenhand.data.storage.files import write_text
from evenhand.data.support.option_checks import as_list
from evenhand.data.urls import shown_url

PROVENANCE_NAME = "provenance.json"


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
