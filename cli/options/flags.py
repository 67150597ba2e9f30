"""The flags of options, for errors of the library, which name arguments of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.data.support.option_checks import flag


def flag_in(command: Any, arguments: Sequence[str], option: str) -> str:
    """Return what an option of Python is called on a command line.

    Args:
        command: The command of all commands.
        arguments: The command line.
        option: The option's name in Python.
    """
    for word in arguments:
        command = getattr(command, "commands", {}).get(word, command)
    for parameter in command.params:
        if parameter.name == option:
            return str(parameter.opts[-1])
    return flag(option)
