"""Read a compressed file up to a size that an honest one does not go beyond."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError

_ALWAYS = 256 << 20  # bytes that any file may inflate to
_TIMES = 100  # or this many times its own size: text seldom shrinks to less than a tenth


def most_inflated(size: int) -> int:
    """Return how many bytes a file of `size` bytes may inflate to."""
    return max(_ALWAYS, _TIMES * size)


def inflates_too_far(what: str, path: Path, most: int, remedy: str) -> InputError:
    """Return the error for a file that stands for more than `most_inflated` says."""
    return InputError(
        f"{what} more than {most >> 20:,} MB",
        where=str(path),
        expected=f"at most {_ALWAYS >> 20:,} MB, or {_TIMES} times its size",
        remedy=remedy,
    )


class Inflated(io.RawIOBase):
    """Reads what a stream inflates to.

    Args:
        stream: Gives the bytes, inflated.
        path: The file, for errors.
        size: Its size in bytes, as it lies on disk.
    """

    def __init__(self, stream: Any, path: Path, size: int) -> None:
        self._stream = stream
        self._path = path
        self._most = most_inflated(size)
        self._read = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the file goes; 0 at the end.

        Raises:
            InputError: It has inflated to more than it may.
        """
        content = self._stream.read(len(buffer))
        self._read += len(content)
        if self._read > self._most:
            raise inflates_too_far(
                "the compressed file inflates to",
                self._path,
                self._most,
                "if the file is what you expect, decompress it yourself and name the result",
            )
        buffer[: len(content)] = content
        return len(content)
