"""See at once which of many spellings a text may hold, by one word of each.

Words are runs of ASCII's letters, or of its digits, here: any other character ends one, as it may
where a spelling starts or ends in a text.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence, Set
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from evenhand.data.matching.hashed_words import HashedWords, HashTable, words_of
from evenhand.data.matching.patterns import forms

_LIKE_ASCII = frozenset("ſ\N{KELVIN SIGN}")  # the others that differ from an ASCII letter in case
_ANY, _CAPITAL = 1, 2  # words count as they are, or with a capital only
_FIRST, _SECOND = 1, 2  # which of two words in a row is the key word
_NONE = b""  # the key word of a spelling that has no word
_NO_WORDS: frozenset[bytes] = frozenset()


class _Signs(NamedTuple):
    """What a text holds beside a key word if it holds one of its spellings, in UTF-8.

    Attributes:
        start: How the spelling begins.
        others: Its other words in lower case.
    """

    start: bytes
    others: frozenset[bytes]


class KeyWords:
    """The key words of some spellings, each the longest of its spelling.

    Args:
        spellings: The spellings, which match as `evenhand.data.matching.patterns.any_of` does.
        capitalised: Those of them that count only where their first letter is a capital.
    """

    def __init__(self, spellings: Iterable[str], capitalised: Container[str] = ()) -> None:
        self._spellings: dict[bytes, dict[str, None]] = {}
        self._signs: dict[bytes, set[_Signs]] = {}
        self._rows: dict[tuple[bytes, bytes], int] = {}  # of spellings with several words
        for spelling in spellings:
            for form in forms(spelling):
                words = words_of(_utf8(form)) if _LIKE_ASCII.isdisjoint(form) else []
                key = max(words, key=len, default=_NONE)
                self._spellings.setdefault(key, {})[spelling] = None
                others = frozenset(words) - {key}
                for start in _capital_starts(form) if spelling in capitalised else (b"",):
                    self._signs.setdefault(key, set()).add(_Signs(start, others))
                if others:
                    self._add_row(words, words.index(key))
        self._words = frozenset(self._spellings)
        self._always = _NONE in self._words

    def _add_row(self, words: Sequence[bytes], place: int) -> None:
        """Add the key word at this place of a spelling's words, with one beside it."""
        first = max(place - 1, 0)
        row = words[first], words[first + 1]
        self._rows[row] = self._rows.get(row, 0) | (_SECOND if place else _FIRST)

    def found_in(self, text: str) -> frozenset[bytes]:
        """Return the key words of the spellings that a text may hold; no other counts in it."""
        content = _utf8(text)
        words = words_of(content)
        if self._always:
            words.append(_NONE)
        if self._words.isdisjoint(words):
            return _NO_WORDS
        return frozenset(
            word for word in self._words.intersection(words) if self._may_count(word, content)
        )

    def found_in_all(self, texts: Sequence[str], words: HashedWords) -> list[Set[bytes]]:
        """Return for each text what `found_in` does, in a fraction of the time.

        Key words are left out, too, where no spelling of theirs can stand.

        Args:
            texts: The texts.
            words: Their words.
        """
        if self._always:
            return list(map(self.found_in, texts))
        alone = self._alone.may_know(words.keys)
        one = np.flatnonzero(alone != 0)
        one = one[(alone[one] & _ANY > 0) | words.is_capital()[one]]
        in_row = self._in_row.may_know(words.keys_of_rows[1])
        two = np.flatnonzero(in_row != 0)
        is_first, is_second = in_row[two] & _FIRST > 0, in_row[two] & _SECOND > 0
        chosen = np.concatenate([one, two[is_first], two[is_second] + 1])
        found: list[Set[bytes]] = [_NO_WORDS] * len(texts)
        places = zip(words.texts_of(chosen).tolist(), words.spelled(chosen), strict=True)
        for row, word in dict.fromkeys(places):  # long texts repeat their words
            if word in self._words:
                found[row] |= {word}
        return found

    def _may_count(self, word: bytes, content: bytes) -> bool:
        """Tell whether a text in UTF-8 with this key word holds what goes with it."""
        lower = content.lower()
        return any(
            start in content
            and all(other in lower for other in others)  # which is seen sooner
            and (not others or others.issubset(words_of(content)))
            for start, others in self._signs[word]
        )

    @cached_property
    def _alone(self) -> HashTable:
        """What is known of key words that are a spelling by themselves: if they want a capital."""
        known = [
            (word, _CAPITAL if sign.start and word.startswith(sign.start.lower()) else _ANY)
            for word, signs in self._signs.items()
            for sign in signs
            if word and not sign.others
        ]
        keys = HashedWords.each([word for word, _ in known]).keys
        return HashTable(keys, [wanted for _, wanted in known])

    @cached_property
    def _in_row(self) -> HashTable:
        """What is known of two words in a row: which of them is a key word."""
        words = HashedWords.each(list(chain.from_iterable(self._rows)))
        return HashTable(words.keys_of_rows[1][::2], list(self._rows.values()))

    def spellings_of(self, word: bytes) -> list[str]:
        """Return the spellings that a key word is of."""
        return list(self._spellings[word])


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _capital_starts(spelling: str) -> Iterable[bytes]:
    """Return how a spelling may begin in UTF-8 if its first letter is a capital."""
    start = spelling[:2]
    if not start.isascii():
        return (b"",)  # which is in every text
    first = start[:1].upper()
    return {_utf8(first + second) for second in (start[1:].lower(), start[1:].upper())}
