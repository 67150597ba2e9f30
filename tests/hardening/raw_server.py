"""A server on loopback that says byte for byte what a test wants, whatever it is asked."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator

Says = Callable[[bytes], Iterable[bytes]]


class RawServer:
    """Answers every connection with what `says` makes of the question, and keeps the questions."""

    def __init__(self, says: Says, tls: ssl.SSLContext | None = None) -> None:
        self.says, self.tls = says, tls
        self.asked: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}/v1/models/toxic"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=[connection], daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                stack.enter_context(connection)
            question = _question_from(connection)
            self.asked.append(question)
            for piece in self.says(question):
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_RDWR)


def _question_from(connection: socket.socket) -> bytes:
    """Return a whole question of HTTP, or the beginning of what is none."""
    question, wanted = b"", 1
    while len(question) < wanted and (piece := connection.recv(1 << 16)):
        question += piece
        head, end, _ = question.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
        if end:
            wanted = len(head + end) + (int(length[1]) if length else 0)
        elif question.startswith((b"POST ", b"CONNECT ")):
            wanted = len(question) + 1
    return question


@contextlib.contextmanager
def serving(says: Says, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    server = RawServer(says, tls)
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield server
    finally:
        server.ended.set()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with its length, unless the headers say otherwise."""
    own = (
        []
        if any("ength" in each or "ncoding: ch" in each for each in headers)
        else [f"Content-Length: {len(body)}"]
    )
    lines = [f"HTTP/1.1 {status}", *own, *headers, "", ""]
    return "\r\n".join(lines).encode() + body
