from __future__ import annotations

import csv
import html
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest
from compared_reports import compared
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sample_reports import make_report

from evenhand.data.support.printable import printable
from evenhand.evaluation.findings.edits import ELLIPSIS, mark_edits, shorten
from evenhand.evaluation.findings.presentation import (
    format_difference,
    format_interval,
    format_number,
    format_scores,
    format_size,
)
from evenhand.evaluation.findings.verdict import verdict
from evenhand.evaluation.rendering.csv_table import render_csv
from evenhand.evaluation.rendering.folder import render_folder
from evenhand.evaluation.rendering.html_page import MAX_KINDS, MAX_TEXT, OPEN_KINDS, render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.report import Confusion, MetricValue, PairScores
from evenhand.evaluation.reports.technique_table import TechniqueTable, TradeOff, TradeOffPoint

HOSTILE = [
    "<script>alert(1)</script>",
    "</bdi></td><img src=x onerror=alert(1)>",
    "a | b\n| c ```d``` [e](http://f) @g",
    "\N{RIGHT-TO-LEFT OVERRIDE}{{ 7 * 7 }}",
    "$\\frac{1}$ & %s",
]


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.by_tag: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        self.by_tag[self.open[-1]] = self.by_tag.get(self.open[-1], "") + data
        if self.open[-1] not in ("script", "style"):
            self.text += data


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("baseline", [True, False])
def test_hostile_text_stays_text_on_the_page(text: str, baseline: bool) -> None:
    page = Page(render_html(make_report(text, baseline=baseline)))
    assert not page.open
    assert page.tags.count("script") == 1  # the page's own
    assert text not in page.by_tag["script"]
    assert not {"img", "link", "iframe", "object", "embed"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "src" not in page.attributes
    links = page.attributes["href"] + page.attributes.get("xlink:href", [])
    assert {value.removeprefix("#") for value in links} <= set(page.attributes["id"])
    assert page.text.count(printable(text)) >= 5  # as slice, model, data, id, term


def test_the_page_shows_what_it_should() -> None:
    page = Page(render_html(make_report("red")))
    assert verdict(make_report("red")) in page.text
    assert "she" in page.by_tag["del"]
    for heading in (
        "Before and after",
        "Flip rate by group",
        "Flip rate by decision threshold",
        "How far scores move",
        "Fairness Indicators by slice",
        "Example flips",
        "Coverage, and what was left out",
        "How each number is defined",
        "What this does not show",
    ):
        assert heading in page.text
    assert "-9.00 points" in page.text and "-12.00 to -6.00" in page.text
    assert "19 flip under the baseline alone" in page.text and "p < 0.0001" in page.text


def test_every_chart_has_a_title_a_description_and_its_own_ids() -> None:
    page = Page(render_html(make_report("red")))
    drawn = [value for value in page.attributes["role"] if value == "img"]
    assert len(drawn) == 4  # two kinds of slices, thresholds, shifts
    ids = page.attributes["id"]
    assert len(ids) == len(set(ids))
    labels = [name for value in page.attributes["aria-labelledby"] for name in value.split()]
    assert set(labels) <= set(ids)
    assert "Flip rate by decision threshold" in page.by_tag["title"]
    assert any(value.startswith("Flip rate by group:") for value in page.attributes["aria-label"])
    # colours come from the page's variables alone, so that they follow light and dark
    drawn = [style for style in page.attributes["style"] if "#" in style.replace("url(#", "")]
    assert not drawn


def test_the_decisions_before_and_after_are_on_the_page() -> None:
    report = make_report("red")
    weights = {
        "candidate": ((850.0, 50.0), (25.0, 75.0)),
        "baseline": ((830.0, 70.0), (20.0, 80.0)),
    }
    models = [
        model.model_copy(update={"confusion": Confusion(weights=weights[model.role])})
        for model in report.models
    ]
    text = Page(render_html(report.model_copy(update={"models": tuple(models)}))).text
    before, after = text.index("Baseline\n"), text.index("Candidate\n", text.index("Baseline\n"))
    shown = [" ".join(part.split()) for part in (text[before:after], text[after:])]
    assert "negative 830 70 92.22%" in shown[0] and "positive 20 80 80.00%" in shown[0]
    assert "negative 850+20 50-20 94.44%" in shown[1] and "positive 25+5 75-5 75.00%" in shown[1]


def test_the_trade_off_of_techniques_is_a_picture_on_the_page() -> None:
    points = [
        TradeOffPoint(name="baseline", task=0.9, flip_rate=0.1, mark="baseline"),
        TradeOffPoint(name="clp <b>", task=0.89, flip_rate=0.02, mark="picked"),
        TradeOffPoint(name="blind", task=0.88, flip_rate=0.0),
    ]
    table = TechniqueTable(
        measured_on="held-out",
        headings=("technique", "flip rate"),
        rows=(("baseline", "10%"),),
        notes=("clp is recommended",),
        trade_off=TradeOff(task="AUC", points=tuple(points)),
    )
    report = make_report("red").model_copy(update={"techniques": table})
    page = Page(render_html(report))
    assert "Flip rate against AUC" in page.by_tag["title"]
    assert "clp <b>" in page.text and "b" not in page.tags
    assert "clp is recommended" in page.text


def test_a_report_of_one_model_without_curves_has_a_page() -> None:
    report = make_report("red", baseline=False)
    bare = report.candidate.model_copy(update={"threshold_curve": None, "score_shifts": None})
    page = Page(render_html(report.model_copy(update={"models": (bare,), "flips": ()})))
    assert "decision threshold" not in page.text
    assert "No pair flips." in page.text
    assert "Baseline" not in page.text


def test_a_report_without_evidence_has_a_chart_without_lines() -> None:
    report = make_report("red")
    bare = []
    for model in report.models:
        curve = model.threshold_curve
        assert curve is not None
        nothing = [MetricValue(value=None)] * len(curve.thresholds)
        curve = curve.model_copy(update={"flip_rates": nothing})
        bare.append(model.model_copy(update={"threshold_curve": curve}))
    page = Page(render_html(report.model_copy(update={"models": tuple(bare)})))
    assert page.attributes["role"].count("img") == 4 and "decision threshold" in page.text


def test_characters_that_no_page_can_hold_are_replaced() -> None:
    page = render_html(make_report("a\x00b\ud800c"))
    assert "\x00" not in page
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in page
    page.encode("utf-8")


def test_a_page_on_much_data_stays_below_two_megabytes() -> None:
    report = make_report("red")
    texts = {"original": "\N{GRINNING FACE} <b> " * 5000, "counterfactual": "& " * 20_000}
    flips = tuple(report.flips[0].model_copy(update=texts) for _ in range(200))
    models = []
    for model in report.models:
        overall, slice_ = model.slices[0], model.slices[1]
        metrics = dict.fromkeys((*slice_.metrics, "accuracy"), slice_.metrics["flip_rate"])
        named = [
            slice_.model_copy(
                update={"slice": f"{kind}=a rather long value {i}", "metrics": metrics}
            )
            for kind in ("colour", "group", "term")
            for i in range(1000)
        ]
        models.append(model.model_copy(update={"slices": (overall, *named)}))
    by_term = {f"term {i}": i for i in range(5000)}
    data = report.data.model_copy(update={"by_term": by_term})
    large = report.model_copy(update={"flips": flips, "models": tuple(models), "data": data})
    assert len(render_html(large).encode()) < 2_000_000
    assert len(render_markdown(large)) < 65_536  # what a comment on a pull request holds


def test_slices_of_thousands_of_columns_are_shown_in_part_and_counted() -> None:
    report = make_report("red")
    models = []
    for model in report.models:
        overall, slice_ = model.slices[0], model.slices[1]
        named = [slice_.model_copy(update={"slice": f"column{i}=red"}) for i in range(3000)]
        [column] = model.columns
        columns = tuple(column.model_copy(update={"column": f"c{i}"}) for i in range(3000))
        update = {"slices": (overall, *named), "columns": columns}
        models.append(model.model_copy(update=update))
    large = report.model_copy(update={"models": tuple(models)})
    page = Page(render_html(large))
    assert page.attributes["role"].count("img") == MAX_KINDS + 2  # thresholds, shifts
    assert page.text.count("Flip rate by column") == MAX_KINDS + OPEN_KINDS  # headings, contents
    assert "Slices of 50 of 3,000 columns follow; report.csv has all." in page.text
    shown = render_markdown(large)
    assert shown.count("<summary>By column") == 50 and len(shown) < 65_536
    assert "Slices of 50 of 3,000 columns; report.csv has all." in shown
    assert "50 of 3,000 columns; report.csv has all." in page.text
    assert "10 of 3,000 columns; report.csv has all." in shown
    assert len(render_csv(large).splitlines()) == 1 + 2 * (1 + 3_000 + 3_000)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_markdown(text: str) -> None:
    lines = render_markdown(make_report(text)).splitlines()
    assert all(not line.startswith("<") or "details" in line for line in lines)
    header = next(line for line in lines if line.startswith("| metric"))
    assert header.count("|") == 8
    assert not any("```" in line or "](" in line or "@" in line for line in lines)
    shown = Page(MarkdownIt("commonmark").enable("table").render("\n".join(lines)))
    assert not {"a", "img", "script"} & set(shown.tags)


@settings(deadline=None)
@given(st.text(), st.text())
def test_marked_pieces_add_up_to_the_texts(original: str, counterfactual: str) -> None:
    sides = mark_edits(original, counterfactual)
    assert ["".join(piece for piece, _ in side) for side in sides] == [original, counterfactual]
    kept = ["".join(piece for piece, edited in side if not edited).split() for side in sides]
    assert " ".join(kept[0]).replace(" ", "") == " ".join(kept[1]).replace(" ", "")


@pytest.mark.parametrize(
    ("original", "counterfactual", "marked"),
    [
        ("I like her, too.", "I like, too.", ["her"]),
        ("my mom and her dog", "my and dog", ["mom", "her"]),
        ("the same", "the same", []),
    ],
)
def test_only_the_edited_words_are_marked(
    original: str, counterfactual: str, marked: list[str]
) -> None:
    before, after = mark_edits(original, counterfactual)
    assert [piece for piece, edited in before if edited] == marked
    assert not any(edited for _, edited in after)


def test_a_long_text_is_cut_around_its_edit() -> None:
    before, after = mark_edits("word " * 5000 + "she " + "word " * 5000, "word " * 10_000)
    shown = shorten(before, MAX_TEXT)
    assert ("she", True) in shown
    assert sum(len(piece) for piece, _ in shown) <= MAX_TEXT
    assert shown[0][0].startswith(ELLIPSIS)
    assert sum(len(piece) for piece, _ in shorten(after, MAX_TEXT)) <= MAX_TEXT


def test_texts_with_very_many_differences_are_marked_as_a_whole() -> None:
    before, after = mark_edits("same " + "a " * 3000 + "end", "same " + "b " * 3000 + "end")
    assert (
        [edited for _, edited in before] == [edited for _, edited in after] == [False, True, False]
    )


def test_csv_has_a_row_for_each_slice_of_each_model() -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(make_report("red")))))
    assert [(row["role"], row["slice"]) for row in rows[:2]] == [
        ("candidate", "overall"),
        ("candidate", "colour=red"),
    ]
    assert [row["slice"] for row in rows].count("red=*") == 2 and len(rows) == 8
    assert float(rows[4]["flip_rate"]) == 0.1 and float(rows[4]["flip_rate_upper"]) == 0.2
    assert rows[0]["ctf_gap"] == "" and rows[0]["score_shift"] == "-0.125"
    assert "auc_lower" not in rows[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_in_the_csv_is_a_formula(start: str) -> None:
    text = f'{start}cmd|"/C calc"!A0,\n"x'
    rows = list(csv.DictReader(io.StringIO(render_csv(make_report(text)), newline="")))
    assert rows[0]["model"] == f"'{text}candidate"
    assert rows[1]["slice"] == f"colour={text}"


def test_rendering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(make_report("a\ud800$b").to_json(), encoding="utf-8")
    written = render_folder(tmp_path)
    assert [path.name for path in written] == ["report.html", "report.md", "report.csv"]
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in render_folder(tmp_path / "report.json")] == before
    assert all(b"a\\ud800$b" in html.unescape(text.decode()).encode() for text in before)


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
        ("flip_rate", 0.0, "0.00%"),
        ("flip_rate", 1.0, "100.00%"),
        ("flip_rate", 1 / 30_000, "0.003%"),
        ("flip_rate", 29_999 / 30_000, "99.997%"),
        ("flip_rate", 1 / 3_000_000, "0.00003%"),
        ("flip_rate", 1e-9, "<0.000001%"),
        ("accuracy", 1 - 1e-9, ">99.999999%"),
        ("accuracy", 0.9999, "99.99%"),
        ("auc", 0.99999, "0.99999"),
        ("auc", 1.0, "1.0000"),
        ("ctf_gap", 0.00002, "0.00002"),
        ("score_shift", -0.00002, "-0.00002"),
        ("flip_count", 0.001, "0.001"),
        ("logit_spread", 1.5, "1.5000"),
    ],
)
def test_numbers_are_shown_by_their_kind(metric: str, value: float | None, shown: str) -> None:
    assert format_number(metric, value) == shown


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_rate_reads_as_none_or_all_only_where_it_is(count: int, size: int) -> None:
    rate = min(count, size) / size
    shown = float(format_number("flip_rate", rate).strip("%<>"))
    assert (shown == 0) == (rate == 0)
    assert (shown == 100) == (rate == 1)
    assert shown == pytest.approx(100 * rate, abs=0.0051)


