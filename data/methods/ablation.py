"""Term ablation: the counterfactual of a text is the text without its identity terms.

White space is mended where a term was taken out, and nowhere else: one white space character stays
between two words (a line break before any other), none at the ends of the text, none in front of
closing punctuation, none after an opening bracket or quotation mark. Every other character stays.

    "She told him."          -> "told."
    "the  queen (her), said" -> "the (), said"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from pydantic import JsonValue

from evenhand.data.matching.hashed_words import HashedWords
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match, terms_and_groups
from evenhand.data.methods.base import Counterfactual, Skipped

NOTHING_LEFT = "nothing is left without its terms"

CLOSING = ".,;:!?…)]}”’»"
OPENING = "([{“‘«¿¡"

_CLOSING = f"[{re.escape(CLOSING)}]"
# Directly after the term, so that the white space in front of the term would come before it.
_CLOSES_ATTACHED = re.compile(rf"{_CLOSING}|[\"'](?={_CLOSING}|\s|\Z)")
# After white space of its own it may also be an emoticon or a name such as ".NET": these keep it.
_CLOSES_DETACHED = re.compile(rf"(?![:;][)\]}}]){_CLOSING}+(?=\s|\Z)")
_OPENS = re.compile(rf"[{re.escape(OPENING)}]\Z|(?:\A|[\s(\[{{])[\"']\Z")


class AblationMethod:
    """Removes identity terms: see `evenhand.data.methods.base.PairMethod`."""

    name = "ablate"
    options: Mapping[str, JsonValue] = MappingProxyType({})

    def __init__(self, matcher: TermMatcher) -> None:
        self._matcher = matcher

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text what is left without its terms."""
        found = self._matcher.find_all(texts)
        left = [without(text, matches) for text, matches in zip(texts, found, strict=True)]
        for index in self._matcher.rows_to_search(left, HashedWords.of(left)):
            left[index] = _emptied(left[index], self._matcher)
        return [
            _outcome(text, matches) if matches else ()
            for text, matches in zip(left, found, strict=True)
        ]


def ablate(text: str, matcher: TermMatcher) -> Counterfactual | None:
    """Return `text` without the terms that `matcher` finds in it; None if it holds no term.

    The result holds no term of the matcher, and is empty if the text was nothing but terms.
    """
    matches = matcher.find(text)
    if not matches:
        return None
    return Counterfactual(_emptied(without(text, matches), matcher), *terms_and_groups(matches))


def _emptied(text: str, matcher: TermMatcher) -> str:
    """Return a text without terms, those too that come together when one is taken out."""
    while matches := matcher.find(text):
        text = without(text, matches)
    return text


def _outcome(left: str, matches: Sequence[Match]) -> Sequence[Counterfactual] | Skipped:
    if not left:
        return Skipped(NOTHING_LEFT)
    return (Counterfactual(left, *terms_and_groups(matches)),)


class Place(Protocol):
    """What stands at characters `start` to `end` of a text."""

    @property
    def start(self) -> int:
        """Its first character."""

    @property
    def end(self) -> int:
        """The character after its last."""


def without(text: str, places: Sequence[Place]) -> str:
    """Return a text without what stands in some places, its white space mended.

    Args:
        text: The text.
        places: The places, in its order.
    """
    if not places:
        return text
    kept = []
    position = 0
    for start, end in _runs(text, places):
        left, right = start, end
        while left > position and text[left - 1].isspace():
            left -= 1
        while right < len(text) and text[right].isspace():
            right += 1
        kept += [text[position:left], _mended(text, left, start, end, right)]
        position = right
    kept.append(text[position:])
    return "".join(kept)


def _runs(text: str, places: Sequence[Place]) -> list[tuple[int, int]]:
    """Return the places, those with only white space between them as one."""
    runs = [(places[0].start, places[0].end)]
    for place in places[1:]:
        if not text[runs[-1][1] : place.start].strip():
            runs[-1] = (runs[-1][0], place.end)
        else:
            runs.append((place.start, place.end))
    return runs


def _mended(text: str, left: int, start: int, end: int, right: int) -> str:
    """Return what stands in place of text[left:right], a term at start:end between white space."""
    before, behind = text[left:start], text[end:right]
    if left == 0 or right == len(text):
        return ""
    if before and (_CLOSES_DETACHED if behind else _CLOSES_ATTACHED).match(text, right):
        return ""
    if behind and not before and _OPENS.search(text[max(left - 2, 0) : left]):
        return ""
    for space in (before, behind):
        if "\n" in space or "\r" in space:
            return space
    return (before or behind)[:1]
