"""What the terms of some lexicons mean where they stand: their entries and groups, by their guards.

A spelling has a reading in each lexicon that lists it. Its meaning at a place in a text are those
readings together whose guards hold there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

from evenhand.data.lexicons.entries import BASE, Entry, Guards, Lexicon
from evenhand.data.matching.guards import GuardCheck, beside
from evenhand.data.matching.masking import masked
from evenhand.data.matching.patterns import SPELLINGS, any_of, folded_spelling

_NO_GUARDS = Guards()
_PLACES = 16_384  # to remember, with the letters beside them: some 6 MB


class Match(NamedTuple):
    """An identity term found in a text, at characters `start` to `end`.

    Attributes:
        start: Its first character in the text.
        end: The character after its last.
        term: The form found, spelled as in its lexicon.
        groups: Its groups in every lexicon that lists it.
        entry: The entry that it is a form of; where several lexicons list it, the first one's that
            has counterparts.
        slots: The entry's slots with this spelling: several for "her", told apart by context.
        counterparts: The entries that may stand in its place.
        axis: The lexicon that the entry is from.
    """

    start: int
    end: int
    term: str
    groups: tuple[str, ...]
    entry: Entry
    slots: tuple[str, ...]
    counterparts: tuple[Entry, ...]
    axis: str


# Its own constructor takes twice the time.
match_of: Callable[[tuple[Any, ...]], Match] = partial(tuple.__new__, Match)
"""Makes a match of its fields in their order."""

# What a match holds in addition to its place: shared by all matches of a spelling without guards.
Meaning = tuple[str, tuple[str, ...], Entry, tuple[str, ...], tuple[Entry, ...], str]


@dataclass
class _Reading:
    """What a spelling is in one lexicon."""

    spelling: str
    entry: Entry
    counterparts: tuple[Entry, ...]
    guard: GuardCheck | None
    axis: str
    slots: tuple[str, ...] = ()


class Readings:
    """Tells what spellings of terms mean.

    Args:
        lexicons: The terms' lexicons.

    Attributes:
        spellings: Every spelling once, as the first lexicon that lists it has it.
        expressions: All fixed expressions of guards, as plain text may hold them in lower case.
        in_any_text: Returns the meaning of a spelling in every text without these expressions, if
            it has one.
        is_guarded: Tells whether the text around a spelling decides whether it is a term.
        unsettled_groups: The groups of which a text may be `unsettled`, behind their lexicons.
    """

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._of: dict[str, list[_Reading]] = {}
        for lexicon in lexicons:
            for spelling, reading in _readings(lexicon).items():
                self._of.setdefault(spelling, []).append(reading)
        every = [reading for readings in self._of.values() for reading in readings]
        self.spellings = [readings[0].spelling for readings in self._of.values()]
        guards = {reading.guard for reading in every if reading.guard is not None}
        self.expressions = sorted({text for guard in guards for text in guard.expressions})
        self._meanings = {word: _meaning(readings) for word, readings in self._of.items()}
        self._unguarded = {
            word: self._meanings[word]
            for word, readings in self._of.items()
            if all(reading.guard is None for reading in readings)
        }
        self._wanting_person = _wanting_person(every)
        self.unsettled_groups = frozenset(self._wanting_person)
        self._patterns: dict[tuple[str, str], re.Pattern[str]] = {}  # texts name few groups
        self.in_any_text = lru_cache(maxsize=SPELLINGS)(self._meaning_in_any_text)
        self._surely_at = lru_cache(maxsize=_PLACES)(self._meaning_beside)
        self.is_guarded = lru_cache(maxsize=SPELLINGS)(self._depends_on_text)

    def at(self, text: str, start: int, end: int, *, may_hold_fixed: bool = True) -> Meaning | None:
        """Return the meaning of what stands at text[start:end].

        None if it is no spelling of a term, or guards rule it out.

        Args:
            text: The text.
            start: Where the spelling starts.
            end: Where it ends.
            may_hold_fixed: Whether the text may hold fixed expressions of guards.
        """
        spelling = text[start:end]
        if meaning := self._unguarded.get(spelling):
            return meaning
        if meaning := self._surely_at(spelling, *beside(text, start, end)):
            return meaning
        if spelling not in self._of:
            spelling = folded_spelling(spelling)
        readings = self._of.get(spelling, ())
        if len(readings) == 1:
            guard = readings[0].guard
            holds = guard is None or guard.holds(text, start, end, may_hold_fixed=may_hold_fixed)
            return self._meanings[spelling] if holds else None
        holding = [
            reading
            for reading in readings
            if reading.guard is None
            or reading.guard.holds(text, start, end, may_hold_fixed=may_hold_fixed)
        ]
        if len(holding) == len(readings):
            return self._meanings.get(spelling)
        return _meaning(holding) if holding else None

    def _meaning_beside(self, spelling: str, before: str, behind: str) -> Meaning | None:
        """Return the meaning of a spelling if what stands directly beside it shows it."""
        word = folded_spelling(spelling)
        if all(
            reading.guard is None or reading.guard.surely_holds(spelling, before, behind)
            for reading in self._of.get(word, ())
        ):
            return self._meanings.get(word)
        return None

    def _depends_on_text(self, spelling: str) -> bool:
        return folded_spelling(spelling) not in self._unguarded

    def groups_of(self, spelling: str) -> Iterable[str]:
        """Return the groups of a spelling, whatever its guards say; none if it is no term's."""
        return {reading.entry.group for reading in self._of.get(folded_spelling(spelling), ())}

    def unsettled(self, text: str, found: Sequence[Match], groups: Set[tuple[str, str]]) -> bool:
        """Tell whether a text may hold another mention of some groups than those found in it.

        That is one which only a missing word for a person ruled out, and no noun of a thing stands
        behind: "Blacks voted as black." holds one, "a black shoe" does not.

        Args:
            text: The text.
            found: Its matches, in their order.
            groups: Groups, each behind its lexicon's name.
        """
        hidden, ends = masked(text), [match.end for match in found]
        for group in self.unsettled_groups & groups:
            for other in self._pattern_of(group).finditer(hidden):
                start, end = other.span()
                following = bisect_right(ends, start)
                is_found = following < len(found) and found[following].start < end
                if not is_found and self._may_be_of_people(hidden, start, end, group):
                    return True
        return False

    def _pattern_of(self, group: tuple[str, str]) -> re.Pattern[str]:
        """Return what finds the spellings of a group that need a word for a person."""
        pattern = self._patterns.get(group)
        if pattern is None:
            spellings = any_of(self._wanting_person[group])
            pattern = re.compile(rf"(?<![\w@-]){spellings}(?![\w-])")
            self._patterns[group] = pattern
        return pattern

    def _may_be_of_people(self, text: str, start: int, end: int, group: tuple[str, str]) -> bool:
        for reading in self._of[folded_spelling(text[start:end])]:
            if (reading.axis, reading.entry.group) == group and reading.guard is not None:
                return reading.guard.may_be_of_people(text, start, end)
        return False

    def _meaning_in_any_text(self, spelling: str) -> Meaning | None:
        word = folded_spelling(spelling)
        if all(
            reading.guard is None or reading.guard.holds_for(spelling)
            for reading in self._of.get(word, ())
        ):
            return self._meanings.get(word)
        return None


