"""Tell whether words go on with a noun phrase: the words after "her" and "his"."""

from __future__ import annotations

from typing import Literal

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.word_endings import is_adjective, is_adverb, is_superlative

_JOINS_ADJECTIVES = frozenset([",", "and", "but", "yet"])
_NOT_NOUNS = verbs.FINITE_VERBS | words.DEGREE_ADVERBS


def phrase(after: list[str]) -> Literal["noun", "adjective", "none"]:
    """Tell whether words after a possessive lead to a noun, to adjectives only, or to neither."""
    found: Literal["adjective", "none"] = "none"
    for index, word in enumerate(after):
        following = after[index + 1] if index + 1 < len(after) else ""
        if word in words.POSSESSIVE_FOLLOWERS or is_superlative(word):
            return "noun"
        if word in words.DEGREE_ADVERBS and word not in words.ADJECTIVES:
            if word in ("so", "too", "as") and following in ("many", "much", "few"):
                return found
            continue
        if word in _JOINS_ADJECTIVES and found == "adjective":
            return "noun" if joins_adjectives(word, after[index + 1 :]) else "adjective"
        if ends_phrase(word):
            return found
        if is_adjective(word):
            found = "adjective"
        elif not is_adverb(word):
            return "noun"
    return found


def says_when(after: list[str]) -> bool:
    """Tell whether words say when: "last week"."""
    return len(after) > 1 and after[0] in words.TIME_DETERMINERS and after[1] in words.TIMES


def joins_adjectives(word: str, rest: list[str]) -> bool:
    """Tell "her loving and supportive aunt" from "made her happy, and people saw it"."""
    if word not in _JOINS_ADJECTIVES or phrase(rest) != "noun":
        return False
    second = rest[1] if len(rest) > 1 else ""
    goes_on = not ends_phrase(second) and second not in _NOT_NOUNS
    return word == "," or is_adjective(rest[0]) or goes_on


def shares_a_noun(conjunction: str, rest: list[str], *, opens_sentence: bool) -> bool:
    """Tell whether "his or her ticket", "his and my parents" follows, one noun for both."""
    if not rest or rest[0] not in words.POSSESSIVES or phrase(rest[1:]) != "noun":
        return False
    return conjunction in ("or", "/") or opens_sentence


def is_coordination(word: str) -> bool:
    """Tell whether a word joins two phrases."""
    return word in ("and", "or", "&", "&amp;", "/", "n")


def ends_phrase(word: str) -> bool:
    """Tell whether a word cannot go on with a noun phrase; "" stands for the end of the text."""
    if not word or word in words.FUNCTION_WORDS:
        return word not in words.DEGREE_ADVERBS
    return not (word[0].isalnum() or word[0] in "#$£€_") or (word[0] == "#" and len(word) > 1)
