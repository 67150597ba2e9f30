"""Text as a page or a terminal may show it."""

from __future__ import annotations

import re

# Control characters other than tab and line ends, and lone surrogates.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """Return text with what cannot be shown replaced."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
