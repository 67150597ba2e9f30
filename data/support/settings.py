"""Read evenhand's own tables from `evenhand.toml` or `pyproject.toml`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.whole_files import read_whole
from evenhand.data.support.toml_text import parse_toml

SETTINGS_FILE = "evenhand.toml"
PROJECT_FILE = "pyproject.toml"
_LARGEST_MEGABYTES = 1
_WORDS = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def find_settings(
    folder: str | Path = ".", *, remedy: str = "name the file, or write one with `evenhand init`"
) -> Path:
    """Return `evenhand.toml` of `folder`, or its `pyproject.toml` if that has `[tool.evenhand]`.

    Args:
        folder: Where to look.
        remedy: What to do where there is none, for the error.

    Raises:
        ConfigurationError: The folder has neither.
    """
    own = Path(folder) / SETTINGS_FILE
    if own.is_file():
        return own
    project = Path(folder) / PROJECT_FILE
    if project.is_file() and "evenhand" in _table(_read_toml(project), "tool"):
        return project
    raise ConfigurationError(
        f"no {SETTINGS_FILE} here, and no [tool.evenhand] in {PROJECT_FILE}",
        where=str(Path(folder).absolute()),
        remedy=remedy,
    )


def read_settings(path: str | Path) -> dict[str, Any]:
    """Return evenhand's settings in a TOML file, whichever of the two kinds it is.

    Raises:
        ConfigurationError: The file is missing or is not TOML.
    """
    path = Path(path)
    document = _read_toml(path)
    if path.name == PROJECT_FILE:
        return _table(_table(document, "tool"), "evenhand")
    return document


def check_new_settings(path: str | Path, *, overwrite: bool) -> None:
    """Raise ConfigurationError if a configuration is not to be written to `path`."""
    path = Path(path)
    if path.name == PROJECT_FILE:
        raise ConfigurationError(
            f"a configuration is not written to {PROJECT_FILE}, which holds other settings, too",
            where=str(path),
            remedy=f"write {SETTINGS_FILE}; its tables may be moved below [tool.evenhand] by hand",
        )
    if not os.path.lexists(path):
        return
    if not path.is_file():
        raise ConfigurationError(
            "the output is not a file", where=str(path), remedy="name another file with `output`"
        )
    if not overwrite:
        raise ConfigurationError(
            "the configuration exists",
            where=str(path),
            remedy="name another file with `output`, or replace all of this one with `overwrite`",
        )


def parse_value(text: str) -> Any:
    """Return the value that `text` stands for in TOML, or the text itself if it is not TOML."""
    try:
        document = parse_toml(f"value = {text}")
    except ValueError:
        return text
    return document["value"] if len(document) == 1 else text  # more lines are more than a value


def accepts(type_: Any, value: Any) -> bool:
    """Return whether a value from TOML is of a type."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        return any(accepts(one, value) for one in arguments)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list) and all(accepts(arguments[0], item) for item in value)
    if type_ is float:
        return type(value) in (int, float)
    return isinstance(value, str) if type_ is Path else type(value) is type_


def describe(type_: Any) -> str:
    """Return in words which TOML values a type allows."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in (Union, UnionType):
        words = dict.fromkeys(describe(one) for one in arguments)
        return " or ".join(word for word in words if word)
    if origin is Literal:
        one_of = "one of " if len(arguments) > 1 else ""
        return one_of + ", ".join(f'"{value}"' for value in arguments)
    if origin is not None and issubclass(origin, Sequence):
        return f"a list, each {describe(arguments[0])}"
    return _WORDS[str] if type_ is Path else _WORDS.get(type_, "")


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key, {})
    return found if isinstance(found, dict) else {}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(read_whole(path, most_megabytes=_LARGEST_MEGABYTES).decode())
    except OSError as error:
        raise ConfigurationError(
            f"the configuration cannot be read ({error.strerror})", where=str(path)
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"the configuration is not valid TOML: {error}", where=str(path)
        ) from error
