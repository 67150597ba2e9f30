"""Options for the documentation: a class of options as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_origin

from evenhand.data.options import HEADINGS, Option, options_of

_WORDS = {int: "a whole number", float: "a number", str: "text", Path: "a path"}


def option_table(of_class: type[Any]) -> str:
    """Return a table of options by heading: flag, name in Python and run files, values, default."""
    rows = sorted(options_of(of_class).values(), key=lambda each: HEADINGS.index(each.heading))
    return "\n".join(_lines(rows)) + "\n"


def _lines(rows: list[Option]) -> Iterator[str]:
    yield "| option | name in Python and run files | values | default | what it does |"
    yield "|---|---|---|---|---|"
    heading = ""
    for each in rows:
        if each.heading != heading:
            heading = each.heading
            yield f"| **{heading}** | | | | |"
        cells = (f"`{each.flag}`", f"`{each.name}`", values(each), _default(each), each.help)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def values(option: Option) -> str:
    """Return in words which values an option takes."""
    kind = option.item_type
    if kind is bool:
        return "a switch"
    words = ", ".join(f"`{word}`" for word in option.words)
    if get_origin(kind) is not Literal:
        number = ", ".join(filter(None, (_WORDS[kind], option.limits)))
        words = f"{number}; or {words}" if words else number
    words += f" ({option.unit})" if option.unit else ""
    return f"several, each {words}" if option.is_list else words


def _default(option: Option) -> str:
    default = option.default
    if option.unset or default is None:
        return option.unset or "none"
    if isinstance(default, bool):
        return "off"
    if option.is_list:
        return ", ".join(f"`{each}`" for each in default) or "none"
    return f"`{default}`"
