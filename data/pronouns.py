"""Tell by context which form of a pronoun a text has: "saw her" from "her book", "his book" from
"that is his".

English spells two of its pronoun forms alike, and a different two in the other gender, so
substitution must know: "her" is "him" where it is the object of a verb or preposition, and "his"
where it stands in front of a noun; "his" is "her" in front of a noun, and "hers" by itself. Other
forms have one counterpart each and need no telling apart.

The rules look at a few words on either side, with the lists of `evenhand.data.word_classes`, and
at no more than 100 characters. Their accuracy is measured on sentences of our own writing
(tests/data).
"""

from __future__ import annotations

from typing import Literal

from evenhand.data import word_classes as words
from evenhand.data.surroundings import words_after, words_before
from evenhand.data.word_endings import is_adjective, is_adverb, is_ing_form, is_superlative


def her_is_determiner(text: str, start: int, end: int) -> bool:
    """Tell whether the "her" at text[start:end] stands in front of its noun."""
    return _her_opens_noun_phrase(
        words_before(text, start),
        words_after(text, start, end),
        is_name=text[end + 1 : end + 3].istitle(),
        is_quoted=text[end + 1 : end + 2] in ("'", '"', "“", "‘"),
    )


def his_is_determiner(text: str, start: int, end: int) -> bool:
    """Tell whether the "his" at text[start:end] stands in front of its noun."""
    return _his_opens_noun_phrase(words_before(text, start), words_after(text, start, end))


def _her_opens_noun_phrase(
    before: list[str], after: list[str], *, is_name: bool, is_quoted: bool
) -> bool:
    if not after:
        return False
    previous = before[0] if before else ""
    first, second, third = [*after, "", "", ""][:3]
    follows_preposition = previous in words.PREPOSITIONS
    # After these, a phrase with "her" in it must hold the noun too.
    wants_noun = previous in words.COPULAS or not previous or previous in words.SENTENCE_ENDS

    if _is_coordination(first):
        return _shares_a_noun(first, after[1:], opens_sentence=not before)
    if before[:2] in (["/", "him"], ["/", "them"], ["/", "me"]):
        return False
    if is_name and previous in (words.NAMING if not first.endswith("'s") else words.GIVE):
        return False  # "named her Sarah", "gave her John's number"
    if is_quoted and previous in words.SAY:
        return False  # 'called her "boss"'
    settled = _by_verb_in_front(before, after) if before else None
    if settled is None:
        settled = _by_word_behind(before, after)
    if settled is not None:
        return settled
    if first == "one" and second != "and" and _phrase(after[1:]) == "none":
        return follows_preposition or wants_noun
    if first[0].isdigit() or first[0] in "#$£€" or first in words.NUMBERS:
        if previous in words.BEAT or (first[0] in "$£€" and previous in words.LEAVE):
            return False
        if first[0] == "#" and not first[1:].isdigit():
            return False
        if second in words.TIME_UNITS and previous in words.TAKE:
            return False
        if second in words.TIME_UNITS and not (follows_preposition or wants_noun):
            return second != "times" and third not in words.AFTER_TIME and not _gives(previous)
        gives = _gives(previous) or previous in words.SHOW
        return not gives or second in words.PEOPLE
    kind = _phrase(after)
    if kind == "noun":
        return True
    if kind == "adjective":
        return wants_noun or previous == ","
    return False


_JOINS_ADJECTIVES = frozenset([",", "and", "but", "yet"])
_NOT_NOUNS = words.FINITE_VERBS | words.DEGREE_ADVERBS
_SUBJECTS = words.DETERMINERS | frozenset(["i", "he", "she", "we", "they", "i'm", "it's", "there"])
# Of "ice cream" and "more time", what she is given is the second word.
_SPLIT_GIFTS = frozenset(["ice", "more", "less"])


