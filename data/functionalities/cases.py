"""Cases: the templates of functionalities, filled with the words of groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenhand.data.english.articles import starts_with_vowel_sound
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.catalogue import SLOT, Functionality, Label, functionalities
from evenhand.data.functionalities.group_words import GroupWords, words_of
from evenhand.data.lexicons.entries import Lexicon
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.support.suggest import did_you_mean

DEFAULT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "gender": ("female", "male", "transgender"),
    "sexual-orientation": ("gay", "lesbian"),
    "religion": ("christian", "jewish", "muslim"),
    "race-ethnicity": ("asian", "black", "white"),
    "disability": ("disabled",),
    "immigration": ("immigrant",),
}
"""The groups that fill the templates if none are chosen, by lexicon."""

_ARTICLE_AND_SLOT = re.compile(rf"(?:\b([Aa]) )?{SLOT.pattern}")
_SENTENCE_ENDS = re.compile(r"(?:\A|[.!?] )\Z")


@dataclass(frozen=True)
class Case:
    """A sentence with what a classifier should decide on it.

    Attributes:
        text: The sentence.
        functionality: The functionality that it is a case of.
        label: What it is.
        template: The template that it was made from.
        group: The group that it is about; None for a control, which is about none.
    """

    text: str
    functionality: str
    label: Label
    template: str
    group: str | None

    @property
    def is_toxic(self) -> bool:
        """Whether it should be flagged."""
        return self.label == "toxic"


@dataclass(frozen=True)
class CaseSet:
    """Every case of every functionality for some groups.

    Attributes:
        cases: The cases; those of one template follow each other. Each group has the same
            templates.
        groups: The groups and their words.
        lexicons: What they were taken from.
        left_out: Groups whose terms fit no slot.
    """

    cases: tuple[Case, ...]
    groups: tuple[GroupWords, ...]
    lexicons: tuple[Lexicon, ...]
    left_out: tuple[str, ...]


def make_cases(
    terms: Sequence[str | Path] | None = None, groups: Sequence[str] | None = None
) -> CaseSet:
    """Fill the templates of all functionalities with the words of groups.

    Args:
        terms: Lexicons by name, or lexicon files, whose groups are used; None for those of
            `DEFAULT_GROUPS`. Of two groups of one name the first is taken.
        groups: The groups of those lexicons to use; None for all, or without `terms` for
            `DEFAULT_GROUPS`.

    Raises:
        ConfigurationError: A group is in none of the lexicons, or has no words for the slots.
        InputError: A lexicon cannot be used, or no group has words for the slots.
    """
    names = list(DEFAULT_GROUPS) if terms is None else terms
    lexicons = tuple(load_lexicon(name) for name in names)
    found: dict[str, GroupWords] = {}
    for lexicon in lexicons:
        for words in words_of(lexicon):
            found.setdefault(words.group, words)
    every = list(dict.fromkeys(group for lexicon in lexicons for group in lexicon.groups))
    if groups is not None:
        wanted = list(dict.fromkeys(groups))
        _check_groups(wanted, every, found)
    elif terms is None:
        wanted = [group for of_lexicon in DEFAULT_GROUPS.values() for group in of_lexicon]
    else:
        wanted = every
    chosen = tuple(found[group] for group in wanted if group in found)
    if not chosen:
        raise InputError(
            "no group has words that fit into sentences",
            where="`terms`",
            expected="a lexicon with adjectives, or with nouns and their plurals: see "
            "`evenhand data terms show`",
        )
    return CaseSet(
        tuple(_cases(functionalities(), chosen)),
        chosen,
        lexicons,
        tuple(group for group in wanted if group not in found),
    )


def _check_groups(
    wanted: Sequence[str], every: Sequence[str], found: Mapping[str, GroupWords]
) -> None:
    for group in wanted:
        if group not in every:
            raise ConfigurationError(
                f"the lexicons have no group {group!r}",
                where="`groups`",
                expected=f"some of {', '.join(every)}",
                remedy=did_you_mean(group, every),
            )
        if group not in found:
            raise ConfigurationError(
                f"the group {group!r} has no words that fit into sentences",
                where="`groups`",
                expected="a group with an adjective, or with a noun and its plural",
            )
    if not wanted:
        raise ConfigurationError("there is no group", where="`groups`")


def _cases(
    functionalities: Sequence[Functionality], groups: Sequence[GroupWords]
) -> Iterator[Case]:
    for each in functionalities:
        for template in each.templates:
            if not each.names_groups:
                yield Case(template, each.name, each.label, template, None)
                continue
            for words in groups:
                text = filled(template, words)
                yield Case(text, each.name, each.label, template, words.group)


def filled(template: str, words: GroupWords) -> str:
    """Return a template with a group's words in its slots.

    "a" in front of a slot becomes "an" where the word asks for it, and what opens a sentence gets a
    capital.
    """
    of_slots = {"group": words.plural, "member": words.member, "adjective": words.adjective}

    def word(found: re.Match[str]) -> str:
        article, slot = found.groups()
        text = of_slots[slot]
        if article is not None:
            return f"{article}{'n' if starts_with_vowel_sound(text) else ''} {text}"
        opens = _SENTENCE_ENDS.search(template[: found.start()]) is not None
        return text[0].upper() + text[1:] if opens else text

    return _ARTICLE_AND_SLOT.sub(word, template)
