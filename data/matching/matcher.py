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
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import Lexicon, with_names
from evenhand.data.matching.masking import HAS_HIDDEN, masked
from evenhand.data.matching.patterns import (
    HYPHENS,
    MARK,
    NOT_PLAIN,
    SPELLINGS,
    any_of,
    combining_marks,
    whole_word,
    with_marks,
    word_character,
)
from evenhand.data.matching.readings import Match, Names, Readings, names_in
from evenhand.data.support.option_checks import check_list

_MANY_TEXTS = 512  # from here on it pays to have RE2 compile its patterns
# Spellings, or expressions of guards, in one pattern. RE2 is 20 times slower with one so large that
# it gives up its tables: with 1,600 expressions, or 1,000 terms of several words.
_MANY = 1_000
_ONE_WORD = re.compile(r"[\w-]+")
_WORD_ENDS = re.compile(r"\w(?:.*\w)?")


# Match's own constructor takes twice the time.
_match: Callable[[tuple[Any, ...]], Match] = partial(tuple.__new__, Match)


class TermMatcher:
    """Finds the terms of some lexicons in text.

    Args:
        lexicons: The lexicons.
        names: Whether given names that the lexicons list are terms, too.

    Attributes:
        lexicons: The lexicons.
        left_alone: How often `find_all` found a spelling of a group's terms that its guards ruled
            out, by group, since it was last cleared.
        is_guarded, unsettled: See `evenhand.data.matching.readings.Readings`.
    """

    def __init__(self, lexicons: Iterable[Lexicon], *, names: bool = False) -> None:
        self.lexicons = tuple(map(with_names, lexicons) if names else lexicons)
        self.finds_names = names
        self.left_alone: Counter[str] = Counter()
        self._readings = Readings(self.lexicons)
        self.is_guarded = self._readings.is_guarded
        self.unsettled = self._readings.unsettled
        self._names_of = lru_cache(maxsize=SPELLINGS)(self._names_of_spellings)
        spellings = self._readings.spellings
        self._pattern = whole_word(any_of(spellings))
        # Apart from the pattern, which would look for it at every place: twice as slow.
        self._inside_word = re.compile(rf"[{combining_marks()}]\Z|{word_character()}[{HYPHENS}]\Z")
        # RE2 has no look-around, and its own tables of letters. An ASCII letter next to a term
        # rules it out by any table, so this finds every text that has a match, and few others.
        single = [spelling for spelling in spellings if _ONE_WORD.fullmatch(spelling)]
        compounds = [spelling for spelling in spellings if not _ONE_WORD.fullmatch(spelling)]
        self._compound_pattern = _candidate_pattern(compounds) if compounds else None
        kinds = [spellings] if len(spellings) <= _MANY else [single, compounds]
        self._candidate_patterns = [_candidate_pattern(kind) for kind in kinds if kind]
        # RE2 does know the ends of words, as long as they are ASCII.
        words = list(filter(_WORD_ENDS.fullmatch, single))
        self._any_word = any_of(words)
        hard = [NOT_PLAIN, HAS_HIDDEN, *self._readings.expressions]
        self._hard_texts = [
            "|".join(hard[first : first + _MANY]) for first in range(0, len(hard), _MANY)
        ]
        if len(words) < len(single):
            self._hard_texts.append(any_of(set(single) - set(words)))
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
            meaning = self._readings.at(text, start, position)
            if meaning is None:
                if ruled_out is not None:
                    ruled_out.update(self._readings.groups_of(text[start:position]))
                position = start + 1  # a shorter term may stand inside
            else:
                found.append(Match(start, position, *meaning))
        return found

    def find_all(self, texts: Sequence[str]) -> list[list[Match]]:
        """Return the matches in each text, as `find` does, in less than half the time.

        RE2 marks the terms of all texts at once. Where the marks may be wrong or a guard rules a
        term out, `find` looks.
        """
        check_list("texts", texts)
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

    def is_term(self, text: str, start: int, end: int) -> bool:
        """Tell whether the spelling of a term at text[start:end] is an identity term there."""
        return self._readings.at(text, start, end) is not None

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
            is_plain = pc.invert(reduce(pc.or_, [*hard, self.compound_candidates(texts)]))
            return is_plain, with_marks(texts.filter(is_plain), self._any_word)
        except pa.ArrowInvalid:  # a list of many thousands of terms is too large for RE2
            return pa.array([False] * len(texts), pa.bool_()), pa.array([], pa.string())

    def names_of(self, spellings: tuple[str, ...]) -> Names:
        """Return the terms that are spelled so and their groups, each once, in this order.

        Both are empty if only the text around a term can tell what it is.
        """
        return self._names_of(spellings)

    def _names_of_spellings(self, spellings: tuple[str, ...]) -> Names:
        meanings = [self._readings.in_any_text(spelling) for spelling in spellings]
        known = [meaning for meaning in meanings if meaning is not None]
        if len(known) < len(meanings):
            return (), ()
        return names_in((meaning[0] for meaning in known), (meaning[1] for meaning in known))

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
            meaning = self._readings.in_any_text(spelling)
            if meaning is None:
                meaning = self._readings.at(text, start, end, may_hold_fixed=False)
                if meaning is None:
                    return self._search_counting(text)
            found.append(_match((start, end) + meaning))  # noqa: RUF005 - twice as fast
        return found

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a match, several million a second; null for null."""
        found = [_searched(texts, pattern) for pattern in self._candidate_patterns]
        return reduce(pc.or_, found)

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
