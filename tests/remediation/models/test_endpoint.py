"""A served model, against a real HTTP server on loopback that speaks TensorFlow Serving's API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import InputError
from evenhand.remediation import ModelOptions, load_classifier
from evenhand.remediation.models import endpoint

TEXTS = [f"text number {i} é" for i in range(20)]


def score_of(text: str) -> float:
    return (len(text) * 7 + text.count("1") * 13) % 100 / 100


class Server(ThreadingHTTPServer):
    """Scores by `score_of`; the attributes say how it misbehaves."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[list[Any]] = []
        self.failures = 0  # answers of 503 before it works
        self.dies_after = 10**9  # requests
        self.shift = 0.0
        self.shape = "single"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/models/toxic"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/models/toxic:predict":
            return self.answer(404, {"error": "Servable not found"})
        if server.failures:
            server.failures -= 1
            return self.answer(503, {"error": "loading"})
        if len(server.asked) >= server.dies_after:
            self.close_connection = True
            return self.connection.close()
        server.asked.append(body["instances"])
        if "poison" in body["instances"]:
            return self.answer(400, {"error": "Tensor :0 is not what I want"})
        scores = [abs(score_of(str(text)) - server.shift) for text in body["instances"]]
        predictions: Any = {
            "single": [[score] for score in scores],
            "flat": scores,
            "named": [{"toxic": [score], "insult": [0.5]} for score in scores],
            "two": [[1 - score, score] for score in scores],
            "short": [[score] for score in scores[1:]],
            "words": ["toxic" for score in scores],
        }[server.shape]
        return self.answer(200, {"predictions": predictions})

    def answer(self, status: int, document: Any) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(endpoint, "_FIRST_WAIT_SECONDS", 0.01)
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


WANTED = np.array([score_of(text) for text in TEXTS])


@pytest.mark.parametrize("shape", ["single", "flat", "two"])
def test_scores_come_over_http_in_batches(server: Server, shape: str) -> None:
    server.shape = shape
    classifier = load_classifier(server.url)
    assert classifier.keras_model is None
    np.testing.assert_allclose(classifier.score(TEXTS, batch_size=8), WANTED)
    assert [len(asked) for asked in server.asked] == [2, 8, 8, 4]
    np.testing.assert_allclose(load_classifier(f"{server.url}:predict").score(TEXTS), WANTED)


def test_a_head_of_a_served_model(server: Server) -> None:
    server.shape = "named"
    with pytest.raises(InputError, match="several outputs"):
        load_classifier(server.url)
    classifier = load_classifier(server.url, ModelOptions(head="toxic"))
    np.testing.assert_allclose(classifier.score(TEXTS), WANTED)


def test_preprocessed_inputs_are_sent_as_rows(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_serving_input.py").write_text(
        "import numpy as np\n"
        "def ids(texts):\n    return {'ids': np.array([[len(t), 1] for t in texts])}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    load_classifier(server.url, ModelOptions(preprocess="my_serving_input:ids"))
    assert server.asked == [[{"ids": [8, 1]}, {"ids": [7, 1]}]]


def test_a_passing_failure_is_waited_for(server: Server) -> None:
    classifier = load_classifier(server.url)
    server.failures = 3
    np.testing.assert_allclose(classifier.score(TEXTS), WANTED)


def test_what_was_scored_before_it_died_is_kept(server: Server, tmp_path: Path) -> None:
    classifier = load_classifier(server.url)
    server.dies_after = 3  # one was the look at its outputs
    with pytest.raises(InputError, match="does not answer") as caught:
        classifier.score(TEXTS, batch_size=5, cache=tmp_path / "kept")
    message = str(caught.value)
    assert "10 of 20 texts" in message and str(tmp_path / "kept") in message
    server.dies_after, server.asked = 10**9, []
    again = load_classifier(server.url)
    scores = again.score(TEXTS, batch_size=5, cache=tmp_path / "kept")
    np.testing.assert_array_equal(scores, WANTED)
    assert server.asked[1:] == [TEXTS[10:15], TEXTS[15:]]
    server.shift = 0.01  # another model behind the same URL: nothing kept is used
    np.testing.assert_allclose(
        load_classifier(server.url).score(TEXTS, cache=tmp_path / "kept"), abs(WANTED - 0.01)
    )


def test_answers_that_are_none_are_errors(server: Server) -> None:
    classifier = load_classifier(server.url)
    with pytest.raises(InputError, match="HTTP status 400: Tensor :0 is not what I want"):
        classifier.score(["fine", "poison"])
    with pytest.raises(InputError, match="status 404: Servable not found"):
        load_classifier(f"{server.url}er")
    for shape, message in (("short", "does not hold 20"), ("words", "not numbers")):
        server.shape = shape
        with pytest.raises(InputError, match=message):
            classifier.score(TEXTS)
    server.shape = "two"
    with pytest.raises(InputError, match="another shape"):
        classifier.score(TEXTS)
    with pytest.raises(InputError, match="not that of a served model"):
        load_classifier("http://127.0.0.1:1/predict")
    with pytest.raises(InputError, match="does not answer"):
        load_classifier("http://127.0.0.1:1/v1/models/toxic")
