"""Text in Markdown stays that text, whatever it is made of."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.data.support.printable import printable

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXTS = st.text() | st.text("ab_*~`|[](){}<>!@#&:;=/+-1. \n\\")


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def in_html(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&quot;")


@settings(max_examples=120)
@given(TEXTS)
@example("comment_text")
@example("__all__ of a_b_ and _c")
@example("1. one")
@example("+ one")
@example("a \\")
@example("\\*b*")
@example("&#35; &amp; &lt")
@example("==")
@example("---")
@example("<!-- a --> <b>")
@example("a ##")
@example("-|-")
@example("| :- | - |")
def test_escaped_text_is_shown_as_it_is_on_one_line(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    assert not set("*`[]@~$") & set(escaped)
    assert html.unescape(escaped) == one_line(text)
    if escaped:
        shown = in_html(one_line(text))
        assert MARKDOWN.render(escaped) == f"<p>{shown}</p>\n"
        assert MARKDOWN.render(f"## {escaped}") == f"<h2>{shown}</h2>\n"
        assert MARKDOWN.render(f"- {escaped}") == f"<ul>\n<li>{shown}</li>\n</ul>\n"
        assert MARKDOWN.render(f"**Worse**: a | b\n{escaped}").count("<p>") == 1
        assert f"<strong>{shown}</strong>" in MARKDOWN.render(f"**{escaped}**")


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
@example([("a|b", "\\|")])
def test_a_table_has_a_cell_for_each_text(rows: list[tuple[str, str]]) -> None:
    cells = [[escape_markdown(text) for text in row] for row in rows]
    shown = MARKDOWN.render("\n".join(markdown_table(["name", "count"], cells)))
    for row in rows:
        for text, style in zip(row, ("", ' style="text-align:right"'), strict=True):
            assert f"<td{style}>{in_html(one_line(text))}</td>" in shown
    assert shown.count("<tr>") == 1 + len(rows)


@pytest.mark.parametrize(
    "text",
    [
        "comment_text",
        '75.8% of 91 pairs, none: "no" isn\'t 100%!',
        "flip_rate <= 0.08, not 0.0982088; p < 0.0001, 40.17% -> 0.00%",
        "-2.31 points (95% interval -5.79 to -0.09, p = 0.1250)",
        "+1.00 points",
        "clp:unseen_terms=true, gender=female, C:\\data\\a.csv, 12:30, R & D?",
        "3.5 of it; 12.5",
        "issue # and {a} ^ b",
        "-a|b and a | b",
    ],
)
def test_what_means_nothing_can_be_read_unrendered(text: str) -> None:
    assert escape_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("http://a.b and www.c.d", "http&#58;//a.b and www&#46;c.d"),
        ("me@a.b", "me&#64;a.b"),
        (":smile: :a", "&#58;smile: &#58;a"),
        ("#12, a #3", "&#35;12, a &#35;3"),
        ("$a$", "&#36;a&#36;"),
        ("<b>&lt;", "&lt;b>&amp;lt;"),
        ("> [!NOTE]", "&gt; &#91;!NOTE&#93;"),
    ],
)
def test_what_github_makes_links_emoji_and_formulas_of(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped
