"""Words are found as the expressions for them find them; what is ruled out at once is not there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.data.english.word_classes import word_set
from evenhand.data.matching.sought_words import Sought, SoughtInFront, cuts_word, held_by
from evenhand.data.methods import neutral_sense
from evenhand.data.sense import antecedents, set_phrases, statements
from evenhand.data.sense import context_words as context

RULES = {
    f"{module.__name__}.{name}": found
    for module in (context, antecedents, set_phrases, statements, neutral_sense)
    for name, found in vars(module).items()
    if isinstance(found, Sought | SoughtInFront)
}
ANYWHERE = {name: found for name, found in RULES.items() if isinstance(found, Sought)}
IN_FRONT = {name: found for name, found in RULES.items() if isinstance(found, SoughtInFront)}
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
    every = list(ANYWHERE.values())
    asked = [tuple(every[row % 3 :: row % 5 + 1]) for row in range(len(texts))]
    for text, sought, held in zip(texts, asked, held_by(texts, asked), strict=True):
        assert {words for words in sought if words.search(text)} <= held <= set(sought)


@pytest.mark.parametrize("name", sorted(ANYWHERE))
@settings(max_examples=50)
@given(data=st.data())
def test_what_an_expression_finds_is_seen_among_many(name: str, data: st.DataObject) -> None:
    sought = ANYWHERE[name]
    text = data.draw(st.from_regex(sought.pattern))
    assert held_by([text] * 16, [(sought,)] * 16) == [{sought}] * 16


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"(?<!\w)(?:teach\w*|so\s+on|vs\.)(?!\w)", "Teachers"),
        (r"(?<!\w)(?:teach\w*|so\s+on|vs\.)(?!\w)", "and SO\x1con"),
        (r"(?<!\w)(?:teach\w*|so\s+on|vs\.)(?!\w)", "a vs. b"),
        (r"(?<!\w)(?:teach\w*|so\s+on|vs\.)(?!\w)", "ſo on"),
        (r"(?<![\w@])non-\w*(?!\w)", "a non- b"),
        (r"(?<!\w)a(?=b)(?!bc)b|c(?![\w'])", "ab"),
        (r"(?<!\w)a(?=b)(?!bc)b|c(?![\w'])", "xc."),
        (r"[)(](?<!\w)x(?!(?:y|[)(]))z\Z", ")xz"),
    ],
)
def test_look_around_rules_nothing_out_that_is_there(expression: str, text: str) -> None:
    sought = Sought(re.compile(expression, re.IGNORECASE))
    assert sought.search(text)
    assert held_by([text] * 16, [(sought,)] * 16) == [{sought}] * 16


@pytest.mark.parametrize("text", ["reteach", "soon", "a vs b", "teach", "so.on"])
def test_texts_that_hold_nothing_are_ruled_out(text: str) -> None:
    sought = Sought(re.compile(r"(?<!\w)(?:teaching|so\s+on|vs\.)(?!\w)", re.IGNORECASE))
    assert held_by([text] * 16, [(sought,)] * 16) == [frozenset()] * 16


def test_a_lone_surrogate_rules_nothing_out() -> None:
    assert held_by(["\ud800"] * 20, [(context.TOPICS,)] * 20) == [{context.TOPICS}] * 20


@pytest.mark.parametrize(
    ("text", "position", "cuts"),
    [
        ("policemen", 6, True),
        ("the men", 4, False),
        ("the men", 3, False),
        ("men", 0, False),
        ("men", 3, False),
        ("men", -5, False),
    ],
)
def test_a_part_of_a_text_may_cut_a_word(text: str, position: int, cuts: bool) -> None:
    assert cuts_word(text, position) is cuts


@pytest.mark.parametrize("name", sorted(IN_FRONT))
@given(text=TEXTS)
def test_in_front_is_found_what_the_expression_finds(name: str, text: str) -> None:
    sought = IN_FRONT[name]
    found, expected = sought.search(text), sought.pattern.search(text)
    assert (found and found.span()) == (expected and expected.span())
