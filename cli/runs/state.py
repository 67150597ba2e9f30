"""What a run keeps between one time and the next, in one file of its output folder.

For each step: what it was made from, and the digest of what it made. For each file that was read:
its digest, so that a large file is not read again only to find it unchanged.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from evenhand.data.errors import InputError
from evenhand.data.storage.files import digest_of, sha256_of, write_text

STATE_NAME = "evenhand-run.json"
# Two changes within a tick of the file system's clock leave the same times, so a digest taken that
# soon after a change is not kept. Two seconds are the coarsest clock in use (FAT).
_CLOCK_TICK_NS = 2_000_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Inputs(_Part):
    """All that decides what a step makes.

    Attributes:
        files: Digests of what it is made from, by name; None where that cannot be known.
        options: Its options, defaults included.
        code: Versions of evenhand and of the packages that the step uses, and the digest of
            evenhand's own sources as far as the step uses them.
    """

    files: dict[str, str | None]
    options: dict[str, JsonValue]
    code: dict[str, str]


class StepRecord(_Part):
    """What is known of one step.

    Attributes:
        made_from: What its output was made from; None before the first time.
        sha256: Digest of that output.
        begun: What the output that was begun is made from; None once it is finished.
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
        """Return the state of the run in `folder`; an empty one if there has been none.

        Raises:
            InputError: The file cannot be read.
        """
        path = folder / STATE_NAME
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls()
        except (OSError, ValidationError) as error:
            raise InputError(
                "the state of the run cannot be read",
                where=str(path),
                remedy="remove the folder, or name another with `output` in [run]",
            ) from error

    def write(self, folder: Path) -> None:
        """Write the state into `folder`."""
        write_text(folder / STATE_NAME, self.model_dump_json(indent=2) + "\n")

    def with_step(self, name: str, record: StepRecord) -> RunState:
        """Return this state with another record of a step."""
        return RunState(steps={**self.steps, name: record}, files=self.files)

    def with_digests(self, digests: Digests) -> RunState:
        """Return this state with the digests that are known by now."""
        return RunState(steps=self.steps, files=digests.known)


class Digests:
    """Digests of files and folders, each file's read once.

    A digest that is known is used again only if the file's size, inode and times of modification
    and of change are the same. Programs cannot set the time of change, so that a change shows even
    if a tool restores the time of modification.

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
        """The digests of all files that were asked for and may be kept."""
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
    """Return a path as text, whatever bytes it holds."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")