@pytest.mark.parametrize(
    ("metric", "difference", "shown"),
    [
        ("flip_rate", -0.09, "-9.00 points"),
        ("flip_rate", 0.0, "0.00 points"),
        ("flip_rate", -1 / 30_000, "-0.003 points"),
        ("auc", 0.00001, "+0.00001"),
        ("auc", 0.0, "0.0000"),
        ("flip_count", -3.0, "-3"),
        ("flip_count", 0.25, "+0.25"),
        ("flip_rate", None, "–"),
    ],
)
def test_a_difference_reads_as_none_only_where_it_is(
    metric: str, difference: float | None, shown: str
) -> None:
    assert format_difference(metric, difference) == shown


@pytest.mark.parametrize(
    ("scores", "shown"),
    [
        ((0.75, 0.25), "0.750 → 0.250"),
        ((0.5001, 0.4999), "0.5001 → 0.4999"),
        ((0.50001, 0.2), "0.50001 → 0.20000"),
        ((0.5, 0.50000001), "0.500000 → 0.500000"),
    ],
)
def test_scores_show_on_which_side_they_are(scores: tuple[float, float], shown: str) -> None:
    pair = PairScores(original=scores[0], counterfactual=scores[1])
    assert format_scores(pair, 0.5) == shown


def test_an_interval_that_is_missing_says_why() -> None:
    value = MetricValue(value=0.5, interval_missing="few_texts")
    assert format_interval("flip_rate", value) == "no interval: too few texts"
    assert format_interval("flip_rate", MetricValue(value=0.5)) == ""


