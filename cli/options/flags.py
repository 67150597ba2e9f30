"""Flags in place of arguments of Python, which the library's errors and warnings name.

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

# Not within quotation marks or a path: the name of a file or of a column may look like it
_ARGUMENT = re.compile(r"""(?<![\w./'"])`([a-z_]+)`(?!\.?[\w/'"])""")
_OF_RUN_FILES = ("run", "status")  # whose files name options as Python does


def flag_of(name: str) -> str:
    """Return the flag of an argument that has no other."""
    return "--" + name.replace("_", "-")


def lines_for(error: EvenhandError, command: Any, arguments: Sequence[str]) -> list[str]:
    """Return an error's lines for the one who gave a command line.

    Args:
        error: What ended it.
        command: The command of all commands.
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
        text: A line of an error, or a warning. What it has between backticks and is no argument
            stays.
        own: The flags of the command that it is about. The other arguments, such as of the command
            that made its input, are looked for among those of all operations.
    """

    def flag(found: re.Match[str]) -> str:
        name = found[1]
        return (own or {}).get(name) or _flags().get(name) or found[0]

    return _ARGUMENT.sub(flag, text)


def _shown(parameter: Any) -> str:
    """Return what help pages call a parameter of a command: its flag, or "INPUTS"."""
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
