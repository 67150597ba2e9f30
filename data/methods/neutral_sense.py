"""Tell where a text makes no sense once its identities have gone, though its grammar does.

"Women cook, but men don't" says nothing as "people cook, but people don't", and "they met them" not
who met whom. Such texts are left out. All rules are word lists: they look at a few words beside a
term, or at whether a word is in the text, and are asked only of texts that have an edit.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from functools import lru_cache, partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.agreement import plural_of_verb
from evenhand.data.english.letter_case import opens_sentence
from evenhand.data.english.noun_phrases import OWNERS, article_of, word_before, word_behind
from evenhand.data.english.word_classes import word_set
from evenhand.data.lexicons.neutral_forms import PEOPLE, PERSON
from evenhand.data.matching.sought_words import AnyInFront, AnyInText, Sought
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral_uses import OWNERS_AS_TYPED, Use
from evenhand.data.sense import context_words as context
from evenhand.data.sense.antecedents import (
    SEVERAL,
    is_hard_to_read,
    may_be_several,
    stands_alone,
)
from evenhand.data.sense.dropped_adjectives import carries_sense, is_all_there_is, is_in_focus
from evenhand.data.sense.person_heads import is_of_persons
from evenhand.data.sense.set_phrases import (
    KIN,
    is_bare_kin,
    is_before_doer,
    is_in_compound,
    is_no_kin,
)
from evenhand.data.sense.statements import (
    IN_FRONT_OF_PHRASE,
    OTHERS,
    THE_PERSON,
    Phrase,
    cuts_others,
    is_about_group,
    meets_people,
)

THEY_TWICE = Skipped("'they' would meet another 'they'")
ONE_WORD = Skipped("two groups would become one word")
ABOUT_GROUP = Skipped("the group is what the sentence is about")
SET_PHRASE = Skipped("a noun may be part of a set phrase")
GROWN_UP = Skipped("a girl or boy may be an adult")
UNCLEAR = Skipped("it is not clear what a pronoun stands for")
VERB_STAYS = Skipped("a verb may not agree with 'they'")
OF_SEVERAL = Skipped("'they' would be taken for people named before")
PEOPLE_TWICE = Skipped("other people are spoken of beside the group")
NO_PERSON = Skipped("an adjective may be said of no person")
HALF_GONE = Skipped("a word for one gender would stay")

_TWO_ALIKE = Sought(
    re.compile(r"(?<!\w)(?:two|2|other)\s+(?:wo)?men(?!\w)", re.IGNORECASE),
    "two_men two_women 2_men 2_women other_men other_women",
)
_OF_GENDER = (context.PRONOUN, context.GENDERED)
_BESIDE_THEY = (context.GOES_ON, context.IS_OR_HAS)
_RARE = word_set("""
    monarch monarchs noble nobles royal royals magician magicians newlywed newlyweds ruler rulers
    """) | {"ranch hand", "ranch hands"}
_RELATIVES = KIN | _RARE
_VAGUE = "relative"  # said of aunts and of nieces
_SHORT = 4  # letters of a term that may be part of another word: "man", "poor"
_KIDS = frozenset(["kid", "kids"])
_OF_ANYBODY = frozenset([PERSON, PEOPLE]) | _KIDS
_OF_ANIMALS = frozenset(["female", "male"])  # as well
_CHILDREN = frozenset(["child", "children"])
_NO_MODIFIERS = context.NO_MODIFIERS | _CHILDREN
_OF_TEAM = OWNERS | context.OF_TEAM
_OWNERS = OWNERS | OWNERS_AS_TYPED
# What stands behind a noun in "-s" rather than behind a verb: "cats and dogs are", "and hums a".
_BEHIND_NOUNS = (
    (words.FUNCTION_WORDS - words.DETERMINERS) | {"this"} | verbs.FINITE_VERBS | verbs.BASE_VERBS
)
_WINDOW = 80  # characters in front of a term
_HEADS = "people|persons?|folks?|folx|guys?|dudes?|ones?|humans?|individuals?|kids?|adults?"
_HEADS_OF_SEVERAL = word_set("""
    people persons folk folks folx guys dudes ones humans kids individuals adults""")
_HEAD = re.compile(rf"\s+({_HEADS})(?!\w)", re.IGNORECASE)
_HEAD_BEFORE = re.compile(rf"(?<!\w)({_HEADS}|children|patients)\s+\Z", re.IGNORECASE)
_START = attrgetter("start")
_BETWEEN = re.compile(r"\s*(?:,|/|&|(?:,\s*)?(?:and|or)\s)?\s*", re.IGNORECASE)
_OF_NAME = re.compile(r"\s+of\s+(?:the\s+)?(?-i:[A-Z])|\s+of\s+(?:god|satan)", re.IGNORECASE)
_MARRIES = re.compile(r"(?<!\w)(?:wedding|marr\w+|kiss\w*|couple|in\s+love|together)(?!\w)", re.I)
_MEETS = re.compile(r"(?:['’]\w+)?\s+(?:[\w'’]+\s+){1,4}")
# Between two pronouns of which none acts on the other: "he says I met her", not "he has met her".
_BREAKS_OFF = words.FUNCTION_WORDS - word_set("""
    is was be been being has had have will would can could may might must should did does do not
    's 'd 'll isn't wasn't hasn't hadn't won't wouldn't can't couldn't didn't doesn't than""")
