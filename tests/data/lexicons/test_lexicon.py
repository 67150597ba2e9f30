"""Lexicon files: what loads, what is refused and where, and what the built-in ones promise."""

from __future__ import annotations

import re

import pytest

from evenhand.data.errors import InputError
from evenhand.data.lexicons import lexicon as lexicon_module
from evenhand.data.lexicons.lexicon import Guards, builtin_lexicons, load_lexicon
from evenhand.data.lexicons.lint import check_lexicon
from evenhand.data.matching.matcher import TermMatcher

# fmt: off
WALK_THROUGH = [
    "aunt", "boy", "brother", "dad", "daughter", "father", "female", "gay", "girl", "grandma",
    "grandpa", "grandson", "grannie", "granny", "he", "heir", "her", "him", "his", "hubbies",
    "hubby", "husband", "king", "knight", "lad", "ladies", "lady", "lesbian", "lord", "man",
    "male", "mom", "mother", "mum", "nephew", "niece", "prince", "princess", "queen", "queens",
    "she", "sister", "son", "uncle", "waiter", "waitress", "wife", "wives", "woman", "women",
]
# fmt: on

HEAD = """schema_version = 1
name = "family"
version = "1.0.0"
groups.female = "Women"
groups.male = "Men"
"""


def write(tmp_path, terms, head=HEAD, name="family.toml"):
    path = tmp_path / name
    path.write_text(f"{head}terms = [\n{terms}\n]\n", encoding="utf-8")
    return path


def problems(path):
    return [
        (int(found[1]) if (found := re.search(r"line (\d+)$", problem.where)) else None, problem)
        for problem in check_lexicon(path)
    ]


def forms(lexicon):
    return {form for entry in lexicon.entries for _, form in entry.spellings()}


def test_gender_holds_the_terms_of_the_walk_through_in_their_groups():
    gender = load_lexicon("gender")
    assert len(WALK_THROUGH) == 50
    assert set(WALK_THROUGH) - forms(gender) == {"heir"}  # said of anybody
    group_of = {form: entry.group for entry in gender.entries for _, form in entry.spellings()}
    assert group_of["wives"] == group_of["her"] == "female"
    assert group_of["hubbies"] == group_of["knight"] == "male"
    assert group_of["gay"] == group_of["lesbian"] == "sexual-orientation"
    assert gender.version == "2.4.0"


def test_nationality_holds_peoples_of_every_part_of_the_world():
    nationality = load_lexicon("nationality")
    assert len(nationality.entries) >= 150
    assert {"Ghanaian", "Filipinas", "Icelanders", "Guatemalan", "Uzbek"} <= forms(nationality)
    assert {"Papua New Guineans", "New Zealander", "Hong Konger"} <= forms(nationality)


def test_the_built_in_lexicons_are_the_documented_ones():
    assert builtin_lexicons() == (
        "age",
        "body",
        "disability",
        "gender",
        "immigration",
        "nationality",
        "race-ethnicity",
        "religion",
        "sexual-orientation",
        "socioeconomic",
        "veteran-status",
    )


@pytest.mark.parametrize("name", builtin_lexicons())
def test_a_built_in_lexicon_has_no_problem(name):
    assert [problem.lines() for problem in check_lexicon(name)] == []


@pytest.mark.parametrize("name", builtin_lexicons())
def test_no_built_in_term_is_guarded_everywhere(name):
    """Each form matches in some plain text: none is dead because of its own guards."""
    lexicon = load_lexicon(name)
    matcher = TermMatcher([lexicon])
    frames = ("They met {} people.", "{} people came.", "I saw the {} there.", "{} came.")
    for entry in lexicon.entries:
        for form in {form for _, form in entry.spellings()}:
            texts = [frame.format(form) for frame in frames]
            assert any(match.term == form for text in texts for match in matcher.find(text)), form


@pytest.mark.parametrize("name", builtin_lexicons())
def test_a_built_in_lexicon_says_that_it_is_non_pejorative(name):
    content, _ = lexicon_module.read_lexicon(name)
    head = content.decode("utf-8").split("schema_version")[0]
    assert "non-pejorative" in head


def test_slots_and_counterparts_are_read(tmp_path):
    path = write(
        tmp_path,
        """{ term = "she", pos = "pronoun", group = "female", counterparts = ["he"], forms = { \
object = "her", determiner = "her", possessive = ["hers", "her's"] } },
    { term = "he", pos = "pronoun", group = "male", counterparts = ["she"] },""",
    )
    she, he = load_lexicon(path).entries
    assert she.form("base") == "she"
    assert she.form("possessive") == "hers"
    assert he.form("possessive") is None
    (match,) = TermMatcher([load_lexicon(path)]).find("I saw HER")
    assert (match.term, match.slots) == ("her", ("object", "determiner"))
    assert match.counterparts == (he,)


