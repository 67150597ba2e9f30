"""Tell by context which form of a pronoun a text has: "saw her" from "her book", "his book" from
"that is his".

English spells two of its pronoun forms alike, and a different two in the other gender, so
substitution must know: "her" is "him" where it is the object of a verb or preposition, and "his"
where it stands in front of a noun; "his" is "her" in front of a noun, and "hers" by itself. Other
forms have one counterpart each and need no telling apart.

The rules look at a few words on either side, with the lists of
`evenhand.data.english.word_classes`, and at no more than 100 characters. Their accuracy is measured
on sentences of our own writing (tests/data).
"""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.clauses import (
    PAST_ONLY,
    SUBJECTS,
    is_verb_of_plural,
    is_verb_of_third_person,
    may_be_verb,
    names_a_possession,
)
from evenhand.data.english.phrases import (
    ends_phrase,
    is_coordination,
    joins_adjectives,
    phrase,
    says_when,
    shares_a_noun,
)
from evenhand.data.english.surroundings import MARKS, words_after, words_before
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import (
    is_adjective,
    is_ing_form,
    looks_adjectival,
)

_WORDS = 4_096  # to remember
_LONGEST = 24  # characters of a word
_IN_FRONT = 16  # characters
# "Hers and his": in front of others than these, "his" goes on with a noun.
_MAY_STAND_ALONE = re.compile(r"(?:s|mine)\W+(?:and|or|nor|than)\W*\Z", re.IGNORECASE)
_ENDS_WITH_OF = re.compile(r"of\W*\Z", re.IGNORECASE)
_MAY_BE_NO_NOUN = (
    words.DAYS | words.ADVERBS_OF_SUBJECTS | words.ADJECTIVES | words.RANKS | verbs.FINITE_VERBS
).union(word_set("will might very soon cost all inside outside own broke fell left felt"))


def her_is_determiner(text: str, start: int, end: int) -> bool:
    """Tell whether the "her" at text[start:end] stands in front of its noun."""
    return _her_opens_noun_phrase(
        words_before(text, start),
        _without_filler(words_after(text, start, end)),
        is_name=text[end + 1 : end + 3].istitle(),
        is_quoted=text[end + 1 : end + 2] in ("'", '"', "“", "‘", "`"),
    )


def his_is_determiner(text: str, start: int, end: int) -> bool:
    """Tell whether the "his" at text[start:end] stands in front of its noun."""
    noun, front = _plain_word_behind(text, end), text[max(start - _IN_FRONT, 0) : start]
    if _is_plain_noun(noun) and not (
        _MAY_STAND_ALONE.search(front) or (_ENDS_WITH_OF.search(front) and may_be_verb(noun))
    ):
        return True  # as mostly; found with less work
    after = _without_filler(words_after(text, start, end))
    return _his_opens_noun_phrase(words_before(text, start), after)


def _plain_word_behind(text: str, end: int) -> str:
    """Return the next word in lower case; "" if other signs than a space and a mark are beside."""
    if text[end : end + 1] != " ":
        return ""
    word = text[end + 1 : end + 1 + _LONGEST].partition(" ")[0]
    if len(word) == _LONGEST:
        return ""
    return (word[:-1] if word[-1:] in MARKS else word).lower()


@lru_cache(maxsize=_WORDS)
def _is_plain_noun(word: str) -> bool:
    """Tell whether a word behind "his" is surely its noun, whatever stands around them."""
    is_drawn_out = word[-3:] == word[-1:] * 3  # "sooo"
    is_other = is_drawn_out or word in _MAY_BE_NO_NOUN or is_coordination(word)
    return word.isalpha() and not is_other and phrase([word]) == "noun"


def _without_filler(after: list[str]) -> list[str]:
    """Leave out what only fills a pause: "her, um, situation"."""
    if after[2:] and after[0] == after[2] == "," and after[1] in words.FILLERS:
        return after[3:]
    return after


