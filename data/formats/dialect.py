"""How a text file is written: what separates its fields, whether they are quoted, its encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from evenhand.data.errors import ConfigurationError, OptionError
from evenhand.data.options import FILES, Options, option, options_of

Quoting = Literal["double", "none"]

AUTO = "auto"  # what the beginning of each file tells
_TAB = r"\t"  # as it is written where a tab itself is hard to type
_NO_DELIMITERS = '"\r\n\0\ufeff'


@dataclass(frozen=True)
class Dialect(Options):
    """How to read CSV, TSV and JSON Lines files; None leaves it to the format.

    A field in double quotation marks may hold delimiters, line ends and, doubled, quotation marks.
    A file that looks otherwise than its format says is an error where no quoting is given.

    Raises:
        ConfigurationError: There is no such encoding or quoting, or it cannot be a delimiter.
    """

    delimiter: str | None = option(
        None,
        "What separates the fields of CSV and TSV files: a character of ASCII, \\t for a tab, or "
        "auto for what each file's first rows tell.",
        FILES,
        metavar="CHARACTER",
        unset="by the file's name",
    )
    quoting: Quoting | None = option(
        None,
        "Whether a field of CSV and TSV files may stand in double quotation marks, or these are "
        "text.",
        FILES,
        unset="double in CSV, none in TSV; doubts are errors",
    )
    encoding: str | None = option(
        None,
        "Encoding of text files, JSON Lines too, such as cp1252.",
        FILES,
        unset="utf-8",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delimiter is not None:
            delimiter = self.delimiter
            if not (isinstance(delimiter, str) and _may_delimit(delimiter)):
                must = r"one character, such as ';', or '\t' for a tab, or 'auto'"
                raise OptionError("delimiter", must, delimiter)
        if self.encoding is not None and not _is_text_encoding(self.encoding):
            raise ConfigurationError(
                f"there is no text encoding {self.encoding!r}",
                where="`encoding`",
                expected="one that Python knows, such as utf-8, utf-16, cp1252 or shift_jis",
            )

    @property
    def chosen(self) -> dict[str, str]:
        """What is not left to the format, by name."""
        given = {name: getattr(self, name) for name in options_of(Dialect)}
        return {name: value for name, value in given.items() if value is not None}

    def delimiter_of(self, default: str) -> str:
        """Return what separates the fields of a file whose format has this delimiter.

        Where the file's first rows are to tell, it is that of the format, until they have.
        """
        if self.delimiter is None or self.delimiter == AUTO:
            return default
        return "\t" if self.delimiter == _TAB else self.delimiter

    @property
    def codec(self) -> str | None:
        """The name of the encoding to convert from, or None for UTF-8."""
        name = None if self.encoding is None else codecs.lookup(self.encoding).name
        return None if name in ("utf-8", "utf-8-sig") else name


def _may_delimit(text: str) -> bool:
    if text in (_TAB, AUTO):
        return True
    return len(text) == 1 and text.isascii() and text not in _NO_DELIMITERS


def _is_text_encoding(name: object) -> bool:
    try:
        # Some codecs are no encodings of text, and some cannot be read piece by piece.
        codecs.getincrementaldecoder(str(name))()
        return isinstance("".encode(str(name)), bytes)
    except (LookupError, ValueError):
        return False
