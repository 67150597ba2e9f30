"""What results show of themselves in notebooks: text stays text, whoever wrote it."""

from __future__ import annotations

from lxml import html

from evenhand.data.notebook.html_summary import HtmlTable, html_summary

HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202e$x$\x00<script>"


def test_text_from_strangers_stays_text() -> None:
    table = HtmlTable([HOSTILE], [[HOSTILE], ["1"]], caption=HOSTILE)
    made = html_summary(HOSTILE, [HOSTILE], [table])
    tree = html.fromstring(made)
    tags = {element.tag for element in tree.iter()}
    assert tags == {"div", "b", "table", "caption", "tr", "th", "td"}
    for element in tree.iter():
        assert set(element.attrib) <= {"class", "style"}
    shown = "<img src=x onerror=alert(1)>\"'&‹U+202E›$x$\ufffd<script>"
    assert [e.text for e in tree.iter("b", "caption", "th")] == [shown] * 3
    assert tree.xpath("//td/text()") == [shown, "1"]
    assert "tex2jax_ignore" in tree.get("class") and "mathjax_ignore" in tree.get("class")


def test_many_rows_and_long_texts_are_cut() -> None:
    rows = [[str(number), "x" * 100_000] for number in range(10_000)]
    made = html_summary("t", [], [HtmlTable(["a", "b"], rows, caption="Pairs"), HtmlTable([], [])])
    assert len(made) < 20_000
    tree = html.fromstring(made)
    assert len(tree.xpath("//tr")) == 31 and len(tree.xpath("//table")) == 1
    assert tree.xpath("//caption/text()") == ["Pairs (30 of 10,000)"]
    assert tree.xpath("//td")[1].text.endswith("x …")


def test_numbers_stand_at_the_right() -> None:
    made = html_summary("t", [], [HtmlTable(["a", "b"], [["x", "1"]], text_columns=1)])
    styles = [cell.get("style") for cell in html.fromstring(made).iter("td")]
    assert styles == ["text-align:left", "text-align:right"]
