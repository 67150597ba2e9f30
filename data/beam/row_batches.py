"""Rows of a PCollection as the batches that files are read in, with the same checks.

A row is a dict by column, or a text alone. It has no number, as a PCollection has no order: errors
name it by its id or by the beginning of its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.records import NumberedRows, Record, read_records
from evenhand.data.reading.columns import ExampleColumns
from evenhand.data.reading.input_columns import InputColumns
from evenhand.data.support.suggest import did_you_mean

BATCH_ROWS = 8_192  # at most, so that some batches of texts are in memory at a time
WHERE = "the rows"  # what errors call a PCollection
_LEAST_ROWS = 256  # of a batch but the last: fewer cost more in calls than in work
_SHOWN_CHARACTERS = 60


def batches(most: int = BATCH_ROWS) -> Any:
    """Return the transform that puts elements into lists, of at most so many."""
    return beam.BatchElements(min_batch_size=min(_LEAST_ROWS, most), max_batch_size=most)


def place_of(row: Any, id_column: str | None, text_column: str) -> str:
    """Return which row this is, for errors."""
    if isinstance(row, Mapping):
        if id_column is not None and row.get(id_column) is not None:
            return f"the row with the id {row[id_column]!r}"
        row = row.get(text_column)
    return f"the row with the text {str(row)[:_SHOWN_CHARACTERS]!r}"


class ExampleRows(ExampleColumns):
    """Converts rows to the columns of a dataset's examples.

    Args:
        rows: Dicts with all of the columns, or texts.
        columns: Which column becomes which.
        bad_rows: Takes the rows that hold a value which cannot be used.
    """

    def __init__(self, rows: Sequence[Any], columns: Columns, bad_rows: BadRows) -> None:
        super().__init__(columns, where=WHERE, unit="row", bad_rows=bad_rows)
        self._rows, self._names = rows, columns

    def place_of(self, number: int) -> str:
        """Return which row this is."""
        return place_of(self._rows[number - 1], self._names.id, self._names.text)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, with the columns of `read_batches`.

        Raises:
            InputError: A row is none, or lacks a column; or a value cannot be used.
        """
        for batch in record_batches(self._rows, self, text_column=self._names.text):
            yield batch.batch


def record_batches(
    rows: Sequence[Any], columns: InputColumns, *, text_column: str | None = None
) -> Iterator[NumberedRows]:
    """Give the columns of rows that `columns` converts; `text_column` is that of texts alone.

    Raises:
        InputError: A row is none, or lacks a column; or a value cannot be used.
    """
    records = (
        Record(number, values_of(row, columns.inputs, text_column), 0)
        for number, row in enumerate(rows, start=1)
    )
    for raw in read_records(
        records,
        columns.inputs,
        file=Path(WHERE),
        unit="row",
        bad_rows=columns.bad_rows,
        from_the_beginning=False,
    ):
        yield columns.convert(raw)


def values_of(row: Any, wanted: Sequence[str], text_column: str | None = None) -> dict[str, Any]:
    """Return these columns of a row; `text_column` is that of a text alone.

    Raises:
        InputError: It is no row, or lacks a column.
    """
    if isinstance(row, str) and text_column is not None:
        row = {text_column: row}
    if not isinstance(row, Mapping):
        raise InputError(
            f"a row is of the type {type(row).__name__}",
            where=WHERE,
            expected="a dict of its columns" + (" or a text" if text_column else ""),
        )
    for name in wanted:
        if name not in row:
            raise InputError(
                f"there is no column {name!r} in a row",
                where=WHERE,
                expected=f"one of {', '.join(map(repr, row))}; None for a value that is missing",
                remedy=did_you_mean(name, row),
            )
    return {name: row[name] for name in wanted}


def count(transform: str, **counts: int) -> None:
    """Add to Beam's counters of a transform."""
    for name, number in counts.items():
        Metrics.counter(transform, name).inc(number)


def count_left_out(transform: str, reasons: Mapping[str, int]) -> None:
    """Add the rows that are left out to Beam's counters, each called by its reason."""
    for reason, rows in reasons.items():
        Metrics.counter(transform, f"left out: {reason}").inc(rows)
