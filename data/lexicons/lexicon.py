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

What an entry of ``terms`` may say is described at `Entry` and `Guards`; only ``term`` and ``group``
must be there. Substitution writes the counterpart's spelling of the same slot; where the
counterpart has none, the form is not substituted. Counterparts go both ways, which
`evenhand data terms check` tests, with more that matching alone does not need.

A lexicon file may also be plain text: one term a line, or ``term,group`` as CSV with or without
that header. Empty lines and lines that start with ``#`` are left out. In plain text, terms without
a group form one group named after the file.

Lexicons are for non-pejorative terms. A classifier that had to score slurs like any other word
would be weaker, and would harm the people they are aimed at.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from evenhand.data.errors import InputError
from evenhand.data.lexicons.drafts import read_draft
from evenhand.data.lexicons.entries import BASE, Entry, Guards, Lexicon, checked
from evenhand.data.storage.whole_files import read_whole
from evenhand.data.support.suggest import did_you_mean

_LARGEST_MEGABYTES = 2  # some 20,000 terms

__all__ = ["BASE", "Entry", "Guards", "Lexicon", "builtin_lexicons", "load_lexicon", "read_lexicon"]


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
    content, where = read_lexicon(name_or_path)
    return checked(read_draft(content, where=where))


def read_lexicon(name_or_path: str | Path) -> tuple[bytes, str]:
    """Return the content of the file that `load_lexicon` would load, and its name for errors.

    Raises:
        InputError: There is no such lexicon, or the file cannot be read.
    """
    name = str(name_or_path)
    if name in builtin_lexicons():
        resource = files("evenhand.data") / "lexicons" / f"{name}.toml"
        return resource.read_bytes(), f"{name}.toml"
    path = Path(name_or_path)
    if not (path.is_file() or re.search(r"[./\\]", name)):
        raise InputError(
            f"there is no lexicon called {name!r}",
            expected=f"{', '.join(builtin_lexicons())}, or the path of a lexicon file",
            remedy=did_you_mean(name, builtin_lexicons()),
        )
    try:
        return read_whole(path, most_megabytes=_LARGEST_MEGABYTES), name
    except OSError as error:
        raise InputError(
            f"the lexicon file cannot be read ({error.strerror or error})", where=name
        ) from error
