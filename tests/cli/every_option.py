"""Every command there is, and every option that they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evenhand.cli import main


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


EVERY = list(commands(main._command()))
OPTIONS = [
    (path, parameter, opt)
    for path, command in EVERY
    for parameter in command.params
    if parameter.param_type_name == "option"
    for opt in parameter.opts
]
