from __future__ import annotations

import importlib.util

import pytest

from evenhand.data.english.spacy_tagger import SpacyTagger
from evenhand.data.errors import UnavailableError
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.substitution import SubstitutionMethod

HAS_SPACY = importlib.util.find_spec("spacy") is not None


@pytest.mark.skipif(HAS_SPACY, reason="spaCy is installed")
def test_without_spacy_the_error_says_how_to_get_it():
    with pytest.raises(UnavailableError, match="evenhand\\[spacy\\]"):
        SpacyTagger("en_core_web_sm")


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_a_missing_pipeline_is_named():
    with pytest.raises(UnavailableError, match="en_no_such_pipeline"):
        SpacyTagger("en_no_such_pipeline")


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_the_pipeline_decides(tmp_path):
    """A pipeline whose tags come from a list: every "her" here is what the rules would not say."""
    import spacy

    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("attribute_ruler")
    ruler.add([[{"LOWER": "her"}]], {"TAG": "PRP$", "DEP": "poss"})
    ruler.add([[{"LOWER": "his"}]], {"TAG": "PRP$", "DEP": "attr"})
    pipeline.to_disk(tmp_path / "listed")
    tagger = SpacyTagger(str(tmp_path / "listed"))
    method = SubstitutionMethod(TermMatcher([load_lexicon("gender")]), tagger=tagger)
    (made,) = method.substitute("Ask her about his hat")
    assert made.text == "Ask his about hers hat"
    assert method.options["tagger"] == tagger.name
    assert tagger.name.startswith("spacy:")


@pytest.mark.skipif(not HAS_SPACY, reason="spaCy is not installed")
def test_the_pipeline_s_persons_leave_a_pair_out(tmp_path):
    import spacy

    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": "PERSON", "pattern": "Dubarry"}, {"label": "GPE", "pattern": "Lagos"}]
    )
    pipeline.to_disk(tmp_path / "entities")
    tagger = SpacyTagger(str(tmp_path / "entities"))
    assert tagger.persons("Dubarry says he left Lagos") == [(0, 7)]
    method = SubstitutionMethod(TermMatcher([load_lexicon("gender")]), tagger=tagger)
    assert isinstance(method.substitute("Dubarry says he left"), Skipped)
    assert method.substitute("They say he left Lagos")[0].text == "They say she left Lagos"
