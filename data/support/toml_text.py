"""Parse TOML that a stranger may have written, and write values of it.

What would take all memory or stack is refused.
"""

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
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What a basic string of TOML cannot hold as it is, and what would disturb who reads the file
_UNSAFE = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')


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


def toml_string(text: str) -> str:
    """Return `text` as a basic string of TOML, on one line."""
    return '"' + _UNSAFE.sub(lambda found: _escape(found.group()), text) + '"'


def toml_value(value: Any) -> str:
    """Return a str, bool, int, list or dict of such as a value of TOML, on one line."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{toml_string(key)} = {toml_value(part)}" for key, part in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return f"[{', '.join(map(toml_value, value))}]"


def _escape(character: str) -> str:
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"
