"""Tell where a text makes no sense once its identities have gone, though its grammar does.

"Women cook, but men don't" says nothing as "people cook, but people don't", and "they met them" not
who met whom. Such texts are left out. All rules are word lists: they look at a few words beside a
term, or at whether a word is in the text, and are asked only of texts that have an edit.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.agreement import plural_of_verb
from evenhand.data.english.letter_case import opens_sentence
from evenhand.data.english.noun_phrases import OWNERS, article_of, word_before, word_behind
from evenhand.data.english.word_classes import word_set
from evenhand.data.lexicons.neutral_forms import PEOPLE, PERSON
from evenhand.data.matching.sought_words import Sought
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
    OTHERS,
    THE_PERSON,
    Phrase,
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

_TWO_ALIKE = Sought(re.compile(r"(?<!\w)(?:two|2|other)\s+(?:wo)?men(?!\w)", re.IGNORECASE))
SOUGHT = (
    *(context.THING, context.TOPICS, context.FAMILY, context.ADULT, context.THEY, context.THAN),
    *(_TWO_ALIKE, SEVERAL, OTHERS, THE_PERSON),
)
"""The words that `no_sense` looks for, whose absence shows faster than their presence."""

_OF_GENDER = (context.PRONOUN, context.GENDERED)
SOUGHT_IN_MADE = (*_OF_GENDER, context.GOES_ON)
"""The same for `is_half_gone` and `leaves_a_verb`."""

_RARE = word_set("""
    monarch monarchs noble nobles royal royals magician magicians newlywed newlyweds ruler rulers
    """) | {"ranch hand", "ranch hands"}
_RELATIVES = KIN | _RARE
_SHORT = 4  # letters of a term that may be part of another word: "man", "poor"
_KIDS = frozenset(["kid", "kids"])
_OF_ANYBODY = frozenset([PERSON, PEOPLE]) | _KIDS
_OF_ANYBODY_OR_KIN = _OF_ANYBODY | KIN
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
_BETWEEN = re.compile(r"\s*(?:,|/|&|(?:,\s*)?(?:and|or)\s)?\s*", re.IGNORECASE)
_OF_NAME = re.compile(r"\s+of\s+(?:the\s+)?(?-i:[A-Z])|\s+of\s+(?:god|satan)", re.IGNORECASE)
_MARRIES = re.compile(r"(?<!\w)(?:wedding|marr\w+|kiss\w*|couple|in\s+love|together)(?!\w)", re.I)
_MEETS = re.compile(r"\s+(?:[\w'’]+\s+){1,4}")
_WORDS_OF_JOIN = 2  # "a man and a woman"
_FAR = 240  # characters to a "they" that no pronoun can be taken for


def no_sense(text: str, uses: Sequence[Use], held: Set[Sought]) -> Skipped | None:
    """Return why a text would make no sense with its identities gone, None if it would.

    Args:
        text: The text.
        uses: What becomes of its terms, in its order.
        held: Which of `SOUGHT` it may hold.
    """
    pronouns: list[Use] = []
    others: list[Use] = []
    for use in uses:
        if use.kind == "pronoun":
            pronouns.append(use)
        elif use.match.entry.pos != "title":
            others.append(use)
    doubt = _no_sense_of_pronouns(text, pronouns, held) if pronouns else None
    if doubt is not None or not others:
        return doubt
    return _no_sense_of_nouns(text, uses, others, held)


def _has(text: str, words: Sought, held: Set[Sought]) -> bool:
    return words in held and words.search(text) is not None


def _no_sense_of_pronouns(text: str, pronouns: Sequence[Use], held: Set[Sought]) -> Skipped | None:
    if context.THEY in held and _meets_they(text, pronouns):
        return THEY_TWICE
    if len(pronouns) > 1 and _are_two(text, pronouns):
        return THEY_TWICE
    if any(is_hard_to_read(text, use.end, is_possessive=use.new == "theirs") for use in pronouns):
        return UNCLEAR
    if len({use.match.entry.group for use in pronouns}) > 1 and (
        len(pronouns) > 2 or text[pronouns[0].end : pronouns[1].start].isspace()
    ):
        return ONE_WORD  # "never his her umbrella", as typed
    if _has(text, context.THING, held):
        return UNCLEAR
    if any(use.new == "they" and stands_alone(text, use.start, use.end) for use in pronouns):
        return UNCLEAR
    if pronouns[0].new != "them" and may_be_several(text, pronouns[0].start, held):
        return OF_SEVERAL
    return None


def _no_sense_of_nouns(
    text: str, uses: Sequence[Use], others: Sequence[Use], held: Set[Sought]
) -> Skipped | None:
    nouns: list[Use] = []  # for anybody
    adjectives: list[Use] = []
    relatives: list[Use] = []
    is_general = False
    for use in others:
        if use.kind == "adjective":
            adjectives.append(use)
        if use.new in _RELATIVES:
            relatives.append(use)
        is_of_anybody = use.new in _OF_ANYBODY
        if is_of_anybody and use.kind == "noun":
            nouns.append(use)
        is_general = is_general or is_of_anybody or use.kind != "noun"
    if is_general and _has(text, context.TOPICS, held):
        return ABOUT_GROUP
    for use in adjectives:
        is_noun = use.match.entry.pos != "adjective"
        if is_noun and use.match.entry.term in _NO_MODIFIERS:
            return SET_PHRASE  # "boy power"
    for use in adjectives:
        doubt = _no_sense_without(text, use, uses)
        if doubt is not None:
            return doubt
    is_of_children = any(use.match.term in _CHILDREN for use in nouns)
    if is_of_children and _has(text, context.FAMILY, held):
        return SET_PHRASE  # "raising children"
    is_rare = any(use.new in _RARE for use in relatives)
    if is_rare and _has(text, context.ADULT, held):
        return SET_PHRASE  # "take me to the king"
    ends = {use.end for use in uses}
    for use in nouns:
        if _is_of_animals(text, use):
            return NO_PERSON
    for use in nouns:
        if _is_in_set_phrase(text, use, ends):
            return SET_PHRASE
    for use in relatives:
        if _is_no_kin(text, use, ends):
            return SET_PHRASE
    if _has(text, _TWO_ALIKE, held) and _MARRIES.search(text):
        return ABOUT_GROUP  # "a wedding of two women"
    if len(relatives) == len(uses):
        return None  # which are no phrases for anybody
    doubt = _no_sense_of_phrases(text, list(_phrases(text, uses)), held)
    if doubt is not None or all(use.new not in _KIDS for use in nouns):
        return doubt
    if _has(text, context.ADULT, held) or _is_of_team(text, nouns):
        return GROWN_UP
    return None


def _no_sense_of_phrases(text: str, phrases: Sequence[Phrase], held: Set[Sought]) -> Skipped | None:
    if len(phrases) > 1 and _are_two_persons(text, [one for one in phrases if not one.plural]):
        return ONE_WORD
    for phrase in phrases:
        if _is_pointed_at(text, phrase, held) or is_about_group(text, phrase):
            return ABOUT_GROUP
        if meets_people(text, phrase, held):
            return PEOPLE_TWICE
    return None


def _are_two_persons(text: str, phrases: Sequence[Phrase]) -> bool:
    """Tell "a man was shot by a black man" from "a man and a woman", "the man ... the man"."""
    return any(
        text[first.start : first.end].lower() != text[second.start : second.end].lower()
        and len(text[first.end : second.start].split()) > _WORDS_OF_JOIN
        for first, second in pairwise(phrases)
    )


def _no_sense_without(text: str, use: Use, uses: Sequence[Use]) -> Skipped | None:
    """Return why an adjective cannot go from in front of its noun."""
    if use.match.slots and use.match.slots[0] == "superlative":
        return ABOUT_GROUP  # "the tallest student"
    is_last = all(
        other.start <= use.end or _BETWEEN.fullmatch(text, use.end, other.start) is None
        for other in uses
    )
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
            yield Phrase(first, use.end, axis, use.plural)
        elif use.kind == "noun" and use.new.endswith(f" {PERSON}"):
            yield Phrase(first, use.end, "nationality", use.plural)  # "Irish person"
        elif use.kind == "behind":
            head = _HEAD_BEFORE.search(text, max(use.start - _WINDOW, 0), use.start)
            if head is not None:
                yield Phrase(head.start(1), use.end, axis, head[1].lower() in _HEADS_OF_SEVERAL)


def _meets_they(text: str, pronouns: Sequence[Use]) -> bool:
    """Tell whether the text has a "they" in the sentence of a pronoun, or next to it."""
    others = [found.span() for found in context.THEY.pattern.finditer(text)]
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
    """Tell whether one pronoun acts on another: "he pushed him", "she loves him"."""
    return any(
        first.new == "they"
        and second.new == "them"
        and (between := _MEETS.fullmatch(text, first.end, second.start)) is not None
        and words.FUNCTION_WORDS.isdisjoint(between[0].lower().split()[:-1])
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
    if not use.plural and context.AS.search(head) and not context.TELLS_WHO.match(text, use.end):
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
    if use.match.term in _CHILDREN and _OF_NAME.match(text, use.end):
        return True  # "the whining child of Canada"
    if use.match.entry.term not in context.IN_COMPOUNDS or use.start - 1 in ends:
        return False
    return is_in_compound(text, use.start, plural=use.plural)


def _is_of_animals(text: str, use: Use) -> bool:
    """Tell whether a "female" or "male" may be an animal."""
    return use.match.entry.term in ("female", "male") and context.ANIMAL.search(text) is not None


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


def leaves_a_verb(made: str, uses: Iterable[Use], held: Set[Sought]) -> bool:
    """Tell whether a verb of the third person may go on from a "they": "and hums a tune".

    Args:
        made: The text with its identities gone.
        uses: What became of its terms.
        held: Which of `SOUGHT_IN_MADE` it may hold.
    """
    if context.GOES_ON not in held or "they" not in [use.new for use in uses]:
        return False
    return any(
        found[1].lower() not in context.NO_VERBS
        and plural_of_verb(found[1].lower()) is not None
        and found[2].lower() not in _BEHIND_NOUNS
        for found in context.GOES_ON.pattern.finditer(made)
    )


def is_half_gone(made: str, uses: Iterable[Use], held: Set[Sought]) -> bool:
    """Tell whether a word that tells the same stays: "they are a good guy", "#gay".

    Args:
        made, uses, held: As for `leaves_a_verb`.
    """
    is_gender = False
    lower = made.lower()
    for use in uses:
        if use.kind == "pronoun":
            is_gender = True
            continue
        term = use.match.term.lower()
        is_gender = is_gender or (use.match.axis == "gender" and use.match.entry.pos != "title")
        if len(term) > _SHORT and term in lower and term not in use.new:
            return True
    return is_gender and any(_has(made, words, held) for words in _OF_GENDER)


def become_one_word(text: str, uses: Sequence[Use]) -> bool:
    """Tell whether two groups become one word: "women ... men", "white kids ... black kids".

    Args:
        text: The text.
        uses: What becomes of its terms, where neighbours are one already.
    """
    genders: set[str] = set()
    groups: dict[tuple[str, str], set[str]] = {}
    for use in uses:
        if use.kind == "noun" and use.new in _OF_ANYBODY_OR_KIN:
            is_vague = use.new.startswith("relative")  # of aunts and of nieces
            told = use.match.entry.term if is_vague else use.match.entry.group
            groups.setdefault(("", _singular(use.new)), set()).add(told)
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
