"""How a text file is written: what separates its fields, whether they are quoted, its encoding."""

from __future__ import annotations

import codecs
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.option_checks import check_choice

Quoting = Literal["double", "none"]

_TAB = r"\t"  # as it is written where a tab itself is hard to type
_NO_DELIMITERS = '"\r\n\0\ufeff'


@dataclass(frozen=True)
class Dialect:
    """How to read CSV, TSV and JSON Lines files; None leaves it to the format.

    Attributes:
        delimiter: The character between two fields, of ASCII, or ``\\t`` written out; by default a
            comma in CSV and a tab in TSV.
        quoting: "double" if a field may stand in double quotation marks, in which it may hold
            delimiters, line ends and, doubled, quotation marks; "none" if a quotation mark is text.
            By default "double" in CSV and "none" in TSV, and a file that looks otherwise is an
            error.
        encoding: Name of a text encoding that Python knows; by default UTF-8. JSON Lines files
            have an encoding, too.

    Raises:
        ConfigurationError: There is no such encoding or quoting, or it cannot be a delimiter.
    """

    delimiter: str | None = None
    quoting: Quoting | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.quoting is not None:
            check_choice("quoting", self.quoting, get_args(Quoting))
        if self.delimiter is not None:
            delimiter = self.delimiter
            if not (isinstance(delimiter, str) and _may_delimit(delimiter)):
                raise ConfigurationError(
                    f"--delimiter is {delimiter!r}",
                    where="--delimiter",
                    expected=r"one character, such as ';', or '\t' for a tab",
                )
        if self.encoding is not None and not _is_text_encoding(self.encoding):
            raise ConfigurationError(
                f"there is no text encoding {self.encoding!r}",
                where="--encoding",
                expected="one that Python knows, such as utf-8, utf-16, cp1252 or shift_jis",
            )

    @property
    def options(self) -> dict[str, str]:
        """What was chosen, for the manifest."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def delimiter_of(self, default: str) -> str:
        """Return what separates the fields of a file whose format has this delimiter."""
        if self.delimiter is None:
            return default
        return "\t" if self.delimiter == _TAB else self.delimiter

    @property
    def codec(self) -> str | None:
        """The name of the encoding to convert from, or None for UTF-8."""
        name = None if self.encoding is None else codecs.lookup(self.encoding).name
        return None if name in ("utf-8", "utf-8-sig") else name


def _may_delimit(text: str) -> bool:
    if text == _TAB:
        return True
    return len(text) == 1 and text.isascii() and text not in _NO_DELIMITERS


def _is_text_encoding(name: object) -> bool:
    try:
        # Some codecs are no encodings of text, and some cannot be read piece by piece.
        codecs.getincrementaldecoder(str(name))()
        return isinstance("".encode(str(name)), bytes)
    except (LookupError, ValueError):
        return False
