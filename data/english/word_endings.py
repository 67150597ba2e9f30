"""What kind of word an English word is, by its ending where the lists do not have it."""

from __future__ import annotations

import re

from evenhand.data.english import word_classes as words

APOSTROPHES = frozenset("'’\N{MODIFIER LETTER APOSTROPHE}")
_POSSESSIVE_S = re.compile(r"['’ʼ]s(?!\w)", re.IGNORECASE)
_POSSESSIVE_SIGN = re.compile(r"['’ʼ](?=\s+\w)")
_OPEN_QUOTE = re.compile(r"(?:^|[\s(])['‘](?=\w)")
_QUOTED = 80  # characters looked at in front of a word for a quotation mark


def is_adjective(word: str) -> bool:
    """Tell whether a word can be an adjective, participles in "-ed" included."""
    if word in words.ADJECTIVES:
        return True
    if word in words.NOT_ADJECTIVES or len(word) < 5:
        return False
    return word.endswith(words.ADJECTIVE_ENDINGS)


def looks_adjectival(word: str) -> bool:
    """Tell whether a word ends like an adjective, of which many are nouns too."""
    if is_adjective(word):
        return True
    if len(word) < 5 or word in words.NOUNS_LIKE_ADJECTIVES or word in words.PEOPLE:
        return False
    return word.endswith(words.ENDINGS_OF_ADJECTIVES_AND_NOUNS)


def is_adverb(word: str) -> bool:
    """Tell whether a word is an adverb in "-ly"."""
    return (
        word.endswith("ly")
        and len(word) > 4
        and word not in words.ADVERBS_IN_LY_NOT
        and word not in words.ADJECTIVES_IN_LY
    )


def is_superlative(word: str) -> bool:
    """Tell whether a word ranks the noun after it, as "oldest" and "third" do."""
    if word in words.SUPERLATIVES and word not in ("best", "most", "first", "worst", "least"):
        return True
    return len(word) > 5 and word.endswith("est") and word not in ("honest", "modest", "earnest")


def is_ing_form(word: str) -> bool:
    """Tell whether a word is a verb in "-ing"."""
    return len(word) > 4 and word.endswith("ing") and word not in words.NOUNS_IN_ING


def may_change_possessive(old: str, new: str) -> bool:
    """Tell whether the possessive of a plural is another than that of what replaces it."""
    return (old[-1] in "sS") != (new[-1:] in "sS")


def possessive_of_plural(text: str, start: int, end: int, new: str) -> tuple[str, int]:
    """Return the possessive that a plural takes in the place of another: "ladies'", "men's".

    Args:
        text: The text.
        start: Where the replaced plural starts in it.
        end: Where it ends.
        new: The plural that replaces it.

    Returns:
        What is written behind `new`, and where it ends what the text has there: "" and `end` where
        nothing changes.
    """
    if not may_change_possessive(text[start:end], new):
        return "", end
    if new[-1:] in "sS":
        found = _POSSESSIVE_S.match(text, end)
        return ("", end) if found is None else (found[0][0], found.end())
    sign = _POSSESSIVE_SIGN.match(text, end)
    if sign is None or _OPEN_QUOTE.search(text, max(start - _QUOTED, 0), start + 1) is not None:
        return "", end  # "the word 'ladies' is"
    return f"{sign[0]}{'S' if text[end - 1] == 'S' else 's'}", sign.end()
