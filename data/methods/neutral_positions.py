"""Tell where a term stands in its sentence: in front of its noun, behind a verb, in a name."""

from __future__ import annotations

import re

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.agreement import plural_of_verb
from evenhand.data.english.letter_case import is_upper, opens_sentence
from evenhand.data.english.noun_phrases import article_of, word_before, word_behind
from evenhand.data.english.phrases import phrase
from evenhand.data.english.surroundings import words_after, words_before
from evenhand.data.english.tagging import NOUN, RuleTagger
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import (
    is_adjective,
    is_adverb,
    is_ing_form,
    looks_adjectival,
)
from evenhand.data.lexicons.entries import BASE
from evenhand.data.matching.readings import Match

TAGGER = RuleTagger()

_JOINS = frozenset(["and", "or", ",", "/", "&"])
_PAIRED = frozenset(["both", "between", "either", "neither"])
_ONLY_VERBS = verbs.BASE_VERBS - verbs.NOUNS_OF_HAVE
_TITLES = word_set("""
    president prime senator minister king queen chancellor prince princess emperor pope muslims
    jews christians catholics americans republicans democrats""")
SEVERAL = word_set("people men women children folks kids guys")
_CAPITAL_BEHIND = re.compile(r"[^\S\n]+[A-Z][\w'’]*[a-z]")
_CAPITAL_BEFORE = re.compile(r"\b[A-Z][\w'’]*[a-z][^\S\n]+\Z")
_NOT_NOUNS = word_set("always sometimes perhaps as is was has does this his its yes us thus")
_SUBJECTS = frozenset(["i", "you", "u", "he", "she", "we", "they", "who"])


def is_noun(text: str, start: int, end: int) -> bool:
    """Tell "a devout Muslim prays", "an American" from "is your cousin American?"."""
    if TAGGER.slot(text, start, end, (BASE, NOUN)) != NOUN:
        return False
    first, second, third = [*words_before(text, start)[:3], "", "", ""][:3]
    if first in words.DETERMINERS or first in words.NUMBERS or looks_adjectival(first):
        return True
    return second in ("a", "an", "the", "another", "every") and third not in words.COPULAS


def is_the_people(text: str, start: int, end: int) -> bool:
    """Tell "the elderly prefer the morning" from "the elderly neighbour"."""
    verb, behind = [*words_after(text, start, end), "", ""][:2]
    is_verb = verb in verbs.BASE_VERBS or f"{verb}s" in verbs.FINITE_VERBS
    is_verb = is_verb and verb not in verbs.NOUNS_OF_HAVE
    return is_verb and behind in words.DETERMINERS and word_before(text, start) == "the"


def is_attributive(text: str, start: int, end: int) -> bool:
    """Tell whether an adjective stands in front of its noun, from which it can be taken away."""
    behind = text[end : end + 1]
    if is_attached(text, start) or not (behind.isspace() or behind in (",", "/")):
        return False
    after = words_after(text, start, end)
    if not after or is_paired(text, start):
        return False
    first, second = after[0], after[1] if len(after) > 1 else ""
    after_be = is_predicate(text, start)
    if first in _JOINS:
        joins = is_adjective(second) and second not in words.DEGREE_ADVERBS
        joins = joins and phrase(after[1:]) == "noun"
        return joins and not after_be
    if after_be and not (first in SEVERAL or (first.endswith("s") and first not in _NOT_NOUNS)):
        return False
    article = article_of(text, start, is_singular=False)
    if first in verbs.FINITE_VERBS and not (article and first in verbs.NOUNS_THAT_LOOK_FINITE):
        return False  # "Christian saw it"
    if not article and plural_of_verb(first) in _ONLY_VERBS and opens_sentence(text, start):
        return False  # "Gay marries"
    if is_ing_form(first) and (second in words.FUNCTION_WORDS or not second):
        return False
    if not article and first in words.TIMES:
        return False
    return phrase(after) == "noun"


def is_predicate(text: str, start: int) -> bool:
    """Tell whether an adjective follows "is" or the like, without an article in between."""
    for word in words_before(text, start)[:4]:
        if word in words.COPULAS or word.endswith(("'s", "'m", "'re")):
            return not word.endswith("'s") or word in words.COPULAS
        if word in _SUBJECTS:
            return True
        if not (is_adverb(word) or is_adjective(word) or word in words.DEGREE_ADVERBS):
            return word in ("turned", "feel", "felt", "looks", "seem", "seems", "look", "being")
    return False


def is_attached(text: str, start: int) -> bool:
    """Tell whether a sign stands directly in front: "#black women"."""
    return start > 0 and text[start - 1] in "#/@_&+="


def is_paired(text: str, start: int) -> bool:
    """Tell whether a word that wants two stands in front: "both black and white"."""
    return word_before(text, start) in _PAIRED


def is_in_name(text: str, match: Match, *, is_adjective: bool, term_is_next: bool) -> bool:
    """Tell whether a term is capitalised beside another capitalised word: "Mad Men".

    Args:
        text: The text.
        match: The term.
        is_adjective: Whether it is an adjective.
        term_is_next: Whether the next word is a term, too.
    """
    start, end = match.start, match.end
    found = text[start:end]
    if not found[0].isupper() or (is_upper(found) and len(found) > 1):
        return False
    listed_upper = match.term[0].isupper()
    if _CAPITAL_BEHIND.match(text, end) and not term_is_next:
        behind = word_behind(text, end).lower()
        if not (listed_upper and (not is_adjective or behind in _TITLES)):
            return True
    if listed_upper or opens_sentence(text, start):
        return False
    before = _CAPITAL_BEFORE.search(text, max(start - 30, 0), start)
    return before is not None and not opens_sentence(text, before.start())


def names_next(text: str, start: int, end: int) -> bool:
    """Tell "that is what uncle Bob said" from "my uncle Bob"."""
    behind = word_behind(text, end)
    if not behind[:1].isupper() or behind == "I" or (len(behind) > 2 and is_upper(behind)):
        return False
    return article_of(text, start) in (None, "what", "that", "which")
