"""What pydantic finds wrong with a document, in words: ``rules[2].maxx: unknown key``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError

Location = tuple[int | str, ...]

_UNKNOWN_KEY = "extra_forbidden"  # as pydantic calls it
_PREFIX = "Value error, "  # what pydantic puts before the words of a check of ours
_SHOULD_BE, _MUST_BE = "Input should be ", "must be "
_IN_WORDS = {_UNKNOWN_KEY: "unknown key", "missing": "is missing"}


class Problem(NamedTuple):
    """One thing that is wrong with a document.

    Attributes:
        location: The keys, and the numbers in lists from 0, that lead to it; empty for the whole.
        kind: What pydantic calls it.
        what: What is wrong, in words, as they may follow a place and a colon.
    """

    location: Location
    kind: str
    what: str

    @property
    def place(self) -> str:
        """Where it is: ``rules[2].max``; items of a list are counted from 1."""
        return place_of(self.location)

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.location else self.what


def place_of(location: Location) -> str:
    """Return a place in a document in words, empty for the whole document."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def problems_of(error: ValidationError) -> list[Problem]:
    """Return all that is wrong with a document, in the order of its keys.

    That a list has too few items is left out where its items have problems of their own: pydantic
    counts none of those.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [each["loc"] for each in found]
    return [
        Problem(each["loc"], each["type"], _in_words(each["type"], each["msg"]))
        for each in found
        if each["type"] != "too_short" or not _has_inner(each["loc"], places)
    ]


def _has_inner(place: Location, places: list[Location]) -> bool:
    return any(other[: len(place)] == place != other for other in places)


def _in_words(kind: str, message: str) -> str:
    if kind in _IN_WORDS:
        return _IN_WORDS[kind]
    message = message.removeprefix(_PREFIX)
    if message.startswith(_SHOULD_BE):
        return _MUST_BE + message.removeprefix(_SHOULD_BE)
    return message
