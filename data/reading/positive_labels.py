"""Labels as they are, such as "toxic" and "clean": which of them count as 1.

Labels are compared as text without white space at its ends. Numbers compare as numbers, so that
"1", "1.0" and 1 are one label, and "true" and "false" are the same in any letter case; other text
is compared as it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import InputError, OptionError
from evenhand.data.support.option_checks import check_list
from evenhand.data.support.suggest import did_you_mean

MOST_COUNTED = 100  # different labels that are counted apart; memory does not grow with the others
_SHOWN = 5  # labels that an error shows
_SHOWN_CHARACTERS = 40  # of each
_COUNTED_CHARACTERS = 200  # of a label, by which it is counted: it may be as long as a text
_BOOLEANS = ("true", "false")
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,3})?", re.ASCII | re.I)
_NOT_A_NUMBER = re.compile(r"[+-]?nan", re.I)  # how pandas writes a missing number


def label_texts(labels: Iterable[Any]) -> tuple[str, ...]:
    """Return labels that an option names as text: numbers and booleans too, each label once.

    Raises:
        OptionError: They are no list, or one is empty, NaN, or neither a text, a number nor true or
            false.
    """
    check_list("positive_labels", labels)
    texts: dict[Any, str] = {}
    for label in labels:
        value = label.item() if isinstance(label, np.generic) else label
        text = str(value).strip()
        is_label = isinstance(value, str | Real) and text and not _NOT_A_NUMBER.fullmatch(text)
        if not is_label:
            must = "a list of labels: texts that are not empty, numbers, true or false"
            raise OptionError("positive_labels", must, label)
        texts.setdefault(_key(text), str(value).lower() if isinstance(value, bool) else text)
    return tuple(texts.values())


class LabelCounts:
    """Counts rows by their label, for the first 100 different labels.

    Args:
        most: Another number of labels than 100.

    Attributes:
        by_label: The rows of each, without white space at its ends and cut after 200 characters.
        not_listed: The rows of all further labels together.
    """

    def __init__(self, most: int = MOST_COUNTED) -> None:
        self.by_label: Counter[str] = Counter()
        self.not_listed = 0
        self._most = most

    def add(self, label: str, rows: int) -> None:
        """Count the rows of one label."""
        label = label.strip()[:_COUNTED_CHARACTERS]
        if label in self.by_label or len(self.by_label) < self._most:
            self.by_label[label] += rows
        else:
            self.not_listed += rows

    def add_all(self, other: LabelCounts) -> None:
        """Count the rows that others have counted after these."""
        for label, rows in other.by_label.items():
            self.add(label, rows)
        self.not_listed += other.not_listed

    def __str__(self) -> str:
        """Return the commonest labels with their numbers of rows, for errors."""
        commonest = self.by_label.most_common(_SHOWN)
        shown = [f"{label[:_SHOWN_CHARACTERS]!r} ({rows:,})" for label, rows in commonest]
        others = self.not_listed + sum(self.by_label.values()) - sum(n for _, n in commonest)
        shown += [f"others ({others:,})"] if others else []
        return ", ".join(shown)


class PositiveLabels:
    """Makes 1 of the labels that are named and 0 of all others, over all files of an operation.

    Args:
        named: The labels that count as 1, as text.
        most: Another number of different labels than 100 that are counted apart.

    Attributes:
        ones: The labels that counted as 1.
        zeros: The labels that counted as 0.
    """

    def __init__(self, named: Sequence[str], most: int = MOST_COUNTED) -> None:
        self._named = {_key(label): label for label in label_texts(named)}
        self._occurring: set[Any] = set()
        self.ones, self.zeros = LabelCounts(most), LabelCounts(most)

    def add(self, other: PositiveLabels) -> None:
        """Add what was seen of the same labels in the rows after these."""
        self._occurring |= other._occurring
        self.ones.add_all(other.ones)
        self.zeros.add_all(other.zeros)

    def numbers(self, labels: pa.Array) -> pa.Array:
        """Return 1 for labels that are named and 0 for others.

        Args:
            labels: Strings; null where a label is missing.

        Returns:
            As many float64 values; null where the label is missing or NaN.
        """
        missing, positive = [], []
        for counted in pc.value_counts(labels).to_pylist():
            label = counted["values"]
            if label is None or _NOT_A_NUMBER.fullmatch(label.strip()):
                missing.append(label)
                continue
            key = _key(label)
            if key in self._named:
                self._occurring.add(key)
                positive.append(label)
                self.ones.add(label, counted["counts"])
            else:
                self.zeros.add(label, counted["counts"])
        is_positive = pc.is_in(labels, value_set=pa.array(positive, labels.type))
        is_missing = pc.is_in(labels, value_set=pa.array(missing, labels.type))
        return pc.if_else(is_missing, None, is_positive.cast(pa.float64()))

    def check_all_occur(self, column: str, *, where: str) -> None:
        """Raise InputError if a label that is named did not occur: it may be misspelled.

        Args:
            column: The column of labels.
            where: The files that were read.
        """
        for key, label in self._named.items():
            if key in self._occurring:
                continue
            found = LabelCounts()
            for counts in (self.ones, self.zeros):
                found.by_label += counts.by_label
                found.not_listed += counts.not_listed
            raise InputError(
                f"no row has the label {label[:_SHOWN_CHARACTERS]!r}",
                where=f"{where}, column {column!r}",
                expected=f"one of the labels that occur: {found}"
                if found.by_label
                else "rows with a label",
                remedy=did_you_mean(label, found.by_label) or "correct `positive_labels`",
            )


def advice_on(labels: pa.Array) -> str:
    """Return what to do about labels that are not numbers from 0 to 1.

    Args:
        labels: The labels of a batch as read, of any type that can be a label.
    """
    counts = LabelCounts()
    for counted in pc.value_counts(labels).to_pylist():
        label = str(counted["values"])
        if counted["values"] is not None and not _NOT_A_NUMBER.fullmatch(label.strip()):
            counts.add(label, counted["counts"])
    return (
        f"name the labels that count as 1 with `positive_labels`, of {counts} around this row; "
        "or mend the row"
    )


def _key(label: str) -> str | Decimal | float:
    """Return what a label is compared by: whole numbers as such, others as float32 as stored."""
    text = label.strip()
    if text.lower() in _BOOLEANS:
        return text.lower()
    if not _NUMBER.fullmatch(text):
        return text
    number = Decimal(text)
    return number if number == number.to_integral_value() else float(np.float32(float(text)))
