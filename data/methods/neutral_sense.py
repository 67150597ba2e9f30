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
from evenhand.data.english.noun_phrases import OWNERS, word_before, word_behind
from evenhand.data.english.word_endings import is_adverb, looks_adjectival
from evenhand.data.lexicons.neutral_forms import PEOPLE, PERSON
from evenhand.data.matching import context_words as context
from evenhand.data.matching.key_words import ascii_words
from evenhand.data.matching.sought_words import SoughtWords
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral_uses import Use

THEY_TWICE = Skipped("'they' would meet another 'they'")
ONE_WORD = Skipped("two groups would become one word")
ABOUT_GROUP = Skipped("the group is what the sentence is about")
SET_PHRASE = Skipped("a noun may be part of a set phrase")
GROWN_UP = Skipped("a girl or boy may be an adult")
UNCLEAR = Skipped("it is not clear what a pronoun stands for")
VERB_STAYS = Skipped("a verb may not agree with 'they'")
HALF_GONE = Skipped("a word for one gender would stay")

SOUGHT = (context.THING, context.TOPICS, context.FAMILY, context.ADULT)
"""The words that `no_sense` looks for, whose absence shows faster than their presence."""

_RARE = frozenset(["monarch", "monarchs", "noble", "nobles", "magician", "magicians", "newlywed"])
_KIN = frozenset(["relative", "relatives"])
_KIDS = frozenset(["kid", "kids"])
_OF_ANYBODY = frozenset([PERSON, PEOPLE]) | _KIDS
_CHILDREN = frozenset(["child", "children"])
_OF_TEAM = OWNERS | context.OF_TEAM
_NO_COMPOUND = words.FUNCTION_WORDS | words.NUMBERS | words.COPULAS | context.NO_COMPOUND
_ADJECTIVES = words.ADJECTIVES | context.ADJECTIVES
# What stands behind a noun in "-s" rather than behind a verb: "cats and dogs are", "and hums a".
_BEHIND_NOUNS = (
    (words.FUNCTION_WORDS - words.DETERMINERS) | {"this"} | verbs.FINITE_VERBS | verbs.BASE_VERBS
)
_WINDOW = 80  # characters in front of a term
_MEETS = re.compile(r"\s+(?:[\w'’]+\s+){1,4}")
_FAR = 240  # characters to a "they" that no pronoun can be taken for


def no_sense(text: str, uses: Sequence[Use], held: Set[SoughtWords]) -> Skipped | None:
    """Return why a text would make no sense with its identities gone, None if it would.

    Args:
        text: The text.
        uses: What becomes of its terms, in its order.
        held: Which of `SOUGHT` it may hold.
    """

    def has(words: SoughtWords) -> bool:
        return words in held and words.search(text) is not None

    pronouns = [use for use in uses if use.kind == "pronoun"]
    others = [use for use in uses if use.kind != "pronoun" and use.match.entry.pos != "title"]
    if pronouns and _meets_they(text, pronouns):
        return THEY_TWICE
    if len(pronouns) > 1 and _are_two(text, pronouns):
        return THEY_TWICE
    if any(
        use.new == "theirs" and text[use.end : use.end + 2].strip() in ("@", "#", "&", "$")
        for use in pronouns
    ):
        return UNCLEAR
    if len(pronouns) > 2 and len({use.match.entry.group for use in pronouns}) > 1:
        return ONE_WORD
    if pronouns and has(context.THING):
        return UNCLEAR
    if not others:
        return None
    general = [use for use in others if use.kind != "noun" or use.new in _OF_ANYBODY]
    if general and has(context.TOPICS):
        return ABOUT_GROUP
    if any(
        use.kind == "adjective"
        and use.match.entry.term in context.NO_MODIFIERS
        and use.match.entry.pos != "adjective"
        for use in others
    ):
        return SET_PHRASE  # "boy power"
    nouns = [use for use in general if use.kind == "noun"]
    if any(use.match.term in _CHILDREN for use in nouns) and has(context.FAMILY):
        return SET_PHRASE  # "raising children"
    if any(use.new in _RARE for use in others) and has(context.ADULT):
        return SET_PHRASE  # "take me to the king"
    ends = {use.end for use in uses}
    for use in nouns:
        if _is_pointed_at(text, use):
            return ABOUT_GROUP
        if _is_in_set_phrase(text, use, ends):
            return SET_PHRASE
    if any(use.new in _KIDS for use in nouns) and (has(context.ADULT) or _is_of_team(text, nouns)):
        return GROWN_UP
    return None


