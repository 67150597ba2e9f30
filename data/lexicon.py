"""Lexicons: named, versioned lists of identity terms, each term in a group.

A lexicon file is TOML::

    schema_version = 1
    name = "family"                      # letters, digits, "-" and "_"
    version = "1.0.0"
    description = "Words for relatives"  # optional

    groups.female = "Women and girls"    # every group that a term names, with a description
    groups.male = "Men and boys"

    terms = [
        { term = "step mother", group = "female" },
        { term = "step father", group = "male" },
    ]

or plain text: one term a line, or ``term,group`` as CSV with or without that header. Empty lines
and lines that start with ``#`` are left out. In plain text, terms without a group form one group
named after the file.

Lexicons are for non-pejorative terms. A classifier that had to score slurs like any other word
would be weaker, and would harm the people they are aimed at.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.data.errors import InputError
from evenhand.data.suggest import did_you_mean

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_TERM_LENGTH = 100  # characters; longer is a sentence pasted by mistake
_UNVERSIONED = "unversioned"  # plain text files carry no version; their digest tells them apart

_Name = Annotated[str, Field(pattern=r"^[\w-]+$", max_length=MAX_TERM_LENGTH)]


class Term(BaseModel):
    """An identity term and the group it belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    term: str
    group: str


@dataclass(frozen=True)
class Lexicon:
    """A list of identity terms.

    Attributes:
        name: Name of the lexicon, for the manifest.
        version: Its version, ``"unversioned"`` for a plain text file.
        groups: Description of each group by its name, in the file's order.
        terms: The terms, in the file's order; no two are the same but for case and white space.
        sha256: SHA-256 of the file.
    """

    name: str
    version: str
    groups: dict[str, str]
    terms: tuple[Term, ...]
    sha256: str


class _LexiconFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1]
    name: _Name
    version: str
    description: str = ""
    groups: dict[str, str]
    terms: list[Term]


def builtin_lexicons() -> tuple[str, ...]:
    """Return the names of the lexicons that come with evenhand."""
    folder = files("evenhand.data") / "lexicons"
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        )
    )


def load_lexicon(name_or_path: str | Path) -> Lexicon:
    """Load a built-in lexicon by its name, or one's own by its path.

    A name that no built-in lexicon has is a path if it holds a path separator or a full stop, or if
    there is such a file.

    Raises:
        InputError: There is no such lexicon or file, or the file is not a valid lexicon.
    """
    name = str(name_or_path)
    if name in builtin_lexicons():
        resource = files("evenhand.data") / "lexicons" / f"{name}.toml"
        return _parse_toml(resource.read_bytes(), where=f"built-in lexicon {name}")
    path = Path(name_or_path)
    if not (path.is_file() or re.search(r"[./\\]", name)):
        raise InputError(
            f"there is no lexicon called {name!r}",
            expected=f"{', '.join(builtin_lexicons())}, or the path of a lexicon file",
            remedy=did_you_mean(name, builtin_lexicons()),
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the lexicon file cannot be read ({error.strerror or error})", where=name
        ) from error
    if path.suffix.lower() == ".toml":
        return _parse_toml(content, where=name)
    return _parse_plain_text(content, where=name, name=path.stem)


def _parse_toml(content: bytes, *, where: str) -> Lexicon:
    text = _decode(content, where)
    try:
        file = _LexiconFile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"the lexicon file is not valid TOML: {error}", where=where) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        location = first["loc"]
        line = _line_of_term(text, location[1]) if len(location) > 1 else None
        key = ".".join(str(part) for part in location)
        raise InputError(
            f"the lexicon is not valid: {key}: {first['msg']}", where=_at(where, line)
        ) from error
    for index, term in enumerate(file.terms):
        if term.group not in file.groups:
            raise InputError(
                f"the term {term.term!r} names the group {term.group!r}, which is not declared",
                where=_at(where, _line_of_term(text, index)),
                expected=f"one of {', '.join(file.groups)}" if file.groups else None,
                remedy=did_you_mean(term.group, file.groups)
                or f'declare it: groups.{term.group} = "..."',
            )
    lines = [_line_of_term(text, index) for index in range(len(file.terms))]
    return Lexicon(
        name=file.name,
        version=file.version,
        groups=file.groups,
        terms=_checked(file.terms, lines, where),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _parse_plain_text(content: bytes, *, where: str, name: str) -> Lexicon:
    terms: list[Term] = []
    lines: list[int | None] = []
    for line, fields in _rows(_decode(content, where), where):
        if len(fields) > 2:
            raise InputError(
                f"a line of the lexicon has {len(fields)} fields",
                where=_at(where, line),
                expected="a term, or a term and its group",
                remedy="put a term that holds a comma between double quotes",
            )
        if not terms and [field.lower() for field in fields] in (["term"], ["term", "group"]):
            continue
        group = fields[1] if len(fields) == 2 and fields[1] else name
        terms.append(Term(term=fields[0], group=group))
        lines.append(line)
    return Lexicon(
        name=name,
        version=_UNVERSIONED,
        groups=dict.fromkeys((term.group for term in terms), ""),
        terms=_checked(terms, lines, where),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            fields = next(csv.reader([line], skipinitialspace=True, strict=True))
        except csv.Error as error:
            raise InputError(
                f"a line of the lexicon cannot be read ({error})", where=_at(where, number)
            ) from error
        yield number, [field.strip() for field in fields]


def _checked(terms: list[Term], lines: list[int | None], where: str) -> tuple[Term, ...]:
    """Return the terms with white space evened out, or raise on the first that cannot be used."""
    if not terms:
        raise InputError("the lexicon holds no term", where=where)
    seen: dict[str, int | None] = {}
    checked = []
    for term, line in zip(terms, lines, strict=True):
        text = " ".join(term.term.split())
        if not re.search(r"\w", text) or not text.isprintable() or len(text) > MAX_TERM_LENGTH:
            raise InputError(
                f"{term.term[:MAX_TERM_LENGTH]!r} cannot be a term",
                where=_at(where, line),
                expected=f"letters or digits, at most {MAX_TERM_LENGTH} characters",
            )
        if text.casefold() in seen:
            raise InputError(
                f"the term {text!r} is listed twice",
                where=_at(where, line),
                remedy=f"it is also on line {seen[text.casefold()]}: remove one of them",
            )
        seen[text.casefold()] = line
        checked.append(Term(term=text, group=term.group))
    return tuple(checked)


def _decode(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            "the lexicon file is not UTF-8",
            where=_at(where, line),
            remedy="save it again with the encoding UTF-8",
        ) from error


def _line_of_term(text: str, index: object) -> int | None:
    """Return the line of a TOML file on which the entry `index` of its terms stands."""
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if re.match(r"[^#]*\bterm\s*=", line)
    ]
    return lines[index] if isinstance(index, int) and index < len(lines) else None


def _at(where: str, line: int | None) -> str:
    return where if line is None else f"{where}, line {line}"
