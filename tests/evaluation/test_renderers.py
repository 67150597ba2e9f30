from __future__ import annotations

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.presentation import format_number, mark_edits, verdict
from evenhand.evaluation.render_html import render_html
from evenhand.evaluation.render_markdown import escape_markdown, render_markdown
from evenhand.evaluation.report import (
    Comparison,
    DataSummary,
    Flip,
    Intervals,
    MetricValue,
    ModelReport,
    PairScores,
    Report,
    Role,
    SliceReport,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "</bdi></td><img src=x onerror=alert(1)>",
    "a | b\n| c ```d``` [e](http://f) @g",
    "\N{RIGHT-TO-LEFT OVERRIDE}{{ 7 * 7 }}",
]


def make_report(text: str, *, baseline: bool = True) -> Report:
    def model(role: Role, rate: float) -> ModelReport:
        def part(name: str) -> SliceReport:
            return SliceReport(
                slice=name,
                n_examples=1000,
                n_pairs=200,
                metrics={
                    "flip_rate": MetricValue(
                        value=rate, lower=rate / 2, upper=2 * rate, interval="wilson"
                    ),
                    "flip_count": MetricValue(value=200 * rate),
                    "ctf_gap": MetricValue(value=None),
                    "score_shift": MetricValue(value=-0.125),
                    "auc": MetricValue(value=0.9),
                },
            )

        slices = (part("overall"), part(f"colour={text}"), part(f"group={text}"))
        return ModelReport(role=role, name=f"{text}{role}", slices=slices)

    models = [model("candidate", 0.01)] + [model("baseline", 0.1)] * baseline
    scores = PairScores(original=0.75, counterfactual=0.25)
    return Report(
        thresholds=(0.5,),
        data=DataSummary(
            name=text,
            sha256="0" * 64,
            method="ablate",
            examples=1000,
            labelled=1000,
            pairs=200,
            weighted=False,
            by_term={text: 3},
        ),
        intervals=Intervals(level=0.95, resamples=1000, seed=0),
        models=tuple(models),
        comparison=(
            Comparison(slice="overall", metric="auc", candidate=0.9, baseline=0.9, difference=0.0),
        )
        * baseline,
        flips=(
            Flip(
                id=text,
                original=f"she {text} x",
                counterfactual=f"{text} x",
                terms=(text,),
                scores={item.role: scores for item in models},
            ),
        ),
    )


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.deleted = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "del":
            self.deleted += data


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("baseline", [True, False])
def test_hostile_text_stays_text_on_the_page(text: str, baseline: bool) -> None:
    page = Page(render_html(make_report(text, baseline=baseline)))
    assert not page.open
    assert not page.tags & {"script", "img", "link", "iframe", "a"}
    assert not page.attributes & {"onerror", "src", "href"}
    assert page.text.count(text) >= 5  # as slice, model, data, id, term


def test_the_page_shows_what_it_should() -> None:
    page = Page(render_html(make_report("red")))
    assert verdict(make_report("red")) in page.text
    assert "she " in page.deleted
    for heading in ("Before and after", "Flips by group", "Example flips", "What this does not"):
        assert heading in page.text
    assert "-9.00 points" in page.text


def test_characters_that_no_page_can_hold_are_replaced() -> None:
    page = render_html(make_report("a\x00b\ud800c"))
    assert "\x00" not in page
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in page
    page.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_markdown(text: str) -> None:
    lines = render_markdown(make_report(text)).splitlines()
    assert all(not line.startswith("<") or "details" in line for line in lines)
    header = next(line for line in lines if line.startswith("| metric"))
    assert header.count("|") == 7
    assert not any("```" in line or "](" in line or "@" in line for line in lines)


@given(st.text())
def test_escaped_markdown_is_one_line_of_the_same_text(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    assert not set("|<>`*_[]\\@") & set(escaped)
    assert html.unescape(escaped) == " ".join(text.split())


@given(st.text(), st.text())
def test_marked_pieces_add_up_to_the_texts(original: str, counterfactual: str) -> None:
    before, after = mark_edits(original, counterfactual)
    assert "".join(piece for piece, _ in before) == original
    assert "".join(piece for piece, _ in after) == counterfactual
    kept = ["".join(piece for piece, edited in side if not edited) for side in (before, after)]
    assert kept[0] == kept[1] or original == counterfactual


def test_only_the_edited_words_are_marked() -> None:
    before, after = mark_edits("I like her, too.", "I like, too.")
    assert [piece for piece, edited in before if edited] == [" her"]
    assert not any(edited for _, edited in after)


def test_verdict_says_what_changed() -> None:
    assert verdict(make_report("m-")) == (
        "m-candidate changes its decision on 1.00% of 200 pairs when identity terms are removed "
        "(95% interval 0.50% to 2.00%); m-baseline does on 10.00%. That is 90% fewer flips."
    )


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("flip_rate", 0.0125, "1.25%"),
        ("flip_rate@0.7", 0.0125, "1.25%"),
        ("auc", 0.5, "0.5000"),
        ("auc_precision_recall", 0.5, "0.5000"),
        ("flip_count", 1234.0, "1,234"),
        ("flip_count", 12.5, "12.50"),
        ("auc", None, "–"),
    ],
)
def test_numbers_are_shown_by_their_kind(metric: str, value: float | None, shown: str) -> None:
    assert format_number(metric, value) == shown
