"""What is left of a text without its terms."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evenhand.data.matching import matcher as matching
from evenhand.data.methods.ablation import NOTHING_LEFT, AblationMethod, ablate
from evenhand.data.methods.base import Skipped

TERMS = ("he", "she", "king", "woman", "trans woman", "step parent")
PIECES = st.one_of(
    st.sampled_from([*TERMS, "She", "KING", "step", "parent", "trans", "word", "the"]),
    st.sampled_from(
        [" ", " ", "  ", "\n", "\t", "\u00a0", ".", ",", ":)", "(", ")", '"', "'", "-"]
    ),
    st.sampled_from(["@", "#", "’s", "é", "\u0301", "👩", "\x00", "שלום", "\ud83d", "_"]),
    st.characters(),
)
TEXTS = st.lists(PIECES, max_size=15).map("".join)


@pytest.fixture
def matcher(make_matcher):
    return make_matcher(*TERMS)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("She told him", "told him"),
        ("I told she", "I told"),
        ("I and she went", "I and went"),
        ("I saw she.", "I saw."),
        ("I saw she , or not", "I saw, or not"),
        ("I saw she :)", "I saw :)"),
        ("the king .NET", "the .NET"),
        ("Is the king? Yes (she) is", "Is the? Yes () is"),
        ("(she said) [king x]", "(said) [x]"),
        ('"she said" or "the king" x', '"said" or "the" x'),
        ("the woman's car", "the 's car"),
        ("he and she", "and"),
        ("king she he x", "x"),
        ("x  y she  z", "x  y z"),
        ("x\tshe\ty", "x\ty"),
        ("one\nShe two\nshe\nthree she", "one\ntwo\nthree"),
        ("one\n\nShe two", "one\n\ntwo"),
        (" she \n", ""),
        ("she!", "!"),
        ("  two ends she kept  ", "  two ends kept  "),
    ],
)
def test_terms_go_and_white_space_is_mended_there(matcher, text, left):
    assert ablate(text, matcher).text == left


def test_a_text_without_terms_has_no_counterfactual(matcher):
    assert ablate("nothing  here .", matcher) is None


def test_terms_and_groups_are_listed_once(matcher):
    counterfactual = ablate("She, the king, SHE", matcher)
    assert counterfactual.terms == ("she", "king")
    assert counterfactual.groups == ("terms",)


def test_a_term_that_comes_together_goes_too(matcher):
    assert ablate("a step she parent here", matcher).text == "a here"
    assert ablate("step he\nparent", matcher).text == ""


def without_white_space(text: str) -> str:
    return "".join(text.split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS)
@example(text="she" * 3 + "she she she")
def test_ablation(matcher, text):
    counterfactual = ablate(text, matcher)
    if counterfactual is None:
        assert not matcher.find(text)
        return
    left = counterfactual.text
    assert left != text
    assert not matcher.find(left), "no listed term survives"
    pieces, end = [], 0
    for match in matcher.find(text):
        pieces.append(text[end : match.start])
        end = match.end
    pieces.append(text[end:])
    kept = without_white_space("".join(pieces))
    if not re.search(r"(?i)step|parent", text):  # else a term may come together and go as well
        assert without_white_space(left) == kept, "every other character stays"
        assert left.startswith(pieces[0].rstrip()), "white space elsewhere stays"
        assert left.endswith(pieces[-1].lstrip()), "white space elsewhere stays"


def test_a_megabyte_on_one_line_is_no_problem(matcher):
    text = "he said the word " * 60_000
    assert ablate(text, matcher).text.count("said the word") == 60_000
    assert ablate("he " * 300_000, matcher).text == ""
    assert ablate(" " * 1_000_000 + "he", matcher).text == ""


@given(st.lists(TEXTS, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(["a step she parent here", "", "she", "no term"])
def test_the_method_does_the_same_for_many_texts(matcher, texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_MANY_TEXTS", 0)
        outcomes = AblationMethod(matcher)(texts)
    for text, outcome in zip(texts, outcomes, strict=True):
        pair = ablate(text, matcher)
        if pair is None:
            assert outcome == ()
        else:
            assert outcome == ((pair,) if pair.text else Skipped(NOTHING_LEFT))


def test_a_lone_surrogate_beside_other_texts_is_no_problem(matcher):
    made = AblationMethod(matcher)(["the king said", "\ud800 the king said"])
    assert [outcome[0].text for outcome in made] == ["the said", "\ud800 the said"]
