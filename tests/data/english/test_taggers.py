"""Taggers by name: the built-in one, and what a package adds."""

from __future__ import annotations

import pytest

from evenhand.data import BuildOptions, build_dataset
from evenhand.data.english.taggers import tagger_of
from evenhand.data.english.tagging import RuleTagger
from evenhand.data.errors import ConfigurationError, InputError

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
