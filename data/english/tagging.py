"""Taggers: they tell which slot of its entry a form fills where several are spelled alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile
from typing import Protocol, runtime_checkable

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.pronouns import her_is_determiner, his_is_determiner
from evenhand.data.english.surroundings import words_after, words_before
from evenhand.data.english.word_endings import is_adjective, is_adverb, is_ing_form
from evenhand.data.lexicons.entries import BASE

OBJECT = "object"  # "saw her"
DETERMINER = "determiner"  # "her book"
POSSESSIVE = "possessive"  # "that is hers"
NOUN = "noun"  # "a Christian", where the base form is an adjective
COLLECTIVE = "collective"  # "the Irish", "the Germans", where the base form is an adjective

_OF_SEVERAL = frozenset(["the", "these", "those", "many", "most", "several", "both"])
_OF_ONE = frozenset(["a", "an", "every", "another", "any", "each"])
_BETWEEN_ADJECTIVES = frozenset(["and", "or", ",", "/", "&"])


class Tagger(Protocol):
    """Tells slots apart that have the same spelling.

    Attributes:
        name: Goes into a dataset's manifest. It and the text must decide the answer.
    """

    name: str

    def slot(self, text: str, start: int, end: int, slots: tuple[str, ...]) -> str:
        """Return which of `slots` the form at text[start:end] fills."""


@runtime_checkable
class PersonTagger(Tagger, Protocol):
    """A tagger that also finds the names of persons, which a list of given names cannot hold."""

    def persons(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where the names of persons stand: from a character up to but without another."""


class RuleTagger:
    """The default, which needs no download: rules for pronouns, adjectives and nouns."""

    name = "rules"

    def slot(self, text: str, start: int, end: int, slots: tuple[str, ...]) -> str:
        """Return which of `slots` the form at text[start:end] fills, the first for other slots."""
        if COLLECTIVE in slots and is_collective(text, start, end, is_like_adjective=BASE in slots):
            return COLLECTIVE
        if DETERMINER in slots and OBJECT in slots:
            return DETERMINER if her_is_determiner(text, start, end) else OBJECT
        if DETERMINER in slots and POSSESSIVE in slots:
            return DETERMINER if his_is_determiner(text, start, end) else POSSESSIVE
        if BASE in slots and NOUN in slots:
            return NOUN if _is_noun(text, start, end) else BASE
        return slots[0]


def is_collective(text: str, start: int, end: int, *, is_like_adjective: bool) -> bool:
    """Tell whether the form at text[start:end] means a people: "the Irish", "the Germans".

    Args:
        text: The text.
        start: Where the form starts.
        end: Where it ends.
        is_like_adjective: Whether it is spelled like the adjective, as "Irish" is, and "Germans" is
            not.
    """
    before = words_before(text, start)[:3]
    if before[2:] and before[0] in _BETWEEN_ADJECTIVES and before[1] not in words.FUNCTION_WORDS:
        before = before[2:]  # "the Irish and Dutch"
    if before[1:] and is_adjective(before[0]):
        before = before[1:]
    if not is_like_adjective:
        return before[:1] == ["the"]
    if not before or not (before[0] in _OF_SEVERAL or before[0] in words.NUMBERS):
        return False
    if text[end : end + 2] in ("'s", "’s"):
        return False
    after = _after_phrase(text, start, end)
    return after is not None and (not after or not _goes_on(after[0]) or _opens_predicate(after))


def _is_noun(text: str, start: int, end: int) -> bool:
    """Tell "a Christian", "a Christian's song" from "a Christian song", "she is Christian"."""
    if text[end : end + 2] in ("'s", "’s"):
        return True
    after = _after_phrase(text, start, end)
    if after is None:
        return False
    if after and _goes_on(after[0]) and not _ends_singular_phrase(text, start, after[0]):
        return False
    return _follows_determiner(text, start)


def _after_phrase(text: str, start: int, end: int) -> list[str] | None:
    """Return the words that tell a noun from an adjective; None if a hyphen goes on with it."""
    if text[end : end + 1] in ("-", "‐", "‑"):
        return None  # "German-born"
    after = words_after(text, start, end)
    while (
        after[1:]
        and after[0] in _BETWEEN_ADJECTIVES
        and after[1] not in words.FUNCTION_WORDS
        and not (after[0] == "," and is_ing_form(after[1]))
    ):
        after = after[2:]  # "Christian, Sikh and Muslim women"
    if after[1:] and is_adverb(after[0]):
        after = after[1:]  # "an atheist rarely prays"
    if after[1:] and is_ing_form(after[0]) and after[1] in words.FUNCTION_WORDS:
        after = []  # "an American living in Paris"
    return after


def _opens_predicate(after: list[str]) -> bool:
    """Tell "the French love their cheese" from "the French love story"."""
    if after[0] not in verbs.BASE_VERBS or after[0] in words.ADJECTIVES:
        return False
    return after[0] not in verbs.NOUNS_OF_HAVE or after[1:2] == [] or after[1] in words.DETERMINERS


def _goes_on(word: str) -> bool:
    return not (
        word in words.FUNCTION_WORDS
        or word in verbs.FINITE_VERBS
        or word.endswith("ed")
        or not word[0].isalnum()
    )


def _ends_singular_phrase(text: str, start: int, word: str) -> bool:
    """Tell "a good American teaches" by its "a": a noun ahead would be in the singular."""
    before = dropwhile(is_adjective, words_before(text, start)[:3])
    return (
        next(before, "") in _OF_ONE
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is", "'s", "news", "series"))
    )


def _follows_determiner(text: str, start: int) -> bool:
    for word in words_before(text, start)[:3]:
        if word in words.DETERMINERS or word in words.NUMBERS:
            return True
        if word in words.FUNCTION_WORDS or word in words.PEOPLE or not word[0].isalnum():
            return False  # "your teacher Irish?"
    return False
