"""Processes that work for this one, which asks them through sockets.

They are forked where that is safe, which takes milliseconds. Beside other threads it is not safe:
a forked child may wait for ever for a lock that a thread of its parent held. There they are new
interpreters, which takes about a second. Unlike those of `multiprocessing`, they do not run the
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
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any

from evenhand.data.errors import UnavailableError
from evenhand.data.support.user_code import working_folder_on_path

_OBJECTS_BETWEEN_COLLECTIONS = 50_000  # those of a piece of work, of which none is garbage yet
# Their threads do not show in Python, and they do not prepare them for a fork, as Arrow does.
_UNSAFE_TO_FORK = ("tensorflow", "torch", "jax", "grpc", "spacy")
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from evenhand.data.support.worker_processes import serve_anew; serve_anew(int(sys.argv[2]))"
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
    forks = can_fork()
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
            inherited = [worker.connection for worker in workers]
            workers.append(_Worker(function, inherited if forks else None))
            idle.put(workers[-1])
        yield lambda *arguments: threads.submit(ask, *arguments)
    finally:
        for worker in workers:
            worker.kill()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close()


def can_fork() -> bool:
    """Tell whether processes can be forked here, and so start at once."""
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and not any(name in sys.modules for name in _UNSAFE_TO_FORK)
    )


class _Worker:
    """One process, seen from the one that it works for.

    Args:
        function: What it calls.
        inherited: What a forked process would hold open of others; None for a new interpreter.
    """

    def __init__(
        self, function: Callable[..., Any], inherited: list[Connection[Any, Any]] | None
    ) -> None:
        self._unsent = None if inherited is not None else function
        self.connection, theirs = Pipe()
        with theirs:
            self._process: _Forked | subprocess.Popen[bytes]
            if inherited is not None:
                self._process = _Forked(function, theirs, [*inherited, self.connection])
            else:
                descriptor = theirs.fileno()
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _CODE, json.dumps(sys.path), str(descriptor)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[descriptor],
                    start_new_session=True,
                )

    def ask(self, arguments: tuple[Any, ...]) -> Any:
        """Have the function called and return its result, or raise its error."""
        try:
            if self._unsent is not None:
                self.connection.send(self._unsent)
                self._unsent = None
            self.connection.send(arguments)
            succeeded, result = self.connection.recv()
        except (OSError, EOFError) as error:
            raise UnavailableError(
                "a worker process was killed", remedy="give `workers` 1, or more memory"
            ) from error
        if not succeeded:
            raise result
        return result

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.wait()
        self.connection.close()


class _Forked:
    """A forked process, with what we need of `subprocess.Popen`."""

    def __init__(
        self,
        function: Callable[..., Any],
        theirs: Connection[Any, Any],
        inherited: list[Connection[Any, Any]],
    ) -> None:
        parent = os.getpid()
        try:
            with warnings.catch_warnings():
                # Python 3.12 warns of Arrow's threads, too.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._id = os.fork()
            if self._id == 0:
                os.setsid()
                for connection in inherited:
                    connection.close()  # or the end of its process would not show
                _serve(theirs, function)
        finally:
            if os.getpid() != parent:  # nothing that is the parent's to do is done here
                os.kill(os.getpid(), signal.SIGKILL)

    def kill(self) -> None:
        os.kill(self._id, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self._id, 0)


def serve_anew(descriptor: int) -> None:
    """In a new interpreter: call the function that comes first with the arguments that follow."""
    _serve(Connection(descriptor))


def _serve(connection: Connection[Any, Any], function: Callable[..., Any] | None = None) -> None:
    """In a worker process: do what is asked, until nobody is there to ask."""
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, requests), daemon=True).start()
    if function is None:
        with working_folder_on_path():  # it may be of a module that was found there
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
