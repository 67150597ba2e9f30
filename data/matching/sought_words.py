"""What rules look for in a text, where most texts hold none of it: cheap signs that rule it out.

Python's expressions take 10 to 100 µs to see that a text has none of a hundred words. RE2 says in
less than one which of many texts may, and a look at the last words in front of a place whether an
expression that ends there can match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_FEW_TEXTS = 16  # for fewer, compiling RE2's expressions takes longer than they save
_MOST_LAST_WORDS = 6
_PLACES = 4  # to remember: one rule after the other looks at the same place
_MARKS = ".,!?;:"  # behind a word
_SIGN = "*"  # for a word that holds signs, or letters beyond ASCII: it may be any
# The characters that Python and RE2 take alike for white space, letters, digits or signs.
_NOT_ALIKE = "[^\t\n\x0c\r -~]"
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_NO_WORD_IN_FRONT = re.compile(r"\(\?<!(?:\\w|\[\\w[^\]]*\])\)")
_NO_WORD_BEHIND = re.compile(r"\(\?!(?:\\w|\[\\w[^\]]*\])\)")
_DEPTHS = {"(": 1, ")": -1}
_ESCAPE_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class Sought:
    """What is looked for anywhere in texts.

    Args:
        pattern: Finds it. It has no back-references, and what it asks for no word character in
            front of begins with one.

    Attributes:
        pattern: As given.
        search: Searches one text, as the pattern's own method does.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.search = pattern.search
        ignores_case = "(?i)" * bool(pattern.flags & re.IGNORECASE)
        self._sign = ignores_case + without_look_around(pattern.pattern)

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts of characters that Python and RE2 take alike may hold it."""
        return pc.match_substring_regex(texts, self._sign)


def without_look_around(expression: str) -> str:
    """Return an expression for RE2 that finds whatever one of Python's finds, and maybe more.

    RE2 has no look-around. Where that asks for no word character in front, the start of a word
    stands in its place; where it asks for none behind, at the end of an alternative, another
    character or the end of the text. Any other look-around is left out.
    """
    parts: list[str] = []
    position = depth = 0
    while position < len(expression):
        whole = _ESCAPE_OR_CLASS.match(expression, position)
        if whole is not None:
            parts.append(r"\z" if whole[0] == r"\Z" else whole[0])
            position = whole.end()
        elif _LOOK_AROUND.match(expression, position):
            end = _end_of_group(expression, position)
            if _NO_WORD_IN_FRONT.match(expression, position):
                parts.append(r"\b")
            elif _NO_WORD_BEHIND.match(expression, position) and not depth:
                parts.append(r"(?:\W|\z)" if expression[end : end + 1] in ("", "|") else "")
            position = end
        else:
            depth += _DEPTHS.get(expression[position], 0)
            parts.append(expression[position])
            position += 1
    return "".join(parts)


def _end_of_group(expression: str, start: int) -> int:
    """Return where the group that starts at a bracket ends."""
    depth, position = 0, start
    while True:
        whole = _ESCAPE_OR_CLASS.match(expression, position)
        if whole is not None:
            position = whole.end()
            continue
        depth += _DEPTHS.get(expression[position], 0)
        position += 1
        if not depth:
            return position


def held_by(texts: Sequence[str], asked: Sequence[tuple[Sought, ...]]) -> list[Set[Sought]]:
    """Return for each text what it may hold of what is asked for; the rest is surely not in it.

    Args:
        texts: The texts.
        asked: What is looked for in each.
    """
    array = _as_array(texts)
    if array is None:
        return list(map(frozenset, asked))
    listed: dict[tuple[Sought, ...], list[int]] = {}
    for row, sought in enumerate(asked):
        listed.setdefault(sought, []).append(row)
    rows_of = {sought: np.array(rows) for sought, rows in listed.items()}
    every = list(dict.fromkeys(one for sought in rows_of for one in sought))
    foreign = _flags(pc.match_substring_regex(array, _NOT_ALIKE))
    numbers = np.zeros(len(texts), np.int64)  # with a bit for each of `every`
    for bit, one in enumerate(every):
        rows = np.concatenate([rows for sought, rows in rows_of.items() if one in sought])
        may_hold = _flags(one.candidates(array.take(pa.array(rows)))) | foreign[rows]
        numbers[rows] |= may_hold.astype(np.int64) << bit
    combinations = {
        number: frozenset(one for bit, one in enumerate(every) if number >> bit & 1)
        for number in np.unique(numbers).tolist()
    }
    return [combinations[number] for number in numbers.tolist()]


def _as_array(texts: Sequence[str]) -> pa.Array | None:
    """Return texts for RE2; None where it cannot read them, or would save nothing."""
    if len(texts) < _FEW_TEXTS:
        return None
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:  # a lone surrogate is no UTF-8
        return None


def _flags(values: pa.BooleanArray) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = values.to_numpy(zero_copy_only=False)
    return flags


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
        words: Words in ASCII and in lower case, of which what it finds holds one. "*" stands for
            the rest of a word, "_" for white space.
        among: How many words from the end it stands at most, by white space.
        reach: How many words from the end the whole begins at most; None for any number.

    Attributes:
        pattern, among: As given.
        words: The last words of `words`.
        starts: How those begin of which a rest is left open.
    """

    def __init__(
        self, pattern: re.Pattern[str], words: str, *, among: int, reach: int | None = None
    ) -> None:
        self.pattern = pattern
        self.among = among
        self._reach = reach
        lasts = [word.rpartition("_")[2].rstrip(_MARKS) for word in words.split()]
        self.words = frozenset([*lasts, _SIGN])
        self.starts = tuple(word[:-1] for word in lasts if word.endswith("*"))

    def search(self, front: str) -> re.Match[str] | None:
        """Search a text, as the pattern's own method does."""
        last = _last_words(front)[-self.among :]
        if self.words.isdisjoint(last) and not (
            self.starts and any(word.startswith(self.starts) for word in last)
        ):
            return None
        return self.search_behind_word(front)

    def search_behind_word(self, front: str) -> re.Match[str] | None:
        """Search a text that holds one of the words."""
        if self._reach is None:
            return self.pattern.search(front)
        words = front.rsplit(None, self._reach)
        return self.pattern.search(front, len(words[0]) if len(words) > self._reach else 0)


class AnyInFront:
    """Several things that are looked for directly in front of a place, all at once.

    Attributes:
        several: What is looked for.
    """

    def __init__(self, *several: SoughtInFront) -> None:
        self.several = several
        self._among = max(sought.among for sought in several)
        self._starting = [sought for sought in several if sought.starts]
        self._by_word = {
            word: [
                sought
                for sought in several
                if word in sought.words or (sought.starts and word.startswith(sought.starts))
            ]
            for word in frozenset().union(*(sought.words for sought in several))
        }

    def is_in(self, front: str) -> bool:
        """Tell whether any of them is found at the end of a text."""
        for distance, word in enumerate(_last_words(front)[: -self._among - 1 : -1], 1):
            held = self._by_word.get(word)
            if held is None:
                held = [one for one in self._starting if word.startswith(one.starts)]
            for sought in held:
                if distance <= sought.among and sought.search_behind_word(front) is not None:
                    return True
        return False


@lru_cache(maxsize=_PLACES)
def _last_words(text: str) -> list[str]:
    words = text.lower().rsplit(None, _MOST_LAST_WORDS)[-_MOST_LAST_WORDS:]
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
