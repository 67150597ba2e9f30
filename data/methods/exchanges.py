"""Which groups of a text are exchanged, and what each of its terms becomes.

Groups of one lexicon, an axis, go together: all whose terms have counterparts, or none. A group's
counterpart that the text has too is exchanged with it before any other. A blocker that stays in the
text voids an exchange.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from evenhand.data.english.articles import starts_with_vowel_sound
from evenhand.data.lexicons.entries import Blocker
from evenhand.data.matching.blockers import Blocking
from evenhand.data.matching.readings import Match

FOR_SEVERAL = frozenset(["plural", "collective", "in_laws", "greats", "halves", "exes"])

Key = tuple[int, str, str]
Group = tuple[str, str]  # behind the name of its lexicon


class Mention(NamedTuple):
    """A term in a text, in the slot that it fills there.

    Attributes:
        match: The term.
        slot: Its slot.
        key: What decides its replacement: the entry, which the matcher keeps, its form and slot.
    """

    match: Match
    slot: str
    key: Key

    @property
    def group(self) -> Group:
        """The group that its entry belongs to."""
        return self.match.axis, self.match.entry.group


def mention_of(match: Match, slot: str) -> Mention:
    """Return a term as the mention that it is in a slot."""
    return _mention((match, slot, (id(match.entry), match.term, slot)))


# Mention's own constructor takes twice the time.
_mention: Callable[[tuple[Match, str, Key]], Mention] = partial(tuple.__new__, Mention)


class Replacement(NamedTuple):
    """The form that replaces a term, and whether "a" before it may become "an", or the reverse."""

    form: str
    changes_sound: bool


@dataclass(frozen=True)
class Plan:
    """One way to exchange groups in a text.

    Attributes:
        replacements: What each form becomes.
        sources: The groups whose terms change.
        of_persons: Those of them that have a form for one person.
        of_several: Those of them that have a form for several.
        groups: The groups that take part: the sources, and those that their terms become.
    """

    replacements: Mapping[Key, Replacement]
    sources: frozenset[Group]
    of_persons: frozenset[Group]
    of_several: frozenset[Group]
    groups: frozenset[Group]


def plans_of(mentions: Mapping[Key, Mention], axes: Sequence[str], *, together: bool) -> list[Plan]:
    """Return the ways to exchange groups in a text with these forms.

    Args:
        mentions: The terms of the text.
        axes: Names of the lexicons, in the order of their counterfactuals.
        together: Whether all lexicons' groups change in one counterfactual, which needs a plan for
            each. Otherwise each lexicon has counterfactuals of its own.
    """
    by_axis: dict[str, dict[Key, Mention]] = {axis: {} for axis in axes}
    for key, mention in mentions.items():
        by_axis[mention.match.axis][key] = mention
    moving = [
        members
        for members in by_axis.values()
        if any(mention.match.counterparts for mention in members.values())
    ]
    if not together or len(moving) == 1:
        return [plan for members in moving for plan in _plans_of_axis(members)]
    by_axis_plans = [_plans_of_axis(members) for members in moving]
    if not all(by_axis_plans):
        return []
    plans: list[Plan] = []
    for turn in range(max(map(len, by_axis_plans), default=0)):
        plan = _joined([options[turn % len(options)] for options in by_axis_plans])
        if plan not in plans:
            plans.append(plan)
    return plans


def _joined(plans: Sequence[Plan]) -> Plan:
    replacements: dict[Key, Replacement] = {}
    for plan in plans:
        replacements.update(plan.replacements)
    return Plan(
        replacements,
        frozenset().union(*(plan.sources for plan in plans)),
        frozenset().union(*(plan.of_persons for plan in plans)),
        frozenset().union(*(plan.of_several for plan in plans)),
        frozenset().union(*(plan.groups for plan in plans)),
    )


def _plans_of_axis(mentions: Mapping[Key, Mention]) -> list[Plan]:
    by_group: dict[str, list[Mention]] = {}
    for mention in mentions.values():
        by_group.setdefault(mention.match.entry.group, []).append(mention)
    cells = _cells(by_group)
    if cells is None:
        return []
    plans: list[Plan] = []
    turns = max((len(cell.targets) for cell in cells), default=0)
    if len(cells) > 1 and all(cell.targets[0] in by_group for cell in cells):
        turns = 1  # the groups of the text change places, and that is all
    for turn in range(turns):
        exchange = _exchange(cells, by_group, turn)
        plan = _plan(cells, exchange, mentions) if exchange is not None else None
        if plan is not None and plan not in plans:
            plans.append(plan)
    return plans


class _Cell(NamedTuple):
    """Terms of one group that go into one group together, and the groups that they can go into."""

    group: str
    mentions: tuple[Mention, ...]
    targets: tuple[str, ...]


def _cells(by_group: Mapping[str, Sequence[Mention]]) -> list[_Cell] | None:
    """Return the cells of all groups with counterparts; None if one of them has nowhere to go."""
    common = {group: _targets(members) for group, members in by_group.items()}
    cells: list[_Cell] = []
    for group, members in by_group.items():
        if not any(mention.match.counterparts for mention in members):
            continue
        if common[group]:
            parts = [(tuple(members), common[group])]
        else:  # "sighted" and "hearing" have no common counterpart, and each one of its own
            terms = dict.fromkeys(mention.match.entry.term for mention in members)
            split = [
                tuple(mention for mention in members if mention.match.entry.term == term)
                for term in terms
            ]
            parts = [(part, _targets(part)) for part in split]
        for part, targets in parts:
            free = [
                target for target in targets if target not in by_group or group in common[target]
            ]
            if not free:
                return None
            free.sort(key=lambda target: target not in by_group)
            cells.append(_Cell(group, part, tuple(free)))
    return cells


def _targets(members: Iterable[Mention]) -> list[str]:
    """Return the groups in which every one of a group's forms has a counterpart."""
    common: list[str] | None = None
    for mention in members:
        groups = dict.fromkeys(
            counterpart.group
            for counterpart in mention.match.counterparts
            if counterpart.form(mention.slot) is not None
            and counterpart.group != mention.match.entry.group
        )
        common = list(groups) if common is None else [group for group in common if group in groups]
    return common or []


