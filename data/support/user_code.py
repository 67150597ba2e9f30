"""Python code that a user names: ``package.module:attribute``, or ``path/file.py:attribute``.

A module is looked for where Python looks for modules and, after that, in the working folder.
`sys.path` holds the working folder, and that of a file, only while it is imported: what a function
imports when it is called has to be found without them. (A command has the working folder there all
the time: see `evenhand.cli.main`.)
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from evenhand.data.errors import EvenhandError, InputError

_EXPECTED = "package.module:attribute or file.py:attribute"
WORKING_FOLDER = ""  # in `sys.path`, whatever folder that is at the time


@contextlib.contextmanager
def working_folder_on_path() -> Iterator[None]:
    """Let modules be found in the working folder, too, as long as the block lasts."""
    with _on_path(WORKING_FOLDER):
        yield


@contextlib.contextmanager
def _on_path(folder: str) -> Iterator[None]:
    sys.path.append(folder)
    try:
        yield
    finally:
        for place in reversed(range(len(sys.path))):
            if sys.path[place] == folder:
                del sys.path[place]
                break


def is_file_of_code(reference: str) -> bool:
    """Return whether a reference to code names a file: ``path/file.py``, maybe ``:attribute``."""
    return module_in(reference).lower().endswith(".py")


def module_in(reference: str) -> str:
    """Return the module, or the file, in a reference to code."""
    module, _, attribute = reference.rpartition(":")
    return module if attribute and module else reference


def with_whole_path(reference: str) -> str:
    """Return a reference to code that means the same in every working folder.

    Examples:
        >>> with_whole_path("package.module:score")
        'package.module:score'
    """
    if not is_file_of_code(reference):
        return reference
    file = module_in(reference)
    return f"{Path(file).absolute()}{reference[len(file) :]}"


def is_found(name: str) -> bool:
    """Return whether Python finds the module of this name, or the package that should hold it."""
    with working_folder_on_path():
        return importlib.util.find_spec(name.partition(".")[0]) is not None


def import_module(name: str, *, where: str, error: type[EvenhandError] = InputError) -> ModuleType:
    """Import a module, once in a process.

    Args:
        name: Its name, with dots; or its file, ``path/file.py``.
        where: The option or argument that named it, for errors.
        error: What to raise.

    Raises:
        EvenhandError: It cannot be imported.
    """
    if is_file_of_code(name) and not Path(name).is_file():
        place = where if name in where else f"{where} {name}"
        raise error("there is no such file of Python code", where=place)
    try:
        with working_folder_on_path():
            if is_file_of_code(name):
                return _imported_file(Path(name).resolve())
            return importlib.import_module(name)
    except (Exception, SystemExit) as reason:  # a script without a guard exits
        raise error(
            f"{_in_words(name)} cannot be imported ({type(reason).__name__}: {reason})",
            where=where,
            expected="a module on the Python path or in the working folder, or a file",
        ) from reason


def _in_words(name: str) -> str:
    return f"the {'file' if is_file_of_code(name) else 'module'} {name}"


def _imported_file(file: Path) -> ModuleType:
    """Import a file under a name that no other module has, whatever it is called."""
    name = f"{file.stem.replace('.', '_')}_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        with _on_path(str(file.parent)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def called_with_texts(
    function: Callable[[list[str]], Iterable[Any]], texts: Sequence[str], *, what: str, where: str
) -> list[Any]:
    """Return what a user's function of a list of texts gives.

    Args:
        function: The function.
        texts: A copy of them is what it gets.
        what: The function in words, for errors.
        where: The option or argument that named it, for errors.

    Raises:
        InputError: It fails.
    """
    try:
        return list(function(list(texts)))
    except (Exception, SystemExit) as error:
        raise InputError(
            f"{what} failed ({type(error).__name__}: {error})",
            where=where,
            remedy="call the function by itself on a few texts",
        ) from error


def import_attribute(reference: str, *, where: str, error: type[EvenhandError] = InputError) -> Any:
    """Return what ``package.module:attribute`` names; the attribute may have dots in it.

    Args:
        reference: The name; ``path/file.py:attribute`` is one, too.
        where: The option or argument that it was given for, for errors.
        error: What to raise.

    Raises:
        EvenhandError: There is no such module or attribute.
    """
    module, _, attribute = reference.rpartition(":")
    if not module or not attribute:
        raise error(
            f"{reference!r} does not name an attribute of a module", where=where, expected=_EXPECTED
        )
    found: Any = import_module(module, where=where, error=error)
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except (Exception, SystemExit) as reason:  # a module's own __getattr__ may do anything
            raise error(
                f"{_in_words(module)} has no {attribute}",
                where=where,
                expected=_EXPECTED,
            ) from reason
    return found
