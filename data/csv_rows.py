"""Read the rows of CSV and TSV files, every column as text."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv

from evenhand.data.bad_rows import BadRows
from evenhand.data.errors import InputError
from evenhand.data.records import NumberedRows

DELIMITERS = {"csv": ",", "tsv": "\t"}
_BLOCK_BYTES = 2 << 20  # also the longest row; 8 MB took twice the memory and no less time
_HEADER_BYTES = 64 << 10  # more than most headers take, with the row behind them


class CsvRows:
    """Reads one file, in blocks.

    An empty field without quotation marks is null. A row with more or fewer fields than the header
    is a bad row. The columns are not yet checked to be UTF-8.

    Attributes:
        bytes_given: About how many bytes hold the rows that `batches` gave; more have been read.
    """

    def __init__(self, path: Path, delimiter: str, bad_rows: BadRows) -> None:
        self.bytes_given = 0
        self._path = path
        self._bad_rows = bad_rows
        self._ragged: list[int] = []
        self._last = 0  # number of the last row that was given
        self._error: InputError | None = None
        # On one thread, because on several the errors do not say at which row they happened.
        self._read_options = pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
        self._parse_options = pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=self._take_ragged
        )

    def names(self, opened: Callable[[], AbstractContextManager[Any]]) -> list[str]:
        """Return the names in the header of the file that `opened` opens."""
        with contextlib.suppress(pa.ArrowInvalid):
            return self._names(opened, _HEADER_BYTES)
        return self._names(opened, _BLOCK_BYTES)

    def _names(
        self, opened: Callable[[], AbstractContextManager[Any]], block_bytes: int
    ) -> list[str]:
        options = pyarrow.csv.ReadOptions(use_threads=False, block_size=block_bytes)
        try:
            with opened() as file, pyarrow.csv.open_csv(file, options, self._parse_options) as csv:
                names: list[str] = csv.schema.names
        except UnicodeDecodeError as error:
            raise InputError(
                "the header is not UTF-8", where=str(self._path), expected="UTF-8 throughout"
            ) from error
        return names

    def batches(self, file: Any, wanted: list[str]) -> Iterator[NumberedRows]:
        """Read the columns `wanted`; rows are numbered from 1, the header not counted."""
        convert_options = pyarrow.csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.binary()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        try:
            with pyarrow.csv.open_csv(
                file, self._read_options, self._parse_options, convert_options
            ) as reader:
                for batch in reader:
                    strings = [column.view(pa.string()) for column in batch.columns]
                    batch = pa.RecordBatch.from_arrays(strings, names=wanted)
                    self.bytes_given += _BLOCK_BYTES
                    yield NumberedRows(batch, self._numbers(batch.num_rows))
        except pa.ArrowInvalid as error:
            if "straddling" in str(error):
                raise InputError(
                    f"a row is longer than {_BLOCK_BYTES >> 20} MB, or a quotation mark is not "
                    "closed",
                    where=f"{self._path}, behind row {self._last}",
                    remedy="close the quotation mark, or write the rows as JSON Lines",
                ) from error
            raise self._error or error from error

    def _take_ragged(self, row: Any) -> Literal["skip", "error"]:
        number = row.number - 1  # Arrow counts the header
        reason = "the row has more or fewer fields than the header"
        try:
            self._bad_rows.add(
                f"the row has {row.actual_columns} fields, the header has {row.expected_columns}",
                where=f"{self._path}, row {number}",
                reason=reason,
                expected="as many; a field with a separator in it stands in quotation marks",
            )
        except InputError as error:
            self._error = error
            return "error"
        self._ragged.append(number)
        return "skip"

    def _numbers(self, rows: int) -> pa.Array | range:
        """Return the numbers of the next `rows` rows that were not left out."""
        first = self._last + 1
        if not self._ragged:
            self._last += rows
            return range(first, first + rows)
        ragged = set(self._ragged)
        following = (number for number in itertools.count(first) if number not in ragged)
        numbers = list(itertools.islice(following, rows))
        self._last = numbers[-1] if numbers else self._last
        return pa.array(numbers, pa.int64())
