"""A sentence about one group of a lexicon is found whatever the group: no group is covered less."""

from __future__ import annotations

from functools import lru_cache

import pytest

from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon
from evenhand.data.matching.matcher import TermMatcher

LEXICONS = [name for name in builtin_lexicons() if name != "body"]  # which has no plurals
FRAMES = [
    "{} are fun.",
    "{} can cook.",
    "{} do not work.",
    "{} don't work.",
    "{} will come.",
    "{} have rights.",
    "{} said so.",
    "{} like tea.",
    "{} came late.",
    "{}, they say, are kind.",
    "{} and others came.",
    "{} who sing came.",
    "{} I know sing.",
    "{}!",
    "I like {}.",
    "We met {} there.",
    "Why do {} work?",
    "Are {} kind?",
    "Some {} sing.",
    "Those {} sing.",
    "Come on, {}!",
    "Oh {}, come in.",
    "The 'other' {} left.",
]


@lru_cache
def matcher_of(lexicon: str) -> TermMatcher:
    return TermMatcher([load_lexicon(lexicon)])


def plurals_of(lexicon: str) -> list[str]:
    return [
        entry.forms["plural"][0]
        for entry in load_lexicon(lexicon).entries
        if "plural" in entry.forms
    ]


@pytest.mark.parametrize("lexicon", LEXICONS)
def test_a_frame_finds_the_people_of_every_group_or_of_none(lexicon):
    unequal: dict[str, list[str]] = {}
    for frame in FRAMES:
        missed = []
        for plural in plurals_of(lexicon):
            first = plural[0].upper() if frame.startswith("{}") else plural[0]
            text = frame.format(first + plural[1:])
            found = [
                text[match.start : match.end].lower() for match in matcher_of(lexicon).find(text)
            ]
            if not any(plural.lower() in term for term in found):
                missed.append(plural)
        if missed and len(missed) < len(plurals_of(lexicon)):
            unequal[frame] = missed
    assert not unequal


@pytest.mark.parametrize("term", ["Man", "Boy", "Girl", "Lady", "Gentleman"])
@pytest.mark.parametrize("frame", ["{}, that hurt.", "You know how it is, {}?"])
def test_whoever_is_spoken_to_is_left_alone(term, frame):
    word = term if frame.startswith("{}") else term.lower()
    assert matcher_of("gender").find(frame.format(word)) == []