def _her_opens_noun_phrase(
    before: list[str], after: list[str], *, is_name: bool, is_quoted: bool
) -> bool:
    if not after:
        return False
    if before and before[0] in words.SENTENCE_ENDS:
        before = []
    if before[:1] in (["2"], ["4"]):
        before = ["to" if before[0] == "2" else "for", *before[1:]]  # "listen 2 her"
    previous = before[0] if before else ""
    first, second, third = [*after, "", "", ""][:3]
    follows_preposition = previous in words.PREPOSITIONS
    # After these, a phrase with "her" in it must hold the noun too.
    wants_noun = previous in words.COPULAS or not previous

    if is_coordination(first):
        if second == "her" and (before or not third.endswith("'s")):
            return False  # "her and her friend"
        return shares_a_noun(first, after[1:], opens_sentence=not before)
    if before[:2] in (["/", "him"], ["/", "them"], ["/", "me"], ["/", "she"]):
        return False
    if is_name and previous in (verbs.NAMING if not first.endswith("'s") else verbs.GIVE):
        return False  # "named her Sarah", "gave her John's number"
    opens_clause = (is_name and first not in words.PEOPLE) or first in verbs.TREATS
    if opens_clause and previous in verbs.TELL and second in words.COPULAS:
        return False  # "told her Paris is lovely"
    if is_quoted and previous in verbs.SAY:
        return False  # 'called her "boss"'
    settled = None
    if before and first not in ("own", "never"):
        settled = _is_determiner_behind_verb(before, after)
    if settled is None:
        settled = _is_determiner_before_word(before, after)
    if settled is not None:
        return settled
    if first == "one" and second != "and" and phrase(after[1:]) == "none":
        return follows_preposition or wants_noun
    is_number = first[0].isdigit() and first not in words.FUNCTION_WORDS
    if is_number or first[0] in "#$£€" or first in words.NUMBERS:
        if previous in verbs.BEAT or (first[0] in "$£€" and previous in verbs.LEAVE):
            return False
        if first[0] == "#" and not first[1:].isdigit():
            return False
        if second in words.TIME_UNITS and previous in verbs.TAKE_OR_KNOW:
            return False
        if second in words.TIME_UNITS and not (follows_preposition or wants_noun):
            return second != "times" and third not in words.AFTER_TIME and not _gives(previous)
        gives = _gives(previous) or previous in verbs.SHOW
        return not gives or second in words.PEOPLE
    kind = phrase(after)
    if kind == "noun":
        return True
    if kind == "adjective":
        return wants_noun or previous == ","
    return False


_NONE: frozenset[str] = frozenset()
_BY_THEMSELVES = frozenset(["mine", "yours", "hers", "ours", "theirs"])
# Of "ice cream" and "more time", what she is given is the second word.
_SPLIT_GIFTS = frozenset(["ice", "more", "less"])
# They are verbs, too, and say how: "made her look like a fool", "saw her play live".
_BEHIND_VERBS = words.FUNCTION_WORDS | words.ADJECTIVES | {"live"}
_OUTINGS = word_set("""
    shopping fishing dancing swimming skating camping hiking skiing sailing hunting bowling clubbing
    cycling climbing surfing sightseeing""")


def _is_determiner_behind_verb(before: list[str], after: list[str]) -> bool | None:
    """Decide by the verb before and what may follow it; None where that leaves it open."""
    previous = before[0]
    if previous in ("at", "to") and before[1:2] and before[1] in verbs.LOOK:
        previous = before[1]  # "look at her go"
    first, second = after[0], after[1] if len(after) > 1 else ""
    ends = ends_phrase(second)
    objects = verbs.OBJECTS_OF.get(previous, _NONE)
    given = second in objects and first not in words.NEVER_GIVEN
    if given or (
        first in objects
        and (
            phrase(after[1:]) != "noun"
            or first in _SPLIT_GIFTS
            or second in objects
            or says_when(after[1:])
        )
    ):
        return False  # "gave her time", "called her names"
    gives = _gives(previous) or previous in verbs.SHOW
    may_be_given = first not in words.NOT_GIVEN or (first == "new" and previous in verbs.BUY)
    if gives and may_be_given and is_adjective(first) and second.endswith("s"):
        return False  # "asked her tough questions"
    if gives and first in ("many", "few") and second not in words.PEOPLE:
        return False
    if previous in verbs.HAND_OVER and _is_given(first, second):
        return False  # "handed her tissues"
    if previous in verbs.RESULT and looks_adjectival(first) and ends:
        return joins_adjectives(second, after[2:])  # "made her redundant"
    if previous in verbs.WISH or previous in verbs.TEACH:
        return first in words.PEOPLE or first == "own"
    if previous in verbs.TAKE and (first in words.TIME_UNITS or first == "ages"):
        return False  # "took her months"
    if previous in verbs.TAKE and first in _OUTINGS:
        return phrase(after[1:]) == "noun"  # "took her shopping", "took her shopping bags"
    if previous in verbs.COST and before[1:2] not in (["the"], ["a"], ["of"], ["at"]):
        return False
    if first in verbs.BASE_VERBS or (
        second in words.OBJECT_STARTS and previous in verbs.CAUSATIVES and first not in words.PEOPLE
    ):
        verb = _is_determiner_before_verb(
            previous, first, second, follows_who=before[1:2] == ["who"]
        )
        if verb is not None:
            return verb
    if is_ing_form(first) and previous in verbs.KEEP_OR_CALL:
        if previous in ("with", "without"):
            return not ends or joins_adjectives(second, after[2:])
        return second in words.ING_NOUNS
    depicts = previous in ("of", "about") and before[1:2] and before[1] in words.DEPICTIONS
    if depicts and is_ing_form(first) and ends:
        return False  # "a picture of her smiling"
    if first == "back" and previous in verbs.GIVE_BACK:
        return phrase(after[1:]) == "noun"
    if first == "home" and previous in verbs.MOVE:
        return second not in words.DAYS and phrase(after[1:]) == "noun"
    if first in words.RANKS and ends:  # "did her best", "like her best"
        if first in ("best", "worst") and previous in verbs.GIVE_OR_TRY:
            return True
        if previous in verbs.KNOW_BEST and first not in ("first", "last"):
            return False
    return None