def _meets_they(text: str, pronouns: Sequence[Use]) -> bool:
    """Tell whether the text has a "they" in the sentence of a pronoun, or next to it."""
    others = [found.span() for found in context.THEY.finditer(text)]
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


def _is_pointed_at(text: str, use: Use) -> bool:
    """Tell whether a noun carries what its sentence says: "only women", "he is an American"."""
    start = use.start
    head = text[max(start - _WINDOW, 0) : start]
    if context.POINTS_AT.search(head) or context.POINTED_BEHIND.match(text, use.end):
        return True
    if not use.plural and (context.DENIED.search(head) or context.WOULD.search(head)):
        return True
    if not use.plural and context.AS.search(head) and not context.TELLS_WHO.match(text, use.end):
        return True
    if context.ALONE_BEHIND.match(text, use.end) and context.ALONE_BEFORE.search(head):
        return True
    is_the_people = word_before(text, start) == "the" and use.match.axis != "gender" and use.plural
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
    if not use.plural and use.match.axis == "gender" and context.PARTNER.search(head):
        return not context.TELLS_WHO.match(text, use.end)
    if use.plural and context.OF_GROUP.match(text, use.end):
        return True
    if use.match.entry.term not in context.IN_COMPOUNDS:
        return False
    word = word_before(text, use.start)
    if not word or use.start - 1 in ends or not word.isalpha():
        return False
    if word in _NO_COMPOUND or word in _ADJECTIVES or looks_adjectival(word) or is_adverb(word):
        return False
    if word.endswith(context.ADJECTIVE_ENDINGS) or word in verbs.FINITE_VERBS:
        return False
    is_verb = word in verbs.BASE_VERBS or plural_of_verb(word) in verbs.BASE_VERBS
    return not (is_verb and use.plural)


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


def leaves_a_verb(made: str, uses: Iterable[Use]) -> bool:
    """Tell whether a verb of the third person may go on from a "they": "and hums a tune"."""
    if all(use.new != "they" for use in uses):
        return False
    return any(
        found[1].lower() not in context.NO_VERBS
        and plural_of_verb(found[1].lower()) is not None
        and found[2].lower() not in _BEHIND_NOUNS
        for found in context.GOES_ON.finditer(made)
    )


def is_half_gone(made: str, uses: Iterable[Use]) -> bool:
    """Tell whether a word for a woman or man stays where a pronoun has gone."""
    if all(use.kind != "pronoun" for use in uses):
        return False
    if made.isascii() and context.HALVES.isdisjoint(ascii_words(made)):
        return False  # which is seen much faster
    return context.PRONOUN.search(made) is not None or context.GENDERED.search(made) is not None


def become_one_word(text: str, uses: Sequence[Use]) -> bool:
    """Tell whether two groups become one word: "women ... men", "white kids ... black kids".

    Args:
        text: The text.
        uses: What becomes of its terms, where neighbours are one already.
    """
    groups: dict[tuple[str, str], set[str]] = {}
    for use in uses:
        if use.kind == "noun" and use.new in _OF_ANYBODY | _KIN:
            groups.setdefault(("", _singular(use.new)), set()).add(use.match.entry.group)
        elif use.kind == "adjective":
            head = word_behind(text, use.end).lower()
            if head:
                key = (use.match.axis, _singular(head))
                groups.setdefault(key, set()).add(use.match.entry.group)
    return any(len(found) > 1 for found in groups.values())


def _singular(noun: str) -> str:
    return PERSON if noun == PEOPLE else noun.removesuffix("s")
