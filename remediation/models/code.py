"""Modules that a user names beside a model: its custom objects, and digests of their files."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

from evenhand.data.storage.files import sha256_of
from evenhand.data.support.user_code import import_module, is_file_of_code, module_in

# Names that a module only imports from these must not replace those of the model's own Keras.
_LIBRARIES = {"keras", "tensorflow", "tf_keras", "numpy", "typing"}


def custom_objects_of(module_name: str | None) -> dict[str, Any]:
    """Return the classes and functions of a module, by name, as Keras takes custom objects.

    Raises:
        InputError: The module cannot be imported.
    """
    if module_name is None:
        return {}
    module = import_module(module_name, where="`custom_objects`")
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.partition(".")[0] not in _LIBRARIES
    }


def source_digest(reference: str) -> str | None:
    """Return the SHA-256 of the file that holds an imported module, or None if it has none."""
    if is_file_of_code(reference):
        return sha256_of(Path(module_in(reference)))
    module = sys.modules.get(module_in(reference))
    path = getattr(module, "__file__", None)
    return sha256_of(path) if path else None
