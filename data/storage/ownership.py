"""Which folders evenhand wrote, and what of them: the marker in each, `.evenhand.json`.

A folder is an output of evenhand's if it holds a marker that says so, of whatever names its other
files are. The marker lists what evenhand wrote there, by paths inside the folder. Only that is ever
removed; anything else that is found in the folder is somebody's own.

A folder inside with a marker of its own, as a trial's in a sweep's checkpoint, is judged by that.
Links are never followed: nothing that evenhand writes is one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast, get_args

MARKER_NAME = ".evenhand.json"
SCHEMA_VERSION = 1

Kind = Literal[
    "dataset",
    "export",
    "sample",
    "model",
    "training",
    "sweep",
    "comparison",
    "checkpoint",
    "report",
    "functions",
    "rendering",
    "run",
    "demo",
    "temporary",
]
_LARGEST = 16 << 20  # bytes of a marker: some 300,000 files
_DEEPEST = (
    32  # folders within each other in a list, and lists within each other: far more than ours
)
_TEMPORARY_NAME = re.compile(r"\..*\.([0-9a-f]{6})([0-9a-f]{6})\.partial", re.DOTALL)
_NAMED = 3  # of the strangers in a folder, those that an error names


@dataclass(frozen=True)
class Marker:
    """What a folder's marker says.

    Attributes:
        kind: What the folder is.
        written: What evenhand wrote in it: paths from the folder, with ``/`` at the end of folders.
        inode: Number of a temporary folder in its file system: a copy of one is not ours.
    """

    kind: Kind
    written: frozenset[str] = frozenset()
    inode: int | None = None

    def write(self, folder: Path) -> None:
        """Write the marker into a folder that has none."""
        document = {
            "schema_version": SCHEMA_VERSION,
            "kind": self.kind,
            "written": sorted(self.written),
            **({} if self.inode is None else {"inode": self.inode}),
        }
        text = json.dumps(document, indent=2) + "\n"
        with (folder / MARKER_NAME).open("x", encoding="utf-8") as file:
            file.write(text)


def read_marker(folder: Path) -> Marker | None:
    """Return a folder's marker; None if there is none, or none that evenhand can have written."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(folder / MARKER_NAME, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(_LARGEST + 1)
        document = json.loads(content) if len(content) <= _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    return _marker_of(document)


def _marker_of(document: Any) -> Marker | None:
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        return None
    kind: Any = document.get("kind")
    written, inode = document.get("written"), document.get("inode")
    if not isinstance(kind, str) or kind not in get_args(Kind) or not isinstance(written, list):
        return None
    if not all(isinstance(name, str) and _is_inside(name) for name in written):
        return None
    return Marker(cast(Kind, kind), frozenset(written), inode if isinstance(inode, int) else None)


def _is_inside(name: str) -> bool:
    """Tell whether a name from a marker is a plain path inside the marker's folder."""
    path = PurePosixPath(name)
    parts = path.parts
    inside = 0 < len(parts) <= _DEEPEST and not path.is_absolute() and ".." not in parts
    return inside and "\0" not in name and name.removesuffix("/") == str(path)


def entries_of(folder: Path) -> frozenset[str]:
    """Return all that is in a folder, as a marker lists it."""
    return frozenset(name for name, _ in _walk(folder)) - {MARKER_NAME}


