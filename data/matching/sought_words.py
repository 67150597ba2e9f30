"""Words that rules look for in a text, where most texts hold none: cheap signs that rule them out.

Python's expressions take 10 to 100 µs to see that a text has none of a hundred words. RE2 says in
less than one which of many texts may, and a look at the last words in front of a place whether an
expression that ends there can match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FEW_TEXTS = 16  # for fewer, compiling RE2's expressions takes longer than they save
_MOST_LAST_WORDS = 6
_PLACES = 4  # to remember: one rule after the other looks at the same place
_SIGN = "*"  # for a word that holds signs, or letters beyond ASCII: it may be any


class SoughtWords:
    """Words that are looked for anywhere in texts.

    Args:
        pattern: Finds them; it ignores case.
        words: The words that it looks for, in ASCII and in lower case. "*" stands for the rest of a
            word, "_" for white space. What it finds in ASCII holds one, at the start of a word of
            the text.

    Attributes:
        pattern: As given.
        search: Searches one text, as the pattern's own method does.
    """

    def __init__(self, pattern: re.Pattern[str], words: str) -> None:
        self.pattern = pattern
        self.search = pattern.search
        firsts = dict.fromkeys(word.partition("_")[0] for word in words.split())
        self._sign = rf"\b(?:{'|'.join(map(_sign, firsts))})"

    def candidates(self, lower: pa.Array) -> pa.BooleanArray:
        """Tell which texts in ASCII's lower case may hold a word, millions a second."""
        return pc.match_substring_regex(lower, self._sign)


def _sign(word: str) -> str:
    """Return an expression of RE2 that finds a word in ASCII, or what begins with it."""
    start, star, _ = word.partition("*")
    is_whole = not star and start[-1].isalnum()
    return re.escape(start) + r"\b" * is_whole


def held_by(texts: Sequence[str], sought: Sequence[SoughtWords]) -> list[Set[SoughtWords]]:
    """Return for each text whose words it may hold; those of the others are surely not in it."""
    every: Set[SoughtWords] = frozenset(sought)
    if len(texts) < _FEW_TEXTS:
        return [every] * len(texts)
    try:
        array = pa.array(texts, pa.string())
    except UnicodeEncodeError:  # a lone surrogate is no UTF-8
        return [every] * len(texts)
    lower = pc.ascii_lower(array)
    foreign = pc.invert(pc.string_is_ascii(array))
    numbers = np.zeros(len(texts), np.int64)  # with a bit for each of `sought`
    for index, words in enumerate(sought):
        may_hold = pc.or_(foreign, words.candidates(lower))
        numbers |= may_hold.to_numpy(zero_copy_only=False).astype(np.int64) << index
    combinations = [
        frozenset(words for index, words in enumerate(sought) if number >> index & 1)
        for number in range(1 << len(sought))
    ]
    return [combinations[number] for number in numbers.tolist()]


class SoughtInFront:
    """What is looked for directly in front of a place.

    Args:
        pattern: Finds it at the end of a text; it ignores case.
        words: Words in ASCII and in lower case, of which what it finds holds one. "*" stands for
            the rest of a word, "_" for white space.
        among: How many words from the end it stands at most, by white space.

    Attributes:
        pattern: As given.
    """

    def __init__(self, pattern: re.Pattern[str], words: str, *, among: int) -> None:
        self.pattern = pattern
        self._among = among
        lasts = [word.rpartition("_")[2] for word in words.split()]
        self._words = frozenset([*lasts, _SIGN])
        self._starts = tuple(word[:-1] for word in lasts if word.endswith("*"))

    def search(self, front: str) -> re.Match[str] | None:
        """Search a text, as the pattern's own method does."""
        last = _last_words(front)[-self._among :]
        if self._words.isdisjoint(last) and not (
            self._starts and any(word.startswith(self._starts) for word in last)
        ):
            return None
        return self.pattern.search(front)


@lru_cache(maxsize=_PLACES)
def _last_words(text: str) -> list[str]:
    return [
        word if word.isalnum() and word.isascii() else _SIGN
        for word in text.lower().split()[-_MOST_LAST_WORDS:]
    ]
