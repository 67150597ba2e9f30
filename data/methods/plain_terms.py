"""Know what becomes of terms that stand plainly in their sentence: "I met my mother at the shop".

Of such a noun or adjective the words beside it decide alone, one or two on either side, in a few
ways that texts hold over and over. The rules are asked of these words by themselves, once, and what
they say is remembered. A term is plain if they say that its neutral form takes its place, or that
it is taken out, and nothing else, and if what they would look at further away can change none of
that: what they look for in front of a term is looked for in each text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from evenhand.data.english import verb_classes as verbs
from evenhand.data.english import word_classes as words
from evenhand.data.english.noun_phrases import OPENS_PHRASE
from evenhand.data.english.word_endings import is_adjective, is_adverb
from evenhand.data.lexicons.entries import Entry
from evenhand.data.lexicons.neutral_forms import TAKEN_OUT
from evenhand.data.matching.readings import Match, match_of
from evenhand.data.matching.sought_words import AnyInFront
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.neutral_edits import edit_of_plain, edits_of
from evenhand.data.methods.neutral_sense import (
    IN_FRONT_OF_ANYBODY,
    READ_ON_BEHIND,
    by_kind,
    is_in_phrase,
    may_name_anybody,
    no_sense,
)
from evenhand.data.methods.neutral_uses import Use, Uses
from evenhand.data.sense.dropped_adjectives import IN_FRONT_OF_ADJECTIVE, comes_again
from evenhand.data.sense.person_heads import MIDDLE, MODELS, names_persons
from evenhand.data.sense.set_phrases import IN_FRONT_OF_KIN, may_be_son_of
from evenhand.data.sense.statements import READ_ON

_MOST = 16_384  # different words beside terms to remember: some 5 MB
_LONGEST = 60  # characters of a term and the words beside it
_WINDOW = 80  # characters around a term
_ANY = "blorf"  # stands for words further away: no rule knows it
_SIGNS = (".", ",", "!", "?")
_ENDS = ("", *_SIGNS)
# Behind these, no rule about nouns looks further for what opens the phrase.
_OPENS_PHRASE = frozenset(
    word for word in OPENS_PHRASE if not (is_adjective(word) or is_adverb(word))
)
_NO_ADJECTIVE_BEHIND = READ_ON | words.DEGREE_ADVERBS


# Its own constructor takes twice the time.
_use: Callable[[tuple[Any, ...]], Use] = partial(tuple.__new__, Use)


class _Plain(NamedTuple):
    """What becomes of a term among certain words.

    Attributes:
        new: Its neutral form.
        kind, plural: As in `Use`.
        in_front: What may not stand in front of it.
        of_adjective: What may not stand in front of the adjective in front of it, if there is one.
        wants_word: Whether a word has to stand in front of the one in front of it.
        noun: What may not come again behind it: the noun of an adjective.
    """

    new: str
    kind: str
    plural: bool
    in_front: AnyInFront
    of_adjective: AnyInFront | None = None
    wants_word: bool = False
    noun: str | None = None


_BEHIND_ADJECTIVE = _Plain("", "", False, AnyInFront())


class PlainTerms:
    """Remembers what becomes of nouns and adjectives among the words beside them."""

    def __init__(self) -> None:
        self._uses = Uses()
        # By the entry's identity, too, which stays its own as long as the entry is kept.
        self._known: dict[tuple[str, int], _Plain | None] = {}
        self._entries: dict[int, Entry] = {}

    def __call__(self, text: str, match: Match, new: str, following: Use | None) -> Use | None:
        """Return what becomes of a term if it is plain.

        Args:
            text: The text.
            match: The term, a noun or an adjective.
            new: Its neutral form.
            following: What becomes of the next term.
        """
        start, end, _, _, entry, _, _, _ = match
        if start < 2 or text[start - 1] != " ":
            return None
        first = text.rfind(" ", 0, start - 1) + 1
        if text[first : start - 1] == "my" and text[end : end + 1] in _ENDS:
            # It may be said to: "be nice my son."
            first = text.rfind(" ", 0, max(first - 1, 0)) + 1
        last = text.find(" ", end + 1)
        if last > 0 and may_name_anybody(new):
            last = text.find(" ", last + 1)
        window = text[first : last + 1] if last > 0 else text[first:]
        try:
            plain = self._known[window, id(entry)]
        except KeyError:
            plain = self._learnt(window, first, match, new)
        if plain is _BEHIND_ADJECTIVE:
            if first == 0:
                return None
            first = text.rfind(" ", 0, first - 1) + 1
            window = text[first : last + 1] if last > 0 else text[first:]
            plain = self._learnt(window, first, match, new)
        if plain is None or (following is not None and following.start == end + 1):
            return None
        new, kind, plural, in_front, of_adjective, wants_word, noun = plain
        if in_front.several and in_front.is_in(text[max(start - _WINDOW, 0) : start]):
            return None
        if of_adjective is not None:
            adjective = text.find(" ", first) + 1
            if of_adjective.is_in(text[max(adjective - _WINDOW, 0) : adjective]):
                return None
        if wants_word and not text[max(first - 2, 0) : first].strip(" ").isalnum():
            return None
        if noun is not None and comes_again(text, noun, end + 1 + len(noun)):
            return None
        return _use((start, end, new, match, kind, plural, False, True))

    def _learnt(self, window: str, first: int, match: Match, new: str) -> _Plain | None:
        """Return what becomes of a term among some words, which start at `first`; remember it.

        Capitals in front of it change nothing: "My mother" is "my mother".
        """
        start, end, entry = match.start, match.end, match.entry
        lower = window[: start - first].lower() + window[start - first :]
        if len(lower) != len(window):
            return None  # "İ" becomes two characters
        key = (lower, id(entry))
        if key in self._known:
            plain = self._known[key]
        else:
            at = match_of((start - first, end - first, *match[2:]))
            plain = self._plain(lower, at, new)
        if len(self._known) >= _MOST:
            self._known.clear()
            self._entries.clear()
        if len(window) <= _LONGEST:
            self._known[key] = self._known[window, id(entry)] = plain
            self._entries[id(entry)] = entry
        return plain

    def _plain(self, window: str, match: Match, new: str) -> _Plain | None:
        """Return what becomes of a term with this form among some words if it is plain there.

        `_BEHIND_ADJECTIVE` if the word in front of the only one in front of it has to be known.
        """
        start, end, term = match[:3]
        found, behind = window[start:end], window[end:]
        is_among_words = (
            not behind or behind[0] in _SIGNS or (behind[0] == " " and behind[1:2].islower())
        )
        if not is_among_words or found != term or not found.islower():
            return None
        in_front = window[: start - 1].split(" ")
        opens = before = in_front[-1]
        if before not in _OPENS_PHRASE and is_adjective(before):
            if new == TAKEN_OUT:
                return None
            if len(in_front) == 1:
                return _BEHIND_ADJECTIVE
            opens = in_front[-2]
        use = self._only_use(window, match) if opens in _OPENS_PHRASE else None
        if use is None:
            return None
        noun, wants_word = None, False
        if use.kind == "adjective":
            noun = behind[1:].partition(" ")[0]
            noun = noun[:-1] if noun.endswith(_SIGNS) else noun
            if opens in _NO_ADJECTIVE_BEHIND or not _is_only_person(noun):
                return None
            if is_in_phrase(window, end) or opens is not before:
                return None
            sought = IN_FRONT_OF_ADJECTIVE
        elif may_name_anybody(use.new):
            if before in READ_ON or opens in READ_ON or term in READ_ON_BEHIND or new == TAKEN_OUT:
                return None
            wants_word = not behind.startswith(" ")
            sought = IN_FRONT_OF_ANYBODY
        else:
            if may_be_son_of(window, start, end):
                return None
            sought = IN_FRONT_OF_KIN
        of_adjective = None if opens is before else sought.behind(opens)
        return _Plain(
            use.new, use.kind, use.plural, sought.behind(before), of_adjective, wants_word, noun
        )

    def _only_use(self, window: str, match: Match) -> Use | None:
        """Return what becomes of a term among some words if no rule rules it out there."""
        clip = f"{_ANY} {window}{_ANY if window.endswith(' ') else ''}"
        shift = len(_ANY) + 1
        at = match_of((match.start + shift, match.end + shift, *match[2:]))
        uses = self._uses.of(clip, [at])
        if isinstance(uses, Skipped) or uses[0].kind not in ("noun", "adjective"):
            return None
        # What is looked for anywhere is looked for in each text.
        if no_sense(clip, by_kind(uses), frozenset()) is not None:
            return None
        return uses[0] if edits_of(clip, uses) == [edit_of_plain(uses[0])] else None


def _is_only_person(word: str) -> bool:
    """Tell whether a word can be nothing but a noun for persons, which no rule reads on behind."""
    is_other = word in MIDDLE or word in verbs.BASE_VERBS or is_adjective(word) or is_adverb(word)
    return word.isalpha() and names_persons(word) and not is_other and word not in MODELS
