"""The errors that evenhand raises, and the exit code that each stands for.

The library raises these and never exits; `evenhand.cli.main` is the one place that turns them into
a message on stderr and an exit code.
"""

from __future__ import annotations

from evenhand.data.urls import without_secrets

_LONGEST = 2_000  # characters of a line: an error may quote a file that is nothing but one line


class EvenhandError(Exception):
    """Base of every error that evenhand raises on purpose.

    Its words name an argument of Python between backticks: "give `overwrite` to replace it". The
    command line shows the flag in its place: "give --overwrite to replace it".

    Args:
        what: What happened, one sentence without a final full stop.
        where: File, row, column or argument that it happened at.
        expected: What would have been right.
        remedy: What to do about it.
    """

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return the message as one to four lines: what, where, expected, remedy.

        Whatever is quoted from a file or a library is shown as text: a line end as a space, and
        what a terminal would act on or cannot show as an escape such as ``\\x1b``. User, password
        and the values of the query of a URL are hidden.
        """
        labelled = (("at", self.where), ("expected", self.expected), ("try", self.remedy))
        lines = [self.what, *(f"  {label}: {text}" for label, text in labelled if text)]
        return [_as_one_line(without_secrets(line)) for line in lines]


def _as_one_line(text: str) -> str:
    if len(text) > _LONGEST:  # its beginning says what it is about, its end often the place
        text = f"{text[: _LONGEST * 3 // 4]} … {text[-_LONGEST // 8 :]}"
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")


class ConfigurationError(EvenhandError):
    """An argument or a configuration file is wrong: exit code 2."""

    exit_code = 2


class OptionError(ConfigurationError):
    """An option has a value that it cannot have: ``min_tokens must be 1 or more, got 0``.

    Args:
        option: The option, as an argument of Python is called; the command line puts its flag
            there.
        must: What it must be.
        value: Its value.
    """

    def __init__(self, option: str, must: str, value: object) -> None:
        self.option, self.must, self.value = option, must, value
        shown = value if isinstance(value, str) else repr(value)
        super().__init__(f"{option} must be {must}, got {shown}")

    def naming(self, option: str) -> OptionError:
        """Return this error with another name for the option."""
        return OptionError(option, self.must, self.value)


class InputError(EvenhandError):
    """Data, a lexicon, a model or a report cannot be used: exit code 3."""

    exit_code = 3


class UnavailableError(EvenhandError):
    """A device, a driver or an optional dependency is missing: exit code 4."""

    exit_code = 4
