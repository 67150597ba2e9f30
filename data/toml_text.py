"""Parse TOML that a stranger may have written: what would take all memory or stack is refused."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# The parser's memory grows with the square of a dotted key's parts: 400 kB can take 16 GB.
_MOST_DOTS = 100  # outside strings, on one line

_STRING = re.compile(r"""\"(?:\\.|[^"\\])*\"|'[^']*'""")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the document in `text`.

    Raises:
        ValueError: It is not TOML, or too deep to be parsed.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS and without_strings(line).count(".") > _MOST_DOTS:
            raise ValueError(f"a key has more than {_MOST_DOTS} parts (at line {number})")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def without_strings(line: str) -> str:
    """Return a line of TOML without the strings that begin and end on it."""
    return _STRING.sub("", line)
