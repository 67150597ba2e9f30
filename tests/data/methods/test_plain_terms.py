"""What becomes of plain terms is known at once, and is what all the rules say."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data import TermMatcher, load_lexicon
from evenhand.data import english as english_room
from evenhand.data import methods as methods_room
from evenhand.data import sense as sense_room
from evenhand.data.english.noun_phrases import OPENS_PHRASE
from evenhand.data.english.word_classes import ADJECTIVES
from evenhand.data.matching.sought_words import AnyInFront, Sought, SoughtInFront
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral import NeutralMethod
from evenhand.data.methods.neutral_sense import IN_FRONT_OF_ANYBODY
from evenhand.data.methods.neutral_uses import Uses
from evenhand.data.methods.plain_terms import PlainTerms
from evenhand.data.sense.dropped_adjectives import IN_FRONT_OF_ADJECTIVE
from evenhand.data.sense.set_phrases import IN_FRONT_OF_KIN

GENDER = TermMatcher([load_lexicon("gender")])
OTHERS = TermMatcher(
    [load_lexicon(name) for name in ("age", "disability", "nationality", "race-ethnicity")]
)


def modules_of(room: ModuleType, start: str = "") -> Iterable[ModuleType]:
    for module in pkgutil.iter_modules(room.__path__):
        if module.name.startswith(start):
            yield importlib.import_module(f"{room.__name__}.{module.name}")


SENSE = list(modules_of(sense_room))
RULES = [*SENSE, *modules_of(english_room), *modules_of(methods_room, "neutral")]


def words_of_rules() -> list[str]:
    """Return the words that rules know: those of a new rule, too."""
    found: set[str] = set()
    for value in (value for module in RULES for value in vars(module).values()):
        pattern = value.pattern if isinstance(value, (Sought, SoughtInFront)) else value
        if isinstance(pattern, re.Pattern):
            found |= set(re.findall(r"(?<!\\)[A-Za-z'’]{2,}", pattern.pattern))
        elif isinstance(value, frozenset):
            found |= {word for word in value if isinstance(word, str) and " " not in word}
    return sorted(found - {""})


def terms_of(matcher: TermMatcher) -> list[str]:
    return sorted(
        {form for one in matcher.lexicons for entry in one.entries for _, form in entry.spellings()}
    )


# Words that decide much stand in texts more often than lists hold them.
FREQUENT = ["is", "are", "a", "an", "the", "that's", "of", "and", "there", "more", "God", "that"]
WORDS = st.one_of(
    st.sampled_from(words_of_rules()), st.sampled_from(FREQUENT), st.sampled_from(["Anna", "shop"])
)
SIGNS = st.sampled_from([""] * 8 + [".", ",", "!", "?", ";", ":", "'s", "-", ")", "\n"])
PHRASES = st.lists(st.tuples(WORDS, SIGNS).map("".join), max_size=4).map(" ".join)


def texts_with(matcher: TermMatcher) -> st.SearchStrategy[str]:
    opens = st.sampled_from(
        [word for each in sorted(OPENS_PHRASE) for word in (each, each.title())]
    )
    adjective = st.one_of(st.just(""), st.sampled_from(sorted(ADJECTIVES)).map("{} ".format))
    term = st.tuples(opens, st.just(" "), adjective, st.sampled_from(terms_of(matcher))).map(
        "".join
    )
    clause = st.tuples(PHRASES, st.tuples(term, SIGNS).map("".join), PHRASES).map(" ".join)
    return st.lists(clause, min_size=1, max_size=2).map(" ".join)


@pytest.mark.parametrize("matcher", [GENDER, OTHERS], ids=["gender", "others"])
def test_a_plain_term_becomes_what_all_the_rules_say(matcher):
    fast, full = NeutralMethod(matcher), NeutralMethod(matcher)
    full._uses = Uses()

    @settings(deadline=None, max_examples=100)
    @given(st.lists(texts_with(matcher), min_size=1, max_size=20))
    def become_the_same(texts):
        assert fast(texts) == full(texts)

    become_the_same()


def test_all_that_rules_of_sense_look_for_in_front_of_a_term_is_looked_for():
    every = {
        value
        for module in SENSE
        for value in vars(module).values()
        if isinstance(value, SoughtInFront)
    }
    known: list[AnyInFront] = [IN_FRONT_OF_KIN, IN_FRONT_OF_ANYBODY, IN_FRONT_OF_ADJECTIVE]
    assert every == {sought for several in known for sought in several.several}


def is_plain(text: str) -> bool:
    matches = GENDER.find(text)
    assert matches
    uses = Uses(PlainTerms()).of(text, matches)
    return not isinstance(uses, Skipped) and all(use.plain for use in uses)


@pytest.mark.parametrize(
    "text",
    [
        "We met my mother at the shop.",
        "We saw their mother.",
        "I asked the man in the shop",
        "We know the women who sing.",
        "What the gay singer wrote is here.",
        "Their sons sing and my brother sings.",
        "We met the tall man in the shop.",
        "What my old mother wrote is here.",
        "I got it from my mother.",
        "What the gay singer, my friend, wrote is here.",
    ],
)
def test_a_term_among_words_that_decide_alone_is_plain(text):
    assert is_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "Everyone and their mother sings.",  # a rule looks for "everyone"
        "We met their sons of the old guns.",
        "It is always the women who sing.",
        "This is the man",
        "Only the man in the shop sings.",
        "Only the tall man in the shop sings.",
        "Be nice my son.",
        "The gay song is here.",
        "More million gay kids sing.",
        "There are several gay singers here.",
        "The gay singer or singer sings.",
        "Anna met a man in the shop.",
        "My Mother sings.",
        "Old mother sings.",
    ],
)
def test_a_term_of_which_other_words_decide_is_not_plain(text):
    assert not is_plain(text)
