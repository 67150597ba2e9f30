"""Repair "a" and "an" where the word after the article was replaced, and find wrong ones.

English chooses by sound, not by spelling: "an hour", "a university", "an MRI", "an 8-year-old".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from evenhand.data.english.agreement import Edit
from evenhand.data.english.letter_case import is_upper, opens_sentence
from evenhand.data.english.word_classes import FUNCTION_WORDS

_ARTICLE = re.compile(r"(?<![\w'’@#&/.\-])([Aa][Nn]?)(?:\s+[\"“‘'(\[*«#]*|\s*[\"“‘(*«])\Z")
_ARTICLE_AND_WORD = re.compile(r"(?<![\w'’@#&/.\-])([Aa][Nn]?)\s+[\"“‘'(\[*«#]*([^\W_][\w.,'’\-]*)")
_WHOLE_WORD = re.compile(r"[^\W_]+(?:['’&.-][^\W_]+)*")
_ARTICLE_ENDS = ("a ", "n ", "A ", "N ")
_WORDS = 4_096  # to remember
_WINDOW = 16  # characters before a word in which its article stands
# Behind these, a capital A is a name: "vitamin A Muslims" has no article.
_NAMED_A = re.compile(
    r"(?:\b(?:vitamins?|groups?|grade|plan|class|type|section|level|team|option|hepatitis|serie|"
    r"league|model|part|point|exhibit|category|tier|schedule|appendix)|[=&+/-])\s*\Z",
    re.IGNORECASE,
)

_SILENT_H = re.compile(r"hour|honest|honou?r|heir", re.IGNORECASE)
# Spelled with a vowel, spoken with a consonant: /j/ as in "unit" and "European", /w/ as in "one".
_CONSONANT_SOUND = re.compile(
    r"""eu | ewe | once | one(?:s|self|ness)?(?![a-z]) | ouija | uighur | uyghur
        | uni(?!n|m[^o]|d[^i]|ss) | unanim | us[ae] | usu[ar] | ut(?:a|e|i(?!s)|o)
        | uk(?:r|ul|e(?!l)) | ur(?:a[^l]|e|in|og|ol|ug) | ubi | ugand | uf[ou] | uvu""",
    re.IGNORECASE | re.VERBOSE,
)
_VOWELS = frozenset("aeiouàáâãäåæèéêëìíîïòóôõöøœùúûüāēīōū")
_VOWEL_LETTER_NAMES = frozenset("AEFHILMNORSX")  # "an F", "an X", but "a B", "a U"
# Acronyms said as words; only those whose first letter's name opens with a vowel matter.
_SAID_AS_WORD = re.compile(
    "FEMA|FIFA|HAZMAT|HIPAA|HUD|LAN|LASER|MAC|MAGA|MENSA|MIDI|NAFTA|NASA|NASCAR|NASDAQ|NATO|NIMBY|"
    "RADAR|RAM|REM|ROM|SARS|SCUBA|SEAL|SIM|SONAR|SWAT"
)
# Eight, eleven, eighteen and what begins with them: 8th, 80-year-old, 11,000, 1892.
_VOWEL_NUMBER = re.compile(r"8|1[18](?:\d\d)?(?:,?\d{3})*(?!\d)")


def mended_article(text: str, start: int, old: str, new: str) -> tuple[int, int, str] | None:
    """Return the edit that an article needs when the word after it is replaced.

    Args:
        text: The text before the replacement.
        start: Where the replaced word starts.
        old: The replaced word, spelled so that capitals mean an acronym.
        new: What replaces it, spelled in the same way.

    Returns:
        (start, end, article) of the article to write instead, or None if no article stands directly
        before the word, or if it stays: it changes only if the sound after it changes.
    """
    article = _ARTICLE.search(text, max(start - _WINDOW, 0), start)
    if article is None:
        return None
    vowel = starts_with_vowel_sound(new)
    if vowel == starts_with_vowel_sound(old):
        return None
    found = article[1]
    if found == "A" and _NAMED_A.search(text, max(article.start(1) - _WINDOW, 0), article.start(1)):
        return None
    if vowel == (len(found) == 2):
        return None
    if not vowel:
        return article.start(1), article.end(1), found[0]
    capitals = found == "A" and is_upper(text[start : start + len(old)])
    return article.start(1), article.end(1), "AN" if capitals else f"{found}n"


def may_stand_behind_article(text: str, start: int) -> bool:
    """Tell whether "a" or "an" may stand directly in front of a word, one space away."""
    return text[start - 2 : start] in _ARTICLE_ENDS


def stands_behind_wrong_article(text: str, start: int, word: str) -> bool:
    """Tell whether "a" or "an" of the other sound stands directly in front of a word.

    Args:
        text: The text.
        start: Where the word starts in it.
        word: The word, spelled so that capitals mean an acronym: "A MAN" is right.
    """
    if not may_stand_behind_article(text, start):
        return False
    article = _ARTICLE.search(text, max(start - _WINDOW, 0), start)
    if article is None or (article[1] == "A" and not opens_sentence(text, article.start(1))):
        return False  # "grade A Irish butter"
    return (len(article[1]) == 2) != starts_with_vowel_sound(word)


def wrong_articles(text: str) -> list[tuple[int, int]]:
    """Return where "a" or "an" stands in front of a word of the other sound, with that word."""
    found = []
    for match in _ARTICLE_AND_WORD.finditer(text):
        article, word = match[1], match[2]
        if word.lower() in FUNCTION_WORDS or (len(article) == 1) != starts_with_vowel_sound(word):
            continue  # a letter or a name, as in "A is"; or it is right
        if article == "A" and not opens_sentence(text, match.start()):
            continue  # "vitamin A ether"
        found.append(match.span())
    return found


@lru_cache(maxsize=_WORDS)
def starts_with_vowel_sound(word: str) -> bool:
    """Tell whether "an" stands before `word`, as it is said in standard English.

    A word in capitals is read letter by letter ("an MRI", "a UFO") unless it is known to be said
    as a word ("a NATO").
    """
    first = re.match(r"[^\W_]+", word)
    if first is None:
        return False
    head = first[0]
    if head[0].isdigit():
        return _VOWEL_NUMBER.match(word) is not None
    if is_upper(head) and not _SAID_AS_WORD.fullmatch(head):
        return head[0] in _VOWEL_LETTER_NAMES
    if len(head) == 1:
        return head.upper() in _VOWEL_LETTER_NAMES
    if head[0].lower() in _VOWELS:
        return _CONSONANT_SOUND.match(head) is None
    return _SILENT_H.match(head) is not None


def written(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with these edits, which are in its order and do not overlap."""
    if len(edits) == 1:  # as mostly
        start, end, new = edits[0]
        kept, rest = text[:start], text[end:]
        if kept.endswith(_ARTICLE_ENDS):
            kept = _with_article(kept, text[start:], new or rest)
        return f"{kept}{new}{rest}"
    parts: list[str] = []
    position = 0
    for index, edit in enumerate(edits):
        start, end, new = edit
        kept = text[position:start]
        if kept.endswith(_ARTICLE_ENDS):
            kept = _with_article(kept, text[start:], new or _next(text, edits, index))
        parts += [kept, new]
        position = end
    parts.append(text[position:])
    return "".join(parts)


def _next(text: str, edits: Sequence[Edit], index: int) -> str:
    """Return what follows an edit that writes nothing."""
    end = edits[index].end
    following = edits[index + 1] if index + 1 < len(edits) else None
    return following.text if following is not None and following.start == end else text[end:]


def _with_article(kept: str, old: str, new: str) -> str:
    """Return text that may end with an article, with the one that the new word takes."""
    words = _WHOLE_WORD.match(old), _WHOLE_WORD.match(new)
    if words[0] is None or words[1] is None:
        return kept
    found, following = words[0][0], words[1][0]
    shouts = is_upper(found) and is_upper(following)  # "A QUEEN!" -> "A MONARCH!", no acronym
    sounds = (found.lower(), following.lower()) if shouts else (found, following)
    article = mended_article(kept + found, len(kept), *sounds)
    return kept if article is None else kept[: article[0]] + article[2] + kept[article[1] :]