def _is_determiner_before_word(before: list[str], after: list[str]) -> bool | None:
    """Decide by a next word that is a case of its own; None for all others."""
    previous = before[0] if before else ""
    first, second = after[0], after[1] if len(after) > 1 else ""
    follows_preposition = previous in words.PREPOSITIONS
    ends = ends_phrase(second)
    if first == "be":
        return False
    if (first == "very" and second in words.RANKS) or (first, second) == ("soon", "to"):
        return True  # "her very best", "her soon to be husband"
    if first == "being" and previous:
        return not second or not second[0].isalnum()
    if first in ("cause", "opposite") and second in SUBJECTS:
        return False
    if first in ("2", "4") and (second in verbs.BASE_VERBS or second in words.DETERMINERS):
        return False  # "asked her 2 come"
    if first == "will":
        return second not in verbs.BASE_VERBS and second not in ("not", "never", "always")
    if first == "back":
        return second not in ("to", "into", "from", "safely", "home") or follows_preposition
    if first in ("right", "left"):
        if second in ("here", "there", "now", "away", "back"):
            return False
        if second in ("to", "of", "as") or (follows_preposition and ends):
            return True
    if first in ("past", "round", "next") and second in words.BEHIND_PAST:
        return False  # "walked her past the gate", "sat her next to me"
    if first == "next" and second in words.BEHIND_NEXT:
        return False  # "saw her next at a wedding"
    if after[:2] == ["first", "thing"] or after[:3] == ["face", "to", "face"]:
        return False
    if second in ("times", "thing") and first in ("multiple", "numerous", "countless", "many"):
        return False
    if first == "one" and second in words.TIMES:
        return False
    if first == "all":
        return (
            ends
            and second not in words.DETERMINERS
            and (previous in verbs.GIVE_OR_TRY or before[1:2] == ["gave"])
        )
    if first in words.DAYS:
        return not (second in words.TIMES or ends) or follows_preposition
    if first == "most" and second in words.TIMES:
        return False
    if first in words.HOW_OFTEN and ends and not joins_adjectives(second, after[2:]):
        return False  # "I visit her weekly"
    if first == "half" and second in ("to", "as", "a", "an", "the"):
        return False  # "bored her half to death", "took her half an hour"
    if first == "own":
        # "people like her own a house", "let her own it", but "a room of her own"
        return second not in words.BEHIND_OWN and (previous, second) != ("let", "up")
    if first == "never" and (previous in verbs.TELL or second in ("to", "again")):
        return False  # "tell her never to call"
    if (first, second) == ("hand", "and"):
        return after[2:3] != ["foot"]
    if before[1:2] in (["who"], ["that"]) and ends and first in verbs.ENDED:
        return False  # "the man who raised her died"
    if follows_preposition and is_verb_of_plural(before, after):
        return False
    if first in words.TIME_DETERMINERS and second in words.WHOLE_TIMES:
        if first not in ("last", "next", "most"):
            return False
        return previous in words.IN_FRONT_OF_TIME or not previous
    if first == "every" and second and not ends:
        return second not in words.TIMES and second not in ("single", "other")
    if first in ("most", "least") and follows_preposition:
        return True
    if first in words.RANKS and ends:
        alone = first in words.SUPERLATIVES and first not in ("first", "last")
        return follows_preposition or previous in words.COPULAS or alone
    if first in verbs.FINITE_VERBS and (
        first not in verbs.NOUNS_THAT_LOOK_FINITE or second in words.DETERMINERS
    ):
        return False  # "those who knew her came"
    is_third_person = is_verb_of_third_person(first)
    may_end = before[1:2] and before[1] in words.INDEFINITES and second not in words.COPULAS
    if may_end and (is_third_person or first in verbs.FINITE_VERBS):
        return False  # "everything about her screams money"
    if (follows_preposition or "who" in before) and is_third_person:
        return second not in words.DETERMINERS
    return None


