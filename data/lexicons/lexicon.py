"""Lexicons: named, versioned lists of identity terms, each term in a group.

A lexicon file is TOML::

    schema_version = 1
    name = "family"                      # letters, digits, "-" and "_"
    version = "1.0.0"
    description = "Words for relatives"  # optional

    groups.female = "Women and girls"    # every group that a term names, with a description
    groups.male = "Men and boys"

    terms = [
        { term = "step mother", group = "female", counterparts = ["step father"] },
        { term = "step father", group = "male", counterparts = ["step mother"] },
        { term = "lad", group = "male", forms = { plural = "lads" }, guards = { not_in = [
            "a bit of a lad",
        ] } },
    ]

    blockers = [{ words = ["Islam", "mosque"], reason = "a word of one religion would stay" }]
    names.female = ["Emma", "Sofia"]     # exchanged with the others of the same place, or blockers
    names.male = ["Peter", "Ivan"]

What an entry of ``terms`` may say is described at `Entry` and `Guards`, what ``blockers`` are at
`Blocker`; only ``term`` and ``group``
must be there. Substitution writes the counterpart's spelling of the same slot; where the
counterpart has none, the form is not substituted. Counterparts go both ways, which
`evenhand data terms check` tests, with more that matching alone does not need.

A lexicon file may also be plain text: one term a line, or ``term,group`` as CSV with or without
that header. Empty lines and lines that start with ``#`` are left out. In plain text, terms without
a group form one group named after the file.

Another package brings lexicons with entry points of the group ``evenhand.lexicons``: each has the
name of a lexicon, and stands for the path of its file or for a `Lexicon`.

Lexicons are for non-pejorative terms. A classifier that had to score slurs like any other word
would be weaker, and would harm the people they are aimed at.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.lexicons.drafts import read_draft
from evenhand.data.lexicons.entries import BASE, Entry, Guards, Lexicon, checked
from evenhand.data.lexicons.writing import toml_of
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import is_there
from evenhand.data.storage.whole_files import read_whole
from evenhand.data.support.plugins import Plugins
from evenhand.data.support.suggest import did_you_mean

_GROUP = "evenhand.lexicons"  # of entry points
_LARGEST_MEGABYTES = 2  # some 20,000 terms

__all__ = [
    "BASE",
    "Entry",
    "Guards",
    "Lexicon",
    "builtin_lexicons",
    "lexicon_names",
    "load_lexicon",
    "read_lexicon",
]


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


def lexicon_names() -> tuple[str, ...]:
    """Return the names of all lexicons that have one: evenhand's own, and what packages add."""
    return tuple(sorted([*builtin_lexicons(), *_lexicons().names()]))


@takes_urls(name_or_path="read")
def load_lexicon(name_or_path: str | Path) -> Lexicon:
    """Load a lexicon that comes with evenhand or another package by its name, or a file.

    A name that no lexicon has is a path if it holds a path separator or a full stop, or if there is
    such a file.

    Raises:
        InputError: There is no such lexicon or file, or the file is not a valid lexicon.
        ConfigurationError: A package adds a lexicon of this name, and it cannot be used.
    """
    content, where = read_lexicon(name_or_path)
    lexicon = checked(read_draft(content, where=where))
    if str(name_or_path) in _lexicons().names() and lexicon.name != str(name_or_path):
        raise _wrong_entry_point(
            f"the lexicon {name_or_path!r} calls itself {lexicon.name!r}",
            "one name: it stands in the record of what was built",
        )
    return lexicon


def read_lexicon(name_or_path: str | Path) -> tuple[bytes, str]:
    """Return the content of the file that `load_lexicon` would load, and its name for errors.

    What a package adds without a file is written as one.

    Raises:
        InputError: There is no such lexicon, or the file cannot be read.
        ConfigurationError: A package adds a lexicon of this name, and it cannot be used.
    """
    name, lexicons = str(name_or_path), _lexicons()
    if name in lexicons.names():
        return _content_of(name, lexicons.load(name, where=f"`terms` {name}"))
    if lexicons.is_builtin(name):
        resource = files("evenhand.data") / "lexicons" / f"{name}.toml"
        return resource.read_bytes(), f"{name}.toml"
    path = Path(name_or_path)
    if not ((is_there(path) and path.is_file()) or re.search(r"[./\\]", name)):
        known = lexicon_names()
        raise InputError(
            f"there is no lexicon called {name!r}",
            expected=f"{', '.join(known)}, or the path of a lexicon file",
            remedy=did_you_mean(name, known),
        )
    return _content_of_file(path)


def _lexicons() -> Plugins:
    return Plugins("lexicon", _GROUP, builtin_lexicons())


def _content_of(name: str, found: Any) -> tuple[bytes, str]:
    """Return the content, and the name for errors, of a lexicon that a package adds."""
    if isinstance(found, str | Path):
        return _content_of_file(Path(found))
    if isinstance(found, Lexicon):
        return toml_of(found).encode(), f"{name}.toml"
    raise _wrong_entry_point(
        f"the lexicon {name!r} is a {type(found).__name__}",
        "the path of a lexicon file, or an evenhand.data.Lexicon",
    )


def _wrong_entry_point(what: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        what,
        where=f"an entry point of {_GROUP}",
        expected=expected,
        remedy="mend the package that adds it, or uninstall it",
    )


def _content_of_file(path: Path) -> tuple[bytes, str]:
    try:
        return read_whole(path, most_megabytes=_LARGEST_MEGABYTES), str(path)
    except (OSError, ValueError) as error:  # a null byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the lexicon file cannot be read ({reason})", where=str(path)) from error
