"""Imports of TensorFlow and its companions, which print remarks and change their process.

Their native code writes to the process's stderr before it reads any log level. Only redirecting
file descriptor 2 holds that back, and that affects all threads and all code of the process. So it
is done only in the process of a command, which asks for it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # TensorFlow's own switch: 0 shows everything
_STDERR = 2
_ADDED = "setuptools/_vendor"  # a folder that setuptools adds to `sys.path`; TFMR imports that

_is_asked_for = False


def hold_back_native_remarks() -> None:
    """Switch `native_remarks_held_back` on for the rest of this process."""
    global _is_asked_for
    _is_asked_for = True


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import libraries within the block, without their remarks and without changing `sys.path`.

    Code of a user does not belong in the block.
    """
    before = set(sys.path)
    try:
        with log_handlers_kept(), native_remarks_held_back(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for place in set(sys.path) - before:
            if place.endswith(_ADDED):
                sys.path.remove(place)


@contextlib.contextmanager
def log_handlers_kept() -> Iterator[None]:
    """Remove log handlers that the block adds, as the first `logging.warning` does."""
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        yield
    finally:
        for handler in root.handlers[:]:
            if handler not in before:
                root.removeHandler(handler)


@contextlib.contextmanager
def native_remarks_held_back() -> Iterator[None]:
    """Hold back what native code writes to stderr within the block, in the process of a command.

    If the block raises, it is written after all. With TF_CPP_MIN_LOG_LEVEL=0 or 1 in the
    environment nothing is held back.
    """
    if not _is_asked_for or os.environ.get(LOG_LEVEL) in ("0", "1"):
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        stderr = os.dup(_STDERR)
        os.dup2(held.fileno(), _STDERR)
        failed = False
        try:
            yield
        except Exception:  # not an interruption, which is no failure
            failed = True
            raise
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            if failed:
                held.seek(0)
                os.write(_STDERR, held.read())
