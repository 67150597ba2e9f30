"""What a pair changes about identity: which terms, along how many axes, and whether all of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from evenhand.data.lexicons.entries import Lexicon, folded
from evenhand.data.matching.blockers import BlockerFinder, Blocking
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match
from evenhand.data.methods.exchanges import FOR_SEVERAL

_WORD = re.compile(r"\w+")
_MOST_TERMS = 1_000  # of both texts: comparing them takes time that grows with their square

NO_TERM, SEVERAL_AXES, MIXED = "no_term_changed", "several_axes", "mixed_groups"


class IdentityChanges:
    """Tells what is wrong with what pairs change about identity.

    - `NO_TERM`: a pair changes no term of the lexicons.
    - `SEVERAL_AXES`: no single lexicon has all the terms that it changes.
    - `MIXED`: its counterfactual says two things of one person or group, as far as words tell: one
      mention of a group is changed and another stays, or a word stays that goes with the former
      group alone, such as a mosque or a given name.

    Args:
        lexicons: The lexicons whose terms count.
    """

    def __init__(self, lexicons: Sequence[Lexicon]) -> None:
        self._matcher = TermMatcher(lexicons)
        self._blockers = BlockerFinder(lexicons, names=True)
        self._groups: dict[str, dict[str, str]] = {}  # of a spelling: its group, by lexicon
        for lexicon in lexicons:
            for entry in lexicon.entries:
                for _, spelling in entry.spellings():
                    groups = self._groups.setdefault(folded(spelling), {})
                    groups.setdefault(lexicon.name, entry.group)

    def of(self, originals: Sequence[str], counterfactuals: Sequence[str]) -> list[list[str]]:
        """Return for each pair which of the three it is."""
        n = len(originals)
        texts = [*originals, *counterfactuals]
        found = self._matcher.find_all(texts)
        blocking = list(map(self._blockers.find, texts))
        return [
            self._faults(
                (texts[row], texts[n + row]),
                (found[row], found[n + row]),
                (blocking[row], blocking[n + row]),
            )
            for row in range(n)
        ]

    def _faults(
        self,
        texts: tuple[str, str],
        found: tuple[Sequence[Match], Sequence[Match]],
        blocking: tuple[Sequence[Blocking], Sequence[Blocking]],
    ) -> list[str]:
        removed, added, kept = _compared(*found)
        if not (removed or added):
            return [NO_TERM]
        axes, has_several = self._axes_of((*removed, *added)), False
        if not axes and (gone := [*_gone(removed, texts), *_gone(added, texts[::-1])]):
            axes = self._axes_of(gone)
            has_several = not axes
        mixed = any(self._is_mixed(axis, removed, added, kept, *blocking) for axis in axes)
        mixed = mixed or self._is_contradicted(added, kept, *blocking)
        return [*([SEVERAL_AXES] if has_several else []), *([MIXED] if mixed else [])]

    def _is_mixed(
        self,
        axis: str,
        removed: Sequence[Match],
        added: Sequence[Match],
        kept: Sequence[Match],
        blocked_before: Sequence[Blocking],
        blocked_after: Sequence[Blocking],
    ) -> bool:
        """Tell whether the groups that an exchange is about are mentioned as before, too."""
        groups = self._groups_of((*removed, *added), axis)
        if groups & self._groups_of(kept, axis):
            return True
        if not added:
            return False  # nothing is said of another group
        persons = self._groups_of(
            (match for match in removed if not FOR_SEVERAL.issuperset(match.slots)), axis
        )
        several = self._groups_of(
            (match for match in removed if not FOR_SEVERAL.isdisjoint(match.slots)), axis
        )
        were = {blocking.blocker for blocking in blocked_before if blocking.axis == axis}
        return any(
            blocking.axis == axis
            and blocking.blocker in were
            and blocking.blocker.concerns(
                persons
                if blocking.blocker.of_person
                else several
                if blocking.blocker.of_several
                else groups
            )
            for blocking in blocked_after
        )

    def _is_contradicted(
        self,
        added: Sequence[Match],
        kept: Sequence[Match],
        blocked_before: Sequence[Blocking],
        blocked_after: Sequence[Blocking],
    ) -> bool:
        """Tell "a lesbian with a husband": a new term that blocks a group which is there still."""
        if not (added and kept):
            return False
        new = {match.start for match in added}
        were = {blocking.blocker for blocking in blocked_before}
        return any(
            blocking.start in new
            and blocking.blocker not in were
            and bool(blocking.blocker.groups)
            and blocking.blocker.concerns(self._groups_of(kept, blocking.axis))
            for blocking in blocked_after
        )

    def _axes_of(self, matches: Sequence[Match]) -> set[str]:
        """Return the lexicons that have all the terms of these matches."""
        return set.intersection(*(set(self._groups[folded(match.term)]) for match in matches))

    def _groups_of(self, matches: Iterable[Match], axis: str) -> set[str]:
        found = (self._groups[folded(match.term)].get(axis) for match in matches)
        return {group for group in found if group is not None}


def _gone(matches: Sequence[Match], texts: tuple[str, str]) -> list[Match]:
    """Return the matches of the first text whose words the second one has less often.

    The others are there still, and only mean something else: "young" where "man" is taken out
    behind it.
    """
    first, second = (f" {' '.join(_WORD.findall(text.casefold()))} " for text in texts)

    rarer = {}
    for term in {match.term for match in matches}:
        spelled = f" {' '.join(_WORD.findall(term.casefold()))} "
        rarer[term] = first.count(spelled) > second.count(spelled)
    return [match for match in matches if rarer[match.term]]


def _compared(
    before: Sequence[Match], after: Sequence[Match]
) -> tuple[list[Match], list[Match], list[Match]]:
    """Return the terms that go, those that come, and those that stay, as they are afterwards."""
    old, new = ([folded(match.term) for match in matches] for matches in (before, after))
    if len(old) == len(new):
        differ = [
            number for number, (one, other) in enumerate(zip(old, new, strict=True)) if one != other
        ]
        places = set(differ)
        kept = [match for number, match in enumerate(after) if number not in places]
        return [before[n] for n in differ], [after[n] for n in differ], kept
    if len(old) + len(new) > _MOST_TERMS:
        return list(before), list(after), []
    removed: list[Match] = []
    added: list[Match] = []
    kept = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, stop, new_start, new_stop in matcher.get_opcodes():
        if kind == "equal":
            kept += after[new_start:new_stop]
        else:
            removed += before[start:stop]
            added += after[new_start:new_stop]
    return removed, added, kept