_WORDS_OF_JOIN = 2  # "a man and a woman"
_OWNS = re.compile(r"['’]s?\s+\w")
_CONTRASTS = re.compile(r"(?:[,;]|(?<!\w)(?:and|but|while|whereas|or|than|&))\s*\Z", re.IGNORECASE)
_WORDS = 1_024  # neutral nouns to remember
_FAR = 240  # characters to a "they" that no pronoun can be taken for


IN_TEXT = AnyInText(
    *(context.THING, context.THEY, SEVERAL, _TWO_ALIKE, context.THAN, OTHERS, THE_PERSON),
    *(context.TOPICS, context.FAMILY, context.ADULT),
)
"""All that `no_sense` looks for anywhere in a text."""
_OF_PRONOUNS = IN_TEXT.number_of(context.THING, context.THEY, SEVERAL)
_OF_OTHERS = IN_TEXT.number_of(_TWO_ALIKE)
_OF_PHRASES = IN_TEXT.number_of(context.THAN, OTHERS, THE_PERSON)
_OF_ANY = IN_TEXT.number_of(context.TOPICS)
_OF_CHILDREN = IN_TEXT.number_of(context.FAMILY)
_OF_ADULTS = IN_TEXT.number_of(context.ADULT)
_BESIDE_NOUNS = frozenset(
    [_TWO_ALIKE, context.THAN, OTHERS, THE_PERSON, context.TOPICS, context.FAMILY, context.ADULT]
)
IN_MADE = AnyInText(*_OF_GENDER, *_BESIDE_THEY)
"""All that `is_half_gone` and `leaves_a_verb` look for anywhere in a counterfactual."""
_LEFT_OF_GENDER = IN_MADE.number_of(*_OF_GENDER)
_LEFT_BESIDE_THEY = IN_MADE.number_of(*_BESIDE_THEY)


IN_FRONT_OF_ANYBODY = AnyInFront(
    *(context.PARTNER, context.POINTS_AT, context.DENIED, context.WOULD, context.AS, context.IS),
    *IN_FRONT_OF_PHRASE,
)
"""All that `no_sense` looks for in front of a noun that becomes one for anybody."""
READ_ON_BEHIND = _CHILDREN
"""Nouns behind which `no_sense` reads on: "children of the revolution"."""


@lru_cache(maxsize=_WORDS)
def may_name_anybody(new: str) -> bool:
    """Tell whether a neutral noun makes a phrase that might name anybody."""
    return new in _OF_ANYBODY or new.endswith(f" {PERSON}")


def is_in_phrase(text: str, end: int) -> bool:
    """Tell whether an adjective that ends there makes a phrase for anybody: "gay people"."""
    return _HEAD.match(text, end) is not None


class ByKind(NamedTuple):
    """What becomes of a text's terms, in its order, by what is asked of each.

    Attributes:
        uses: All of it.
        pronouns: Pronouns.
        has_others: Whether any is neither a pronoun nor a title.
        nouns: Nouns that become one for anybody.
        adjectives: Adjectives that are dropped.
        relatives: Nouns for kin or nobles, in front of another noun, too.
        sought: What `no_sense` looks for, by `IN_TEXT.number_of`.
        plain: Whether all of it but pronouns is plain, and names anybody but once.
    """

    uses: Sequence[Use]
    pronouns: Sequence[Use]
    has_others: bool
    nouns: Sequence[Use]
    adjectives: Sequence[Use]
    relatives: Sequence[Use]
    sought: int
    plain: bool = False


