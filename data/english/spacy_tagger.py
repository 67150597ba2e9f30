"""A tagger that asks a spaCy pipeline, for those who have one: the extra `evenhand[spacy]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.english.tagging import (
    COLLECTIVE,
    DETERMINER,
    NOUN,
    OBJECT,
    POSSESSIVE,
    is_collective,
)
from evenhand.data.errors import UnavailableError
from evenhand.data.lexicons.entries import BASE

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_PERSON_LABELS = frozenset(["PERSON", "PER"])  # of OntoNotes, and of WikiNER


class SpacyTagger:
    """Tells forms apart by the tags and dependencies that a spaCy pipeline gives, and names by its
    entities.

    Args:
        pipeline: Name or path of an installed pipeline for English with a tagger and a parser.

    Raises:
        UnavailableError: spaCy or the pipeline is not installed.
    """

    def __init__(self, pipeline: str) -> None:
        self._language = _load(pipeline)
        self.name = f"spacy:{pipeline} {self._language.meta['version']}"
        self._text: str | None = None
        self._doc: Doc | None = None

    def slot(self, text: str, start: int, end: int, slots: tuple[str, ...]) -> str:
        """Return which of `slots` the form at text[start:end] fills, the first for other slots."""
        if COLLECTIVE in slots and is_collective(text, start, end, is_like_adjective=BASE in slots):
            return COLLECTIVE
        token = self._parsed(text).char_span(start, end, alignment_mode="expand")[-1]
        if DETERMINER in slots and OBJECT in slots:
            return DETERMINER if token.tag_ == "PRP$" else OBJECT
        if DETERMINER in slots and POSSESSIVE in slots:  # spaCy tags both PRP$
            return DETERMINER if token.dep_ == "poss" else POSSESSIVE
        if BASE in slots and NOUN in slots:
            heads_noun_phrase = token.tag_.startswith("NN") and token.dep_ != "compound"
            return NOUN if heads_noun_phrase else BASE
        return slots[0]

    def persons(self, text: str) -> list[tuple[int, int]]:
        """Return where persons' names stand, none if the pipeline recognises no entities."""
        return [
            (entity.start_char, entity.end_char)
            for entity in self._parsed(text).ents
            if entity.label_ in _PERSON_LABELS
        ]

    def _parsed(self, text: str) -> Doc:
        if self._doc is None or text != self._text:
            self._text, self._doc = text, self._language(text)
        return self._doc


def _load(pipeline: str) -> Language:
    try:
        import spacy
    except ImportError as error:
        raise UnavailableError(
            "spaCy is not installed",
            remedy="pip install 'evenhand[spacy]', or leave the option out",
        ) from error
    try:
        return spacy.load(pipeline)
    except OSError as error:
        raise UnavailableError(
            f"there is no spaCy pipeline {pipeline!r}",
            remedy=f"python -m spacy download {pipeline}, or leave the option out",
        ) from error
