"""Find blockers: words that are no terms, and void a substitution where they stay beside it.

"Muslims pray in a mosque" has no pair about Hindus, nor "Emma lost her keys" one about him.
`evenhand.data.lexicons.entries.Blocker` says what a lexicon may say of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.lexicons.entries import Blocker, Lexicon, folded
from evenhand.data.matching.masking import HAS_HIDDEN, masked
from evenhand.data.matching.patterns import HYPHENS, MARK, NOT_PLAIN, any_of, combining_marks

NAME_STAYS = "a name that tells the group would stay"

_NAME_FOLLOWS = re.compile(r"\.?\s+[A-Z][a-zà-ÿ]")


class Blocking(NamedTuple):
    """A blocker found in a text, at characters `start` to `end`, and the lexicon that it is of."""

    start: int
    end: int
    axis: str
    blocker: Blocker


class BlockerFinder:
    """Finds the blockers of some lexicons in text.

    Args:
        lexicons: The lexicons.
        names: Whether given names are blockers too.
    """

    def __init__(self, lexicons: Iterable[Lexicon], *, names: bool) -> None:
        self._blockers: dict[str, list[tuple[str, Blocker]]] = {}
        for lexicon in lexicons:
            blockers = [*lexicon.blockers, *(_names(lexicon) if names else ())]
            for blocker in blockers:
                for word in blocker.words:
                    self._blockers.setdefault(folded(word), []).append((lexicon.name, blocker))
        any_word = any_of(
            word
            for found in self._blockers.values()
            for _, blocker in found
            for word in blocker.words
        )
        word = rf"[\w{combining_marks()}]"
        self._pattern = re.compile(rf"(?<!\w)(?<!@){any_word}(?!{word})(?![{HYPHENS}]{word})")
        self._whole_word = rf"\b{any_word}\b"
        self._hard_text = f"{NOT_PLAIN}|{HAS_HIDDEN}"

    def find_all(self, texts: Sequence[str]) -> list[list[Blocking]]:
        """Return the blockers in each text, as `find` does, in a fraction of the time.

        RE2 marks the words of all texts at once. Where the marks may be wrong, `find` looks.
        """
        if not self._blockers:
            return [[] for _ in texts]
        try:
            array = pa.array(texts, pa.string())
            hard = pc.match_substring_regex(pc.ascii_lower(array), self._hard_text).to_pylist()
            marked = pc.replace_substring_regex(array, self._whole_word, rf"{MARK}\0{MARK}")
        except (UnicodeEncodeError, pa.ArrowInvalid):  # a lone surrogate; too many for RE2
            return [self.find(text) for text in texts]
        return [
            self.find(text) if is_hard else self._found(text, parts.split(MARK))
            for text, is_hard, parts in zip(texts, hard, marked.to_pylist(), strict=True)
        ]

    def _found(self, text: str, parts: list[str]) -> list[Blocking]:
        """Return the blockers in a text that is cut before and after each word."""
        if len(parts) == 1:
            return []
        if "-" in text or "@" in text:
            return self.find(text)
        found: list[Blocking] = []
        end = 0
        following = iter(parts)
        for before, word in zip(following, following, strict=False):
            start = end + len(before)
            end = start + len(word)
            found += self._at(text, start, end)
        return found

    def _at(self, text: str, start: int, end: int) -> Iterable[Blocking]:
        return [
            Blocking(start, end, axis, blocker)
            for axis, blocker in self._blockers[folded(text[start:end])]
            if _counts(blocker, text, start, end)
        ]

    def find(self, text: str) -> list[Blocking]:
        """Return the blockers in a text, in their order."""
        if not self._blockers:
            return []
        text = masked(text)
        matches = self._pattern.finditer(text)
        return [blocking for match in matches for blocking in self._at(text, *match.span())]


def _names(lexicon: Lexicon) -> Iterable[Blocker]:
    for group, names in lexicon.names.items():
        yield Blocker(
            words=names, reason=NAME_STAYS, groups=(group,), capitalised=True, of_person=True
        )


def _counts(blocker: Blocker, text: str, start: int, end: int) -> bool:
    if blocker.capitalised and not text[start].isupper():
        return False
    return not blocker.before_name or _NAME_FOLLOWS.match(text, end) is not None
