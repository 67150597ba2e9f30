"""Find blockers: words that are no terms, and void a substitution where they stay beside it.

"Muslims pray in a mosque" has no pair about Hindus, nor "Emma lost her keys" one about him.
`evenhand.data.lexicons.entries.Blocker` says what a lexicon may say of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import Blocker, Lexicon
from evenhand.data.matching.masking import HAS_HIDDEN, masked
from evenhand.data.matching.names import is_given_name
from evenhand.data.matching.patterns import (
    MARK,
    NOT_PLAIN,
    any_of,
    folded_spelling,
    places_between_marks,
    whole_word,
    with_marks,
)

_BEFORE_PLACE = re.compile(r"(?<!\w)(?:in|at|to|from|near|around|through|the)\s+\Z", re.IGNORECASE)
_MANY_TEXTS = 128  # from here on it pays to have RE2 compile its patterns
_WINDOW = 16  # characters in front of a name
NAME_STAYS = "a name that tells the group would stay"

_HARD_TEXT = f"{NOT_PLAIN}|{HAS_HIDDEN}"
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
        self._any_word = any_of(dict.fromkeys(words))
        # An ASCII letter beside a word rules it out by RE2's table of letters and by Python's.
        self._anywhere = rf"(?:^|[^0-9A-Za-z]){self._any_word}(?:$|[^0-9A-Za-z])"

    def find_all(self, texts: Sequence[str]) -> list[list[Blocking]]:
        """Return the blockers in each text, as `find` does, in a fraction of the time.

        RE2 marks the words of all texts at once. Where the marks may be wrong, `find` looks.
        """
        if not self._blockers:
            return [[] for _ in texts]
        if len(texts) < _MANY_TEXTS:
            return [self.find(text) for text in texts]
        try:
            array = pa.array(texts, pa.string())
            hard = pc.match_substring_regex(pc.ascii_lower(array), _HARD_TEXT).to_pylist()
            may_hold = pc.match_substring_regex(array, self._anywhere).to_pylist()
            marked = with_marks(array, self._any_word)
        except (UnicodeEncodeError, pa.ArrowInvalid):  # a lone surrogate; too many for RE2
            return [self.find(text) for text in texts]
        return [
            self.find(text)
            if is_hard and may
            else self._found(text, parts)
            if MARK in parts
            else []
            for text, is_hard, may, parts in zip(
                texts, hard, may_hold, marked.to_pylist(), strict=True
            )
        ]

    def _found(self, text: str, marked: str) -> list[Blocking]:
        """Return the blockers in a text, marked in another copy of it."""
        if "-" in text or "@" in text:
            return self.find(text)
        return self._at(text, places_between_marks(marked))

    def _at(self, text: str, places: Iterable[tuple[int, int]]) -> list[Blocking]:
        return [
            Blocking(start, end, axis, blocker)
            for start, end in places
            for axis, blocker in self._blockers[folded_spelling(text[start:end])]
            if _counts(blocker, text, start, end)
        ]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What finds a blocker in a text that RE2 cannot judge: some take no other."""
        return whole_word(self._any_word)

    def find(self, text: str) -> list[Blocking]:
        """Return the blockers in a text, in their order."""
        if not self._blockers:
            return []
        text = masked(text)
        return self._at(text, (match.span() for match in self._pattern.finditer(text)))


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
