"""The JSON and TOML documents that are checked against a schema.

`read_document` reads those that evenhand writes; `problems_of` says in words what is wrong with
one: ``rules[2].maxx: unknown key``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from evenhand.data.errors import InputError
from evenhand.data.storage.whole_files import read_json_file

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    _Document = TypeVar("_Document", bound=BaseModel)

Location = tuple[int | str, ...]

_UNKNOWN_KEY = "extra_forbidden"  # as pydantic calls it
_PREFIX = "Value error, "  # what pydantic puts before the words of a check of ours
_SHOULD_BE, _MUST_BE = "Input should be ", "must be "
_IN_WORDS = {_UNKNOWN_KEY: "unknown key", "missing": "is missing"}
_TELL_APART = ("kind", "schema_version")


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


def read_document(
    schema: type[_Document],
    path: Path,
    *,
    what: str,
    expected: str | None = None,
    remedy: str | None = None,
) -> _Document:
    """Read a JSON file and check it against its schema.

    Args:
        schema: What the file holds.
        path: The file.
        what: What it is, as it begins an error: "the report".
        expected: What a right file is, for the error.
        remedy: What may be done about a wrong one, for the error.

    Raises:
        InputError: The file cannot be read, is not JSON, or does not follow the schema.
    """
    from pydantic import ValidationError

    try:
        return schema.model_validate_json(read_json_file(path))
    except OSError as error:
        raise InputError(
            f"{what} cannot be read ({error.strerror or error})",
            where=str(path),
            expected=expected,
            remedy=remedy,
        ) from error
    except ValidationError as error:
        problems = problems_of(error)
        first, where = problems[0], str(path)
        fault = f"is not valid: {first}"
        differing = _differing(problems)
        if first.kind == "json_invalid":
            fault, where = "is not JSON", f"{path}: {first.what}"
        elif differing is not None:
            fault = f"is not one that this version of evenhand reads (its {differing} differs)"
            expected = f"{differing}: {json.dumps(schema.model_fields[differing].default)}"
        raise InputError(
            f"{what} {fault}", where=where, expected=expected, remedy=remedy
        ) from error


def _differing(problems: list[Problem]) -> str | None:
    """Return which key tells that a document is of another kind or version, if one does.

    The rest of such a document differs as well, and says less.
    """
    places = {problem.place for problem in problems}
    return next((name for name in _TELL_APART if name in places), None)
