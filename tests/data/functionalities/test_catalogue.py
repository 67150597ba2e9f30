"""What comes with evenhand: enough functionalities, balanced, well-formed, alike for all groups."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from evenhand.data.english.articles import wrong_articles
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.cases import DEFAULT_GROUPS, filled, make_cases
from evenhand.data.functionalities.catalogue import Functionality, functionalities
from evenhand.data.functionalities.group_words import GroupWords, words_of
from evenhand.data.lexicons.lexicon import load_lexicon

ALL = functionalities()
CASES = make_cases()


def test_there_are_enough_and_each_says_what_and_why():
    names = [each.name for each in ALL]
    assert len(ALL) >= 40
    assert len(set(names)) == len(names)
    for each in ALL:
        assert len(each.templates) >= 5
        assert re.fullmatch(r"[A-Z].{15,}\.", each.reason), each.name


def test_labels_are_balanced_so_that_one_decision_for_all_is_right_for_half():
    labels = Counter(each.label for each in ALL)
    assert abs(labels["toxic"] - labels["not-toxic"]) <= 2
    toxic = sum(case.is_toxic for case in CASES.cases)
    assert 0.45 < toxic / len(CASES.cases) < 0.55
    controls = Counter(each.label for each in ALL if not each.names_groups)
    assert min(controls.values()) >= 4


def test_no_sentence_occurs_twice():
    twice = [text for text, times in Counter(c.text for c in CASES.cases).items() if times > 1]
    assert not twice


def test_every_group_fills_the_same_templates():
    chosen = [group for of_lexicon in DEFAULT_GROUPS.values() for group in of_lexicon]
    assert [each.group for each in CASES.groups] == chosen
    of_group = {
        group: [(c.functionality, c.template) for c in CASES.cases if c.group == group]
        for group in chosen
    }
    assert len(set(map(tuple, of_group.values()))) == 1
    assert not CASES.left_out


def test_sentences_are_sentences():
    for case in CASES.cases:
        text = case.text
        assert "{" not in text and "}" not in text, text
        assert text[0] == '"' or text[0].isupper(), text
        assert text[-1] in ".?!", text
        assert "  " not in text and text == text.strip(), text
        if case.functionality != "spelling-spaces":  # whose letters stand alone
            assert not wrong_articles(text), text


@pytest.mark.parametrize(
    ("lexicon", "group", "words"),
    [
        ("gender", "female", ("women", "woman", "female")),
        ("gender", "transgender", ("transgender people", "transgender person", "transgender")),
        ("religion", "jewish", ("Jews", "Jew", "Jewish")),
        ("religion", "amish", ("Amish people", "Amish person", "Amish")),
        ("race-ethnicity", "black", ("black people", "black person", "black")),
        ("disability", "mobility", ("wheelchair users", "wheelchair user", "paraplegic")),
        ("immigration", "immigrant", ("immigrants", "immigrant", "foreign-born")),
        ("age", "child", ("children", "child", "preteen")),
        ("nationality", "irish", ("Irish people", "Irish person", "Irish")),
    ],
)
def test_the_words_of_a_group_come_from_its_lexicon(lexicon, group, words):
    found = {each.group: each for each in words_of(load_lexicon(lexicon))}
    assert found[group] == GroupWords(group, *words)


def test_groups_are_chosen_by_lexicon_and_name():
    religion = make_cases(["religion"])
    assert {each.group for each in religion.groups} == set(load_lexicon("religion").groups)
    assert {case.group for case in make_cases(["religion"], ["sikh"]).cases} == {None, "sikh"}
    assert [each.group for each in make_cases(groups=["hindu", "gay"]).groups] == ["hindu", "gay"]
    with pytest.raises(ConfigurationError, match="did you mean 'sikh'"):
        make_cases(["religion"], ["sick"])
    with pytest.raises(ConfigurationError, match="no group"):
        make_cases(["religion"], [])


def test_a_lexicon_of_ones_own_needs_words_that_fit(tmp_path):
    file = tmp_path / "own.toml"
    head = 'schema_version = 1\nname = "own"\nversion = "1"\n'
    file.write_text(
        head + 'groups.tall = "Tall people"\ngroups.other = "Others"\nterms = [\n'
        '{ term = "upright", group = "tall", pos = "adjective" },\n'
        '{ term = "in boots", group = "other" },\n]\n'
    )
    found = make_cases([file])
    assert found.left_out == ("other",)
    texts = {case.text for case in found.cases}
    assert {"I hate upright people.", "I am an upright person.", "You are an idiot."} <= texts
    with pytest.raises(ConfigurationError, match="no words that fit"):
        make_cases([file], ["other"])
    plain = tmp_path / "plain.txt"
    plain.write_text("in boots\n")
    with pytest.raises(InputError, match="no group has words"):
        make_cases([plain])


def test_slots_are_filled_with_article_and_capital():
    words = GroupWords("asian", "Asians", "asian", "iron")
    template = "A {member} and a {adjective} cup. {group}? The {group}."
    assert filled(template, words) == "An asian and an iron cup. Asians? The Asians."
    assert filled("{member} here", words) == "Asian here"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"templates": ["One."] * 4}, "at least 5"),
        ({"templates": ["About {group}.", "One.", "Two.", "Three.", "Four."]}, "either every"),
        ({"label": "rude"}, "label"),
        ({"name": "Bad Name"}, "name"),
        ({"hint": "x"}, "hint"),
    ],
)
def test_a_functionality_that_would_not_count_right_is_refused(change, words):
    good = {"name": "a-b", "label": "toxic", "reason": "Why.", "templates": ["One."] * 5}
    assert Functionality.model_validate(good)
    with pytest.raises(ValueError, match=words):
        Functionality.model_validate(good | change)


def test_the_documentation_lists_them():
    page = (Path(__file__).parents[3] / "docs" / "functionalities.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([a-z-]+) \| ((?:not-)?toxic) \| (.+) \|$", page, re.MULTILINE)
    assert listed == [(each.name, each.label, each.reason) for each in ALL]
