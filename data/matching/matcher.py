"""Find identity terms in text.

A term matches as a whole word, whatever its case, at any place in the text; white space inside a
term matches any white space. Where terms overlap, the one that starts first is taken, and of those
the longest. What a whole word is:

- Letters, digits, underscores and combining marks make words: "man" is not in "human", in
  "@man_united", or in a word that goes on with a combining accent.
- A hyphen between two of these joins them: "mother" is not in "mother-in-law", since taking it out
  would leave "-in-law". A lexicon may list "mother-in-law" itself.
- An apostrophe ends a word: "she" is in "she's", "woman" in "the woman's".
- Underscores around a word are emphasis: "she" is in "_she_", and not in "she_wolf".
- Addresses hold no words: "man" is not in "www.man.com/man", nor "she" in "she@mail.org"; and
  "s/he" and "(s)he", which name both genders, do not hold "he".
- "#" does not belong to the word after it, so "woman" is in "#woman"; "@" does, because a name
  follows it: "king" is not in "@king".

A term does not match where one of its guards rules it out: see
`evenhand.data.lexicons.entries.Guards`.

Two spellings differ in case alone if `str.casefold` makes the same of them, letter by letter:
"MÜTTER" is "mütter", "STRASSE" is not "straße". Composed and decomposed accents are the same.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import BASE, Entry, Guards, Lexicon, folded, with_names
from evenhand.data.matching.guards import GuardCheck
from evenhand.data.matching.masking import HAS_HIDDEN, masked
from evenhand.data.matching.patterns import HYPHENS, MARK, NOT_PLAIN, any_of, combining_marks

_MANY_TEXTS = 512  # from here on it pays to have RE2 compile its patterns
# Expressions of guards in one pattern. RE2 is 20 times slower with a pattern so large that it gives
# up its tables for it: with 1,600 of them, or 1,000 terms of several words.
_MANY_EXPRESSIONS = 1_000
_SPELLINGS = 4_096  # to remember; texts nearly always spell a term in one of a few ways
_ONE_WORD = re.compile(r"[\w-]+")
_WORD_ENDS = re.compile(r"\w(?:.*\w)?")


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


@dataclass
class _Reading:
    """What a spelling is in one lexicon."""

    spelling: str
    entry: Entry
    counterparts: tuple[Entry, ...]
    guard: GuardCheck | None
    axis: str
    slots: tuple[str, ...] = ()


# Match's own constructor takes twice the time.
_match: Callable[[tuple[Any, ...]], Match] = partial(tuple.__new__, Match)

# What a match holds in addition to its place: shared by all matches of a spelling without guards.
_Meaning = tuple[str, tuple[str, ...], Entry, tuple[str, ...], tuple[Entry, ...], str]

# Terms, and their groups.
Names = tuple[tuple[str, ...], tuple[str, ...]]


class TermMatcher:
    """Finds the terms of some lexicons in text.

    Args:
        lexicons: The lexicons.
        names: Whether given names that the lexicons list are terms, too.

    Attributes:
        lexicons: The lexicons.
        left_alone: How often `find_all` found a spelling of a group's terms that its guards ruled
            out, by group, since it was last cleared.
    """

    def __init__(self, lexicons: Iterable[Lexicon], *, names: bool = False) -> None:
        self.lexicons = tuple(map(with_names, lexicons) if names else lexicons)
        self.finds_names = names
        self.left_alone: Counter[str] = Counter()
        self._readings: dict[str, list[_Reading]] = {}
        for lexicon in self.lexicons:
            for spelling, reading in _readings(lexicon).items():
                self._readings.setdefault(spelling, []).append(reading)
        guards = {
            reading.guard
            for readings in self._readings.values()
            for reading in readings
            if reading.guard is not None
        }
        self._meanings = {word: _meaning(readings) for word, readings in self._readings.items()}
        self._unguarded = {
            word: self._meanings[word]
            for word, readings in self._readings.items()
            if all(reading.guard is None for reading in readings)
        }
        self._guarded = _guarded(self._readings)
        self._meaning_of = lru_cache(maxsize=_SPELLINGS)(self._meaning_in_any_text)
        self._names_of = lru_cache(maxsize=_SPELLINGS)(self._names_of_spellings)
        spellings = [readings[0].spelling for readings in self._readings.values()]
        any_term = any_of(spellings)
        marks = combining_marks()
        word = rf"[\w{marks}]"
        self._pattern = re.compile(rf"(?<!\w)(?<!@){any_term}(?!{word})(?![{HYPHENS}]{word})")
        # Apart from the pattern, which would look for it at every place: twice as slow.
        self._inside_word = re.compile(rf"[{marks}]\Z|{word}[{HYPHENS}]\Z")
        # RE2 has no look-around, and its own tables of letters. An ASCII letter next to a term
        # rules it out by any table, so this finds every text that has a match, and few others.
        single = [spelling for spelling in spellings if _ONE_WORD.fullmatch(spelling)]
        compounds = [spelling for spelling in spellings if not _ONE_WORD.fullmatch(spelling)]
        self._single_pattern = _candidate_pattern(single) if single else None
        self._compound_pattern = _candidate_pattern(compounds) if compounds else None
        # RE2 does know the ends of words, as long as they are ASCII.
        words = list(filter(_WORD_ENDS.fullmatch, single))
        self._whole_term = rf"\b{any_of(words)}\b"
        expressions = sorted({text for guard in guards for text in guard.expressions})
        hard = [NOT_PLAIN, HAS_HIDDEN, *expressions]
        self._hard_texts = [
            "|".join(hard[first : first + _MANY_EXPRESSIONS])
            for first in range(0, len(hard), _MANY_EXPRESSIONS)
        ]
        if len(words) < len(spellings):
            self._hard_texts.append(any_of(set(spellings) - set(words)))
        if not words:
            self._hard_texts = [""]  # which is in every text

    def find(self, text: str) -> list[Match]:
        """Return the matches in `text` in their order; they do not overlap."""
        return self._search(masked(text))

    def _search(self, text: str, ruled_out: Counter[str] | None = None) -> list[Match]:
        """Return the matches in a masked text, and count what guards rule out."""
        found = []
        position = 0
        while match := self._pattern.search(text, position):
            start, position = match.span()
            if self._inside_word.search(text, max(start - 2, 0), start):
                position = start + 1
                continue
            meaning = self._meaning_at(text, start, position)
            if meaning is None:
                if ruled_out is not None:
                    ruled_out.update(self._groups_of(text[start:position]))
                position = start + 1  # a shorter term may stand inside
            else:
                found.append(Match(start, position, *meaning))
        return found

    def find_all(self, texts: Sequence[str]) -> list[list[Match]]:
        """Return the matches in each text, as `find` does, in less than half the time.

        RE2 marks the terms of all texts at once. Where the marks may be wrong or a guard rules a
        term out, `find` looks.
        """
        if len(texts) < _MANY_TEXTS:
            return [self._search_counting(text) for text in texts]
        try:
            array = pa.array(texts, pa.string())
        except UnicodeEncodeError:  # a lone surrogate is no UTF-8
            return [self._search_counting(text) for text in texts]
        is_plain, marked = self.marked(array)
        parts = iter(marked.to_pylist())
        return [
            self._found(text, next(parts).split(MARK)) if plain else self._search_counting(text)
            for text, plain in zip(texts, is_plain.to_pylist(), strict=True)
        ]

    def _search_counting(self, text: str) -> list[Match]:
        return self._search(masked(text), self.left_alone)

    def _groups_of(self, spelling: str) -> Iterable[str]:
        return {reading.entry.group for reading in self._readings[_folded(spelling)]}

    def is_guarded(self, spelling: str) -> bool:
        """Tell whether the text around a term decides whether it is one."""
        return spelling not in self._unguarded and _folded(spelling) not in self._unguarded

    def is_term(self, text: str, start: int, end: int) -> bool:
        """Tell whether the spelling of a term at text[start:end] is an identity term there."""
        return self._meaning_at(text, start, end) is not None

    def unsettled(
        self, text: str, found: Sequence[Match], groups: Collection[tuple[str, str]]
    ) -> bool:
        """Tell whether a text may hold another mention of some groups than those found in it.

        That is one which only a missing word for a person ruled out, and no noun of a thing stands
        behind: "Blacks voted as black." holds one, "a black shoe" does not.

        Args:
            text: The text.
            found: Its matches, in their order.
            groups: Groups, each behind its lexicon's name.
        """
        patterns = {group: self._guarded[group] for group in groups if group in self._guarded}
        if not patterns:
            return False
        hidden, ends = masked(text), [match.end for match in found]
        for group, pattern in patterns.items():
            for other in pattern.finditer(hidden):
                start, end = other.span()
                following = bisect_right(ends, start)
                is_found = following < len(found) and found[following].start < end
                if not is_found and self._may_be_of_people(hidden, start, end, group):
                    return True
        return False

    def _may_be_of_people(self, text: str, start: int, end: int, group: tuple[str, str]) -> bool:
        for reading in self._readings[_folded(text[start:end])]:
            if (reading.axis, reading.entry.group) == group and reading.guard is not None:
                return reading.guard.may_be_of_people(text, start, end)
        return False

    def marked(self, texts: pa.Array) -> tuple[pa.BooleanArray, pa.StringArray]:
        """Put `MARK` before and after the terms in plain texts.

        Exactly the matches that `find` gives are marked, unless a term has a "-" or "@" next to it,
        or guards that look at the text around it.

        Args:
            texts: string, without nulls.

        Returns:
            Which texts are plain, and these texts with their marks.
        """
        try:
            lower = pc.ascii_lower(texts)
            hard = [pc.match_substring_regex(lower, pattern) for pattern in self._hard_texts]
            is_plain = pc.invert(reduce(pc.or_, hard))
            marks = rf"{MARK}\0{MARK}"
            return is_plain, pc.replace_substring_regex(
                texts.filter(is_plain), self._whole_term, marks
            )
        except pa.ArrowInvalid:  # a list of many thousands of terms is too large for RE2
            return pa.array([False] * len(texts), pa.bool_()), pa.array([], pa.string())

    def names_of(self, spellings: tuple[str, ...]) -> Names:
        """Return the terms that are spelled so and their groups, each once, in this order.

        Both are empty if only the text around a term can tell what it is.
        """
        return self._names_of(spellings)

    def _names_of_spellings(self, spellings: tuple[str, ...]) -> Names:
        meanings = [self._meaning_of(spelling) for spelling in spellings]
        known = [meaning for meaning in meanings if meaning is not None]
        if len(known) < len(meanings):
            return (), ()
        return _names((meaning[0] for meaning in known), (meaning[1] for meaning in known))

    def _found(self, text: str, parts: list[str]) -> list[Match]:
        """Return the matches in a text that is cut before and after each term."""
        found: list[Match] = []
        may_be_joined = "-" in text or "@" in text
        end = 0
        following = iter(parts)
        for before, spelling in zip(following, following, strict=False):
            start = end + len(before)
            end = start + len(spelling)
            if may_be_joined and (before.endswith(("-", "@")) or text.startswith("-", end)):
                return self._search_counting(text)
            meaning = self._meaning_of(spelling)
            if meaning is None:
                meaning = self._meaning_at(text, start, end, may_hold_fixed=False)
                if meaning is None:
                    return self._search_counting(text)
            found.append(_match((start, end) + meaning))  # noqa: RUF005 - twice as fast
        return found

    def _meaning_at(
        self, text: str, start: int, end: int, *, may_hold_fixed: bool = True
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
            if reading.guard is None
            or reading.guard.holds(text, start, end, may_hold_fixed=may_hold_fixed)
        ]
        if len(holding) == len(readings):
            return self._meanings[spelling]
        return _meaning(holding) if holding else None

    def _meaning_in_any_text(self, spelling: str) -> _Meaning | None:
        """Return the meaning of a term that is spelled so; None if that takes the text around it.

        The text is one without the fixed expressions of guards.
        """
        word = _folded(spelling)
        if all(
            reading.guard is None or reading.guard.holds_for(spelling)
            for reading in self._readings[word]
        ):
            return self._meanings[word]
        return None

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a match, several million a second; null for null."""
        patterns = filter(None, [self._single_pattern, self._compound_pattern])
        return reduce(pc.or_, [_searched(texts, pattern) for pattern in patterns])

    def compound_candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a term with white space or signs in it; null for null."""
        if self._compound_pattern is None:
            return pa.array(np.zeros(len(texts), bool))
        return _searched(texts, self._compound_pattern)


def _candidate_pattern(terms: Iterable[str]) -> str:
    # An underscore may be emphasis: "_she_".
    return rf"(?:^|[^0-9A-Za-z]){any_of(terms)}(?:$|[^0-9A-Za-z])"


def _searched(texts: pa.Array, pattern: str) -> pa.BooleanArray:
    try:
        return pc.match_substring_regex(texts, pattern)
    except pa.ArrowInvalid:  # a list of many thousands of terms is too large for RE2
        return pc.is_valid(texts)


def terms_and_groups(matches: Sequence[Match]) -> Names:
    """Return the terms of matches and their groups, each once, in the order of the text."""
    if len(matches) == 1:
        return (matches[0].term,), matches[0].groups
    return _names((match.term for match in matches), (match.groups for match in matches))


def _names(terms: Iterable[str], groups: Iterable[Sequence[str]]) -> Names:
    return tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(chain.from_iterable(groups)))


_folded = lru_cache(maxsize=_SPELLINGS)(folded)


def _readings(lexicon: Lexicon) -> dict[str, _Reading]:
    entries = {folded(entry.term): entry for entry in lexicon.entries}
    readings: dict[str, _Reading] = {}
    for entry in lexicon.entries:
        counterparts = tuple(entries[folded(name)] for name in entry.counterparts)
        checks = _Checks(entry)
        for slot, spelling in entry.spellings():
            reading = readings.setdefault(
                folded(spelling),
                _Reading(spelling, entry, counterparts, checks.of(spelling), lexicon.name),
            )
            if slot not in reading.slots:
                reading.slots += (slot,)
    return readings


def _guarded(readings: Mapping[str, list[_Reading]]) -> dict[tuple[str, str], re.Pattern[str]]:
    """Return patterns of the spellings that need a word for a person, by lexicon and group."""
    spellings: dict[tuple[str, str], list[str]] = {}
    for reading in chain.from_iterable(readings.values()):
        if reading.guard is not None and reading.guard.wants_person:
            spellings.setdefault((reading.axis, reading.entry.group), []).append(reading.spelling)
    return {
        group: re.compile(rf"(?<![\w@-]){any_of(words)}(?![\w-])")
        for group, words in spellings.items()
    }


class _Checks:
    """The checks of one entry's guards: forms that can only be nouns need no word for a person."""

    _ADJECTIVES = (BASE, "comparative", "superlative")

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._made: dict[tuple[bool, bool], GuardCheck] = {}

    def of(self, spelling: str) -> GuardCheck | None:
        """Return the check of a spelling, None if nothing is to be checked."""
        if self._entry.guards == Guards():
            return None
        slots = {
            slot for slot, other in self._entry.spellings() if folded(other) == folded(spelling)
        }
        only_noun = slots.isdisjoint(self._ADJECTIVES)
        names_people = not slots.isdisjoint(("noun", "collective"))
        key = (only_noun, names_people)
        if key not in self._made:
            self._made[key] = GuardCheck(
                self._entry.guards, only_noun=only_noun, names_people=names_people
            )
        return self._made[key]


def _meaning(readings: list[_Reading]) -> _Meaning:
    first = next((reading for reading in readings if reading.counterparts), readings[0])
    return (
        readings[0].spelling,
        tuple(dict.fromkeys(reading.entry.group for reading in readings)),
        first.entry,
        first.slots,
        first.counterparts,
        first.axis,
    )
