"""Columns of an Arrow batch as NumPy arrays, whether a row holds a value or a list of values.

In the batches of TFMA's own sources every column holds lists; in Parquet files few columns do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.metrics.flipped_ids import Id, read_ids

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class CodedColumn:
    """The values of a column in which a row holds any number of values.

    Attributes:
        values: The different values, as TFMA gives them to its slicer: bytes, int or float.
        codes: What each row holds, as indices into `values`, row after row, shape (held,).
        starts: Where the codes of each row start, and where the last row's end, shape (rows + 1,).
    """

    values: list[Any]
    codes: Rows
    starts: Rows


class Batch:
    """One Arrow record batch; a column that is read twice is converted once."""

    def __init__(self, record_batch: pa.RecordBatch) -> None:
        self._batch = record_batch
        self._numbers: dict[str, Numbers] = {}
        self._lists: dict[str, tuple[Floats, Rows]] = {}
        self._ids: dict[str, tuple[pa.Array, Rows]] = {}
        self.rows: int = record_batch.num_rows

    def numbers(self, column: str) -> Numbers:
        """Return a column with one number per row, in its own dtype, shape (rows,).

        Raises:
            InputError: The column is missing, or a row does not hold exactly one number.
        """
        if column not in self._numbers:
            values, starts = self._flatten(column)
            if len(values) != self.rows or values.null_count or (np.diff(starts) != 1).any():
                raise InputError(
                    "a row holds no value or several values",
                    where=f"column {column!r}",
                    expected="exactly one number in every row",
                )
            self._numbers[column] = _to_numpy(values, column)
        return self._numbers[column]

    def lists(self, column: str) -> tuple[Floats, Rows]:
        """Return a column of lists of numbers, and the row of each number, both of shape (held,).

        A row without a value holds an empty list.

        Raises:
            InputError: The column is missing or does not hold numbers.
        """
        if column not in self._lists:
            values, starts = self._flatten(column)
            rows = np.repeat(np.arange(self.rows), np.diff(starts))
            numbers = _to_numpy(values, column).astype(np.float64)
            self._lists[column] = (numbers, rows)
        return self._lists[column]

    def ids(self, column: str, rows: Rows) -> Iterator[Id]:
        """Yield the ids of these rows; rows without one are left out.

        Raises:
            InputError: The column is missing.
        """
        if column not in self._ids:
            self._ids[column] = self._flatten(column)
        values, starts = self._ids[column]
        for row in rows.tolist():
            found = read_ids(values[starts[row] : starts[row + 1]].to_pylist())
            if found is not None:
                yield found

    def coded(self, column: str) -> CodedColumn | None:
        """Return a column to slice by, or None if TFMA cannot slice by it.

        TFMA cannot if the column is missing or holds neither numbers nor strings.
        """
        if column not in self._batch.schema.names:
            return None
        values, starts = self._flatten(column)
        kind = values.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            values = values.cast(
                pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()
            )
        elif not (_is_number(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
            return None
        encoded = values.dictionary_encode()
        return CodedColumn(
            encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64), starts
        )

    def _flatten(self, column: str) -> tuple[pa.Array, Rows]:
        """Return the values that are not null, and where each row's start, shape (rows + 1,)."""
        if column not in self._batch.schema.names:
            raise InputError(
                f"the column {column!r} is missing",
                expected="every column that the EvalConfig names",
            )
        array = self._batch.column(column)
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if _is_list(array.type):
            lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
            array = pc.list_flatten(array)
            if not array.null_count:
                return array, _starts(lengths)
            owners = np.repeat(np.arange(self.rows), lengths)
        else:
            if not array.null_count:
                return array, np.arange(self.rows + 1)
            owners = np.arange(self.rows)
        held = owners[array.is_valid().to_numpy(zero_copy_only=False)]
        return array.drop_null(), _starts(np.bincount(held, minlength=self.rows))


def _starts(lengths: Any) -> Rows:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _to_numpy(values: pa.Array, column: str) -> Numbers:
    if not _is_number(values.type):
        raise InputError(
            f"the column {column!r} holds {values.type}",
            expected="numbers",
        )
    numbers: Numbers = values.to_numpy(zero_copy_only=False)
    return numbers


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
