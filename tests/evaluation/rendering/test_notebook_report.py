"""A report in a notebook says what its page says first: the verdict, then the numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lxml import html

from evenhand.evaluation import try_texts
from evenhand.evaluation.findings.verdict import statements

sys.path.insert(0, str(Path(__file__).parents[1]))
from sample_reports import make_report

HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize("baseline", [True, False])
def test_the_verdict_comes_first_and_every_slice_has_a_row(baseline: bool) -> None:
    report = make_report(HOSTILE, baseline=baseline)
    made = report._repr_html_()
    assert "<script" not in made and "<link" not in made and len(made) < 10_000
    tree = html.fromstring(made)
    said = [element.text for element in tree.xpath("./div")]
    assert said == [each.text for each in statements(report)]
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows[0][:2] == ["slice", "pairs"] and rows[1][:2] == ["overall", "200"]
    assert {row[0] for row in rows[1:]} == {"overall", f"colour={HOSTILE}", f"group={HOSTILE}"}
    rate = "10.00% → 1.00%" if baseline else "1.00%"
    assert rate in rows[1]
    assert f"{HOSTILE}candidate (candidate)" in str(tree.find("b").text)


def test_texts_that_were_tried_show_themselves() -> None:
    tried = try_texts(
        ["She <b>is</b> late", "the bus"], lambda texts: [0.5] * len(texts), method="ablate"
    )
    tree = html.fromstring(tried._repr_html_())
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows[1:] == [
        ["She <b>is</b> late", "0.500", "negative", None],
        ["↳ <b>is</b> late", "0.500", "negative", None],
        ["the bus", "0.500", "negative", "it holds no term of any lexicon"],
    ]
    assert tree.find("b").text == "0 of 1 pairs flip"
