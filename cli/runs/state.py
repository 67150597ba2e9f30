"""The state of a run, kept from one time to the next in a file of its output folder.

For each step it holds what the step was made from, and the digest of what it made. For each file
that was read it holds the digest, so that an unchanged large file need not be read again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from evenhand.data.errors import InputError
from evenhand.data.storage.files import digest_of, sha256_of, write_text
from evenhand.data.support.documents import read_document

STATE_NAME = "evenhand-run.json"
# Two changes within a tick of the file system's clock leave the same times. So a digest that is
# taken this soon after a change is not kept. The coarsest clock in use has two seconds (FAT).
_CLOCK_TICK_NS = 2_000_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Inputs(_Part):
    """All that decides what a step makes.

    Attributes:
        files: Digests of what it is made from, by name; None if they cannot be known.
        options: Its options, defaults included.
        code: Versions of evenhand and of the packages that the step uses, and the digest of
            those of evenhand's own sources that the step uses.
    """

    files: dict[str, str | None]
    options: dict[str, JsonValue]
    code: dict[str, str]


class StepRecord(_Part):
    """What is known of one step.

    Attributes:
        made_from: What its output was made from; None if it was never made.
        sha256: Digest of that output.
        begun: What an unfinished output is made from; None once it is finished.
    """

    made_from: Inputs | None = None
    sha256: str | None = None
    begun: Inputs | None = None


class FileRecord(_Part):
    """A file's digest, and the file's size, inode and times when it was taken."""

    stat: tuple[int, int, int, int]
    sha256: str


class RunState(_Part):
    """The content of `evenhand-run.json`.

    Attributes:
        steps: What is known of the steps, by name.
        files: What is known of files, by their paths relative to the output folder.
    """

    schema_version: Literal[1] = 1
    steps: dict[str, StepRecord] = {}
    files: dict[str, FileRecord] = {}

    @classmethod
    def read(cls, folder: Path) -> RunState:
        """Return the state of the run in `folder`; empty if there was no run yet.

        Raises:
            InputError: The file cannot be read.
        """
        path = folder / STATE_NAME
        if not path.exists():
            return cls()
        return read_document(
            cls,
            path,
            what="the state of the run",
            remedy="remove the folder, or name another with `output` in [run]",
        )

    def write(self, folder: Path) -> None:
        """Write the state into `folder`."""
        write_text(folder / STATE_NAME, self.model_dump_json(indent=2) + "\n")

    def with_step(self, name: str, record: StepRecord) -> RunState:
        """Return this state with a new record of a step."""
        return RunState(steps={**self.steps, name: record}, files=self.files)

    def with_digests(self, digests: Digests) -> RunState:
        """Return this state with the digests that are known by now."""
        return RunState(steps=self.steps, files=digests.known)


class Digests:
    """Computes digests of files and folders, and reads each file once.

    A known digest is used again only if the file's size, inode, time of modification and time of
    change are the same. Programs cannot set the time of change, so a change shows even if a tool
    restores the time of modification.

    Args:
        known: What is known of files, by their paths relative to `folder`.
        folder: The run's output folder.
    """

    def __init__(self, known: Mapping[str, FileRecord], folder: Path) -> None:
        self._known = dict(known)
        self._folder = folder
        self._used: dict[str, FileRecord] = {}

    @property
    def known(self) -> dict[str, FileRecord]:
        """The digests of all files that were looked up and may be kept."""
        return dict(self._used)

    def of(self, path: Path) -> str | None:
        """Return the digest of a file or folder, None if there is none.

        Raises:
            InputError: It cannot be read.
        """
        try:
            return digest_of(path, self._of_file) if path.exists() else None
        except OSError as error:
            raise InputError(
                f"the file cannot be read ({error.strerror or error})",
                where=str(error.filename or path),
            ) from error

    def _of_file(self, path: Path) -> str:
        name = printable_path(os.path.relpath(path, self._folder))
        found = path.stat()
        stat = (found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
        record = self._known.get(name)
        if record is None or record.stat != stat:
            now = time.time_ns()
            record = FileRecord(stat=stat, sha256=sha256_of(path))
            if now - max(found.st_mtime_ns, found.st_ctime_ns) < _CLOCK_TICK_NS:
                self._used.pop(name, None)
                return record.sha256
        self._used[name] = record
        return record.sha256


def printable_path(path: str | Path) -> str:
    """Return a path as text; bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")
