"""Read lexicon files, TOML or plain text, into drafts that know the line of every entry."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.data.errors import InputError
from evenhand.data.lexicons.entries import (
    MAX_TERM_LENGTH,
    Blocker,
    Draft,
    Entry,
    InvalidLexicon,
    Lexicon,
    at_line,
)
from evenhand.data.support.documents import Problem, problems_of
from evenhand.data.support.toml_text import parse_toml, without_strings

_UNVERSIONED = "unversioned"  # plain text files carry no version; their digest tells them apart

_Name = Annotated[str, Field(pattern=r"^[\w-]+$", max_length=MAX_TERM_LENGTH)]


class _LexiconFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1]
    name: _Name
    version: str
    description: str = ""
    groups: dict[str, str]
    terms: list[Entry]
    blockers: list[Blocker] = []
    names: dict[str, tuple[str, ...]] = {}


def read_draft(content: bytes, *, where: str) -> Draft:
    """Read a lexicon file's content, TOML if `where` ends in ".toml", else plain text.

    Raises:
        InvalidLexicon: It does not have the form of a lexicon.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = InputError(
            "the lexicon file is not UTF-8",
            where=at_line(where, line),
            remedy="save it again with the encoding UTF-8",
        )
        raise InvalidLexicon([problem]) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if PurePath(where).suffix.lower() == ".toml":
        return _read_toml(text, where=where, sha256=sha256)
    return _read_plain_text(text, where=where, sha256=sha256)


def _read_toml(text: str, *, where: str, sha256: str) -> Draft:
    line_of = _LineOfTerm(text)
    try:
        file = _LexiconFile.model_validate(parse_toml(text))
    except ValidationError as error:
        problems = [_located(found, line_of, where) for found in problems_of(error)]
        raise InvalidLexicon(problems) from error
    except ValueError as error:
        problem = InputError(f"the lexicon file is not valid TOML: {error}", where=where)
        raise InvalidLexicon([problem]) from error
    return Draft(
        where=where,
        lexicon=Lexicon(
            name=file.name,
            version=file.version,
            description=file.description,
            groups=file.groups,
            entries=tuple(file.terms),
            sha256=sha256,
            blockers=tuple(file.blockers),
            names=file.names,
        ),
        line_of=line_of,
    )


def _located(problem: Problem, line_of: Callable[[int], int | None], where: str) -> InputError:
    index = problem.location[1] if len(problem.location) > 1 else None
    line = line_of(index) if isinstance(index, int) else None
    return InputError(f"the lexicon is not valid: {problem}", where=at_line(where, line))


class _LineOfTerm:
    """Tells on which line of a TOML file an entry of its terms names its term; None if none does.

    Only errors ask for it.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, index: int) -> int | None:
        return self._lines[index] if index < len(self._lines) else None

    @cached_property
    def _lines(self) -> list[int]:
        lines = []
        for number, line in enumerate(self._text.split("\n"), start=1):
            keys, _, _comment = without_strings(line).partition("#")
            lines += [number] * len(re.findall(r"\bterm\s*=", keys))
        return lines


def line_of_group(content: bytes, group: str, where: str) -> str:
    """Return where a TOML file describes a group, with its line if it is written plainly."""
    described = re.compile(rf"\s*(?:groups\.)?[\"']?{re.escape(group)}[\"']?\s*=")
    for number, line in enumerate(content.decode("utf-8-sig").split("\n"), start=1):
        if described.match(line):
            return at_line(where, number)
    return where


def _read_plain_text(text: str, *, where: str, sha256: str) -> Draft:
    name = PurePath(where).stem
    entries: list[Entry] = []
    lines: list[int] = []
    problems: list[InputError] = []
    for line, fields in _rows(text, where, problems):
        if len(fields) > 2:
            problems.append(
                InputError(
                    f"a line of the lexicon has {len(fields)} fields",
                    where=at_line(where, line),
                    expected="a term, or a term and its group",
                    remedy="put a term that holds a comma between double quotes",
                )
            )
        elif entries or [field.lower() for field in fields] not in (["term"], ["term", "group"]):
            group = fields[1] if len(fields) == 2 and fields[1] else name
            entries.append(Entry(term=fields[0], group=group))
            lines.append(line)
    if problems:
        raise InvalidLexicon(problems)
    return Draft(
        where=where,
        lexicon=Lexicon(
            name=name,
            version=_UNVERSIONED,
            description="",
            groups=dict.fromkeys((entry.group for entry in entries), ""),
            entries=tuple(entries),
            sha256=sha256,
        ),
        line_of=lines.__getitem__,
    )


def _rows(text: str, where: str, problems: list[InputError]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            fields = next(csv.reader([line], skipinitialspace=True, strict=True))
        except csv.Error as error:
            problems.append(
                InputError(
                    f"a line of the lexicon cannot be read ({error})", where=at_line(where, number)
                )
            )
            continue
        yield number, [field.strip() for field in fields]