def _by_verb_in_front(before: list[str], after: list[str]) -> bool | None:
    """Decide by a verb in front and what it makes of the words behind; None where it is open."""
    previous = before[0]
    if previous in ("at", "to") and before[1:2] and before[1] in words.LOOK:
        previous = before[1]  # "look at her go"
    first, second = after[0], after[1] if len(after) > 1 else ""
    ends = _ends_phrase(second)
    for verbs, objects in words.VERBS_AND_THEIR_OBJECTS:
        if (
            previous in verbs
            and (
                first in objects or (second in objects and first not in words.POSSESSIVE_FOLLOWERS)
            )
            and (_phrase(after[1:]) != "noun" or second in objects or first in _SPLIT_GIFTS)
        ):
            return False  # "gave her time", "called her names"
    gives = _gives(previous) or previous in words.SHOW
    if gives and first not in words.NOT_GIVEN and is_adjective(first) and second.endswith("s"):
        return False  # "asked her tough questions"
    if previous in words.WISH or previous in words.TEACH:
        return first in words.PEOPLE or first == "own"
    if previous in words.TAKE and first in words.TIME_UNITS:
        return False  # "took her months"
    if previous in words.COST and before[1:2] not in (["the"], ["a"], ["of"], ["at"]):
        return False
    if first in words.BASE_VERBS or (
        second in words.OBJECT_STARTS and previous in words.CAUSATIVES and first not in words.PEOPLE
    ):
        verb = _complement(previous, first, second)
        if verb is not None:
            return verb
    if is_ing_form(first) and previous in words.KEEP | words.CALL:
        if previous in ("with", "without"):
            return not ends or _joins_adjectives(second, after[2:])
        return second in words.ING_NOUNS
    if first == "back" and previous in words.GIVE_BACK:
        return _phrase(after[1:]) == "noun"
    if first == "home" and previous in words.MOVE:
        return second not in words.DAYS and _phrase(after[1:]) == "noun"
    if first in words.RANKS and ends:  # "did her best", "like her best"
        if first in ("best", "worst") and previous in words.DO | words.GIVE | words.TRY:
            return True
        if previous in words.KNOW_BEST and first not in ("first", "last"):
            return False
    return None


def _by_word_behind(before: list[str], after: list[str]) -> bool | None:
    """Decide by the words behind where they have their own ways; None for all others."""
    previous = before[0] if before else ""
    first, second = after[0], after[1] if len(after) > 1 else ""
    follows_preposition = previous in words.PREPOSITIONS
    ends = _ends_phrase(second)
    if first == "be":
        return False
    if first == "being" and previous and previous not in words.SENTENCE_ENDS:
        return not second or not second[0].isalnum()
    if first in ("cause", "opposite") and second in _SUBJECTS:
        return False
    if first in ("2", "4") and (second in words.BASE_VERBS or second in words.DETERMINERS):
        return False  # "asked her 2 come"
    if first == "will":
        return second not in words.BASE_VERBS and second not in ("not", "never", "always")
    if first == "back":
        return second not in ("to", "into", "from", "safely", "home") or follows_preposition
    if first in ("right", "left"):
        if second in ("here", "there", "now", "away", "back"):
            return False
        if second in ("to", "of", "as") or (follows_preposition and ends):
            return True
    if first in ("past", "round", "next") and second in words.DETERMINERS | {"to"}:
        return False  # "walked her past the gate", "sat her next to me"
    if first == "all":
        return ends and (previous in words.DO | words.GIVE | words.TRY or before[1:2] == ["gave"])
    if first in words.DAYS:
        return not (second in words.TIMES or ends) or follows_preposition
    if first == "most" and second in words.TIMES:
        return False
    if first in words.TIME_DETERMINERS and second in words.WHOLE_TIMES:
        return follows_preposition or previous in words.COPULAS or not previous
    if first == "every" and second and not ends:
        return second not in words.TIMES and second not in ("single", "other")
    if first in ("most", "least") and follows_preposition:
        return True
    if first in words.RANKS and ends:
        alone = first in words.SUPERLATIVES and first not in ("first", "last")
        return follows_preposition or previous in words.COPULAS or alone
    if first in words.FINITE_VERBS and (
        first not in words.NOUNS_THAT_LOOK_FINITE or second in words.DETERMINERS
    ):
        return False  # "those who knew her came"
    if (follows_preposition or "who" in before) and _is_verb_of_third_person(first):
        return second not in words.DETERMINERS
    return None


def _complement(previous: str, verb: str, second: str) -> bool | None:
    """Decide "let her go", "saw her leave", where a verb and its complement stand around "her"."""
    if second in words.BASE_VERBS and verb in words.NOUNS_OF_HAVE:
        return True  # "let her work speak for itself"
    takes_object = second in words.DETERMINERS
    if previous in words.LET or previous in words.HELP:
        return False
    if previous in words.MAKE:
        return verb in words.NOUNS_OF_MAKE and not takes_object
    if previous in words.PERCEIVE or previous in words.LOOK:
        return verb in words.NOUNS_OF_CAUSATIVES and not takes_object
    if previous in words.HAVE:
        return verb in words.NOUNS_OF_HAVE and not takes_object
    if previous in words.PREPOSITIONS and takes_object and verb not in words.NOUNS_OF_HAVE:
        return False  # "people like her make the difference"
    return None


