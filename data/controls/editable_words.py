"""Which words of a text a control pair may edit: plain words that touch no identity.

None of these is one:

- words of the terms, blockers and given names of any lexicon that comes with evenhand or is in use,
  whatever their guards say, and pejoratives;
- words that hold a sentence together ("the", "with", "not"), and those with fewer letters than
  three;
- names, as far as capitals tell; numbers, addresses, "@" and "#" words, parts of words with a
  hyphen or an apostrophe, and words with other letters than English ones;
- words that the text has twice: an identity that is taken out is taken out everywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from evenhand.data.controls.nonce_words import can_be_replaced
from evenhand.data.english import word_classes as words
from evenhand.data.english.letter_case import is_upper, opens_sentence
from evenhand.data.lexicons.entries import Lexicon, folded
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.lexicons.pejoratives import is_pejorative
from evenhand.data.matching.masking import masked
from evenhand.data.matching.patterns import combining_marks
from evenhand.data.matching.person_words import FUNCTION_WORDS

TOKEN = re.compile(r"[^\W_]+")
_JOINS = r"@#$&/\\'’\-\u2010\u2011"
_PLAIN_WORD = re.compile(
    rf"(?<![\w.{_JOINS}{combining_marks()}])[A-Za-z]+(?![\w{_JOINS}{combining_marks()}]|\.\w)"
)
_NAME_BEHIND = re.compile(r"[^\S\n]+[A-Z](?:[\w'’]*[a-z]|\.)")
_HELD_TOGETHER = frozenset(
    words.FUNCTION_WORDS
    | words.PREPOSITIONS
    | words.COPULAS
    | words.NUMBERS
    | frozenset(FUNCTION_WORDS.split())
)
_WORDS_KEPT = 16_384  # to remember


class Word(NamedTuple):
    """A word of a text, at characters `start` to `end`, the `number`th of its words."""

    start: int
    end: int
    number: int


def is_function_word(word: str) -> bool:
    """Tell whether a word, in any case, only holds a sentence together."""
    return word.lower() in _HELD_TOGETHER


class EditableWords:
    """Finds the words of texts that a control pair may edit.

    Args:
        lexicons: Those in use.
    """

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        every = [*lexicons, *map(load_lexicon, builtin_lexicons())]
        self._of_groups = frozenset(_tokens(_identity_words(every)))
        self._names = frozenset(_tokens(_capitalised_words(every)))
        self._is_open = lru_cache(maxsize=_WORDS_KEPT)(self._may_be_edited)

    def is_listed(self, word: str) -> bool:
        """Tell whether a word in small letters is part of a lexicon or a name."""
        return word in self._of_groups or word in self._names

    def find(self, text: str) -> list[Word]:
        """Return the words of a text that may be edited, in its order."""
        times = Counter(map(str.casefold, TOKEN.findall(text)))
        shown, shouts = masked(text), is_upper(text)
        starts = {match.start(): number for number, match in enumerate(TOKEN.finditer(text))}
        found = []
        for match in _PLAIN_WORD.finditer(shown):
            start, end = match.span()
            word = match[0]
            if text[start:end] != word or times[word.casefold()] > 1 or not self._is_open(word):
                continue
            if word[0].isupper() and not shouts and self._may_be_name(text, start, end):
                continue
            found.append(Word(start, end, starts[start]))
        return found

    def _may_be_edited(self, word: str) -> bool:
        form = word.lower()
        return (
            can_be_replaced(form)
            and form not in _HELD_TOGETHER
            and form not in self._of_groups
            and not is_pejorative(form)
        )

    def _may_be_name(self, text: str, start: int, end: int) -> bool:
        word = text[start:end]
        return (
            is_upper(word)
            or word.lower() in self._names
            or not opens_sentence(text, start)
            or _NAME_BEHIND.match(text, end) is not None
        )


def _identity_words(lexicons: Iterable[Lexicon]) -> Iterator[str]:
    for lexicon in lexicons:
        for entry in lexicon.entries:
            yield from (spelling for _, spelling in entry.spellings())
        for blocker in lexicon.blockers:
            if not blocker.capitalised:
                yield from blocker.words


def _capitalised_words(lexicons: Iterable[Lexicon]) -> Iterator[str]:
    """Yield what tells a group only with a capital letter."""
    for lexicon in lexicons:
        for names in lexicon.names.values():
            yield from names
        for blocker in lexicon.blockers:
            if blocker.capitalised:
                yield from blocker.words


def _tokens(spellings: Iterable[str]) -> Iterator[str]:
    for spelling in spellings:
        yield from TOKEN.findall(folded(spelling))
