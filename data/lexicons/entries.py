"""What a lexicon holds: identity terms with their forms, counterparts and guards, and blockers.

`evenhand.data.lexicons.lexicon` describes the file format and loads files into these.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evenhand.data.errors import InputError
from evenhand.data.support.suggest import did_you_mean

BASE = "base"  # the slot of an entry's own spelling
MAX_TERM_LENGTH = 100  # characters; longer is a sentence pasted by mistake
_IN_WORDS = re.compile(r"\w")


def _even_spaces(text: str) -> str:
    return " ".join(text.split())


def folded(text: str) -> str:
    """Return the key under which spellings are the same: case, white space and accents evened."""
    return unicodedata.normalize("NFC", _even_spaces(text).casefold())


class Guards(BaseModel):
    """Conditions on the text around a term; all of them must hold for it to match.

    Attributes:
        person_word: The term stands in front of a word for a person ("black women", "a straight
            guy", "black and white people"), or says something of one ("who are black", "he is
            blind.", "being deaf"), or is a noun for one ("a German who", "the Irish are"). Forms
            that can only be nouns ("Germans") need none of these.
        shared_word: With `person_word`, also in front of what people have together: "black
            lives", "trans rights".
        not_address: The term is not said to somebody or to nobody: "Man, that hurt", "come on,
            man".
        not_given_name: The term, capitalised, is not somebody's name: "Christian said",
            "Christian Lopez".
        not_in: Fixed expressions that the term may not be part of, whatever their case, with
            spaces or hyphens between their words.
        not_capitalised: The term is not capitalised in the middle of a sentence, where it would
            be a name, nor in front of another capitalised word: "King Charles". A term in capitals
            throughout ("THE QUEEN") does not count as capitalised.
        only_capitalised: The term's first letter is a capital: "Polish", not "polish".
        ages: The lowest and the highest age in years that may be said beside the term: "a young
            man of 90" is a way of speaking, and "an old man of 19" no counterfactual.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    person_word: bool = False
    shared_word: bool = False
    not_address: bool = False
    not_given_name: bool = False
    not_in: tuple[str, ...] = ()
    not_capitalised: bool = False
    only_capitalised: bool = False
    ages: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> Guards:
        if self.not_capitalised and self.only_capitalised:
            raise ValueError("not_capitalised and only_capitalised exclude each other")
        if self.shared_word and not self.person_word:
            raise ValueError("shared_word extends person_word, which is not set")
        if self.ages is not None and self.ages[0] > self.ages[1]:
            raise ValueError("ages must be the lowest and the highest, in this order")
        return self


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _by_slot(value: object) -> object:
    if value is False:
        return {}
    return {BASE: value} if isinstance(value, str) else value


_Text = Annotated[str, AfterValidator(_even_spaces)]
_Slot = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
_Spellings = Annotated[tuple[_Text, ...], BeforeValidator(_as_list), Field(min_length=1)]
_Neutral = Annotated[dict[_Slot, _Text], BeforeValidator(_by_slot)]


class Entry(BaseModel):
    """One identity term.

    Attributes:
        term: Its base form.
        group: The group that it belongs to.
        pos: Part of speech, where it matters. A "title" is one in front of a name: "Mr".
        forms: Its other spellings by slot ("plural", "object", ...), of each slot the one to write
            first. The slot "base" lists further spellings of the base form, which are recognised
            and never written. Slots may share a spelling: "her" is both object and determiner.
        counterparts: Base forms of the entries of the same lexicon that may stand in its place.
        neutral: What stands in its place when the identity goes, by slot, "" for nothing: "parent"
            for "mother". A text by itself is that of the base form; False, or none at all, is for
            an entry without a neutral form. `evenhand.data.lexicons.neutral_forms` says what
            follows for other slots, and for an entry that states nothing.
        guards: Where it is an identity term, and where it only looks like one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    term: _Text
    group: str
    pos: Literal["noun", "adjective", "pronoun", "title", "name"] | None = None
    forms: dict[_Slot, _Spellings] = {}
    counterparts: tuple[str, ...] = ()
    neutral: _Neutral | None = None
    guards: Guards = Guards()

    def spellings(self) -> Iterator[tuple[str, str]]:
        """Return every (slot, spelling), the base form first."""
        yield BASE, self.term
        for slot, spellings in self.forms.items():
            for spelling in spellings:
                yield slot, spelling

    def form(self, slot: str) -> str | None:
        """Return the spelling to write in a slot; None if the entry has no such form."""
        return self.term if slot == BASE else self.forms.get(slot, (None,))[0]


class Blocker(BaseModel):
    """Words that are no terms, and void a substitution where they stay beside what it changes.

    "Muslims pray in a mosque" is no text about Hindus once "Muslims" has become "Hindus".

    Attributes:
        words: The words, matched like terms.
        reason: Why there is no pair, for the manifest and the card.
        groups: They void only exchanges in which one of these groups takes part; without any,
            every exchange of the lexicon.
        capitalised: They count only with a capital first letter: "Turkey".
        before_name: They count only in front of a capitalised word: "King Charles".
        given_name: They count only where they stand as somebody's given name: "Austin said", not
            "in Austin".
        of_person: They tell who one person is: they void only exchanges of the groups' own terms,
            in a form for one person.
        of_several: They tell who some people are: they void only exchanges of the groups' own
            terms, in a form for several.
        neutral: What becomes of them in a neutral pair in which such a term changes: this is
            written in their place, "person" for "guy"; False leaves the pair out; None, the
            default, lets them stay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Annotated[tuple[_Text, ...], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1, max_length=200)] = (
        "a word that goes with the group would stay"
    )
    groups: tuple[str, ...] = ()
    capitalised: bool = False
    before_name: bool = False
    given_name: bool = False
    of_person: bool = False
    of_several: bool = False
    neutral: _Text | Literal[False] | None = None

    def concerns(self, groups: Set[str]) -> bool:
        """Tell whether they void anything that changes these groups of their lexicon."""
        return not groups.isdisjoint(self.groups) if self.groups else bool(groups)


