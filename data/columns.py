"""Turn an input's columns into the columns of a dataset's examples, checking each value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import InputError
from evenhand.data.manifest import Columns


class ExampleColumns:
    """Converts an input's record batches; every error names the file, the column and the row.

    Args:
        columns: Which input column becomes which.
        where: Name of the input, for errors.
    """

    def __init__(self, columns: Columns, *, where: str) -> None:
        self._columns = columns
        self._where = where

    def convert(self, batch: pa.RecordBatch, *, first_row: int) -> pa.RecordBatch:
        """Return `id`, `text`, `label`, `weight` and the slice columns of a batch.

        Args:
            batch: The columns that `Columns` names, as the file has them.
            first_row: Number of the batch's first row in the file, counted from 1.

        Raises:
            InputError: A value is of a wrong kind, missing where it may not be, or out of range.
        """
        columns = self._columns
        batch.validate(full=True)  # Parquet files are not held to UTF-8 by their reader
        arrays = {
            "id": self._identifiers(batch, first_row),
            "text": self._text(batch),
            "label": self._labels(batch, first_row),
            "weight": self._weights(batch, first_row),
        }
        for name in columns.slices:
            arrays[name] = self._slice_values(batch.column(name), name)
        return pa.RecordBatch.from_pydict(arrays)

    def _identifiers(self, batch: pa.RecordBatch, first_row: int) -> pa.Array:
        name = self._columns.id
        if name is None:
            return pa.nulls(batch.num_rows, pa.string())
        values = _decoded(batch.column(name))
        if not (_is_string(values.type) or pa.types.is_integer(values.type)):
            raise self._error(name, f"holds {values.type}", expected="strings or whole numbers")
        self._refuse_where(pc.is_null(values), values, name, first_row, expected="an id")
        return values.cast(pa.string())

    def _text(self, batch: pa.RecordBatch) -> pa.Array:
        name = self._columns.text
        values = _decoded(batch.column(name))
        if not (_is_string(values.type) or pa.types.is_null(values.type)):
            raise self._error(name, f"holds {values.type}", expected="strings")
        return values.cast(pa.string())

    def _labels(self, batch: pa.RecordBatch, first_row: int) -> pa.Array:
        name = self._columns.label
        if name is None:
            return pa.nulls(batch.num_rows, pa.float32())
        values = self._numbers(batch, name, first_row)
        missing = pc.is_nan(values).fill_null(False)  # how pandas writes a missing number
        values = pc.if_else(missing, None, values)
        outside = pc.or_(pc.less(values, 0), pc.greater(values, 1)).fill_null(False)
        self._refuse_where(outside, values, name, first_row, expected="a label from 0 to 1")
        return values.cast(pa.float32())

    def _weights(self, batch: pa.RecordBatch, first_row: int) -> pa.Array:
        name = self._columns.weight
        if name is None:
            return pa.repeat(pa.scalar(1.0, pa.float32()), batch.num_rows)
        values = self._numbers(batch, name, first_row)
        wrong = pc.or_(pc.invert(pc.is_finite(values)), pc.less(values, 0)).fill_null(True)
        self._refuse_where(wrong, values, name, first_row, expected="a weight of 0 or more")
        return values.cast(pa.float32())

    def _numbers(self, batch: pa.RecordBatch, name: str, first_row: int) -> pa.Array:
        """Return a column as float64; strings of numbers, "true" and "false" are numbers too."""
        values = _decoded(batch.column(name))
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        if _is_string(values.type):
            values = pc.utf8_lower(pc.utf8_trim_whitespace(values))
            values = pc.if_else(pc.equal(values, "true"), "1", values)
            values = pc.if_else(pc.equal(values, "false"), "0", values)
            try:
                return values.cast(pa.float64())
            except pa.ArrowInvalid:
                wrong = pa.array([not _is_number(value) for value in values.to_pylist()])
                self._refuse_where(wrong, values, name, first_row, expected="a number")
                raise
        is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        if not (is_number or pa.types.is_decimal(values.type) or pa.types.is_null(values.type)):
            raise self._error(name, f"holds {values.type}", expected="numbers")
        return values.cast(pa.float64(), safe=False)

    def _slice_values(self, values: pa.Array, name: str) -> pa.Array:
        values = _decoded(values)
        kind = values.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return values
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise self._error(name, f"holds {kind}", expected="strings, numbers or true and false")
        return values.cast(pa.string())

    def _refuse_where(
        self, wrong: pa.Array, values: pa.Array, name: str, first_row: int, *, expected: str
    ) -> None:
        index = pc.index(wrong, True).as_py()
        if index >= 0:
            value = values[index].as_py()
            raise InputError(
                "a value is missing" if value is None else f"{str(value)[:50]!r} cannot be used",
                where=f"{self._where}, row {first_row + index}, column {name!r}",
                expected=expected,
            )

    def _error(self, name: str, what: str, *, expected: str) -> InputError:
        return InputError(f"the column {name!r} {what}", where=self._where, expected=expected)


def _decoded(values: pa.Array) -> pa.Array:
    """Return the values of a dictionary array, as pandas writes categories, or the array itself."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _is_string(kind: pa.DataType) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


def _is_number(value: str | None) -> bool:
    try:
        float(value or "nan")
    except ValueError:
        return False
    return value is None or value != ""