def _his_opens_noun_phrase(before: list[str], after: list[str]) -> bool:
    if not after:
        return False
    first, second, third = [*after, "", "", ""][:3]
    if _is_coordination(first):
        return _shares_a_noun(first, after[1:], opens_sentence=True)
    if first[0] in "#$£€":
        return True
    previous = before[0] if before else ""
    if first == "will":
        return second not in words.BASE_VERBS and second not in ("not", "never", "always")
    if first == "might" and previous == "all":
        return True
    if first == "all":
        return previous in words.DO | words.GIVE or previous == "it"
    if first in ("inside", "outside") and _phrase(after[1:]) == "noun":
        return True
    if previous == "of" and _may_be_verb(first) and _names_a_possession(before, first, second):
        return False  # "a friend of his runs the bakery"
    if first in words.ADVERBS_OF_SUBJECTS and not _ends_phrase(second) and _ends_phrase(third):
        return not (_is_verb_of_third_person(second) or second in words.FINITE_VERBS)
    if first in words.FINITE_VERBS and (
        first not in words.NOUNS_THAT_LOOK_FINITE
        or second in words.DETERMINERS
        or (previous in words.CLAUSE_STARTS and _ends_phrase(third) and is_adjective(second))
    ):
        return False
    if first in ("broke", "fell", "left", "felt") and _ends_phrase(second):
        return False
    if (
        previous == ","
        and (first in words.ADJECTIVES or first[0].isdigit())
        and (second in (",", ".", ";", "") and not words.COPULAS.isdisjoint(before))
    ):
        return False  # "yours was long, his short, and ..."
    if first in words.RANKS or first == "every" or (first == "right" and second in ("to", "of")):
        return True
    kind = _phrase(after)
    if kind == "adjective" and first not in words.ADJECTIVES and first.endswith("ed"):
        return False  # "his turned out better"
    if kind == "adjective" and previous in words.COPULAS and first in words.DEGREE_ADVERBS:
        return False  # "it was his long before"
    return kind != "none"


def _names_a_possession(before: list[str], first: str, second: str) -> bool:
    """Tell whether "of his" ends there, as in "that laugh of his carries across the room"."""
    if second in words.DETERMINERS or first in words.FINITE_VERBS:
        return second in words.DETERMINERS or _ends_phrase(second)
    possession, article = [*before[1:3], "", ""][:2]
    if possession in words.PARTS or not (_ends_phrase(second) or second == "all"):
        return False
    return possession in words.PEOPLE or article in ("that", "this", "those", "these")


def _phrase(after: list[str]) -> Literal["noun", "adjective", "none"]:
    """Tell whether words behind a possessive go on to a noun, to adjectives only, or to neither."""
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
            return "noun" if _joins_adjectives(word, after[index + 1 :]) else "adjective"
        if _ends_phrase(word):
            return found
        if is_adjective(word):
            found = "adjective"
        elif not is_adverb(word):
            return "noun"
    return found


def _joins_adjectives(word: str, rest: list[str]) -> bool:
    """Tell "her loving and supportive aunt" from "made her happy, and people saw it"."""
    if word not in _JOINS_ADJECTIVES or _phrase(rest) != "noun":
        return False
    second = rest[1] if len(rest) > 1 else ""
    goes_on = not _ends_phrase(second) and second not in _NOT_NOUNS
    return word == "," or is_adjective(rest[0]) or goes_on


def _shares_a_noun(conjunction: str, rest: list[str], *, opens_sentence: bool) -> bool:
    """Tell whether "his or her ticket", "his and my parents" follows, one noun for both."""
    if not rest or rest[0] not in words.POSSESSIVES or _phrase(rest[1:]) != "noun":
        return False
    return conjunction in ("or", "/") or opens_sentence


def _is_coordination(word: str) -> bool:
    return word in ("and", "or", "&", "&amp;", "/", "n")


def _gives(verb: str) -> bool:
    return verb in words.GIVE or verb in words.COST


def _ends_phrase(word: str) -> bool:
    """Tell whether a word cannot go on with a noun phrase; "" stands for the end of the text."""
    if not word or word in words.FUNCTION_WORDS:
        return word not in words.DEGREE_ADVERBS
    return not (word[0].isalnum() or word[0] in "#$£€_") or (word[0] == "#" and len(word) > 1)


def _is_verb_of_third_person(word: str) -> bool:
    return word.endswith("s") and (word[:-1] in words.BASE_VERBS or word[:-2] in words.BASE_VERBS)


def _may_be_verb(word: str) -> bool:
    if word in words.FINITE_VERBS or word in words.BASE_VERBS:
        return True
    return len(word) > 3 and word.endswith(("s", "ed"))
