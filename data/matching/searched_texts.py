"""Look up the words of many texts at once, where they are whole words and not hidden.

A text is plain if its bytes show that: nothing in it goes on from a word of ASCII but what is ASCII
itself, and neither a hyphen nor an underscore stands beside the words that are looked for. In other
texts regular expressions look, one text after the other.
"""

from __future__ import annotations

import re
import string
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.matching.hashed_words import HashedWords, HashTable, PhraseTable, ascii_words
from evenhand.data.matching.masking import MAY_HIDE, masked
from evenhand.data.matching.patterns import NOT_PLAIN, any_of_in_lower_case

_Numbers = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]

_LIKE_ASCII = re.compile("[ſ\N{KELVIN SIGN}]")  # but in case the same as an ASCII letter
_PLAIN_WORD = re.compile(r"[A-Za-z]+\.?")  # "Mr.", too
_ANY, _CAPITAL, _WITH_DOT = 1, 2, 4  # a word counts as it is, with a capital, or with a dot
_BARE = _ANY | _CAPITAL
_BYTES = np.arange(256)
_MAY_JOIN = np.isin(_BYTES, list(b"-_"))  # a word to one beside it
_NO_WORD_BEHIND = np.isin(_BYTES, list(b"@0123456789"))
_NO_WORD_BEFORE = np.isin(_BYTES, list(b"0123456789"))
_DOT = ord(".")
# Behind a dot: a word, or one that is hidden, as in "Mr.(s)he".
_MAY_GO_ON = np.isin(_BYTES, list(b"-_(" + (string.ascii_letters + string.digits).encode()))
# A hidden word has one of these directly behind it, or no white space in front of it.
_HIDES_IN_FRONT = np.isin(_BYTES, list(b":.@/+%)"))
_WHITE_OR_EDGE = np.isin(_BYTES, list(b"\0 \t\n\r\f\v"))


class SearchedTexts:
    """Many texts in which words are looked for at once.

    Args:
        texts: string, without nulls.
        words: Their words.
        strings: The same texts where places are characters; None where they are bytes.

    Attributes:
        words: As given.
        is_plain: Which texts are plain, but for hyphens and underscores.
    """

    def __init__(
        self, texts: pa.Array, words: HashedWords, strings: Sequence[str] | None = None
    ) -> None:
        self.words = words
        self._strings = strings
        self._lower = pc.ascii_lower(texts)
        self.is_plain = ~self.hold(NOT_PLAIN)
        self._may_hide = self.hold(MAY_HIDE)
        self._masked: dict[int, str] = {}

    @classmethod
    def of(cls, texts: Sequence[str]) -> SearchedTexts:
        """Return texts with their words; places are characters, as if all texts were one."""
        return cls(arrow_texts(texts), HashedWords.of(texts), texts)

    def hold(self, pattern: str) -> _Mask:
        """Tell in which texts RE2 finds a pattern; ASCII's letters are in lower case."""
        found: _Mask = re2_finds(self._lower, pattern).to_numpy(zero_copy_only=False)
        return found

    def masked(self, row: int) -> str:
        """Return a text as `evenhand.data.matching.masking.masked` does; places are its words'."""
        text = self._masked.get(row)
        if text is None:
            text = self._masked[row] = masked(self._text(row))
        return text

    def _text(self, row: int) -> str:
        return self.words.text(row) if self._strings is None else self._strings[row]

    def are_hidden(self, chosen: _Numbers, texts: _Numbers) -> _Mask:
        """Tell which words of these texts, in ascending order, `masked` hides."""
        before, behind = self.words.beside(chosen, texts)
        is_hidden = self._may_hide[texts] & (_HIDES_IN_FRONT[behind] | ~_WHITE_OR_EDGE[before])
        row, text, prose = -1, "", ""
        for index in np.flatnonzero(is_hidden).tolist():
            if texts[index] != row:
                row = int(texts[index])
                text, prose = self._text(row), self.masked(row)
            word, first = chosen[index], self.words.offsets[row]
            around = slice(
                max(self.words.begins[word] - first - 1, 0), self.words.ends[word] - first + 1
            )
            is_hidden[index] = prose[around] != text[around]
        return is_hidden


class WordPlaces(NamedTuple):
    """Where some words stand in plain texts, each a whole word and not hidden.

    Attributes:
        is_plain: Which texts are plain. Words in the others are not among these.
        begins, ends: Where each word begins, and the place behind it, among those of all texts.
        texts: Index of each word's text, ascending.
    """

    is_plain: _Mask
    begins: _Numbers
    ends: _Numbers
    texts: _Numbers

    def in_texts(self, words: HashedWords) -> Iterator[tuple[int, int, int]]:
        """Yield the index of each word's text, and where the word begins and ends in that text."""
        firsts = words.offsets[self.texts]
        begins, ends = self.begins - firsts, self.ends - firsts
        return zip(self.texts.tolist(), begins.tolist(), ends.tolist(), strict=True)


