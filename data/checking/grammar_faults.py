"""Faults of grammar and of writing that can be seen without understanding a text.

Each function returns where a text has a fault of one kind. They look at a few words only, so they
miss most of what a reader would see; and a text may look so on purpose, which is why only faults
count that an edit brought: see `evenhand.data.checking.changed_parts`.

Patterns are tried where one of a few words stands, which is several times faster than everywhere.
Which texts to look at at all is for `evenhand.data.checking.fault_signs` to say, which goes by the
same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress, count, pairwise
from typing import NamedTuple

from evenhand.data.checking.changed_parts import Span
from evenhand.data.english.agreement import plural_verbs
from evenhand.data.english.articles import wrong_articles
from evenhand.data.english.letter_case import opens_sentence
from evenhand.data.english.word_classes import word_set

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDS = r"(?=\s*(?:[.,;:!?)\]]|\Z))"  # nothing of the clause follows
_WHOLE = r"(?![\w'’-])"


def one_of(words: Iterable[str]) -> str:
    """Return a pattern for one of some words."""
    return f"(?:{'|'.join(sorted(words))})"


ARTICLES = frozenset(["a", "an", "the"])

_PUNCTUATION = re.compile(
    r"[\s,;.!?:(\[)\]\"“”](?:"
    r"(?<=[,;])\s*[,;.!?]|(?<=[.!?])\s*,|(?<=(?<!\.)\.)\s?\.(?!\.)"  # ",,", ", .", ". ."
    r"|(?<=\s)(?:,|[;.!?:](?=\s|\Z)|[)\]](?=\W|\Z)|(?<=[^\S\n])[^\S\n])"  # " ,", "( word )"
    r"|(?<=[(\[])[\s)\]]"
    r"|(?<=(?<!\w)[\"“])\s*[\"”](?!\w)"
    r")"
)
_AT_ENDS = re.compile(r"\A(?:\s|[,;.!?](?![.,!?]))|\s\Z")  # ", I said"

CLITIC = r"(?:['’](?:s|re|ve|ll|d|m)|n['’]t)"
NO_OWNER = r"(?:an?|the|of|in|on|at|to|for|with|from|by|and|or)['’]s"
_LONE_CLITIC = re.compile(
    rf"(?<![^\s\"“(]){CLITIC}(?![\w'’])|(?<![\w'’-]){NO_OWNER}(?![\w'’])", re.IGNORECASE
)

_LOST_CAPITAL = re.compile(r"[.!?…][\"'”’)]?\s+[\"'“‘(]*[a-z]")
_SMALL_START = re.compile(r"\s*[\"'“‘(]*[a-z]")

INCOMPLETE = tuple(  # words, and what cannot follow them, besides the end of a phrase
    (word_set(words), word_set(following))
    for words, following in (
        (
            "a an the my your our their its every very extremely",
            """is are was were am has have had do does did would could and or but of in on at to
            for with from by who because than if i he she they we it""",
        ),
        (
            "of with for from by at into between among against without",
            "and or but is are was were of has have",
        ),
        ("and or", "and or of"),
        (
            "although because if while since unless whether",
            "is was are were has have had does do did will would can could",
        ),
    )
)
NOT_LAST = word_set("is are was were am be been being i'm we're they're you're he's she's")
_INCOMPLETE_AT = {word: re.compile(word + _ENDS, re.IGNORECASE) for word in NOT_LAST} | {
    word: re.compile(rf"{word}(?:\s+{one_of(following)}{_WHOLE}|{_ENDS})", re.IGNORECASE)
    for words, following in INCOMPLETE
    for word in words
}
FINITE = word_set("is was are were has had does said says")
_MAY_BE_INCOMPLETE = FINITE | _INCOMPLETE_AT.keys()
_NO_QUESTION = re.compile(r"\w+\s(?=[^.!?]{0,400}(?:[.!]|\Z))")

_HAS_VERB = re.compile(
    rf"\w+\s+(?:are|were|have|had|do|did|will|would|can|could|should|may|might){_WHOLE}",
    re.IGNORECASE,
)
SINGULAR = word_set("he she")
NOT_BEHIND_SINGULAR = "(?:are|have|aren['’]?t|haven['’]?t|do)"
_PLURAL_VERB = re.compile(rf"\w+\s+{NOT_BEHIND_SINGULAR}{_WHOLE}", re.IGNORECASE)
_IN_FRONT_OF_BASE = re.compile(  # "does he have", "if she have"
    r"(?:did|does|do|will|would|can|could|should|must|may|might|if|let|and|or|that|than|as)\s\Z",
    re.IGNORECASE,
)
_WINDOW = 10
MANY = word_set("people men women children")
NOT_BEHIND_MANY = "(?:is|was|has|does|isn['’]?t|wasn['’]?t|hasn['’]?t|doesn['’]?t)"
_SINGULAR_VERB = re.compile(rf"\w+\s+{NOT_BEHIND_MANY}{_WHOLE}", re.IGNORECASE)
ONE = word_set("person man woman child")
NOT_BEHIND_ONE = "(?:are|were|have|do|aren['’]?t|weren['’]?t|haven['’]?t)"
_VERB_OF_MANY = re.compile(rf"\w+\s+{NOT_BEHIND_ONE}{_WHOLE}", re.IGNORECASE)
_MAY_DISAGREE = SINGULAR | MANY | ONE | {"they"}
_OPENS_MANY = frozenset(["", *word_set("the these those some many most all")])
_OPENS_ONE = word_set("a an the this that one every each")
WITH_ONE = word_set("a an another every each")
WITH_MANY = word_set("these those many several both two three four five")
_ENDS_PHRASE = re.compile(rf"\w+{_ENDS}")

IN_FRONT_OF_OBJECT = word_set("of with from about by at to for")
SUBJECTS = word_set("he she they")
OBJECTS = word_set("him them")
_HAS_CASE = SUBJECTS | OBJECTS
BEHIND_SUBJECT = "(?:is|are|was|were|has|have|will|would|can)"
_FINITE_BEHIND = re.compile(rf"\w+\s+{BEHIND_SUBJECT}{_WHOLE}", re.IGNORECASE)
_OWN_BEHIND = re.compile(rf"\w+\s+own{_WHOLE}", re.IGNORECASE)

_BRACKETS = (("(", ")"), ("[", "]"), ("“", "”"))


class _Words(NamedTuple):
    """The words of a text in lower case, and where each stands."""

    words: Sequence[str]
    spans: Sequence[Span]


@lru_cache(maxsize=4)  # of a pair, whose texts are looked at by one function after the other
def _words(text: str) -> _Words:
    spans = list(map(re.Match.span, _WORD.finditer(text)))
    lower = text.lower().replace("’", "'")
    if len(lower) != len(text):  # as of "İ"
        return _Words([text[start:end].lower().replace("’", "'") for start, end in spans], spans)
    return _Words([lower[start:end] for start, end in spans], spans)


def _spans(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [found.span() for found in pattern.finditer(text)]


def _is_gap(text: str, start: int, end: int) -> bool:
    """Tell whether two words stand side by side, with white space between them."""
    return end > start and text[start:end].isspace()


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a word is no part of a longer one, such as "A-level" or "U.S."."""
    return text[start - 1 : start] not in ("-", "'", "’", ".") and text[end : end + 1] not in (
        "-",
        "'",
        "’",
    )