# Its own constructor takes twice the time.
_by_kind: Callable[[tuple[Any, ...]], ByKind] = partial(tuple.__new__, ByKind)


def by_kind(uses: Sequence[Use]) -> ByKind:
    """Sort what becomes of a text's terms."""
    pronouns: list[Use] = []
    nouns: list[Use] = []
    adjectives: list[Use] = []
    relatives: list[Use] = []
    asked = 0
    plain = True
    for use in uses:
        _, _, new, match, kind, _, _, is_plain = use
        if kind == "pronoun":
            pronouns.append(use)
            asked |= _OF_PRONOUNS
            continue
        plain = plain and is_plain
        if kind != "noun":
            if match.entry.pos == "title":
                continue
            asked |= _OF_ANY
            if kind == "adjective":
                adjectives.append(use)
        elif new in _OF_ANYBODY:
            nouns.append(use)
            asked |= _OF_ANY
            if new in _KIDS:
                asked |= _OF_ADULTS
            if match.term in _CHILDREN:
                asked |= _OF_CHILDREN
        asked |= _OF_OTHERS
        if new in _RELATIVES:
            relatives.append(use)
            if new in _RARE:
                asked |= _OF_ADULTS
    has_others = asked & _OF_OTHERS != 0
    if has_others and len(relatives) < len(uses):
        asked |= _OF_PHRASES
    plain = plain and len(nouns) < 2
    return _by_kind((uses, pronouns, has_others, nouns, adjectives, relatives, asked, plain))


def no_sense(text: str, kinds: ByKind, held: Set[Sought]) -> Skipped | None:
    """Return why a text would make no sense with its identities gone, None if it would.

    Args:
        text: The text.
        kinds: What becomes of its terms.
        held: What of `kinds.sought` it may hold.
    """
    doubt = _no_sense_of_pronouns(text, kinds.pronouns, held) if kinds.pronouns else None
    if doubt is not None or not kinds.has_others:
        return doubt
    if kinds.plain and _surely_makes_sense(text, kinds.nouns, held):
        return None
    return _no_sense_of_nouns(text, kinds, held)


def _surely_makes_sense(text: str, nouns: Sequence[Use], held: Set[Sought]) -> bool:
    """Tell whether a text surely makes sense without its terms, which are plain."""
    if held and not held.isdisjoint(_BESIDE_NOUNS):
        return False
    for use in nouns:
        if use.match.entry.term in _OF_ANIMALS or cuts_others(text, use.end):
            return False
    return True


def _has(text: str, words: Sought, held: Set[Sought]) -> bool:
    return words in held and words.is_in(text)


def _no_sense_of_pronouns(text: str, pronouns: Sequence[Use], held: Set[Sought]) -> Skipped | None:
    if context.THEY in held and _meets_they(text, pronouns):
        return THEY_TWICE
    if len(pronouns) > 1 and _are_two(text, pronouns):
        return THEY_TWICE
    for use in pronouns:
        if is_hard_to_read(text, use.end, is_possessive=use.new == "theirs"):
            return UNCLEAR
    if len(pronouns) > 1 and _are_side_by_side(text, pronouns):
        return ONE_WORD
    if _has(text, context.THING, held):
        return UNCLEAR
    for use in pronouns:
        if use.new == "they" and stands_alone(text, use.start, use.end):
            return UNCLEAR
    if pronouns[0].new != "them" and may_be_several(text, pronouns[0].start, held):
        return OF_SEVERAL
    return None


def _are_side_by_side(text: str, pronouns: Sequence[Use]) -> bool:
    """Tell whether pronouns of two groups are one too many: "she is right and he is wrong".

    So they are in "never his her umbrella", as typed.
    """
    if len({use.match.entry.group for use in pronouns}) < 2:
        return False
    first, second = pronouns[0], pronouns[1]
    are_subjects = first.new.startswith("they") and second.new.startswith("they")
    if are_subjects and _CONTRASTS.search(text, first.end, second.start):
        return _BETWEEN.fullmatch(text, first.end, second.start) is None  # "he or she" is one
    if first.new == second.new and first.new in ("them", "theirs"):
        return _BETWEEN.fullmatch(text, first.end, second.start) is None  # "his is like hers"
    return len(pronouns) > 2 or text[pronouns[0].end : pronouns[1].start].isspace()


