"""The words of many texts with a number for each, to look them up without a loop in Python.

Words are runs of ASCII's letters, or of its digits, here: any other character ends one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

_Numbers = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
_Keys = npt.NDArray[np.uint64]

_KEPT = (string.ascii_letters + string.digits).encode()
_TO_WORDS = bytes(code if code in _KEPT else ord(" ") for code in range(256)).lower()
_WORD = re.compile(rb"[a-z]+|[0-9]+")
_HASHED_BYTES, _HASH_BITS = 8, 18
_MOST_IN_ROW = 3  # words of a phrase: of two, "the man" and the like are common
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_HASHED_BYTES + 1)], np.uint64)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing (Knuth 1998, section 6.4)


def words_of(content: bytes) -> list[bytes]:
    """Return the words of a text, in UTF-8 as they are, in lower case."""
    return _WORD.findall(content.translate(_TO_WORDS))


def ascii_words(text: str) -> list[bytes]:
    """Return a text's runs of ASCII's letters and digits, "9yr" as one, in lower case.

    That takes a third of a regular expression's time.
    """
    return text.encode("utf-8", "surrogatepass").translate(_TO_WORDS).split()


class HashedWords:
    """The words of some texts, in their order.

    Args:
        content: The texts one after the other, in any encoding that has ASCII's characters at
            ASCII's bytes.
        offsets: Where each text begins, and where the last one ends.

    Attributes:
        offsets: As given.
        number: How many texts there are.
        begins, ends: Where each word begins, and the place behind it.
        keys: A number for each, by its first eight characters in lower case and its length. Words
            of up to eight share it with no other.
    """

    def __init__(self, content: bytes, offsets: _Numbers) -> None:
        self._bytes = np.frombuffer(content, np.uint8)
        self.offsets = offsets
        self.number = len(offsets) - 1
        letters = np.frombuffer(content.translate(_TO_WORDS) + b" " * _HASHED_BYTES, np.uint8)
        kind = (letters > ord(" ")).view(np.uint8) + (letters > ord("9"))  # 1: digits, 2: letters
        is_edge = np.zeros(len(letters), bool)  # of a text
        is_edge[offsets] = True
        kind_before = np.concatenate([np.zeros(1, np.uint8), kind[:-1]])
        is_edge |= kind != kind_before
        self.begins = np.flatnonzero(is_edge & (kind > 0))
        self.ends = np.flatnonzero(is_edge & (kind_before > 0))
        lengths = self.ends - self.begins
        shape = len(letters) - _HASHED_BYTES + 1
        at_place: npt.NDArray[np.uint64] = np.ndarray(shape, "<u8", letters, strides=(1,))
        self._at_place = at_place
        self._firsts = at_place[self.begins] & _FIRST_BYTES.take(lengths, mode="clip")
        self.keys: _Keys = (self._firsts + lengths.astype(np.uint64)) * _MULTIPLIER

    @classmethod
    def of(cls, texts: Sequence[str]) -> HashedWords:
        """Return the words of texts; places are characters, as if all texts were one."""
        content = "".join(texts).encode("ascii", "replace")  # a byte for each character
        return cls(content, np.cumsum([0, *map(len, texts)]))

    @classmethod
    def each(cls, words: Sequence[bytes]) -> HashedWords:
        """Return words that are given one by one."""
        return cls(b"".join(words), np.cumsum([0, *map(len, words)]))

    @cached_property
    def keys_of_rows(self) -> list[_Keys]:
        """The keys of one word, of two in a row and of three, from each word on."""
        of_rows = [self.keys]
        for number in range(1, _MOST_IN_ROW):
            of_rows.append(of_rows[-1][:-1] * _MULTIPLIER + self.keys[number:])
        return of_rows

    def first_letters(self, number: int) -> _Keys:
        """Return the keys of so many first letters of each word; of shorter words, any other."""
        firsts = self._firsts & _FIRST_BYTES[number]
        keys: _Keys = (firsts + np.uint64(number)) * _MULTIPLIER
        return keys

    def last_letters(self, number: int) -> _Keys:
        """Return the keys of so many last letters of each word; of shorter words, any."""
        lasts = self._at_place[np.maximum(self.ends - number, 0)] & _FIRST_BYTES[number]
        keys: _Keys = (lasts + np.uint64(number)) * _MULTIPLIER
        return keys

    def are_capitalised(self, chosen: _Numbers) -> _Mask:
        """Tell which of some words begin with a capital."""
        are_capitalised: _Mask = self._bytes[self.begins[chosen]] < ord("a")
        return are_capitalised

    def texts_of(self, chosen: _Numbers) -> _Numbers:
        """Return the index of the text of each of some words."""
        return np.searchsorted(self.offsets, self.begins[chosen], side="right") - 1

    def have_repeated(self) -> _Mask:
        """Tell which texts have a word twice, side by side or with one word between them.

        Where letters and digits are one word, as in "9yr", that is not seen: such texts count, too.
        """
        is_found = np.zeros(self.number, bool)
        for is_first, apart in (
            (self.keys[1:] == self.keys[:-1], 1),
            (self.keys[2:] == self.keys[:-2], 2),
            (self.begins[1:] == self.ends[:-1], 1),
        ):
            chosen = np.flatnonzero(is_first)
            texts = self.texts_of(chosen)
            is_found[texts[texts == self.texts_of(chosen + apart)]] = True
        return is_found

    def beside(self, chosen: _Numbers, texts: _Numbers) -> tuple[_Numbers, _Numbers]:
        """Return the bytes in front of some words of these texts and behind them; 0 at an edge."""
        begins, ends = self.begins[chosen], self.ends[chosen]
        before = np.where(begins > self.offsets[texts], self._bytes[begins - 1], 0)
        return before, self.bytes_at(ends, texts)

    def bytes_at(self, places: _Numbers, texts: _Numbers) -> _Numbers:
        """Return the bytes at some places of these texts; 0 behind the end."""
        found = self._bytes.take(places, mode="clip")
        return np.where(places < self.offsets[texts + 1], found, 0)

    def text(self, number: int) -> str:
        """Return a text, with one character for each of its bytes: U+FFFD if that is not ASCII."""
        content = self._bytes[self.offsets[number] : self.offsets[number + 1]]
        return content.tobytes().decode("ascii", "replace")


class HashTable:
    """What is known of some keys.

    Args:
        keys: The keys.
        known: A positive number for each; of the same key they are or-ed.
    """

    def __init__(self, keys: _Keys, known: Sequence[int]) -> None:
        self._keys = keys
        self._known = np.zeros(1 << _HASH_BITS, np.min_scalar_type(max(known, default=0)))
        np.bitwise_or.at(self._known, _hashes(keys), np.array(known, self._known.dtype))

    @classmethod
    def of_words(cls, known: Mapping[bytes, int]) -> HashTable:
        """Return what is known of some words."""
        return cls(HashedWords.each(list(known)).keys, list(known.values()))

    @classmethod
    def of_pairs(cls, known: Mapping[tuple[bytes, bytes], int]) -> HashTable:
        """Return what is known of some words with the next, by the keys of two words in a row."""
        keys = HashedWords.each(list(chain.from_iterable(known))).keys_of_rows[1][::2]
        return cls(keys, list(known.values()))

    def may_know(self, keys: _Keys) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Return what is known of each key, or of another with the same hash; mostly 0."""
        known: npt.NDArray[np.unsignedinteger[Any]] = self._known[_hashes(keys)]
        return known

    def known_among(self, keys: _Keys) -> _Numbers:
        """Return the indices of the keys that are known."""
        chosen = np.flatnonzero(self.may_know(keys) != 0)  # of truth values it is much faster
        return chosen[np.isin(keys[chosen], self._keys)]