def _exchange(
    cells: Sequence[_Cell], present: Mapping[str, Sequence[Mention]], turn: int
) -> list[str] | None:
    """Return the group that each cell goes into; None if one has nowhere left to go.

    Each has the counterpart whose turn it is, or the next free one. A group that the text does not
    have may take several.
    """
    exchanged: dict[str, str] = {}
    chosen: list[str] = []
    for cell in cells:
        target = exchanged.get(cell.group)
        if target not in cell.targets:
            first = turn % len(cell.targets)
            options = (*cell.targets[first:], *cell.targets[:first])
            target = next((option for option in options if option not in exchanged), None)
            if target is None:
                target = next((option for option in options if option not in present), None)
        if target is None:
            return None
        exchanged.setdefault(cell.group, target)
        exchanged.setdefault(target, cell.group)
        chosen.append(target)
    return chosen


def _plan(
    cells: Sequence[_Cell], chosen: Sequence[str], mentions: Mapping[Key, Mention]
) -> Plan | None:
    present = {mention.match.entry.term for mention in mentions.values()}
    replacements: dict[Key, Replacement] = {}
    written: dict[str, tuple[str, str]] = {}  # by form: the group and the counterpart's term
    for cell, target in zip(cells, chosen, strict=True):
        for mention in cell.mentions:
            form = _form(mention, target, present)
            if written.setdefault(form, (cell.group, target)) != (cell.group, target):
                return None  # two groups would become one: "gay and lesbian"
            changes = starts_with_vowel_sound(form) != starts_with_vowel_sound(mention.match.term)
            replacements[mention.key] = Replacement(form, changes)
    if not replacements:
        return None
    axis = cells[0].mentions[0].match.axis
    sources = frozenset((axis, cell.group) for cell in cells)
    changed = [mention for cell in cells for mention in cell.mentions]
    return Plan(
        replacements,
        sources,
        frozenset(mention.group for mention in changed if mention.slot not in FOR_SEVERAL),
        frozenset(mention.group for mention in changed if mention.slot in FOR_SEVERAL),
        sources | {(axis, target) for target in chosen},
    )


def _form(mention: Mention, target: str, present: set[str]) -> str:
    """Return the form of the counterpart: of several in the group, one that the text has too."""
    forms = {
        counterpart.term: form
        for counterpart in mention.match.counterparts
        if counterpart.group == target and (form := counterpart.form(mention.slot)) is not None
    }
    chosen = next((term for term in forms if term in present), next(iter(forms)))
    return forms[chosen]


def unblocked(
    plans: Sequence[Plan], blockings: Sequence[Blocking], mentions: Sequence[Mention]
) -> tuple[list[Plan], str]:
    """Return the plans that no blocker of the text voids, and why the first other one is void."""
    ends = [mention.match.end for mention in mentions]
    staying = [blocking for blocking in blockings if _stays(blocking, mentions, ends)]
    left: list[Plan] = []
    reason = ""
    for plan in plans:
        for _, _, axis, blocker in staying:
            if _voids(axis, blocker, plan):
                reason = reason or blocker.reason
                break
        else:
            left.append(plan)
    return left, reason


def _stays(blocking: Blocking, mentions: Sequence[Mention], ends: Sequence[int]) -> bool:
    """Tell whether a blocker stays in a text in which these mentions, which end there, change."""
    start, end, axis, blocker = blocking
    following = bisect_right(ends, start)
    if blocker.before_name or following == len(ends):
        return True
    match = mentions[following].match
    if match.axis != axis or not match.counterparts:
        return True  # a term that stays: "lesbian men", "refugees and immigrants"
    return not (match.start <= start and end <= match.end)


def _voids(axis: str, blocker: Blocker, plan: Plan) -> bool:
    concerned = (
        plan.of_persons
        if blocker.of_person
        else plan.of_several
        if blocker.of_several
        else plan.groups
    )
    return blocker.concerns({group for its_axis, group in concerned if its_axis == axis})
