"""A model behind the REST predict API of TensorFlow Serving."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.output_reading import NO_EVIDENCE, Evidence

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 120  # for a batch; a model on a busy CPU server takes its time
_RETRIES = 4  # with the waits below, an endpoint that restarts within 15 s is not lost
_FIRST_WAIT_SECONDS = 1.0  # doubled at each retry
_PASSING_FAILURES = (429, 502, 503, 504)
_MODEL_URL = re.compile(r"https?://[^/]+/(?:.*/)?v1/models/[^/:]+(?:/(?:versions|labels)/[^/:]+)?")


class EndpointPredictor:
    """A served model, asked over HTTP in row format: ``{"instances": [...]}``.

    A request that finds no connection, or an answer that says "later", is repeated.

    Args:
        url: ``http://host:8501/v1/models/NAME``, with ``/versions/N`` or ``:predict`` or without.

    Raises:
        InputError: The URL is not that of a served model.
    """

    def __init__(self, url: str) -> None:
        import urllib3

        address = url.rstrip("/").removesuffix(":predict")
        if not _MODEL_URL.fullmatch(address):
            raise InputError(
                "the URL is not that of a served model",
                where=url,
                expected="http://HOST:8501/v1/models/NAME, as TensorFlow Serving's REST API has it",
            )
        self.url = f"{address}:predict"
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_ANSWER_SECONDS),
            retries=urllib3.Retry(
                total=_RETRIES,
                backoff_factor=_FIRST_WAIT_SECONDS,
                status_forcelist=_PASSING_FAILURES,
                allowed_methods={"POST"},  # a prediction may be asked for twice
                raise_on_status=False,
            ),
        )

    @property
    def takes_strings(self) -> None:
        """None: only trying tells."""
        return None

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output by its name.

        Raises:
            InputError: The endpoint does not answer, or not with predictions.
        """
        instances = _instances(inputs)
        answer = self._ask({"instances": instances})
        predictions = answer.get("predictions")
        if not isinstance(predictions, list) or len(predictions) != len(instances):
            raise InputError(
                f"the endpoint's answer does not hold {len(instances)} predictions",
                where=self.url,
                expected='{"predictions": [...]}, one for each text',
            )
        try:
            return _heads(predictions)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"the endpoint's predictions are not numbers of one shape ({error})", where=self.url
            ) from error

    def evidence(self, head: str) -> Evidence:
        """Return none: an endpoint gives values alone."""
        return NO_EVIDENCE

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        import urllib3

        body = json.dumps(question, allow_nan=False).encode()
        try:
            response = self._pool.request(
                "POST", self.url, body=body, headers={"Content-Type": "application/json"}
            )
            answer = json.loads(response.data)
        except urllib3.exceptions.HTTPError as error:
            raise InputError(
                f"the endpoint does not answer ({type(error).__name__}: {error})",
                where=self.url,
                remedy="start the server and run again",
            ) from error
        except ValueError as error:
            raise InputError(
                f"the endpoint's answer is no JSON (HTTP status {response.status})",
                where=self.url,
                expected="TensorFlow Serving's REST predict API",
            ) from error
        if response.status != 200 or not isinstance(answer, dict):
            told = answer.get("error") if isinstance(answer, dict) else None
            raise InputError(
                f"the endpoint answers with HTTP status {response.status}"
                + (f": {str(told).strip()}" if told else ""),
                where=self.url,
                expected="predictions",
            )
        return answer


def _instances(inputs: Inputs) -> list[Any]:
    if isinstance(inputs, Mapping):
        columns = {name: _instances(values) for name, values in inputs.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    values = inputs.tolist()
    return [value.decode() if isinstance(value, bytes) else value for value in values]


def _heads(predictions: list[Any]) -> Heads:
    if isinstance(predictions[0], dict):
        return {
            name: np.asarray([row[name] for row in predictions], dtype=np.float64)
            for name in predictions[0]
        }
    return named_outputs(np.asarray(predictions, dtype=np.float64))