class PhraseTable:
    """Tells which texts may hold any of some phrases, by up to three words of each in a row.

    Args:
        phrases: The phrases, in lower case.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._is_in_all = False
        words: list[bytes] = []  # of all phrases
        chosen: list[list[int]] = [[] for _ in range(_MOST_IN_ROW)]  # where each row begins
        for phrase in phrases:
            own = words_of(phrase.encode("utf-8", "surrogatepass"))
            if own:
                in_row = min(len(own), _MOST_IN_ROW)
                chosen[in_row - 1].append(len(words) + _rarest_row(own, in_row))
            else:
                self._is_in_all = True  # no word tells where it may be
            words += own
        keys = HashedWords.each(words).keys_of_rows
        self._rows = [
            HashTable(of_rows[begins], [1] * len(begins))
            for of_rows, begins in zip(keys, chosen, strict=True)
        ]

    def texts_with(self, words: HashedWords) -> _Numbers:
        """Return the indices of the texts that may hold a phrase."""
        if self._is_in_all:
            return np.arange(words.number)
        found = [
            table.known_among(keys)
            for table, keys in zip(self._rows, words.keys_of_rows, strict=True)
        ]
        return words.texts_of(np.concatenate(found))


def _rarest_row(words: Sequence[bytes], number: int) -> int:
    """Return where words in a row have the most characters: they are nearly always the rarest."""
    rows = range(len(words) - number + 1)
    return max(rows, key=lambda first: sum(map(len, words[first : first + number])))


def _hashes(keys: _Keys) -> _Numbers:
    hashes: _Numbers = (keys >> np.uint64(64 - _HASH_BITS)).view(np.int64)
    return hashes
