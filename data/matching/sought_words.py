"""What rules look for in a text, where most texts hold none of it: cheap signs that rule it out.

Python's expressions take 10 to 100 µs to see that a text has none of a hundred words. Whether the
words of many texts are among them is looked up at once, and a look at the last words in front of a
place tells whether an expression that ends there can match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from evenhand.data.matching.hashed_words import HashedWords, HashTable, words_of
from evenhand.data.matching.patterns import in_lower_case

_FEW_TEXTS = 16  # for fewer it takes longer to look up the words of all
_LIKE_ASCII = re.compile("[ıİſ\N{KELVIN SIGN}]")  # what expressions take for letters of ASCII
_STEM_LETTERS = (3, 5, 7)  # by which words are looked up of which the rest is left open
_END_LETTERS = 3
_MOST_LAST_WORDS = 6
_MARKS = ".,!?;:"  # behind a word
_SIGN = "*"  # for a word that holds signs, or letters beyond ASCII: it may be any


class Sought:
    """What is looked for anywhere in texts.

    Args:
        pattern: Finds it.
        words: Words in ASCII and in lower case, of which what it finds holds one. "*" stands for
            the rest of a word, behind three letters or more or in front of three; "_" for white
            space.
        in_lower_case: Whether the pattern is for texts in lower case, which takes it half the time
            that ignoring case does.

    Attributes:
        pattern: As given.
        words: Those words.
    """

    def __init__(
        self, pattern: re.Pattern[str], words: str, *, in_lower_case: bool = False
    ) -> None:
        self.pattern = pattern
        self.words = words.split()
        self._in_lower_case = in_lower_case

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds it."""
        return self.pattern.search(self._read(text)) is not None

    def all_in(self, text: str) -> Iterator[re.Match[str]]:
        """Yield what a text holds of it, at its places, in lower case if that is what it reads."""
        return self.pattern.finditer(self._read(text))

    def _read(self, text: str) -> str:
        return in_lower_case(text) if self._in_lower_case else text


class AnyInText:
    """Several things that are looked for anywhere in texts, all at once.

    Args:
        several: What is looked for.
    """

    def __init__(self, *several: Sought) -> None:
        self._several = several
        self._held: dict[int, Set[Sought]] = {}
        whole: dict[bytes, int] = {}
        in_row: dict[tuple[bytes, bytes], int] = {}
        starts: dict[int, dict[bytes, int]] = {letters: {} for letters in _STEM_LETTERS}
        ends: dict[bytes, int] = {}
        for bit, word in ((1 << n, word) for n, one in enumerate(several) for word in one.words):
            own = words_of(word.encode())
            if word.startswith("*"):
                _add(ends, own[-1][-_END_LETTERS:], bit)
            elif word[-1] == "*" and word[-2].isalpha() and len(own) == 1:
                letters = max(number for number in _STEM_LETTERS if number <= len(own[0]))
                _add(starts[letters], own[0][:letters], bit)
            elif len(own) == 1 or word[-1] == "*":
                _add(whole, own[0], bit)
            else:
                _add(in_row, (own[0], own[1]), bit)
        self._whole = HashTable.of_words(whole)
        self._starts = {letters: HashTable.of_words(found) for letters, found in starts.items()}
        self._ends = HashTable.of_words(ends)
        self._in_row = HashTable.of_pairs(in_row)

    def number_of(self, *several: Sought) -> int:
        """Return the number that stands for some of what is looked for: a bit for each."""
        return sum(1 << self._several.index(sought) for sought in several)

    def held_by(
        self, texts: Sequence[str], asked: Sequence[int], words: HashedWords | None = None
    ) -> list[Set[Sought]]:
        """Return for each text what it may hold of what is asked for; the rest is surely not in it.

        Args:
            texts: The texts.
            asked: What is looked for in each, by `number_of`.
            words: Their words, if they are known.
        """
        if len(texts) >= _FEW_TEXTS:
            numbers = self._numbers(words or HashedWords.of(texts))
            for row, text in enumerate(texts):
                if not text.isascii() and _LIKE_ASCII.search(text):
                    numbers[row] = -1
            asked = (numbers & np.array(asked, numbers.dtype)).tolist()
        held = self._held
        for number in set(asked) - held.keys():
            held[number] = frozenset(
                one for bit, one in enumerate(self._several) if number >> bit & 1
            )
        return [held[number] for number in asked]

    def _numbers(self, words: HashedWords) -> npt.NDArray[np.int64]:
        """Return the number of what each text may hold."""
        _, in_row, *_ = words.keys_of_rows
        known = self._whole.may_know(words.keys)
        known = known | self._ends.may_know(words.last_letters(_END_LETTERS))
        for letters, table in self._starts.items():
            known = known | table.may_know(words.first_letters(letters))
        numbers = np.zeros(words.number, np.int64)
        for found in (known, self._in_row.may_know(in_row)):
            chosen = np.flatnonzero(found != 0)
            np.bitwise_or.at(numbers, words.texts_of(chosen), found[chosen].astype(np.int64))
        return numbers


