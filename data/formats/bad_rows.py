"""Rows of an input that cannot be used: an error, or left out and counted."""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

from evenhand.data.errors import InputError
from evenhand.data.support.option_checks import check_choice

OnError = Literal["stop", "skip"]

SKIP_REMEDY = "mend the row, or leave such rows out with `on_error` skip"
KEPT = 100  # rows left out whose places are remembered; the others are only counted


class BadRows:
    """Takes note of rows that cannot be used.

    Args:
        on_error: "stop" raises an InputError at the first; "skip" counts it and goes on.
        remedy: What such an error says to do.

    Attributes:
        by_reason: How many were left out, by reason.
        first: The first of them, each as one line with file, row and reason.

    Raises:
        ConfigurationError: `on_error` is neither.
    """

    def __init__(self, on_error: OnError = "stop", *, remedy: str = SKIP_REMEDY) -> None:
        check_choice("on_error", on_error, get_args(OnError))
        self.skips = on_error == "skip"
        self._remedy = remedy
        self.by_reason: Counter[str] = Counter()
        self.first: list[str] = []

    @property
    def total(self) -> int:
        """How many were left out."""
        return sum(self.by_reason.values())

    def add_all(self, other: BadRows) -> None:
        """Take the rows that others have left out after these."""
        self.by_reason.update(other.by_reason)
        self.first = [*self.first, *other.first][:KEPT]

    def add(
        self,
        what: str,
        *,
        where: str,
        reason: str,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Note one row.

        Args:
            what: What is wrong with it.
            where: File, row and column.
            reason: What is wrong, in words that many rows share.
            expected: What would have been right.
            remedy: What to do, if another thing than for most rows.

        Raises:
            InputError: Rows are not skipped.
        """
        if not self.skips:
            raise InputError(
                what,
                where=where,
                expected=expected,
                remedy=remedy or self._remedy,
            )
        self.by_reason[reason] += 1
        if len(self.first) < KEPT:
            self.first.append(f"{where}: {what}")
