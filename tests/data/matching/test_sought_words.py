"""Words are found as the expressions for them find them; what is ruled out at once is not there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.english.word_classes import word_set
from evenhand.data.matching.sought_words import SoughtInFront, SoughtWords, held_by
from evenhand.data.sense import context_words as context
from evenhand.data.sense import set_phrases, statements

ANYWHERE = {name: found for name, found in vars(context).items() if isinstance(found, SoughtWords)}
IN_FRONT = {
    f"{module.__name__}.{name}": found
    for module in (context, set_phrases, statements)
    for name, found in vars(module).items()
    if isinstance(found, SoughtInFront)
}
WORDS = word_set("""
    only such as the a an any every i is isn't she's he wasnt really one of some pretending
    identifies alternative to vs. so-called racism RACIST would even dont sex sexy god's dog his
    non-white equality Kids need has your""")
OTHERS = [
    "ſex",
    "\N{KELVIN SIGN}id",
    "é",
    '"',
    "“",
    "'",
    "-",
    "_",
    "@",
    ",",
    ".",
    "\n",
    "\u00a0",
    "\x1c",
]
PIECES = [*sorted(WORDS), *OTHERS, *[" "] * 12]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@given(st.lists(TEXTS, min_size=16, max_size=20))
def test_texts_that_match_are_seen_among_many(texts: list[str]) -> None:
    sought = list(ANYWHERE.values())
    for text, held in zip(texts, held_by(texts, sought), strict=True):
        assert {words for words in sought if words.search(text)} <= held


def test_texts_without_a_word_are_ruled_out_and_no_others() -> None:
    words = SoughtWords(
        re.compile(r"(?<!\w)(?:teach\w*|so\s+on|vs\.)", re.IGNORECASE), "teach* so_on vs."
    )
    texts = ["Teachers", "and SO  on", "a vs. b", "reteach", "soon", "a vs b", "ſo on"]
    found = [words in held for held in held_by(texts * 4, [words])]
    assert found[:7] == [True, True, True, False, False, False, True]


def test_a_lone_surrogate_rules_nothing_out() -> None:
    assert held_by(["\ud800"] * 20, [context.TOPICS]) == [{context.TOPICS}] * 20


@pytest.mark.parametrize("name", sorted(IN_FRONT))
@given(text=TEXTS)
def test_in_front_is_found_what_the_expression_finds(name: str, text: str) -> None:
    sought = IN_FRONT[name]
    found, expected = sought.search(text), sought.pattern.search(text)
    assert (found and found.span()) == (expected and expected.span())
