"""Tells in which of many texts a fault of grammar may be, with little work.

A text with a fault has the sign of its kind; a text may have a sign without a fault. Most signs
are patterns for RE2, with which Arrow looks through many texts at once. RE2 cannot look around: of
a rule of `evenhand.data.checking.grammar_faults`, its sign has little more than words in a row.
"""

from __future__ import annotations

import string

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.checking import grammar_faults as rules
from evenhand.data.checking.grammar_faults import one_of
from evenhand.data.support.arrays import Flags

_SPACE = r"\t\x0b-\r\x1c-\x1f\x{85}\p{Z}"  # with "\n" what \s is in Python; in RE2 it is less
_GAP = rf"[\n{_SPACE}]"
_BEFORE, _BEHIND = "(?:^|[^a-z])", "(?:[^a-z]|$)"  # a word
_ENDS = rf"{_GAP}*(?:[.,;:!?)\]]|$)"


def _words(*patterns: str) -> str:
    """Return a sign of words in any case; where case is ignored, "ı" and "İ" are "i" in Python."""
    return f"(?i)[ıİ]|{_BEFORE}(?:{'|'.join(patterns)})"


_NO_VOWEL = "bcdfgjklmnpqrstvwxyz"  # "a" is right in front of these, with a small letter behind
_NO_LETTER_BEFORE, _NO_LETTER_BEHIND = "(?:^|[^a-zA-Z0-9_])", "(?:[^a-zA-Z0-9_]|$)"

_SIGNS = {
    "article": (
        f"(?:^|[^a-zA-Z])(?:[Aa][Nn]{_GAP}"
        rf"|[Aa]{_GAP}+(?:[^{_NO_VOWEL}\n{_SPACE}]|[{_NO_VOWEL}](?:[^a-z]|$)))"
    ),
    "punctuation": (
        rf"[,;]{_GAP}*[,;.!?]|[.!?]{_GAP}*,|(?:^|[^.])\.{_GAP}?\.(?:[^.]|$)"
        rf"|{_GAP}(?:,|[;.!?:](?:{_GAP}|$)|[)\]]{_NO_LETTER_BEHIND})|[{_SPACE}]{{2}}"
        rf"|[(\[](?:{_GAP}|[)\]])"
        rf'|{_NO_LETTER_BEFORE}["“]{_GAP}*["”]{_NO_LETTER_BEHIND}'
        rf"|^(?:{_GAP}|[,;.!?](?:[^.,!?]|$))|{_GAP}$"
    ),
    "clitic": (
        _words(f"{rules.NO_OWNER}{_BEHIND}") + rf'|(?:^|{_GAP}|["“(]){rules.CLITIC}{_BEHIND}'
    ),
    "brackets": r'["()\[\]“”]',
    "capital": rf"(?:^|[.!?…][\"'”’)]?{_GAP}){_GAP}*[\"'“‘(]*[a-z]",
    "incomplete": (
        _words(
            f"{one_of(rules.NOT_LAST)}{_ENDS}",
            *(
                f"{one_of(words)}(?:{_GAP}+{one_of(following)}{_BEHIND}|{_ENDS})"
                for words, following in rules.INCOMPLETE
            ),
        )
        # a sentence, but no question, that begins with a verb
        + rf"|(?:^|[.!?…:\n\r•–—]|--)(?:{_GAP}|[\"'“”‘’(\[{{«*_>¿¡-])*"
        rf"{one_of(rules.FINITE)}{_GAP}[^.!?]*(?:[.!]|$)"
    ),
    "agreement": _words(
        f"they(?:[^'’a-z]|$|['’]{_BEHIND})",  # not "they're"
        f"{one_of(rules.SINGULAR)}{_GAP}+{rules.NOT_BEHIND_SINGULAR}{_BEHIND}",
        f"{one_of(rules.MANY)}{_GAP}+{rules.NOT_BEHIND_MANY}{_BEHIND}",
        f"{one_of(rules.ONE)}{_GAP}+{rules.NOT_BEHIND_ONE}{_BEHIND}",
        f"{one_of(rules.WITH_ONE)}{_GAP}+{one_of(rules.MANY)}{_BEHIND}",
        f"{one_of(rules.WITH_MANY)}{_GAP}+{one_of(rules.ONE)}{_ENDS}",
    ),
    "pronoun_case": _words(
        f"{one_of(rules.IN_FRONT_OF_OBJECT)}[^a-z0-9_]+{one_of(rules.SUBJECTS)}{_ENDS}",
        f"{one_of(rules.OBJECTS)}{_GAP}+(?:own|{rules.BEHIND_SUBJECT}){_BEHIND}",
    ),
}
"""The signs of faults by the names of their checks."""

_TWO_ARTICLES = _words(f"{one_of(rules.ARTICLES)}{_GAP}+{one_of(rules.ARTICLES)}{_BEHIND}")
_OF_WORDS = (string.ascii_letters + string.digits + "_'-").encode()
_TO_WORDS = bytes(code if code in _OF_WORDS else ord(" ") for code in range(256)).lower()


def rows_with_sign(check: str, texts: pa.Array) -> list[int]:
    """Return the numbers of the texts that have the sign of a check's faults.

    Args:
        check: The name of a check of grammar.
        texts: string, without nulls.
    """
    found = (
        _may_double_words(texts)
        if check == "doubled_word"
        else pc.match_substring_regex(texts, _SIGNS[check])
    )
    rows: list[int] = np.flatnonzero(found).tolist()
    return rows


def _may_double_words(texts: pa.Array) -> Flags:
    """Tell which texts have a word twice in a row, or two articles; some others, too."""
    lengths = pc.utf8_length(texts)
    is_ascii = pc.equal(pc.binary_length(texts), lengths)  # `string_is_ascii` first takes 3 ms
    may: Flags = np.array(
        pc.or_(pc.match_substring_regex(texts, _TWO_ARTICLES), pc.invert(is_ascii))
    )
    content = " ".join(texts.to_pylist()).encode("ascii", "replace").translate(_TO_WORDS)
    letters = np.frombuffer(content, np.uint8)
    edges = np.flatnonzero(np.diff(letters != ord(" "), prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]

    def word_at(number: int) -> bytes:
        return content[begins[number] : ends[number]]

    is_same = np.diff(ends - begins) == 0
    for places in (begins, ends - 1):
        is_same &= np.diff(letters[places]) == 0
    alike = np.flatnonzero(is_same).tolist()  # as long as the next word, with the same two ends
    twice = [word for word in alike if word_at(word) == word_at(word + 1)]
    text_ends = np.cumsum(lengths.to_numpy() + 1)
    may[np.searchsorted(text_ends, begins[twice], side="right")] = True
    return may
