"""Parts of a file that can be read by themselves, with the numbers that their rows have in it."""

from __future__ import annotations

import io
from typing import Any, NamedTuple


class FilePart(NamedTuple):
    """Some consecutive rows of a file.

    Attributes:
        start: Byte that the first row begins with; of a Parquet file, the first row group.
        stop: Byte after the last row; of a Parquet file, the row group after the last.
        before: Rows before it in the file; of JSON Lines, lines.
    """

    start: int
    stop: int
    before: int


class Between(io.RawIOBase):
    """Reads the bytes of a part of a file, which is not compressed.

    Args:
        stream: Gives the bytes of the file.
        part: The part.
    """

    def __init__(self, stream: Any, part: FilePart) -> None:
        self._stream = stream
        self._left = part.stop - part.start
        stream.seek(part.start)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the part goes; 0 at its end."""
        content = self._stream.read(min(len(buffer), self._left))
        self._left -= len(content)
        buffer[: len(content)] = content
        return len(content)
