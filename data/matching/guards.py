"""Check a term's guards: whether it is an identity term where it stands in a text.

Guards are looked at for matches only, and in a window of text around each, so a text's length does
not matter to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import cached_property, lru_cache

from evenhand.data.lexicons.entries import Guards
from evenhand.data.matching.names import (
    is_address,
    is_capitalised,
    is_given_name,
    is_name_like,
    is_within_clause,
)
from evenhand.data.matching.patterns import SPELLINGS, any_sequence
from evenhand.data.matching.said_ages import is_of_other_age
from evenhand.data.matching.said_of_people import (
    is_before_thing,
    is_behind_language_verb,
    is_said_of_people,
)

_GAP = r"[\s-]+"
_MARKS = '.,;:!?()[]"“”…'
_EDGE = 4  # letters of a word by which it is seen that it is of no fixed expression
BESIDE = _EDGE + 1  # characters beside a term that mostly tell whether it is an identity term


class GuardCheck:
    """Checks the guards of one entry.

    Args:
        guards: The guards.
        only_noun: Whether the spelling can only be a noun for people, and needs no word for a
            person beside it.
        names_people: Whether it is the noun for several, too: "Irish".
        only_plural: Whether it can only be a plural, which nobody is called by, and which is no
            exclamation: "men", "Christians".

    Attributes:
        expressions: Its fixed expressions, as plain text may hold them in lower case.
        wants_person: Whether it looks for a word for a person beside the term.
    """

    def __init__(
        self,
        guards: Guards,
        *,
        only_noun: bool = False,
        names_people: bool = False,
        only_plural: bool = False,
    ) -> None:
        if only_plural:
            guards = guards.model_copy(update={"not_address": False, "not_given_name": False})
        self._guards = guards
        self.wants_person = guards.person_word and not only_noun
        self._names_people = names_people
        self.expressions = list(map(_folded, guards.not_in))
        self._reach = max(map(len, guards.not_in), default=0) + 1
        self._words_further_away = lru_cache(maxsize=SPELLINGS)(self._further_words)

    def holds_for(self, spelling: str) -> bool:
        """Tell whether a term that is spelled so is an identity term in any text.

        Any, that is, without the fixed expressions.
        """
        guards = self._guards
        if self.wants_person or guards.not_address or guards.ages is not None:
            return False
        if guards.only_capitalised and not spelling[0].isupper():
            return False
        by_capital = guards.not_capitalised or guards.not_given_name
        return not (by_capital and is_capitalised(spelling))

    def holds(self, text: str, start: int, end: int, *, may_hold_fixed: bool = True) -> bool:
        """Tell whether the term at text[start:end] is an identity term there.

        Args:
            text: The text.
            start: Where the term starts.
            end: Where it ends.
            may_hold_fixed: Whether the text may hold any of the fixed expressions.
        """
        guards = self._guards
        if text[start].isupper():
            if guards.not_capitalised and is_name_like(text, start, end):
                return False
            if guards.not_given_name and is_given_name(text, start, end):
                return False
        elif guards.only_capitalised:
            return False
        if guards.not_address and is_address(text, start, end):
            return False
        if may_hold_fixed and self.is_fixed(text, start, end):
            return False
        if self.wants_person and not is_said_of_people(
            text, start, end, with_shared=guards.shared_word, names_people=self._names_people
        ):
            return False
        return guards.ages is None or not is_of_other_age(text, start, end, guards.ages)

    def surely_holds(self, spelling: str, before: str, behind: str) -> bool:
        """Tell whether what stands directly beside a term shows that it is an identity term.

        Args:
            spelling: The term as it is spelled in the text.
            before: The `BESIDE` characters in front of it, or as many as there are.
            behind: As many behind it.
        """
        guards = self._guards
        if self.wants_person or guards.ages is not None:
            return False
        if spelling[0].isupper():
            if guards.not_capitalised or guards.not_given_name:
                return False
        elif guards.only_capitalised:
            return False
        if guards.not_address and not is_within_clause(before, behind):
            return False
        return self._words_of_fixed(spelling, before, behind) == []

    def may_be_of_people(self, text: str, start: int, end: int) -> bool:
        """Tell whether a spelling that was ruled out may be an identity term nevertheless.

        It is surely none as part of a fixed expression or in front of a word for a thing.
        """
        guards = self._guards
        if guards.only_capitalised and not text[start].isupper():
            return False
        if is_behind_language_verb(text, start):
            return True  # what a people speaks would stay
        if self.is_fixed(text, start, end) or (
            guards.not_capitalised and is_name_like(text, start, end)
        ):
            return False
        return not is_before_thing(text, end)

    @cached_property
    def _expressions(self) -> list[list[str]]:
        """The words of each fixed expression."""
        return list(map(_words, self.expressions))

    @cached_property
    def _other_marks(self) -> str:
        """The marks that no fixed expression holds."""
        return "".join(
            mark for mark in _MARKS if not any(mark in text for text in self._guards.not_in)
        )

    def _further_words(self, spelling: str) -> Mapping[tuple[str, str], Set[str]]:
        """Return a word of each fixed expression, by the edges of words beside a spelling in it.

        The edges are the last letters of the word in front and the first of the word behind, ""
        where the spelling is at the beginning or at the end. The word is the longest of those
        further away, "" if there is none.
        """
        own = _words(_folded(spelling))
        further: dict[tuple[str, str], set[str]] = {}
        for words in self._expressions:
            for place, word in enumerate(words):
                if word != own[0] or words[place : place + len(own)] != own:
                    continue
                front, rest = words[:place], words[place + len(own) :]
                edges = front[-1][-_EDGE:] if front else "", rest[0][:_EDGE] if rest else ""
                longest = max(front[:-1] + rest[1:], key=len, default="")
                further.setdefault(edges, set()).add(longest)
        return further

    def _words_of_fixed(self, spelling: str, before: str, behind: str) -> list[str] | None:
        """Return a further word of each fixed expression that a term may be part of.

        None if these expressions are not known, as what stands beside the term is no plain word.

        Args:
            spelling, before, behind: As for `surely_holds`.
        """
        if not self._guards.not_in:
            return []
        front, rest = self._edge_in_front(before), self._edge_behind(behind)
        if front is None or rest is None or not spelling.isascii():
            return None
        if "-" in (spelling[0], spelling[-1]):
            return None  # which stands between words, too
        further = self._words_further_away(spelling)
        beside = (front, rest), (front, ""), ("", rest), ("", "")
        return [word for edges in beside if edges in further for word in further[edges]]

    def _edge_in_front(self, before: str) -> str | None:
        """Return the last letters of the word in front of a term, None if it is no plain word.

        They are "" where what stands there is of no fixed expression.
        """
        if not before or before[-1] in self._other_marks:
            return ""
        word = before[:-1].rpartition(" ")[2]
        if before[-1] != " " or not word:
            return None
        return "" if word[-1] in self._other_marks else self._letters(word)

    def _edge_behind(self, behind: str) -> str | None:
        """Return the first letters of the word behind a term, as `_edge_in_front` does."""
        if not behind or behind[0] in self._other_marks:
            return ""
        return self._letters(behind[1:].partition(" ")[0]) if behind[0] == " " else None

    def _letters(self, edge: str) -> str | None:
        """Return the letters of a word's edge, None if it has other signs than marks around it."""
        letters = edge.strip(self._other_marks).lower()
        return letters if letters.isalpha() and letters.isascii() else None

    @cached_property
    def _fixed(self) -> re.Pattern[str]:
        """What finds a fixed expression; texts have few entries' terms, so few are ever needed."""
        expressions = any_sequence(map(_units, self._guards.not_in))
        return re.compile(rf"(?<![^\W\d])(?:{expressions})(?!\w)", re.IGNORECASE)

    def is_fixed(self, text: str, start: int, end: int) -> bool:
        """Tell whether the term at text[start:end] is part of a fixed expression."""
        first, last = max(0, start - self._reach), end + self._reach
        words = self._words_of_fixed(text[start:end], *beside(text, start, end))
        if words == []:
            return False
        around = text[first:last].lower()
        if words is not None and around.isascii() and not any(word in around for word in words):
            return False
        found = self._fixed.finditer(text, first, last)
        return any(one.start() <= start and end <= one.end() for one in found)


def beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the `BESIDE` characters in front of text[start:end] and behind it."""
    return text[max(0, start - BESIDE) : start], text[end : end + BESIDE]


def _folded(text: str) -> str:
    """Return a text that holds each ASCII letter which a regular expression takes for one of it."""
    return text.replace("ı", "i").replace("İ", "i").casefold()


def _units(text: str) -> list[str]:
    """Return the patterns of a text's characters, and of what is between its words."""
    units: list[str] = []
    for word in _words(text):
        units += [_GAP] * bool(units)
        units += map(_escaped, word)
    return units


def _words(text: str) -> list[str]:
    return re.split(_GAP, text.strip())


def _escaped(text: str) -> str:
    return re.escape(text).replace("'", "['’]")
