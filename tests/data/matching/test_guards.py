"""Fixed expressions are seen as one expression for all of them would see them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.lexicons.entries import Guards
from evenhand.data.matching.guards import GuardCheck, beside

EXPRESSIONS = ("old man river", "man in black", "man's best friend", "no man", "the old man")
CHECK = GuardCheck(Guards(not_in=EXPRESSIONS))
PIECES = [
    *("old", "river", "in", "black", "no", "The", "best", "friend", "blacks", "tall", "5yr", "9no"),
    *("’s", "'s", ".", ",", '"', "(", ")", "-", "_", "é", "\n", "\u00a0", *[" "] * 14),
]
BESIDE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def is_in_one(text: str, start: int, end: int, expressions: tuple[str, ...] = EXPRESSIONS) -> bool:
    alternatives = "|".join(
        re.sub(r"(?:\\ |\\-)+", r"[\\s-]+", re.escape(each)).replace("'", "['’]")
        for each in expressions
    )
    as_one = re.compile(rf"(?<![^\W\d])(?:{alternatives})(?!\w)", re.IGNORECASE)
    found = [match.span() for match in as_one.finditer(text)]
    return any(first <= start and end <= last for first, last in found)


@given(BESIDE, st.sampled_from(["", " "]), st.sampled_from(["", " "]), BESIDE)
def test_words_beside_a_term_rule_no_fixed_expression_out(front, space, gap, rest):
    front, rest = front + space, gap + rest
    text = f"{front}man{rest}"
    start, end = len(front), len(front) + 3
    assert CHECK.is_fixed(text, start, end) == is_in_one(text, start, end)
    assert CHECK.holds(text, start, end) != is_in_one(text, start, end)
    if CHECK.surely_holds("man", *beside(text, start, end)):
        assert CHECK.holds(text, start, end)


OF_SIGNS = {
    "-": ("old - river", "no - man"),
    "man-": ("old man- river",),
    "-man": ("the old -man", "no -man"),
    "c++": ("no c++", "old c++ river"),
    "+": ("old + black", "no+best"),
    "50+": ("the 50+ river", "no 50+"),
    "old man": ("no old man river", "old man in black"),
    "old-man": ("no old-man river", "the old man"),
    "é": ("no é", "old é river"),
}


@pytest.mark.parametrize("term", OF_SIGNS)
@given(st.data())
def test_words_beside_a_term_of_signs_rule_no_fixed_expression_out(term, data):
    expressions = OF_SIGNS[term]
    parts = [each.partition(term) for each in expressions]
    front = data.draw(BESIDE) + data.draw(st.sampled_from(["", " ", *[part[0] for part in parts]]))
    rest = data.draw(st.sampled_from(["", " ", *[part[2] for part in parts]])) + data.draw(BESIDE)
    text, start, end = f"{front}{term}{rest}", len(front), len(front) + len(term)
    check = GuardCheck(Guards(not_in=expressions))
    assert check.is_fixed(text, start, end) == is_in_one(text, start, end, expressions)
    if check.surely_holds(term, *beside(text, start, end)):
        assert check.holds(text, start, end)


@pytest.mark.parametrize(
    ("text", "is_fixed"),
    [
        ("old man river", True),
        ("OLD\nMAN-RIVER", True),
        ('"no man"', True),
        ("5no man", True),
        ("the no, man", False),
        ("piano man", False),
        ("a man, in black", False),
        ("a man in blacks", False),
        ("a man’s best friend", True),
        ("the woman in black, a man in blue", False),
        ("a man; who in black", False),
        ("(no) man", False),
        ("old men and a man river", False),
    ],
)
def test_a_fixed_expression_is_seen_whatever_stands_around_it(text, is_fixed):
    start = text.lower().index("man")
    assert CHECK.is_fixed(text, start, start + 3) is is_fixed


@pytest.mark.parametrize(
    ("text", "surely_holds"),
    [
        ("I saw a man at the shop", True),
        ("that man, who sings", True),
        ("Some of the men. A man sings.", True),
        ("piano man", True),
        ("I met no man there", False),
        ("an old man sings", False),  # "old man river" begins so
        ("a man-made lake", False),
    ],
)
def test_the_words_beside_a_term_mostly_tell_that_it_is_one(text, surely_holds):
    start = text.lower().index("man")
    assert CHECK.surely_holds("man", *beside(text, start, start + 3)) is surely_holds
