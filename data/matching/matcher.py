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
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import Lexicon, with_names
from evenhand.data.matching.hashed_words import HashedWords, HashTable, PhraseTable, ascii_words
from evenhand.data.matching.masking import HAS_HIDDEN, masked
from evenhand.data.matching.patterns import (
    HYPHENS,
    NOT_PLAIN,
    SPELLINGS,
    any_of,
    any_of_in_lower_case,
    combining_marks,
    in_lower_case,
    whole_word,
    word_character,
)
from evenhand.data.matching.readings import Match, Names, Readings, match_of, names_in
from evenhand.data.support.option_checks import check_list

_MANY_TEXTS = 64  # for fewer it takes longer to look up the words of all
# Spellings in one pattern. RE2 is 20 times slower with one so large that it gives up its tables:
# with 1,000 terms of several words.
_MANY = 1_000
_ONE_WORD = re.compile(r"[\w-]+")
_PLAIN_WORD = re.compile("[A-Za-z]+")
_BYTES = np.arange(256)
_JOINS = np.isin(_BYTES, list(b"-@"))  # a word to the term behind it
_DIGITS = np.isin(_BYTES, list(b"0123456789"))


class TermPlaces(NamedTuple):
    """Where terms of one word stand in plain texts.

    Attributes:
        is_plain: Which texts are plain. Terms in the others are not among these.
        begins, ends: Where each term begins, and the place behind it, among the words of all texts.
        texts: Index of each term's text, ascending.
    """

    is_plain: npt.NDArray[np.bool_]
    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]


