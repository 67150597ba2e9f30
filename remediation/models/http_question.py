"""One question to an HTTP server, limited in time and in the size of the answer.

Every question opens a connection of its own: a kept one may have been closed by the other side.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.models.http_address import Address, proxy_of, redirected

LARGEST_ANSWER = 64 << 20  # bytes, decoded: 3,000 numbers for each of 1,024 texts
_LARGEST_HEADERS = 1 << 20  # bytes, including those of "100 Continue"
_CONNECT_SECONDS = 10
_REMARK_SECONDS = 30
_PIECE = 1 << 16  # bytes
_SENT_ON = (301, 302, 307, 308)
_MOST_REDIRECTIONS = 5

Remark = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """A server's answer.

    Attributes:
        status: The HTTP status.
        content: The body, decoded.
        retry_after: The header of that name, or None.
    """

    status: int
    content: bytes
    retry_after: str | None


class _NoUse(Exception):
    """An answer that cannot be used; the parts are those of `InputError`."""

    def __init__(self, what: str, **parts: str) -> None:
        super().__init__(what)
        self.what, self.parts = what, parts


def post(address: Address, body: bytes, *, end: float, remark: Remark) -> Answer:
    """Send JSON to a server and return its answer, whatever its status.

    A redirection is followed on the same server, with the question again.

    Args:
        address: Where to send it.
        body: The JSON.
        end: When the answer has to be complete, by `time.monotonic`.
        remark: Called with a message if it takes long.

    Raises:
        InputError: The answer is not complete in time, too large, or compressed in a way that was
            not asked for; the server redirects to another one; or the environment names a proxy
            that cannot be used.
        OSError, http.client.HTTPException: There is no connection, or it was lost.
    """
    try:
        for _ in range(_MOST_REDIRECTIONS + 1):
            answer, location = _exchange(address, body, end, remark)
            if answer.status not in _SENT_ON or location is None:
                return answer
            address = redirected(address, location)
    except _NoUse as error:
        raise InputError(error.what, where=address.shown, **error.parts) from error
    raise InputError(
        f"the endpoint redirects more than {_MOST_REDIRECTIONS} times", where=address.shown
    )


def _exchange(
    address: Address, body: bytes, end: float, remark: Remark
) -> tuple[Answer, str | None]:
    with contextlib.closing(_connection(address, min(_CONNECT_SECONDS, _left(end)))) as connection:
        timed: Any = functools.partial(_TimedResponse, end=end, remark=remark)
        connection.response_class = timed
        connection.connect()
        connection.sock.settimeout(_left(end))
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if address.authorization:
            headers["Authorization"] = address.authorization
        target = address.target
        if address.scheme == "http" and (proxy := proxy_of(address)):
            target = address.server + target
            if proxy.authorization:
                headers["Proxy-Authorization"] = proxy.authorization
        # A server may refuse, and close its side, before it has read everything.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", target, body, headers)
        with connection.getresponse() as response:
            content = _decoded(_body_of(response), response.headers.get("Content-Encoding", ""))
            answer = Answer(response.status, content, response.headers.get("Retry-After"))
            return answer, response.headers.get("Location")


def _connection(address: Address, seconds: float) -> http.client.HTTPConnection:
    proxy = proxy_of(address)
    host, port = (proxy or address).host, (proxy or address).port
    if address.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=_trust())
    if proxy is not None:
        own = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
        connection.set_tunnel(address.host, address.port, own)
    return connection


@functools.cache  # reading the certificates of all authorities takes tens of milliseconds
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


class _TimedResponse(http.client.HTTPResponse):
    """A response limited, from its first byte on, in time and in size."""

    def __init__(
        self, sock: socket.socket, *args: Any, end: float, remark: Remark, **options: Any
    ) -> None:
        super().__init__(sock, *args, **options)
        self._reader = _TimedReader(self.fp.detach(), sock, end, remark)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        self._reader.limit += LARGEST_ANSWER


class _TimedReader(io.RawIOBase):
    def __init__(self, raw: Any, sock: socket.socket, end: float, remark: Remark) -> None:
        self._raw, self._sock, self._end, self._remark = raw, sock, end, remark
        self._begun = self._told = time.monotonic()
        self._received = 0
        self.limit = _LARGEST_HEADERS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            left = _left(self._end)
            self._say_how_long()
            self._sock.settimeout(min(left, _REMARK_SECONDS))
            try:
                received = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            self._received += received
            if self._received > self.limit:
                raise _too_large()
            return received

    def close(self) -> None:
        self._raw.close()
        super().close()

    def _say_how_long(self) -> None:
        now = time.monotonic()
        if now - self._told >= _REMARK_SECONDS:
            self._told = now
            self._remark(
                f"waiting for the endpoint's answer: {now - self._begun:.0f} s so far, and "
                f"{self._end - now:.0f} s more at most"
            )


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise _NoUse(
            "the endpoint's answer is not complete in time",
            remedy="ask for fewer texts at once with `batch_size`, or look at the server",
        )
    return left


def _body_of(response: http.client.HTTPResponse) -> bytes:
    body = io.BytesIO()
    try:
        while piece := response.read(_PIECE):
            body.write(piece)
            if body.tell() > LARGEST_ANSWER:
                raise _too_large()
    except ValueError as error:  # a chunk of negative size
        raise http.client.HTTPException(str(error)) from error
    if response.length:  # bytes that were announced and did not come
        raise http.client.IncompleteRead(b"", response.length)
    return body.getvalue()


def _decoded(body: bytes, coding: str) -> bytes:
    """Return a body decoded, up to the size that an answer may have.

    No coding was asked for, but some servers and proxies use one all the same.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    try:
        if coding in ("gzip", "x-gzip"):
            content = gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST_ANSWER + 1)
        elif coding == "deflate":
            content = _inflated(body)
        else:
            raise _NoUse(
                f"the endpoint's answer is compressed with {coding!r}, which was not asked for",
                expected="an answer as it is, or gzip",
            )
    except (EOFError, OSError, zlib.error) as error:
        raise _NoUse(f"the endpoint's answer cannot be decompressed ({error})") from error
    if len(content) > LARGEST_ANSWER:
        raise _too_large()
    return content


def _inflated(body: bytes) -> bytes:
    for header in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # some servers leave zlib's header out
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(header).decompress(body, LARGEST_ANSWER + 1)
    raise zlib.error("neither zlib nor deflate")


def _too_large() -> _NoUse:
    return _NoUse(
        f"the endpoint's answer is larger than {LARGEST_ANSWER >> 20} MB",
        expected="predictions for the texts that were sent",
        remedy="look at what the server answers, or give a smaller `batch_size`",
    )
