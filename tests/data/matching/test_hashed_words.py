"""Words are found in many texts at once as an expression finds them in each."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from evenhand.data.matching.hashed_words import HashedWords, HashTable, PhraseTable, words_of

TEXTS = st.lists(st.text("aAbzZ9 0-'’é🙂ſ\0\n\ud800", max_size=12), max_size=6)
WORD = re.compile("[A-Za-z]+|[0-9]+")


def spelled(text):
    return [word.lower().encode() for word in WORD.findall(text)]


def spelled_at(texts, words, chosen):
    rows = words.texts_of(chosen)
    firsts = words.offsets[rows]
    places = zip(rows, words.begins[chosen] - firsts, words.ends[chosen] - firsts, strict=True)
    return [texts[row][begin:end].lower().encode() for row, begin, end in places]


@given(TEXTS)
@example(["ab", "", "Ba9", "9", "a"])
def test_words_stand_where_an_expression_finds_them(texts):
    words = HashedWords.of(texts)
    every = np.arange(len(words.begins))
    found = zip(
        words.texts_of(every).tolist(),
        (words.begins - words.offsets[words.texts_of(every)]).tolist(),
        (words.ends - words.offsets[words.texts_of(every)]).tolist(),
        spelled_at(texts, words, every),
        strict=True,
    )
    assert list(found) == [
        (row, *match.span(), match[0].lower().encode())
        for row, text in enumerate(texts)
        for match in WORD.finditer(text)
    ]
    capitals = [word[0] < "a" for text in texts for word in WORD.findall(text)]
    assert words.are_capitalised(every).tolist() == capitals


@given(TEXTS)
def test_what_stands_beside_a_word_is_of_its_own_text(texts):
    words = HashedWords.of(texts)
    every = np.arange(len(words.begins))
    before, behind = words.beside(every, words.texts_of(every))
    expected = [
        (f"\0{text}"[match.start()], f"{text}\0"[match.end()])
        for text in texts
        for match in WORD.finditer(text)
    ]
    seen = [(chr(one), chr(other)) for one, other in zip(before, behind, strict=True)]
    as_bytes = [tuple(c if c.isascii() else "?" for c in pair) for pair in expected]
    assert seen == as_bytes


@given(TEXTS, st.sets(st.sampled_from([b"a", b"ab", b"z", b"9", b"90", b"ba", b"azazazaz"])))
def test_known_words_of_up_to_eight_characters_are_told_from_all_others(texts, known):
    table = HashTable(HashedWords.each(sorted(known)).keys, [1] * len(known))
    words = HashedWords.of(texts)
    expected = [word for text in texts for word in spelled(text) if word in known]
    assert spelled_at(texts, words, table.known_among(words.keys)) == expected
    assert np.flatnonzero(table.may_know(words.keys)).size >= len(expected)


def test_words_that_share_a_hash_keep_what_is_known_of_each():
    words = [b"king", b"queen", b"king"]
    table = HashTable(HashedWords.each(words).keys, [1, 2, 4])
    assert table.may_know(HashedWords.of(["Queen king"]).keys).tolist() == [2, 5]


@given(TEXTS, st.lists(st.text("abz9 -'", max_size=9), max_size=4))
@example(["new", "york"], ["new york"])
@example(["the son of a gun", "son of", "a gun"], ["the son of a gun"])
@example(["9yr old"], ["yr old"])
def test_every_text_that_holds_the_words_of_a_phrase_in_a_row_is_told(texts, phrases):
    told = set(PhraseTable(phrases).texts_with(HashedWords.of(texts)).tolist())
    for row, text in enumerate(texts):
        own = spelled(text)
        rows = [words_of(phrase.encode()) for phrase in phrases]
        holds = any(
            own[first : first + len(words)] == words
            for words in rows
            for first in range(len(own) - len(words) + 1)
        )
        assert row in told or not holds
        shares_none = not any(set(words) & set(own) or not words for words in rows)
        assert row not in told or not shares_none
