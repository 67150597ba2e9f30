"""Python code that a user names: a model, a preprocessing function, a module of custom objects."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from evenhand.data.errors import InputError
from evenhand.data.storage.files import sha256_of

# What a module merely imports from these must not take the place of the model's own Keras.
_LIBRARIES = {"keras", "tensorflow", "tf_keras", "numpy", "typing"}


def import_module(name: str, *, where: str) -> ModuleType:
    """Import a module, which is looked for in the working directory, too.

    Raises:
        InputError: It cannot be imported.
    """
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a script without a guard exits
        raise InputError(
            f"the module {name} cannot be imported ({type(error).__name__}: {error})",
            where=where,
            expected="a module on the Python path or in the working directory",
        ) from error


def import_attribute(reference: str, *, where: str) -> Any:
    """Return what ``package.module:attribute`` names.

    Raises:
        InputError: There is no such module or attribute.
    """
    module_name, _, attribute = reference.partition(":")
    found: Any = import_module(module_name, where=where) if attribute else None
    for part in attribute.split("."):
        if not hasattr(found, part) or not part:
            raise InputError(
                f"there is no {attribute!r} in the module {module_name}"
                if attribute
                else f"{reference!r} names no attribute of a module",
                where=where,
                expected="package.module:attribute",
            )
        found = getattr(found, part)
    return found


def custom_objects_of(module_name: str | None) -> dict[str, Any]:
    """Return the classes and functions of a module, by name, as Keras takes custom objects.

    Raises:
        InputError: The module cannot be imported.
    """
    if module_name is None:
        return {}
    module = import_module(module_name, where="--custom-objects")
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.partition(".")[0] not in _LIBRARIES
    }


def source_digest(reference: str) -> str | None:
    """Return the SHA-256 of the file that holds an imported module, or None if it has none."""
    module = sys.modules.get(reference.partition(":")[0])
    path = getattr(module, "__file__", None)
    return sha256_of(path) if path else None
