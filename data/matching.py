"""Find identity terms in text.

A term matches as a whole word, whatever its case, at any place in the text; white space inside a
term matches any white space. Where terms overlap, the one that starts first is taken, and of those
the longest. What a whole word is:

- Letters, digits, underscores and combining marks make words: "man" is not in "human", in
  "@man_united", or in a word that goes on with a combining accent.
- A hyphen between two of these joins them: "mother" is not in "mother-in-law", since taking it out
  would leave "-in-law". A lexicon may list "mother-in-law" itself.
- An apostrophe ends a word: "she" is in "she's", "woman" in "the woman's".
- "#" does not belong to the word behind it, so "woman" is in "#woman"; "@" does, because what
  stands behind it is a name: "king" is not in "@king".

A term whose guards rule it out where it stands is no match: see `evenhand.data.entries.Guards`.

Two spellings are the same but for case if `str.casefold` makes the same of them, letter by letter:
"MÜTTER" is "mütter", "STRASSE" is not "straße". Composed and decomposed accents are the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.entries import Entry, Guards, Lexicon, folded
from evenhand.data.guards import GuardCheck

_HYPHENS = "\\-\u2010\u2011"  # hyphen-minus, hyphen, non-breaking hyphen
_GAP = f"[{''.join(c for c in map(chr, range(0x3001)) if c.isspace())}]+"  # RE2's \\s is ASCII only


class Match(NamedTuple):
    """An identity term found in a text, at characters `start` to `end`.

    Attributes:
        start: Its first character in the text.
        end: The character behind its last.
        term: The form found, spelled as in its lexicon.
        groups: Its groups in every lexicon that lists it.
        entry: The entry that it is a form of; where several lexicons list it, the first one's that
            has counterparts.
        slots: The entry's slots with this spelling: several for "her", told apart by context.
        counterparts: The entries that may stand in its place.
    """

    start: int
    end: int
    term: str
    groups: tuple[str, ...]
    entry: Entry
    slots: tuple[str, ...]
    counterparts: tuple[Entry, ...]


@dataclass
class _Reading:
    """What a spelling is in one lexicon."""

    spelling: str
    entry: Entry
    counterparts: tuple[Entry, ...]
    guard: GuardCheck | None
    slots: tuple[str, ...] = ()


# What a match holds beside its place: shared by all matches of a spelling without guards.
_Meaning = tuple[str, tuple[str, ...], Entry, tuple[str, ...], tuple[Entry, ...]]


class TermMatcher:
    """Finds the terms of some lexicons in text."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._readings: dict[str, list[_Reading]] = {}
        for lexicon in lexicons:
            for spelling, reading in _readings(lexicon).items():
                self._readings.setdefault(spelling, []).append(reading)
        self._unguarded = {
            spelling: _meaning(readings)
            for spelling, readings in self._readings.items()
            if all(reading.guard is None for reading in readings)
        }
        any_term = _any_of(readings[0].spelling for readings in self._readings.values())
        marks = _combining_marks()
        word = rf"[\w{marks}]"
        self._pattern = re.compile(rf"(?<!\w)(?<!@){any_term}(?!{word})(?![{_HYPHENS}]{word})")
        # Apart from the pattern, which would look for it at every place: twice as slow.
        self._inside_word = re.compile(rf"[{marks}]\Z|{word}[{_HYPHENS}]\Z")
        # RE2 has no look-around, and its own tables of letters. ASCII letters beside a term rule it
        # out under any table, so this finds every text that has a match, and few others.
        self._candidate_pattern = rf"(?:^|[^0-9A-Za-z_]){any_term}(?:$|[^0-9A-Za-z_])"

    def find(self, text: str) -> list[Match]:
        """Return the matches in `text` in their order; they do not overlap."""
        found = []
        position = 0
        while match := self._pattern.search(text, position):
            start, position = match.span()
            if self._inside_word.search(text, max(start - 2, 0), start):
                position = start + 1
                continue
            meaning = self._meaning_at(text, start, position)
            if meaning is None:
                position = start + 1  # a shorter term may stand inside
            else:
                found.append(Match(start, position, *meaning))
        return found

    def _meaning_at(self, text: str, start: int, end: int) -> _Meaning | None:
        spelling = text[start:end]
        if spelling not in self._readings:
            spelling = folded(spelling)
        if meaning := self._unguarded.get(spelling):
            return meaning
        readings = [
            reading
            for reading in self._readings[spelling]
            if reading.guard is None or reading.guard.holds(text, start, end)
        ]
        return _meaning(readings) if readings else None

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a match, several million a second; null for null."""
        try:
            return pc.match_substring_regex(texts, self._candidate_pattern)
        except pa.ArrowInvalid:  # a list of many thousands of terms is too large for RE2
            return pc.is_valid(texts)


def _readings(lexicon: Lexicon) -> dict[str, _Reading]:
    entries = {folded(entry.term): entry for entry in lexicon.entries}
    readings: dict[str, _Reading] = {}
    for entry in lexicon.entries:
        counterparts = tuple(entries[folded(name)] for name in entry.counterparts)
        guard = GuardCheck(entry.guards) if entry.guards != Guards() else None
        for slot, spelling in entry.spellings():
            reading = readings.setdefault(
                folded(spelling), _Reading(spelling, entry, counterparts, guard)
            )
            if slot not in reading.slots:
                reading.slots += (slot,)
    return readings


def _meaning(readings: list[_Reading]) -> _Meaning:
    first = next((reading for reading in readings if reading.counterparts), readings[0])
    return (
        readings[0].spelling,
        tuple(dict.fromkeys(reading.entry.group for reading in readings)),
        first.entry,
        first.slots,
        first.counterparts,
    )


def _any_of(terms: Iterable[str]) -> str:
    """Return a pattern that matches any of `terms`, the longest first.

    Terms with a common beginning share it, as in a prefix tree: over twice as fast as trying them
    one after the other. The pattern spells cases out as ``[hH]``, because Python's and RE2's
    case-insensitive modes differ beyond ASCII.
    """
    tree: dict[str, dict] = {}  # type: ignore[type-arg]
    for term in terms:
        for form in {term, unicodedata.normalize("NFC", term), unicodedata.normalize("NFD", term)}:
            node = tree
            for character in form:
                unit = _GAP if character.isspace() else _any_case(character)
                node = node.setdefault(unit, {})
            node[""] = {}
    return _pattern_of(tree)


def _pattern_of(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    branches = [unit + _pattern_of(below) for unit, below in node.items() if unit]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if '' in node else ''}"


def _any_case(character: str) -> str:
    cases = {character, character.lower(), character.upper(), character.title()}
    same = sorted(c for c in cases if len(c) == 1 and c.casefold() == character.casefold())
    return re.escape(character) if len(same) < 2 else f"[{''.join(same)}]"


@lru_cache(maxsize=1)
def _combining_marks() -> str:
    """Return combining marks, which Python's ``\\w`` leaves out, as ranges of a character class."""
    ranges: list[list[int]] = []
    # None stands between these: planes 2 and 3 are ideographs, those behind them hold no letters.
    for code in (*range(0x300, 0x20000), *range(0xE0000, 0xE1000)):
        if unicodedata.category(chr(code)).startswith("M"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
