"""Text of another encoding, read as UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import Any

_AT_ONCE = 1 << 20
_INVALID = "evenhand.invalid"


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    """Replace what cannot be decoded by a byte that UTF-8 never has, so that its row is refused."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(_INVALID, _mark_invalid)


class AsUtf8(io.RawIOBase):
    """Reads a stream of another encoding as UTF-8.

    What cannot be decoded becomes the byte 0xFF, which UTF-8 never has, so that the check of the
    text finds its row.

    Args:
        stream: Gives bytes.
        codec: Their encoding.
    """

    def __init__(self, stream: Any, codec: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec)(_INVALID)
        self._rest = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the next piece goes; 0 at the end."""
        while not self._rest and not self._ended:
            content = self._stream.read(_AT_ONCE)
            self._ended = not content
            text = self._decoder.decode(content, final=self._ended)
            self._rest = memoryview(text.encode("utf-8", "surrogateescape"))
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
