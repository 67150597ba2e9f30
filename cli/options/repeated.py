"""Refuses an option of one value that is given twice; otherwise the last would silently win."""

from __future__ import annotations

from collections import Counter
from typing import Any

from evenhand.cli.options.parsing import Parse, wrap_parsing
from evenhand.data.errors import ConfigurationError


def refuse_repeated_options(command: Any) -> None:
    """Make a command refuse an option that is given more than once.

    Lists and switches may be repeated: lists take several values, and a switch such as
    ``--overwrite`` means the same twice.

    Args:
        command: A command of click, or of typer's own copy of click with the same methods.
    """

    def checking(context: Any, parse: Parse) -> Parse:
        def parse_once(args: list[str]) -> Any:
            parsed = parse(args=args)
            if not context.resilient_parsing:  # a line that a shell completes is not finished
                _check(parsed[-1])
            return parsed

        return parse_once

    wrap_parsing(command, checking)


def _check(given: list[Any]) -> None:
    """Raise ConfigurationError for the first parameter that is given too often.

    Args:
        given: The parameters in the order of the command line, with repetitions.
    """
    for parameter, times in Counter(given).items():
        if times > 1 and takes_one_value(parameter):
            name = parameter.opts[-1]
            raise ConfigurationError(
                f"{name} is given {times} times",
                where=name,
                expected="one value",
                remedy=f"keep one {name}",
            )


def takes_one_value(parameter: Any) -> bool:
    """Return whether a parameter is an option that is neither a list nor a switch."""
    if getattr(parameter, "param_type_name", "") != "option" or parameter.multiple:
        return False
    return not parameter.is_flag or bool(parameter.secondary_opts)
