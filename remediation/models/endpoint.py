"""A model behind the REST predict API of TensorFlow Serving."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.data.urls import HIDDEN, shown_url
from evenhand.remediation.models.http_address import predict_address, proxy_of, secrets_of
from evenhand.remediation.models.http_question import Answer, post
from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.outputs.meaning import NO_EVIDENCE, Evidence

# For a batch, with all retries and waits: a model on a busy CPU server takes its time.
_DEADLINE_SECONDS = 300.0
_RETRIES = 4  # with the waits below, they bridge a restart of 15 s
_FIRST_WAIT_SECONDS = 1.0  # doubled at each retry
_LONGEST_WAIT_SECONDS = 15.0  # whatever the server asks for
_PASSING_FAILURES = (429, 502, 503, 504)
_MOST_COMMAS = 4_000_000  # in an answer: after each may come a list, which takes 64 bytes
_SHORTEST_SECRET = 3  # characters; hiding shorter ones would garble what a server says

_LOG = logging.getLogger("evenhand")


class EndpointPredictor:
    """A served model, asked over HTTP in row format: ``{"instances": [...]}``.

    If there is no connection, or the answer says "later", the question is repeated after a wait,
    which the log mentions. A batch has five minutes for all of that.

    Args:
        url: ``http://host:8501/v1/models/NAME``, with ``/versions/N`` or ``:predict`` or without.
            A user and a password in it are sent as Basic Authorization.

    Attributes:
        url: As it was given.
        shown: The same without user, password and the values of the query.

    Raises:
        InputError: The URL is not that of a served model.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.shown = shown_url(url)
        self._address = predict_address(url)

    @property
    def takes_strings(self) -> None:
        """None: only trying tells."""
        return None

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output by its name.

        Raises:
            InputError: The endpoint does not answer in time, or not with predictions.
        """
        instances = _instances(inputs)
        answer = self._ask({"instances": instances})
        predictions = answer.get("predictions")
        if not isinstance(predictions, list) or len(predictions) != len(instances):
            raise InputError(
                f"the endpoint's answer does not hold {len(instances)} predictions",
                where=self._address.shown,
                expected='{"predictions": [...]}, one for each text',
            )
        try:
            return _heads(predictions)
        except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise InputError(
                f"the endpoint's predictions are not numbers of one shape ({error})",
                where=self._address.shown,
            ) from error

    def evidence(self, head: str) -> Evidence:
        """Return no evidence: an endpoint gives only values."""
        return NO_EVIDENCE

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        answer = self._answer(json.dumps(question, allow_nan=False).encode())
        expected = "predictions for the texts that were sent"
        if answer.content.count(b",") > _MOST_COMMAS:
            raise InputError(
                f"the endpoint's answer holds more than {_MOST_COMMAS:,} values",
                where=self._address.shown,
                expected=expected,
                remedy="look at what the server answers, or give a smaller `batch_size`",
            )
        try:
            document = json.loads(answer.content)
        except RecursionError as error:
            raise InputError(
                "the endpoint's answer is JSON of more levels than Python reads, about a thousand",
                where=self._address.shown,
                expected=expected,
            ) from error
        except ValueError as error:
            raise InputError(
                f"the endpoint's answer is not JSON (HTTP status {answer.status})",
                where=self._address.shown,
                expected="TensorFlow Serving's REST predict API",
            ) from error
        if answer.status != 200 or not isinstance(document, dict):
            told = document.get("error") if isinstance(document, dict) else None
            raise InputError(
                f"the endpoint answers with HTTP status {answer.status}"
                + (f": {self._without_secrets(str(told).strip())}" if told else ""),
                where=self._address.shown,
                expected="predictions",
            )
        return document

    def _answer(self, body: bytes) -> Answer:
        """Return the first answer that is not a passing failure, or the last one of all retries."""
        end = time.monotonic() + _DEADLINE_SECONDS
        wait = _FIRST_WAIT_SECONDS
        for retries in reversed(range(_RETRIES + 1)):
            asked_for = 0.0
            try:
                answer = post(self._address, body, end=end, remark=_LOG.warning)
                if answer.status not in _PASSING_FAILURES or not retries:
                    return answer
                told = f"the endpoint answers with HTTP status {answer.status}"
                asked_for = _seconds(answer.retry_after)
            except (OSError, http.client.HTTPException) as error:
                proxy = proxy_of(self._address)
                through = f", through the environment's proxy {proxy.shown}" if proxy else ""
                told = f"the endpoint does not answer: {_reason(error)}{through}"
                if not retries or not _may_pass(error):
                    raise InputError(
                        told, where=self._address.shown, remedy=_remedy(error)
                    ) from error
            pause = min(max(wait, asked_for), _LONGEST_WAIT_SECONDS)
            wished = f" and asks to wait for {asked_for:,.0f} s" if asked_for > pause else ""
            _LOG.warning(f"{told}{wished}; it is asked again in {pause:.0f} s")
            time.sleep(pause)
            wait *= 2
        raise AssertionError("the last of the retries returns or raises")

    def _without_secrets(self, told: str) -> str:
        """Return what a server said, which may quote the question, without what the URL hides."""
        for secret in secrets_of(self.url):
            if len(secret) >= _SHORTEST_SECRET:
                told = told.replace(secret, HIDDEN)
        return told


def _seconds(retry_after: str | None) -> float:
    """Return how long a server asks to wait; 0 if it does not say so in seconds."""
    asked_for = (retry_after or "").strip()
    return float(asked_for) if asked_for.isascii() and asked_for.isdigit() else 0.0


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ssl.SSLError):
        return isinstance(error, ssl.SSLEOFError)
    return isinstance(error, OSError | http.client.IncompleteRead)


def _reason(error: Exception) -> str:
    """Return in words why there is no answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({error.verify_message})"
    if isinstance(error, ConnectionRefusedError):
        return "no server listens there"
    if isinstance(error, ConnectionError | ssl.SSLEOFError | http.client.IncompleteRead):
        return "the connection was closed before the answer was complete"
    if isinstance(error, ssl.SSLError):
        return f"no encrypted connection comes about ({error.reason or error})"
    if isinstance(error, socket.gaierror):
        return "its host is not known"
    if isinstance(error, TimeoutError):
        return "no connection comes about in time"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"what listens there does not speak HTTP ({type(error).__name__})"


def _remedy(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "let SSL_CERT_FILE name a file with the certificate of the authority that issued it"
    if isinstance(error, ssl.SSLError):
        return "if the server does not use TLS, begin the URL with http:"
    return "start the server and run again"


def _instances(inputs: Inputs) -> list[Any]:
    if isinstance(inputs, Mapping):
        columns = {name: _instances(values) for name, values in inputs.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    values = inputs.tolist()
    return [value.decode() if isinstance(value, bytes) else value for value in values]


def _heads(predictions: list[Any]) -> Heads:
    if isinstance(predictions[0], dict):
        return {name: _numbers([row[name] for row in predictions]) for name in predictions[0]}
    return named_outputs(_numbers(predictions))


def _numbers(rows: list[Any]) -> npt.NDArray[np.float64]:
    values = np.asarray(rows)
    if values.dtype.kind not in "fiu":  # NumPy would turn texts into numbers, too
        raise TypeError(f"values of type {values.dtype}")
    return values.astype(np.float64)
