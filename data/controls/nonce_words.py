"""Made-up words: pronounceable, as long as the word in whose place they stand, in no list of words.

    "bright" -> "zvirol", "laptops" -> "vlakons", "Running" -> "Zwetoing"

Each begins with two consonants that no English word begins with but for a few loans.
"""

from __future__ import annotations

from collections.abc import Container
from hashlib import blake2b

from evenhand.data.english import verb_classes, word_classes
from evenhand.data.english.word_endings import is_adverb, is_ing_form
from evenhand.data.lexicons.pejoratives import is_pejorative

LEAST_LETTERS, MOST_LETTERS = 3, 20

_ONSETS = ("vl", "vr", "zl", "zv", "zw")
_VOWELS = "aeiou"
_CONSONANTS = "bdfgklmnprtv"
# In front of "ing" and "ed", where one consonant more is wanted.
_CODAS = ("lk", "lt", "nd", "nt", "rn", "rt")
_LOANS = frozenset(["vlog", "vlogs", "zlote", "zwieback"])
_MOST_TRIES = 16
# With every list of English words that the package has.
_LISTED = _LOANS.union(
    *(
        words
        for module in (word_classes, verb_classes)
        for words in vars(module).values()
        if isinstance(words, frozenset)
    )
)


def ending_of(word: str) -> str:
    """Return the ending that a made-up word keeps: of a plural or verb, "ing", "ed", "ly" or ""."""
    if is_ing_form(word):
        return "ing"
    if is_adverb(word):
        return "ly"
    if len(word) > 4 and word.endswith("ed") and not word.endswith("eed"):
        return "ed"
    return "s" if word.endswith("s") and not word.endswith(("ss", "us", "is")) else ""


def can_be_replaced(word: str) -> bool:
    """Tell whether there is a made-up word for a word in small letters."""
    return len(word) <= MOST_LETTERS and len(word) - len(ending_of(word)) >= LEAST_LETTERS


def nonce_word(word: str, taken: Container[str], drawn_from: str) -> str | None:
    """Return a made-up word with the length and the ending of a word.

    Args:
        word: The word in small letters, one that `can_be_replaced`.
        taken: Words in small letters that it must not be.
        drawn_from: What decides it: the same gives the same word, on every machine.

    Returns:
        The made-up word in small letters; None if every one that was tried is taken.
    """
    ending = ending_of(word)
    for attempt in range(_MOST_TRIES):
        content = f"{attempt} {drawn_from}".encode()
        lot = int.from_bytes(blake2b(content).digest(), "big")
        made = _stem(len(word) - len(ending), lot, ends_open=ending[:1] not in ("i", "e")) + ending
        if made not in taken and made not in _LISTED and not is_pejorative(made):
            return made
    return None


def _stem(letters: int, lot: int, *, ends_open: bool) -> str:
    """Return so many letters, drawn by a large number; it ends in a consonant if it may not in a
    vowel and is long enough.
    """

    def draw(of: str | tuple[str, ...]) -> str:
        nonlocal lot
        lot, place = divmod(lot, len(of))
        return of[place]

    stem = draw(_ONSETS)
    while len(stem) < letters:
        left = letters - len(stem)
        if left == 2 and stem[-1] in _VOWELS and not ends_open:
            return stem + draw(_CODAS)
        stem += draw(_CONSONANTS if stem[-1] in _VOWELS else _VOWELS)
    return stem
