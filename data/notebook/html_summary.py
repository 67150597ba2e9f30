"""A result as a small piece of HTML for a notebook: sentences and tables, everything escaped.

It needs no style sheet, script or network, and is marked so that MathJax does not look for formulas
in text from strangers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from evenhand.data.support.printable import printable

_MOST_ROWS = 30  # of a table
_MOST_CHARACTERS = 300  # of a cell
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"  # the classes that MathJax 2 and 3 leave alone
_LEFT, _RIGHT = "text-align:left", "text-align:right"


@dataclass(frozen=True)
class HtmlTable:
    """A table of text.

    Attributes:
        header: Its headings.
        rows: Its cells. Of many rows the first are shown.
        text_columns: How many columns, the first, stand at the left; the others hold numbers.
        caption: What stands above it.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1
    caption: str = ""


def html_summary(
    title: str, sentences: Sequence[str] = (), tables: Sequence[HtmlTable] = ()
) -> str:
    """Return a heading, sentences and tables as HTML; all of them are plain text."""
    parts = [Markup("<b>{}</b>").format(_shown(title))]
    parts += [Markup("<div>{}</div>").format(_shown(sentence)) for sentence in sentences]
    parts += [_table(table) for table in tables if table.rows]
    return Markup('<div class="{}">{}</div>').format(_NO_FORMULAS, Markup("\n").join(parts))


def _table(table: HtmlTable) -> Markup:
    rows = [_row("th", table.header, table.text_columns)]
    rows += [_row("td", cells, table.text_columns) for cells in table.rows[:_MOST_ROWS]]
    caption = table.caption
    if len(table.rows) > _MOST_ROWS:
        caption = f"{caption} ({_MOST_ROWS} of {len(table.rows):,})".strip()
    above = Markup('<caption style="{}">{}</caption>').format(_LEFT, _shown(caption))
    return Markup("<table>{}{}</table>").format(above if caption else "", Markup("").join(rows))


def _row(tag: str, cells: Sequence[str], text_columns: int) -> Markup:
    shown = [
        Markup('<{0} style="{1}">{2}</{0}>').format(
            Markup(tag), _LEFT if number < text_columns else _RIGHT, _shown(cell)
        )
        for number, cell in enumerate(cells)
    ]
    return Markup("<tr>{}</tr>").format(Markup("").join(shown))


def _shown(text: str) -> Markup:
    if len(text) > _MOST_CHARACTERS:
        text = f"{text[:_MOST_CHARACTERS]} …"
    return escape(printable(text))
