"""Tell nouns that are part of a set phrase, and so name no person, from nouns by themselves."""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.agreement import plural_of_verb
from evenhand.data.english.clauses import may_be_verb
from evenhand.data.english.noun_phrases import (
    article_of,
    start_of_word_before,
    word_before,
    word_behind,
)
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import is_adverb, is_ing_form, looks_adjectival
from evenhand.data.matching.sought_words import AnyInFront, SoughtInFront
from evenhand.data.sense import context_words as context
from evenhand.data.sense.person_heads import names_persons

KIN = word_set("""
    parent parents sibling siblings child children relative relatives grandparent grandparents
    grandchild grandchildren spouse spouses partner partners ex-spouse stepparent godparent""")

_WINDOW = 80
_WORDS = 4_096  # to remember: texts hold the same ones over and over
_NO_COMPOUND = words.FUNCTION_WORDS | words.NUMBERS | words.COPULAS | context.NO_COMPOUND
_ADJECTIVES = words.ADJECTIVES | context.ADJECTIVES
# What stands in front of a word for kin, and keeps it one: "my baby sister".
_OF_KIN = word_set("""
    ex step twin baby foster birth future late dear kid big lil lil' little middle bby ol ole dead
    adoptive biological soon-to-be then teenage fucking fuckin freaking damn asian white black gay
    poor redneck ur yo ya mah ma dey they yalls y'alls thy cop trophy""")
# "Mother fuckas", "sons a bitches", "daddy long legs".
_CURSED = re.compile(
    r"[\s-]*(?:fuck|fucc|fuk|fkn|effin|sucka|sucker|long|jokes?(?!\w)|issues(?!\w))", re.IGNORECASE
)
_SON_OF = re.compile(
    r"\s+(?:of\s+)?(?:an?|uh)\s+(?:\w+\s+)?(?:bitch\w*|guns?|whores?)(?!\w)", re.IGNORECASE
)
_EVERYBODY_AND = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:every(?:one|body)|they)\s+(?:and|an|n|&)\s+(?:\w+\s+)?\Z", re.IGNORECASE
    ),
    "and an n",
    among=2,
    reach=4,
)
_MAY_BE_SON_OF = re.compile(r"\s+(?:of|an?|uh)(?!\w)", re.IGNORECASE)
_ENDS_CLAUSE = re.compile(r"\s*(?:\Z|[.,!?…\n])")
# What is no kin: "these rappers are my sons", "y'all my brothers", "like a mother to me".
_IS = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:is|are|was|were|be|been|being|am|im|thats|yall|y['’]all|them|these|become|became|started"
        r"|(?:it|that|this|he|she|who|they|you|we|i)['’](?:re|s|m))\s+(?:\w+\s+)?\Z",
        re.IGNORECASE,
    ),
    "is are was were be been being am im thats yall them these become became started",
    among=2,
    reach=4,
)
IN_FRONT_OF_KIN = AnyInFront(_EVERYBODY_AND, _IS)
"""All that `is_no_kin` looks for in front of a word."""
_LIKE_KIN = word_set("""
    brother brothers sister sisters son sons daughter daughters mother mothers mom mama father
    fathers dad daddy daddies papa aunt uncle""")
# One has one of each: in the plural, as typed, it is a possessive.
_ONLY_ONE = word_set("moms dads mamas mothers fathers grandmas grandpas mommas wifes mums papas")
_OWNERS = word_set("my your his her our their ur ya yo mah ma a")


def is_in_compound(text: str, start: int, *, plural: bool) -> bool:
    """Tell "a garbage man", "the Isley brothers" from "a tall man", "told women"."""
    word = word_before(text, start)
    if not _may_modify(word):
        return False
    if not (plural and _may_be_base(word)):
        return True
    outer = word_before(text, start_of_word_before(text, start))
    return outer in ("them", "dem", "these", "those", "the", "dese")  # "them weed men"


@lru_cache(maxsize=_WORDS)
def _may_modify(word: str) -> bool:
    """Tell whether a word may be a noun that a noun behind it goes with, by the word alone."""
    if not word.isalpha() or word in _NO_COMPOUND or word in verbs.FINITE_VERBS:
        return False
    return not (_is_like_adjective(word) or is_adverb(word))


def _is_like_adjective(word: str) -> bool:
    if word in _ADJECTIVES or looks_adjectival(word):
        return True
    return word.endswith(context.ADJECTIVE_ENDINGS)


def _may_be_base(word: str) -> bool:
    return word in verbs.BASE_VERBS or plural_of_verb(word) in verbs.BASE_VERBS


def is_before_doer(text: str, end: int) -> bool:
    """Tell whether a noun in the plural modifies a doer: "a women hater"."""
    word = word_behind(text, end).lower()
    return word.endswith(("er", "or")) and names_persons(word) and word not in verbs.BASE_VERBS


def is_no_kin(text: str, start: int, end: int, *, plural: bool) -> bool:
    """Tell whether a word for kin names none: "mother fuckas", "everyone and their mother"."""
    noun = text[start:end].lower()
    if _CURSED.match(text, end, end + 12):
        return True
    if noun.startswith("son") and _SON_OF.match(text, end, end + 30):
        return True
    head = text[max(start - _WINDOW, 0) : start]
    if _EVERYBODY_AND.search(head):
        return True
    before = word_before(text, start)
    if noun in _ONLY_ONE and before in _OWNERS:
        return True
    if noun in _LIKE_KIN and _IS.search(head) and not context.TELLS_WHO.match(text, end):
        return before != "a"  # "to be a mother"
    if noun in _LIKE_KIN and before == "my" and _is_said_to(text, start, end):
        return True
    return before not in _OF_KIN and is_in_compound(text, start, plural=plural)


def may_be_son_of(text: str, start: int, end: int) -> bool:
    """Tell whether `is_no_kin` has to look further than at the next word: "sons of guns"."""
    return text.startswith("son", start) and _MAY_BE_SON_OF.match(text, end) is not None


def _is_said_to(text: str, start: int, end: int) -> bool:
    """Tell "be nice my son." from "he saw my son."."""
    if _ENDS_CLAUSE.match(text, end) is None:
        return False
    word = word_before(text, start_of_word_before(text, start))
    goes_on = word in words.FUNCTION_WORDS or word in words.PREPOSITIONS
    return bool(word) and not (goes_on or may_be_verb(word) or is_ing_form(word))


def is_bare_kin(text: str, start: int) -> bool:
    """Tell "the photo mom took" from "the old mom took it": no article of its own."""
    before = word_before(text, start)
    article = article_of(text, start)
    if article is None or not before or before == article:
        return False
    if before in _NO_COMPOUND or before in _OF_KIN or before.endswith(("'s", "s'")):
        return False
    return not _is_like_adjective(before)
