"""Lets what reads a command's arguments be wrapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Parse = Callable[..., Any]
"""A parser's `parse_args`: takes the list `args`, returns what click makes of it."""


def wrap_parsing(command: Any, wrapped: Callable[[Any, Parse], Parse]) -> None:
    """Put something around a command's parsing.

    Args:
        command: A command of click, or of typer's own copy of click with the same methods.
        wrapped: Given the context and the present `parse_args`, returns the one to use.
    """
    make_parser = command.make_parser

    def make_wrapped(context: Any) -> Any:
        parser = make_parser(context)
        parser.parse_args = wrapped(context, parser.parse_args)
        return parser

    command.make_parser = make_wrapped
