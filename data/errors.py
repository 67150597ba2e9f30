"""The errors that evenhand raises, and the exit code that each stands for.

The library raises these and never exits; `evenhand.cli.main` is the one place that turns them into
a message on stderr and an exit code.
"""

from __future__ import annotations


class EvenhandError(Exception):
    """Base of every error that evenhand raises on purpose.

    Args:
        what: What happened, one sentence without a final full stop.
        where: File, row, column or flag that it happened at.
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
        """Return the message as one to four lines: what, where, expected, remedy."""
        labelled = (("at", self.where), ("expected", self.expected), ("try", self.remedy))
        return [self.what, *(f"  {label}: {text}" for label, text in labelled if text)]


class ConfigurationError(EvenhandError):
    """A flag, an argument or a configuration file is wrong: exit code 2."""

    exit_code = 2


class InputError(EvenhandError):
    """Data, a lexicon, a model or a report cannot be used: exit code 3."""

    exit_code = 3


class UnavailableError(EvenhandError):
    """A device, a driver or an optional dependency is missing: exit code 4."""

    exit_code = 4
