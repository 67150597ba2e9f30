"""Term substitution: the counterfactual of a text has each identity term replaced by its
counterpart in another group.

    "She lost her keys."           -> "He lost his keys."
    "A Christian met an atheist."  -> "An atheist met a Christian."

Groups are exchanged in a whole text at once. If "female" becomes "male", then every female term
does, and every male term becomes female; no text mixes the two. Three rules follow:

- An exchange is chosen for every group whose terms in the text have counterparts. Where there are
  several (a religion for another), there is a counterfactual for each; in a text with several such
  groups they go through their counterparts side by side, so that n counterparts give n
  counterfactuals, not n times n.
- Terms that have no counterparts at all stay, unless their group takes part in an exchange; so does
  a group whose counterparts are all exchanged with others, and "s/he", which says both already.
- If a term of a group that takes part has no counterpart there, or its counterpart lacks the form
  (a plural, say), that exchange is not made. A text with no exchange left is skipped.

Substituting the counterfactual's terms again gives the original back if each form in the text is
the one that its counterpart's counterpart writes; if each ambiguous form ("her", "his") is read
alike in both texts; if the guards of the lexicon let every counterpart be found; if a capital
letter comes from the lexicon or from the start of a sentence; and if "a" and "an" before a term are
right in the original. Where a group has several counterparts, the original is one of the results,
for a text with terms of one group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from pydantic import JsonValue

from evenhand.data.english.articles import mended_article, starts_with_vowel_sound
from evenhand.data.english.letter_case import with_case_of
from evenhand.data.english.tagging import RuleTagger, Tagger
from evenhand.data.errors import InputError
from evenhand.data.matching.matcher import Match, TermMatcher, terms_and_groups
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.support.option_checks import check_whole

NO_COUNTERPART = "a term has no counterpart in the same form"

_MOST_SHOWN = 300  # characters of a text in an error
_MAX_PLANS = 10_000  # texts hold the same combinations of forms over and over: a cache of them
_BOTH_GENDERS = re.compile(r"(?<!\w)(?:s/|\(s\))\Z", re.IGNORECASE)  # "s/he", "(s)he"


class SubstitutionMethod:
    """Replaces identity terms by their counterparts.

    Args:
        matcher: Finds the terms.
        per_example: Counterfactuals of a text at most, drawn by seed and text; None for all.
        seed: Decides the draw.
        tagger: Tells apart forms with the same spelling.

    Raises:
        ConfigurationError: `per_example` is less than 1.

    The method itself raises InputError if the tagger fails, or tells what was not asked.
    """

    name = "substitute"

    def __init__(
        self,
        matcher: TermMatcher,
        *,
        per_example: int | None = None,
        seed: int = 0,
        tagger: Tagger | None = None,
    ) -> None:
        check_whole("per_example", per_example, may_be_none=True)
        self._matcher = matcher
        self._per_example = per_example
        self._seed = seed
        self._tagger: Tagger = RuleTagger() if tagger is None else tagger
        self._differing: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._plans: dict[tuple[_Key, ...], list[_Plan]] = {}
        self.options: Mapping[str, JsonValue] = {
            "per_example": per_example,
            "tagger": self._tagger.name,
        }

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text its counterfactuals: see `evenhand.data.methods.base.PairMethod`."""
        found = self._matcher.find_all(texts)
        return [
            self._substituted(text, matches) for text, matches in zip(texts, found, strict=True)
        ]

    def substitute(self, text: str) -> Sequence[Counterfactual] | Skipped:
        """Return the counterfactuals of one text."""
        return self._substituted(text, self._matcher.find(text))

    def _substituted(
        self, text: str, matches: Sequence[Match]
    ) -> Sequence[Counterfactual] | Skipped:
        if not matches:
            return ()
        uses = [_Use(match, self._slot(text, match)) for match in matches]
        if ")" in text or "/" in text:
            uses = [use for use in uses if not _names_both_genders(text, use.match.start)]
        keys = [use.key for use in uses]
        plans = self._plans_for(dict(zip(keys, uses, strict=True)))
        if self._per_example is not None and len(plans) > self._per_example:
            plans = self._drawn(text, plans)
        if not plans:
            return Skipped(NO_COUNTERPART) if uses else ()
        return [_carried_out(plan, text, uses, keys) for plan in plans]

    def _slot(self, text: str, match: Match) -> str:
        if len(match.slots) > 1 and self._slots_differ(match):
            return self._told_slot(text, match)
        return match.slots[0]

    def _told_slot(self, text: str, match: Match) -> str:
        try:
            slot = self._tagger.slot(text, match.start, match.end, match.slots)
        except Exception as error:
            raise InputError(
                f"the tagger {self._tagger.name} fails ({type(error).__name__}: {error})",
                where=f"the text {text[:_MOST_SHOWN]!r}",
            ) from error
        if slot not in match.slots:
            raise InputError(
                f"the tagger {self._tagger.name} tells the slot {slot!r}",
                where=f"the text {text[:_MOST_SHOWN]!r}",
                expected=f"one of {', '.join(match.slots)}",
            )
        return slot

    def _slots_differ(self, match: Match) -> bool:
        """Tell whether the slots of a form give different counterparts."""
        key = (id(match.entry), match.slots)  # the matcher keeps its entries
        differ = self._differing.get(key)
        if differ is None:
            differ = self._differing[key] = any(
                counterpart.form(slot) != counterpart.form(match.slots[0])
                for counterpart in match.counterparts
                for slot in match.slots[1:]
            )
        return differ

    def _plans_for(self, uses: Mapping[_Key, _Use]) -> list[_Plan]:
        combination = tuple(uses)
        plans = self._plans.get(combination)
        if plans is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plans = self._plans[combination] = _plans(uses)
        return plans

    def _drawn(self, text: str, plans: Sequence[_Plan]) -> list[_Plan]:
        """Draw plans by seed and text, so that neither order nor workers matter."""

        def lot(index: int) -> bytes:
            drawn_from = f"{self._seed} {index} {text}"
            return blake2b(drawn_from.encode("utf-8", "surrogatepass")).digest()

        drawn = sorted(range(len(plans)), key=lot)[: self._per_example]
        return [plans[index] for index in sorted(drawn)]


