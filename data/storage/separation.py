"""No output is, holds or lies in what it is made from, whatever links and names lead to it.

Every function that reads and writes asks `check_apart` before it reads anything: an output that
takes the place of its input would destroy it, and one inside it would change it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.files import is_stream, writing_to

Paths: TypeAlias = "str | Path | Sequence[str | Path] | None"

_MOST_LINKS = 40  # from one to the next, as many as Linux follows


def check_apart(inputs: Mapping[str, Paths], outputs: Mapping[str, Paths]) -> None:
    """Check that no output touches an input, or what is written into an earlier output.

    Folders and files are told apart by what they are in the file system, not by their names, so
    that links, hard links of a file and other spellings of a name make no difference.

    Args:
        inputs: Files and folders that are read, patterns too, by what errors call them. What is not
            there, as a URL or the name of Python code, is passed over.
        outputs: Files and folders that are written, by what errors call them, the main one first.

    Raises:
        ConfigurationError: An output is an input, holds one or lies in one; or it is another
            output, or lies in one that is named before it.
    """
    read = [(name, place) for name, path in _each(inputs) for place in _places(path)]
    written: list[tuple[str, Path]] = []
    for name, output in _each(outputs):
        with writing_to(output):
            if "\0" in str(output) or is_stream(output):
                continue
        for source, place in read:
            if relation := _relation(output, place):
                raise _touching(f"{relation} an input", name, output, source, place)
        for source, place in written:
            if (relation := _relation(output, place)) in ("is", "lies in"):
                raise _touching(f"{relation} another output", name, output, source, place)
        written.append((name, output))


def _touching(
    what: str, name: str, output: Path, other_name: str, other: Path
) -> ConfigurationError:
    return ConfigurationError(
        f"the output {what}: both are left alone",
        where=f"{name} {output}, {other_name} {other}",
        expected="an output that is not, does not hold and does not lie in what the command reads",
        remedy=f"name another place with {name}",
    )


def _each(paths: Mapping[str, Paths]) -> Iterator[tuple[str, Path]]:
    for name, found in paths.items():
        if found is None:
            continue
        for path in [found] if isinstance(found, (str, Path)) else found:
            yield name, Path(path)


def _places(path: Path) -> Iterator[Path]:
    """Yield where an input lies: itself, the links that lead to it, and the ends of those in it."""
    if "\0" in str(path):
        return
    if not os.path.lexists(path):
        if glob.has_magic(str(path)):
            # Path.glob takes no absolute pattern.
            for match in glob.glob(str(path), recursive=True):  # noqa: PTH207
                yield from _places(Path(match))
        return
    for _ in range(_MOST_LINKS):
        yield path
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    if path.is_dir():
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                inner = Path(folder, name)
                if inner.is_symlink() and inner.exists():
                    yield Path(os.path.realpath(inner))


def _relation(output: Path, other: Path) -> str | None:
    """Return how an output lies to another path: "is", "holds" or "lies in" it, or None."""
    here, there = _identity(output), _identity(other)
    if here is not None and here == there:
        return "is"
    if there is not None and there in _above(output):
        return "lies in"
    if here is not None and here in _above(other):
        return "holds"
    if here is None and there is None and os.path.realpath(output) == os.path.realpath(other):
        return "is"  # two outputs, of which neither is there yet
    return "lies in" if there is None and _is_below(output, other) else None


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(folder)) in Path(os.path.realpath(path)).parents


def _above(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the identities of the folders that a path lies in, itself and where it leads to."""
    beside = Path(os.path.realpath(path.absolute().parent)) / path.name
    for place in {beside, Path(os.path.realpath(path))}:
        for folder in place.parents:
            identity = _identity(folder)
            if identity is not None:
                yield identity


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file or folder from all others, or None if it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
