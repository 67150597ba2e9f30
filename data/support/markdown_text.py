"""Markdown, as GitHub reads it: text that stays text, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evenhand.data.support.printable import printable

# What may begin Markdown, HTML, a link or a mention where it stands. An underscore between two
# letters does not, nor does `<=`.
_SPECIAL = re.compile(
    r"""
      [$*@\[\]`~]
    | (?<![^\W_])_ | _(?![^\W_])
    | <(?![\s=\d])                     # a tag or a comment
    | &(?=[#\w]|\Z)                    # the number or name of a character
    | \\(?=[!-/:-@\[-`{-~]|\Z)         # it takes the meaning of the next
    | :(?=//|[\w+-]+:)                 # http://, and :emoji:
    | (?<!\w):(?=[\w+-]+\Z)            # an emoji, if a colon follows the text
    | (?<=www)\.
    | \A\# | \#(?=\d) | \#\Z           # a heading, its end, or an issue
    | \A>
    | \A[-+=](?=[\s+=-]|\Z)            # a list, a rule, or the line under a heading
    | \A[|:-](?=[\s|:-]*\Z)             # the line below the heading of a table
    | \A\d(?=\d{0,8}[.)](?:\s|\Z))     # a numbered list
    """,
    re.VERBOSE,
)
_BAR = "&#124;"  # between cells, it ends one
_NAMES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escape_markdown(text: str) -> str:
    """Return text as Markdown that shows exactly that text, on one line.

    Only what would mean something is escaped, so that the text can be read unrendered, too; bars
    mean something in tables alone, whose cells are escaped by `markdown_table`. Special
    characters are numbers, as in ``&#42;``: these do their work within HTML and in tables, where a
    backslash does not.
    """
    line = " ".join(printable(text).split())
    return _SPECIAL.sub(lambda found: _NAMES.get(found[0], f"&#{ord(found[0])};"), line)


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1
) -> list[str]:
    """Return the lines of a table.

    Args:
        header: Its headings, Markdown.
        rows: Its cells, Markdown: escape what is text. A bar in a cell is made a bar of the text.
        text_columns: How many columns, the first, stand at the left; the others hold numbers.
    """
    rule = ["---" if number < text_columns else "---:" for number in range(len(header))]
    lines = ([cell.replace("|", _BAR) for cell in cells] for cells in (header, rule, *rows))
    return ["| " + " | ".join(cells) + " |" for cells in lines]
