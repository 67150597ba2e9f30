"""Python code that a user names: ``package.module``, or ``package.module:attribute``.

It is looked for where Python looks for modules and, after that, in the working folder. `sys.path`
holds the working folder only while a module is imported: what a function imports when it is called
has to be found without it. (A command has it there all the time: see `evenhand.cli.main`.)
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

from evenhand.data.errors import EvenhandError, InputError

WORKING_FOLDER = ""  # in `sys.path`, whatever folder that is at the time


@contextlib.contextmanager
def working_folder_on_path() -> Iterator[None]:
    """Let modules be found in the working folder, too, as long as the block lasts."""
    sys.path.append(WORKING_FOLDER)
    try:
        yield
    finally:
        for place in reversed(range(len(sys.path))):
            if sys.path[place] == WORKING_FOLDER:
                del sys.path[place]
                break


def import_module(name: str, *, where: str, error: type[EvenhandError] = InputError) -> ModuleType:
    """Import a module.

    Args:
        name: Its name, with dots.
        where: The option or argument that named it, for errors.
        error: What to raise.

    Raises:
        EvenhandError: It cannot be imported.
    """
    try:
        with working_folder_on_path():
            return importlib.import_module(name)
    except (Exception, SystemExit) as reason:  # a script without a guard exits
        raise error(
            f"the module {name} cannot be imported ({type(reason).__name__}: {reason})",
            where=where,
            expected="a module on the Python path or in the working folder",
        ) from reason


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
        reference: The name.
        where: The option or argument that it was given for, for errors.
        error: What to raise.

    Raises:
        EvenhandError: There is no such module or attribute.
    """
    module, _, attribute = reference.partition(":")
    if not module or not attribute:
        raise error(
            f"{reference!r} does not name an attribute of a module",
            where=where,
            expected="package.module:attribute",
        )
    found: Any = import_module(module, where=where, error=error)
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except (Exception, SystemExit) as reason:  # a module's own __getattr__ may do anything
            raise error(
                f"the module {module} has no {attribute}",
                where=where,
                expected="package.module:attribute",
            ) from reason
    return found
