"""Makes the standard streams writable: whether closed, full, of any encoding or unread."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any

from evenhand.data.errors import UnavailableError

_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


def prepare_streams() -> None:
    """Change the process's standard streams so that writing to them always works.

    - A closed stream is opened on the null device; otherwise the next opened file would replace it.
    - A character that the stream's encoding lacks is written as an escape.
    - If nobody reads any more, as after `| head` or when a terminal is closed, output is dropped
      and the command goes on to its end: its exit code and its files do not depend on the reader.
    """
    for number, name in _STREAMS.items():
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
        if number:
            stream: Any = getattr(sys, name)
            stream.reconfigure(errors="backslashreplace")
            setattr(sys, name, _Outlet(stream))


class _Outlet:
    """A stream to write to; once it cannot be written, output is dropped."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with self._while_it_can_be_written():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._while_it_can_be_written():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _while_it_can_be_written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            is_unread = isinstance(error, BrokenPipeError) or self._is_closed_terminal(error)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            if is_unread:
                return
            raise UnavailableError(
                f"the result cannot be written ({error.strerror})", where=self._stream.name
            ) from error

    def _is_closed_terminal(self, error: OSError) -> bool:
        return error.errno == errno.EIO and stat.S_ISCHR(os.fstat(self._stream.fileno()).st_mode)
