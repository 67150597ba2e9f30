"""Turn an input's columns into the columns of a dataset's examples, checking each value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.bad_rows import BadRows
from evenhand.data.errors import InputError
from evenhand.data.manifest import Columns
from evenhand.data.records import NumberedRows


class ExampleColumns:
    """Converts an input's record batches; every error names the file, the column and the row.

    Args:
        columns: Which input column becomes which.
        where: Name of the input, for errors.
        unit: What a row is called there: "row", "line" or "record".
        bad_rows: Takes the rows that hold a value which cannot be used.
    """

    def __init__(self, columns: Columns, *, where: str, unit: str, bad_rows: BadRows) -> None:
        self._columns = columns
        self._where = where
        self._unit = unit
        self._bad_rows = bad_rows

    def convert(self, raw: NumberedRows) -> NumberedRows:
        """Return `id`, `text`, `label`, `weight` and the slice columns of a batch.

        A value that is missing where it may not be, is not UTF-8 or is out of range makes its row
        a bad row. These are left out.

        Raises:
            InputError: A column is of a wrong kind, or there is a bad row and they are not skipped.
        """
        columns = self._columns
        batch = raw.batch
        wrong = _Wrong(raw.numbers, self._where, self._unit, self._bad_rows)
        batch = self._as_utf8(batch, wrong)
        arrays = {
            "id": self._identifiers(batch, wrong),
            "text": self._text(batch),
            "label": self._labels(batch, wrong),
            "weight": self._weights(batch, wrong),
        }
        for name in columns.slices:
            arrays[name] = self._slice_values(batch.column(name), name)
        converted = pa.RecordBatch.from_pydict(arrays)
        if not wrong.indices:
            return NumberedRows(converted, raw.numbers)
        others = wrong.others(batch.num_rows)
        return NumberedRows(converted.filter(others), pa.array(raw.numbers).filter(others))

    def _as_utf8(self, batch: pa.RecordBatch, wrong: _Wrong) -> pa.RecordBatch:
        """Check strings, which neither CSV's nor Parquet's reader holds to UTF-8 here."""
        try:
            batch.validate(full=True)
        except pa.ArrowInvalid:
            arrays = []
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                if not _is_string(values.type):
                    arrays.append(values)
                    continue
                texts = []
                for index, content in enumerate(values.cast(pa.large_binary()).to_pylist()):
                    try:
                        texts.append(None if content is None else content.decode())
                    except UnicodeDecodeError:
                        wrong.add(
                            index,
                            name,
                            f"the text is not UTF-8 ({content[:50]!r})",
                            reason="the text is not UTF-8",
                            expected="UTF-8 throughout: convert the file, for instance with iconv",
                        )
                        texts.append(None)
                arrays.append(pa.array(texts, values.type))
            return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
        return batch

    def _identifiers(self, batch: pa.RecordBatch, wrong: _Wrong) -> pa.Array:
        name = self._columns.id
        if name is None:
            return pa.nulls(batch.num_rows, pa.string())
        values = _decoded(batch.column(name))
        if not (_is_string(values.type) or pa.types.is_integer(values.type)):
            raise self._error(name, f"holds {values.type}", expected="strings or whole numbers")
        wrong.add_where(pc.is_null(values), values, name, expected="an id")
        return values.cast(pa.string())

    def _text(self, batch: pa.RecordBatch) -> pa.Array:
        name = self._columns.text
        values = _decoded(batch.column(name))
        if not (_is_string(values.type) or pa.types.is_null(values.type)):
            raise self._error(name, f"holds {values.type}", expected="strings")
        return values.cast(pa.string())

    def _labels(self, batch: pa.RecordBatch, wrong: _Wrong) -> pa.Array:
        name = self._columns.label
        if name is None:
            return pa.nulls(batch.num_rows, pa.float32())
        values = self._numbers(batch, name, wrong)
        missing = pc.is_nan(values).fill_null(False)  # how pandas writes a missing number
        values = pc.if_else(missing, None, values)
        outside = pc.or_(pc.less(values, 0), pc.greater(values, 1)).fill_null(False)
        wrong.add_where(outside, values, name, expected="a label from 0 to 1")
        return values.cast(pa.float32())

    def _weights(self, batch: pa.RecordBatch, wrong: _Wrong) -> pa.Array:
        name = self._columns.weight
        if name is None:
            return pa.repeat(pa.scalar(1.0, pa.float32()), batch.num_rows)
        values = self._numbers(batch, name, wrong)
        unusable = pc.or_(pc.invert(pc.is_finite(values)), pc.less(values, 0)).fill_null(True)
        wrong.add_where(unusable, values, name, expected="a weight of 0 or more")
        return values.cast(pa.float32())

    def _numbers(self, batch: pa.RecordBatch, name: str, wrong: _Wrong) -> pa.Array:
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
                no_number = pa.array([not _is_number(value) for value in values.to_pylist()])
                wrong.add_where(no_number, values, name, expected="a number")
                return pc.if_else(no_number, None, values).cast(pa.float64())
        is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        if not (is_number or pa.types.is_decimal(values.type) or pa.types.is_null(values.type)):
            raise self._error(name, f"holds {values.type}", expected="numbers")
        return values.cast(pa.float64(), safe=False)

    def _slice_values(self, values: pa.Array, name: str) -> pa.Array:
        values = _decoded(values)
        kind = values.type
        if (
            pa.types.is_null(kind)  # whatever the other batches hold
            or pa.types.is_boolean(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
        ):
            return values
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise self._error(name, f"holds {kind}", expected="strings, numbers or true and false")
        return values.cast(pa.string())

    def _error(self, name: str, what: str, *, expected: str) -> InputError:
        return InputError(f"the column {name!r} {what}", where=self._where, expected=expected)


class _Wrong:
    """The rows of one batch that cannot be used; a row counts once, for its first fault."""

    def __init__(self, numbers: pa.Array | range, where: str, unit: str, bad_rows: BadRows) -> None:
        self.indices: set[int] = set()
        self._numbers = numbers
        self._where = where
        self._unit = unit
        self._bad_rows = bad_rows

    def add(self, index: int, name: str, what: str, *, reason: str, expected: str) -> None:
        if index in self.indices:
            return
        number = self._numbers[index]
        number = number if isinstance(number, int) else number.as_py()
        where = f"{self._where}, {self._unit} {number}, column {name!r}"
        self._bad_rows.add(what, where=where, reason=reason, expected=expected)
        self.indices.add(index)

    def add_where(self, mask: pa.Array, values: pa.Array, name: str, *, expected: str) -> None:
        for index in pc.indices_nonzero(mask).to_pylist():
            value = values[index].as_py()
            if value is None:
                what = reason = f"a value of the column {name!r} is missing"
            else:
                what = f"{str(value)[:50]!r} cannot be used"
                reason = f"a value of the column {name!r} cannot be used"
            self.add(index, name, what, reason=reason, expected=expected)

    def others(self, rows: int) -> pa.Array:
        return pa.array([index not in self.indices for index in range(rows)])


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