@dataclass(frozen=True)
class Lexicon:
    """A list of identity terms.

    Attributes:
        name: Name of the lexicon, for the manifest.
        version: Its version, ``"unversioned"`` for a plain text file.
        description: What it is, in a few words.
        groups: Description of each group by its name, in the file's order.
        entries: The terms, in the file's order. No two share a spelling, and every counterpart
            is the term of another entry.
        blockers: Words that are no terms, and void a substitution beside them.
        names: Given names by the group that they tell: two groups, names at the same place being
            exchanged for each other if names are swapped, and blockers otherwise.
        sha256: SHA-256 of the file, or of what a lexicon holds that code has made.
    """

    name: str
    version: str
    description: str
    groups: dict[str, str]
    entries: tuple[Entry, ...]
    sha256: str = ""
    blockers: tuple[Blocker, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def with_names(lexicon: Lexicon) -> Lexicon:
    """Return a lexicon of which the given names are terms, each the other's counterpart."""
    groups = list(lexicon.names)
    entries = [
        Entry(
            term=name,
            group=group,
            pos="name",
            counterparts=(lexicon.names[other][place],),
            guards=Guards(only_capitalised=True),
        )
        for group, other in zip(groups, reversed(groups), strict=True)
        for place, name in enumerate(lexicon.names[group])
    ]
    return replace(lexicon, entries=(*lexicon.entries, *entries))


@dataclass(frozen=True)
class Draft:
    """A lexicon as it is written, with the line of each entry: not checked yet."""

    where: str
    lexicon: Lexicon
    line_of: Callable[[int], int | None]

    def at(self, index: int) -> str:
        """Return where the entry `index` stands."""
        return at_line(self.where, self.line_of(index))


class InvalidLexicon(InputError):
    """A lexicon cannot be used: the message is its first problem, `problems` holds all of them."""

    def __init__(self, problems: Sequence[InputError]) -> None:
        first = problems[0]
        super().__init__(
            first.what, where=first.where, expected=first.expected, remedy=first.remedy
        )
        self.problems = tuple(problems)


def checked(draft: Draft) -> Lexicon:
    """Return the draft's lexicon, or raise InvalidLexicon if matching with it would go wrong."""
    problems = list(matching_problems(draft))
    if problems:
        raise InvalidLexicon(problems)
    return draft.lexicon


def matching_problems(draft: Draft) -> Iterator[InputError]:
    """Return what keeps the draft from being a lexicon."""
    lexicon = draft.lexicon
    if not lexicon.entries:
        yield InputError("the lexicon holds no terms", where=draft.where)
    bases = {folded(entry.term) for entry in lexicon.entries}
    owners: dict[str, int] = {}
    for index, entry in enumerate(lexicon.entries):
        if entry.group not in lexicon.groups:
            yield InputError(
                f"the term {entry.term!r} names the group {entry.group!r}, which is not declared",
                where=draft.at(index),
                expected=f"one of {', '.join(lexicon.groups)}" if lexicon.groups else None,
                remedy=did_you_mean(entry.group, lexicon.groups)
                or f'declare it: groups.{entry.group} = "..."',
            )
        for spelling in dict.fromkeys(spelling for _, spelling in entry.spellings()):
            if not _can_be_a_term(spelling):
                yield InputError(
                    f"{spelling[:MAX_TERM_LENGTH]!r} cannot be a term",
                    where=draft.at(index),
                    expected=f"letters or digits, at most {MAX_TERM_LENGTH} characters",
                )
            owner = owners.setdefault(folded(spelling), index)
            if owner != index:
                yield InputError(
                    f"the term {spelling!r} is listed twice",
                    where=draft.at(index),
                    remedy=f"it is also at {draft.at(owner)}: remove one of them",
                )
        for neutral in (entry.neutral or {}).values():
            if neutral and not _can_be_a_term(neutral):
                yield InputError(
                    f"{neutral[:MAX_TERM_LENGTH]!r} cannot be a neutral form",
                    where=draft.at(index),
                    expected=f"letters or digits, at most {MAX_TERM_LENGTH} characters, or nothing",
                )
        for counterpart in entry.counterparts:
            if folded(counterpart) not in bases:
                yield InputError(
                    f"the term {entry.term!r} has the counterpart {counterpart!r}, "
                    "which is not a term of this lexicon",
                    where=draft.at(index),
                    remedy=did_you_mean(counterpart, [other.term for other in lexicon.entries])
                    or "list it, in its base form",
                )
    yield from _blocker_problems(draft)


def _blocker_problems(draft: Draft) -> Iterator[InputError]:
    """Return what is wrong with the blockers and names."""
    lexicon = draft.lexicon
    for blocker in lexicon.blockers:
        for group in blocker.groups:
            if group not in lexicon.groups:
                yield InputError(
                    f"the blocker {blocker.words[0]!r} names the group {group!r}, "
                    "which is not declared",
                    where=draft.where,
                    expected=f"one of {', '.join(lexicon.groups)}",
                    remedy=did_you_mean(group, lexicon.groups),
                )
        for word in blocker.words:
            if not _can_be_a_term(word):
                yield _word_problem(draft, "blocker", word)
    for group, names in lexicon.names.items():
        if group not in lexicon.groups:
            yield InputError(
                f"names are listed for the group {group!r}, which is not declared",
                where=draft.where,
                expected=f"one of {', '.join(lexicon.groups)}",
                remedy=did_you_mean(group, lexicon.groups),
            )
        for word in names:
            if not _can_be_a_term(word):
                yield _word_problem(draft, "name", word)
    every = Counter(folded(name) for names in lexicon.names.values() for name in names)
    for name, times in every.items():
        if times > 1:
            yield InputError(f"the name {name!r} is listed twice", where=draft.where)
    if lexicon.names and len(set(map(len, lexicon.names.values()))) + len(lexicon.names) != 3:
        yield InputError(
            "names are listed for "
            + ", ".join(f"{group} ({len(names)})" for group, names in lexicon.names.items()),
            where=draft.where,
            expected="two groups, with as many names each: they are exchanged for each other",
        )


def _word_problem(draft: Draft, kind: str, word: str) -> InputError:
    return InputError(
        f"{word[:MAX_TERM_LENGTH]!r} cannot be a {kind}",
        where=draft.where,
        expected=f"letters or digits, at most {MAX_TERM_LENGTH} characters",
    )


def at_line(where: str, line: int | None) -> str:
    """Return a place in a file as errors name it."""
    return where if line is None else f"{where}, line {line}"


def _can_be_a_term(text: str) -> bool:
    return len(text) <= MAX_TERM_LENGTH and text.isprintable() and bool(_IN_WORDS.search(text))
