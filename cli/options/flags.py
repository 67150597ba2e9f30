"""Puts flags in place of Python arguments, which the library's errors and warnings name.

The library writes an argument between backticks: "give `overwrite` to replace it". A terminal shows
"give --overwrite to replace it".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from evenhand.data.errors import EvenhandError, OptionError
from evenhand.data.options import options_of

# Not within quotation marks or a path: the name of a file or of a column may look the same
_ARGUMENT = re.compile(r"""(?<![\w./'"])`([a-z_]+)`(?!\.?[\w/'"])""")
_OF_RUN_FILES = ("run", "status")  # their files name options as Python does


def flag_of(name: str) -> str:
    """Return the flag of an argument whose option declares no other."""
    return "--" + name.replace("_", "-")


def lines_for(error: EvenhandError, command: Any, arguments: Sequence[str]) -> list[str]:
    """Return an error's lines for the user of a command line.

    Args:
        error: The error that ended the command.
        command: The command that holds all commands.
        arguments: The command line.
    """
    for word in arguments:
        command = getattr(command, "commands", {}).get(word, command)
    if command.name in _OF_RUN_FILES:
        return error.lines()
    own = {each.name.rstrip("_"): _shown(each) for each in command.params}
    if isinstance(error, OptionError):
        error = error.naming(own.get(error.option) or flag_of(error.option))
    return [with_flags(line, own) for line in error.lines()]


def with_flags(text: str, own: Mapping[str, str] | None = None) -> str:
    """Return a text with flags in place of the arguments that it names.

    Args:
        text: A line of an error, or a warning. Words between backticks that are not arguments stay.
        own: The flags of the command that it is about. Other arguments, such as those of the
            command that made its input, are looked up among the options of all operations.
    """

    def flag(found: re.Match[str]) -> str:
        name = found[1]
        return (own or {}).get(name) or _flags().get(name) or found[0]

    return _ARGUMENT.sub(flag, text)


def _shown(parameter: Any) -> str:
    """Return the name of a command's parameter on help pages: its flag, or "INPUTS"."""
    if parameter.param_type_name == "argument":
        return str(parameter.name.upper())
    return str(parameter.opts[-1])


@cache
def _flags() -> dict[str, str]:
    """Return the flags of all operations' options."""
    from evenhand.data.building.build_options import BuildOptions
    from evenhand.evaluation.report_options import EvaluateOptions
    from evenhand.remediation.training.fit_options import TrainOptions

    classes = (EvaluateOptions, TrainOptions, BuildOptions)
    return {name: each.flag for one in classes for name, each in options_of(one).items()}