def _is_given(first: str, second: str) -> bool:
    """Tell whether "her" is handed what follows: "tissues", not "brother"."""
    return (
        first.endswith("s")
        and not first.endswith(("ss", "us", "is", "'s"))
        and first not in words.PEOPLE
        and first not in words.KEPT
        and ends_phrase(second)
        and second not in ("to", "away", "back", "over", "out", "up", "down")
    )


def _is_determiner_before_verb(
    previous: str, verb: str, second: str, *, follows_who: bool
) -> bool | None:
    """Decide "let her go", "saw her leave", where a verb and its complement stand around "her"."""
    may_act = second in verbs.BASE_VERBS and second not in _BEHIND_VERBS
    if may_act and verb in verbs.NOUNS_OF_HAVE:
        return True  # "let her work speak for itself", but "saw her play live"
    takes_object = second in words.DETERMINERS
    if follows_who and takes_object and verb not in verbs.NOUNS_OF_HAVE:
        return False  # "those who hired her regret it"
    if previous in verbs.LET or previous in verbs.HELP:
        return False
    if previous in verbs.MAKE:
        return verb in verbs.NOUNS_OF_MAKE and not takes_object
    if previous in verbs.PERCEIVE or previous in verbs.LOOK:
        if second == "at":
            return False  # "saw her wink at him"
        if verb in verbs.NOUNS_OF_HAVE and (second == "of" or second in words.ING_NOUNS):
            return True  # "heard her cry of joy", "saw her dance moves"
        return verb in verbs.NOUNS_OF_CAUSATIVES and not takes_object
    if previous in verbs.HAVE:
        return verb in verbs.NOUNS_OF_HAVE and not takes_object
    if previous in words.PREPOSITIONS and takes_object and verb not in verbs.NOUNS_OF_HAVE:
        return False  # "people like her make the difference"
    return None


def _his_opens_noun_phrase(before: list[str], after: list[str]) -> bool:
    if not after:
        return False
    first, second, third = [*after, "", "", ""][:3]
    if is_coordination(first):
        return second != "his" and shares_a_noun(first, after[1:], opens_sentence=True)
    if first[0] in "#$£€":
        return True
    previous = before[0] if before else ""
    if first == "will":
        return second not in verbs.BASE_VERBS and second not in ("not", "never", "always")
    if first == "might" and (previous == "all" or second.endswith("ed")):
        return True
    if (first == "very" and second in words.RANKS) or (first, second) == ("soon", "to"):
        return True
    if before[1:2] and before[1] in _BY_THEMSELVES and previous in ("and", "or", "nor", "than"):
        return False  # "neither hers nor his fits"
    if first == "cost" and (ends_phrase(second) or second in words.DEGREE_ADVERBS):
        return False  # "his cost more"
    if first in words.DAYS and previous == "," and ends_phrase(second):
        return False  # "hers came on Monday, his Tuesday"
    if first == "all":
        return previous in verbs.GIVE_OR_TRY or previous == "it"
    if first in ("inside", "outside") and phrase(after[1:]) == "noun":
        return True
    if first == "own" and second in words.DETERMINERS:
        return False  # "some cousins of his own a farm"
    if previous == "of" and may_be_verb(first) and names_a_possession(before, first, second):
        return False  # "a friend of his runs the bakery"
    if first in words.ADVERBS_OF_SUBJECTS and second in PAST_ONLY:
        return False  # "a teacher of his once said so"
    if first in words.ADVERBS_OF_SUBJECTS and not ends_phrase(second) and ends_phrase(third):
        return not (is_verb_of_third_person(second) or second in verbs.FINITE_VERBS)
    if first in verbs.FINITE_VERBS and (
        first not in verbs.NOUNS_THAT_LOOK_FINITE
        or second in words.DETERMINERS
        or (previous in words.CLAUSE_STARTS and ends_phrase(third) and is_adjective(second))
    ):
        return False
    if first in ("broke", "fell", "left", "felt") and (
        ends_phrase(second) or second in ("down", "off", "out", "apart", "early", "late")
    ):
        return False
    if (
        previous == ","
        and (first in words.ADJECTIVES or first[0].isdigit())
        and (second in (",", ".", ";", "") and not words.COPULAS.isdisjoint(before))
    ):
        return False  # "yours was long, his short, and ..."
    if first in words.RANKS or first == "every" or (first == "right" and second in ("to", "of")):
        return True
    kind = phrase(after)
    if kind == "adjective" and first not in words.ADJECTIVES and first.endswith("ed"):
        return False  # "his turned out better"
    if kind == "adjective" and previous in words.COPULAS and first in words.DEGREE_ADVERBS:
        return False  # "it was his long before"
    return kind != "none"


def _gives(verb: str) -> bool:
    return verb in verbs.GIVE or verb in verbs.COST
