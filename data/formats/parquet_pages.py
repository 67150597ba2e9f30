"""The sizes that the pages of a Parquet file declare, read before any page is decoded.

Arrow takes as much memory as a page's header asks for, and a dictionary page of a few hundred bytes
can stand for gigabytes of text. The headers are Thrift structures in the compact protocol; fields
are numbered as in Parquet's own definition (https://github.com/apache/parquet-format, PageHeader).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

_TYPE, _UNCOMPRESSED, _COMPRESSED = 1, 2, 3
_DATA_HEADERS = {0: 5, 3: 8}  # by the type of a page: data, and data of version 2
_VALUES, _ENCODING = 1, {0: 2, 3: 4}
PLAIN, DELTA_BYTE_ARRAY = 0, 7  # encodings; in the latter values begin like the one before
_FIRST_READ = 4 << 10  # bytes; a header is some dozens long, but for its statistics
_LONGEST_HEADER = 16 << 20  # as Arrow has it
_DEEPEST = 32  # structures in each other


class Page(NamedTuple):
    """A page, or a dictionary, as its header tells of it.

    Attributes:
        size: Bytes that it takes when it is decompressed.
        n_values: Values in it, nulls counted; 0 of a dictionary, to which other pages refer.
        encoding: How the values are written, by Parquet's numbers; None of a dictionary.
    """

    size: int
    n_values: int
    encoding: int | None


class PageError(ValueError):
    """A page's header cannot be read."""


def pages_of(file: BinaryIO, chunk: Any) -> Iterator[Page]:
    """Read the headers of a column chunk's pages.

    Args:
        file: The file, open at any place.
        chunk: Its metadata, a `pyarrow.parquet.ColumnChunkMetaData`.

    Raises:
        PageError: A header is damaged.
    """
    position = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < position:
        position = chunk.dictionary_page_offset
    end, left = position + chunk.total_compressed_size, chunk.num_values
    while left > 0 and position < end:
        header, length = _header_at(file, position)
        try:
            kind, size, compressed = header[_TYPE], header[_UNCOMPRESSED], header[_COMPRESSED]
            data = header[_DATA_HEADERS[kind]] if kind in _DATA_HEADERS else None
            n_values = data[_VALUES] if data else 0
            encoding = data[_ENCODING[kind]] if data else None
            if min(size, compressed, n_values) < 0:
                raise PageError("a page's header gives a negative size")
        except (KeyError, TypeError) as error:
            raise PageError("a page's header lacks a field") from error
        yield Page(size, n_values, encoding)
        left -= n_values
        position += length + compressed


def _header_at(file: BinaryIO, position: int) -> tuple[dict[int, Any], int]:
    """Return the fields of the header at a position by their numbers, and its length."""
    size = _FIRST_READ
    while True:
        file.seek(position)
        content = file.read(size)
        thrift = _Compact(content)
        try:
            return thrift.structure(), thrift.position
        except IndexError as error:
            if len(content) < size or size >= _LONGEST_HEADER:
                raise PageError("a page's header has no end") from error
            size *= 16


@dataclass
class _Compact:
    """Reads Thrift's compact protocol; reading past the content's end is an IndexError."""

    content: bytes
    position: int = 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a structure by their numbers."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0x0F
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise PageError("a page's header is nested too deeply")
        if kind in (1, 2, 3):  # true and false in a list, or a byte
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return self._skip(8)
        if kind == 8:
            return self._skip(self._varint())
        if kind in (9, 10):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            for _ in range(size):
                self._value(head & 0x0F, depth + 1)
            return None
        if kind == 11:
            size = self._varint()
            kinds = self._byte() if size else 0
            for _ in range(size):
                self._value(kinds >> 4, depth + 1)
                self._value(kinds & 0x0F, depth + 1)
            return None
        if kind == 12:
            return self.structure(depth + 1)
        raise PageError("a page's header has a field of an unknown kind")

    def _byte(self) -> int:
        self.position += 1
        return self.content[self.position - 1]

    def _skip(self, size: int) -> None:
        self.position += size
        if self.position > len(self.content):
            raise IndexError

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise PageError("a page's header holds a number that is too large")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
