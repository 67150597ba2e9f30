"""Ctrl-C: one ends a command with 130, wherever in it the signal falls.

Python raises KeyboardInterrupt in whatever the main thread is doing. In a destructor, in a callback
of a library or inside `except BaseException` that is the end of it: the exception is thrown away,
and the command would go on to 0. Here one that got lost is raised again until it arrives.

Only the process of a command installs this; the library leaves signals alone. Where Ctrl-C is
ignored from the start, as under nohup and in a script's background jobs, it stays ignored.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any

EXIT_INTERRUPTED = 130
_SECONDS_TO_THE_NEXT = 0.05  # a destructor is through by then


class Interruption(KeyboardInterrupt):
    """What Ctrl-C raises."""


class Interrupts:
    """What became of this process's Ctrl-C.

    Attributes:
        came: Whether there was one while the command was at work.
    """

    def __init__(self) -> None:
        self.came = False
        self._arrived = False
        self._is_over = False
        self._came_late = False
        self._under_way: weakref.ref[Interruption] | None = None
        self._show_unraisable: Any = None
        self._show_uncaught: Any = None

    def install(self) -> None:
        """Take Ctrl-C over for the rest of this process, unless it is ignored or taken already."""
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return
        atexit.register(self._at_the_very_end)  # what is registered first runs last
        self._show_unraisable, sys.unraisablehook = sys.unraisablehook, self._unraisable
        self._show_uncaught, sys.excepthook = sys.excepthook, self._uncaught
        signal.signal(signal.SIGALRM, self._take_alarm)
        signal.signal(signal.SIGINT, self._take)

    def raise_if_lost(self) -> None:
        """Raise an interruption again that some code has kept to itself: work is still going on."""
        if self.came and not self._arrived and _is_main_thread():
            raise self._new()

    def arrive(self) -> None:
        """Say that the command ends: what is under way need not be raised again."""
        self._arrived = True
        if self.came:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def end(self) -> None:
        """Say that the command is done: Ctrl-C no longer raises, and its exit code is still 130."""
        self.arrive()
        self._is_over = True

    def _take(self, number: int, frame: FrameType | None) -> None:
        if not self._is_over:
            self.came = True
            raise self._new()
        if self.came or self._came_late:  # the second one: something hangs
            os._exit(EXIT_INTERRUPTED)
        self._came_late = True

    def _take_alarm(self, number: int, frame: FrameType | None) -> None:
        if not self._arrived:
            raise self._new()

    def _new(self) -> Interruption:
        # Not raised here: the traceback would keep this frame, and with it the exception, alive.
        interruption = Interruption()
        self._under_way = weakref.ref(interruption, self._lose)
        return interruption

    def _lose(self, _: object) -> None:
        """Raise an interruption again, but not here, where it would be lost as well."""
        if not self._arrived:
            signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_THE_NEXT)

    def _unraisable(self, unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, Interruption):
            self._lose(None)
        else:
            self._show_unraisable(unraisable)

    def _uncaught(self, kind: type[BaseException], *error: Any) -> None:
        """Take what native code reports as uncaught; the command itself leaves nothing uncaught."""
        if issubclass(kind, Interruption):
            self._lose(None)
        else:
            self._show_uncaught(kind, *error)

    def _at_the_very_end(self) -> None:
        if self._came_late:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(EXIT_INTERRUPTED)
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


interrupts = Interrupts()
