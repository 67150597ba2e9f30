"""Read the rows of CSV and TSV files, every column as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.csv_structure import MOST_LINES, UNCLOSED, Structure, structure_of
from evenhand.data.formats.delimiters import likely_delimiter
from evenhand.data.formats.dialect import AUTO
from evenhand.data.formats.file_parts import Between, FilePart
from evenhand.data.formats.records import NumberedRows
from evenhand.data.formats.sources import InputFile
from evenhand.data.support.limits import MOST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = {"csv": ",", "tsv": "\t"}
_BLOCK_BYTES = 2 << 20  # also the longest row; with 8 MB it took twice the memory and as long
_HEADER_BYTES = 64 << 10  # more than most headers take, with the first row
_BOM = b"\xef\xbb\xbf"
_RAGGED = "the row has more or fewer fields than the header"
# A field that stood in quotation marks and holds one, in a file that is read without quoting
_QUOTED_FIELD = '^"[^"]*(""[^"]*)+"$'
_SETTLE = "`quoting` double if fields stand in quotation marks, `quoting` none if these are text"


class CsvRows:
    """Reads one file, in blocks.

    An empty field without quotation marks is null. A row with more or fewer fields than the header,
    or with a quotation mark that is not closed as it should be, is a bad row; where a mark is not
    closed, the bad row is its line. The columns are not yet checked to be UTF-8.

    Args:
        file: The file.
        bad_rows: Takes the rows that cannot be used.
        numbers: The columns that hold numbers from 0, and the largest of each.
    """

    def __init__(
        self, file: InputFile, bad_rows: BadRows, numbers: Mapping[str, float] | None = None
    ) -> None:
        self._path = file.path
        self._bad_rows = bad_rows
        self._numbers = numbers or {}
        self._encoding = file.dialect.encoding
        self._delimiter = file.dialect.delimiter_of(DELIMITERS[file.format])
        self._rows_tell_delimiter = file.dialect.delimiter == AUTO
        self._asked = file.dialect.quoting
        self._quoted = (self._asked or ("none" if file.format == "tsv" else "double")) == "double"
        self._returns = False  # whether its lines end with carriage returns alone
        self._before = 0  # rows before those that are looked at, whether they can be used or not

    def names(self, stream: Any) -> list[str]:
        """Return the names in the header of the file that `stream` reads."""
        return self._header(stream)[0]

    def parts(self, stream: Any, part_bytes: int) -> Iterator[FilePart]:
        """Cut a file, which is not compressed and UTF-8, between rows into parts of some size."""
        _, text, last = self._header(stream)
        begin = start = stream.tell() - len(text)  # of the text, and of the part
        before = 0
        while True:
            structure = self._structure(text, is_last=last)
            ends = structure.ends
            while (cut := np.searchsorted(ends, start + part_bytes - begin)) < len(ends):
                end = int(ends[cut])
                yield FilePart(start, begin + end, before)
                start, before = begin + end, self._before + structure.number_at(end) - 1
            self._before += structure.number_at(structure.end) - 1
            text, begin = text[structure.end :], begin + structure.end
            if last:
                break
            self._check_length(text)
            text, last = _more(text, stream, _BLOCK_BYTES)
        if self._before > before:
            yield FilePart(start, stream.tell(), before)

    @property
    def rows(self) -> int:
        """How many rows were read or cut so far, whether they can be used or not."""
        return self._before

    def batches(
        self, stream: Any, wanted: list[str], part: FilePart | None = None
    ) -> Iterator[NumberedRows]:
        """Read the columns `wanted`; rows are numbered from 1, the header not counted."""
        header, text, last = self._header(stream)
        if part is not None:
            stream, self._before = Between(stream, part), part.before
            text, last = _more(bytearray(), stream, _BLOCK_BYTES)
        elif not last:
            text, last = _more(text, stream, _BLOCK_BYTES - _HEADER_BYTES)  # a whole block
        while True:
            structure = self._structure(text, is_last=last)
            if structure.end:
                self._check_doubts(structure, header)
                yield self._parsed(structure, header, wanted)
                text = text[structure.end :]
            if last:
                return
            self._check_length(text)
            text, last = _more(text, stream, _BLOCK_BYTES)

    def _header(self, stream: Any) -> tuple[list[str], bytearray, bool]:
        """Return the names, the text read so far after the header, and whether that is all."""
        where = f"{self._path}, the header"
        text, end, last = bytearray(), 0, False
        while end in (0, len(text)) and not last:  # a line feed may follow the block
            self._check_length(text)
            text, last = _more(text, stream, _HEADER_BYTES)
            text = text.removeprefix(_BOM)
            if self._rows_tell_delimiter:
                self._delimiter = likely_delimiter(
                    text[:_HEADER_BYTES], self._delimiter, has_quotes=self._quoted
                )
            structure = self._structure(text, is_last=last, ends_at_returns=True)
            begin, end = structure.first_row()
        if not end:
            raise InputError("the input has no header", where=str(self._path))
        if structure.broken and structure.broken[0][0] <= begin:
            raise InputError(structure.broken[0][2], where=where)
        self._returns = text[end - 1 : end] == b"\r"
        if text.count(self._delimiter.encode(), begin, end) >= MOST_COLUMNS:
            raise InputError(f"the header names more than {MOST_COLUMNS:,} columns", where=where)
        try:
            names: list[str] = self._table(text[begin:end]).column_names
        except UnicodeDecodeError as error:
            raise InputError(
                f"the header is not {self._encoding or 'UTF-8'}",
                where=where,
                expected=f"{self._encoding or 'UTF-8'} throughout",
                remedy=None if self._encoding else "name the file's encoding with `encoding`",
            ) from error
        self._check_names(names, where)
        return names, text[end:], last

    def _check_names(self, names: list[str], where: str) -> None:
        """Raise InputError if the names look as if the file was not written the way it is read."""
        if self._encoding is None and any("\0" in name for name in names):
            raise InputError(
                "the name of a column holds a null byte",
                where=where,
                expected="UTF-8",
                remedy="give `encoding` utf-16-le or utf-16-be if the file is UTF-16",
            )
        if self._asked is None and not self._quoted:
            for name in names:
                if len(name) > 1 and name[0] == name[-1] == '"':
                    raise InputError(
                        f"the name of a column stands in quotation marks: {name}",
                        where=where,
                        expected="no quotation marks around fields, as TSV is read without them",
                        remedy=f"give {_SETTLE}",
                    )

    def _structure(
        self, text: bytearray, *, is_last: bool, ends_at_returns: bool | None = None
    ) -> Structure:
        ends_at_returns = self._returns if ends_at_returns is None else ends_at_returns
        return structure_of(
            text,
            self._delimiter,
            has_quotes=self._quoted,
            ends_at_returns=ends_at_returns,
            is_last=is_last,
        )

    def _check_length(self, row: bytearray) -> None:
        if len(row) > _BLOCK_BYTES:
            raise InputError(
                f"a row is longer than {_BLOCK_BYTES >> 20} MB"
                + (", or a quotation mark is not closed" if self._quoted else ""),
                where=f"{self._path}, row {self._before + 1}",
                remedy="mend the row, or write the rows as JSON Lines",
            )

    def _check_doubts(self, structure: Structure, header: list[str]) -> None:
        """Raise InputError if a field seems to hold rows, unless quoting was asked for."""
        if self._asked is not None:
            return
        numbers = {header.index(name): most for name, most in self._numbers.items()}
        for position, why in structure.doubts(len(header), numbers):
            raise InputError(
                f"a quotation mark seems not to be closed in its row: {why}",
                where=f"{self._path}, row {self._before + structure.number_at(position)}",
                expected=f"rows of at most {MOST_LINES} lines, of which none looks like a row",
                remedy=f"mend the row, or give {_SETTLE}",
            )

    def _parsed(self, structure: Structure, header: list[str], wanted: list[str]) -> NumberedRows:
        """Return the rows that have a field for every column, and note the others."""
        ragged: list[tuple[int, int]] = []

        def leave_out(row: Any) -> Literal["skip"]:
            ragged.append((row.number, row.actual_columns))
            return "skip"

        table = self._table(structure.whole_rows(), header, wanted, leave_out)
        # Of one block, a column is one chunk
        strings = [column.chunk(0).view(pa.string()) for column in table.columns]
        batch = pa.RecordBatch.from_arrays(strings, names=wanted)
        broken = structure.broken_numbers()
        rows = batch.num_rows + len(ragged) + len(broken)
        numbers: pa.Array | range = range(self._before + 1, self._before + rows + 1)
        if ragged or broken:
            others = np.setdiff1d(np.arange(1, rows + 1), list(broken))  # as Arrow numbers them
            wrong: dict[int, int | str] = {int(others[n - 1]): fields for n, fields in ragged}
            wrong |= broken
            for number in sorted(wrong):
                self._refuse(self._before + number, wrong[number], len(header))
            numbers = pa.array(np.setdiff1d(others, list(wrong)) + self._before)
        self._check_quoted(batch, numbers)
        self._before += rows
        return NumberedRows(batch, numbers)

    def _table(
        self,
        text: bytes | bytearray | memoryview,
        header: list[str] | None = None,
        wanted: list[str] | None = None,
        leave_out: Callable[[Any], Literal["skip"]] | None = None,
    ) -> pa.Table:
        """Return rows as a table of bytes; the first is the header unless that is given."""
        if not text:
            return pa.table({name: pa.array([], pa.binary()) for name in wanted or ()})
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            # On one thread, because on several the errors do not say at which row they happened.
            pyarrow.csv.ReadOptions(
                use_threads=False, block_size=max(len(text), 1), column_names=header
            ),
            pyarrow.csv.ParseOptions(
                delimiter=self._delimiter,
                quote_char='"' if self._quoted else False,
                newlines_in_values=self._quoted,
                invalid_row_handler=leave_out,
            ),
            pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted or (), pa.binary()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    def _refuse(self, number: int, why: int | str, columns: int) -> None:
        """Make a row a bad row, for its number of fields or for another reason."""
        where = f"{self._path}, row {number}"
        if isinstance(why, str):
            expected = None
            if why == UNCLOSED:
                expected = "quotation marks around the whole field, and those in it doubled"
            self._bad_rows.add(why, where=where, reason=why, expected=expected)
            return
        expected = "as many as the header; put a field with a separator in it in quotation marks"
        if not self._quoted:
            hint = "; give `quoting` double if fields stand in quotation marks"
            expected = "as many as the header" + (hint if self._asked is None else "")
        self._bad_rows.add(
            f"the row has {why} fields, the header has {columns}",
            where=where,
            reason=_RAGGED,
            expected=expected,
        )

    def _check_quoted(self, batch: pa.RecordBatch, numbers: pa.Array | range) -> None:
        """Refuse fields in quotation marks where nobody asked to have the marks read as text."""
        if self._asked is not None or self._quoted:
            return
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            values = column.view(pa.binary())
            if not pc.any(pc.match_substring(values, '""')).as_py():
                continue
            for index in pc.indices_nonzero(
                pc.match_substring_regex(values, _QUOTED_FIELD)
            ).to_pylist():
                content = values[index].as_py()
                if content.strip(b'"'):
                    raise InputError(
                        f"a field seems to stand in quotation marks: {content[:60]!r}",
                        where=f"{self._path}, row {numbers[index]}, column {name!r}",
                        expected="no quotation marks around fields, as TSV is read without them",
                        remedy=f"give {_SETTLE}",
                    )


def _more(text: bytearray, stream: Any, block_bytes: int) -> tuple[bytearray, bool]:
    """Return a text with the next block added, and whether that was the last."""
    before = len(text)
    longer = bytearray(before + block_bytes)
    longer[:before] = text
    count = stream.readinto(memoryview(longer)[before:])
    del longer[before + count :]
    if longer and not count and not longer.endswith(b"\n"):
        longer += b"\n"
    return longer, not count
