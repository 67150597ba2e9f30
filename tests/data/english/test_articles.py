from __future__ import annotations

import pytest

from evenhand.data.english.articles import mended_article, starts_with_vowel_sound

AN = """
aunt uncle elderly Irish hour honest honourable heir heiress hourglass MRI FBI LGBT X-ray umbrella
unmarried unimportant uninvited unidentified usher Uzbek urban onerous ex-wife 8 11 18 80-year-old
11th 1892 11,000 18-year-old élite
"""
A = """
man European university unicorn unique union unisex user usual Ugandan Ukrainian one once one-off
UFO NATO NASA UK historian hotel young Yemeni euro eulogy unanimous Uyghur 1 12 118 180 1,800 110 “
"""


@pytest.mark.parametrize("word", AN.split())
def test_an_goes_before(word):
    assert starts_with_vowel_sound(word)


@pytest.mark.parametrize("word", A.split())
def test_a_goes_before(word):
    assert not starts_with_vowel_sound(word)


def mended(text: str, old: str, new: str) -> str:
    """Return the text with `new` for `old`, and the article repaired."""
    start = text.index(old)
    article = mended_article(text, start, old.lower(), new.lower())
    text = text[:start] + new + text[start + len(old) :]
    return text if article is None else text[: article[0]] + article[2] + text[article[1] :]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("an uncle", "uncle", "niece", "a niece"),
        ("a niece", "niece", "uncle", "an uncle"),
        ("A niece left.", "niece", "uncle", "An uncle left."),
        ("A NIECE", "NIECE", "UNCLE", "AN UNCLE"),
        ("AN UNCLE", "UNCLE", "NIECE", "A NIECE"),
        ("such an\n  uncle", "uncle", "niece", "such a\n  niece"),
        ("an “uncle”", "uncle", "niece", "a “niece”"),
        ("is *an* uncle", "uncle", "niece", "is *an* niece"),
        ("an (uncle)", "uncle", "niece", "a (niece)"),
        ("an uncle", "uncle", "aunt", "an aunt"),
        ("a aunt", "aunt", "uncle", "a uncle"),
        ("an old uncle", "uncle", "niece", "an old niece"),
        ("Plan A: uncle", "uncle", "niece", "Plan A: niece"),
        ("vitamin A niece", "niece", "uncle", "vitamin A uncle"),
        ("to John A. uncle", "uncle", "niece", "to John A. niece"),
        ("Meet A niece", "niece", "uncle", "Meet An uncle"),
        ("banana niece", "niece", "uncle", "banana uncle"),
        ("à niece", "niece", "uncle", "à uncle"),
        ("user@a niece", "niece", "uncle", "user@a uncle"),
        ("niece", "niece", "uncle", "uncle"),
    ],
)
def test_the_article_before_a_replaced_word_is_repaired(text, old, new, expected):
    assert mended(text, old, new) == expected


def test_an_article_that_was_wrong_is_not_made_wrong_again():
    assert mended("a uncle", "uncle", "niece") == "a niece"
