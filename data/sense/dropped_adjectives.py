"""Tell adjectives that a sentence hangs on from those that it can do without.

"He only sees white patients", "won by African athletes" and "in a poor family" are about the
adjective; "a gay pilot waved" is not.
"""

from __future__ import annotations

import re

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english.noun_phrases import article_of, word_before, word_behind
from evenhand.data.english.word_classes import word_set
from evenhand.data.matching.sought_words import AnyInFront, SoughtInFront

_WINDOW = 80  # characters looked at in front of an adjective, and behind its noun
_PREFIX = SoughtInFront(
    re.compile(r"(?<!\w)(?:anti|pro|non|pan|un)\s+\Z", re.IGNORECASE),
    "anti pro non pan un",
    among=1,
)
_NARROWED = re.compile(
    r"(?:(?<!\w)(?:only|not|never|hardly|nobody|no\s+one|without|cannot|cant|dont|wont|wouldnt|aint"
    r"|isnt|neither)|n['’]t)(?!\w)[^.!?;,\n]{0,50}\Z",
    re.IGNORECASE,
)
_INDEFINITE = frozenset(["a", "an", "any", "every", "another", "no", "one"])
_FOCUSED = frozenset(["no", "only", "first", "last"])  # "the only black family"
_THERE_ARE = SoughtInFront(
    re.compile(
        r"(?<!\w)there(?:\s+(?:is|are|was|were)|['’](?:s|re))"
        r"(?:\s+(?:no|more|many|several|few|so|too))*\s+\Z",
        re.IGNORECASE,
    ),
    "is are was were no more many several few so too",
    among=1,
)
_BY = frozenset(["by", "of", "from", "than"])
_ENDS_SENTENCE = re.compile(r"\s*(?:[.!?…]|&gt|&#|\Z)")
_SHORT = 4  # letters of a noun that may be anything
# Without their adjective, these say nothing: "marry a rich spouse".
_SAYS_NOTHING = word_set("""
    family families household parents spouse husband wife home body life country""")
_ARTICLE = SoughtInFront(re.compile(r"(?<!\w)an?\s+\Z", re.IGNORECASE), "a an", among=1)
_OPENS_CLAUSE = re.compile(
    r"(?:\A|[.!?,;:\n\"“]\s*|\b(?:and|but|that|when|if|because)\s+)an?\s+\Z", re.IGNORECASE
)
IN_FRONT_OF_ADJECTIVE = AnyInFront(_PREFIX, _THERE_ARE, _ARTICLE)
"""What an adjective carries the sense or the focus of its sentence behind, whatever its noun."""
_QUOTES = ("'", '"', "“", "‘")
_ONLY_A_NOUN = re.compile(r"\s*\w+\s*(?:\Z|[.!?,…])")


def carries_sense(text: str, start: int, end: int) -> bool:
    """Tell whether a sentence would say something else without the adjective text[start:end].

    What is asked here holds for each of several adjectives: "not a gay, black man".
    """
    before = max(start - _WINDOW, 0)
    head = text[before:start]
    if _PREFIX.search(head) or word_before(text, start) in _FOCUSED:
        return True
    if _NARROWED.search(text, before, start):
        return (article_of(text, start, is_singular=False) or "a") in _INDEFINITE
    noun = word_behind(text, end).lower()
    if noun in _SAYS_NOTHING and _ARTICLE.search(head):
        return _OPENS_CLAUSE.search(text, before, start) is None
    return start > 0 and text[start - 1] in _QUOTES


def is_all_there_is(text: str, start: int, end: int) -> bool:
    """Tell whether an adjective and its noun are the whole text: "Poor, poor dentists."."""
    head = text[:start].strip("\"'“‘ ")
    opens = not head or (head.endswith(",") and " " not in head)
    return opens and _ONLY_A_NOUN.match(text, end) is not None


def is_in_focus(text: str, start: int, end: int) -> bool:
    """Tell whether an adjective and its noun are what is told: "there are", "won by", "or"."""
    noun = word_behind(text, end)
    after = text.index(noun, end) + len(noun)
    if _THERE_ARE.search(text[max(start - _WINDOW, 0) : start]):
        return True
    if len(noun) >= _SHORT and comes_again(text, noun, after):
        return True
    if not noun.endswith("s") or noun.endswith("ss"):
        return False
    before = word_before(text, start)
    is_object = before in _BY or before in verbs.BASE_VERBS or before in verbs.FINITE_VERBS
    if before == "from" and noun.lower() in _SAYS_NOTHING:
        return True  # "she came from rich parents"
    return is_object and _ENDS_SENTENCE.match(text, after) is not None


def comes_again(text: str, noun: str, after: int) -> bool:
    """Tell "Catholic doctors, or doctors who"."""
    if text.find(noun, after, after + _WINDOW) < 0:
        return False
    behind = text[after : after + _WINDOW]
    again = rf"(?:,|\bor|\band|\bthan|\bnot)\s+{re.escape(noun)}\b"
    return re.search(again, behind) is not None