def _readings(lexicon: Lexicon) -> dict[str, _Reading]:
    entries = {folded_spelling(entry.term): entry for entry in lexicon.entries}
    readings: dict[str, _Reading] = {}
    for entry in lexicon.entries:
        counterparts = tuple(entries[folded_spelling(name)] for name in entry.counterparts)
        checks = _Checks(entry)
        for slot, spelling in entry.spellings():
            reading = readings.setdefault(
                folded_spelling(spelling),
                _Reading(spelling, entry, counterparts, checks.of(spelling), lexicon.name),
            )
            if slot not in reading.slots:
                reading.slots += (slot,)
    return readings


def _wanting_person(readings: Iterable[_Reading]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the spellings that need a word for a person, by lexicon and group."""
    spellings: dict[tuple[str, str], list[str]] = {}
    for reading in readings:
        if reading.guard is not None and reading.guard.wants_person:
            spellings.setdefault((reading.axis, reading.entry.group), []).append(reading.spelling)
    return spellings


class _Checks:
    """The checks of one entry's guards: forms that can only be nouns need no word for a person."""

    _ADJECTIVES = (BASE, "comparative", "superlative")

    def __init__(self, entry: Entry) -> None:
        self._guards = None if entry.guards == _NO_GUARDS else entry.guards
        self._slots: dict[str, set[str]] = {}
        for slot, spelling in entry.spellings() if self._guards else ():
            self._slots.setdefault(folded_spelling(spelling), set()).add(slot)
        self._made: dict[tuple[bool, bool, bool], GuardCheck] = {}

    def of(self, spelling: str) -> GuardCheck | None:
        """Return the check of a spelling, None if nothing is to be checked."""
        if self._guards is None:
            return None
        slots = self._slots[folded_spelling(spelling)]
        only_noun = slots.isdisjoint(self._ADJECTIVES)
        names_people = not slots.isdisjoint(("noun", "collective"))
        only_plural = slots == {"plural"}
        key = (only_noun, names_people, only_plural)
        if key not in self._made:
            self._made[key] = GuardCheck(
                self._guards,
                only_noun=only_noun,
                names_people=names_people,
                only_plural=only_plural,
            )
        return self._made[key]


def _meaning(readings: list[_Reading]) -> Meaning:
    first = next((reading for reading in readings if reading.counterparts), readings[0])
    return (
        readings[0].spelling,
        tuple(dict.fromkeys(reading.entry.group for reading in readings)),
        first.entry,
        first.slots,
        first.counterparts,
        first.axis,
    )


Names = tuple[tuple[str, ...], tuple[str, ...]]
"""Terms, and their groups."""


def terms_and_groups(matches: Sequence[Match]) -> Names:
    """Return the terms of matches and their groups, each once, in the order of the text."""
    if not matches:
        return (), ()
    first = matches[0]
    if len(matches) == 1:
        return (first.term,), first.groups
    terms = tuple(dict.fromkeys(match.term for match in matches))
    if all(match.groups == first.groups for match in matches):  # found with less work
        return terms, first.groups
    return names_in(terms, (match.groups for match in matches))


def names_in(terms: Iterable[str], groups: Iterable[Sequence[str]]) -> Names:
    """Return terms and the groups of each, every one once."""
    return tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(chain.from_iterable(groups)))
