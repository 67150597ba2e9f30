"""Ctrl-C, SIGTERM and SIGHUP: each ends a command in good order, whenever it comes.

The exit code is 128 plus the signal's number: 130, 143 and 129. Python would raise
KeyboardInterrupt for Ctrl-C only, and the other two would kill the process while it writes. Here
all three raise it, in whatever the main thread is doing. In a destructor, in a callback of a
library or inside `except BaseException` the exception may be thrown away, and the command would go
on to exit code 0. So an exception that got lost is raised again until it arrives.

Only the process of a command installs this; the library leaves signals alone. A signal that is
ignored from the start, as under nohup and in a script's background jobs, stays ignored.

The process then ends at once. Python's own end would take every module and object apart first. With
TensorFlow loaded that takes seconds, and TensorFlow's threads may wait forever for an interpreter
that is gone.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any, NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_TAKEN = (signal.default_int_handler, signal.SIG_DFL)
_SIGNAL_BASE = 128  # of the exit codes of what a signal ended, as shells give them
EXIT_INTERRUPTED = _SIGNAL_BASE + signal.SIGINT
_SECONDS_TO_THE_NEXT = 0.05  # a destructor is through by then


class Interruption(KeyboardInterrupt):
    """What these signals raise."""


class Interrupts:
    """The signals that end this process's command, and what became of them.

    Attributes:
        came: Whether there was one while the command was at work.
        exit_code: The exit code of a command that is interrupted: of the first signal, if any.
    """

    def __init__(self) -> None:
        self.came = False
        self.exit_code = EXIT_INTERRUPTED
        self._arrived = False
        self._is_over = False
        self._ends_with: int | None = None
        self._came_late = False
        self._under_way: weakref.ref[Interruption] | None = None
        self._show_unraisable: Any = None
        self._show_uncaught: Any = None

    def install(self) -> None:
        """Handle the signals from now on, except those that are ignored or handled already."""
        atexit.register(self._at_the_very_end)  # what is registered first runs last
        ours = [each for each in _SIGNALS if signal.getsignal(each) in _NOT_TAKEN]
        if not ours:
            return
        self._show_unraisable, sys.unraisablehook = sys.unraisablehook, self._unraisable
        self._show_uncaught, sys.excepthook = sys.excepthook, self._uncaught
        signal.signal(signal.SIGALRM, self._take_alarm)
        for each in ours:
            signal.signal(each, self._take)

    @property
    def message(self) -> str:
        """What to tell of an interruption."""
        number = self.exit_code - _SIGNAL_BASE
        return (
            "Interrupted."
            if number == signal.SIGINT
            else f"Ended by {signal.Signals(number).name}."
        )

    def raise_if_lost(self) -> None:
        """Raise an interruption again that some code has swallowed: work is still going on."""
        if self.came and not self._arrived and _is_main_thread():
            raise self._new()

    def arrive(self) -> None:
        """Say that the command ends: an interruption need not be raised again."""
        self._arrived = True
        if self.came:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def end(self) -> None:
        """Say that the command is done: a signal no longer raises, but decides the exit code."""
        self.arrive()
        self._is_over = True

    def exit(self, code: int) -> NoReturn:
        """Exit, with `code` unless a signal still comes, once all `atexit` functions have run."""
        self.end()
        self._ends_with = code
        sys.exit(code)

    def _take(self, number: int, frame: FrameType | None) -> None:
        is_second = self.came or self._came_late
        if not is_second:
            self.exit_code = _SIGNAL_BASE + number
        if not self._is_over:
            self.came = True
            raise self._new()
        if is_second:  # something hangs
            os._exit(self.exit_code)
        self._came_late = True

    def _take_alarm(self, number: int, frame: FrameType | None) -> None:
        if not self._arrived:
            raise self._new()

    def _new(self) -> Interruption:
        # Not raised here: the traceback would keep this frame, and with it the exception, alive.
        interruption = Interruption()
        signal.setitimer(signal.ITIMER_REAL, 0)  # a second one would fall into the clean-up
        self._under_way = weakref.ref(interruption, self._lose)
        return interruption

    def _lose(self, _: object) -> None:
        """Raise an interruption again soon; here it would be lost as well."""
        if not self._arrived:
            signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_THE_NEXT)

    def _unraisable(self, unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, Interruption):
            self._lose(None)
        else:
            self._show_unraisable(unraisable)

    def _uncaught(self, kind: type[BaseException], *error: Any) -> None:
        """Handle what native code reports as uncaught; a command's own exceptions are caught."""
        if issubclass(kind, Interruption):
            self._lose(None)
        else:
            self._show_uncaught(kind, *error)

    def _at_the_very_end(self) -> None:
        code = self.exit_code if self._came_late else self._ends_with
        if code is not None:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)
        for each in _SIGNALS:
            if signal.getsignal(each) == self._take:
                signal.signal(each, signal.SIG_DFL)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


interrupts = Interrupts()
