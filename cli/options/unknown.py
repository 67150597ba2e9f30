"""Says what an option that a command does not have is called there, or which commands have it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from evenhand.cli.options.parsing import Parse, wrap_parsing
from evenhand.data.errors import ConfigurationError

# Options that stand for the same in different commands
_SAME = (
    ("--model", "--baseline"),
    ("--compare-to", "--baseline", "--reference"),
    ("--data", "--test-data", "--validation-data"),
    ("--slice", "--slice-column", "--group"),
    ("--labels", "--label-column"),
    ("--overwrite", "--force"),
)
_CLOSE = 0.75  # of 1: a letter too few or too many, not a word
_MOST = 3  # commands that an error names


def explain_unknown_options(command: Any) -> None:
    """Make a command say what to write for an option that it does not have.

    Args:
        command: A command of click, or of typer's own copy of click with the same methods.
    """

    def explaining(context: Any, parse: Parse) -> Parse:
        def parse_or_explain(args: list[str]) -> Any:
            try:
                return parse(args=args)
            except Exception as error:
                if type(error).__name__ != "NoSuchOption":  # of either click
                    raise
                raise _unknown(error.option_name, context) from None  # type: ignore[attr-defined]

        return parse_or_explain

    wrap_parsing(command, explaining)


def _unknown(option: str, context: Any) -> ConfigurationError:
    own = _options_of(context.command)
    return ConfigurationError(
        f"there is no option {option}",
        where=f"`{context.command_path}`",
        remedy="; ".join(_advice(option, own, context))
        or f"`{context.command_path} -h` lists its options",
    )


def _advice(option: str, own: list[str], context: Any) -> Iterator[str]:
    """Yield what to write, or where else there is such an option."""
    for names in _SAME:
        if option in names and (here := [each for each in names if each in own]):
            yield f"here it is {' or '.join(here)}"
            return
    for each in context.command.params:
        if each.param_type_name == "argument" and option == f"--{each.name}":
            yield f"give the {each.name} without an option"
            return
    by_word = {each.lstrip("-"): each for each in own}
    for close in get_close_matches(option.lstrip("-"), by_word, n=1, cutoff=_CLOSE):
        yield f"did you mean {by_word[close]}?"
    root = context.find_root()
    having = [path for path, each in _below(root.command) if option in _options_of(each)]
    if having:
        shown = [f"`{root.info_name} {path}`" for path in having[:_MOST]]
        if len(having) > _MOST:
            shown.append(f"{len(having) - _MOST} more")
        yield f"it is an option of {', '.join(shown)}"


def _options_of(command: Any) -> list[str]:
    of_options = (each for each in command.params if each.param_type_name == "option")
    return [name for each in of_options for name in (*each.opts, *each.secondary_opts)]


def _below(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the commands that a group holds, with their names."""
    for name, each in getattr(command, "commands", {}).items():
        of_it = f"{path} {name}".strip()
        yield of_it, each
        yield from _below(each, of_it)