class HashedSpellings:
    """Some spellings, to be looked up among the words of texts.

    Args:
        spellings: The spellings, which match as `evenhand.data.matching.patterns.any_of` does.
        expressions: More that makes texts not plain.
        capitalised: Spellings that count only with a capital first letter.

    Attributes:
        others: The spellings that are not one word of ASCII's letters alone.
    """

    def __init__(
        self,
        spellings: Iterable[str],
        *,
        expressions: Iterable[str] = (),
        capitalised: Container[str] = (),
    ) -> None:
        known: dict[bytes, int] = {}
        unknown: list[str] = []
        self.others: list[str] = []
        for spelling in spellings:
            is_plain, has_dot = _PLAIN_WORD.fullmatch(spelling) is not None, spelling[-1] == "."
            if is_plain:
                word = spelling.lower().rstrip(".").encode()
                wanted = _CAPITAL if spelling in capitalised else _ANY
                known[word] = known.get(word, 0) | (_WITH_DOT if has_dot else wanted)
            else:
                unknown.append(spelling)
            if has_dot or not is_plain:
                self.others.append(spelling)
        self._words = HashTable.of_words(known)
        signs = {one for one in unknown if not ascii_words(one) or _LIKE_ASCII.search(one)}
        self._signs = any_of_in_lower_case(signs) if signs else None
        self._has_ascii_signs = any(one.isascii() or _LIKE_ASCII.search(one) for one in signs)
        phrases = [spelling.lower() for spelling in unknown if spelling not in signs]
        self._phrases = PhraseTable([*phrases, *expressions])

    def places(self, searched: SearchedTexts) -> WordPlaces:
        """Return where spellings of one word stand in plain texts, and words that may be such.

        Texts that may hold others are not plain.
        """
        words = searched.words
        is_plain = searched.is_plain.copy()
        if self._signs is not None:
            is_plain &= ~searched.hold(self._signs)
        is_plain[self._phrases.texts_with(words)] = False
        chosen, known = self._among(words)
        texts = words.texts_of(chosen)
        before, behind = words.beside(chosen, texts)
        has_dot = (known & _WITH_DOT != 0) & (behind == _DOT)
        ends = words.ends[chosen] + has_dot
        is_word = ~(_NO_WORD_BEHIND[before] | _NO_WORD_BEFORE[behind])
        is_word &= has_dot | (known & _BARE != 0)
        may_go_on = has_dot & _MAY_GO_ON[words.bytes_at(ends, texts)]
        may_join = is_word & (_MAY_JOIN[before] | _MAY_JOIN[behind] | may_go_on)
        is_plain[texts[may_join]] = False
        is_word &= is_plain[texts]
        is_word[is_word] = ~searched.are_hidden(chosen[is_word], texts[is_word])
        return WordPlaces(is_plain, words.begins[chosen[is_word]], ends[is_word], texts[is_word])

    def _among(self, words: HashedWords) -> tuple[_Numbers, npt.NDArray[np.unsignedinteger[Any]]]:
        """Return the indices of words that may be spellings, and what is known of them."""
        chosen = self._words.known_among(words.keys)
        known = self._words.may_know(words.keys[chosen])
        counts = (known & ~_CAPITAL != 0) | words.are_capitalised(chosen)
        return chosen[counts], known[counts]

    def texts_with(self, texts: Sequence[str], words: HashedWords) -> tuple[set[int], list[int]]:
        """Return the indices of texts that may hold spellings by their words, and of others.

        These may hold spellings of other letters, or of signs.

        Args:
            texts: The texts.
            words: Their words.
        """
        by_word = words.texts_of(self._among(words)[0])
        rows = {*by_word.tolist(), *self._phrases.texts_with(words).tolist()}
        others = [
            row for row, text in enumerate(texts) if self._has_ascii_signs or not text.isascii()
        ]
        return rows, others


def arrow_texts(texts: Sequence[str]) -> pa.Array:
    """Return texts for Arrow, with "?" for lone surrogates, which are no UTF-8."""
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([text.encode("utf-8", "replace") for text in texts]).cast(pa.string())


def re2_finds(texts: pa.Array, pattern: str) -> pa.BooleanArray:
    """Tell in which texts RE2 finds a pattern; in all if it is too large for it."""
    try:
        return pc.match_substring_regex(texts, pattern)
    except pa.ArrowInvalid:  # a list of many thousands of terms
        return pc.is_valid(texts)
