"""Find blockers: words that are no terms, and void a substitution where they stay beside it.

"Muslims pray in a mosque" has no pair about Hindus, nor "Emma lost her keys" one about him.
`evenhand.data.lexicons.entries.Blocker` says what a lexicon may say of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from evenhand.data.lexicons.entries import Blocker, Lexicon
from evenhand.data.matching.hashed_words import HashedWords
from evenhand.data.matching.key_words import KeyWords
from evenhand.data.matching.masking import masked
from evenhand.data.matching.names import is_given_name
from evenhand.data.matching.patterns import (
    SPELLINGS,
    any_of_in_lower_case,
    folded_spelling,
    has_combining_mark,
    in_lower_case,
    whole_word,
)

_BEFORE_PLACE = re.compile(r"(?<!\w)(?:in|at|to|from|near|around|through|the)\s+\Z", re.IGNORECASE)
_WINDOW = 16  # characters in front of a name
NAME_STAYS = "a name that tells the group would stay"
PERSON_STAYS = "a person whom the tagger finds would stay"
_NAME_FOLLOWS = re.compile(r"\.?\s+[A-Z][a-zà-ÿ]")

_Place = tuple[int, int]  # in a text: from the first character up to but without the second


class Blocking(NamedTuple):
    """A blocker found in a text, at characters `start` to `end`, and the lexicon that it is of."""

    start: int
    end: int
    axis: str
    blocker: Blocker


class BlockerFinder:
    """Finds the blockers of some lexicons in text.

    Args:
        lexicons: The lexicons.
        names: Whether given names are blockers too.
        of_neutral: Whether to look only for those that matter to neutral pairs.
    """

    def __init__(
        self, lexicons: Iterable[Lexicon], *, names: bool, of_neutral: bool = False
    ) -> None:
        self._blockers: dict[str, list[tuple[str, Blocker]]] = {}
        words: list[str] = []
        for lexicon in lexicons:
            blockers = [*lexicon.blockers, *(_names(lexicon) if names else ())]
            for blocker in blockers:
                if of_neutral and blocker.neutral is None:
                    continue
                words += blocker.words
                for word in map(folded_spelling, blocker.words):
                    self._blockers.setdefault(word, []).append((lexicon.name, blocker))
        self._words = dict.fromkeys(words)
        self._key_words = KeyWords(self._words, set(filter(self._is_capitalised, self._words)))
        self._pattern_of = lru_cache(maxsize=SPELLINGS)(self._compiled)

    def find(self, text: str) -> list[Blocking]:
        """Return the blockers in a text, in their order."""
        key_words = self._key_words.found_in(text)
        return self._find(text, key_words) if key_words else []

    def find_all(self, texts: Sequence[str], words: HashedWords) -> list[list[Blocking]]:
        """Return the blockers in each text, as `find` does, in less time.

        Args:
            texts: The texts.
            words: Their words.
        """
        found = self._key_words.found_in_all(texts, words)
        return [
            self._find(text, key_words) if key_words else []
            for text, key_words in zip(texts, found, strict=True)
        ]

    def _find(self, text: str, key_words: Set[bytes]) -> list[Blocking]:
        text = masked(text)
        return self._at(text, self._places(in_lower_case(text), key_words))

    def _places(self, text: str, key_words: Set[bytes]) -> list[_Place]:
        """Return where the blockers of these key words stand in a text in lower case, in order."""
        if has_combining_mark(text):
            return _found(self._pattern, text)
        patterns = list(map(self._pattern_of, key_words))
        places = [place for pattern in patterns for place in _found(pattern, text)]
        if len(patterns) == 1:
            return places
        places.sort()
        return list(_first_of(patterns, text)) if _overlap(places) else places

    def _is_capitalised(self, word: str) -> bool:
        """Tell whether a word is a blocker only where it begins with a capital."""
        return all(blocker.capitalised for _, blocker in self._blockers[folded_spelling(word)])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What finds every blocker, beside combining marks, too; slow to compile."""
        return whole_word(any_of_in_lower_case(self._words))

    def _compiled(self, key_word: bytes) -> re.Pattern[str]:
        """Return what finds the blockers of a key word in a text without combining marks."""
        spellings = self._key_words.spellings_of(key_word)
        return whole_word(any_of_in_lower_case(spellings), with_marks=False)

    def _at(self, text: str, places: Iterable[_Place]) -> list[Blocking]:
        return [
            Blocking(start, end, axis, blocker)
            for start, end in places
            for axis, blocker in self._blockers[folded_spelling(text[start:end])]
            if _counts(blocker, text, start, end)
        ]


def person_blockings(
    text: str, places: Iterable[tuple[int, int]], lexicons: Iterable[Lexicon]
) -> list[Blocking]:
    """Return the names of persons in a text as blockers of each lexicon that has given names.

    Nobody has listed which group such a name tells, so it counts for each that has given names.

    Args:
        text: The text.
        places: The first character of each name, and the one behind its last.
        lexicons: The lexicons.
    """
    return [
        Blocking(
            start,
            end,
            lexicon.name,
            Blocker(
                words=(text[start:end],),
                reason=PERSON_STAYS,
                groups=tuple(lexicon.names),
                of_person=True,
            ),
        )
        for lexicon in lexicons
        if lexicon.names
        for start, end in places
    ]


def _found(pattern: re.Pattern[str], text: str) -> list[_Place]:
    return [match.span() for match in pattern.finditer(text)]


def _first_of(patterns: Sequence[re.Pattern[str]], text: str) -> Iterator[_Place]:
    """Yield what patterns find, of overlapping places the first, of those the longest."""
    position = 0
    while found := [match for one in patterns if (match := one.search(text, position))]:
        start = min(match.start() for match in found)
        position = max(match.end() for match in found if match.start() == start)
        yield start, position


def _overlap(places: Sequence[_Place]) -> bool:
    """Tell whether two neighbours overlap: "New York", "York"."""
    return any(following[0] < place[1] for place, following in pairwise(places))


def _names(lexicon: Lexicon) -> Iterable[Blocker]:
    for group, names in lexicon.names.items():
        yield Blocker(
            words=names, reason=NAME_STAYS, groups=(group,), capitalised=True, of_person=True
        )


def _counts(blocker: Blocker, text: str, start: int, end: int) -> bool:
    if blocker.capitalised and not text[start].isupper():
        return False
    if blocker.given_name and not _is_first_name(text, start, end):
        return False
    return not blocker.before_name or _NAME_FOLLOWS.match(text, end) is not None


def _is_first_name(text: str, start: int, end: int) -> bool:
    """Tell "Austin said" from "in Austin, he said"."""
    is_place = _BEFORE_PLACE.search(text, max(start - _WINDOW, 0), start)
    return is_place is None and is_given_name(text, start, end)
