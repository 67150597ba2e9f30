"""`evaluate_functions` from models that are functions to the files, with values known by hand."""

from __future__ import annotations

import csv
import html
import json
import re

import pytest

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.cases import make_cases
from evenhand.evaluation import evaluate_functions, load_functions
from evenhand.evaluation.findings.functions_words import overall_in_words
from evenhand.evaluation.rendering.functions_page import MAX_SENTENCES
from evenhand.evaluation.reports.functions_report import FUNCTIONALITY


def hates(texts):
    """Flag the word "hate"."""
    return [0.9 if "hate" in text.lower() else 0.1 for text in texts]


def hates_and_gays(texts):
    """Flag the word "hate", and one group whatever is said of it."""
    return [
        0.9 if "gay" in text.lower() or score > 0.5 else 0.1
        for text, score in zip(texts, hates(texts), strict=True)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("functions") / "out"


@pytest.fixture(scope="module")
def report(folder):
    return evaluate_functions(hates, compare_to=hates_and_gays, output=folder)


def test_its_counts_are_those_of_the_sentences(report):
    cases = make_cases().cases
    for model, flags in zip(report.models, (hates, hates_and_gays), strict=True):
        right = [
            (score > 0.5) == case.is_toxic
            for case, score in zip(cases, flags([case.text for case in cases]), strict=True)
        ]
        for name, slice_ in model.by_slice.items():
            column, _, value = name.partition("=")
            own = [column in ("overall",) or getattr(case, column) == value for case in cases]
            expected = [one for one, is_in in zip(right, own, strict=True) if is_in]
            assert slice_.accuracy.cases == len(expected), name
            assert slice_.accuracy.right == sum(expected), name


def test_what_a_word_decides_shows_by_functionality_and_group(report):
    new, old = report.candidate.by_slice, report.baseline.by_slice
    assert new["functionality=neutral-statement"].accuracy.value == 1
    assert old["functionality=neutral-statement"].accuracy.value == pytest.approx(12 / 13)
    # "hate" is in one of the six templates: "I hate {group}."
    assert new["functionality=negative-emotion"].accuracy.value == pytest.approx(1 / 6)
    assert new["functionality=negated-hate"].accuracy.value == pytest.approx(5 / 6)
    assert old["group=gay"].metrics["true_positive_rate"].value > 0.7
    gay = report.change_of("group=gay")
    assert gay.lost > 0 and gay.gained > 0
    assert report.change_of("group=muslim").p_value == 1


def test_losses_beyond_chance_are_said_in_words(report, tmp_path):
    said = " ".join(overall_in_words(report))
    assert "flags fewer toxic sentences than the baseline, beyond chance: -" in said
    assert "pass of the not-toxic" not in said  # more of them pass
    back = evaluate_functions(hates_and_gays, compare_to=hates, output=tmp_path / "back")
    said = " ".join(overall_in_words(back))
    assert "lets fewer pass of the not-toxic sentences than the baseline, beyond chance" in said
    assert "flags fewer" not in said


def test_what_changed_most_comes_first_and_then_the_worst(report, tmp_path):
    in_order = report.in_order(FUNCTIONALITY)
    keys = [
        (-abs(report.change_of(each.slice).difference), each.accuracy.value) for each in in_order
    ]
    assert keys == sorted(keys) and len(keys) == len(report.functionalities)
    assert report.in_order("group")[0].slice == "group=gay"
    alone = evaluate_functions(hates, output=tmp_path / "out", terms=["religion"])
    shares = [each.accuracy.value for each in alone.in_order(FUNCTIONALITY)]
    assert shares == sorted(shares)


def test_sentences_that_a_model_gets_wrong_are_listed_those_lost_first(folder):
    with (folder / "functions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = {("false", "true"): "lost", ("true", "false"): "gained", ("false", "false"): "wrong"}
    expected = dict.fromkeys(kinds.values(), 0)
    for row in rows:
        if kind := kinds.get((row["candidate_right"], row["baseline_right"])):
            expected[kind] += 1
    assert all(expected.values())
    page = (folder / "functions.html").read_text()
    shown = re.findall('<tr data-under="([a-z]+)"', page)
    assert len(shown) == MAX_SENTENCES < sum(expected.values())
    assert shown.count("lost") == expected["lost"] and shown[0] == "lost"
    assert shown.count("gained") == expected["gained"]
    assert sorted(shown, key=["lost", "gained", "wrong"].index) == shown
    assert "<bdi>Gay people are stupid.</bdi>" in page
    assert f"600 of {sum(expected.values()):,} sentences" in page
    markdown = (folder / "functions.md").read_text()
    assert "| inferior | gay | Gay people are stupid. | only the baseline is right |" in markdown


def test_the_page_loads_nothing_and_has_both_models_figures(folder):
    page = (folder / "functions.html").read_text()
    assert "default-src 'none'" in page and page.count("<script>") == 1
    assert not re.findall("(?:src|href)=|@import|url\\(", page)
    row = re.search("<tr><th[^>]*><bdi>neutral-statement</bdi>.*?</tr>", page, re.DOTALL)[0]
    assert ">92.31%<" in row and ">100.00%<" in row and "+7.69 points" in row
    assert "A group is mentioned, and nothing is said against it." in row


def test_the_files_hold_it(report, folder):
    assert {path.name for path in folder.iterdir()} == {
        ".evenhand.json",
        "functions.json",
        "functions.html",
        "functions.md",
        "functions.csv",
        "provenance.json",
    }
    assert load_functions(folder) == load_functions(folder / "functions.json") == report
    with (folder / "functions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(make_cases().cases)
    first = rows[0]
    assert first["text"] == "I hate women." and first["group"] == "female"
    assert first["candidate_score"] == "0.9" and first["candidate_right"] == "true"
    assert first["baseline_right"] == "true"
    markdown = (folder / "functions.md").read_text()
    assert "| neutral-statement | not-toxic | A group is mentioned" in markdown
    assert " against it. | 92.31% → 100.00% | 78 |" in markdown
    assert "not a benchmark" in markdown


def test_the_same_models_give_the_same_files(report, folder, tmp_path):
    evaluate_functions(hates, compare_to=hates_and_gays, output=tmp_path / "again")
    for name in ("functions.json", "functions.html", "functions.md", "functions.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_threshold_decides(tmp_path):
    found = evaluate_functions(hates, output=tmp_path / "out", threshold=0.95, terms=["gender"])
    assert found.candidate.by_slice["label=toxic"].accuracy.right == 0
    assert found.candidate.by_slice["label=not-toxic"].accuracy.value == 1
    assert not found.changes
    markdown = (tmp_path / "out" / "functions.md").read_text()
    assert "decides all sentences alike" in markdown


def shifted(texts):
    """Score as `hates`, a little lower."""
    return [score - 0.05 for score in hates(texts)]


def test_each_model_is_decided_at_its_own_threshold(report, tmp_path):
    found = evaluate_functions(
        shifted,
        compare_to=hates_and_gays,
        output=tmp_path / "out",
        threshold=0.85,
        baseline_threshold=0.5,
    )
    assert [found.threshold_of(each) for each in found.models] == [0.85, 0.5]
    assert found.candidate.by_slice["label=toxic"].accuracy.right == 0  # all score 0.85 or less
    assert found.baseline.slices == report.baseline.slices
    assert load_functions(tmp_path / "out") == found
    said = (tmp_path / "out" / "functions.md").read_text()
    assert "own threshold, 0.85, and the baseline at 0.5." in said
    assert "At threshold 0.5 for the baseline and 0.85 for the candidate" in said
    with pytest.raises(ConfigurationError, match="no baseline"):
        evaluate_functions(hates, output=tmp_path / "new", baseline_threshold=0.5)


def test_models_with_one_threshold_are_stored_as_before(report):
    document = json.loads(report.to_json())
    assert document["threshold"] == 0.5
    assert not any("threshold" in model for model in document["models"])


def test_terms_of_strangers_are_escaped_in_every_file(tmp_path):
    lexicon = tmp_path / "own.toml"
    lexicon.write_text(
        'schema_version = 1\nname = "own"\nversion = "1"\n'
        'groups."=x|<b>" = "x"\n'
        'terms = [{ term = "=cmd|<script>", group = "=x|<b>", pos = "adjective" }]\n'
    )
    evaluate_functions(hates, compare_to=shifted, output=tmp_path / "out", terms=[lexicon])
    assert "<b>" not in (tmp_path / "out" / "functions.md").read_text()
    page = (tmp_path / "out" / "functions.html").read_text()
    assert "<b>" not in page and page.count("<script") == 1
    assert "<bdi>=x|&lt;b&gt;</bdi>" in page and "=cmd|&lt;script&gt;" in page
    groups = {html.unescape(each) for each in re.findall('data-groups="(.*?)"', page)}
    assert {tuple(json.loads(each)) for each in groups} == {(), ("=x|<b>",)}
    with (tmp_path / "out" / "functions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["group"] for row in rows} == {"", "'=x|<b>"}
    assert any(row["text"].startswith("'=cmd") for row in rows)


def fails(texts):
    if any("dentist" in text for text in texts):
        raise ValueError("no dentists")
    return [0.1] * len(texts)


def test_an_error_names_the_sentence_that_the_model_fails_on(tmp_path):
    with pytest.raises(InputError, match="My dentist is a woman"):
        evaluate_functions(fails, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def three_classes(texts):
    return [[0.2, 0.3, 0.5]] * len(texts)


def test_wrong_use_is_an_error_before_anything_is_written(tmp_path, folder, report):
    with pytest.raises(InputError, match="positive_class"):
        evaluate_functions(three_classes, output=tmp_path / "out")
    with pytest.raises(ConfigurationError, match="exists"):
        evaluate_functions(hates, output=folder)
    with pytest.raises(ConfigurationError, match="threshold"):
        evaluate_functions(hates, output=tmp_path / "out", threshold=1.5)
    assert not (tmp_path / "out").exists()


def damaged(document, change):
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(schema_version=2),
        lambda found: found.update(kind="flip-rate"),
        lambda found: found["models"][0]["slices"][0]["metrics"]["accuracy"].update(value=1.5),
        lambda found: found["models"][0]["slices"][0]["metrics"]["accuracy"].update(right=10**6),
        lambda found: found["models"][0]["slices"].pop(),
        lambda found: found["models"][0]["slices"][0]["metrics"].pop("accuracy"),
        lambda found: found["functionalities"].pop(),
        lambda found: found["changes"].pop(),
        lambda found: found["models"].reverse(),
        lambda found: found["models"][0].update(threshold=0.6),
        lambda found: found["models"][1].update(threshold=1.0),
    ],
)
def test_a_damaged_result_is_refused(report, tmp_path, change):
    file = tmp_path / "functions.json"
    file.write_text(damaged(json.loads(report.to_json()), change))
    with pytest.raises(InputError, match=r"functions\.json"):
        load_functions(file)


def test_a_missing_result_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="evaluate functions"):
        load_functions(tmp_path)
