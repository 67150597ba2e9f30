"""Decide what becomes of one identity term when its identity goes.

Its neutral form is written in its place, or it is dropped: an adjective in front of its noun. Where
neither leaves a sentence that anybody would write, there is a reason instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.letter_case import is_upper, opens_sentence
from evenhand.data.english.noun_phrases import (
    OWNERS,
    article_of,
    goes_on_with_noun,
    start_of_word_before,
    word_before,
    word_behind,
)
from evenhand.data.english.tagging import NOUN, is_collective
from evenhand.data.english.word_classes import word_set
from evenhand.data.english.word_endings import is_adjective, is_superlative
from evenhand.data.lexicons.entries import BASE
from evenhand.data.lexicons.neutral_forms import PEOPLE, PERSON, TAKEN_OUT, neutral_form
from evenhand.data.matching.readings import Match
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral_positions import (
    TAGGER,
    is_attached,
    is_attributive,
    is_in_name,
    is_noun,
    is_paired,
    is_predicate,
    is_the_people,
    names_next,
)
from evenhand.data.sense import context_words as context

NO_FORM = Skipped("a term has no neutral form there")
NOT_ATTRIBUTIVE = Skipped("an adjective is not in front of its noun: it cannot be taken out")
BY_ITSELF = Skipped("a noun has no article: it may address or name somebody")
OWNED = Skipped("a neutral noun would not be said of somebody's own")
NAME = Skipped("a term may be part of a name")

PLURAL = "plural"
_NOT_OWNED = frozenset([PERSON, PEOPLE, "adulthood"])  # "Ann's widowed person"
_OF_ANYBODY = frozenset([PERSON, PEOPLE, "kid", "kids"])
_PLURAL_ENDINGS = ("s", PEOPLE, "children")
_CLAUSE_STARTS = word_set("i i'm im you u we they it this that's what why how where when")
_TAKES_TWO = word_set("""
    call calls called calling name names named consider considers make makes made making give gives
    gave giving tell tells told ask asks asked show shows showed pay pays paid teach teaches taught
    deny denies denied offer offers offered send sends sent""")
_BEFORE_ANOTHER = re.compile(r"\s+(?:and|or)\s+(?:the|an?)\s+", re.IGNORECASE)
_BETWEEN_ADJECTIVES = re.compile(r"\s*(?:,|/|&|(?:,\s*)?(?:and|or|&)\s)?\s*", re.IGNORECASE)


_OF_ONE = frozenset(["a", "an", "this", "another", "every", "each"])
EVERYONE = "everyone"  # "to all Canadians"
_ENDS = re.compile(r"\s*(?:\Z|[.,;:!?…)])|\s+(?:in|on|at|and|but|because|when|if|who)(?!\w)", re.I)
_RANKS = frozenset(["best", "worst", "first", "last"])
_SWEETHEARTS = frozenset(["girl", "boy"])
OWNERS_AS_TYPED = frozenset(["ur", "yo", "ya", "mah", "ma", "dey"])
_ANY_OWNERS = OWNERS | OWNERS_AS_TYPED
_PERSONS_AS_TYPED = frozenset(
    ["dude", "dudes", "bro", "bruh", "brah", "bitch", "bitches", "fag", "chick", "nigga"]
)
# "Innocence of Muslims": a capital in mid-sentence.
_OF_TITLE = re.compile(r"[\w,]\s+[A-Z][a-z]+\s+of\s+\Z")
_OF_PLACE = re.compile(r"\s+of\s+(?:the\s+)?[A-Z]")
_NAME_BEHIND = re.compile(r"\.?\s+(?:[A-Z]\.\s*)?[A-Z]\w*[A-Za-z]")
_NOT_BEFORE_NAMES = word_set("a an the this that another and or & dear my your our")


class Use(NamedTuple):
    """What becomes of text[start:end], one term or several that become one.

    Attributes:
        start: Where it starts.
        end: Where it ends.
        new: What is written, in the letter case of the lexicon; `TAKEN_OUT` for a term that is
            dropped.
        match: The term, the first of several.
        kind: "pronoun", "noun", "modifier" (a noun in front of another), "adjective" or "behind"
            (behind its noun: "with autism").
        plural: Whether a noun is in the plural.
        bare: Whether a noun in the singular has no article.
        plain: Whether the words beside it tell that no rule rules it out: see
            `evenhand.data.methods.plain_terms`.
    """

    start: int
    end: int
    new: str
    match: Match
    kind: str
    plural: bool = False
    bare: bool = False
    plain: bool = False


@dataclass(frozen=True)
class _Meaning:
    """What a term can become, whatever the text."""

    kind: str
    new: str
    plural: bool = False
    noun: str | None = None  # of an adjective that may be used as a noun
    by_slot: Mapping[str, str | None] = field(default_factory=dict)  # of a pronoun


# What "son" and "daughters" become is no age: "they have a kid", not "they have a person".
_OF_KIN = {"child": _Meaning("noun", "kid"), "children": _Meaning("noun", "kids", plural=True)}


PlainUse = Callable[[str, Match, str, Use | None], Use | None]
"""Returns what becomes of a term in a text if that is plain, given its form and the next use."""
_MAY_BE_PLAIN = frozenset(["noun", "adjective"])


class Uses:
    """Decides what becomes of terms, remembering what each can become.

    Args:
        plain_use: Tells what becomes of plain terms, in less time.
    """

    def __init__(self, plain_use: PlainUse | None = None) -> None:
        self._plain_use = plain_use
        # By the entry's identity: the matcher keeps its entries.
        self._meanings: dict[tuple[int, tuple[str, ...], str], _Meaning | None] = {}

    def of(
        self, text: str, matches: Sequence[Match], *, is_made: bool = False
    ) -> list[Use] | Skipped:
        """Return what becomes of a text's terms, in its order, or why nothing can.

        Args:
            text: The text.
            matches: Its terms.
            is_made: Whether it holds neutral forms already, which may be terms in turn.
        """
        uses: list[Use] = []
        following: Use | None = None
        plain_use = None if is_made else self._plain_use
        for match in reversed(matches):
            _, _, term, _, entry, slots, _, _ = match
            key = (id(entry), slots, term)
            try:
                meaning = self._meanings[key]
            except KeyError:
                meaning = self._meanings[key] = _meaning(match)
            if is_made and term in _OF_KIN:
                meaning = _OF_KIN[term]
            if meaning is None:
                return NO_FORM
            use: Use | Skipped | None = None
            if plain_use is not None and meaning.kind in _MAY_BE_PLAIN:
                use = plain_use(text, match, meaning.new, following)
            if use is None:
                use = _use(text, match, meaning, following)
            if isinstance(use, Skipped):
                return use
            uses.append(use)
            following = use
        uses.reverse()
        return uses


def _meaning(match: Match) -> _Meaning | None:
    entry, slots = match.entry, match.slots
    forms = {slot: neutral_form(entry, slot, match.term) for slot in slots}
    if entry.pos == "pronoun":
        return None if None in forms.values() else _Meaning("pronoun", "", by_slot=forms)
    slot = BASE if BASE in slots else slots[0]
    new = forms[slot]
    if new is None:
        return None
    if entry.pos == "title":
        return _Meaning("title", new)
    if new == TAKEN_OUT:
        if match.term.split()[0] in words.PREPOSITIONS:
            return _Meaning("behind", new)
        stated = (entry.neutral or {}).get(NOUN)
        return _Meaning("adjective", new, noun=forms.get(NOUN) or stated)
    if entry.pos == "adjective":
        return _Meaning("modifier", new)
    plural = slot == PLURAL or (slot != BASE and new.endswith(_PLURAL_ENDINGS))
    return _Meaning("noun", new, plural=plural)


def _use(text: str, match: Match, meaning: _Meaning, following: Use | None) -> Use | Skipped:
    start, end = match.start, match.end
    glued = text[start - 1] if start else " "
    if glued == "#" and meaning.plural:
        return NAME  # "Cleveland #Indians"
    if glued in "_&" or (glued == "/" and text[start - 2 : start - 1] == "/"):
        return NAME
    if meaning.kind == "pronoun":
        return _use_of_pronoun(text, match, meaning.by_slot)
    if meaning.kind == "noun":
        return _use_of_noun(text, match, meaning.new, following, plural=meaning.plural)
    if meaning.kind == "modifier":
        return Use(start, end, meaning.new, match, "modifier")
    if meaning.kind == "behind":
        return _use_behind_noun(text, match)
    if meaning.kind == "title":
        return _use_of_title(text, match)
    return _use_of_adjective(text, match, meaning, following)


def _use_of_pronoun(text: str, match: Match, by_slot: Mapping[str, str | None]) -> Use | Skipped:
    start, end = match.start, match.end
    slots = match.slots
    slot = slots[0] if len(slots) == 1 else TAGGER.slot(text, start, end, slots)
    if slot == BASE and word_before(text, start) in ("a", "an", "the", "this"):
        return BY_ITSELF  # "is it a he?"
    new = by_slot[slot]
    return NO_FORM if not new else Use(start, end, new, match, "pronoun")


def _use_of_noun(
    text: str, match: Match, new: str, following: Use | None, *, plural: bool
) -> Use | Skipped:
    start, end = match.start, match.end
    neighbour = _neighbour(text, match, following)
    is_capital = text[start].isupper()
    in_name = is_capital and is_in_name(
        text, match, is_adjective=False, term_is_next=neighbour is not None
    )
    if in_name or (not plural and names_next(text, start, end)):
        return NAME
    before = word_before(text, start)
    if plural and before in _OF_ONE:
        return NOT_ATTRIBUTIVE  # "this cowboys game"
    is_object = plural and before in _TAKES_TWO  # "they call women names"
    if (not is_object and goes_on_with_noun(text, end, is_plural=plural)) or (
        neighbour is not None and neighbour.kind in ("noun", "modifier")
    ):
        if new not in _OF_ANYBODY:
            return Use(start, end, new, match, "modifier")
        if is_attached(text, start) or is_paired(text, start):
            return NOT_ATTRIBUTIVE
        if neighbour is None and word_behind(text, end).istitle():
            return NAME  # "naming my son Oscar"
        return Use(start, end, TAKEN_OUT, match, "adjective")
    is_of_title = before == "of" and _OF_TITLE.search(text, max(start - 40, 0), start)
    if is_of_title or (is_capital and _is_titled(text, match)):
        return NAME
    is_owned = before in _ANY_OWNERS or before.endswith("'s")
    if is_owned and new.split()[-1] in _NOT_OWNED:
        return OWNED
    if new == "single person" and before == "the":
        return NAME  # "watched the bachelor"
    if before == "old" and new == PERSON and article_of(text, start) in OWNERS:
        return OWNED  # "my old man"
    if before in _ANY_OWNERS and match.entry.term in _SWEETHEARTS:
        return OWNED  # "my girl" is no kid of mine
    is_public = new == PEOPLE and match.axis == "nationality"
    if is_public and before == "all" and not context.TELLS_WHO.match(text, end):
        whole = start_of_word_before(text, start)
        if word_before(text, whole) in words.PREPOSITIONS and _ENDS.match(text, end):
            return Use(whole, end, EVERYONE, match, "noun", plural=True)
    bare = False
    if not plural:
        article = article_of(text, start)
        behind = word_behind(text, end).lower()
        is_ranked = is_superlative(before) or before in _RANKS  # "the kindest man I know"
        addresses = behind in _CLAUSE_STARTS and article != before and not is_ranked
        bare = behind != "of" if article is None else addresses
        is_capitalised = is_capital and not match.term[0].isupper()
        if article != before and is_capitalised and not opens_sentence(text, start):
            bare = bare or not is_upper(text[start:end])  # "One day Grandma said"
    return Use(start, end, new, match, "noun", plural=plural, bare=bare)


def _is_titled(text: str, match: Match) -> bool:
    """Tell "the Duchess of York", "watched Four Brothers" from "the duchess of the play"."""
    found = text[match.start : match.end]
    if not found[0].isupper() or match.term[0].isupper() or is_upper(found):
        return False
    if _OF_PLACE.match(text, match.end):
        return True
    is_title = match.axis == "gender" and PLURAL in match.slots
    return is_title and not opens_sentence(text, match.start)


def _use_of_title(text: str, match: Match) -> Use | Skipped:
    """Take "Mr" away from "Mr Smith said", not from "a Mr Smith", "Mr and Mrs Smith"."""
    before = word_before(text, match.start)
    behind = text[match.end : match.end + 2]
    is_of_name = _NAME_BEHIND.match(text, match.end) is not None
    if not is_of_name or not behind or before in _NOT_BEFORE_NAMES:
        return NO_FORM
    return Use(match.start, match.end, TAKEN_OUT, match, "adjective")


def _use_behind_noun(text: str, match: Match) -> Use | Skipped:
    """Take out "with autism" behind a noun, not behind a verb: "she lives with autism"."""
    before = word_before(text, match.start)
    is_verb = (
        before in words.FUNCTION_WORDS
        or before in verbs.FINITE_VERBS
        or before in verbs.BASE_VERBS
        or before in words.DEGREE_ADVERBS
        or before.endswith(("ed", "ing", "ly"))
        or before in ("now", "already", "currently", "all", "both")
    )
    if not before or is_verb or is_adjective(before):
        return NOT_ATTRIBUTIVE
    if before in (PERSON, PEOPLE) and match.term.startswith("in "):
        return NOT_ATTRIBUTIVE  # "people in their 60s"
    return Use(match.start, match.end, TAKEN_OUT, match, "behind")


def _use_of_adjective(
    text: str, match: Match, meaning: _Meaning, following: Use | None
) -> Use | Skipped:
    start, end = match.start, match.end
    dropped = Use(start, end, TAKEN_OUT, match, "adjective")
    if following is not None and following.kind in ("noun", "adjective", "modifier"):
        between = text[end : following.start]
        if between.isspace():
            if is_attached(text, start):
                return NOT_ATTRIBUTIVE
            return dropped
        if following.kind == "adjective" and _BETWEEN_ADJECTIVES.fullmatch(between):
            paired = is_paired(text, start) or is_attached(text, start)
            return NOT_ATTRIBUTIVE if paired or is_predicate(text, start) else dropped
        if following.kind == "adjective" and _BEFORE_ANOTHER.fullmatch(between):
            return NOT_ATTRIBUTIVE  # "the white and the Asian guy"
    if is_paired(text, start):
        return NOT_ATTRIBUTIVE
    if meaning.noun and word_behind(text, end).lower() in _PERSONS_AS_TYPED:
        return NOT_ATTRIBUTIVE  # "that Asian dude"
    if meaning.noun and is_noun(text, start, end):
        if word_before(text, start) in OWNERS:
            return OWNED
        return Use(start, end, meaning.noun, match, "noun")
    neighbour = _neighbour(text, match, following)
    if is_in_name(text, match, is_adjective=True, term_is_next=neighbour is not None):
        return NAME  # "the Indian Act says"
    names_people = match.axis != "gender" and (
        is_collective(text, start, end, is_like_adjective=True) or is_the_people(text, start, end)
    )
    if names_people:
        return Use(start, end, PEOPLE, match, "noun", plural=True)
    return dropped if is_attributive(text, start, end) else NOT_ATTRIBUTIVE


def _neighbour(text: str, match: Match, following: Use | None) -> Use | None:
    """Return the next term's use if only white space stands in between, and it may be one phrase.

    "A woman in her fifties" is none.
    """
    if following is None or not text[match.end : following.start].isspace():
        return None
    return None if following.new.partition(" ")[0] in words.PREPOSITIONS else following
