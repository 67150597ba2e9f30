"""Give a replacement the letter case of the text that it replaces."""

from __future__ import annotations

import re

# Behind one of these, or at the beginning, a word opens a sentence and is capitalised for that.
_SENTENCE_START = re.compile(r"(?:\A|[.!?…:\n\r•]|--|[–—])[\s\"'“”‘’(\[{«*_>¿¡-]*\Z")
_WINDOW = 40  # characters looked at before a word; white space beyond it counts as a new sentence


def with_case_of(found: str, replacement: str, *, listed: str, text: str, start: int) -> str:
    """Return `replacement` in the letter case of a term found in a text.

    The lexicon's own spelling stands for "no particular case", so that "atheist" gives "Christian"
    and "Christian" gives "atheist" in mid-sentence, "Atheist" where a sentence starts.

    Args:
        found: The term as the text has it.
        replacement: What replaces it, as the lexicon spells it.
        listed: The term as the lexicon spells it.
        text: The text.
        start: Where in the text the term was found.
    """
    if found == listed:
        if found[0].isupper() and replacement[0].islower() and opens_sentence(text, start):
            return replacement[0].upper() + replacement[1:]
        return replacement
    if is_upper(found):
        return replacement.upper()
    if found.islower():
        return replacement.lower()
    if found.istitle() and len(found.split()) > 1:
        return " ".join(word[0].upper() + word[1:] for word in replacement.split())
    if found[0].isupper():
        return replacement[0].upper() + replacement[1:]
    return replacement


def is_upper(word: str) -> bool:
    """Tell whether a word is in capitals, more than its first letter."""
    return word.isupper() and sum(character.isalpha() for character in word) > 1


def opens_sentence(text: str, start: int) -> bool:
    """Tell whether what starts there is the first word of a sentence, by what is in front of it."""
    return _SENTENCE_START.search(text, max(start - _WINDOW, 0), start) is not None
