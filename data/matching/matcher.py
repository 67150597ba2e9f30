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

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import Lexicon, with_names
from evenhand.data.matching.hashed_words import HashedWords
from evenhand.data.matching.masking import masked
from evenhand.data.matching.patterns import (
    HYPHENS,
    SPELLINGS,
    any_of,
    any_of_in_lower_case,
    combining_marks,
    in_lower_case,
    whole_word,
    word_character,
)
from evenhand.data.matching.readings import Match, Names, Readings, match_of, names_in
from evenhand.data.matching.searched_texts import (
    HashedSpellings,
    SearchedTexts,
    WordPlaces,
    arrow_texts,
    re2_finds,
)
from evenhand.data.support.option_checks import check_list

_MANY_TEXTS = 64  # for fewer it takes longer to look up the words of all
# Spellings in one pattern. RE2 is 20 times slower with one so large that it gives up its tables:
# with 1,000 terms of several words.
_MANY = 1_000
_ONE_WORD = re.compile(r"[\w-]+")


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
        self._hashed = HashedSpellings(spellings, expressions=self._readings.expressions)

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

    def find_all(
        self, texts: Sequence[str], searched: SearchedTexts | None = None
    ) -> list[list[Match]]:
        """Return the matches in each text, as `find` does, in less than half the time.

        The words of all texts are looked up at once. Where that may be wrong, `find` looks.

        Args:
            texts: The texts.
            searched: The same with their words, if these are known.
        """
        check_list("texts", texts)
        if len(texts) < _MANY_TEXTS:
            return list(map(self._search_counting, texts))
        searched = searched or SearchedTexts.of(texts)
        places = self.places(searched)
        found: list[list[Match]] = [[] for _ in texts]
        for row, start, end in places.in_texts(searched.words):
            spelling = texts[row][start:end]
            meaning = self._readings.in_any_text(spelling)
            if meaning is None:
                prose = searched.masked(row)
                meaning = self._readings.at(prose, start, end, may_hold_fixed=False)
                if meaning is None:
                    self.left_alone.update(self._readings.groups_of(spelling))
                    continue
            found[row].append(match_of((start, end) + meaning))  # noqa: RUF005 - twice as fast
        for row in np.flatnonzero(~places.is_plain).tolist():
            found[row] = self._search_counting(texts[row])
        return found

    def _search_counting(self, text: str) -> list[Match]:
        return self._search(masked(text), self.left_alone)

    def is_term(self, text: str, start: int, end: int) -> bool:
        """Tell whether the spelling of a term at text[start:end] is an identity term there."""
        return self._readings.at(text, start, end) is not None

    def places(self, searched: SearchedTexts) -> WordPlaces:
        """Return where terms of one word stand in plain texts.

        Terms stand exactly where `find` finds them, unless guards look at the text around them.

        Args:
            searched: The texts.
        """
        return self._hashed.places(searched)

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
        rows, others = self._hashed.texts_with(texts, words)
        array = arrow_texts([texts[row] for row in others])
        found = pc.indices_nonzero(self.candidates(array)).to_pylist()
        return sorted(rows.union(others[index] for index in found))

    def candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a match, several million a second; null for null."""
        found = [re2_finds(texts, pattern) for pattern in self._candidate_patterns]
        return reduce(pc.or_, found)

    def compound_candidates(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts can hold a term with white space or signs in it; null for null."""
        if self._compound_pattern is None:
            return pa.array(np.zeros(len(texts), bool))
        return re2_finds(texts, self._compound_pattern)


def _candidate_pattern(terms: Iterable[str]) -> str:
    # An underscore may be emphasis: "_she_".
    return rf"(?:^|[^0-9A-Za-z]){any_of(terms)}(?:$|[^0-9A-Za-z])"