def is_vacant(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what a killed process of ours left unfinished."""
    return all(is_temporary(part) for part in folder.iterdir())


def temporary_name(destination: str) -> str:
    """Return a new name for a temporary folder of an output; half of its digits prove the other."""
    token = secrets.token_hex(3)
    return f".{destination}.{token}{_proof_of(token)}.partial"


def _proof_of(token: str) -> str:
    return hashlib.sha256(f"a temporary folder of evenhand's: {token}".encode()).hexdigest()[:6]


def is_temporary(path: Path) -> bool:
    """Tell whether a path is a temporary folder of ours.

    Its marker shows that. One that a process had no time to mark, or had unmarked before it was
    killed, holds nothing, and its name shows that it is ours.
    """
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        marker = read_marker(path)
        if marker is not None:
            return marker.kind == "temporary" and marker.inode == found.st_ino
        name = _TEMPORARY_NAME.fullmatch(path.name)
        return name is not None and name[2] == _proof_of(name[1]) and _holds_nothing(path)
    except OSError:
        return False


def _holds_nothing(folder: Path) -> bool:
    """Tell whether a folder is empty, or holds a marker that nothing was written into."""
    names = [part.name for part in folder.iterdir()]
    if names != [MARKER_NAME]:
        return not names
    marker = (folder / MARKER_NAME).lstat()
    return stat.S_ISREG(marker.st_mode) and marker.st_size == 0


def why_not_ours(folder: Path, kind: Kind | None = None) -> str | None:
    """Return why a folder may not be removed: what it lacks, or what is in it that is not ours.

    Args:
        folder: A folder, no link to one.
        kind: What it has to be, or None for anything.

    Returns:
        The end of a sentence that begins with "the output folder"; None if all of it is ours.

    Raises:
        OSError: The folder cannot be read.
    """
    if is_vacant(folder):
        return None
    marker = read_marker(folder)
    if marker is None:
        return f"holds other files (no {MARKER_NAME} says that evenhand wrote them)"
    if marker.kind == "temporary" or kind not in (None, marker.kind):
        return f"holds something else, a {marker.kind} and no {kind or 'output'}"
    strangers = strangers_in(folder, marker)
    if not strangers:
        return None
    shown = ", ".join(repr(name) for name in strangers[:_NAMED])
    more = f" and {len(strangers) - _NAMED:,} more" if len(strangers) > _NAMED else ""
    return f"holds other files, which evenhand did not write there: {shown}{more}"


def strangers_in(folder: Path, marker: Marker) -> list[str]:
    """Return what is in a folder and not on its marker's list, as the list would have it."""
    written = _with_inner_lists(folder, marker)
    found = _walk(folder, written)
    return sorted(name for name, is_plain in found if not (is_plain and name in written))


def remove_written(folder: Path) -> None:
    """Remove what a folder's marker lists, the marker at last, and the folder if that was all.

    Raises:
        OSError: Something cannot be removed.
    """
    marker = read_marker(folder)
    written = _with_inner_lists(folder, marker) - {MARKER_NAME} if marker else frozenset()
    for root, folders, files, descriptor in os.fwalk(folder, topdown=False):
        inside = PurePosixPath(Path(root).relative_to(folder).as_posix())
        for name in files:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if str(inside / name) in written and stat.S_ISREG(found.st_mode):
                os.unlink(name, dir_fd=descriptor)
        for name in folders:
            if is_temporary(Path(root) / name):
                shutil.rmtree(Path(root) / name, ignore_errors=True)
            elif f"{inside / name}/" in written:
                _remove_if_empty(name, descriptor)
    (folder / MARKER_NAME).unlink(missing_ok=True)
    _remove_if_empty(folder)


def _remove_if_empty(folder: str | Path, descriptor: int | None = None) -> None:
    try:
        os.rmdir(folder, dir_fd=descriptor)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise


def _with_inner_lists(folder: Path, marker: Marker, depth: int = 0) -> frozenset[str]:
    """Return a marker's list, and the lists of the folders on it that have markers of their own."""
    written = {MARKER_NAME, *marker.written}
    for name in marker.written:
        if depth == _DEEPEST or not name.endswith("/") or leads_through_a_link(folder, name):
            continue
        inner = read_marker(folder / name)
        if inner is not None and inner.kind != "temporary":
            deeper = _with_inner_lists(folder / name, inner, depth + 1)
            written |= {name + each for each in deeper}
    return frozenset(written)


def leads_through_a_link(folder: Path, name: str) -> bool:
    """Tell whether a path of a marker's list has a symbolic link on its way inside the folder."""
    parts = PurePosixPath(name).parts
    return any(folder.joinpath(*parts[:end]).is_symlink() for end in range(1, len(parts) + 1))


def _walk(folder: Path, into: Container[str] | None = None) -> Iterator[tuple[str, bool]]:
    """Yield what is in a folder as a marker lists it, and whether it is a plain file or folder.

    Temporary folders of ours are passed over.

    Args:
        folder: The folder.
        into: The folders inside to look into, or None for all.
    """
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                name = inside + entry.name
                if not entry.is_dir(follow_symlinks=False):
                    yield name, entry.is_file(follow_symlinks=False)
                elif not is_temporary(Path(entry.path)):
                    yield f"{name}/", True
                    if into is None or f"{name}/" in into:
                        waiting.append(f"{name}/")
