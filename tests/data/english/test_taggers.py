"""Taggers by name: the built-in one, and what a package adds."""

from __future__ import annotations

import pytest

from evenhand.data import BuildOptions, build_dataset
from evenhand.data.english.taggers import tagger_of
from evenhand.data.english.tagging import RuleTagger
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.matching.blockers import PERSON_STAYS
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.substitution import SubstitutionMethod

CODE = """
class Objects:
    name = "objects 2"

    def slot(self, text, start, end, slots):
        return "object" if "object" in slots else slots[0]


ready = Objects()


class Unfit:
    name = "unfit"


class Failing:
    name = "failing"

    def slot(self, text, start, end, slots):
        raise RuntimeError("no grammar")


class Lost:
    name = "lost"

    def slot(self, text, start, end, slots):
        return "nowhere"


class Unmade:
    def __init__(self):
        raise RuntimeError("no dictionary")
"""


def add(add_package, package, **points):
    add_package(package, "evenhand.taggers", points, CODE)


class Persons(RuleTagger):
    """Takes for persons what somebody lists."""

    name = "persons"

    def __init__(self, *persons):
        self._persons = persons

    def persons(self, text):
        found = [(text.find(person), len(person)) for person in self._persons]
        return [(start, start + length) for start, length in found if start >= 0]


@pytest.mark.parametrize(
    ("text", "person", "names", "made"),
    [
        ("Dubarry says he lied.", None, False, "Dubarry says she lied."),
        ("Dubarry says he lied.", "Dubarry", False, None),
        ("The brothers met Dubarry.", "Dubarry", False, "The sisters met Dubarry."),
        ("Mr. Dubarry said so.", "Dubarry", False, "Ms. Dubarry said so."),
        ("Mr. Dubarry said so.", "Mr. Dubarry", False, "Ms. Dubarry said so."),
        ("My brother Dubarry said so.", "Dubarry", False, None),
        ("Emma Dubarry lost her keys.", "Emma Dubarry", True, "Benjamin Dubarry lost his keys."),
        ("Zorblata Dubarry lost her keys.", "Zorblata Dubarry", True, None),
    ],
)
def test_persons_that_a_tagger_finds_leave_out_what_they_would_contradict(
    text, person, names, made
):
    tagger = Persons(person) if person else RuleTagger()
    matcher = TermMatcher([load_lexicon("gender")], names=names)
    found = SubstitutionMethod(matcher, tagger=tagger).substitute(text)
    if made is None:
        assert found == Skipped(PERSON_STAYS)
    else:
        assert made in [counterfactual.text for counterfactual in found]


def test_a_religion_is_exchanged_beside_any_person():
    """Its lexicon has no given names: no name of somebody contradicts it."""
    matcher = TermMatcher([load_lexicon("religion")])
    method = SubstitutionMethod(matcher, tagger=Persons("Dubarry"))
    made = method.substitute("Dubarry met a Muslim.")
    assert "Dubarry met a Hindu." in [counterfactual.text for counterfactual in made]


@pytest.mark.parametrize("persons", [None, [3], ["ab", 4]])
def test_persons_that_are_no_places_are_an_error_with_the_text(monkeypatch, persons):
    tagger = Persons()
    monkeypatch.setattr(tagger, "persons", lambda text: persons)
    method = SubstitutionMethod(TermMatcher([load_lexicon("gender")]), tagger=tagger)
    with pytest.raises(InputError, match="tagger persons fails") as caught:
        method.substitute("Dubarry says he lied.")
    assert "Dubarry says he lied." in str(caught.value)


def test_the_default_needs_no_name():
    assert isinstance(tagger_of(None, None), RuleTagger)
    assert isinstance(tagger_of("rules", None), RuleTagger)


@pytest.mark.parametrize("attribute", ["Objects", "ready"])
def test_a_dataset_is_built_with_a_package_s_tagger(add_package, tmp_path, attribute):
    add(add_package, f"taggers_{attribute.lower()}", objects=attribute)
    (tmp_path / "rows.csv").write_text("text\nI saw her cat.\n", encoding="utf-8")
    made = {}
    for tagger in (None, "objects"):
        output = tmp_path / f"with {tagger}"
        dataset = build_dataset([tmp_path / "rows.csv"], output, method="substitute", tagger=tagger)
        [made[tagger]] = dataset.pairs().to_pylist()
    assert made[None]["counterfactual"] == "I saw his cat."
    assert made["objects"]["counterfactual"] == "I saw him cat."
    assert dataset.manifest.method.options["tagger"] == "objects 2"


@pytest.mark.parametrize(
    ("attribute", "what"),
    [("Failing", "the tagger failing fails .RuntimeError: no grammar"), ("Lost", "slot 'nowhere'")],
)
def test_a_tagger_that_does_not_answer_is_named_with_the_text(
    add_package, tmp_path, attribute, what
):
    add(add_package, f"taggers_{attribute.lower()}", mine=attribute)
    (tmp_path / "rows.csv").write_text("text\nI saw her cat.\n", encoding="utf-8")
    with pytest.raises(InputError, match=what) as caught:
        build_dataset([tmp_path / "rows.csv"], tmp_path / "out", method="substitute", tagger="mine")
    assert "I saw her cat." in str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "what"),
    [
        ("Unfit", "the tagger 'mine' is a Unfit"),
        ("Unmade", "cannot be made .RuntimeError: no dictionary"),
        ("CODE", "cannot be loaded .AttributeError"),
    ],
)
def test_what_is_no_tagger_is_refused(add_package, attribute, what):
    add(add_package, f"no_tagger_{attribute.lower()}", mine=attribute)
    with pytest.raises(ConfigurationError, match=what):
        tagger_of("mine", None)


def test_an_unknown_tagger_is_told_what_there_is(add_package):
    add(add_package, "taggers_of_languages", french="ready")
    with pytest.raises(ConfigurationError, match="one of rules, spacy, french") as caught:
        tagger_of("frensh", None)
    assert "did you mean 'french'?" in str(caught.value)


def test_spacy_needs_a_pipeline():
    with pytest.raises(ConfigurationError, match="none is named") as caught:
        tagger_of("spacy", None)
    assert caught.value.remedy == "name the pipeline with `spacy_pipeline`, and leave out `tagger`"


def test_two_taggers_are_one_too_many():
    with pytest.raises(ConfigurationError, match="give one"):
        BuildOptions(method="substitute", tagger="rules", spacy_pipeline="en_core_web_sm")
    with pytest.raises(ConfigurationError, match="has no use for `tagger`"):
        BuildOptions(tagger="rules")
