"""What becomes of blockers in a neutral pair: words beside terms that tell the same identity.

"This guy lost his keys" would stay half a man's with "their keys" alone: "guy" becomes "person" as
well. Where a blocker has no neutral form, as "Queen" in front of a name, the text is left out.
`evenhand.data.lexicons.entries.Blocker` says which do so.

A word for one person counts only where it may mean the one whose term changes: not where it is said
to somebody ("dude, she left"), nor where it only calls somebody something ("like a bitch").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

from evenhand.data.english.noun_phrases import ARTICLES, article_of, word_before, word_behind
from evenhand.data.english.surroundings import words_before
from evenhand.data.english.word_classes import COPULAS, word_set
from evenhand.data.lexicons.entries import BASE, Entry
from evenhand.data.matching.blockers import Blocking
from evenhand.data.matching.names import is_address
from evenhand.data.matching.readings import Match
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.exchanges import FOR_SEVERAL

_START = attrgetter("start")
_INDEFINITE = ARTICLES | frozenset(["any", "no", "every", "some", "one", "another"])
_CALLS = COPULAS | word_set("like as such be being called call calls calling im youre hes shes")
_GOES_WITH = word_set("ass asses bitch nigga niggas shit made")
_SPOKEN_TO = word_set("you u ya y'all yall hey ok okay hi listen thanks sorry")
_WORDS_BEFORE_NOUN = 4


def with_blockers(
    text: str, matches: Sequence[Match], blockings: Sequence[Blocking]
) -> Sequence[Match] | Skipped:
    """Return the terms of a text with the blockers that become neutral, too, in its order.

    Skipped if one of them has no neutral form.
    """
    if not blockings:
        return matches
    own = _own(matches)
    added: list[Match] = []
    for blocking in blockings:
        blocker = blocking.blocker
        if not _concerns(blocking, own) or _is_inside(blocking, matches):
            continue
        is_noun = (blocker.of_person or blocker.of_several) and not blocker.before_name
        if is_noun and not _may_be_meant(text, blocking, matches):
            continue
        if not blocker.neutral:
            return Skipped(blocker.reason)
        added.append(_match(text, blocking, blocker.neutral))
    return sorted([*matches, *added]) if added else matches


def _own(matches: Iterable[Match]) -> set[tuple[str, str, bool]]:
    """Return the groups whose terms a text holds, and whether in a form for several."""
    return {
        (match.axis, match.entry.group, not FOR_SEVERAL.isdisjoint(match.slots))
        for match in matches
    }


def _concerns(blocking: Blocking, own: set[tuple[str, str, bool]]) -> bool:
    blocker = blocking.blocker
    return blocker.concerns(
        {
            group
            for axis, group, of_several in own
            if axis == blocking.axis
            and not (blocker.of_person and of_several)
            and not (blocker.of_several and not of_several)
        }
    )


def _is_inside(blocking: Blocking, matches: Sequence[Match]) -> bool:
    before = bisect_left(matches, blocking.end, key=_START) - 1  # the last that begins before it
    return before >= 0 and blocking.start < matches[before].end


def _may_be_meant(text: str, blocking: Blocking, matches: Sequence[Match]) -> bool:
    """Tell whether a word for people may mean those whose term changes."""
    start, end, _, blocker = blocking
    if is_address(text, start, end) or word_behind(text, end).lower() in _GOES_WITH:
        return False
    before = word_before(text, start)
    if before in _SPOKEN_TO:
        return False  # "you guys"
    article = article_of(text, start, is_singular=not blocker.of_several)
    if blocker.of_several and before in ARTICLES:
        return False  # "a guys night", as typed
    if blocker.neutral:
        return True
    if article is None:
        return False  # said to somebody
    if _only_calls(text, start):
        return False
    is_first = article in _INDEFINITE and not blocker.of_several
    return not is_first or matches[-1].start > end


def _only_calls(text: str, start: int) -> bool:
    """Tell whether a noun is what somebody is called: "like a bitch", "is a total bitch"."""
    before = words_before(text, start)[: _WORDS_BEFORE_NOUN + 1]
    for index, word in enumerate(before):
        if word in _INDEFINITE:
            return [*before[index + 1 : index + 2], ""][0] in _CALLS
    return False


@lru_cache(maxsize=512)
def _entry(word: str, group: str, new: str, *, of_several: bool) -> Entry:
    """Return a blocker as an entry, with its neutral form."""
    if of_several:
        return Entry(term=word, group=group, forms={"plural": (word,)}, neutral={"plural": new})
    return Entry(term=word, group=group, pos="noun", neutral={BASE: new})


def _match(text: str, blocking: Blocking, new: str) -> Match:
    start, end, axis, blocker = blocking
    group = next(iter(blocker.groups), "")
    entry = _entry(text[start:end].lower(), group, new, of_several=blocker.of_several)
    slots = ("plural",) if blocker.of_several else (BASE,)
    return Match(start, end, entry.term, (group,), entry, slots, (), axis)
