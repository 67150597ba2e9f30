"""Ctrl-C, SIGTERM and SIGHUP: each ends a command cleanly, whenever it comes.

The exit code is 128 plus the signal's number: 130, 143 and 129. Python would raise
KeyboardInterrupt for Ctrl-C only, and the other two would kill the process while it writes. Here
all three raise it in the main thread. In a destructor, in a callback of a library or inside
`except BaseException` the exception may get lost, and the command would go on to exit code 0. So a
lost exception is raised again until it arrives.

Only the process of a command installs this; the library leaves signals alone. A signal that is
ignored from the start, as under nohup and in a script's background jobs, stays ignored.

The process then ends at once. Python would normally destroy every module and object first. With
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
_SIGNAL_BASE = 128  # shells add the signal's number to it for the exit code
EXIT_INTERRUPTED = _SIGNAL_BASE + signal.SIGINT
_SECONDS_TO_THE_NEXT = 0.05  # by then a destructor has ended


class Interruption(KeyboardInterrupt):
    """The exception that these signals raise."""


class Interrupts:
    """The signals that end this process's command, and what became of them.

    Attributes:
        came: Whether a signal came while the command was at work.
        exit_code: The exit code of an interrupted command: that of the first signal, if any.
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
        atexit.register(self._at_the_very_end)  # the first function registered runs last
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
        """The message about an interruption."""
        number = self.exit_code - _SIGNAL_BASE
        return (
            "Interrupted."
            if number == signal.SIGINT
            else f"Ended by {signal.Signals(number).name}."
        )

    def raise_if_lost(self) -> None:
        """Raise an interruption again if some code has swallowed it and work goes on."""
        if self.came and not self._arrived and _is_main_thread():
            raise self._new()

    def arrive(self) -> None:
        """Note that the command is ending, so that an interruption is not raised again."""
        self._arrived = True
        if self.came:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def end(self) -> None:
        """Note that the command is done: a signal now only decides the exit code."""
        self.arrive()
        self._is_over = True

    def exit(self, code: int) -> NoReturn:
        """Exit after all `atexit` functions have run, with `code` unless a signal comes before."""
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
        # Not raised here: the traceback would keep this frame alive, and so the exception.
        interruption = Interruption()
        signal.setitimer(signal.ITIMER_REAL, 0)  # a second alarm would interrupt the clean-up
        self._under_way = weakref.ref(interruption, self._lose)
        return interruption

    def _lose(self, _: object) -> None:
        """Raise an interruption again soon; here it would be lost as well."""
        if not self._arrived:
            signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_THE_NEXT)

    def _unraisable(self, unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, Interruption):
            self._lose(None)
        elif not self._is_what_came_of_it(unraisable.exc_type):
            self._show_unraisable(unraisable)

    def _uncaught(self, kind: type[BaseException], *error: Any) -> None:
        """Handle an exception that native code reports as uncaught; a command catches its own."""
        if issubclass(kind, Interruption):
            self._lose(None)
        elif not self._is_what_came_of_it(kind):
            self._show_uncaught(kind, *error)

    def _is_what_came_of_it(self, kind: type[BaseException]) -> bool:
        """Return whether an exception is Python's complaint about an interrupted native function.

        "returned a result with an exception set": the exception was an interruption, which is lost
        with that, and so comes again by itself.
        """
        return self.came and not self._arrived and issubclass(kind, SystemError)

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
