"""Text in Markdown stays that text, whatever it is made of."""

from __future__ import annotations

import html

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.data.support.printable import printable

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXTS = st.text() | st.text("ab_*~`|[](){}<>!@#&:+-1. \n\\")


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def in_html(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&quot;")


@settings(max_examples=60)
@given(TEXTS)
@example("comment_text")
@example("__all__ of a_b_ and _c")
@example("1. one")
@example("+ one")
def test_escaped_text_is_shown_as_it_is_on_one_line(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    assert not set("|<>`*[]\\@") & set(escaped)
    assert html.unescape(escaped) == one_line(text)
    if escaped:
        assert MARKDOWN.render(escaped) == f"<p>{in_html(html.unescape(escaped))}</p>\n"


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
def test_a_table_has_a_cell_for_each_text(rows: list[tuple[str, str]]) -> None:
    cells = [[escape_markdown(text) for text in row] for row in rows]
    shown = MARKDOWN.render("\n".join(markdown_table(["name", "count"], cells)))
    for row in rows:
        for text, style in zip(row, ("", ' style="text-align:right"'), strict=True):
            assert f"<td{style}>{in_html(one_line(text))}</td>" in shown
    assert shown.count("<tr>") == 1 + len(rows)


def test_names_of_columns_can_be_read_without_being_rendered() -> None:
    assert escape_markdown("comment_text") == "comment_text"