def _no_sense_of_nouns(text: str, kinds: ByKind, held: Set[Sought]) -> Skipped | None:
    uses, nouns, relatives = kinds.uses, kinds.nouns, kinds.relatives
    if _has(text, context.TOPICS, held):
        return ABOUT_GROUP
    if kinds.adjectives:
        doubt = _no_sense_of_adjectives(text, kinds.adjectives, uses)
        if doubt is not None:
            return doubt
    if _has(text, context.FAMILY, held):
        return SET_PHRASE  # "raising children"
    is_adult = _has(text, context.ADULT, held)
    if is_adult and any(use.new in _RARE for use in relatives):
        return SET_PHRASE  # "take me to the king"
    ends = {use.end for use in uses}
    for use in nouns:
        if use.match.entry.term in _OF_ANIMALS and context.ANIMAL.search(text):
            return NO_PERSON
    for use in nouns:
        if not use.plain and _is_in_set_phrase(text, use, ends):
            return SET_PHRASE
    for use in relatives:
        if not use.plain and _is_no_kin(text, use, ends):
            return SET_PHRASE
    if _has(text, _TWO_ALIKE, held) and _MARRIES.search(text):
        return ABOUT_GROUP  # "a wedding of two women"
    if len(relatives) == len(uses):
        return None  # which are no phrases for anybody
    doubt = _no_sense_of_phrases(text, list(_phrases(text, uses)), held)
    if doubt is not None or all(use.new not in _KIDS for use in nouns):
        return doubt
    is_adult = is_adult or any(map(_is_adult_age, kinds.adjectives))  # "a 25-year-old girl"
    return GROWN_UP if is_adult or _is_of_team(text, nouns) else None


def _no_sense_of_phrases(text: str, phrases: Sequence[Phrase], held: Set[Sought]) -> Skipped | None:
    if len(phrases) > 1 and _are_two_persons(text, [one for one in phrases if not one.plural]):
        return ONE_WORD
    for phrase in phrases:
        if _is_topic(text, phrase, held):
            return ABOUT_GROUP
        if meets_people(text, phrase, held):
            return PEOPLE_TWICE
    return None


def _is_topic(text: str, phrase: Phrase, held: Set[Sought]) -> bool:
    """Tell whether a phrase is what its sentence is about."""
    if phrase.plain and context.THAN not in held:
        return False
    return _is_pointed_at(text, phrase, held) or is_about_group(text, phrase)


def _are_two_persons(text: str, phrases: Sequence[Phrase]) -> bool:
    """Tell "a man was shot by a black man" from "a man and a woman", "the man ... the man"."""
    return any(
        text[first.start : first.end].lower() != text[second.start : second.end].lower()
        and len(text[first.end : second.start].split()) > _WORDS_OF_JOIN
        for first, second in pairwise(phrases)
    )


def _no_sense_of_adjectives(
    text: str, adjectives: Sequence[Use], uses: Sequence[Use]
) -> Skipped | None:
    for use in adjectives:
        is_noun = use.match.entry.pos != "adjective"
        if is_noun and use.match.entry.term in _NO_MODIFIERS:
            return SET_PHRASE  # "boy power"
    for use in adjectives:
        doubt = None if use.plain else _no_sense_without(text, use, uses)
        if doubt is not None:
            return doubt
    return None


def _no_sense_without(text: str, use: Use, uses: Sequence[Use]) -> Skipped | None:
    """Return why an adjective cannot go from in front of its noun."""
    if use.match.slots and use.match.slots[0] == "superlative":
        return ABOUT_GROUP  # "the tallest student"
    after = bisect_right(uses, use.end, key=_START)
    is_last = after == len(uses) or _BETWEEN.fullmatch(text, use.end, uses[after].start) is None
    if is_last and not is_of_persons(text, use.end):
        return NO_PERSON
    if carries_sense(text, use.start, use.end):
        return ABOUT_GROUP
    is_told = is_all_there_is(text, use.start, use.end) or (
        is_last and is_in_focus(text, use.start, use.end)
    )
    return ABOUT_GROUP if is_told else None


