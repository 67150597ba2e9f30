"""What stands in the place of an identity term when the identity goes and the sentence stays.

An entry may state it (`Entry.neutral`). What it does not state follows, form by form:

- A stated base form goes into the spelling of a form: with "parent" for "mother", "mothers" becomes
  "parents", "mothers-in-law" becomes "parents-in-law" and "great-grandmother", of "grandmother",
  "great-grandparent".
- Without a stated base form, the part of speech decides. An adjective is taken out; a noun, and the
  form for a person of an adjective ("Muslims"), become "person" or "people". An entry is an
  adjective if it says so or has a form `noun`, `collective` or `comparative`, and a noun if it says
  so or has a form `plural` alone.
- All else has no neutral form.
"""

from __future__ import annotations

import re
from typing import Literal

from evenhand.data.lexicons.entries import BASE, Entry, Lexicon, folded

TAKEN_OUT = ""  # the neutral form of an adjective
PERSON, PEOPLE = "person", "people"

_NOUN, _PLURAL = "noun", "plural"
# Forms of adjectives that are nouns, by what each is of; all others are adjectives too.
_OF_ONE, _OF_SEVERAL = (_NOUN, "ex"), (_PLURAL, "collective", "exes")
_OF_ADJECTIVES = frozenset([_NOUN, "collective", "comparative", "superlative"])
_IRREGULAR = {PERSON: PEOPLE, "child": "children"}


def neutral_form(entry: Entry, slot: str, spelling: str) -> str | None:
    """Return what stands in the place of one form of an entry.

    Args:
        entry: The entry.
        slot: The form's slot. An entry may state a neutral `noun` or `plural` without such a form:
            "female" is an adjective, and a noun.
        spelling: The form.

    Returns:
        `TAKEN_OUT` if nothing does, and None if the form has no neutral one.
    """
    if entry.neutral is None:
        return _usual(entry, slot)
    if slot in entry.neutral:
        return entry.neutral[slot]
    base = entry.neutral.get(BASE)
    if base == TAKEN_OUT:
        return _usual_of_adjective(slot)
    return None if base is None else _inserted(entry, base, spelling)


def is_stated(entry: Entry) -> bool:
    """Tell whether an entry states a neutral form, rather than that it has none."""
    return bool(entry.neutral)


def has_neutral_forms(lexicon: Lexicon) -> bool:
    """Tell whether a lexicon settles what is neutral for every term, and has a form for some."""
    settled = all(
        entry.neutral is not None or part_of_speech(entry) is not None for entry in lexicon.entries
    )
    return settled and any(entry.neutral != {} for entry in lexicon.entries)


def part_of_speech(entry: Entry) -> Literal["adjective", "noun"] | None:
    """Return whether an entry without a stated neutral form is an adjective or a noun."""
    if entry.pos == "adjective" or not _OF_ADJECTIVES.isdisjoint(entry.forms):
        return "adjective"
    return "noun" if entry.pos == "noun" or _PLURAL in entry.forms else None


def plural_of(noun: str) -> str:
    """Return the plural of an English noun, or of a compound that ends with one."""
    for one, several in _IRREGULAR.items():
        if noun.endswith(one):
            return noun.removesuffix(one) + several
    if re.search(r"[^aeiou]y\Z", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _usual(entry: Entry, slot: str) -> str | None:
    part = part_of_speech(entry)
    if part == "adjective":
        return _usual_of_adjective(slot)
    if part == "noun":
        return PEOPLE if slot in _OF_SEVERAL else PERSON if slot in (BASE, *_OF_ONE) else None
    return None


def _usual_of_adjective(slot: str) -> str:
    return PERSON if slot in _OF_ONE else PEOPLE if slot in _OF_SEVERAL else TAKEN_OUT


def _inserted(entry: Entry, base: str, spelling: str) -> str | None:
    """Put a base form, or its plural, in the place of the entry's own in one of its forms."""
    form = folded(spelling)
    if form in map(folded, entry.forms.get(BASE, ())):
        return base
    own = [(term, plural_of(base)) for term in entry.forms.get(_PLURAL, ())]
    for term, neutral in [*own, (entry.term, base)]:
        found = re.search(rf"(?<!\w){re.escape(folded(term))}(?!\w)", form)
        if found is not None:
            return form[: found.start()] + neutral + form[found.end() :]
    return None
