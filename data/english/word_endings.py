"""What kind of word an English word is, by its ending where the lists do not have it."""

from __future__ import annotations

from evenhand.data.english import word_classes as words


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
