"""Blockers are found as one pattern of all of them finds them, only faster."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.lexicons.entries import Blocker, Entry, Lexicon
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.matching.blockers import BlockerFinder
from evenhand.data.matching.masking import masked
from evenhand.data.matching.patterns import any_of, whole_word
from evenhand.data.matching.searched_texts import SearchedTexts

WORDS = ("York", "New York", "York City", "rock'n'roll", "Zoë", "ſo", "♀", "co-op", "the 'hood")
OWN = Lexicon(
    name="own",
    version="1",
    description="blockers of every spelling",
    groups={"one": "", "two": ""},
    entries=(Entry(term="she", group="one"),),
    blockers=(Blocker(words=WORDS),),
)
PATTERN = whole_word(any_of(WORDS))
CAPITALISED = replace(OWN, blockers=(Blocker(words=WORDS, capitalised=True),))
PIECES = (
    *WORDS,
    "new  york",
    "ZOË",
    "Zoe\u0308",
    "York\u0301",
    "So",
    "yorks",
    "-",
    "@",
    "_",
    " ",
    " ",
    "'",
    "x",
    "http://york.com",
    "HOOD",
)


MORE_PIECES = (
    *("York york", "Mc mcallister", "7", "Austin said ", "in Austin", "Queen Anne", " Queen _An_ "),
    *("St.", "st", "dr.", "DR", "St.-Anne", "Dr.x "),
    *("www.york", ".com/", "york@mail.org", "s/he", "(s)", "queen", "\ud83d", "•"),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_one_pattern_of_all_blockers_finds_the_same(text):
    found = [(start, end) for start, end, *_ in BlockerFinder([OWN], names=False).find(text)]
    assert found == [match.span() for match in PATTERN.finditer(masked(text))]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_blockers_that_want_a_capital_are_found_with_one(text):
    found = [
        (start, end) for start, end, *_ in BlockerFinder([CAPITALISED], names=False).find(text)
    ]
    every = [match.span() for match in PATTERN.finditer(masked(text))]
    assert {place for place in every if text[place[0]].isupper()} <= set(found)
    assert all(text[start].isupper() for start, _ in found)


@pytest.mark.parametrize("capitalised", [False, True])
@settings(deadline=None, max_examples=30)
@given(
    texts=st.lists(
        st.lists(st.sampled_from((*PIECES, *MORE_PIECES)), max_size=8).map("".join),
        min_size=1,
        max_size=8,
    )
)
def test_blockers_of_many_texts_are_those_of_each(texts, capitalised):
    words = (*(word for word in WORDS if word.isascii()), "Zoë", "Mc Mcallister", "'Tis", "7")
    blockers = (
        Blocker(words=words, capitalised=capitalised),
        Blocker(words=("Austin", "york"), given_name=True),
        Blocker(words=("Queen",), before_name=True),
        Blocker(words=("St.", "dr", "Dr.")),
    )
    finder = BlockerFinder([replace(OWN, blockers=blockers)], names=False)
    many = texts * 3
    assert (
        finder.find_all(many, SearchedTexts.of(many)) == [finder.find(text) for text in texts] * 3
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("New York City", ["New York"]),
        ("in York, new york and _Zoë_", ["York", "new york", "Zoë"]),
        ("Yorkshire, @york, york-based, www.york.com", []),
        ("\ud83d York", ["York"]),
    ],
)
def test_the_first_of_blockers_that_overlap_is_found(text, found):
    blockings = BlockerFinder([OWN], names=False).find(text)
    assert [text[blocking.start : blocking.end] for blocking in blockings] == found


def test_every_blocker_of_every_lexicon_is_found_in_any_case():
    for lexicon in map(load_lexicon, builtin_lexicons()):
        finder = BlockerFinder([lexicon], names=False)
        plain = {
            word
            for blocker in lexicon.blockers
            if not (blocker.before_name or blocker.given_name)
            for word in blocker.words
            if word[0].isalpha()  # those that count only with a capital have one
        }
        assert {word for word in plain if not finder.find(f"({word.upper()})")} == set()
