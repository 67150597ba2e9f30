from __future__ import annotations

import pytest

from evenhand.data.english.letter_case import with_case_of


@pytest.mark.parametrize(
    ("text", "found", "listed", "replacement", "expected"),
    [
        ("a woman", "woman", "woman", "man", "man"),
        ("Woman!", "Woman", "woman", "man", "Man"),
        ("A WOMAN", "WOMAN", "woman", "man", "MAN"),
        ("wOMan", "wOMan", "woman", "man", "man"),
        ("an atheist", "atheist", "atheist", "Christian", "Christian"),
        ("a Christian", "Christian", "Christian", "atheist", "atheist"),
        ("Christian or not", "Christian", "Christian", "atheist", "Atheist"),
        ("So. “Christian”", "Christian", "Christian", "atheist", "Atheist"),
        ("a christian", "christian", "Christian", "Muslim", "muslim"),
        ("CHRISTIAN", "CHRISTIAN", "Christian", "atheist", "ATHEIST"),
        ("a CEO", "CEO", "CEO", "clerk", "clerk"),
        ("Old Man", "Old Man", "old man", "old woman", "Old Woman"),
        ("Old man", "Old man", "old man", "young man", "Young man"),
    ],
)
def test_case_of_the_text_goes_over_to_the_replacement(text, found, listed, replacement, expected):
    start = text.index(found)
    assert with_case_of(found, replacement, listed=listed, text=text, start=start) == expected