def article_faults(text: str) -> list[Span]:
    """Return "a" and "an" in front of the wrong sound: "an crew", "a Irish"."""
    return wrong_articles(text)


def doubled_words(text: str) -> list[Span]:
    """Return words, and articles, one behind the other: "the the", "people people", "a the"."""
    words, spans = _words(text)
    return [
        (spans[place][0], spans[place + 1][1])
        for place, (word, following) in enumerate(pairwise(words))
        if (word == following or (word in ARTICLES and following in ARTICLES))
        and _is_gap(text, spans[place][1], spans[place + 1][0])
        and _stands_alone(text, *spans[place])
        and _stands_alone(text, *spans[place + 1])
    ]


def stray_punctuation(text: str) -> list[Span]:
    """Return doubled or stray punctuation and spaces: ",,", " ,", "( )", two spaces."""
    return _spans(_PUNCTUATION, text) + _spans(_AT_ENDS, text)


def lone_clitics(text: str) -> list[Span]:
    """Return what leans on a word that is not there: "'s late", "n't"."""
    if "'" not in text and "’" not in text:
        return []
    return _spans(_LONE_CLITIC, text)


def lost_capitals(text: str) -> list[Span]:
    """Return sentences that begin with a small letter."""
    start = _SMALL_START.match(text)
    return [*([start.span()] if start else []), *_spans(_LOST_CAPITAL, text)]


