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
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.entries import Entry, Guards, Lexicon, folded
from evenhand.data.guards import GuardCheck
from evenhand.data.term_patterns import HYPHENS, any_of, combining_marks

_MARK = "\0"
# Characters that Python and RE2 agree on: ASCII, and punctuation and pictures that both hold for no
# part of a word. The mark is not among them.
_NOT_PLAIN = "[^\x01-\x7f‘’“”…–—•£€\U0001f300-\U0001f64f]"
_WORD_ENDS = re.compile(r"\w(?:.*\w)?")


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


# Match's own constructor takes twice the time.
_match: Callable[[tuple[Any, ...]], Match] = partial(tuple.__new__, Match)

# What a match holds beside its place: shared by all matches of a spelling without guards.
_Meaning = tuple[str, tuple[str, ...], Entry, tuple[str, ...], tuple[Entry, ...]]


class TermMatcher:
    """Finds the terms of some lexicons in text."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._readings: dict[str, list[_Reading]] = {}
        for lexicon in lexicons:
            for spelling, reading in _readings(lexicon).items():
                self._readings.setdefault(spelling, []).append(reading)
        guards = {
            reading.guard
            for readings in self._readings.values()
            for reading in readings
            if reading.guard is not None
        }
        self._meanings = self._meanings_without(set())
        self._unguarded = self._meanings_without(guards)
        self._unguarded_but_for_expressions = self._meanings_without(
            {guard for guard in guards if guard.looks_further}
        )
        spellings = [readings[0].spelling for readings in self._readings.values()]
        any_term = any_of(spellings)
        marks = combining_marks()
        word = rf"[\w{marks}]"
        self._pattern = re.compile(rf"(?<!\w)(?<!@){any_term}(?!{word})(?![{HYPHENS}]{word})")
        # Apart from the pattern, which would look for it at every place: twice as slow.
        self._inside_word = re.compile(rf"[{marks}]\Z|{word}[{HYPHENS}]\Z")
        # RE2 has no look-around, and its own tables of letters. ASCII letters beside a term rule it
        # out under any table, so this finds every text that has a match, and few others.
        self._candidate_pattern = rf"(?:^|[^0-9A-Za-z_]){any_term}(?:$|[^0-9A-Za-z_])"
        # RE2 does know the ends of words, as long as they are ASCII.
        words = list(filter(_WORD_ENDS.fullmatch, spellings))
        self._whole_term = rf"\b{any_of(words)}\b"
        hard = [_NOT_PLAIN]
        hard += sorted({expression for guard in guards for expression in guard.expressions})
        if len(words) < len(spellings):
            hard.append(any_of(set(spellings) - set(words)))
        self._hard_text = "|".join(hard) if words else ""  # "" is in every text

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

    def find_all(self, texts: Sequence[str]) -> list[list[Match]]:
        """Return the matches in each text, as `find` does, in less than half the time.

        RE2 puts marks around the terms of all texts at once. Where the marks may be wrong (beside a
        hyphen or an "@", in a text that is not plain) or a guard rules a term out, `find` looks.
        """
        try:
            array = pa.array(texts, pa.string())
            marked = pc.replace_substring_regex(array, self._whole_term, rf"{_MARK}\0{_MARK}")
            hard = pc.match_substring_regex(pc.ascii_lower(array), self._hard_text)
        # A list of many thousands of terms is too large for RE2; a lone surrogate is no UTF-8.
        except (pa.ArrowInvalid, UnicodeEncodeError):
            return [self.find(text) for text in texts]
        return [
            self.find(text) if is_hard else self._found(text, parts.split(_MARK))
            for text, parts, is_hard in zip(
                texts, marked.to_pylist(), hard.to_pylist(), strict=True
            )
        ]

    def _found(self, text: str, parts: list[str]) -> list[Match]:
        """Return the matches in a text that is cut in front of and behind each term."""
        found: list[Match] = []
        may_be_joined = "-" in text or "@" in text
        end = 0
        following = iter(parts)
        for before, spelling in zip(following, following, strict=False):
            start = end + len(before)
            end = start + len(spelling)
            if may_be_joined and (before.endswith(("-", "@")) or text.startswith("-", end)):
                return self.find(text)
            meaning = self._unguarded_but_for_expressions.get(spelling.lower())
            if meaning is None:
                meaning = self._meaning_at(text, start, end, fixed=False)
                if meaning is None:
                    return self.find(text)
            found.append(_match((start, end) + meaning))  # noqa: RUF005 - twice as fast
        return found

    def _meaning_at(
        self, text: str, start: int, end: int, *, fixed: bool = True
    ) -> _Meaning | None:
        spelling = text[start:end]
        if spelling not in self._readings:
            spelling = _folded(spelling)
        if meaning := self._unguarded.get(spelling):
            return meaning
        readings = self._readings[spelling]
        holding = [
            reading
            for reading in readings
            if reading.guard is None or reading.guard.holds(text, start, end, fixed=fixed)
        ]
        if len(holding) == len(readings):
            return self._meanings[spelling]
        return _meaning(holding) if holding else None

    def _meanings_without(self, guards: Set[GuardCheck]) -> dict[str, _Meaning]:
        """Return what spellings mean that have none of these guards."""
        return {
            spelling: _meaning(readings)
            for spelling, readings in self._readings.items()
            if not any(reading.guard in guards for reading in readings)
        }

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a match, several million a second; null for null."""
        try:
            return pc.match_substring_regex(texts, self._candidate_pattern)
        except pa.ArrowInvalid:  # a list of many thousands of terms is too large for RE2
            return pc.is_valid(texts)


def terms_and_groups(matches: Sequence[Match]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the terms of matches and their groups, each once, in the order of the text."""
    if len(matches) == 1:
        return (matches[0].term,), matches[0].groups
    return (
        tuple({match.term: None for match in matches}),
        tuple({group: None for match in matches for group in match.groups}),
    )


# A text's spelling of a term is nearly always one of few.
_folded = lru_cache(maxsize=4_096)(folded)


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
