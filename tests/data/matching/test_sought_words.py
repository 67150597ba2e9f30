"""Words are found as the expressions for them find them; what is ruled out at once is not there."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand.data.english.word_classes import word_set
from evenhand.data.matching.sought_words import AnyInText, Sought, SoughtInFront, cuts_word
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
    every = list(dict.fromkeys(ANYWHERE.values()))
    any_in_text = AnyInText(*every)
    asked = [every[row % 3 :: row % 5 + 1] for row in range(len(texts))]
    numbers = [any_in_text.number_of(*sought) for sought in asked]
    for text, sought, held in zip(texts, asked, any_in_text.held_by(texts, numbers), strict=True):
        assert {words for words in sought if words.is_in(text)} <= held <= set(sought)


@pytest.mark.parametrize("name", sorted(ANYWHERE))
@settings(max_examples=50)
@given(data=st.data())
def test_what_an_expression_finds_is_seen_among_many(name: str, data: st.DataObject) -> None:
    sought = ANYWHERE[name]
    drawn = data.draw(st.from_regex(sought.pattern))
    in_cases = [text for text in (drawn, drawn.upper(), drawn.title()) if sought.is_in(text)]
    assert drawn in in_cases
    for text in in_cases:
        assert AnyInText(sought).held_by([text] * 16, [1] * 16) == [{sought}] * 16


TEACHING = Sought(
    re.compile(r"(?<!\w)(?:teach\w*|so\s+on|vs\.|[a-z]+ists|non-\w*)(?!\w)", re.IGNORECASE),
    "teach* so_on vs. *ists non-*",
)


@pytest.mark.parametrize(
    "text", ["Teachers", "and SO\x1con", "a vs. b", "ſo on", "a non- b", "Rapists", "TEACH,IN"]
)
def test_a_text_with_any_of_the_words_is_seen(text: str) -> None:
    assert TEACHING.is_in(text)
    assert AnyInText(TEACHING).held_by([text] * 16, [1] * 16) == [{TEACHING}] * 16


@pytest.mark.parametrize("people", ["Knicks", "Jews", "Muslims", "Arabs", "Germans", "Finns"])
def test_peoples_are_seen_with_the_words_for_several(people: str) -> None:
    several = antecedents.SEVERAL
    (held,) = set(AnyInText(several).held_by([f"He met {people} who"] * 16, [1] * 16))
    text = f"{people} left when he came"
    assert antecedents.may_be_several(text, text.index("he came"), held)
    assert not antecedents.may_be_several(text.lower(), text.index("he came"), held)


@pytest.mark.parametrize("text", ["reteach", "soon", "a versus b", "nonsense", "tourist", "é", ""])
def test_texts_that_hold_none_of_the_words_are_ruled_out(text: str) -> None:
    assert AnyInText(TEACHING).held_by([text] * 16, [1] * 16) == [frozenset()] * 16


def test_a_lone_surrogate_hides_nothing() -> None:
    several = AnyInText(context.TOPICS, context.THEY)
    texts = ["\ud800 sexism", "\ud800"] * 10
    assert several.held_by(texts, [1] * 20) == [{context.TOPICS}, frozenset()] * 10


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


@pytest.mark.parametrize("name", sorted(IN_FRONT))
@settings(max_examples=50)
@given(data=st.data())
def test_what_an_expression_finds_in_front_is_found_by_its_words(
    name: str, data: st.DataObject
) -> None:
    sought = IN_FRONT[name]
    text = data.draw(st.from_regex(sought.pattern))
    assume(all(re.search(r"\w", word) for word in text.split()))  # "rise in ' ' ' '" is no text
    assert sought.search(text)
    last = text.split()[-1].lower()
    assert sought.may_end_with(last.rstrip(".,!?;:"))