class TermMatcher:
    """Finds the terms of some lexicons in text.

    Args:
        lexicons: The lexicons.
        names: Whether given names that the lexicons list are terms, too.

    Attributes:
        lexicons: The lexicons.
        left_alone: How often `find_all` found a spelling of a group's terms that its guards ruled
            out, by group, since it was last cleared.
        is_guarded, unsettled, unsettled_groups: See `evenhand.data.matching.readings.Readings`.
    """

    def __init__(self, lexicons: Iterable[Lexicon], *, names: bool = False) -> None:
        self.lexicons = tuple(map(with_names, lexicons) if names else lexicons)
        self.finds_names = names
        self.left_alone: Counter[str] = Counter()
        self._readings = Readings(self.lexicons)
        self.is_guarded = self._readings.is_guarded
        self.unsettled = self._readings.unsettled
        self.unsettled_groups = self._readings.unsettled_groups
        self._names_of = lru_cache(maxsize=SPELLINGS)(self._names_of_spellings)
        spellings = self._readings.spellings
        self._pattern = whole_word(any_of_in_lower_case(spellings))
        # Apart from the pattern, which would look for it at every place: twice as slow.
        self._inside_word = re.compile(rf"[{combining_marks()}]\Z|{word_character()}[{HYPHENS}]\Z")
        # RE2 has no look-around, and its own tables of letters. An ASCII letter next to a term
        # rules it out by any table, so this finds every text that has a match, and few others.
        single = [spelling for spelling in spellings if _ONE_WORD.fullmatch(spelling)]
        compounds = [spelling for spelling in spellings if not _ONE_WORD.fullmatch(spelling)]
        self._compound_pattern = _candidate_pattern(compounds) if compounds else None
        kinds = [spellings] if len(spellings) <= _MANY else [single, compounds]
        self._candidate_patterns = [_candidate_pattern(kind) for kind in kinds if kind]
        words = list(filter(_PLAIN_WORD.fullmatch, spellings))
        self._hashed = HashTable.of_words({word.lower().encode(): 1 for word in words})
        others = set(spellings) - set(words)
        signs = {spelling for spelling in others if not ascii_words(spelling)}
        self._has_ascii_signs = any(map(str.isascii, signs))
        self._hard_pattern = "|".join([NOT_PLAIN, HAS_HIDDEN, *([any_of(signs)] if signs else ())])
        phrases = [spelling.lower() for spelling in others - signs]
        self._phrases = PhraseTable([*phrases, *self._readings.expressions])

    def find(self, text: str) -> list[Match]:
        """Return the matches in `text` in their order; they do not overlap."""
        return self._search(masked(text))

    def _search(self, text: str, ruled_out: Counter[str] | None = None) -> list[Match]:
        """Return the matches in a masked text, and count what guards rule out."""
        found = []
        position = 0
        lower = in_lower_case(text)
        while match := self._pattern.search(lower, position):
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

    def find_all(self, texts: Sequence[str], words: HashedWords | None = None) -> list[list[Match]]:
        """Return the matches in each text, as `find` does, in less than half the time.

        The words of all texts are looked up at once. Where that may be wrong or a guard rules a
        term out, `find` looks.

        Args:
            texts: The texts.
            words: Their words, if they are known.
        """
        check_list("texts", texts)
        if len(texts) < _MANY_TEXTS:
            return list(map(self._search_counting, texts))
        try:
            array = pa.array(texts, pa.string())
        except UnicodeEncodeError:  # a lone surrogate is no UTF-8
            return list(map(self._search_counting, texts))
        words = words or HashedWords.of(texts)
        places = self.places(array, words)
        found: list[list[Match] | None] = [[] if is_plain else None for is_plain in places.is_plain]
        firsts = words.offsets[places.texts]
        for row, start, end in zip(
            places.texts.tolist(),
            (places.begins - firsts).tolist(),
            (places.ends - firsts).tolist(),
            strict=True,
        ):
            matches = found[row]
            if matches is None:
                continue
            text = texts[row]
            meaning = self._readings.in_any_text(text[start:end])
            if meaning is None:
                meaning = self._readings.at(text, start, end, may_hold_fixed=False)
                if meaning is None:
                    found[row] = None
                    continue
            matches.append(match_of((start, end) + meaning))  # noqa: RUF005 - twice as fast
        return [
            self._search_counting(text) if matches is None else matches
            for text, matches in zip(texts, found, strict=True)
        ]

    def _search_counting(self, text: str) -> list[Match]:
        return self._search(masked(text), self.left_alone)

    def is_term(self, text: str, start: int, end: int) -> bool:
        """Tell whether the spelling of a term at text[start:end] is an identity term there."""
        return self._readings.at(text, start, end) is not None

    def places(self, texts: pa.Array, words: HashedWords) -> TermPlaces:
        """Return where terms of one word stand in plain texts.

        Terms stand exactly where `find` finds them, unless guards look at the text around them.

        Args:
            texts: string, without nulls.
            words: Their words.
        """
        is_hard = _searched(pc.ascii_lower(texts), self._hard_pattern)
        is_plain = ~is_hard.to_numpy(zero_copy_only=False)
        is_plain[self._phrases.texts_with(words)] = False
        chosen = self._hashed.known_among(words.keys)
        text_of = words.texts_of(chosen)
        before, behind = words.beside(chosen, text_of)
        is_plain[text_of[_JOINS[before] | (behind == ord("-"))]] = False
        is_term = ~(_DIGITS[before] | _DIGITS[behind]) & is_plain[text_of]
        chosen, text_of = chosen[is_term], text_of[is_term]
        return TermPlaces(is_plain, words.begins[chosen], words.ends[chosen], text_of)

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

    def rows_to_search(self, texts: Sequence[str], words: HashedWords) -> list[int]:
        """Return the indices of the texts that can hold a match, as `candidates` does.

        Args:
            texts: The texts.
            words: Their words.
        """
        by_words = words.texts_of(self._hashed.known_among(words.keys))
        rows = {*by_words.tolist(), *self._phrases.texts_with(words).tolist()}
        # Terms of other letters, or of signs, are not among the words.
        others = [
            row for row, text in enumerate(texts) if self._has_ascii_signs or not text.isascii()
        ]
        try:
            array = pa.array([texts[row] for row in others], pa.string())
        except UnicodeEncodeError:  # a lone surrogate is no UTF-8
            return sorted(rows.union(others))
        found = pc.indices_nonzero(self.candidates(array)).to_pylist()
        return sorted(rows.union(others[index] for index in found))

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
