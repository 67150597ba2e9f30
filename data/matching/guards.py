"""Check a term's guards: whether it is an identity term where it stands in a text.

Guards are looked at for matches only, and in a window of text around each, so a text's length does
not matter to them.
"""

from __future__ import annotations

import re
from collections.abc import Set
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
_SEEN = 40  # characters beside a term in which a word of a fixed expression ends
_MARKS = '.,;:!?()[]"“”…'
_EDGE = 4  # letters of a word by which it is seen that it is of no fixed expression


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
        self._surely_holds = lru_cache(maxsize=SPELLINGS)(self._holds_by_edges)

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
        if self._surely_holds(text[start:end], *_edges_beside(text, start, end)):
            return True
        guards = self._guards
        if guards.only_capitalised and not text[start].isupper():
            return False
        if guards.not_capitalised and is_name_like(text, start, end):
            return False
        if guards.not_given_name and is_given_name(text, start, end):
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

    def _holds_by_edges(self, spelling: str, before: str, behind: str) -> bool:
        """Tell whether a term surely is an identity term, by the edges of the words beside it.

        Args:
            spelling: The term as it is spelled in the text.
            before: The characters in front of it, up to `_EDGE` letters and a space.
            behind: As many behind it.
        """
        guards = self._guards
        if self.wants_person or guards.only_capitalised or spelling[0].isupper():
            return False
        if guards.ages is not None:
            return False
        if guards.not_address and not is_within_clause(before, behind):
            return False
        return not guards.not_in or self._stands_apart(before, behind)

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
    def _own_words(self) -> Set[str]:
        """The words of fixed expressions."""
        return {word for text in self._guards.not_in for word in _words(_folded(text))}

    @cached_property
    def _edges(self) -> Set[str]:
        """Their first and last letters."""
        return {edge for word in self._own_words for edge in (word[:_EDGE], word[-_EDGE:])}

    @cached_property
    def _other_marks(self) -> str:
        """The marks that no fixed expression holds."""
        return "".join(mark for mark in _MARKS if not any(mark in word for word in self._own_words))

    @cached_property
    def _takes_neighbour(self) -> bool:
        """Whether every fixed expression has several words."""
        return all(len(_words(text)) > 1 for text in self._guards.not_in)

    def _stands_apart(self, before: str, behind: str) -> bool:
        """Tell whether no word beside a term can be of a fixed expression, by their edges.

        Args:
            before, behind: As for `_holds_by_edges`.
        """
        return (
            self._takes_neighbour
            and (not before or self._is_other(before[:-1].rpartition(" ")[2], before[-1]))
            and (not behind or self._is_other(behind[1:].partition(" ")[0], behind[0]))
        )

    def _is_other(self, edge: str, gap: str) -> bool:
        """Tell whether a word with this edge, behind one space, is of no fixed expression."""
        return gap == " " and edge.isalpha() and edge.isascii() and edge.lower() not in self._edges

    def _stands_among_others(self, text: str, start: int, end: int) -> bool:
        """Tell whether the words beside a term are of no fixed expression; faster than `_fixed`."""
        return (
            self._takes_neighbour
            and self._ends_other(text[max(0, start - _SEEN) : start])
            and self._begins_other(text[end : end + _SEEN])
        )

    def _ends_other(self, front: str) -> bool:
        if not front:
            return True
        if not front[-1].isspace():
            return front[-1] in self._other_marks
        words = front.split()
        return bool(words) and (words[-1][-1] in self._other_marks or self._is_of_none(words[-1]))

    def _begins_other(self, rest: str) -> bool:
        if not rest:
            return True
        if not rest[0].isspace():
            return rest[0] in self._other_marks
        words = rest.split(None, 1)
        return bool(words) and self._is_of_none(words[0])

    def _is_of_none(self, word: str) -> bool:
        """Tell whether a word, with marks around it, is of no fixed expression."""
        word = word.strip(self._other_marks)
        return word.isalpha() and word.isascii() and word.lower() not in self._own_words

    @cached_property
    def _fixed(self) -> re.Pattern[str]:
        """What finds a fixed expression; texts have few entries' terms, so few are ever needed."""
        expressions = any_sequence(map(_units, self._guards.not_in))
        return re.compile(rf"(?<![^\W\d])(?:{expressions})(?!\w)", re.IGNORECASE)

    def is_fixed(self, text: str, start: int, end: int) -> bool:
        """Tell whether the term at text[start:end] is part of a fixed expression."""
        if not self._guards.not_in or self._stands_among_others(text, start, end):
            return False
        around = self._fixed.finditer(text, max(0, start - self._reach), end + self._reach)
        return any(found.start() <= start and end <= found.end() for found in around)


def _edges_beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands in front of and behind text[start:end], `_EDGE` letters and a space."""
    return text[max(0, start - _EDGE - 1) : start], text[end : end + _EDGE + 1]


def _folded(text: str) -> str:
    """Return a text that holds each ASCII letter which a regular expression takes for one of it."""
    return re.sub("[ıİ]", "i", text).casefold()


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
