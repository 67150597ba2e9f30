"""Suggest the name that was meant when a given one does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for the known name closest to `name`, None if none is close."""
    by_folded = {choice.casefold(): choice for choice in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"did you mean {by_folded[close[0]]!r}?" if close else None
