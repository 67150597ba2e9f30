"""Processes that work for this one: new interpreters, which are asked through sockets.

They are not forked: a forked child may wait for ever for a lock that a thread of its parent held,
and Arrow alone has several threads. Other than those of `multiprocessing` they do not run the
caller's script again, so that it needs no `if __name__ == "__main__":`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Thread
from typing import Any

from evenhand.data.errors import UnavailableError

_OBJECTS_BETWEEN_COLLECTIONS = 50_000  # those of a piece of work, of which none is garbage yet
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from evenhand.data.worker_processes import serve; serve(int(sys.argv[2]))"
)

Ask = Callable[..., "Future[Any]"]
"""Takes the arguments of a call and gives its result, once there is one."""


@contextlib.contextmanager
def start_processes(function: Callable[..., Any], number: int) -> Iterator[Ask]:
    """Start processes and give what has one of them call a function; they end with the block.

    A terminal's Ctrl-C goes to this process alone, because they are in sessions of their own. They
    end when this process does, however it ends.

    Args:
        function: What to call. Each process is sent it once.
        number: How many processes.

    Raises:
        UnavailableError: Raised by a result: a process was killed.
    """
    workers: list[_Worker] = []
    idle: SimpleQueue[_Worker] = SimpleQueue()

    def ask(*arguments: Any) -> Any:
        worker = idle.get()
        try:
            return worker.ask(arguments)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(number)
    try:
        for _ in range(number):
            workers.append(_Worker(function))
            idle.put(workers[-1])
        yield lambda *arguments: threads.submit(ask, *arguments)
    finally:
        for worker in workers:
            worker.kill()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close()


class _Worker:
    """One process, seen from the one that it works for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function: Callable[..., Any] | None = function
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CODE, json.dumps(sys.path), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def ask(self, arguments: tuple[Any, ...]) -> Any:
        """Have the function called and return its result, or raise its error."""
        try:
            if self._function is not None:
                self._connection.send(self._function)
                self._function = None
            self._connection.send(arguments)
            succeeded, result = self._connection.recv()
        except (OSError, EOFError) as error:
            raise UnavailableError(
                "a worker process was killed", remedy="give --workers 1, or more memory"
            ) from error
        if not succeeded:
            raise result
        return result

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.wait()
        self._connection.close()


def serve(descriptor: int) -> None:
    """In a worker process: do what is asked through a socket, until nobody is there to ask."""
    connection: Connection[Any, Any] = Connection(descriptor)
    requests: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=(connection, requests), daemon=True).start()
    function = ForkingPickler.loads(requests.get())
    gc.freeze()  # what is there already need not be looked through for garbage again and again
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    while True:
        arguments = ForkingPickler.loads(requests.get())
        try:
            answer = True, function(*arguments)
        except Exception as error:
            answer = False, error
        connection.send(answer)


def _listen(connection: Connection[Any, Any], requests: SimpleQueue[bytes]) -> None:
    """Take requests, and end this process, in the middle of its work, once nobody is there."""
    try:
        while True:
            requests.put(connection.recv_bytes())
    except (OSError, EOFError):
        os.kill(os.getpid(), signal.SIGKILL)
