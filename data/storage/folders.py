"""Folders that are complete or absent, and that replace or remove only what evenhand wrote.

A folder that is an output as a whole goes through `new_folder`. One that is filled bit by bit, as a
checkpoint is, or the folder of a run, goes through `take_folder`. What shows that a folder is
evenhand's is its marker: see `evenhand.data.storage.ownership`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.files import is_utf8, new_file, no_room_named, writing_to
from evenhand.data.storage.ownership import (
    MARKER_NAME,
    Kind,
    Marker,
    entries_of,
    is_vacant,
    leads_through_a_link,
    read_marker,
    remove_written,
    why_not_ours,
)
from evenhand.data.storage.temporary import NEW, OLD, remove_abandoned, temporary_folder

_IS_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)


@contextlib.contextmanager
def new_folder(path: str | Path, *, kind: Kind, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary folder to write into, and rename it to `path` on leaving without an error.

    Its marker, written at last, lists all that is in it.

    Args:
        path: The folder to make. Parents are made as needed.
        kind: What the folder is.
        overwrite: Replace an output of this kind, if nothing but what evenhand wrote is in it.

    Yields:
        The folder to write into; it is on the same file system.

    Raises:
        ConfigurationError: `path` exists and may not be replaced.
        UnavailableError: It cannot be written.
    """
    destination = Path(path).absolute()
    check_destination(destination, kind=kind, overwrite=overwrite)
    with contextlib.ExitStack() as stack:
        with writing_to(destination):
            temporary = stack.enter_context(temporary_folder(destination))
        work = temporary / NEW
        with no_room_named(destination):
            yield work
        with writing_to(destination):
            Marker(kind, entries_of(work)).write(work)
            _put_into_place(temporary, destination, kind, overwrite)


def check_destination(path: str | Path, *, kind: Kind, overwrite: bool = False) -> None:
    """Raise ConfigurationError if `new_folder` would refuse `path`: call it before long work."""
    destination = Path(path)
    if not is_utf8(destination):
        raise ConfigurationError(
            "the output's name is not UTF-8",
            where=str(destination),
            remedy="name another folder with `output`",
        )
    if not os.path.lexists(destination):
        return
    if destination.is_symlink() or not destination.is_dir():
        raise ConfigurationError(
            "the output exists and is not a folder",
            where=str(destination),
            remedy="name another folder with `output`",
        )
    is_free, reason = True, None
    # Another process may just be replacing it.
    with writing_to(destination), contextlib.suppress(FileNotFoundError):
        is_free = is_vacant(destination)
        reason = why_not_ours(destination, kind)
    if is_free:
        return
    if reason is not None:
        raise _not_ours(destination, reason)
    if not overwrite:
        raise ConfigurationError(
            "the output folder exists",
            where=str(destination),
            remedy="give `overwrite` to replace it, or name another folder with `output`",
        )


def take_folder(
    path: str | Path, *, kind: Kind, names: Iterable[str], is_shared: bool = False
) -> None:
    """Make a folder that is filled bit by bit, or add to the list of one that is there.

    Call it before the names are written, so that a kill at any moment leaves nothing unlisted. What
    such a kill left unfinished in the folder, and in the folders among the names, is removed.

    Args:
        path: The folder. Parents are made as needed.
        kind: What it is.
        names: What will be written in it, as a marker lists it. A folder among them may have a
            marker of its own.
        is_shared: Whether the folder may be somebody else's, if it has no marker yet.

    Raises:
        ConfigurationError: The folder is not evenhand's, or somebody's own file has such a name.
        UnavailableError: It cannot be written.
    """
    folder, wanted = Path(path), frozenset(names)
    check_taken(folder, kind=kind, names=wanted, is_shared=is_shared)
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    marker = read_marker(folder)
    if marker is None or not wanted <= marker.written:
        listed = frozenset() if marker is None else marker.written
        with new_file(folder / MARKER_NAME) as work:
            Marker(kind, wanted | listed).write(work.parent)
    for name in ("", *(name for name in wanted if name.endswith("/"))):
        if not leads_through_a_link(folder, name):
            remove_abandoned(folder / name)


def check_taken(
    path: str | Path, *, kind: Kind, names: Iterable[str] = (), is_shared: bool = False
) -> None:
    """Raise ConfigurationError if `take_folder` would: call it before long work."""
    folder = Path(path)
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise _not_ours(folder, "is not a folder")
    with writing_to(folder):
        if is_vacant(folder):
            return
        marker = read_marker(folder)
        if (marker is None and not is_shared) or (marker is not None and marker.kind != kind):
            raise _not_ours(folder, why_not_ours(folder, kind) or "is not evenhand's")
    listed = frozenset() if marker is None else {MARKER_NAME, *marker.written}
    for name in sorted({MARKER_NAME, *names} - listed):
        if os.path.lexists(folder / name.rstrip("/")):
            raise _not_ours(folder, f"holds a {name!r} that evenhand did not write there")


def remove_folder(path: str | Path, *, kind: Kind) -> None:
    """Remove what evenhand wrote in a folder, and the folder if nothing else is in it.

    Raises:
        UnavailableError: It cannot be removed.
    """
    folder = Path(path).absolute()
    with writing_to(folder):
        if folder.is_symlink() or not folder.is_dir():
            return
        if why_not_ours(folder, kind) is None:  # moved away at once, so that no half of it is left
            with temporary_folder(folder) as temporary:
                folder.rename(temporary / OLD)
        elif (marker := read_marker(folder)) is not None and marker.kind == kind:
            remove_written(folder)


def _put_into_place(temporary: Path, destination: Path, kind: Kind, overwrite: bool) -> None:
    """Rename the new folder to `destination`, again where another process comes in between."""
    new, old = temporary / NEW, temporary / OLD
    try:
        while True:
            check_destination(destination, kind=kind, overwrite=overwrite)
            try:
                new.rename(destination)  # which is not there, or an empty folder
                return
            except OSError as error:
                if error.errno not in _IS_TAKEN:
                    raise
            if old.exists():
                remove_written(old)
            with contextlib.suppress(FileNotFoundError):
                destination.rename(old)
            reason = why_not_ours(old, kind) if old.exists() else None
            if reason is not None:  # somebody wrote into it at the last moment
                raise _not_ours(destination, reason)
    except BaseException:
        if old.exists() and not os.path.lexists(destination):
            with contextlib.suppress(OSError):
                old.rename(destination)
        raise


def _not_ours(folder: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"the output folder {reason}: it is left alone",
        where=str(folder),
        remedy=f"name another folder with `output`, or move away what is yours; an output without "
        f"{MARKER_NAME}, as an earlier evenhand wrote it, is yours to remove",
    )
