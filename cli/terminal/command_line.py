"""The command line that is running, for the records that name it."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

_words: ContextVar[tuple[str, ...]] = ContextVar("command_line", default=())


def remember(arguments: Sequence[str]) -> None:
    """Remember these arguments of `evenhand` as the running command."""
    _words.set(("evenhand", *arguments))


def recall() -> tuple[str, ...] | None:
    """Return the running command word by word, or None if there is none."""
    return _words.get() or None
