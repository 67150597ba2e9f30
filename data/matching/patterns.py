"""Regular expressions for lists of terms, and for what may not stand next to them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from evenhand.data.lexicons.entries import folded

# The reverse of the characters that Python and RE2 agree on: ASCII, and punctuation and pictures
# that neither takes for a part of a word, but not the null character.
NOT_PLAIN = "[^\x01-\x7f‘’“”…–—•£€\U0001f300-\U0001f64f]"
HYPHENS = "\\-\u2010\u2011"  # hyphen-minus, hyphen, non-breaking hyphen
LETTER_APOSTROPHE = "\u02bc"  # a letter to Unicode, an apostrophe to those who type it
SPELLINGS = 4_096  # to remember; texts nearly always spell a term in one of a few ways
_GAP = f"[{''.join(c for c in map(chr, range(0x3001)) if c.isspace())}]+"  # RE2's \\s is ASCII only

# Where Unicode has combining marks: to look at each of its characters would take 30 ms.
_WITH_MARKS = (
    *((0x300, 0x1E00), (0x20D0, 0x2100), (0x2C80, 0x3100), (0xA600, 0xAC00), (0xFB00, 0xFE30)),
    *((0x10100, 0x12000), (0x13400, 0x13460), (0x16800, 0x17000), (0x1BC80, 0x1BCA0)),
    *((0x1CF00, 0x1D300), (0x1DA00, 0x1EA00), (0xE0100, 0xE01F0)),
)


def any_of(terms: Iterable[str]) -> str:
    """Return a pattern that matches any of `terms`, the longest first.

    Terms with a common beginning share it, as in a prefix tree: over twice as fast as trying them
    one after the other. The pattern spells cases out as ``[hH]``, because Python's and RE2's
    case-insensitive modes differ beyond ASCII.
    """
    return any_sequence(list(map(_unit, form)) for term in terms for form in forms(term))


def any_of_in_lower_case(terms: Iterable[str]) -> str:
    """Return a pattern that matches in `in_lower_case(text)` what `any_of` does in the text.

    It compiles in half the time.
    """
    return any_sequence(
        list(map(_unit_in_lower_case, form)) for term in terms for form in forms(term)
    )


def in_lower_case(text: str) -> str:
    """Return a text with ASCII's letters in lower case; each character stays in its place."""
    if text.isascii():
        return text.lower()
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def any_sequence(sequences: Iterable[Sequence[str]]) -> str:
    """Return a pattern that matches any of some sequences of patterns, the longest first.

    Those with a common beginning share it: the time that matching takes does not grow with their
    number.
    """
    tree: dict[str, dict] = {}  # type: ignore[type-arg]
    for sequence in sequences:
        node = tree
        for unit in sequence:
            node = node.setdefault(unit, {})
        node[""] = {}
    return _pattern_of(tree)


def _pattern_of(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    branches = [unit + _pattern_of(below) for unit, below in node.items() if unit]
    if not branches:
        return ""
    if len(branches) == 1 and "" not in node:
        return branches[0]  # without a group: it compiles in half the time
    return f"(?:{'|'.join(branches)}){'?' if '' in node else ''}"


def forms(term: str) -> Iterable[str]:
    """Return a term with its accents as they are, composed and decomposed."""
    if term.isascii():
        return (term,)
    return {term, unicodedata.normalize("NFC", term), unicodedata.normalize("NFD", term)}


@lru_cache(maxsize=1_024)
def _unit(character: str) -> str:
    """Return a pattern of a character in any case, of white space for white space."""
    return _GAP if character.isspace() else _any_character(_cases(character))


@lru_cache(maxsize=1_024)
def _unit_in_lower_case(character: str) -> str:
    return _GAP if character.isspace() else _any_character(map(in_lower_case, _cases(character)))


def _cases(character: str) -> Iterable[str]:
    cases = {character, character.lower(), character.upper(), character.title()}
    return (c for c in cases if len(c) == 1 and c.casefold() == character.casefold())


def _any_character(characters: Iterable[str]) -> str:
    different = sorted(set(characters))
    return f"[{''.join(different)}]" if len(different) > 1 else re.escape(different[0])


folded_spelling = lru_cache(maxsize=SPELLINGS)(folded)


def whole_word(any_word: str, *, with_marks: bool = True) -> re.Pattern[str]:
    """Return what finds the words of a pattern, but not in others, nor in names behind "@".

    It looks at no more than the character in front of a word.

    Args:
        any_word: The pattern.
        with_marks: Whether combining marks are looked for behind a word: it takes 10 ms to compile.
    """
    word = word_character() if with_marks else r"\w"
    goes_on = f"(?!{LETTER_APOSTROPHE}){word}"
    return re.compile(rf"(?<!\w)(?<!@){any_word}(?!{goes_on})(?![{HYPHENS}]{word})")


def has_combining_mark(text: str) -> bool:
    """Tell whether a text has combining marks."""
    return not text.isascii() and _combining_mark().search(text) is not None


def word_character() -> str:
    """Return a pattern of what makes words: letters, digits, underscores, combining marks."""
    return rf"[\w{combining_marks()}]"


@lru_cache(maxsize=1)
def _combining_mark() -> re.Pattern[str]:
    return re.compile(f"[{combining_marks()}]")


@lru_cache(maxsize=1)
def combining_marks() -> str:
    """Return combining marks, which Python's ``\\w`` leaves out, as ranges of a character class."""
    return "".join(itertools.starmap(_marks_between, _WITH_MARKS))


def _marks_between(first: int, end: int) -> str:
    kinds = "".join(unicodedata.category(chr(code))[0] for code in range(first, end))
    runs = (found.span() for found in re.finditer("M+", kinds))
    return "".join(f"{chr(first + begin)}-{chr(first + stop - 1)}" for begin, stop in runs)