def _phrases(text: str, uses: Sequence[Use]) -> Iterable[Phrase]:
    """Yield the noun phrases that will name anybody: "gay men", "black people"."""
    start, end = -1, -1  # of adjectives
    for use in uses:
        goes_on = end >= 0 and _BETWEEN.fullmatch(text, end, use.start) is not None
        first = start if goes_on else use.start
        axis = use.match.axis
        if use.kind == "adjective":
            start, end = first, use.end
            head = _HEAD.match(text, use.end)
            if head is not None:
                yield Phrase(first, head.end(), axis, head[1].lower() in _HEADS_OF_SEVERAL)
            continue
        start, end = -1, -1
        if use.kind == "noun" and use.new in _OF_ANYBODY:
            yield Phrase(first, use.end, axis, use.plural, use.plain)
        elif use.kind == "noun" and use.new.endswith(f" {PERSON}"):
            yield Phrase(first, use.end, "nationality", use.plural, use.plain)  # "Irish person"
        elif use.kind == "behind":
            head = _HEAD_BEFORE.search(text, max(use.start - _WINDOW, 0), use.start)
            if head is not None:
                yield Phrase(head.start(1), use.end, axis, head[1].lower() in _HEADS_OF_SEVERAL)


def _meets_they(text: str, pronouns: Sequence[Use]) -> bool:
    """Tell whether the text has a "they" in the sentence of a pronoun, or next to it."""
    others = [found.span() for found in context.THEY.all_in(text)]
    if not others:
        return False
    starts = [start for start, _ in others]
    for use in pronouns:
        following = bisect_left(starts, use.start)
        near = [(use.end, starts[following])] if following < len(starts) else []
        if following:
            near.append((others[following - 1][1], use.start))
        for start, end in near:
            if end - start < _FAR and len(context.SENTENCE_END.findall(text, start, end)) < 2:
                return True
    return False


def _are_two(text: str, pronouns: Sequence[Use]) -> bool:
    """Tell whether one pronoun acts on another: "he pushed him", "she'd rather go than let him"."""
    return any(
        first.new == "they"
        and second.new == "them"
        and (between := _MEETS.fullmatch(text, first.end, second.start)) is not None
        and _BREAKS_OFF.isdisjoint(between[0].lower().replace("’", "'").split()[:-1])
        for first, second in pairwise(pronouns)
    )


def _is_pointed_at(text: str, use: Phrase, held: Set[Sought]) -> bool:
    """Tell whether a noun carries what its sentence says: "only women", "he is an American"."""
    start = use.start
    head = text[max(start - _WINDOW, 0) : start]
    if context.POINTS_AT.search(head) or context.POINTED_BEHIND.match(text, use.end):
        return True
    if context.THAN in held and context.UP_TO_THAN.match(text, use.end):
        return True
    if not use.plural and (context.DENIED.search(head) or context.WOULD.search(head)):
        return True
    if not use.plural and context.AS.search(head):
        tells_who = context.TELLS_WHO.match(text, use.end)  # "as a woman in tech"
        if use.axis != "gender" or not tells_who:
            return True
    if context.ALONE_BEHIND.match(text, use.end) and context.ALONE_BEFORE.search(head):
        return True
    is_the_people = word_before(text, start) == "the" and use.axis != "gender" and use.plural
    if is_the_people and not opens_sentence(text, start - 4):
        return not context.TELLS_WHO.match(text, use.end)
    said = context.IS.search(head)
    if said is None or (context.TELLS_WHO.match(text, use.end) and not use.plural):
        return False
    subject = (said[1] or said[2] or "").lower()
    return bool(subject) and subject not in context.NO_SUBJECT


def _is_in_set_phrase(text: str, use: Use, ends: Iterable[int]) -> bool:
    """Tell "a garbage man", "she has a man" from "a tall man", "told women"."""
    head = text[max(use.start - _WINDOW, 0) : use.start]
    is_partner = not use.plural and use.match.axis == "gender" and context.PARTNER.search(head)
    if is_partner and not context.TELLS_WHO.match(text, use.end):
        return True
    if use.plural and (context.OF_GROUP.match(text, use.end) or is_before_doer(text, use.end)):
        return True
    if use.plural and use.match.axis == "gender" and _is_for_group(text, use):
        return True
    if use.match.term in _CHILDREN and _OF_NAME.match(text, use.end):
        return True  # "the whining child of Canada"
    if use.match.entry.term not in context.IN_COMPOUNDS or use.start - 1 in ends:
        return False
    return is_in_compound(text, use.start, plural=use.plural)


def _is_for_group(text: str, use: Use) -> bool:
    """Tell "ladies' night", "men's shoes" from "those men's shoes"."""
    is_owner = _OWNS.match(text, use.end) is not None
    return is_owner and article_of(text, use.start, is_singular=False) is None


