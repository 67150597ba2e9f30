"""Markdown, as GitHub reads it: text that stays text, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evenhand.data.support.printable import printable

# ASCII punctuation that may start Markdown, HTML, a link or a mention, and what starts a list. An
# underscore between two letters is none of that.
_SPECIAL = re.compile(
    r"""[!"#$&'*:<>?@[\\\]^`{|}~]|(?<![^\W_])_|_(?![^\W_])|\A[+-]|\A\d+(?=[.)])"""
)


def escape_markdown(text: str) -> str:
    """Return text as Markdown that shows exactly that text, on one line.

    Special characters are numbers, as in ``&#42;``: these do their work within HTML and in tables,
    where a backslash does not.
    """
    line = " ".join(printable(text).split())
    return _SPECIAL.sub(
        lambda found: "".join(f"&#{ord(character)};" for character in found.group()), line
    )


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1
) -> list[str]:
    """Return the lines of a table.

    Args:
        header: Its headings, Markdown.
        rows: Its cells, Markdown: escape what is text.
        text_columns: How many columns, the first, stand at the left; the others hold numbers.
    """
    rule = ["---" if number < text_columns else "---:" for number in range(len(header))]
    return ["| " + " | ".join(cells) + " |" for cells in (header, rule, *rows)]
