"""Temporary folders beside an output. Its process removes each, or else the next process does.

Each has a marker from its first moment, which shows that it is ours, whatever it is called; and its
process holds a lock on it as long as it lives. The next process that writes to the same destination
removes those of ours that no process holds a lock on.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from evenhand.data.storage.ownership import (
    MARKER_NAME,
    Marker,
    is_temporary,
    remove_written,
    why_not_ours,
)

_SUFFIX = ".partial"
NEW = "new"  # what is being written
OLD = "old"  # what it has taken the place of


@contextlib.contextmanager
def temporary_folder(destination: Path) -> Iterator[Path]:
    """Give a folder beside `destination`, with an empty folder `NEW` in it; remove it in the end.

    A folder moved to `OLD` in it is removed, too, if its own marker lists all that it holds.

    Raises:
        OSError: The folder cannot be made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(destination)
    folder = Path(
        tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=_SUFFIX, dir=destination.parent)
    )
    lock = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems have no locks, and then no clean-up
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        Marker("temporary", inode=folder.stat().st_ino).write(folder)
        (folder / NEW).mkdir()
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _remove_abandoned(destination: Path) -> None:
    """Remove temporary folders of `destination` whose process is gone."""
    for folder in destination.parent.glob(f".{glob.escape(destination.name)}.*{_SUFFIX}"):
        if not is_temporary(folder):
            continue
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_temporary(folder):
                _remove(folder)
        except OSError:
            pass  # somebody is writing there
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a temporary folder of ours, its marker at last, as far as that can be done."""
    with contextlib.suppress(OSError):
        if (folder / OLD).is_dir() and why_not_ours(folder / OLD) is None:
            remove_written(folder / OLD)
        shutil.rmtree(folder / NEW, ignore_errors=True)
        names = {part.name for part in folder.iterdir()}
        if names <= {MARKER_NAME}:
            (folder / MARKER_NAME).unlink(missing_ok=True)
            folder.rmdir()
