"""The words around a place in a text, for rules that decide by context."""

from __future__ import annotations

import re
from functools import lru_cache

_WINDOW = 100  # characters looked at on either side, so that a text's length does not matter
_WORDS = 9  # words and marks given on either side
# Characters as web pages write them, that mark no more than white space and quotation marks
_ENTITY = re.compile(
    r"&(nbsp|ensp|emsp|#160|quot|ldquo|rdquo|lsquo|rsquo|apos|#39|#821[67]|#822[01]);"
)
_SPACES = frozenset(["nbsp", "ensp", "emsp", "#160"])
_APOSTROPHES = frozenset(["rsquo", "apos", "#39", "#8217"])
_WORD = re.compile(r"&amp;|[#@$£€]?\w+(?:['.,\-‑]\w+)*|[^\w\s]")
_LINE_END = re.compile(r"\n(?!\s*[a-z])|\n\s*\n")  # the end of a line that was not wrapped
_OPENING = frozenset("\"'“‘([{*«`_")  # "`" opens quotations in TeX
_CLOSING = frozenset("\"'”’)]}*»_")
_SIGNS = _OPENING | _CLOSING
MARKS = frozenset(".,!?;:")
EMPHASIS = frozenset("*_")


def start_of_emphasis(text: str, start: int) -> int:
    """Return where the asterisks and underscores in front of `start` begin: "saw *her*"."""
    while start and text[start - 1] in EMPHASIS:
        start -= 1
    return start


def words_before(text: str, start: int) -> list[str]:
    """Return words and punctuation marks in front of `start` in lower case, the nearest first.

    What only emphasises a word behind it, as in "saw *her*", is none.
    """
    start = start_of_emphasis(text, start)
    head = text[max(start - _WINDOW, 0) : start]
    if "&" not in head:  # which may be white space
        head = " ".join(head.rsplit(None, _WORDS)[-_WORDS:])
    return list(_split(head)[: -_WORDS - 1 : -1])


def words_after(text: str, start: int, end: int) -> list[str]:
    """Return the words and marks after text[start:end] that may continue its phrase.

    They end with the line or quotation that text[start:end] ends; other quotation marks and
    brackets are left out.
    """
    if text[end : end + 1] and text[end] in _CLOSING:
        if start == 0 or text[start - 1] not in _OPENING:
            return []
        end += 1  # text[start:end] by itself is in quotes or asterisks
        while text[end : end + 1] == "_":
            end += 1
    behind = text[end : end + _WINDOW]
    if "\n" in behind:
        behind = _LINE_END.split(behind, maxsplit=1)[0]
    if "&" not in behind:
        behind = " ".join(behind.split(None, _WORDS)[:_WORDS])
    return [
        word if word[-2:-1] != word[-1] else _shortened(word)
        for word in _split(behind)[:_WORDS]
        if word not in _SIGNS
    ]


@lru_cache(maxsize=16)  # one rule after the other looks at the same place
def _split(text: str) -> tuple[str, ...]:
    if "&" in text:
        text = _ENTITY.sub(_plain, text)
    words = text.lower().split()
    if "".join(words).isalnum():
        return tuple(words)  # as often; found with less work
    found: list[str] = []
    for word in words:
        if word.isalnum():
            found.append(word)
        elif word[-1] in MARKS and word[:-1].isalnum():
            found += (word[:-1], word[-1])
        else:
            found += _WORD.findall(word.replace("’", "'"))
    return tuple(found)


def _plain(entity: re.Match[str]) -> str:
    if entity[1] in _SPACES:
        return " "
    return "'" if entity[1] in _APOSTROPHES else '"'


def _shortened(word: str) -> str:
    """Return "soo" for "soooooo"."""
    if len(word) > 3 and word[-1] == word[-2] == word[-3] and word[-1].isalpha():
        return word.rstrip(word[-1]) + word[-1] * 2
    return word