def test_plain_text_has_groups_and_no_guards(tmp_path):
    path = tmp_path / "cities.txt"
    path.write_text("term,group\n# comment\n\nNew  York,east\nBoston\n", encoding="utf-8")
    lexicon = load_lexicon(path)
    assert [(entry.term, entry.group) for entry in lexicon.entries] == [
        ("New York", "east"),
        ("Boston", "cities"),
    ]
    assert {entry.guards for entry in lexicon.entries} == {Guards()}
    assert lexicon.version == "unversioned"


@pytest.mark.parametrize(
    ("terms", "line", "says"),
    [
        ('{ term = "mom", group = "famale" },', 7, "not declared"),
        ('{ term = "mom", group = "female" },\n{ term = "MOM", group = "male" },', 8, "twice"),
        ('{ term = "she", group = "female", forms = { object = "her" } },\n'
         '{ term = "Her", group = "female" },', 8, "twice"),
        ('{ term = "!?", group = "female" },', 7, "cannot be a term"),
        ('{ term = "mom", group = "female", counterparts = ["dat"] },', 7, "not a term of this"),
        ('{ term = "mom", group = "female", color = "red" },', 7, "color"),
        ('{ term = "mom", group = "female", guards = { not_capitalised = true, '
         'only_capitalised = true } },', 7, "exclude each other"),
        ('{ term = "old", group = "female", guards = { ages = [90, 60] } },', 7, "the lowest"),
        ('{ term = "mom", group = "female", forms = { plural = [] } },', 7, "plural"),
        ('{ group = "female", term = "a" }, { term = "b", group = "male" }, # term = "c"\n'
         '{ group = "term = it", term = "d" },', 8, "not declared"),
        ("", None, "no term"),
    ],
)  # fmt: skip
def test_what_would_make_matching_wrong_is_refused_with_its_line(tmp_path, terms, line, says):
    path = write(tmp_path, terms)
    with pytest.raises(InputError) as caught:
        load_lexicon(path)
    shown = "\n".join(caught.value.lines())
    assert says in shown
    assert str(path) in shown
    assert line is None or f"line {line}" in shown


@pytest.mark.parametrize("content", [b"\xff\xfe", b"terms = [", b"a = " + b"[" * 5000, b"name = 1"])
def test_a_file_that_is_no_lexicon_is_refused(tmp_path, content):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_lexicon(path)
    assert check_lexicon(path)


def test_an_unknown_name_is_answered_with_the_closest():
    with pytest.raises(InputError, match="did you mean 'gender'"):
        load_lexicon("gendre")


def test_a_missing_file_is_refused():
    with pytest.raises(InputError, match="cannot be read"):
        load_lexicon("missing/terms.toml")


def test_the_check_reports_every_problem_with_its_line(tmp_path):
    path = write(
        tmp_path,
        """{ term = "mom", group = "female", counterparts = ["dad", "aunt"] },
{ term = "dad", group = "male" },
{ term = "aunt", group = "female", counterparts = ["mom"] },
{ term = "wom[ae]n", group = "female" },
{ term = "girl.*", group = "female" },
{ term = "sis|sister", group = "female" },
{ term = "niece", group = "female", forms = { plural = "Mom" } },
{ term = "man", group = "male", guards = { not_in = ["woman up", "man (?:cave)"] } },
{ term = "lad", group = "male", forms = { base = "Lad" } },
{ term = "hag", group = "male" },
{ term = "lass", group = "female", counterparts = ["ladd"] },""",
        head=HEAD + 'groups.nobody = "Nobody"\n',
    )
    expected = [
        (6, "empty"),
        (8, "goes one way"),
        (8, "one group"),
        (10, "one group"),
        (11, "regular expression"),
        (12, "regular expression"),
        (13, "regular expression"),
        (14, "twice"),
        (15, "holds no form"),
        (15, "regular expression"),
        (16, "twice as base"),
        (17, "pejorative"),
        (18, "not a term of this lexicon"),
    ]
    found = problems(path)
    assert sorted({line for line, _ in found}) == sorted({line for line, _ in expected})
    for line, says in expected:
        assert [p for n, p in found if n == line and says in "\n".join(p.lines())], (line, says)
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_the_check_reads_plain_text(tmp_path):
    path = tmp_path / "terms.txt"
    path.write_text("mom\nwom[ae]n\nMom\na,b,c\n", encoding="utf-8")
    assert [line for line, _ in problems(path)] == [4]
    path.write_text("mom\nwom[ae]n\nMom\n", encoding="utf-8")
    assert [line for line, _ in problems(path)] == [2, 3]


def test_terms_with_dots_and_plus_signs_are_no_patterns(tmp_path):
    path = write(
        tmp_path, '{ term = "LGBTQ+", group = "female" },{ term = "Mrs.", group = "male" }'
    )
    assert check_lexicon(path) == ()


def test_a_swap_that_goes_both_ways_passes(tmp_path):
    path = write(
        tmp_path,
        '{ term = "mom", group = "female", counterparts = ["Dad"] },\n'
        '{ term = "dad", group = "male", counterparts = ["MOM"] },',
    )
    assert check_lexicon(path) == ()
