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
            or ``"id"``. Any other column is one of slices.
        are_logits: Whether predictions are logits, which may be any number.
        positive: Makes numbers of labels, if the positive ones are named.
        **where: As for `InputColumns`.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        *,
        roles: Mapping[str, str],
        are_logits: bool,
        positive: PositiveLabels | None,
        **where: Any,
    ) -> None:
        super().__init__(inputs, **where)
        self._roles = {name: roles.get(name, name) for name in self.inputs}
        self._logits = are_logits
        self._positive = positive

    @property
    def ranges(self) -> dict[str, float]:
        """The columns with a smallest value, which is 0, and the largest value of each."""
        others: set[str] = {PREDICTION, COUNTERFACTUAL_PREDICTION} if self._logits else set()
        others |= {LABEL} if self._positive is not None else set()
        return {
            name: np.inf if role == WEIGHT else 1.0
            for name, role in self._roles.items()
            if role in SCORE_COLUMNS and role not in others
        }

    def columns(self, batch: pa.RecordBatch, wrong: WrongRows) -> dict[str, pa.Array]:
        """Return every column that is read by its role, converted; a missing label is NaN."""
        return {role: self._column(name, role, batch, wrong) for name, role in self._roles.items()}

    def _column(self, name: str, role: str, batch: pa.RecordBatch, wrong: WrongRows) -> pa.Array:
        if role not in SCORE_COLUMNS:
            if role in (EXAMPLE, ID):
                values = self.identifiers(batch, name)
            else:
                values = self.slice_values(batch.column(name), name).cast(pa.string())
            return pc.if_else(pc.equal(values, ""), None, values)
        if role == LABEL and self._positive is not None:
            return pc.fill_null(self.named_labels(batch, name, self._positive, wrong), np.nan)
        remedy = partial(advice_on, decoded(batch.column(name))) if role == LABEL else None
        numbers = pc.fill_null(self.numbers(batch, name, wrong, remedy=remedy), np.nan)
        least = 0.0 if name in self.ranges else -np.inf
        most = self.ranges.get(name, np.inf)
        fits = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, most))
        fits = pc.and_(fits, pc.is_finite(numbers))
        if role == LABEL:
            fits = pc.or_(fits, pc.is_nan(numbers))
        expected = "a number of at least 0" if role == WEIGHT else "a number from 0 to 1"
        if role in (PREDICTION, COUNTERFACTUAL_PREDICTION):
            expected = "a number" if self._logits else f"{expected}, or logits with `logits`"
        wrong.add_where(pc.invert(fits), batch.column(name), name, expected=expected, remedy=remedy)
        return numbers
