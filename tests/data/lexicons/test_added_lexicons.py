"""Lexicons that other packages bring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenhand.data.building.scan import scan_terms
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.lexicons.lexicon import builtin_lexicons, lexicon_names, load_lexicon
from evenhand.data.lexicons.lint import check_lexicon
from evenhand.data.lexicons.writing import toml_of

TOML = """
schema_version = 1
name = "relatives"
version = "2"
groups.female = "Women"
groups.male = "Men"
terms = [
    { term = "aunt", group = "female", counterparts = ["uncle"] },
    { term = "uncle", group = "male" },
]
"""
CODE = """
from pathlib import Path

from evenhand.data import Lexicon
from evenhand.data.lexicons.lexicon import Entry, Guards

path = Path(__file__).with_name("relatives.toml")
text = str(path)
absent = path.with_name("absent.toml")
number = 3
made = Lexicon(
    "made",
    "1",
    'With "quotes", and\\n\\N{WHITE SMILING FACE}',
    {"a b": "A", "c": ""},
    (
        Entry(term="aunt", group="a b", forms={"plural": ["aunts", "aunties"]}),
        Entry(term="uncle", group="c", pos="noun", guards=Guards(not_in=("uncle sam",))),
    ),
)
empty = Lexicon("empty", "1", "", {}, ())
"""


def add(add_package, tmp_path, package, **points):
    (tmp_path / "relatives.toml").write_text(TOML, encoding="utf-8")
    add_package(package, "evenhand.lexicons", points, CODE)


@pytest.mark.parametrize("attribute", ["path", "text"])
def test_a_file_of_a_package_is_a_lexicon_by_name(add_package, tmp_path, attribute):
    add(add_package, tmp_path, f"lexicons_by_{attribute}", relatives=attribute)
    assert set(lexicon_names()) == {"relatives", *builtin_lexicons()}
    assert load_lexicon("relatives") == load_lexicon(tmp_path / "relatives.toml")
    [problem] = check_lexicon("relatives")
    assert "goes one way only" in str(problem) and "relatives.toml, line 8" in str(problem)


def test_data_is_scanned_for_what_packages_add_too(add_package, tmp_path):
    add(add_package, tmp_path, "lexicons_to_scan_for", relatives="path")
    (tmp_path / "rows.csv").write_text("text\nMy aunt prays.\nA Jewish uncle\n", encoding="utf-8")
    found = scan_terms([tmp_path / "rows.csv"])
    assert {each.name for each in found.terms} == {"aunt", "uncle", "Jewish"}


def test_a_lexicon_that_code_has_made(add_package, tmp_path):
    add(add_package, tmp_path, "lexicons_made", made="made")
    import lexicons_made

    loaded = load_lexicon("made")
    assert replace(loaded, sha256="") == lexicons_made.made
    assert len(loaded.sha256) == 64
    lexicons_made.made = replace(lexicons_made.made, version="2")
    assert load_lexicon("made").sha256 != loaded.sha256


@pytest.mark.parametrize("name", builtin_lexicons())
def test_a_lexicon_written_down_is_read_as_it_was(tmp_path, name):
    lexicon = load_lexicon(name)
    (tmp_path / "copy.toml").write_text(toml_of(lexicon), encoding="utf-8")
    copy = load_lexicon(tmp_path / "copy.toml")
    assert replace(copy, sha256=lexicon.sha256) == lexicon


def test_a_name_of_evenhand_s_own_is_ambiguous(add_package, tmp_path):
    add(add_package, tmp_path, "lexicons_that_clash", gender="path")
    with pytest.raises(ConfigurationError, match="'gender' is evenhand's own") as caught:
        load_lexicon("gender")
    assert "lexicons_that_clash" in str(caught.value)
    assert load_lexicon("religion").name == "religion"  # the others are what they were


@pytest.mark.parametrize(
    ("attribute", "error", "what"),
    [
        ("number", ConfigurationError, "'people' is a int"),
        ("path", ConfigurationError, "'people' calls itself 'relatives'"),
        ("absent", InputError, "cannot be read"),
        ("empty", InputError, "holds no term"),
        ("nothing", ConfigurationError, "cannot be loaded"),
    ],
)
def test_what_is_no_lexicon_is_refused(add_package, tmp_path, attribute, error, what):
    add(add_package, tmp_path, f"no_lexicon_{attribute}", people=attribute)
    with pytest.raises(error, match=what):
        load_lexicon("people")


@pytest.mark.parametrize("name", ["a" * 5_000, "b/" + "a" * 300, "\0", "b/\0"])
def test_a_name_that_no_file_can_have_is_no_lexicon(name):
    with pytest.raises(InputError, match=r"no lexicon called|cannot be read"):
        load_lexicon(name)


def test_an_unknown_name_is_told_what_there_is(add_package, tmp_path):
    add(add_package, tmp_path, "lexicons_to_suggest", relatives="path")
    with pytest.raises(InputError, match="did you mean 'relatives'") as caught:
        load_lexicon("relative")
    assert "gender, immigration, nationality, race-ethnicity, relatives, religion" in str(
        caught.value
    )
