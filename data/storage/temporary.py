"""Temporary folders beside an output. Its process removes each, or else the next process does.

Each has a marker, which shows that it is ours, and a name, which shows it as long as there is
nothing in it; and its process holds a lock on it as long as it lives. The next process that writes
to the same destination, or goes on filling its folder, removes those of ours that no process holds
a lock on.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from evenhand.data.storage.ownership import (
    MARKER_NAME,
    Marker,
    is_temporary,
    remove_written,
    temporary_name,
    why_not_ours,
)

NEW = "new"  # what is being written
OLD = "old"  # what it has taken the place of


def path_until_exit(name: str) -> Path:
    """Return where to write an output that nobody named; what is there goes when the process ends.

    Args:
        name: The last part of the path.
    """
    folder = tempfile.mkdtemp(prefix="evenhand-")
    at_exit(lambda: shutil.rmtree(folder, ignore_errors=True))
    return Path(folder, name)


def at_exit(remove: Callable[[], None]) -> None:
    """Have something removed when this process ends, and not when one ends that it forked."""
    process = os.getpid()
    atexit.register(lambda: remove() if os.getpid() == process else None)


@contextlib.contextmanager
def temporary_folder(destination: Path) -> Iterator[Path]:
    """Give a folder beside `destination`, with an empty folder `NEW` in it; remove it in the end.

    A folder moved to `OLD` in it is removed, too, if its own marker lists all that it holds.

    Raises:
        OSError: The folder cannot be made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(destination.parent, destination.name)
    folder, lock = _new_locked(destination)
    try:
        Marker("temporary", inode=folder.stat().st_ino).write(folder)
        (folder / NEW).mkdir()
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _new_locked(destination: Path) -> tuple[Path, int]:
    """Make an empty folder, and return it with a descriptor that holds a lock on it."""
    while True:
        folder = destination.parent / temporary_name(destination.name)
        folder.mkdir(mode=0o700)
        with contextlib.suppress(FileNotFoundError):  # removed as abandoned before it was locked
            lock = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # some file systems have no locks, and no clean-up
                fcntl.flock(lock, fcntl.LOCK_SH)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def remove_abandoned(parent: Path, output: str | None = None) -> None:
    """Remove a folder's temporary folders whose process is gone: all, or those of one output."""
    names = "*" if output is None else f"{glob.escape(output)}.*"
    for folder in parent.glob(f".{names}.partial"):
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
