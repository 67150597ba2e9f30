"""Find blockers: words that are no terms, and void a substitution where they stay beside it.

"Muslims pray in a mosque" has no pair about Hindus, nor "Emma lost her keys" one about him.
`evenhand.data.lexicons.entries.Blocker` says what a lexicon may say of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evenhand.data.lexicons.entries import Blocker, Lexicon
from evenhand.data.matching.masking import masked
from evenhand.data.matching.names import is_given_name
from evenhand.data.matching.patterns import (
    any_of_in_lower_case,
    folded_spelling,
    has_combining_mark,
    in_lower_case,
    whole_word,
)
from evenhand.data.matching.searched_texts import HashedSpellings, SearchedTexts

_BEFORE_PLACE = re.compile(r"(?<!\w)(?:in|at|to|from|near|around|through|the)\s+\Z", re.IGNORECASE)
_WINDOW = 16  # characters in front of a name
NAME_STAYS = "a name that tells the group would stay"
PERSON_STAYS = "a person whom the tagger finds would stay"
_NAME_FOLLOWS = re.compile(r"\.?\s+[A-Z][a-zà-ÿ]")


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
        self._blockers: dict[str, list[tuple[str, Blocker]]] = {}  # by their words, folded
        words: list[str] = []
        for lexicon in lexicons:
            blockers = [*lexicon.blockers, *(_names(lexicon) if names else ())]
            for blocker in blockers:
                if of_neutral and blocker.neutral is None:
                    continue
                words += blocker.words
                for word in map(folded_spelling, blocker.words):
                    self._blockers.setdefault(word, []).append((lexicon.name, blocker))
        self._looking = {
            word
            for word, blockers in self._blockers.items()
            if any(blocker.given_name or blocker.before_name for _, blocker in blockers)
        }
        different = dict.fromkeys(words)
        self._hashed = HashedSpellings(
            different, capitalised=set(filter(self._is_capitalised, different))
        )

    def find(self, text: str) -> list[Blocking]:
        """Return the blockers in a text, in their order."""
        text = masked(text)
        pattern = self._pattern_beside_marks if has_combining_mark(text) else self._pattern
        found: list[Blocking] = []
        for match in pattern.finditer(in_lower_case(text)):
            start, end = match.span()
            word = match[0] if match.lastindex is None else folded_spelling(text[start:end])
            found += self._at(text, start, end, word)
        return found

    def find_all(self, texts: Sequence[str], searched: SearchedTexts) -> list[list[Blocking]]:
        """Return the blockers in each text, as `find` does, in less time.

        Args:
            texts: The texts.
            searched: The same with their words.
        """
        places = self._hashed.places(searched)
        found: list[list[Blocking]] = [[] for _ in texts]
        for row, start, end in places.in_texts(searched.words):
            text = texts[row]
            word = text[start:end].lower()
            if word in self._looking:
                text = searched.masked(row)
            found[row] += self._at(text, start, end, word)
        for row in np.flatnonzero(~places.is_plain).tolist():
            found[row] = self.find(texts[row])
        return found

    def _at(self, text: str, start: int, end: int, word: str) -> list[Blocking]:
        """Return the blockers that a word of a masked text is."""
        return [
            Blocking(start, end, axis, blocker)
            for axis, blocker in self._blockers.get(word, ())
            if _counts(blocker, text, start, end)
        ]

    def _is_capitalised(self, word: str) -> bool:
        """Tell whether a word is a blocker only where it begins with a capital."""
        return all(blocker.capitalised for _, blocker in self._blockers[folded_spelling(word)])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What finds every word, and in a group blockers that are not one word of letters."""
        return whole_word(self._any_word, with_marks=False)

    @cached_property
    def _pattern_beside_marks(self) -> re.Pattern[str]:
        """What finds the same in a text with combining marks; it takes longer to compile."""
        return whole_word(self._any_word)

    @cached_property
    def _any_word(self) -> str:
        others = self._hashed.others
        return f"(?:({any_of_in_lower_case(others)})|[a-z]+)" if others else "[a-z]+"


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
