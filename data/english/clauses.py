"""Tell whether the words after "her" and "his" are the verb of the clause around them."""

from __future__ import annotations

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.phrases import ends_phrase
from evenhand.data.english.word_endings import is_adverb

_POINTING = frozenset(["that", "this", "those", "these"])
PAST_ONLY = (verbs.FINITE_VERBS - verbs.NOUNS_THAT_LOOK_FINITE) | frozenset(["left"])
SUBJECTS = words.DETERMINERS | frozenset(["i", "he", "she", "we", "they", "i'm", "it's", "there"])


def is_verb_of_plural(before: list[str], after: list[str]) -> bool:
    """Tell "people close to her say so", "women like her rarely complain" from "on her walk"."""
    if not _is_plural_subject(before):
        return False
    first, second = [*after, ""][:2]
    if (first in words.OFTEN or is_adverb(first)) and second in verbs.BASE_VERBS:
        return second not in words.ADJECTIVES
    if first in verbs.VERBS_THAT_LOOK_NOUNS:
        return second in SUBJECTS
    return first in verbs.BASE_VERBS and (
        first not in verbs.NOUNS_OF_HAVE or first in verbs.VERBS_OF_SAYING
    )


def _is_plural_subject(before: list[str]) -> bool:
    """Tell whether the words in front of "like her", "close to her" begin with "people"."""
    for index, word in enumerate(before[1:5], start=1):
        opens = [*before[index + 1 : index + 2], ""][0]
        if word in words.PLURAL_SUBJECTS:
            return opens in words.CLAUSE_STARTS or opens in words.FUNCTION_WORDS
        if word in verbs.FINITE_VERBS or not word[0].isalnum():
            return False
    return False


def names_a_possession(before: list[str], first: str, second: str) -> bool:
    """Tell whether "of his" ends there, as in "that laugh of his carries across the room"."""
    possession, article = [*before[1:3], "", ""][:2]
    if article in _POINTING and possession not in words.PARTS:
        return True  # "that car of his needs work"
    if possession in words.PEOPLE and first in PAST_ONLY:
        return True
    if second in words.DETERMINERS or first in verbs.FINITE_VERBS:
        return second in words.DETERMINERS or ends_phrase(second)
    if possession in words.PARTS or not (ends_phrase(second) or second == "all"):
        return False
    return possession in words.PEOPLE


def is_verb_of_third_person(word: str) -> bool:
    """Tell whether a word can be a verb in "-s"."""
    return word.endswith("s") and (word[:-1] in verbs.BASE_VERBS or word[:-2] in verbs.BASE_VERBS)


def may_be_verb(word: str) -> bool:
    """Tell whether a word can be a finite verb, by the lists or its ending."""
    if word in verbs.FINITE_VERBS or word in verbs.BASE_VERBS:
        return True
    return len(word) > 3 and word.endswith(("s", "ed"))
