"""A pairing method that is interrupted where Python throws away what is raised.

The environment variable PLACE names the function to be interrupted in, SIGNAL the signal: Ctrl-C's
if it is not set.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path


def ctrl_c() -> None:
    """Take a Ctrl-C as a terminal sends it, or another signal, and wait for it."""
    os.killpg(0, signal.Signals[os.environ.get("SIGNAL", "SIGINT")])
    time.sleep(1)


class Holder:
    """What can be referred to weakly."""


class Destroyed:
    def __del__(self) -> None:
        ctrl_c()


def destructor() -> None:
    Destroyed()


def weak_reference() -> None:
    held = Holder()
    reference = weakref.ref(held, lambda _: ctrl_c())
    del held
    assert reference() is None


def finalizer() -> None:
    held = Holder()
    weakref.finalize(held, ctrl_c)
    del held


def garbage_collection() -> None:
    def collected(phase: str, info: dict[str, int]) -> None:
        gc.callbacks.remove(collected)
        ctrl_c()

    gc.callbacks.append(collected)
    gc.collect()


def native_callback() -> None:
    ctypes.CFUNCTYPE(None)(ctrl_c)()


def suppressed() -> None:
    with contextlib.suppress(BaseException):
        ctrl_c()


def another_error() -> None:
    """As TensorFlow does with what Python functions in its graphs raise."""
    failed = ""
    try:
        ctrl_c()
    except BaseException as error:
        failed = type(error).__name__
    raise RuntimeError(f"UnknownError: {failed}")


KEPT: list[BaseException] = []


def kept() -> None:
    try:
        ctrl_c()
    except BaseException as error:
        KEPT.append(error)


def thread() -> None:
    waiting = threading.Thread(target=ctrl_c)
    waiting.start()
    waiting.join()


def while_importing() -> None:
    sys.modules["swallowing"] = sys.modules[__name__]
    with contextlib.suppress(BaseException):
        importlib.import_module("interrupted_module")


def printed_by_native_code() -> None:
    try:
        ctrl_c()
    except BaseException as error:
        sys.last_value = error
        sys.excepthook(type(error), error, error.__traceback__)


def complained_about() -> None:
    """As Python does if native code gives a result in spite of an exception."""
    try:
        ctrl_c()
    except BaseException as error:
        trace = error.__traceback__
    fault = SystemError("<built-in function __import__> returned a result with an exception set")
    sys.excepthook(SystemError, fault, trace)


def again_and_again() -> None:
    for _ in range(3):
        suppressed()


def at_the_end() -> None:
    atexit.register(ctrl_c)


def in_a_last_thread() -> None:
    def wait_for_the_end() -> None:
        threading.main_thread().join()
        ctrl_c()

    threading.Thread(target=wait_for_the_end).start()


def twice() -> None:
    """Hang where the first one cleans up."""
    try:
        ctrl_c()
    finally:
        time.sleep(0.1)
        ctrl_c()
        time.sleep(600)


class Stuck:
    def __del__(self) -> None:
        time.sleep(600)


STUCK: list[Stuck] = []


def stuck() -> None:
    """Hang once Python takes its modules apart, as threads of native code do that wait for it."""
    STUCK.append(Stuck())


def stuck_and_interrupted() -> None:
    stuck()
    ctrl_c()


def announced() -> None:
    """Say where the process is, and wait."""
    Path(os.environ["HERE"]).touch()
    time.sleep(600)


def change(texts: list[str]) -> list[str]:
    place: Callable[[], None] = globals()[os.environ["PLACE"]]
    place()
    return [text.upper() for text in texts]
