"""Convert the columns of an input and check each value, whatever the columns are used for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.records import NumberedRows
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.several_values import is_of_lists, lists_of_strings, split_cells
from evenhand.data.support.limits import MOST_BYTES, SHOWN_LIMIT


class InputColumns:
    """Converts an input's record batches; every error names the file, the column and the row.

    A value that is missing where it may not be, too long, not UTF-8 or out of range makes its row a
    bad row. These are left out.

    Attributes:
        inputs: The input columns that are read, each once.
        bad_rows: Takes the rows that hold a value which cannot be used.

    Args:
        inputs: As the attribute.
        where: Name of the input, for errors.
        unit: What a row is called there: "row", "line" or "record".
        bad_rows: As the attribute.
        encoding: Name of the input's encoding, for errors, if it is not UTF-8; its text comes as
            UTF-8 nevertheless.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        *,
        where: str,
        unit: str,
        bad_rows: BadRows,
        encoding: str | None = None,
    ) -> None:
        self.inputs = list(dict.fromkeys(inputs))
        self.bad_rows = bad_rows
        self._where = where
        self._unit = unit
        self._encoding = encoding

    @property
    def ranges(self) -> Mapping[str, float]:
        """The columns that hold numbers from 0, and the largest of each."""
        return {}

    @property
    def slices(self) -> Sequence[str]:
        """The columns whose cells may hold several values."""
        return ()

    def place_of(self, number: int) -> str:
        """Return where a row is, for errors."""
        return f"{self._where}, {self._unit} {number}"

    def convert(self, raw: NumberedRows) -> NumberedRows:
        """Return the columns that are wanted, of the rows that can be used.

        Raises:
            InputError: A column is of a wrong kind, or there is a bad row and they are not skipped.
        """
        wrong = WrongRows(raw.numbers, self.place_of, self.bad_rows)
        _check_lengths(raw.batch, wrong)
        arrays = self.columns(self._as_utf8(raw.batch, wrong), wrong)
        converted = pa.RecordBatch.from_pydict(arrays)
        if not wrong.indices:
            return NumberedRows(converted, raw.numbers)
        others = wrong.others(converted.num_rows)
        return NumberedRows(converted.filter(others), pa.array(raw.numbers).filter(others))

    def columns(self, batch: pa.RecordBatch, wrong: WrongRows) -> dict[str, pa.Array]:
        """Return the converted columns of a batch, noting the rows that cannot be used."""
        raise NotImplementedError

    def _as_utf8(self, batch: pa.RecordBatch, wrong: WrongRows) -> pa.RecordBatch:
        """Check that strings are UTF-8, which neither CSV's nor Parquet's reader does here."""
        try:
            batch.validate(full=True)
        except pa.ArrowInvalid:
            arrays = []
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                if not is_string(values.type):
                    arrays.append(values)
                    continue
                texts = []
                for index, content in enumerate(values.cast(pa.large_binary()).to_pylist()):
                    try:
                        texts.append(None if content is None else content.decode())
                    except UnicodeDecodeError:
                        encoding = self._encoding or "UTF-8"
                        hint = "" if self._encoding else ", unless `encoding` names another"
                        wrong.add(
                            index,
                            name,
                            f"the text is not {encoding} ({content[:50]!r})",
                            reason=f"the text is not {encoding}",
                            expected=f"{encoding} throughout{hint}",
                        )
                        texts.append(None)
                arrays.append(pa.array(texts, values.type))
            return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
        return batch

    def identifiers(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        """Return a column of strings or whole numbers as strings."""
        values = decoded(batch.column(name))
        if not (is_string(values.type) or pa.types.is_integer(values.type)):
            raise self.error(name, f"holds {values.type}", expected="strings or whole numbers")
        return values.cast(pa.string())

    def numbers(
        self,
        batch: pa.RecordBatch,
        name: str,
        wrong: WrongRows,
        *,
        remedy: Callable[[], str] | None = None,
    ) -> pa.Array:
        """Return a column as float64; strings of numbers, "true" and "false" are numbers too.

        `remedy` is as for `WrongRows.add_where`.
        """
        values = given = decoded(batch.column(name))
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        if is_string(values.type):
            with contextlib.suppress(pa.ArrowInvalid):
                return values.cast(pa.float64())  # as most columns are written
            values = pc.utf8_lower(pc.utf8_trim_whitespace(values))
            values = pc.if_else(pc.equal(values, "true"), "1", values)
            values = pc.if_else(pc.equal(values, "false"), "0", values)
            try:
                return values.cast(pa.float64())
            except pa.ArrowInvalid:
                no_number = pc.invert(_are_numbers(values))
                wrong.add_where(no_number, given, name, expected="a number", remedy=remedy)
                return pc.if_else(no_number, None, values).cast(pa.float64())
        is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        if not (is_number or pa.types.is_decimal(values.type) or pa.types.is_null(values.type)):
            raise self.error(name, f"holds {values.type}", expected="numbers")
        return values.cast(pa.float64(), safe=False)

    def named_labels(
        self, batch: pa.RecordBatch, name: str, positive: PositiveLabels, wrong: WrongRows
    ) -> pa.Array:
        """Return a column of labels of any kind as float64: 1 if positive, else 0 or null."""
        values = self.single_values(batch.column(name), name).cast(pa.string())
        is_empty = pc.equal(pc.utf8_trim_whitespace(values), "").fill_null(False)
        wrong.add_where(is_empty, values, name, expected="a label, or null where it is missing")
        return positive.numbers(pc.if_else(is_empty, None, values))

    def slice_values(self, values: pa.Array, name: str, separator: str | None) -> pa.Array:
        """Return a slice column: single values in their own type, several as lists of strings.

        Args:
            values: The column; lists are taken as they are.
            name: Its name.
            separator: What separates the values in strings; None where a string is one value.
        """
        values = decoded(values)
        if is_of_lists(values):
            try:
                values.validate(full=True)
            except pa.ArrowInvalid as error:
                raise self.error(name, "holds text that is not UTF-8", expected="UTF-8") from error
            self.single_values(values.flatten(), name)
            return lists_of_strings(values)
        values = self.single_values(values, name)
        if separator is None or not (is_string(values.type) or pa.types.is_null(values.type)):
            return values
        return split_cells(values.cast(pa.string()), separator)

    def single_values(self, values: pa.Array, name: str) -> pa.Array:
        """Return a column of single values, in its own type."""
        values = decoded(values)
        kind = values.type
        if (
            pa.types.is_null(kind)  # whatever the other batches hold
            or pa.types.is_boolean(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
        ):
            return values
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise self.error(name, f"holds {kind}", expected="strings, numbers or true and false")
        return values.cast(pa.string())

    def error(self, name: str, what: str, *, expected: str) -> InputError:
        """Return the error for a column of a wrong kind."""
        return InputError(f"the column {name!r} {what}", where=self._where, expected=expected)


class WrongRows:
    """The rows of one batch that cannot be used; a row counts once, for its first fault."""

    def __init__(
        self, numbers: pa.Array | range, place_of: Callable[[int], str], bad_rows: BadRows
    ) -> None:
        self.indices: set[int] = set()
        self._numbers = numbers
        self._place_of = place_of
        self._bad_rows = bad_rows

    def add(
        self,
        index: int,
        name: str,
        what: str,
        *,
        reason: str,
        expected: str,
        remedy: str | None = None,
    ) -> None:
        """Note one row for one of its columns."""
        if index in self.indices:
            return
        number = self._numbers[index]
        number = number if isinstance(number, int) else number.as_py()
        where = f"{self._place_of(number)}, column {name!r}"
        self._bad_rows.add(what, where=where, reason=reason, expected=expected, remedy=remedy)
        self.indices.add(index)

    def add_where(
        self,
        mask: pa.Array,
        values: pa.Array,
        name: str,
        *,
        expected: str,
        remedy: Callable[[], str] | None = None,
    ) -> None:
        """Note the rows for which the mask is true.

        Args:
            mask: True for rows that cannot be used.
            values: The column as read.
            name: The column.
            expected: What would have been right.
            remedy: Gives what to do, if that is not what is done about bad rows in general.
        """
        indices = pc.indices_nonzero(mask).to_pylist()
        advice = remedy() if remedy is not None and indices else None
        for index in indices:
            value = values[index].as_py()
            if value is None:
                what = reason = f"a value of the column {name!r} is missing"
            else:
                what = f"{str(value)[:50]!r} cannot be used"
                reason = f"a value of the column {name!r} cannot be used"
            self.add(index, name, what, reason=reason, expected=expected, remedy=advice)

    def others(self, rows: int) -> pa.Array:
        """Return a mask of the rows that are not noted."""
        return pa.array([index not in self.indices for index in range(rows)])


def _check_lengths(batch: pa.RecordBatch, wrong: WrongRows) -> None:
    """Note the rows that hold a text which is too long; of most formats no row is as long."""
    if batch.nbytes <= MOST_BYTES:
        return
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        if is_string(values.type):
            lengths = pc.binary_length(values.cast(pa.large_binary()))
            for index in pc.indices_nonzero(pc.greater(lengths, MOST_BYTES)).to_pylist():
                reason = f"a text is longer than {SHOWN_LIMIT}"
                what = f"the text is longer than {SHOWN_LIMIT}: {lengths[index].as_py():,} bytes"
                wrong.add(index, name, what, reason=reason, expected="a text to classify")


def decoded(values: pa.Array) -> pa.Array:
    """Return the values of a dictionary array, as pandas writes categories, or the array itself."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def is_string(kind: pa.DataType) -> bool:
    """Whether a type is one of Arrow's strings."""
    return any(
        is_kind(kind)
        for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


def _are_numbers(texts: pa.Array) -> pa.Array:
    """Tell which texts Arrow takes for numbers, nulls too; Python's own float takes more."""
    different = texts.unique()
    numbers = different.filter(pa.array([_is_number(text) for text in different]))
    return pc.is_in(texts, value_set=numbers)


def _is_number(text: pa.Scalar) -> bool:
    try:
        text.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
