"""The checks of a pair, each in one entry: what it finds, and whether that is an error of grammar.

`CHECKS` is the one list of them. What shows or counts faults goes by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from evenhand.data.checking import grammar_faults as grammar
from evenhand.data.checking.changed_parts import ChangedParts, Finder
from evenhand.data.checking.fault_signs import rows_with_sign
from evenhand.data.checking.identity_changes import MIXED, NO_TERM, SEVERAL_AXES


@dataclass(frozen=True)
class PairCheck:
    """A check of pairs.

    Attributes:
        name: Its name in results.
        definition: What a pair has that it finds something in.
        is_grammar: Whether that is an error of grammar or writing, which the edit has brought.
        find: Finds such faults in a text, for those that one text shows.
    """

    name: str
    definition: str
    is_grammar: bool = False
    find: Finder | None = None


def _brought(name: str, definition: str, find: Finder | None = None) -> PairCheck:
    return PairCheck(name, definition, is_grammar=True, find=find)


_ALL = (
    _brought("article", '"a" or "an" before the wrong sound', grammar.article_faults),
    _brought("doubled_word", "a word, or an article, twice in a row", grammar.doubled_words),
    _brought(
        "punctuation",
        "doubled or stray punctuation or white space",
        grammar.stray_punctuation,
    ),
    _brought("clitic", '"\'s", "n\'t" or the like without its word', grammar.lone_clitics),
    _brought("brackets", "brackets or quotation marks that no longer pair up"),
    _brought("capital", "a sentence that begins with a small letter", grammar.lost_capitals),
    _brought(
        "incomplete",
        'an article, preposition, "and" or "is" without what belongs behind it, or a verb '
        "without its subject",
        grammar.incomplete_phrases,
    ),
    _brought(
        "agreement",
        'a subject and a verb, or a number and a noun, that do not agree: "they is"',
        grammar.disagreements,
    ),
    _brought(
        "pronoun_case", 'a pronoun in the form for another place: "with they"', grammar.wrong_cases
    ),
    PairCheck("identical", "two identical texts"),
    PairCheck(NO_TERM, "no identity term that differs"),
    PairCheck(SEVERAL_AXES, "changed terms that no single lexicon has all of"),
    PairCheck(
        MIXED,
        "one mention of a group changed and another not, or a word that goes with the former group",
    ),
    PairCheck("duplicate", "the two texts of another pair before it"),
    PairCheck("alike_to_model", "two texts that the model cannot tell apart"),
    PairCheck("less_fluent", "a counterfactual that the fluency function rates lower"),
)

CHECKS: Mapping[str, PairCheck] = MappingProxyType({check.name: check for check in _ALL})
"""All checks by name, in the order in which they are shown."""

GRAMMAR = tuple(check.name for check in _ALL if check.is_grammar)

_FOUND_IN_TEXT = tuple((check.name, check.find) for check in _ALL if check.find is not None)


def grammar_faults(originals: Sequence[str], counterfactuals: Sequence[str]) -> list[list[str]]:
    """Return for each pair the names of the checks of grammar that find what its edit brought."""
    sides = [pa.array(texts, pa.string()) for texts in (originals, counterfactuals)]
    finders: defaultdict[int, list[tuple[str, Finder]]] = defaultdict(list)
    for name, find in _FOUND_IN_TEXT:
        for row in rows_with_sign(name, sides[1]):
            finders[row].append((name, find))
    faults: list[list[str]] = [[] for _ in originals]
    for row, of_pair in finders.items():
        parts = ChangedParts(originals[row], counterfactuals[row])
        faults[row] = [name for name, find in of_pair if parts.brought(find)]
    for row in {row for texts in sides for row in rows_with_sign("brackets", texts)}:
        if grammar.unbalanced(originals[row], counterfactuals[row]):
            faults[row].append("brackets")
    return faults
