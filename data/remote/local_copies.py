"""Copies of a store's files and folders on this machine, which are read as any others are.

A copy is kept until the process ends, and used again as long as the store's files are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from evenhand.data.errors import InputError, UnavailableError
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.stores import Listing, Store, faults_named, open_store
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.ownership import read_marker
from evenhand.data.storage.temporary import at_exit, path_until_exit
from evenhand.data.urls import name_copy

# Records of trainings. They stand beside their models and say how these decide.
RECORDS = ("train.json", "sweep.json", "compare.json")
_AT_ONCE = 32  # files, after which progress is told

_numbers = itertools.count()


class _Copy(NamedTuple):
    place: Path
    files: Listing


_copies: dict[str, _Copy] = {}


def local_copy(
    url: str, progress: Progress = ignore_progress, *, beside: Sequence[str] = ()
) -> Path:
    """Copy what a URL names to this machine, and return where the copy is.

    Args:
        url: Of a file, a folder, or a pattern in which ``*`` and ``**`` stand for names.
        progress: Told how many files are copied.
        beside: Names of files that are copied, too, if they stand beside it.

    Returns:
        The copy, of the same name; for a pattern, the pattern that fits the copies.

    Raises:
        ConfigurationError: There is no such kind of store.
        InputError: There is nothing, an output there is not complete, or a name in it leads
            elsewhere.
        UnavailableError: The store cannot be used, or what is there changed meanwhile.
    """
    store = open_store(url)
    with faults_named(url):
        base, files = store.find()
        if not files:
            raise InputError(
                "there is nothing to read",
                where=store.url,
                remedy="check the names of the bucket, the folder and the file",
            )
        others = store.beside(beside)
        known = _copies.get(url)
        if known is not None and known.files == files | others:
            return known.place
        rest = store.path[len(base) :].strip("/")
        place = new_place(url.rstrip("/").removesuffix(f"/{rest}"), PurePosixPath(base).name)
        download(store, base, files, place, progress)
        if others:
            download(store, str(PurePosixPath(base).parent), others, place.parent, ignore_progress)
        _check_complete(place, store)
        if store.find()[1] != files or store.beside(beside) != others:
            raise UnavailableError(
                "it changed while it was read", where=store.url, remedy="try again"
            )
    _copies[url] = _Copy(place / rest if rest else place, files | others)
    return _copies[url].place


def new_place(url: str, name: str, *, lasting: bool = False) -> Path:
    """Return a path of this name for a copy of what a URL names; the copy is removed at exit.

    Args:
        url: The URL.
        name: The last part of the path.
        lasting: Whether the path is the same in every process of this user. What stands beside the
            copy is then kept.
    """
    folder = _lasting_folder(url) if lasting else _root() / str(next(_numbers))
    place = folder / (name or "files")
    with writing_to(place):
        folder.mkdir(parents=True, exist_ok=True)
        if lasting:
            _remove(place)  # a process that was killed may have left it
            at_exit(lambda: _remove(place))
    parent, _, last = url.rstrip("/").rpartition("/")
    if last == name and not lasting:  # what is made beside it is uploaded beside it
        name_copy(folder, parent)
    else:
        name_copy(place, url)
    return place


def _lasting_folder(url: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "evenhand", "stores", hashlib.sha256(url.encode()).hexdigest()[:16])


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # there is a checkpoint in it
        place.parent.rmdir()


@cache
def _root() -> Path:
    return path_until_exit("copies")


def download(store: Store, base: str, files: Listing, place: Path, progress: Progress) -> None:
    """Copy files of a store to a place: the file `base`, or those in the folder `base`."""
    names = {name: place.joinpath(*inside(base, name, store)) for name in files}
    size = sum(about.get("size") or 0 for about in files.values()) / 1e6
    stage = f"reading {store.url}"
    for folder in {path.parent for path in names.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    progress(stage, 0, len(names), f"{size:,.1f} MB")
    remote = list(names)
    for first in range(0, len(remote), _AT_ONCE):
        some = remote[first : first + _AT_ONCE]
        store.fs.get(some, [str(names[name]) for name in some])
        progress(stage, first + len(some), len(names), f"{size:,.1f} MB")


def inside(base: str, name: str, store: Store) -> tuple[str, ...]:
    """Return the parts of a file's path from `base`; none if it is that.

    Raises:
        InputError: The name would lead out of the copy.
    """
    rest = name[len(base) :]
    parts = PurePosixPath(rest.lstrip("/")).parts
    if not name.startswith(base) or ".." in parts or "\0" in rest:
        raise InputError(
            "a file there has a name that no copy can have", where=f"{store.url}, {name!r}"
        )
    return parts


def _check_complete(place: Path, store: Store) -> None:
    """Raise InputError if an output's marker lists a file that is not there."""
    marker = read_marker(place) if place.is_dir() else None
    for name in sorted(marker.written if marker is not None else ()):
        if not name.endswith("/") and not (place / name).is_file():
            raise InputError(
                f"the output is not complete, {name} is missing: writing it was interrupted, or "
                "goes on",
                where=store.url,
                remedy="wait until it is done, or write it again with `overwrite`",
            )
