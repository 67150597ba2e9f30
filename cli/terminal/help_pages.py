"""Help pages: what Typer knows of a command, in a panel for each heading.

Typer's own pages load Rich's Markdown, tracebacks and syntax highlighting, which takes longer than
everything else. These pages know only paragraphs, lists and `code` of Markdown.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_ARGUMENTS = "Arguments"
_OPTIONS = "Options"  # heading of options that have no other
_CODE = re.compile(r"`([^`]+)`")
_FLAG = r"(?<![\w-])--?[a-zA-Z][\w-]*"
_EXTRA = r"\[[^\[\]]+\]"  # range, default, "required"


def show_page(command: Any, context: Any) -> None:
    """Print the help page of a command.

    Args:
        command: A command or group of Typer's.
        context: Its context.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print()
    console.print(_padded(_usage(command.get_usage(context))))
    _print_prose(console, command.help or "")
    by_heading: dict[str, dict[str, str]] = {_ARGUMENTS: {}}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            is_argument = parameter.param_type_name == "argument"
            heading = parameter.rich_help_panel or (_ARGUMENTS if is_argument else _OPTIONS)
            by_heading.setdefault(heading, {})[record[0]] = record[1]
    by_heading[_OPTIONS] = by_heading.pop(_OPTIONS, {})  # last
    for heading, rows in by_heading.items():
        _print_panel(console, heading, rows)
    if hasattr(command, "commands"):
        _print_panel(console, "Commands", _commands(command))


def _commands(group: Any) -> Mapping[str, str]:
    """Return the commands of a group by name, each with the first paragraph of its help."""
    if hasattr(group, "short_helps"):
        short: Mapping[str, str] = group.short_helps
        return short
    return {name: _paragraphs(each.help or "")[0] for name, each in group.commands.items()}


def _print_prose(console: Console, text: str) -> None:
    for number, paragraph in enumerate(_paragraphs(text)):
        style = "" if number == 0 else "dim"
        console.print()
        console.print(_padded(_styled(paragraph, style)))
    console.print()


def _print_panel(console: Console, heading: str, rows: Mapping[str, str]) -> None:
    from rich.panel import Panel
    from rich.table import Table

    if not rows:
        return
    names = {name: _names(name) for name in rows}
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(max_width=max(console.width // 2 - 2, 20), overflow="fold")
    table.add_column(ratio=1)
    for name, text in rows.items():
        table.add_row(names[name], _styled(" ".join(text.split()), ""))
    console.print(Panel(table, title=heading, title_align="left", border_style="dim"))


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text and the items of its lists, each as one line."""
    return [" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n")]


def _padded(text: Text) -> Any:
    from rich.padding import Padding

    return Padding(text, (0, 1))


def _usage(text: str) -> Text:
    from rich.text import Text

    usage = Text(text, style="bold")
    usage.highlight_regex("^Usage: ", "yellow")
    return usage


def _names(text: str) -> Text:
    """Return an option's names and the kind of its value, coloured."""
    from rich.text import Text

    names = Text(text, style="bold yellow")
    names.highlight_regex(_FLAG, "bold cyan")
    return names


def _styled(text: str, style: str) -> Text:
    """Return a text with its parts in `backquotes` in colour, without the quotes."""
    from rich.text import Text

    styled = Text(style=style)
    for number, part in enumerate(_CODE.split(text)):
        styled.append(part, style="bold cyan" if number % 2 else None)
    styled.highlight_regex(_EXTRA, "dim")
    return styled


def asked_for(command: Any, arguments: Iterable[str]) -> tuple[Any, Any] | None:
    """Return the command whose help page the user asks for, and its context, or None.

    This knows only command lines of command names and ``--help``. Parsing would find more, but
    loads pydantic.
    """
    import typer

    *names, last = [*arguments] or [""]
    context = typer.Context(command, info_name="evenhand", **command.context_settings)
    if last not in context.help_option_names:
        return None
    for name in names:
        if name not in getattr(command, "commands", {}):
            return None
        command = command.commands[name]
        context = typer.Context(command, info_name=name, parent=context)
    return command, context
