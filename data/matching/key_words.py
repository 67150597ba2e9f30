"""See at once which of many spellings a text may hold, by one word of each.

Words are runs of ASCII's letters, or of its digits, here: any other character ends one, as it may
where a spelling starts or ends in a text.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from evenhand.data.matching.hashed_words import HashedWords, HashTable, words_of
from evenhand.data.matching.patterns import forms

_LIKE_ASCII = frozenset("ſ\N{KELVIN SIGN}")  # the others that differ from an ASCII letter in case
_ANY, _CAPITAL = 1, 2  # a word counts as it is, or with a capital only
_NONE = b""  # the key word of a spelling that has no word


class KeyWords:
    """The key words of some spellings, each the longest of its spelling, the first of those.

    Args:
        spellings: The spellings, which match as `evenhand.data.matching.patterns.any_of` does.
        capitalised: Those of them that count only where their first letter is a capital.
    """

    def __init__(self, spellings: Iterable[str], capitalised: Container[str] = ()) -> None:
        self._spellings: dict[bytes, dict[str, None]] = {}
        self._alone: dict[bytes, int] = {}  # the words of spellings that have one
        self._rows: set[tuple[bytes, bytes]] = set()  # the key words of others, each with another
        for spelling in spellings:
            for form in forms(spelling):
                content = _utf8(form)
                words = words_of(content) if _LIKE_ASCII.isdisjoint(form) else []
                key = max(words, key=len, default=_NONE)
                self._spellings.setdefault(key, {})[spelling] = None
                if len(words) > 1:
                    first = max(words.index(key) - 1, 0)
                    self._rows.add((words[first], words[first + 1]))
                elif words:
                    begins_so = content[:1].lower() == key[:1]
                    wanted = _CAPITAL if begins_so and spelling in capitalised else _ANY
                    self._alone[key] = self._alone.get(key, 0) | wanted
        self._in_all = frozenset([_NONE]).intersection(self._spellings)

    def found_in(self, text: str) -> frozenset[bytes]:
        """Return the key words of the spellings that a text may hold; no other counts in it."""
        content = _utf8(text)
        words = words_of(content)
        found = {
            word
            for word in self._alone.keys() & words
            if self._alone[word] & _ANY or _may_be_capital(word, content)
        }
        rows = self._rows.intersection(pairwise(words))
        return self._in_all.union(found, (max(row, key=len) for row in rows))

    def found_in_all(self, texts: Sequence[str], words: HashedWords) -> list[frozenset[bytes]]:
        """Return for each text what `found_in` does, in a fraction of the time.

        Args:
            texts: The texts.
            words: Their words.
        """
        alone = self._hashed_alone.may_know(words.keys)
        one = np.flatnonzero(alone != 0)  # of truth values it is much faster
        one = one[(alone[one] & _ANY != 0) | words.is_capital()[one]]
        two = np.flatnonzero(self._hashed_rows.may_know(words.keys_of_rows[1]) != 0)
        lengths = words.ends - words.begins
        two += lengths[two] < lengths[two + 1]
        chosen = np.concatenate([one, two])
        found = [self._in_all] * len(texts)
        places = zip(words.texts_of(chosen).tolist(), words.spelled(chosen), strict=True)
        for row, word in dict.fromkeys(places):  # long texts repeat their words
            if word in self._spellings:
                found[row] |= {word}
        return found

    @cached_property
    def _hashed_alone(self) -> HashTable:
        """What is known of the words of spellings that have one: if they want a capital."""
        return HashTable.of_words(self._alone)

    @cached_property
    def _hashed_rows(self) -> HashTable:
        """Knows two words in a row of which one is a key word."""
        return HashTable.of_pairs(dict.fromkeys(self._rows, 1))

    def spellings_of(self, word: bytes) -> list[str]:
        """Return the spellings that a key word is of."""
        return list(self._spellings[word])


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _may_be_capital(word: bytes, content: bytes) -> bool:
    """Tell whether a text in UTF-8 may hold a word with a capital."""
    start = word[:2]
    return start.capitalize() in content or start.upper() in content
