"""Neutral forms: what is stated, what follows from it, and what the check refuses."""

from __future__ import annotations

import pytest

from evenhand.data.errors import InputError
from evenhand.data.lexicons.entries import Entry, Lexicon
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.lexicons.lint import check_lexicon
from evenhand.data.lexicons.neutral_forms import has_neutral_forms, neutral_form, plural_of
from evenhand.data.lexicons.writing import toml_of

HEAD = """schema_version = 1
name = "family"
version = "1.0.0"
groups.female = "Women"
"""


def neutral_of(**entry):
    found = Entry.model_validate({"group": "female", **entry})
    return {spelling: neutral_form(found, slot, spelling) for slot, spelling in found.spellings()}


def write(tmp_path, terms):
    path = tmp_path / "family.toml"
    path.write_text(f"{HEAD}terms = [\n{terms}\n]\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {
                "term": "mother",
                "neutral": "parent",
                "forms": {
                    "base": "Mother",
                    "plural": "mothers",
                    "in_law": "mother-in-law",
                    "in_laws": "mothers-in-law",
                },
            },
            {
                "mother": "parent",
                "Mother": "parent",
                "mothers": "parents",
                "mother-in-law": "parent-in-law",
                "mothers-in-law": "parents-in-law",
            },
        ),
        (
            {"term": "wife", "neutral": "spouse", "forms": {"plural": "wives", "exes": "ex-wives"}},
            {"wife": "spouse", "wives": "spouses", "ex-wives": "ex-spouses"},
        ),
        (
            {"term": "she", "neutral": {"base": "they", "object": "them"},
             "forms": {"object": "her", "determiner": "hers"}},
            {"she": "they", "her": "them", "hers": None},
        ),
        (
            {"term": "Muslim", "forms": {"noun": "Muslim man", "plural": "Muslims", "exes": "exes",
             "owned": "Muslim-owned"}},
            {"Muslim": "", "Muslim man": "person", "Muslims": "people", "exes": "people",
             "Muslim-owned": ""},
        ),
        ({"term": "old", "pos": "adjective"}, {"old": ""}),
        (
            {"term": "retiree", "forms": {"plural": "retirees"}},
            {"retiree": "person", "retirees": "people"},
        ),
        ({"term": "retiree", "neutral": False, "forms": {"plural": "retirees"}},
         {"retiree": None, "retirees": None}),
        ({"term": "first one"}, {"first one": None}),
        ({"term": "with autism", "neutral": ""}, {"with autism": ""}),
        ({"term": "female", "neutral": "", "forms": {"plural": "females"}},
         {"female": "", "females": "people"}),
    ],
)  # fmt: skip
def test_forms_that_are_not_stated_follow(entry, expected):
    assert neutral_of(**entry) == expected


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("person", "people"),
        ("single person", "single people"),
        ("salesperson", "salespeople"),
        ("grandchild", "grandchildren"),
        ("deity", "deities"),
        ("boy", "boys"),
        ("boss", "bosses"),
    ],
)
def test_plurals(noun, plural):
    assert plural_of(noun) == plural


@pytest.mark.parametrize("name", builtin_lexicons())
def test_every_built_in_term_says_what_becomes_of_it(name):
    """Each form has a neutral one, or the entry says that there is none."""
    assert has_neutral_forms(load_lexicon(name))
    for entry in load_lexicon(name).entries:
        for slot, spelling in entry.spellings():
            said = neutral_form(entry, slot, spelling) is not None
            assert said or (entry.neutral is not None and slot not in entry.neutral), spelling


@pytest.mark.parametrize(
    ("terms", "has"),
    [
        ('{ term = "mom", group = "female", neutral = "parent" },', True),
        ('{ term = "nuns", group = "female", pos = "noun" },', True),
        ('{ term = "mom", group = "female", neutral = "parent" },'
         '{ term = "hero", group = "female", neutral = false },', True),
        ('{ term = "hero", group = "female", neutral = false },', False),
        ('{ term = "mom", group = "female", neutral = "parent" },'
         '{ term = "nun", group = "female" },', False),
        ('{ term = "she", group = "female", pos = "pronoun" },', False),
    ],
)  # fmt: skip
def test_a_lexicon_has_neutral_forms_if_it_settles_them_for_every_term(tmp_path, terms, has):
    assert has_neutral_forms(load_lexicon(write(tmp_path, terms))) == has


def test_a_list_of_words_has_no_neutral_forms(tmp_path):
    (tmp_path / "words.txt").write_text("she\nwomen\n")
    assert not has_neutral_forms(load_lexicon(tmp_path / "words.txt"))


@pytest.mark.parametrize(
    ("terms", "line", "says"),
    [
        ('{ term = "mom", group = "female", neutral = "MOM" },', 6, "is an identity term"),
        ('{ term = "aunt", group = "female", neutral = "relative", forms = { tante = "x" } },',
         6, "'x' has no neutral form"),
        ('{ term = "mom", group = "female", neutral = { plurals = "parents" } },',
         6, "did you mean 'plural'"),
        ('{ term = "mom", group = "female", neutral = "par(ent)?" },', 6, "regular expression"),
        ('{ term = "mom", group = "female", neutral = "bitch" },', 6, "pejorative"),
        ('{ term = "mom", group = "female", neutral = "!" },', 6, "cannot be a neutral form"),
        ('{ term = "mom", group = "female", neutral = true },', 6, "neutral"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_neutral_form_is_told_with_its_line(tmp_path, terms, line, says):
    found = [line for problem in check_lexicon(write(tmp_path, terms)) for line in problem.lines()]
    assert says in "\n".join(found)
    assert f"line {line}" in "\n".join(found)


def test_a_neutral_form_that_cannot_be_written_is_refused_on_loading(tmp_path):
    path = write(tmp_path, '{ term = "mom", group = "female", neutral = "\\u0007" },')
    with pytest.raises(InputError, match="neutral form"):
        load_lexicon(path)


@pytest.mark.parametrize("neutral", ["parent", "", {"base": "parent", "plural": "parents"}, False])
def test_a_lexicon_that_code_has_made_keeps_its_neutral_forms(tmp_path, neutral):
    entry = Entry.model_validate({"term": "mom", "group": "female", "neutral": neutral})
    made = Lexicon("family", "1", "", {"female": "Women"}, (entry,))
    path = tmp_path / "family.toml"
    path.write_text(toml_of(made), encoding="utf-8")
    assert load_lexicon(path).entries == (entry,)
