"""What a method of making counterfactuals is: a batch of texts in, their counterfactuals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pydantic import JsonValue


class Counterfactual(NamedTuple):
    """A counterfactual text with the terms that were edited, each once, and all their groups."""

    text: str
    terms: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    """Why a text that holds a term has no counterfactual, in words that many texts share."""

    reason: str


class PairMethod(Protocol):
    """Makes the counterfactuals of texts.

    What a text gives depends on the text alone, not on the batch that it comes in: the same rows
    give the same pairs in any order and by any number of workers.

    Attributes:
        name: Name of the method, for the manifest.
        options: What was chosen for it, for the manifest.
    """

    name: str
    options: Mapping[str, JsonValue]

    def __call__(self, texts: Sequence[str]) -> list[Sequence[Counterfactual] | Skipped]:
        """Return for each text its counterfactuals, all different from it.

        There are none for a text without terms; one that holds terms and cannot be paired is
        `Skipped`.
        """
