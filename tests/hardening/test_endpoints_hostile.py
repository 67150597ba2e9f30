"""Endpoints that send too much, too slowly, from elsewhere, or nonsense."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from itertools import repeat

import pytest
from raw_server import RawServer, answer, serving

from evenhand.data.errors import InputError
from evenhand.remediation import load_classifier
from evenhand.remediation.models import endpoint, http_question

GOOD = b'{"predictions": [[0.25], [0.75]]}'
MEGABYTES = 1 << 20


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(endpoint, "_LONGEST_WAIT_SECONDS", 0.05)


def chunked(*sizes: bytes) -> bytes:
    return answer(b"".join(sizes), "Transfer-Encoding: chunked")


def bomb(window: int) -> bytes:
    """Return 600 MB of zeros, compressed: with a window of 31 as gzip, of 15 as deflate.

    What ends the stream, and nobody may come to, is missing.
    """
    packer = zlib.compressobj(9, wbits=window)
    first, other = (
        packer.compress(b"0" * MEGABYTES) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return first + 599 * other


BOMB = bomb(31)
LARGE = "larger than 64 MB"
NONSENSE = {
    "no JSON": (answer(b"<html>"), "not JSON"),
    "nothing": (answer(b""), "not JSON"),
    "a list": (answer(b"[]"), "HTTP status 200"),
    "too few predictions": (answer(b'{"predictions": [0.5]}'), "does not hold 2 predictions"),
    "too many predictions": (answer(b'{"predictions": [1, 1, 1]}'), "does not hold 2 predictions"),
    "predictions that are none": (answer(b'{"predictions": 7}'), "does not hold 2 predictions"),
    "words": (answer(b'{"predictions": ["a", "b"]}'), "not numbers of one shape"),
    "numbers as words": (answer(b'{"predictions": ["0.5", "0.7"]}'), "not numbers of one shape"),
    "null": (answer(b'{"predictions": [null, 0.5]}'), "not numbers of one shape"),
    "rows of two lengths": (answer(b'{"predictions": [[1], [1, 0]]}'), "not numbers of one shape"),
    "a name that one lacks": (
        answer(b'{"predictions": [{"a": 1}, {"b": 1}]}'),
        "not numbers of one shape",
    ),
    "an integer of 400 digits": (
        answer(b'{"predictions": [0, 1' + b"0" * 400 + b"]}"),
        "not numbers of one shape",
    ),
    "an integer of 5,000 digits": (
        answer(b'{"predictions": [0, 1' + b"0" * 5_000 + b"]}"),
        "not JSON",
    ),
    "NaN": (answer(b'{"predictions": [NaN, 0.5]}'), "nan"),
    "Infinity": (answer(b'{"predictions": [0.5, Infinity]}'), "inf"),
    "1e999": (answer(b'{"predictions": [0.5, 1e999]}'), "inf"),
    "JSON of 100,000 levels": (answer(b"[" * 100_000), "answer is JSON of more levels"),
    "predictions of 900 levels": (
        answer(b'{"predictions": [' + b"[" * 900 + b"]" * 900 + b", 1]}"),
        "not numbers of one shape",
    ),
    "ten million lists": (answer(b"[" + b"[]," * 10_000_000 + b"0]"), "more than 4,000,000 values"),
    "brotli": (answer(GOOD, "Content-Encoding: br"), "compressed with 'br'"),
    "gzip twice": (answer(GOOD, "Content-Encoding: gzip, gzip"), "compressed with 'gzip, gzip'"),
    "gzip that is none": (answer(GOOD, "Content-Encoding: gzip"), "cannot be decompressed"),
    "gzip cut short": (answer(gzip.compress(GOOD)[:-9], "Content-Encoding: gzip"), "decompressed"),
    "deflate that is none": (answer(GOOD, "Content-Encoding: deflate"), "cannot be decompressed"),
    "600 MB of gzip": (answer(BOMB, "Content-Encoding: gzip"), LARGE),
    "600 MB of deflate": (answer(bomb(15), "Content-Encoding: deflate"), LARGE),
    "600 MB of deflate without a header": (answer(bomb(-15), "Content-Encoding: deflate"), LARGE),
    "600 MB of gzip as an error": (
        answer(BOMB, "Content-Encoding: gzip", status="500 Internal Server Error"),
        LARGE,
    ),
    "another protocol": (b"220 mail.example ESMTP\r\n", "does not speak HTTP"),
    "a status line without an end": (b"HTTP/1.1 200 " + b"x" * 100_000, "does not speak HTTP"),
    "a thousand headers": (
        answer(GOOD, *(f"X-{i}: y" for i in range(1_000))),
        "does not speak HTTP",
    ),
    "a chunk of minus two bytes": (chunked(b"-2\r\nabc"), "does not speak HTTP"),
    "a chunk that is no number": (chunked(b"zebra\r\nabc"), "closed before"),
    "a connection that is closed": (b"", "closed before"),
    "an answer cut short": (answer(GOOD, "Content-Length: 99"), "closed before"),
    "chunks cut short": (chunked(b"ff\r\n{"), "closed before"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_answers_that_are_nonsense(case: str) -> None:
    content, message = NONSENSE[case]
    with serving(lambda question: [content]) as server, pytest.raises(InputError) as caught:
        load_classifier(server.url)
    told = str(caught.value)
    assert message in told and server.url in told and len(caught.value.lines()) <= 4
    assert "the model does not take" not in told


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP"])
def test_compression_that_nobody_asked_for(coding: str) -> None:
    packed = zlib.compress(GOOD) if coding == "deflate" else gzip.compress(GOOD)
    with serving(lambda question: [answer(packed, f"Content-Encoding: {coding}")]) as server:
        assert load_classifier(server.url).score(["a", "b"]).tolist() == [0.25, 0.75]
    assert b"accept-encoding: identity" in server.asked[0].lower()


@pytest.mark.parametrize("case", ["600 MB of gzip", "600 MB of deflate"])
def test_no_more_is_inflated_than_an_answer_may_be_large(case: str) -> None:
    content, _ = NONSENSE[case]
    with serving(lambda question: [content]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(InputError, match=LARGE):
                load_classifier(server.url)
            assert tracemalloc.get_traced_memory()[1] < 300 * MEGABYTES
        finally:
            tracemalloc.stop()


HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS = {
    "a body": (HEAD + b"\r\n", b"0" * MEGABYTES, LARGE),
    "chunks": (chunked(), b"100000\r\n" + b"0" * MEGABYTES + b"\r\n", LARGE),
    "a chunk of minus one byte": (chunked(b"-1\r\n"), b"0" * MEGABYTES, LARGE),
    "a length of a petabyte": (
        answer(b"", "Content-Length: 1000000000000000"),
        b"0" * MEGABYTES,
        LARGE,
    ),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000, LARGE),
    "headers": (HEAD, b"x: y\r\n" * 100_000, "does not speak HTTP"),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_answers_without_an_end(case: str) -> None:
    first, more, message = ENDLESS[case]
    sent = [0]

    def says(question: bytes) -> Iterator[bytes]:
        yield first
        for piece in repeat(more):
            sent[0] += len(piece)
            yield piece

    with serving(says) as server, pytest.raises(InputError, match=message):
        load_classifier(server.url)
    assert sent[0] < 100 * MEGABYTES  # what a socket buffers counts, too


def drop_by_drop(server: list[RawServer], whole: bytes, at_once: int) -> Iterator[bytes]:
    yield whole[:at_once]
    for byte in whole[at_once:] + b" " * 10_000:
        if server[0].ended.wait(0.05):
            return
        yield bytes([byte])


@pytest.mark.parametrize("at_once", [0, 20, 70], ids=["the status", "the headers", "the body"])
def test_a_byte_now_and_then_ends_in_time(
    at_once: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(endpoint, "_DEADLINE_SECONDS", 0.6)
    monkeypatch.setattr(http_question, "_REMARK_SECONDS", 0.2)
    known: list[RawServer] = []
    whole = answer(GOOD, "X-Padding: ---------------", "Content-Length: 9000")
    with serving(lambda question: drop_by_drop(known, whole, at_once)) as server:
        known.append(server)
        with pytest.raises(InputError, match="not complete in time"):
            load_classifier(server.url)
    assert "waiting for the endpoint's answer" in caplog.text


def test_silence_ends_in_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(endpoint, "_DEADLINE_SECONDS", 0.5)
    monkeypatch.setattr(http_question, "_REMARK_SECONDS", 0.1)
    known: list[RawServer] = []

    def says(question: bytes) -> Iterator[bytes]:
        known[0].ended.wait(30)
        yield b""

    with serving(says) as server:
        known.append(server)
        with pytest.raises(InputError, match="not complete in time"):
            load_classifier(server.url)
    assert "waiting for the endpoint's answer" in caplog.text


AFTER = ["3600", "99999999999999999999", "-1", "1e9", "\xb2", "Fri, 31 Dec 2999 23:59:59 GMT", ""]


@pytest.mark.parametrize("after", AFTER)
def test_a_wait_that_a_server_asks_for_is_capped_and_said(
    after: str, caplog: pytest.LogCaptureFixture
) -> None:
    busy = answer(b'{"error": "busy"}', f"Retry-After: {after}", status="503 Busy")
    answers = iter([busy, b"", answer(GOOD), *[busy] * 5])
    with serving(lambda question: [next(answers)]) as server:
        classifier = load_classifier(server.url)
        assert "HTTP status 503" in caplog.text and "asked again in" in caplog.text
        assert ("asks to wait for 3,600 s" in caplog.text) == (after == "3600")
        assert "closed before the answer was complete" in caplog.text
        with pytest.raises(InputError, match="HTTP status 503: busy"):
            classifier.score(["a", "b"])
    assert len(server.asked) == 8


ELSEWHERE = (
    "http://127.0.0.1:{other}/v1/models/toxic:predict",
    "//127.0.0.1:{other}/",
    "HTTP://127.0.0.1:{other}",
    "http://127.0.0.1:{own}@127.0.0.1:{other}/",
    "https://127.0.0.1:{own}/v1/models/toxic:predict",
    "http://localhost:{own}/v1/models/toxic:predict",
    "http://127.0.0.1/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://127.0.0.1:{own}\\@127.0.0.1:{other}/",
    "\\\\127.0.0.1:{other}\\",
    "http://127.0.0.1:99999999/",
    "http://[::1/",
    "http://127.0.0.1:{own}\t@127.0.0.1:{other}/",
)


@pytest.mark.parametrize("location", ELSEWHERE)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_text_is_sent_on_to_another_server(location: str, status: int) -> None:
    with serving(lambda question: [answer(GOOD)]) as other:

        def says(question: bytes) -> list[bytes]:
            place = location.format(own=server.port, other=other.port)
            return [answer(b"", f"Location: {place}", status=f"{status} Moved")]

        with serving(says) as server, pytest.raises(InputError, match="on to another server"):
            load_classifier(server.url)
        assert other.asked == [] and len(server.asked) == 1


@pytest.mark.parametrize(
    "location", ["/other?x=1", "http://127.0.0.1:{own}/other?x=1", "../../other?x=1"]
)
def test_a_redirection_on_one_server_is_followed_with_the_question(location: str) -> None:
    def says(question: bytes) -> list[bytes]:
        if question.startswith(b"POST /other?x=1 "):
            return [answer(GOOD)]
        return [answer(b"", f"Location: {location.format(own=server.port)}", status="307 Moved")]

    with serving(says) as server:
        url = server.url.replace("//", "//me:secret@")
        assert load_classifier(url).score(["a", "b"]).tolist() == [0.25, 0.75]
    first, second, *_ = server.asked
    assert first.partition(b"\r\n")[2] == second.partition(b"\r\n")[2]
    assert b"Authorization: Basic " in second


def test_redirections_in_a_circle_and_without_a_place() -> None:
    circle = answer(b"", "Location: /", status="302 Found")
    with serving(lambda question: [circle]) as server, pytest.raises(InputError, match="redirects"):
        load_classifier(server.url)
    assert len(server.asked) == 6
    other = answer(b"{}", "Location: /", status="303 See Other")
    for content, message in ((answer(b"{}", status="302 Found"), "302"), (other, "303")):
        with (
            serving(lambda question, said=content: [said]) as server,
            pytest.raises(InputError, match=message),
        ):
            load_classifier(server.url)