def incomplete_phrases(text: str) -> list[Span]:
    """Return words that lack what belongs behind them, or a verb its subject: "met a in"."""
    return list(_incomplete(text))


def _incomplete(text: str) -> Iterator[Span]:
    words, spans = _words(text)
    for place in compress(count(), map(_MAY_BE_INCOMPLETE.__contains__, words)):
        word, start = words[place], spans[place][0]
        pattern = _INCOMPLETE_AT.get(word)
        if pattern is not None and text[start - 1 : start] not in ("-", "."):
            found = pattern.match(text, start)
            if found is not None:
                yield found.span()
        if word in FINITE and opens_sentence(text, start):
            found = _NO_QUESTION.match(text, start)
            if found is not None:
                yield found.span()


def disagreements(text: str) -> list[Span]:
    """Return subjects with the verb of another number, and numbers of nouns: "they is"."""
    return list(_disagreeing(text))


def _disagreeing(text: str) -> Iterator[Span]:
    words, spans = _words(text)
    for place in compress(count(), map(_MAY_DISAGREE.__contains__, words)):
        word, (start, end) = words[place], spans[place]
        before, before_start = (words[place - 1], spans[place - 1][0]) if place else ("", 0)
        if word == "they":
            for edit in plural_verbs(text, start, end):
                turned = edit.start < start  # "was they late", not "the point was they are"
                if text[edit.start : edit.end] != edit.text and not (
                    turned and _HAS_VERB.match(text, start)
                ):
                    yield min(start, edit.start), max(end, edit.end)
        elif word in SINGULAR:
            found = _PLURAL_VERB.match(text, start)
            front = max(start - _WINDOW, 0)
            if found is not None and not _IN_FRONT_OF_BASE.search(text, front, start):
                yield found.span()
        elif word in MANY or word in ONE:
            opening = before if text[before_start:start].strip().lower() == before else ""
            opens = opens_sentence(text, before_start if opening else start)
            if word in MANY:
                pattern, openings, wrong = _SINGULAR_VERB, _OPENS_MANY, WITH_ONE
            else:
                pattern, openings, wrong = _VERB_OF_MANY, _OPENS_ONE, WITH_MANY
            found = pattern.match(text, start) if opens and opening in openings else None
            if found is not None:
                yield before_start if opening else start, found.end()
            elif opening in wrong and (
                _stands_alone(text, start, end) if word in MANY else _ENDS_PHRASE.match(text, start)
            ):
                yield before_start, end


def wrong_cases(text: str) -> list[Span]:
    """Return pronouns in the form for another place: "with they", "him own"."""
    return list(_in_wrong_case(text))


def _in_wrong_case(text: str) -> Iterator[Span]:
    words, spans = _words(text)
    for place in compress(count(), map(_HAS_CASE.__contains__, words)):
        word, start = words[place], spans[place][0]
        before, before_start = (words[place - 1], spans[place - 1][0]) if place else ("", 0)
        if word in SUBJECTS:
            if before in IN_FRONT_OF_OBJECT and _ENDS_PHRASE.match(text, start):
                yield before_start, start + len(word)
        elif word in OBJECTS:
            found = _OWN_BEHIND.match(text, start)
            if found is None and opens_sentence(text, start):
                found = _FINITE_BEHIND.match(text, start)
            if found is not None:
                yield found.span()


def unbalanced(original: str, counterfactual: str) -> bool:
    """Tell whether brackets or quotation marks pair up in an original and not in the other."""
    if original.count('"') % 2 != counterfactual.count('"') % 2:
        return True
    return any(
        original.count(opens) - original.count(closes)
        != counterfactual.count(opens) - counterfactual.count(closes)
        for opens, closes in _BRACKETS
    )