_Key = tuple[str, str, str, str, tuple[str, ...]]


class _Use(NamedTuple):
    """A term in a text, in the slot that it fills there."""

    match: Match
    slot: str

    @property
    def key(self) -> _Key:
        """What decides its replacement."""
        entry = self.match.entry
        return self.match.term, self.slot, entry.term, entry.group, entry.counterparts


@dataclass(frozen=True)
class _Replacement:
    """The form that replaces a term, and whether "a" before it may become "an", or the reverse."""

    form: str
    changes_sound: bool


_Plan = Mapping[_Key, _Replacement]


def _plans(uses: Mapping[_Key, _Use]) -> list[_Plan]:
    """Return the ways to exchange groups in a text with these forms, and what each form becomes."""
    by_group: dict[str, list[_Use]] = {}
    for use in uses.values():
        by_group.setdefault(use.match.entry.group, []).append(use)
    targets = {group: _targets(members) for group, members in by_group.items()}
    moving = [
        group
        for group, members in by_group.items()
        if any(use.match.counterparts for use in members)
    ]
    possible = {
        group: [
            target
            for target in targets[group]
            if target not in by_group or group in targets[target]
        ]
        for group in moving
    }
    if not moving or not all(possible.values()):
        return []
    plans: list[_Plan] = []
    for turn in range(max(map(len, possible.values()))):
        plan = _plan(uses, _exchange(possible, turn))
        if plan and plan not in plans:
            plans.append(plan)
    return plans


def _targets(members: Iterable[_Use]) -> list[str]:
    """Return the groups in which every one of a group's forms has a counterpart."""
    common: list[str] | None = None
    for use in members:
        groups = dict.fromkeys(
            counterpart.group
            for counterpart in use.match.counterparts
            if counterpart.form(use.slot) is not None and counterpart.group != use.match.entry.group
        )
        common = list(groups) if common is None else [group for group in common if group in groups]
    return common or []


def _exchange(possible: Mapping[str, Sequence[str]], turn: int) -> dict[str, str]:
    """Exchange groups in pairs, each with the counterpart whose turn it is, or the next free one.

    A group stays only if all its counterparts are exchanged with others.
    """
    exchanged: dict[str, str] = {}
    for group, targets in possible.items():
        if group in exchanged:
            continue
        first = turn % len(targets)
        for target in (*targets[first:], *targets[:first]):
            if target not in exchanged:
                exchanged[group] = target
                exchanged[target] = group
                break
    return exchanged


def _plan(uses: Mapping[_Key, _Use], exchange: Mapping[str, str]) -> _Plan:
    present = {use.match.entry.term for use in uses.values()}
    plan = {}
    for key, use in uses.items():
        target = exchange.get(use.match.entry.group)
        if target is not None and use.match.counterparts:
            form = _form(use, target, present)
            changes = starts_with_vowel_sound(form) != starts_with_vowel_sound(use.match.term)
            plan[key] = _Replacement(form, changes)
    return plan


def _form(use: _Use, target: str, present: set[str]) -> str:
    """Return the form of the counterpart: of several in the group, one that the text has too."""
    forms = {
        counterpart.term: form
        for counterpart in use.match.counterparts
        if counterpart.group == target and (form := counterpart.form(use.slot)) is not None
    }
    chosen = next((term for term in forms if term in present), next(iter(forms)))
    return forms[chosen]


def _carried_out(
    plan: _Plan, text: str, uses: Sequence[_Use], keys: Sequence[_Key]
) -> Counterfactual:
    parts: list[str] = []
    edited: list[Match] = []
    position = 0
    for use, key in zip(uses, keys, strict=True):
        replacement = plan.get(key)
        if replacement is None:
            continue
        match = use.match
        start, end = match.start, match.end
        edited.append(match)
        if replacement.changes_sound:
            article = mended_article(text, start, match.term, replacement.form)
            if article is not None and article[0] >= position:
                parts += [text[position : article[0]], article[2]]
                position = article[1]
        written = with_case_of(
            text[start:end], replacement.form, listed=match.term, text=text, start=start
        )
        parts += [text[position:start], written]
        position = end
    parts.append(text[position:])
    return Counterfactual("".join(parts), *terms_and_groups(edited))


def _names_both_genders(text: str, start: int) -> bool:
    return _BOTH_GENDERS.search(text, max(start - 4, 0), start) is not None
