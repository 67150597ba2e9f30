"""Lint a lexicon: find what would make matching or substitution with it go wrong, all at once.

`load_lexicon` refuses what would make matching wrong. This also refuses one-way swaps, counterparts
in the same group, groups without a term, spellings and guards that can never have been meant, terms
that were written as regular expressions, neutral forms that are identity terms themselves or cannot
be told for every form, and well-known pejoratives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from evenhand.data.errors import InputError
from evenhand.data.lexicons.drafts import line_of_group, read_draft
from evenhand.data.lexicons.entries import (
    BASE,
    Draft,
    Entry,
    InvalidLexicon,
    folded,
    matching_problems,
)
from evenhand.data.lexicons.lexicon import read_lexicon
from evenhand.data.lexicons.neutral_forms import is_stated, neutral_form
from evenhand.data.lexicons.pejoratives import is_pejorative
from evenhand.data.support.suggest import did_you_mean

# Terms are matched letter for letter, so what only a regular expression needs is a mistake. "+" and
# "." are no sign by themselves: "LGBTQ+" and "Mrs." are terms.
_LOOKS_LIKE_A_PATTERN = re.compile(r"[\\|^$*?()\[\]{}]|\.\+")
_LINE = re.compile(r", line (\d+)\Z")
_NEUTRAL_SLOTS = ("noun", "plural")  # an adjective may be used as one without having such a form


def check_lexicon(name_or_path: str | Path) -> tuple[InputError, ...]:
    """Return every problem of a lexicon, by line; none if it is sound.

    A file that does not have the form of a lexicon is not checked any further than that.

    Args:
        name_or_path: As for `load_lexicon`.

    Raises:
        InputError: There is no such lexicon, or the file cannot be read.
    """
    content, where = read_lexicon(name_or_path)
    try:
        draft = read_draft(content, where=where)
    except InvalidLexicon as error:
        return error.problems
    problems = [
        *matching_problems(draft),
        *_group_problems(draft, content),
        *_counterpart_problems(draft),
        *_spelling_problems(draft),
        *_neutral_problems(draft),
        *_guard_problems(draft),
        *_blocker_problems(draft),
    ]
    return tuple(sorted(problems, key=_line))


def _line(problem: InputError) -> int:
    found = _LINE.search(problem.where or "")
    return int(found[1]) if found else 0


def _group_problems(draft: Draft, content: bytes) -> Iterator[InputError]:
    used = {entry.group for entry in draft.lexicon.entries}
    for group in draft.lexicon.groups:
        if group not in used:
            yield InputError(
                f"the group {group!r} is empty",
                where=line_of_group(content, group, draft.where),
                remedy="remove it, or list its terms",
            )


def _counterpart_problems(draft: Draft) -> Iterator[InputError]:
    entries = {folded(entry.term): entry for entry in draft.lexicon.entries}
    for index, entry in enumerate(draft.lexicon.entries):
        for name in entry.counterparts:
            counterpart = entries.get(folded(name))
            if counterpart is None:
                continue  # matching_problems says so
            if counterpart.group == entry.group:
                yield InputError(
                    f"{entry.term!r} and its counterpart {name!r} are in one group, {entry.group}",
                    where=draft.at(index),
                    expected="a counterpart from another group: a swap changes who is spoken of",
                )
            if folded(entry.term) not in map(folded, counterpart.counterparts):
                yield InputError(
                    f"the swap of {entry.term!r} for {name!r} goes one way only",
                    where=draft.at(index),
                    remedy=f"list {entry.term!r} among the counterparts of {name!r}",
                )


def _spelling_problems(draft: Draft) -> Iterator[InputError]:
    for index, entry in enumerate(draft.lexicon.entries):
        where = draft.at(index)
        seen = set()
        for slot, spelling in entry.spellings():
            if (slot, folded(spelling)) in seen:
                yield InputError(f"the form {spelling!r} is listed twice as {slot}", where=where)
            seen.add((slot, folded(spelling)))
        for spelling in dict.fromkeys(spelling for _, spelling in entry.spellings()):
            if _LOOKS_LIKE_A_PATTERN.search(spelling):
                yield _pattern_problem(spelling, where)
            if is_pejorative(spelling):
                yield _pejorative_problem(f"the term {spelling!r}", where)


def _neutral_problems(draft: Draft) -> Iterator[InputError]:
    terms = {
        folded(spelling): entry.term
        for entry in draft.lexicon.entries
        for _, spelling in entry.spellings()
    }
    for index, entry in enumerate(draft.lexicon.entries):
        if not is_stated(entry):
            continue
        where = draft.at(index)
        slots = {BASE, *entry.forms, *_NEUTRAL_SLOTS}
        for slot, neutral in (entry.neutral or {}).items():
            if slot not in slots:
                yield InputError(
                    f"{entry.term!r} has a neutral form {slot}, and no form {slot}",
                    where=where,
                    expected=f"one of {', '.join(sorted(slots))}",
                    remedy=did_you_mean(slot, sorted(slots)),
                )
            if folded(neutral) in terms:
                yield InputError(
                    f"the neutral form {neutral!r} of {entry.term!r} is an identity term",
                    where=where,
                    remedy=f"choose another word, or remove the term {terms[folded(neutral)]!r}",
                )
            if _LOOKS_LIKE_A_PATTERN.search(neutral):
                yield _pattern_problem(neutral, where)
            if is_pejorative(neutral):
                yield _pejorative_problem(f"the neutral form {neutral!r}", where)
        for slot, spelling in entry.spellings():
            if BASE in (entry.neutral or {}) and neutral_form(entry, slot, spelling) is None:
                yield InputError(
                    f"the form {spelling!r} has no neutral form: it does not hold {entry.term!r}",
                    where=where,
                    remedy=f'state it: neutral = {{ {slot} = "..." }}',
                )


def _guard_problems(draft: Draft) -> Iterator[InputError]:
    for index, entry in enumerate(draft.lexicon.entries):
        where = draft.at(index)
        for expression in entry.guards.not_in:
            if _LOOKS_LIKE_A_PATTERN.search(expression):
                yield _pattern_problem(expression, where)
            elif not _holds_a_form(expression, entry):
                yield InputError(
                    f"the guard {expression!r} holds no form of {entry.term!r}",
                    where=where,
                    expected="a fixed expression that the term is a part of",
                )


def _pejorative_problem(what: str, where: str) -> InputError:
    return InputError(
        f"{what} is a known pejorative",
        where=where,
        remedy="leave it out: lexicons are for non-pejorative terms, since equal "
        "scores for slurs would weaken the model and harm the people they aim at",
    )


def _blocker_problems(draft: Draft) -> Iterator[InputError]:
    blockers, names = draft.lexicon.blockers, draft.lexicon.names
    for words in (*(blocker.words for blocker in blockers), *names.values()):
        for word in words:
            if _LOOKS_LIKE_A_PATTERN.search(word):
                yield _pattern_problem(word, draft.where)
    # A term that is never exchanged may void the exchanges of other groups: "lesbian ... wife".
    terms = {
        folded(word)
        for entry in draft.lexicon.entries
        for _, word in entry.spellings()
        if entry.counterparts
    }
    for blocker in blockers:
        for word in blocker.words if not blocker.before_name else ():
            if folded(word) in terms:
                yield InputError(
                    f"the blocker {word!r} is also a term",
                    where=draft.where,
                    remedy="remove one of them: a term is exchanged, or voids its pair, anyway",
                )
        for word, times in Counter(map(folded, blocker.words)).items():
            if times > 1:
                yield InputError(f"the blocker {word!r} is listed twice", where=draft.where)


def _pattern_problem(text: str, where: str) -> InputError:
    return InputError(
        f"{text!r} looks like a regular expression",
        where=where,
        expected="the term itself: it is matched letter for letter, whatever its case",
        remedy="list each spelling as a form",
    )


def _holds_a_form(expression: str, entry: Entry) -> bool:
    words = _words(expression)
    return any(f" {_words(form)} " in f" {words} " for _, form in entry.spellings())


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", folded(text)))
