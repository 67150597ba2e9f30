"""The rows of a file that have a text, each with an id, and how many rows were read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import EXAMPLE_FIELDS
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.file_parts import FilePart
from evenhand.data.formats.records import NumberedRows
from evenhand.data.formats.sources import InputFile
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import Position, read_numbered

TEXT_MISSING = "the text is missing"  # the reason why a row is no example


class FileExamples:
    """Reads the examples of one of several files.

    Args:
        file: The file.
        columns: Which columns to read. Without one of ids, an id is the row's number over all
            files, from 0.
        first_id: The number that the file's first row has then.
        bad_rows: Takes the rows that cannot be used.
        position: Told how far the file is read.
        positive: Makes numbers of the labels, where `columns` names the positive ones.
        part: The part of the file to read, if not all.

    Attributes:
        rows: The rows read so far, those that are no example too.
        without_text: Those of them that have no text.
    """

    def __init__(
        self,
        file: InputFile,
        columns: Columns,
        *,
        first_id: int,
        bad_rows: BadRows,
        position: Position | None = None,
        positive: PositiveLabels | None = None,
        part: FilePart | None = None,
    ) -> None:
        self.rows = self.without_text = 0
        self._file, self._columns, self._first_id, self._part = file, columns, first_id, part
        self._bad_rows, self._position, self._positive = bad_rows, position, positive
        self._last_number = 0

    @property
    def next_id(self) -> int:
        """The number of the next file's first row, once all is read.

        Rows of JSON Lines are numbered by their lines, and some lines may be empty.
        """
        return self._first_id + max(self.rows, self._last_number)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read the examples, with the columns of `read_batches`.

        Raises:
            InputError: As for `read_batches`.
        """
        converted, bad_before = 0, self._bad_rows.total
        for rows in read_numbered(
            self._file,
            self._columns,
            bad_rows=self._bad_rows,
            position=self._position,
            positive=self._positive,
            part=self._part,
        ):
            converted += rows.batch.num_rows
            self.rows = converted + self._bad_rows.total - bad_before
            if len(rows.numbers):
                self._last_number = int(_as_array(rows.numbers[-1:])[0])
            yield self._examples_of(rows)
        self.rows = converted + self._bad_rows.total - bad_before

    def _examples_of(self, rows: NumberedRows) -> pa.RecordBatch:
        """Number the rows that have no id, and leave out those that have no text."""
        batch = rows.batch
        if self._columns.id is None:
            numbers = pa.array(_as_array(rows.numbers) + (self._first_id - 1))
            batch = batch.set_column(0, EXAMPLE_FIELDS[0], numbers.cast(pa.string()))
        texts = batch.column("text")
        self.without_text += texts.null_count
        return batch.filter(texts.is_valid()) if texts.null_count else batch


def with_schema(examples: pa.RecordBatch, schema: pa.Schema, file: InputFile) -> pa.RecordBatch:
    """Give slice columns the type that the files' beginnings have in common."""
    if examples.schema.equals(schema):
        return examples
    arrays = []
    for field, found in zip(schema, examples.schema, strict=True):
        try:
            arrays.append(examples.column(field.name).cast(field.type))
        except pa.ArrowException as error:
            raise InputError(
                f"the slice column {field.name!r} holds {found.type} here, {field.type} before",
                where=str(file.path),
                remedy="give the column one type throughout",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_array(numbers: pa.Array | range) -> npt.NDArray[np.int64]:
    if isinstance(numbers, range):
        return np.arange(numbers.start, numbers.stop)
    return np.asarray(numbers)