_Key = TypeVar("_Key")


def _add(known: dict[_Key, int], key: _Key, bit: int) -> None:
    known[key] = known.get(key, 0) | bit


def cuts_word(text: str, position: int) -> bool:
    """Tell whether a part of a text that starts or ends there may hold what the whole does not.

    The "men" that is cut from "policemen" is a word.
    """
    return 0 < position < len(text) and not (
        text[position - 1].isspace() or text[position].isspace()
    )


class SoughtInFront:
    """What is looked for directly in front of a place.

    Args:
        pattern: Finds it at the end of a text; it ignores case.
        words: Words in ASCII and in lower case, of which what it finds holds one. "_" stands for
            white space; of several words, the last but one is looked for.
        among: How many words from the end it stands at most, by white space.
        reach: How many words from the end the whole begins at most; None for any number.
        ends: Words of which what it finds ends with one, "*" for how one begins; None for any.
        capital: Which word from the end begins with a capital of ASCII, if one has to.

    Attributes:
        pattern, among: As given.
        words: Those that are looked for.
    """

    def __init__(
        self,
        pattern: re.Pattern[str],
        words: str,
        *,
        among: int,
        reach: int | None = None,
        ends: str | None = None,
        capital: int | None = None,
    ) -> None:
        self.pattern = pattern
        self.among = among
        self._reach = reach
        self._capital = capital
        rarest = [word.split("_")[-2:][0].rstrip(_MARKS) for word in words.split()]
        self.words = frozenset([*rarest, _SIGN])
        if ends is None and among == 1:
            ends = words
        self._ends = None if ends is None else frozenset(ends.split())
        self._endings = tuple(word[1:] for word in self._ends or () if word[0] == "*")

    def search(self, front: str) -> re.Match[str] | None:
        """Search a text, as the pattern's own method does."""
        if self.words.isdisjoint(_most_last_words(front)[-self.among :]):
            return None
        return self.search_behind_word(front)

    def search_behind_word(self, front: str) -> re.Match[str] | None:
        """Search a text that holds one of the words."""
        if self._capital is not None and not self._has_capital(front, self._capital):
            return None
        if self._reach is None:
            return self.pattern.search(front)
        return self.pattern.search(front, start_of_last_words(front, self._reach))

    def _has_capital(self, front: str, number: int) -> bool:
        """Tell whether a word, by its number from the end, begins with a capital of ASCII."""
        words = front.rsplit(None, number)
        return len(words) < number or "A" <= words[-number][:1] <= "Z"

    def may_end_with(self, word: str) -> bool:
        """Tell whether it may be found at the end of a text with this last word, in lower case."""
        if self._ends is None or word in self._ends or word.endswith(self._endings):
            return True
        return _as_sign(word) == _SIGN


class AnyInFront:
    """Several things that are looked for directly in front of a place, all at once.

    Attributes:
        several: What is looked for.
    """

    def __init__(self, *several: SoughtInFront) -> None:
        self.several = several
        self._among = max((sought.among for sought in several), default=1)
        self._by_word: dict[str, list[SoughtInFront]] = {}
        for sought in several:
            for word in sought.words:
                self._by_word.setdefault(word, []).append(sought)
        self._words = frozenset(self._by_word)
        self._behind: dict[str, AnyInFront] = {}

    def behind(self, word: str) -> AnyInFront:
        """Return what of it may be found at the end of texts with this last word, in lower case."""
        if word not in self._behind:
            able = [sought for sought in self.several if sought.may_end_with(word)]
            self._behind[word] = AnyInFront(*able)
        return self._behind[word]

    def is_in(self, front: str) -> bool:
        """Tell whether any of them is found at the end of a text."""
        last = _last_words(front, self._among)
        if self._words.isdisjoint(last):
            return False  # as mostly; found with less work
        return any(
            sought.search_behind_word(front) is not None
            for distance, word in enumerate(reversed(last), 1)
            for sought in self._by_word.get(word, ())
            if distance <= sought.among
        )


@lru_cache(maxsize=4)  # one rule after the other looks at the same place
def _most_last_words(text: str) -> list[str]:
    return _last_words(text, _MOST_LAST_WORDS)


def start_of_last_words(text: str, number: int) -> int:
    """Return where the white space in front of so many last words starts; 0 if there is none."""
    words = text.rsplit(None, number)
    return len(words[0]) if len(words) > number else 0


def _last_words(text: str, number: int) -> list[str]:
    words = text.lower().rsplit(None, number)[-number:]
    together = "".join(words)
    if together.isalnum() and together.isascii():
        return words
    return list(map(_as_sign, words))


def _as_sign(word: str) -> str:
    """Return a word without the marks behind it, or `_SIGN` for any word."""
    if word.isalnum() and word.isascii():
        return word
    word = word.rstrip(_MARKS)
    return word if word.isalnum() and word.isascii() else _SIGN
