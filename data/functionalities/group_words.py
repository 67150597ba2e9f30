"""The words for a group that fill templates: for several people, for one, and in front of a noun.

They are taken from a lexicon: of each group's terms, the first that is an adjective or a noun with
a plural. Pronouns, titles, names and expressions such as "with a disability" are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.data.lexicons.entries import BASE, Entry, Lexicon


@dataclass(frozen=True)
class GroupWords:
    """A group's words for the slots of templates.

    Attributes:
        group: The group's name in its lexicon.
        plural: For several people: "Muslims", "gay people".
        member: For one, without article: "Muslim", "gay person".
        adjective: In front of a noun: "Muslim", "gay".
    """

    group: str
    plural: str
    member: str
    adjective: str


def words_of(lexicon: Lexicon) -> list[GroupWords]:
    """Return the words of each group that has a term to take them from, in the lexicon's order."""
    found = (
        _words(group, [entry for entry in lexicon.entries if entry.group == group])
        for group in lexicon.groups
    )
    return [words for words in found if words is not None]


def _words(group: str, entries: Sequence[Entry]) -> GroupWords | None:
    for entry in entries:
        if _is_modifier(entry):
            noun, plural = _noun(entry), entry.form("plural")
            if noun is None or plural is None:
                noun, plural = f"{entry.term} person", f"{entry.term} people"
            return GroupWords(group, plural, noun, entry.term)
        plural = entry.form("plural")
        if entry.pos in (None, "noun") and plural is not None and not _vanishes(entry):
            modifier = next((each.term for each in entries if _is_modifier(each)), entry.term)
            return GroupWords(group, plural, entry.term, modifier)
    return None


def _is_modifier(entry: Entry) -> bool:
    """Tell whether a term can stand in front of any noun, as an adjective does."""
    if any(character.isdigit() for character in entry.term):  # "8-year-old", which tells an age
        return False
    if entry.pos is not None:
        return entry.pos == "adjective"
    is_one_word = " " not in entry.term
    return (
        "noun" in entry.forms or "collective" in entry.forms or (_vanishes(entry) and is_one_word)
    )


def _noun(entry: Entry) -> str | None:
    """Return the noun for one person of an entry that is an adjective, too."""
    return entry.form("noun") or (entry.term if entry.pos is None else None)


def _vanishes(entry: Entry) -> bool:
    """Tell whether a neutral text has nothing in its place: so it only says something of a noun."""
    return entry.neutral is not None and entry.neutral.get(BASE) == ""
