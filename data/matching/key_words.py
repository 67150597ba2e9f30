"""See at once which of many spellings a text may hold, by one word of each.

Words are runs of ASCII's letters, or of its digits, here: any other character ends one, as it may
where a spelling starts or ends in a text.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evenhand.data.matching.hashed_words import HashedWords, HashTable, words_of
from evenhand.data.matching.patterns import forms

_LIKE_ASCII = frozenset("ſ\N{KELVIN SIGN}")  # the others that differ from an ASCII letter in case
_ANY, _CAPITAL = 1, 2  # words count as they are, or with a capital only
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
        for spelling in spellings:
            for form in forms(spelling):
                words = words_of(_utf8(form)) if _LIKE_ASCII.isdisjoint(form) else []
                key = max(words, key=len, default=_NONE)
                self._spellings.setdefault(key, {})[spelling] = None
                others = frozenset(words) - {key}
                for start in _capital_starts(form) if spelling in capitalised else (b"",):
                    self._signs.setdefault(key, set()).add(_Signs(start, others))
        self._words = frozenset(self._spellings)
        self._always = _NONE in self._words

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

    def found_in_all(self, texts: Sequence[str], words: HashedWords) -> list[frozenset[bytes]]:
        """Return for each text what `found_in` does, in a fraction of the time.

        Args:
            texts: The texts.
            words: Their words.
        """
        if self._always:
            return list(map(self.found_in, texts))
        found = [_NO_WORDS] * len(texts)
        known = self._hashed.may_know(words.keys)
        chosen = np.flatnonzero(known & (words.is_capital() * _CAPITAL | _ANY))
        places = zip(words.texts_of(chosen).tolist(), words.spelled(chosen), strict=True)
        for row, word in dict.fromkeys(places):  # long texts repeat their words
            if word in self._words and self._may_count(word, _utf8(texts[row])):
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
    def _hashed(self) -> HashTable:
        """What is known of the key words with each hash: `_CAPITAL` if they want a capital."""
        words = [word for word in self._signs if word]
        wanted = [_CAPITAL if self._wants_capital(word) else _ANY for word in words]
        return HashTable(HashedWords.each(words).keys, wanted)

    def _wants_capital(self, word: bytes) -> bool:
        """Tell whether all spellings of a key word are that word, with a capital."""
        return all(
            start and word.startswith(start.lower()) and not others
            for start, others in self._signs[word]
        )

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