def test_effective_numbers_are_shown_where_they_are_fewer() -> None:
    assert format_size(1200, 850.4) == "1,200 (850 effective)"
    assert format_size(1200, 1199.0) == "1,200"
    assert format_size(1200, None) == "1,200"


def test_better_and_worse_are_told_with_and_without_colour() -> None:
    slices = [("group=a", 0.2, 0.1, 0.001, 100), ("group=b", 0.1, 0.2, 0.001, 100)]
    report = compared(slices, flip_rate=(0.1, 0.05, (-0.06, -0.04)), p=0.001)
    page = render_html(report)
    assert '<span class="better">-5.00 points ✓</span>' in page
    assert '<span class="better">-10.00 points ✓</span>' in page
    assert '<span class="worse">+10.00 points ✗</span>' in page
    assert "var(--better)" in page and "var(--worse)" in page
    assert '<p class="verdict worse">' in page
    shown = render_markdown(report)
    assert "| 20.00% → 10.00% ✓ better |" in shown and "| 10.00% → 20.00% ✗ worse |" in shown
    assert "**Worse for group=b (flip rate 10.00% → 20.00%).**" in shown


def test_nothing_is_better_where_there_is_no_evidence() -> None:
    report = compared(
        [("group=a", 0.2, 0.0, 0.001, 100)],
        flip_rate=(0.1, 0.0, (-0.12, -0.08)),
        p=0.001,
        positive=(400, 1000),
    )
    assert 'class="better">-' not in render_html(report)
    assert "✓ better |" not in render_markdown(report)