def _is_no_kin(text: str, use: Use, ends: Iterable[int]) -> bool:
    """Tell whether a word for kin or nobles names none: "Isley brothers", "mother fuckas"."""
    if use.kind == "modifier":
        return use.new in _RARE or word_before(text, use.start) not in _OWNERS
    if use.kind != "noun" or use.start - 1 in ends:
        return False
    if use.new in _RARE and use.plural and article_of(text, use.start, is_singular=False) is None:
        return True  # "from Queens", as typed
    return is_no_kin(text, use.start, use.end, plural=use.plural) or (
        not use.plural and is_bare_kin(text, use.start)
    )


def _is_adult_age(use: Use) -> bool:
    return use.match.axis == "age" and use.match.entry.group in ("adult", "middle-aged", "old")


def _is_of_team(text: str, nouns: Iterable[Use]) -> bool:
    """Tell whether the "girls" or "boys" that become kids may be adults: "the boys" are a team."""
    return any(
        use.new in _KIDS
        and use.plural
        and (
            word_before(text, use.start) in _OF_TEAM
            or word_before(text, use.start)[-2:] in ("'s", "rs")
        )
        and text[use.end : use.end + 1] not in ("'", "’")
        and not context.TELLS_WHO.match(text, use.end)
        for use in nouns
    )


def sought_in_made(uses: Iterable[Use]) -> int:
    """Return what `is_half_gone` and `leaves_a_verb` look for, by `IN_MADE.number_of`."""
    sought = 0
    for use in uses:
        if use.kind == "pronoun":
            sought |= _LEFT_OF_GENDER | (_LEFT_BESIDE_THEY if use.new == "they" else 0)
        elif use.match.axis == "gender" and use.match.entry.pos != "title":
            sought |= _LEFT_OF_GENDER
    return sought


def leaves_a_verb(made: str, held: Set[Sought]) -> bool:
    """Tell whether a verb may not agree with a "they": "and hums a tune", "they're called."

    Args:
        made: The text with its identities gone.
        held: Which words of `sought_in_made` it may hold.
    """
    if _has(made, context.IS_OR_HAS, held):
        return True
    return context.GOES_ON in held and any(
        found[1] not in context.NO_VERBS
        and plural_of_verb(found[1]) is not None
        and found[2] not in _BEHIND_NOUNS
        for found in context.GOES_ON.all_in(made)
    )


def is_half_gone(made: str, uses: Collection[Use], held: Set[Sought]) -> bool:
    """Tell whether a word that tells the same stays: "they are a good guy", "#gay".

    Args:
        made, held: As for `leaves_a_verb`.
        uses: What became of the terms.
    """
    if len(uses) > 1:  # a long text repeats them
        uses = {(use.match.term, use.new, use.kind): use for use in uses}.values()
    lower = ""
    for use in uses:
        term = use.match.term
        if len(term) > _SHORT and use.kind != "pronoun":
            lower = lower or made.lower()
            term = term.lower()
            if term in lower and term not in use.new:
                return True
    return bool(held) and any(_has(made, words, held) for words in _OF_GENDER)


def become_one_word(text: str, uses: Sequence[Use]) -> bool:
    """Tell whether two groups become one word: "women ... men", "white kids ... black kids".

    Args:
        text: The text.
        uses: What becomes of its terms, where neighbours are one already.
    """
    told = [use.match.entry.group for use in uses]
    if told.count(told[0]) == len(told) and not any(use.new.startswith(_VAGUE) for use in uses):
        return False  # found with less work
    genders: set[str] = set()
    groups: dict[tuple[str, str], set[str]] = {}
    for use in uses:
        if use.kind == "noun" and use.new:
            is_vague = use.new.startswith(_VAGUE)
            group = use.match.entry.term if is_vague else use.match.entry.group
            groups.setdefault(("", _singular(use.new)), set()).add(group)
        elif use.kind == "adjective":
            head = word_behind(text, use.end).lower()
            if use.match.axis == "gender" and use.match.entry.pos == "adjective":
                genders.add(use.match.entry.group)
            if head:
                key = (use.match.axis, _singular(head))
                groups.setdefault(key, set()).add(use.match.entry.group)
    if genders:
        genders |= groups.get(("", PERSON), set()) - {""}
    return len(genders) > 1 or any(len(found) > 1 for found in groups.values())


def _singular(noun: str) -> str:
    return PERSON if noun == PEOPLE else noun.removesuffix("s")
