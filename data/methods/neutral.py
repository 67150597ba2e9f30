"""Neutral pairs: the identity goes, the sentence stays.

    "I am a woman."                    -> "I am a person."
    "My sister's laptop is old."       -> "My sibling's laptop is old."
    "He's sure that she'll win."       -> "They're sure that they'll win."
    "An Irish crew met gay people."    -> "A crew met people."

Each term becomes the neutral form of its lexicon (`evenhand.data.lexicons.neutral_forms`). Verbs
agree with the "they" that "she" and "he" become. An adjective is taken out in front of its noun,
with its comma or "and"; articles and capitals are mended. Nouns that become the same become one:
"men and women" are "people", "a boy and a girl" are "two kids".

Where that leaves no sentence that anybody would write, the text is left out, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from evenhand.data.matching.blockers import BlockerFinder
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match, terms_and_groups
from evenhand.data.matching.sought_words import SoughtWords, held_by
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.methods.neutral_blockers import with_blockers
from evenhand.data.methods.neutral_edits import SAID_TWICE, edits_of, says_more_twice
from evenhand.data.methods.neutral_sense import (
    HALF_GONE,
    SOUGHT,
    VERB_STAYS,
    is_half_gone,
    leaves_a_verb,
    no_sense,
)
from evenhand.data.methods.neutral_uses import Uses
from evenhand.data.methods.neutral_writing import written

TERM_LEFT = "a neutral form is an identity term, too"

_MOST_ROUNDS = 3  # a neutral form may complete another term: "person of color"


class NeutralMethod:
    """Writes neutral forms in the place of terms: see `evenhand.data.methods.base.PairMethod`."""

    name = "neutral"
    options: Mapping[str, JsonValue] = MappingProxyType({})

    def __init__(self, matcher: TermMatcher) -> None:
        self._matcher = matcher
        self._blockers = BlockerFinder(matcher.lexicons, names=False, of_neutral=True)
        self._uses = Uses()

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text its neutral counterfactual."""
        found = self._matcher.find_all(texts)
        made: list[str | Skipped | None] = [None] * len(texts)
        rows = [row for row, matches in enumerate(found) if matches]
        held = held_by([texts[row] for row in rows], SOUGHT)
        for row, words in zip(rows, held, strict=True):
            made[row] = self._first(texts[row], found[row], words)
        for row in self._rows_to_look_at(made):
            made[row] = self._without_terms(made[row])
        return [
            _outcome(new, matches) if new is not None else ()
            for new, matches in zip(made, found, strict=True)
        ]

    def _rows_to_look_at(self, made: Sequence[str | Skipped | None]) -> Iterable[int]:
        """Return which texts may hold a term still; much faster than to look for terms in each."""
        texts = [text if isinstance(text, str) else "" for text in made]
        try:
            candidates = self._matcher.candidates(pa.array(texts, pa.string()))
        except UnicodeEncodeError:  # a lone surrogate is no UTF-8
            return [row for row, text in enumerate(texts) if text]
        rows: list[int] = pc.indices_nonzero(candidates).to_pylist()
        return rows

    def _without_terms(self, made: str | Skipped | None) -> str | Skipped | None:
        """Return a counterfactual without the terms that its neutral forms are, or complete."""
        for _ in range(_MOST_ROUNDS):
            if not isinstance(made, str):
                return made
            matches = self._matcher.find(made)
            if not matches:
                return made
            made = self._neutral(made, matches, None)
        return Skipped(TERM_LEFT)

    def _first(self, text: str, matches: Sequence[Match], held: Set[SoughtWords]) -> str | Skipped:
        terms = with_blockers(text, matches, self._blockers.find(text))
        return terms if isinstance(terms, Skipped) else self._neutral(text, terms, held)

    def _neutral(
        self, text: str, matches: Sequence[Match], held: Set[SoughtWords] | None
    ) -> str | Skipped:
        """Return a text with its terms gone; `held` is None if it holds neutral forms already."""
        is_made = held is None
        uses = self._uses.of(text, matches, is_made=is_made)
        if isinstance(uses, Skipped):
            return uses
        doubt = None if held is None else no_sense(text, uses, held)
        if doubt is not None:
            return doubt
        edits = edits_of(text, uses)
        if isinstance(edits, Skipped):
            return edits
        made = written(text, edits)
        if not is_made and is_half_gone(made, uses):
            return HALF_GONE
        if leaves_a_verb(made, uses):
            return VERB_STAYS
        return SAID_TWICE if len(uses) > 1 and says_more_twice(text, made) else made


def _outcome(made: str | Skipped, matches: Sequence[Match]) -> Sequence[Counterfactual] | Skipped:
    if isinstance(made, Skipped):
        return made
    return (Counterfactual(made, *terms_and_groups(matches)),)
