"""Control pairs: the same text, with an edit like the pair's that touches no identity.

    pair:    "She fixed the old laptop." -> "He fixed the old laptop."
    control: "She fixed the old laptop." -> "She fixed the old zvilot."

How often a model's decision flips between the two texts of a control pair is what any such edit
does to it: the noise floor, beside which a flip rate of identities has to be read.

A control edits as many words as the pair's terms have, each as near to its term and as much of its
length as can be. What the edit is follows the method: ablation takes the words out, as it takes out
terms; any other method puts made-up words in their place. All terms of the text stay, and are found
in the control as in the original.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from evenhand.data.controls.editable_words import TOKEN, EditableWords, Word, is_function_word
from evenhand.data.controls.nonce_words import nonce_word
from evenhand.data.english.articles import mended_article
from evenhand.data.english.letter_case import with_case_of
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match
from evenhand.data.methods.ablation import without
from evenhand.data.methods.base import Skipped

NO_MENTION = "no term of the pair is found in its text"
NO_WORD = "too few other words that can be edited"
TERMS_CHANGE = "with another word edited, other terms would be found"

_REACH = 30  # editable words on either side of a term that are looked at
_MOST_ROUNDS = 4  # of other words, where an edit would change which terms are found


class EditedPair(NamedTuple):
    """A pair that wants a control: its texts, and the terms that were edited."""

    original: str
    counterfactual: str
    terms: Collection[str]


class Control(NamedTuple):
    """The counterfactual of a control pair, and the words of the text that were edited."""

    text: str
    words: tuple[str, ...]


class ControlMaker:
    """Makes the control pairs of pairs. What a pair gives depends on that pair and the seed alone.

    Args:
        matcher: Finds the terms.
        takes_out: Whether words are taken out, as in ablation, or made-up words put in their place.
        seed: Decides the made-up words.
    """

    def __init__(self, matcher: TermMatcher, *, takes_out: bool, seed: int) -> None:
        self._matcher = matcher
        self._editable = EditableWords(matcher.lexicons)
        # A text may have a pair for each of its counterparts, one after the other.
        self._words_of = lru_cache(maxsize=1)(self._editable.find)
        self._takes_out = takes_out
        self._seed = seed

    def __call__(self, pairs: Sequence[EditedPair]) -> list[Control | Skipped]:
        """Return the control of each pair, or why there is none."""
        found = self._matcher.find_all([pair.original for pair in pairs])
        made: list[Control | Skipped] = [Skipped(NO_MENTION)] * len(pairs)
        searches = {
            row: _Search(pair, matches, self._words_of(pair.original))
            for row, (pair, matches) in enumerate(zip(pairs, found, strict=True))
            if any(match.term in pair.terms for match in matches)
        }
        for _ in range(_MOST_ROUNDS):
            proposed: dict[int, Control] = {}
            for row, search in searches.items():
                control = self._edited(search)
                if control is None:
                    made[row] = Skipped(TERMS_CHANGE if search.refused else NO_WORD)
                else:
                    made[row] = proposed[row] = control
            again = self._matcher.find_all([control.text for control in proposed.values()])
            searches = {
                row: searches[row]
                for row, matches in zip(proposed, again, strict=True)
                if not _same_terms(found[row], matches)
            }
            for row, search in searches.items():
                search.refuse()
                made[row] = Skipped(TERMS_CHANGE)
        return made

    def _edited(self, search: _Search) -> Control | None:
        chosen = search.choose()
        if chosen is None:
            return None
        text = search.pair.original
        words = tuple(text[word.start : word.end] for word in chosen)
        if self._takes_out:
            return Control(without(text, chosen), words)
        made = self._with_nonce_words(search.pair, chosen)
        return None if made is None else Control(made, words)

    def _with_nonce_words(self, pair: EditedPair, chosen: Sequence[Word]) -> str | None:
        text = pair.original
        taken = set(map(str.casefold, TOKEN.findall(text)))
        whole = f"{self._seed} {text}\0{pair.counterfactual}".encode("utf-8", "surrogatepass")
        drawn_from = blake2b(whole).hexdigest()
        parts: list[str] = []
        position = 0
        for start, end, _ in chosen:
            word = text[start:end]
            nonce = nonce_word(word.lower(), taken, f"{drawn_from} {start}")
            if nonce is None or self._editable.is_listed(nonce):
                return None
            taken.add(nonce)
            article = mended_article(text, start, word, nonce)
            if article is not None and article[0] >= position:
                parts += [text[position : article[0]], article[2]]
                position = article[1]
            written = with_case_of(word, nonce, listed=word.lower(), text=text, start=start)
            parts += [text[position:start], written]
            position = end
        return "".join([*parts, text[position:]])


class _Search:
    """The search for words of one text to edit, of which some may turn out not to do.

    Attributes:
        pair: The pair.
        refused: The words that do not.
    """

    def __init__(self, pair: EditedPair, matches: Sequence[Match], words: Sequence[Word]) -> None:
        self.pair = pair
        self.refused: set[Word] = set()
        self._chosen: set[Word] = set()
        self._words = words
        self._wanted = list(_wanted(pair, matches))

    def choose(self) -> list[Word] | None:
        """Return the words to edit, in the order of the text; None if there are too few."""
        self._chosen = set()
        for start, number, length in self._wanted:
            place = bisect_left(self._words, (start,))
            near = self._words[max(place - _REACH, 0) : place + _REACH]
            free = [word for word in near if word not in self._chosen and word not in self.refused]
            if not free:
                return None

            def cost(word: Word, number: int = number, length: int = length) -> tuple[int, int]:
                return abs(word.number - number) + abs(word.end - word.start - length), word.start

            self._chosen.add(min(free, key=cost))
        return sorted(self._chosen)

    def refuse(self) -> None:
        """Choose none of the words again that were chosen last."""
        self.refused.update(self._chosen)


def _wanted(pair: EditedPair, matches: Sequence[Match]) -> list[tuple[int, int, int]]:
    """Return for each word of the edited terms where it is, the number of the word, its length."""
    starts = [match.start() for match in TOKEN.finditer(pair.original)]
    wanted = []
    for match in matches:
        if match.term not in pair.terms:
            continue
        spelled = pair.original[match.start : match.end]
        words = [word for word in TOKEN.findall(spelled) if not is_function_word(word)]
        number = bisect_left(starts, match.start)
        wanted += [(match.start, number, len(word)) for word in words or [spelled]]
    return wanted


def _same_terms(before: Sequence[Match], after: Sequence[Match]) -> bool:
    return [(match.term, match.groups) for match in before] == [
        (match.term, match.groups) for match in after
    ]
