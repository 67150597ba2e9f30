"""Term substitution: the counterfactual of a text has each identity term replaced by its
counterpart in another group.

    "She lost her keys."           -> "He lost his keys."
    "A Christian met an atheist."  -> "An atheist met a Christian."

Groups are exchanged in a whole text at once. If "female" becomes "male", then every female term
does, and every male term becomes female; no text mixes the two. These rules follow:

- An exchange is chosen for every group whose terms in the text have counterparts, of all groups of
  a lexicon or of none. Where a group has several (a religion for another), there is a
  counterfactual for each, the first with one that the text has too; in a text with several such
  groups they go through their counterparts side by side, so that n counterparts give n
  counterfactuals, not n times n.
- Where several lexicons have terms in a text, each has counterfactuals of its own, so that a pair
  differs along one axis; or all change together, if that is asked for.
- Terms that have no counterparts at all stay, unless their group takes part in an exchange; so does
  "s/he", which says both already.
- If a term of a group that takes part has no counterpart there, or its counterpart lacks the form
  (a plural, say), that exchange is not made; nor if a word that only its guards leave out may mean
  one of the groups, or if a blocker of the lexicon stays in the text: a mosque, a name.
- A text with no exchange left is skipped.

Substituting the counterfactual's terms again gives the original back if each form in the text is
the one that its counterpart's counterpart writes; if each ambiguous form ("her", "his") is read
alike in both texts; if the guards of the lexicon let every counterpart be found; if a capital
letter comes from the lexicon or from the start of a sentence; and if "a" and "an" before a term are
right in the original. Where a group has several counterparts, the original is one of the results,
for a text with terms of one group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple, TypeVar, cast

from pydantic import JsonValue

from evenhand.data.english.articles import (
    may_stand_behind_article,
    mended_article,
    stands_behind_wrong_article,
)
from evenhand.data.english.letter_case import with_case_of
from evenhand.data.english.noun_phrases import goes_on_with_noun
from evenhand.data.english.tagging import NOUN, PersonTagger, RuleTagger, Tagger
from evenhand.data.english.word_endings import (
    APOSTROPHES,
    may_change_possessive,
    possessive_of_plural,
)
from evenhand.data.errors import InputError
from evenhand.data.matching.blockers import BlockerFinder, Blocking, person_blockings
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match, Names, terms_and_groups
from evenhand.data.matching.searched_texts import SearchedTexts
from evenhand.data.methods.base import Counterfactual, Skipped
from evenhand.data.methods.exchanges import (
    FOR_SEVERAL,
    Key,
    Mention,
    Plan,
    mention_of,
    plans_of,
    unblocked,
)
from evenhand.data.support.option_checks import check_whole

NO_COUNTERPART = "a term has no counterpart in the same form"
NOT_FOUND_AGAIN = "a counterpart would mean something else there"
NOUN_BEFORE_NOUN = "a noun for a person stands in front of another noun"
WRONG_ARTICLE = "'a' or 'an' in front of a term is wrong in the text"
UNSETTLED = "a word may or may not mean the same group"

Axes = Literal["apart", "together"]
_Answer = TypeVar("_Answer")

_ONLY_NOUN = (NOUN,)
_MOST_SHOWN = 300  # characters of a text in an error
_MOST_PLAIN = 3  # terms of a text; more are hardly ever those of another text
_MAX_PLANS = 10_000  # texts hold the same combinations of forms over and over: a cache of them


class _Plain(NamedTuple):
    """What the terms of a text become if all of them stand plainly in it.

    Attributes:
        forms: The form that replaces each, and whether the words beside it may rule that out; none
            if more has to be looked at wherever the terms stand.
        names: The terms and their groups.
    """

    forms: Sequence[tuple[str, bool]]
    names: Names


class _Slots(NamedTuple):
    """What is known of the slots of a form.

    Attributes:
        differ: Whether they give different counterparts.
        are_alike: Whether the same blockers void a pair whichever of them the form fills.
    """

    differ: bool
    are_alike: bool


class SubstitutionMethod:
    """Replaces identity terms by their counterparts.

    Args:
        matcher: Finds the terms.
        per_example: Counterfactuals of a text at most, drawn by seed and text; None for all.
        seed: Decides the draw.
        tagger: Tells apart forms with the same spelling.
        axes: Whether each lexicon has counterfactuals of its own, or all change together.

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
        axes: Axes = "apart",
    ) -> None:
        check_whole("per_example", per_example, may_be_none=True)
        self._matcher = matcher
        self._blockers = BlockerFinder(matcher.lexicons, names=not matcher.finds_names)
        self._per_example = per_example
        self._seed = seed
        self._with_names = {lexicon.name: lexicon for lexicon in matcher.lexicons if lexicon.names}
        self._axes = [lexicon.name for lexicon in matcher.lexicons]
        self._together = axes == "together"
        self._tagger: Tagger = RuleTagger() if tagger is None else tagger
        # Asked once: such a check of a protocol takes longer than most texts do.
        self._finds_persons = isinstance(self._tagger, PersonTagger)
        self._plain: dict[tuple[tuple[str, Sequence[str], int], ...], _Plain] = {}
        self._slots: dict[tuple[int, tuple[str, ...]], _Slots] = {}
        self._plans: dict[tuple[Key, ...], tuple[list[Plan], bool]] = {}
        self.options: Mapping[str, JsonValue] = {
            "per_example": per_example,
            "tagger": self._tagger.name,
            "axes": axes,
            "names": "swap" if matcher.finds_names else "leave-out",
        }

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text its counterfactuals: see `evenhand.data.methods.base.PairMethod`."""
        searched = SearchedTexts.of(texts)
        found = self._matcher.find_all(texts, searched)
        blockings = self._blockers.find_all(texts, searched)
        made: list[Sequence[Counterfactual] | Skipped] = [()] * len(texts)
        rows: list[int] = []  # of the texts that take more than a look at each term
        for row, matches in enumerate(found):
            if not matches:
                continue
            plain = None if blockings[row] else self._plainly_substituted(texts[row], matches)
            if plain is None:
                rows.append(row)
            else:
                made[row] = [plain]
        # One step after the other: the code of each stays in the processor's cache.
        mentions = [self._mentions(texts[row], found[row], blockings[row]) for row in rows]
        for row, mentioned in zip(rows, mentions, strict=True):
            made[row] = self._substituted(texts[row], mentioned, blockings[row])
        return made

    def substitute(self, text: str) -> Sequence[Counterfactual] | Skipped:
        """Return the counterfactuals of one text."""
        blockings = self._blockers.find(text)
        mentions = self._mentions(text, self._matcher.find(text), blockings)
        return self._substituted(text, mentions, blockings)

    def _plainly_substituted(self, text: str, matches: Sequence[Match]) -> Counterfactual | None:
        """Return the only counterfactual of a text without blockers if its terms stand plainly.

        They do if each is spelled as in its lexicon, and nothing beside it changes with it or tells
        what it becomes. None says no more than that this is not known.
        """
        if len(matches) > _MOST_PLAIN:
            return None
        forms, names = self._plain_of(matches)
        if not forms:
            return None
        parts: list[str] = []
        guarded: list[tuple[int, int]] = []  # places in the result
        position = growth = 0
        for match, (written, is_guarded) in zip(matches, forms, strict=True):
            start, end, term = match[:3]
            if text[start:end] != term or may_stand_behind_article(text, start):
                return None
            parts += [text[position:start], written]
            position = end
            if is_guarded:
                guarded.append((start + growth, start + growth + len(written)))
            growth += len(written) - len(term)
        parts.append(text[position:])
        made = "".join(parts)
        for start, end in guarded:
            if not self._matcher.is_term(made, start, end):
                return None
        return Counterfactual(made, *names)

    def _plain_of(self, matches: Sequence[Match]) -> _Plain:
        """Return what these terms become if they stand plainly; texts hold the same ones often."""
        key = tuple([(match.term, match.groups, id(match.entry)) for match in matches])
        known = self._plain.get(key)
        if known is None:
            if len(self._plain) >= _MAX_PLANS:
                self._plain.clear()
            known = _Plain(self._plain_forms(matches), terms_and_groups(matches))
            self._plain[key] = known
        return known

    def _plain_forms(self, matches: Sequence[Match]) -> list[tuple[str, bool]]:
        """Return the `forms` of `_Plain`."""
        if self._finds_persons or any(
            match.slots == _ONLY_NOUN
            or match.entry.pos == "name"
            or match.term[0].isupper()
            or self._slots_of(match).differ
            for match in matches
        ):
            return []
        mentions = [mention_of(match, match.slots[0]) for match in matches]
        plans, may_be_unsettled = self._plans_for(mentions)
        if len(plans) != 1 or may_be_unsettled:
            return []
        forms: list[tuple[str, bool]] = []
        for mention in mentions:
            replacement = plans[0].replacements.get(mention.key)
            if replacement is None or replacement.changes_sound:
                return []
            written, term = replacement.form, mention.match.term
            if mention.slot in FOR_SEVERAL and may_change_possessive(term, written):
                return []
            forms.append((written, self._matcher.is_guarded(written)))
        return forms

    def _mentions(
        self, text: str, matches: Sequence[Match], blockings: Sequence[Blocking]
    ) -> list[Mention] | Skipped:
        """Return the terms of a text in their slots, or why they cannot be replaced."""
        if self._matcher.finds_names and all(match.entry.pos == "name" for match in matches):
            return []
        for match in matches:
            if not match.counterparts:
                continue
            if match.slots == _ONLY_NOUN and goes_on_with_noun(text, match.end, is_plural=False):
                return Skipped(NOUN_BEFORE_NOUN)  # "a Jew lawyer"
            if stands_behind_wrong_article(text, match.start, match.term):
                return Skipped(WRONG_ARTICLE)
        if blockings and (reason := self._surely_voided(matches, blockings)):
            return Skipped(reason)
        return [
            mention_of(match, match.slots[0] if len(match.slots) == 1 else self._slot(text, match))
            for match in matches
        ]

    def _surely_voided(self, matches: Sequence[Match], blockings: Sequence[Blocking]) -> str:
        """Return why blockers void all plans whichever slots the terms fill, "" if it depends."""
        if not all(self._slots_of(match).are_alike for match in matches):
            return ""
        mentions = [mention_of(match, match.slots[0]) for match in matches]
        plans, _ = self._plans_for(mentions)
        left, reason = unblocked(plans, blockings, mentions)
        return "" if left else reason

    def _substituted(
        self, text: str, mentions: list[Mention] | Skipped, blockings: Sequence[Blocking]
    ) -> Sequence[Counterfactual] | Skipped:
        if isinstance(mentions, Skipped):
            return mentions
        if not mentions:
            return ()
        plans, may_be_unsettled = self._plans_for(mentions)
        if not plans:
            return Skipped(NO_COUNTERPART)
        if self._finds_persons:
            blockings = [*blockings, *self._person_blockings(text, mentions, plans)]
        if blockings:
            plans, reason = unblocked(plans, blockings, mentions)
            if not plans:
                return Skipped(reason)
        if may_be_unsettled:
            found = [mention.match for mention in mentions]
            unsettled = self._matcher.unsettled
            plans = [plan for plan in plans if not unsettled(text, found, plan.groups)]
            if not plans:
                return Skipped(UNSETTLED)
        if self._per_example is not None and len(plans) > self._per_example:
            plans = self._drawn(text, plans)
        made = [self._carried_out(plan, text, mentions) for plan in plans]
        sound = [counterfactual for counterfactual in made if counterfactual is not None]
        return sound or Skipped(NOT_FOUND_AGAIN)

    def _slot(self, text: str, match: Match) -> str:
        return self._told_slot(text, match) if self._slots_of(match).differ else match.slots[0]

    def _person_blockings(
        self, text: str, mentions: Sequence[Mention], plans: Sequence[Plan]
    ) -> list[Blocking]:
        """Return the persons that the tagger finds, where the plans change what names tell.

        A name in which a term stands changes with it, and one behind "Mr" does so.
        """
        tagger, named = cast(PersonTagger, self._tagger), self._with_names
        if not any(axis in named for plan in plans for axis, _ in plan.of_persons):
            return []
        changing = [mention.match for mention in mentions if mention.match.counterparts]
        persons = self._answer(text, lambda: [(start, end) for start, end in tagger.persons(text)])
        places = [
            (start, end)
            for start, end in persons
            if not any(_goes_with(match, text, start, end) for match in changing)
        ]
        return person_blockings(text, places, named.values())

    def _told_slot(self, text: str, match: Match) -> str:
        slot = self._answer(
            text, lambda: self._tagger.slot(text, match.start, match.end, match.slots)
        )
        if slot not in match.slots:
            raise InputError(
                f"the tagger {self._tagger.name} tells the slot {slot!r}",
                where=f"the text {text[:_MOST_SHOWN]!r}",
                expected=f"one of {', '.join(match.slots)}",
            )
        return slot

    def _answer(self, text: str, ask: Callable[[], _Answer]) -> _Answer:
        try:
            return ask()
        except Exception as error:
            raise InputError(
                f"the tagger {self._tagger.name} fails ({type(error).__name__}: {error})",
                where=f"the text {text[:_MOST_SHOWN]!r}",
            ) from error

    def _slots_of(self, match: Match) -> _Slots:
        key = (id(match.entry), match.slots)  # the matcher keeps its entries
        slots = self._slots.get(key)
        if slots is None:
            first, *others = match.slots
            forms = [
                (counterpart.form(first), counterpart.form(slot))
                for counterpart in match.counterparts
                for slot in others
            ]
            slots = self._slots[key] = _Slots(
                differ=any(one != other for one, other in forms),
                are_alike=all((one is None) == (other is None) for one, other in forms)
                and len({slot in FOR_SEVERAL for slot in match.slots}) == 1,
            )
        return slots

    def _plans_for(self, mentions: Sequence[Mention]) -> tuple[list[Plan], bool]:
        """Return the plans for terms, and whether another word may mean a group of theirs."""
        by_key = {mention.key: mention for mention in mentions}
        keys = tuple(by_key)
        known = self._plans.get(keys)
        if known is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plans = plans_of(by_key, self._axes, together=self._together)
            unsettled = self._matcher.unsettled_groups
            may_be_unsettled = not all(map(unsettled.isdisjoint, [plan.groups for plan in plans]))
            known = self._plans[keys] = plans, may_be_unsettled
        return known

    def _carried_out(
        self, plan: Plan, text: str, mentions: Sequence[Mention]
    ) -> Counterfactual | None:
        """Return the text with its terms replaced; None if one would be no identity term there."""
        parts: list[str] = []
        edited: list[Match] = []
        guarded: list[tuple[int, int]] = []  # places in the result
        position = growth = 0
        replacements, is_guarded = plan.replacements, self._matcher.is_guarded
        for match, slot, key in mentions:
            replacement = replacements.get(key)
            if replacement is None:
                continue
            start, end, term = match[:3]
            written, changes_sound = replacement
            edited.append(match)
            if changes_sound:
                article = mended_article(text, start, term, written)
                if article is not None and article[0] >= position:
                    parts += [text[position : article[0]], article[2]]
                    position = article[1]
                    growth += len(article[2]) - (article[1] - article[0])
            found = text[start:end]
            if found != term or found[0].isupper():
                written = with_case_of(found, written, listed=term, text=text, start=start)
            parts += [text[position:start], written]
            position = end
            if is_guarded(written):
                guarded.append((start + growth, start + growth + len(written)))
            growth += len(written) - (end - start)
            if slot in FOR_SEVERAL and text[end : end + 1] in APOSTROPHES:
                sign, position = possessive_of_plural(text, start, end, written)
                parts.append(sign)
                growth += len(sign) - (position - end)
        parts.append(text[position:])
        made = "".join(parts)
        for start, end in guarded:
            if not self._matcher.is_term(made, start, end):
                return None
        return Counterfactual(made, *terms_and_groups(edited))

    def _drawn(self, text: str, plans: Sequence[Plan]) -> list[Plan]:
        """Draw plans by seed and text, so that neither order nor workers matter."""

        def lot(index: int) -> bytes:
            drawn_from = f"{self._seed} {index} {text}"
            return blake2b(drawn_from.encode("utf-8", "surrogatepass")).digest()

        drawn = sorted(range(len(plans)), key=lot)[: self._per_example]
        return [plans[index] for index in sorted(drawn)]


def _goes_with(match: Match, text: str, start: int, end: int) -> bool:
    """Tell whether a term stands in a name at text[start:end], or is the title in front of it."""
    if match.start < end and start < match.end:
        return True
    is_title = match.entry.pos == "title" and match.end <= start
    return is_title and not text[match.end : start].strip(" .\u00a0")
