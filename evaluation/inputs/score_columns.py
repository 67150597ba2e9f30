"""The columns of scores that were made elsewhere, checked value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.reading.input_columns import InputColumns, WrongRows, decoded
from evenhand.data.reading.positive_labels import PositiveLabels, advice_on
from evenhand.data.reading.several_values import is_of_lists
from evenhand.evaluation.inputs.tables import (
    COUNTERFACTUAL_PREDICTION,
    LABEL,
    PREDICTION,
    SCORE_COLUMNS,
    WEIGHT,
)

EXAMPLE, ID = "example", "id"


class ScoreColumns(InputColumns):
    """Converts columns to float64 scores, labels and weights, and to strings.

    Args:
        inputs: The columns.
        roles: What a column is, if it is not called that: a name of `SCORE_COLUMNS`, ``"example"``
            or ``"id"``, or the score of a class, ``"prediction_0"`` and so on. Any other column is
            one of slices.
        are_logits: Whether predictions are logits, which may be any number.
        positive: Makes numbers of labels, if the positive ones are named.
        classes: How many classes there are; of more than two, labels are their numbers.
        separator: What separates the values in a string of a slice column, if there are several.
        **where: As for `InputColumns`.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        *,
        roles: Mapping[str, str],
        are_logits: bool,
        positive: PositiveLabels | None,
        classes: int = 2,
        separator: str | None = None,
        **where: Any,
    ) -> None:
        super().__init__(inputs, **where)
        self._roles = {name: roles.get(name, name) for name in self.inputs}
        self._logits = are_logits
        self._classes = classes
        self._positive = positive
        self._separator = separator

    @property
    def ranges(self) -> dict[str, float]:
        """The columns with a smallest value, which is 0, and the largest value of each."""
        found = {}
        for name, role in self._roles.items():
            if role == WEIGHT:
                found[name] = np.inf
            elif role == LABEL and self._positive is None:
                found[name] = self._classes - 1.0
            elif _is_score(role) and not self._logits:
                found[name] = 1.0
        return found

    @property
    def slices(self) -> list[str]:
        """The slice columns."""
        return [name for name, role in self._roles.items() if _is_slice(role)]

    def columns(self, batch: pa.RecordBatch, wrong: WrongRows) -> dict[str, pa.Array]:
        """Return every column that is read by its role, converted; a missing label is NaN."""
        return {role: self._column(name, role, batch, wrong) for name, role in self._roles.items()}

    def _column(self, name: str, role: str, batch: pa.RecordBatch, wrong: WrongRows) -> pa.Array:
        if role in (EXAMPLE, ID) or _is_slice(role):
            if role in (EXAMPLE, ID):
                values = self.identifiers(batch, name)
            else:
                values = self.slice_values(batch.column(name), name, self._separator)
                if is_of_lists(values):
                    return values
                values = values.cast(pa.string())
            return pc.if_else(pc.equal(values, ""), None, values)
        if role == LABEL and self._positive is not None:
            return pc.fill_null(self.named_labels(batch, name, self._positive, wrong), np.nan)
        of_classes = role == LABEL and self._classes > 2
        is_label = role == LABEL and not of_classes
        remedy = partial(advice_on, decoded(batch.column(name))) if is_label else None
        numbers = pc.fill_null(self.numbers(batch, name, wrong, remedy=remedy), np.nan)
        least = 0.0 if name in self.ranges else -np.inf
        most = self.ranges.get(name, np.inf)
        fits = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, most))
        fits = pc.and_(fits, pc.is_finite(numbers))
        if of_classes:
            fits = pc.and_(fits, pc.equal(numbers, pc.floor(numbers)))
        if role == LABEL:
            fits = pc.or_(fits, pc.is_nan(numbers))
        expected = "a number of at least 0" if role == WEIGHT else "a number from 0 to 1"
        if of_classes:
            expected = f"the number of a class, from 0 to {self._classes - 1}"
        if _is_score(role):
            expected = "a number" if self._logits else f"{expected}, or logits with `logits`"
        wrong.add_where(pc.invert(fits), batch.column(name), name, expected=expected, remedy=remedy)
        return numbers


def _is_slice(role: str) -> bool:
    """Whether a column is one of slices."""
    return role not in (*SCORE_COLUMNS, EXAMPLE, ID) and not _is_score(role)


def _is_score(role: str) -> bool:
    """Whether a column is of scores, of one class or of one among several."""
    side, _, number = role.rpartition("_")
    sides = (PREDICTION, COUNTERFACTUAL_PREDICTION)
    return role in sides or (side in sides and number.isdecimal())
