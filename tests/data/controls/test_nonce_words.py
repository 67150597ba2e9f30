"""Made-up words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.controls.nonce_words import can_be_replaced, ending_of, nonce_word
from evenhand.data.english.word_classes import FUNCTION_WORDS
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.sample import generate_sample

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=20).filter(can_be_replaced)
NO_ENGLISH_BEGINNING = re.compile(r"(?:vl|vr|zl|zv|zw)[aeiou]")
UNSPEAKABLE = re.compile(r"[aeiou]{3}|[^aeiou]{4}")


@given(word=WORDS, drawn_from=st.text(max_size=20))
def test_it_is_as_long_and_ends_alike_and_can_be_said(word: str, drawn_from: str) -> None:
    made = nonce_word(word, (), drawn_from)
    assert made is not None
    assert len(made) == len(word)
    assert made.endswith(ending_of(word))
    assert NO_ENGLISH_BEGINNING.match(made)
    assert not UNSPEAKABLE.search(made)
    assert made == nonce_word(word, (), drawn_from)


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("laptops", "s"),
        ("classes", "s"),
        ("running", "ing"),
        ("thing", ""),
        ("painted", "ed"),
        ("freed", ""),
        ("quickly", "ly"),
        ("family", ""),
        ("glass", ""),
        ("bus", ""),
        ("bright", ""),
    ],
)
def test_which_ending_stays(word: str, ending: str) -> None:
    assert ending_of(word) == ending


def test_different_texts_draw_different_words() -> None:
    drawn = {nonce_word("laptop", (), str(number)) for number in range(200)}
    assert len(drawn) > 190


def test_a_word_that_is_taken_is_not_made() -> None:
    first = nonce_word("dog", (), "x")
    assert first is not None
    second = nonce_word("dog", {first}, "x")
    assert second is not None and second != first
    every = {a + b for a in ("vl", "vr", "zl", "zv", "zw") for b in "aeiou"}
    assert nonce_word("dog", every, "x") is None


def test_none_is_a_word_of_a_lexicon_or_of_the_sample_texts() -> None:
    words = {word.lower() for word in FUNCTION_WORDS}
    for name in builtin_lexicons():
        for entry in load_lexicon(name).entries:
            words.update(spelling.lower() for _, spelling in entry.spellings())
    for comment in generate_sample(1000)["train"]:
        words.update(re.findall("[a-z]+", comment.comment_text.lower()))
    lengths = sorted({len(word) for word in words if can_be_replaced(word)})
    made = {
        nonce_word("b" * length, (), str(number)) for length in lengths for number in range(300)
    }
    assert len(made) > 1000
    assert not made & words


@pytest.mark.parametrize("word", ["it", "ads", "b" * 21, "sing"])
def test_words_that_are_too_short_or_too_long(word: str) -> None:
    assert can_be_replaced(word) is (word == "sing")
