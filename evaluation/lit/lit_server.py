"""Serves LIT with a report's pairs as its data and classifiers as its models."""

from __future__ import annotations

import json
import logging
import socket
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.data.errors import UnavailableError
from evenhand.data.options import takes
from evenhand.evaluation.lit.lit_data import FLIPS, LABELS, SIDES, LitData, flip_of, read_lit_data
from evenhand.evaluation.report_options import LitOptions, Model
from evenhand.remediation.runtime.imports import log_handlers_kept

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier

_OWN_NAMES = {"localhost", "127.0.0.1", "::1"}
_MINIBATCH = 256  # texts that LIT hands over at once


class LitServer:
    """A server of LIT that shows a report. Its port is taken when it is made.

    It answers its own page alone: a request that another web page sends, or that came by another
    name than this machine's, is refused. Nothing is written or read at LIT's request.

    Args:
        report: The report's folder, or its report.json.
        data: The dataset that the report is about; None for the flips that the report holds.
        model: The report's candidate, or None for the scores of the report alone.
        **options: See `evenhand.evaluation.report_options.LitOptions`.

    Attributes:
        url: Where the page is.
        pairs: The number of pairs.

    Raises:
        ConfigurationError, InputError: As for `export_for_lit`.
        UnavailableError: LIT is not installed, or the port cannot be had.
    """

    @takes(LitOptions)
    def __init__(
        self,
        report: str | Path,
        *,
        data: str | Path | None = None,
        model: Model | None = None,
        **options: Any,
    ) -> None:
        chosen = LitOptions(**options)
        _check_installed()
        taken = _taken(chosen.host, chosen.port)
        try:
            found, classifiers = read_lit_data(report, data, model, chosen)
            app = _lit_app(found, classifiers)
            from werkzeug.serving import WSGIRequestHandler, make_server

            class Quiet(WSGIRequestHandler):
                """Writes no line for each request."""

                def log(self, *arguments: Any) -> None:
                    pass

            port = taken.getsockname()[1]
            self._server = make_server(
                chosen.host,
                port,
                _own_page_only(app, chosen.host),
                threaded=True,
                request_handler=Quiet,
                fd=taken.fileno(),
            )
        finally:
            taken.close()  # the server has a copy of it
        shown = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        self.url = f"http://{shown}:{port}/"
        self.pairs = len(found.pairs)

    def serve(self) -> None:
        """Answer requests until `close` is called or Ctrl-C is pressed."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def close(self) -> None:
        """End `serve`, from another thread."""
        self._server.shutdown()


def _taken(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UnavailableError: It cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen()
    except OSError as error:
        found.close()
        raise UnavailableError(
            f"LIT cannot be served there ({error.strerror or error})",
            where=f"{host}, port {port}",
            remedy="give another `port`, or 0 for any that is free",
        ) from error
    return found


def _check_installed() -> None:
    """Raise UnavailableError if LIT is not installed; to load it takes seconds."""
    if find_spec("lit_nlp") is None:
        raise UnavailableError(
            "LIT is not installed",
            remedy="pip install 'evenhand[lit]', or write the data for it with `output`",
        )


def _lit_app(data: LitData, classifiers: Mapping[Any, Classifier]) -> Any:
    """Return LIT's application."""
    with log_handlers_kept(), warnings.catch_warnings():  # it needs what evenhand holds back
        warnings.simplefilter("ignore")
        from lit_nlp import app as lit_app
        from lit_nlp import server_config
        from lit_nlp.api import dataset as lit_dataset
        from lit_nlp.components import metrics
        from lit_nlp.lib import serialize
    logging.getLogger("absl").setLevel(logging.ERROR)  # it tells of each request

    def dataset(rows: Iterable[Any], fields: Any, about: str) -> Any:
        spec = serialize.from_json(json.dumps(fields))
        return lit_dataset.Dataset(spec=spec, examples=list(rows), description=about)

    counted = {"paired": metrics.MulticlassPairedMetrics()}
    if data.is_labelled:
        counted["multiclass"] = metrics.MulticlassMetrics()
    return lit_app.LitApp(
        _lit_models(data, classifiers),
        {
            "pairs": dataset(data.pair_rows(), data.pair_fields, "Pairs of texts"),
            "texts": dataset(
                data.text_rows(), data.text_fields, "Originals, and their counterfactuals"
            ),
        },
        metrics=counted,
        dataset_loaders={},
        model_loaders={},
        client_root=server_config.config.client_root,
        demo_mode=True,  # writes and reads no files for whoever asks
        default_layout="default",
        page_title="evenhand",
    )


def _lit_models(data: LitData, classifiers: Mapping[Any, Classifier]) -> dict[str, Any]:
    """Return each classifier as a model of texts and as one of pairs."""
    from lit_nlp.api import model as lit_model
    from lit_nlp.api import types

    class OfTexts(lit_model.BatchedModel):  # type: ignore[misc]
        """Decides a text."""

        def __init__(self, classifier: Classifier, threshold: float) -> None:
            self._classifier, self._threshold = classifier, threshold

        def description(self) -> str:
            return f"{self._classifier.name}, threshold {self._threshold:g}"

        def max_minibatch_size(self) -> int:
            return _MINIBATCH

        def input_spec(self) -> dict[str, Any]:
            return {"text": types.TextSegment()}

        def output_spec(self) -> dict[str, Any]:
            return {
                "decision": types.MulticlassPreds(
                    vocab=LABELS, null_idx=0, parent="label", threshold=self._threshold
                )
            }

        def predict_minibatch(self, inputs: list[Any]) -> list[dict[str, Any]]:
            scores = self._classifier.score([each["text"] for each in inputs])
            return [{"decision": np.array([1 - score, score])} for score in scores]

    class OfPairs(OfTexts):
        """Decides both texts of a pair."""

        def input_spec(self) -> dict[str, Any]:
            return {side: types.TextSegment() for side in SIDES}

        def output_spec(self) -> dict[str, Any]:
            scores = {f"score of {side}": types.RegressionScore() for side in SIDES}
            return {**scores, "flips": types.CategoryLabel(vocab=FLIPS)}

        def predict_minibatch(self, inputs: list[Any]) -> list[dict[str, Any]]:
            found = []
            texts = [each[side] for side in SIDES for each in inputs]
            originals, counterfactuals = np.split(self._classifier.score(texts), 2)
            for pair in zip(originals.tolist(), counterfactuals.tolist(), strict=True):
                scores = {
                    f"score of {side}": value for side, value in zip(SIDES, pair, strict=True)
                }
                found.append({**scores, "flips": flip_of(*pair, self._threshold)})
            return found

    models = {}
    for role, classifier in classifiers.items():
        models[role] = OfTexts(classifier, data.thresholds[role])
        models[f"{role}, pairs"] = OfPairs(classifier, data.thresholds[role])
    return models


def _own_page_only(app: Callable[..., Any], host: str) -> Callable[..., Any]:
    """Return an application that refuses what other web pages ask of it.

    A page of the web can send requests to this machine, and with a name of its own that leads here
    read the answers.
    """
    names = _OWN_NAMES | {host} if host in _OWN_NAMES else None

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        asked = environ.get("HTTP_HOST", "")
        origin = environ.get("HTTP_ORIGIN")
        named = asked.rpartition(":")[0] or asked
        is_ours = names is None or named.strip("[]") in names
        if is_ours and origin in (None, f"http://{asked}"):
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"This server answers its own page alone.\n"]

    return guarded
