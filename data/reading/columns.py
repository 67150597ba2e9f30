"""Turn an input's columns into the columns of a dataset's examples, checking each value."""

from __future__ import annotations

import math
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset.manifest import Columns
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.reading.input_columns import InputColumns, WrongRows, decoded, is_string
from evenhand.data.reading.positive_labels import PositiveLabels, advice_on


class ExampleColumns(InputColumns):
    """Converts to the columns of a dataset's examples, for the arguments of `InputColumns`.

    Args:
        columns: Which input column becomes which.
        where: Name of the input, for errors.
        unit: What a row is called there.
        bad_rows: Takes the rows that hold a value which cannot be used.
        encoding: Name of the input's encoding, for errors, if it is not UTF-8.
        positive: Which labels count as 1, and what is seen of them in all files; by default those
            of `columns`, seen in this file alone.
    """

    def __init__(
        self,
        columns: Columns,
        *,
        where: str,
        unit: str,
        bad_rows: BadRows,
        encoding: str | None = None,
        positive: PositiveLabels | None = None,
    ) -> None:
        super().__init__(
            columns.inputs, where=where, unit=unit, bad_rows=bad_rows, encoding=encoding
        )
        self._columns = columns
        named = columns.positive_labels
        self._positive = (positive or PositiveLabels(named)) if named else None

    @property
    def ranges(self) -> dict[str, float]:
        """The columns of labels that are numbers and of weights, and the largest value of each."""
        columns = self._columns
        named = {} if columns.weight is None else {columns.weight: math.inf}
        if self._positive is None:
            named |= dict.fromkeys(columns.labels, float((columns.classes or 2) - 1))
        return named

    @property
    def slices(self) -> tuple[str, ...]:
        """The slice columns."""
        return self._columns.slices

    def columns(self, batch: pa.RecordBatch, wrong: WrongRows) -> dict[str, pa.Array]:
        """Return `id`, `text`, `label`, `weight`, further labels and slice columns of a batch."""
        arrays = {
            "id": self._ids(batch, wrong),
            "text": self._text(batch),
            "label": self._labels(self._columns.label, batch, wrong),
            "weight": self._weights(batch, wrong),
        }
        for name in self._columns.other_labels:
            arrays[self._columns.label_fields[name]] = self._labels(name, batch, wrong)
        for name in self._columns.slices:
            separator = self._columns.slice_separator
            arrays[name] = self.slice_values(batch.column(name), name, separator)
        return arrays

    def _ids(self, batch: pa.RecordBatch, wrong: WrongRows) -> pa.Array:
        name = self._columns.id
        if name is None:
            return pa.nulls(batch.num_rows, pa.string())
        values = self.identifiers(batch, name)
        wrong.add_where(pc.is_null(values), values, name, expected="an id")
        return values

    def _text(self, batch: pa.RecordBatch) -> pa.Array:
        name = self._columns.text
        values = decoded(batch.column(name))
        if not (is_string(values.type) or pa.types.is_null(values.type)):
            raise self.error(name, f"holds {values.type}", expected="strings")
        return values.cast(pa.string())

    def _labels(self, name: str | None, batch: pa.RecordBatch, wrong: WrongRows) -> pa.Array:
        if name is None:
            return pa.nulls(batch.num_rows, pa.float32())
        if self._positive is not None:
            return self.named_labels(batch, name, self._positive, wrong).cast(pa.float32())
        classes = self._columns.classes
        given = decoded(batch.column(name))
        remedy = partial(advice_on, given) if classes is None else None
        values = self.numbers(batch, name, wrong, remedy=remedy)
        missing = pc.is_nan(values).fill_null(False)  # how pandas writes a missing number
        values = pc.if_else(missing, None, values)
        most = 1 if classes is None else classes - 1
        unusable = pc.or_(pc.less(values, 0), pc.greater(values, most))
        expected = "a label from 0 to 1"
        if classes is not None:
            unusable = pc.or_(unusable, pc.not_equal(values, pc.floor(values)))
            expected = f"the number of a class, from 0 to {most}"
        wrong.add_where(unusable.fill_null(False), values, name, expected=expected, remedy=remedy)
        return values.cast(pa.float32())

    def _weights(self, batch: pa.RecordBatch, wrong: WrongRows) -> pa.Array:
        name = self._columns.weight
        if name is None:
            return pa.repeat(pa.scalar(1.0, pa.float32()), batch.num_rows)
        values = self.numbers(batch, name, wrong)
        unusable = pc.or_(pc.invert(pc.is_finite(values)), pc.less(values, 0)).fill_null(True)
        wrong.add_where(unusable, values, name, expected="a weight of 0 or more")
        return values.cast(pa.float32())
