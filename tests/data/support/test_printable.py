"""What nobody sees is shown by its number, and honest text of any script stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.support.printable import printable

HIDDEN = [
    *range(0x202A, 0x202F),  # embeddings and overrides of direction
    *range(0x2066, 0x206A),  # isolates
    *(0x200E, 0x200F, 0x061C),  # marks of direction
    *(0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF),  # without a width
    *(0x00AD, 0x034F, 0x180E, 0x2028, 0x2029, 0xFFF9),
    *(0x115F, 0x3164, 0xFFA0),  # fillers
    *(0xFE00, 0xFE0F, 0xE0100),  # variation selectors
    *(0xE0001, 0xE0041, 0xE007F),  # tags
]
CONTROLS = [
    *range(0x09),
    0x0B,
    0x0C,
    *range(0x0E, 0x20),
    *range(0x7F, 0xA0),
    0xD800,
    0xDFFF,
    0xFFFE,
]
HONEST = [
    "می‌خواهم",  # Persian, with a zero-width non-joiner
    "کتاب‌ها، خانه‌های",
    "क्‍ष और क्‌ष, श्री",  # Hindi, with a joiner and a non-joiner
    "ക്‍ഷ",  # Malayalam
    "مرحبا بالعالم ١٢٣",
    "שָׁלוֹם, עולם",
    "\u0600\u0661\u0662",  # the Arabic sign of a number
    "ภาษา\u200bไทย",
    "ខ្ញុំ\u200bស្រលាញ់",
    "👨‍👩‍👧 and 👩🏽‍🚀, ❤️‍🔥, 🏳️‍🌈, ☎️ ☎︎ 1️⃣ ©️",
    "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",  # Wales
    "葛\U000e0100城",
    "ᠠ\u180b",
    "naïve “quotes” – 10 000 €\n\ttab",
]


@pytest.mark.parametrize("code", HIDDEN)
@pytest.mark.parametrize("around", ["a{}b", "{}", "{}{}", "خ{}", "{}ب", "🙂 {}"])
def test_what_nobody_sees_is_shown_by_its_number(code: int, around: str) -> None:
    shown = printable(around.replace("{}", chr(code)))
    assert chr(code) not in shown
    assert shown == around.replace("{}", f"‹U+{code:04X}›")


@pytest.mark.parametrize("code", CONTROLS)
def test_what_no_page_can_hold_is_replaced(code: int) -> None:
    assert printable(f"a{chr(code)}b") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("من\u200c\u200cها", "من‹U+200C›‹U+200C›ها"),  # of two, one does nothing
        ("gro\u200cup", "gro‹U+200C›up"),
        ("🙂\ufe0f\ufe0f", "🙂\ufe0f‹U+FE0F›"),
        ("a\U000e0067\U000e0062\U000e0073", "a‹U+E0067›‹U+E0062›‹U+E0073›"),
        ("1\ufe0f", "1‹U+FE0F›"),
    ],
)
def test_what_is_honest_elsewhere_is_shown_where_it_does_nothing(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_what_is_printable_holds_no_direction_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert all(unicodedata.bidirectional(c) not in BIDIRECTIONAL for c in shown)
    assert not any(unicodedata.category(c) in ("Zl", "Zp", "Cs") for c in shown)
    assert printable(shown) == shown


BIDIRECTIONAL = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
