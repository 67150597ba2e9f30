"""Imports of TensorFlow and its companions, which print remarks and change their process.

Their native code writes to the process's stderr before it reads any log level. Only redirecting
file descriptor 2 holds that back, and that affects all threads and all code of the process. So it
is done only in the process of a command, which asks for it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

from evenhand.remediation.runtime.unused_libraries import unused_libraries_held_back

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # TensorFlow's own switch: 0 shows everything
_STDERR = 2
_USUAL_THRESHOLDS = gc.get_threshold()
# Objects between two looks for garbage: until TensorFlow is loaded, hardly any is garbage or large.
_OBJECTS_WITHOUT_TENSORFLOW = 50_000
_ADDED = "setuptools/_vendor"  # a folder that setuptools adds to `sys.path`; TFMR imports that

_is_command = False


def begin_command() -> None:
    """Switch on what only the process of a command does, for the rest of this process.

    That is `collections_held_back`, `native_remarks_held_back` and `unused_held_back`. Garbage is
    looked for less often until TensorFlow or a companion is imported.
    """
    global _is_command
    _is_command = True
    gc.set_threshold(_OBJECTS_WITHOUT_TENSORFLOW)


def unused_held_back() -> contextlib.AbstractContextManager[None]:
    """Hold back what evenhand never uses within the block, in the process of a command."""
    return unused_libraries_held_back() if _is_command else contextlib.nullcontext()


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import libraries within the block, without their remarks and without changing `sys.path`.

    Code of a user does not belong in the block.
    """
    _load_llvm_of_triton()
    before = set(sys.path)
    try:
        with (
            collections_held_back(),
            unused_held_back(),
            log_handlers_kept(),
            native_remarks_held_back(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for place in set(sys.path) - before:
            if place.endswith(_ADDED):
                sys.path.remove(place)


def _load_llvm_of_triton() -> None:
    """Load what aborts the process if TensorFlow is loaded first, where it is installed.

    Triton, which comes with PyTorch for CUDA, and TensorFlow each hold an LLVM. Triton's shares its
    table of options with one that is there already, and ends the process; TensorFlow's does not.
    So a scorer that imports transformers would end the command that has loaded TensorFlow.
    """
    if "tensorflow" not in sys.modules:
        with contextlib.suppress(Exception):  # mostly it is not installed
            importlib.import_module("triton._C.libtriton")


@contextlib.contextmanager
def collections_held_back() -> Iterator[None]:
    """Look for no garbage within the block, in the process of a command.

    TensorFlow's import makes a million objects, of which none is garbage: to look through them
    again and again took a seventh of a short command's time. Nor are they looked through later.
    """
    if not _is_command or not gc.isenabled():
        yield
        return
    modules = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > modules:
            gc.freeze()
        gc.set_threshold(*_USUAL_THRESHOLDS)
        gc.enable()


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
    if not _is_command or os.environ.get(LOG_LEVEL) in ("0", "1"):
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
