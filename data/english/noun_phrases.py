"""What stands around a noun or an adjective in its phrase: its article, what it belongs to.

All of it is looked for in at most 80 characters on either side, by words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.clauses import is_verb_of_third_person
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import is_adjective, is_adverb

_WINDOW = 80
_PLACES = 16  # to remember: one rule after the other looks at the same place
_WORDS = 4_096  # to remember: texts hold the same ones over and over
_MOST_WORDS = 5  # between an article and its noun
_OPENING = "\"'“‘([{*«_"
_CLOSING = '.,;:!?…)]}"”’*»|'
ARTICLES = frozenset(["a", "an"])
OWNERS = frozenset(["my", "your", "his", "her", "our", "their", "its"])
OPENS_PHRASE = (
    ARTICLES
    | OWNERS
    | words.NUMBERS
    | word_set("""
    the this that these those each every another any no some whose either neither which what such
    ur da dis dat mah ya""")
)
_OF_SEVERAL = (words.NUMBERS - {"one"}) | frozenset(["these", "those"])
_IN_PHRASE = word_set("and or so-called well very quite rather really not too")
_STOPS = (words.FUNCTION_WORDS | words.COPULAS) - OPENS_PHRASE - _IN_PHRASE
_ENDS_SEARCH = _STOPS | verbs.FINITE_VERBS | words.TIMES
_KINDS = frozenset(["kind", "sort", "type", "kinds", "sorts", "types", "breed"])
_AFTER_NOUNS = word_set("""
    shot hit cut hurt dead set put let beat quit cost read alive alone worth able ready enough next
    responsible bred born known seen run come gone done got ran said went took gets got like love
    hate want need think know say tell feel look make keep start stop
    better best worse first last more most less such own himself herself themselves etc aka vs""")


_ENDS_NOUNS = (
    _AFTER_NOUNS
    | verbs.FINITE_VERBS
    | verbs.BASE_VERBS
    | words.FUNCTION_WORDS
    | words.COPULAS
    | words.DEGREE_ADVERBS
    | words.OFTEN
    | words.TIMES
)
_UNITS = frozenset(["year", "yr", "yo", "month", "week", "day"])
_OBJECTS = words.DETERMINERS | word_set("that to all everything")


@lru_cache(maxsize=_PLACES)
def article_of(text: str, start: int, *, is_singular: bool = True) -> str | None:
    """Return the word that opens the noun phrase in which the noun at `start` stands.

    Args:
        text: The text.
        start: Where the noun starts.
        is_singular: Whether it is in the singular, which "these" and "two" do not open.

    Returns:
        An article, possessive or the like, in lower case, "'s" for a possessor. None if there is
        none, as in "said mother".
    """
    before = word_before(text, start)
    if before in OPENS_PHRASE:  # as mostly; found with less work
        return None if is_singular and before in _OF_SEVERAL else before
    head = text[max(start - _WINDOW, 0) : start].lower().replace("’", "'")
    if head and not head[-1].isspace():
        head = head.rstrip(_OPENING)
        if head and not head[-1].isspace():
            return None
    tokens = head.rsplit(None, _MOST_WORDS)[: -_MOST_WORDS - 1 : -1]
    for index, token in enumerate(tokens):
        word = token.lstrip(_OPENING)
        if word[-1:] == "," and (is_adjective(word[:-1]) or index > 0):
            word = word[:-1]  # "a tall, kind woman"
            if not is_adjective(word):
                return None
        elif not word or word[-1] in _CLOSING:
            return None
        if word in _UNITS and index > 0 and tokens[index - 1] == "old":
            continue  # "a 74 year old woman"
        is_age = "-" in word or (index > 0 and tokens[index - 1] in _UNITS)
        is_number = word[0].isdigit() and not is_age
        if word in _OF_SEVERAL or (is_number and word != "1"):
            return None if is_singular else word
        if word in OPENS_PHRASE or word == "1":
            return word
        if word.endswith(("'s", "s'")) and word not in words.FUNCTION_WORDS:
            return "'s"
        if word == "of" and tokens[index + 1 : index + 2] and tokens[index + 1] in _KINDS:
            return "a"
        if word in _ENDS_SEARCH or word[0] in "@#":
            return None
    return None


@lru_cache(maxsize=_PLACES)
def word_before(text: str, start: int) -> str:
    """Return the word in front of `start` in lower case; "" if a sign or nothing stands there."""
    head = text[max(start - _WINDOW, 0) : start]
    if not head or not head[-1].isspace():
        return ""
    last = head.rsplit(None, 1)
    if not last:
        return ""
    word = last[-1]
    if word.isalpha():  # as mostly; found with less work
        return word.lower()
    return "" if word[-1] in _CLOSING else word.lstrip(_OPENING).lower().replace("’", "'")


_LAST_WORD = re.compile(r"[\w'’&-]+\s+\Z")


def start_of_word_before(text: str, start: int) -> int:
    """Return where the word in front of `start` starts; `start` if a sign stands there."""
    found = _LAST_WORD.search(text, max(start - _WINDOW, 0), start)
    return start if found is None else found.start()


_NEXT_WORD = re.compile(r"[^\S\n]+([^\W\d_][\w'’]*(?:-\w+)*)")


@lru_cache(maxsize=_PLACES)
def word_behind(text: str, end: int) -> str:
    """Return the word behind `end`, with its capitals; "" if a sign or nothing stands there."""
    found = _NEXT_WORD.match(text, end)
    return found[1] if found is not None else ""


def goes_on_with_noun(text: str, end: int, *, is_plural: bool) -> bool:
    """Tell "a woman doctor", "women drivers" from "a woman sings", "women drive"."""
    behind = word_behind(text, end)
    if not behind or not _may_go_on(behind.lower().replace("’", "'"), is_plural=is_plural):
        return False
    if is_plural or not _is_several(behind.lower()):
        return True
    # "That woman releases it"
    return word_behind(text, text.index(behind, end) + len(behind)).lower() not in _OBJECTS


@lru_cache(maxsize=_WORDS)
def _may_go_on(word: str, *, is_plural: bool) -> bool:
    """Tell whether a word behind a noun may be a noun, too, by the word alone."""
    if word in _ENDS_NOUNS or "'" in word[:-2]:
        return False
    if is_adverb(word) or is_adjective(word) or word.endswith(("in", "ed", "ing")):
        return False
    is_several = _is_several(word)
    if is_plural:
        is_doer = word.endswith(("ers", "ors", "ists", "ants"))
        return is_several and (
            is_doer or not is_verb_of_third_person(word)
        )  # "talk about women revolves"
    return not (is_several and is_verb_of_third_person(word))


def _is_several(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us"))
