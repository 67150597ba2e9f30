"""Tell what the pronoun "she" or "he" cannot stand for, or what its "they" would be taken for."""

from __future__ import annotations

import re
from collections.abc import Set
from string import ascii_lowercase

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.noun_phrases import word_before, word_behind
from evenhand.data.english.word_classes import word_set
from evenhand.data.matching.sought_words import Sought, cuts_word
from evenhand.data.sense.person_heads import names_persons

_WINDOW = 90
# Plural nouns for people that a "they" behind them would be taken for.
SEVERAL = Sought(
    re.compile(
        r"(?<![\w@#'’-])(?<!you\s)(?:people|ppl|folks?|peeps|men|women|kids|children|guys|girls|boys|ladies"
        r"|dudes|bros|homies|niggas|niggaz|niggers|bitches|hoes|fags|friends|fans|others|everyone|everybody"
        r"|guests|tenants|clients|patients|colleagues|neighbours|pupils|residents|immigrants|migrants|refugees"
        r"|parents|students|cops|idiots|conservatives|liberals|cons|libs|tories|democrats|republicans"
        r"|[a-z]{3,}(?:ers|ors|ists|ians))(?![\w'’])"
    ),
    " ".join(
        [
            """
            people ppl folk folks peeps men women kids children guys girls boys ladies dudes bros
            homies niggas niggaz bitches hoes fags friends everyone everybody guests tenants clients
            patients colleagues neighbours pupils residents immigrants migrants refugees parents
            students cops idiots conservatives liberals cons libs tories democrats *ers *ors *sts
            knicks yankees jews muslims arabs""",
            *(f"*{letter}ns" for letter in ascii_lowercase),
        ]
    ),
    in_lower_case=True,
)
# Of those words, the ones that name people only with a capital.
_PEOPLES = re.compile(
    r"(?<![\w@#'’-])(?<![Yy][Oo][Uu]\s)(?:[A-Z][a-z]{2,}ns|Knicks|Yankees|Lakers|Jews|Muslims|Arabs)(?![\w'’])"
)
# One person in between takes the "they": a name, "this nigga", "a friend".
_TOKEN = re.compile(r"[\w'’@]+")
_ONE = word_set("""
    he she him her his hers someone somebody anyone anybody nobody who one nigga nigger nigguh
    niggah bitch hoe fag redneck""")
_OPENS = ("", ".", "!", "?", "\n", '"', "“", ":")
_CLAUSE_END = re.compile(r"[.!?\n]")
_NEVER_BEFORE_SUBJECT = word_set(
    "of in at on with from by to around about during through into onto"
)
_AUXILIARIES = word_set("""
    is was are were does did do has had have can could will would should might must isn't wasn't
    doesn't didn't hasn't hadn't can't couldn't won't wouldn't shouldn't than as like and or but not
    nor who what where how when why whatever whoever it's that's thats think be am""")
# "In he morning", "he best way": a "the" as typed. "He who laughs" is anybody.
_THE = word_set("""
    who latter former same best worst other end world country morning whole entire final main latest
    current way guy girl man woman fact year week people bus bitch nigga""")
_QUOTED = re.compile(r"\s\?\w")  # a quotation mark that was lost: "her ?research?"
_CLOSE = re.compile(r"\s?[@#&$]|[.,;:!?]\w|\s[\"“]\w")
_ENDS = re.compile(r"\s*(?:\Z|&#8230;|[.,;:!?)…\n])")


def may_be_several(text: str, start: int, held: Set[Sought]) -> bool:
    """Tell whether a "they" at `start` would be taken for people in front of it.

    "He feeds people. If he leaves" is not "they feed people. If they leave".

    Args:
        text: The text.
        start: Where the pronoun starts.
        held: Whether the text may hold `SEVERAL`.
    """
    if SEVERAL not in held and not cuts_word(text, start - _WINDOW):
        return False
    head = text[max(start - _WINDOW, 0) : start]
    ends = [found.end() for found in _CLAUSE_END.finditer(head)]
    if len(ends) > 1:
        head = head[ends[-2] :]
    named = [*_PEOPLES.finditer(head), *SEVERAL.all_in(head)]
    last = max((found.end() for found in named if _names_people(found[0])), default=0)
    return last > 0 and not _meets_one(head, last)


def _meets_one(head: str, position: int) -> bool:
    """Tell whether one person is named behind a position."""
    for found in _TOKEN.finditer(head, position):
        word, lower = found[0], found[0].lower()
        if word[0] == "@" or lower in _ONE:
            return True
        if names_persons(lower) and not lower.endswith("s"):
            return True
        is_word = lower in words.FUNCTION_WORDS or lower in verbs.BASE_VERBS
        opens = head[: found.start()].rstrip()[-1:] in _OPENS
        if word[0].isupper() and not is_word and not opens:
            return True
    return False


def _names_people(noun: str) -> bool:
    return not noun.endswith(("ers", "ors")) or names_persons(noun.lower())


def is_hard_to_read(text: str, end: int, *, is_possessive: bool) -> bool:
    """Tell whether no rule can read what follows a pronoun: "if his.teacher", "her ?research?"."""
    if text[end + 1 : end + 2] == "?" and _QUOTED.match(text, end):
        return True
    return is_possessive and _CLOSE.match(text, end) is not None


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a "he" or "she" has no verb: "in he morning", "op zaken he."."""
    before = word_before(text, start)
    behind = word_behind(text, end).lower()
    if behind in _THE:
        return True
    if before in _NEVER_BEFORE_SUBJECT:
        return behind not in words.FUNCTION_WORDS
    if behind or _ENDS.match(text, end) is None:
        return False
    return bool(before) and before not in _AUXILIARIES
