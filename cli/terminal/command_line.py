"""The command line that is being done, for what records it."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

_words: ContextVar[tuple[str, ...]] = ContextVar("command_line", default=())


def remember(arguments: Sequence[str]) -> None:
    """Take these arguments of `evenhand` for the command that is being done."""
    _words.set(("evenhand", *arguments))


def recall() -> tuple[str, ...] | None:
    """Return the command word by word, or None where none was given."""
    return _words.get() or None
