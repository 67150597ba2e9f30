"""Scores of texts and pairs in a Beam pipeline, whose workers load the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apache_beam as beam
from apache_beam.utils.shared import Shared

from evenhand.data.beam.row_batches import batches, count, count_left_out, place_of, values_of
from evenhand.data.errors import InputError
from evenhand.data.options import takes
from evenhand.data.reading.examples import TEXT_MISSING
from evenhand.data.support.option_checks import check_whole
from evenhand.evaluation.cluster.worker_models import (
    digest_here,
    load_on_worker,
    options_for_workers,
    reference_for_workers,
)
from evenhand.evaluation.inputs.tables import COUNTERFACTUAL_PREDICTION, PREDICTION
from evenhand.evaluation.report_options import Model
from evenhand.remediation.defaults import SCORING_BATCH
from evenhand.remediation.model_options import ModelOptions

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier

_NAME = "evenhand.Score"  # of the counters
_PAIR = ("original", "counterfactual")


class Score(beam.PTransform):  # type: ignore[misc]
    """Scores pairs, rows or texts with a model; the scores are those of `score_texts`.

    A dict with `original` and `counterfactual`, as `BuildPairs` gives it, gets `prediction` and
    `counterfactual_prediction`; any other dict the `prediction` of its column of texts. A text
    becomes a dict of `text` and `prediction`. Predictions are probabilities of the positive class.
    Rows without a text are left out, and counted as ``left out: the text is missing`` of Beam's
    namespace ``evenhand.Score``, beside `rows` and `texts`, which the model was asked for.

    Each worker process loads the model once. It sees the different texts of some rows at a time; a
    text that occurs again far away is scored again.

    Args:
        model: A MODEL reference that means the same for every worker, such as a file on storage
            that all see; see `evenhand.remediation.load_classifier`.
        text_column: Column that holds the texts of rows that are no pairs.
        batch_size: Texts that the model sees at once.
        **options: See `evenhand.remediation.ModelOptions`.

    Raises:
        ConfigurationError: An option is wrong, or the model is one in memory.
        InputError: There is no such model. When the pipeline runs: the model cannot be loaded or
            used, has several classes and none was named, or fails on a text; or a row has no text
            to score. The runner's error then ends with this one.
        UnavailableError: When the pipeline runs: a worker finds another model under the name.
    """

    @takes(ModelOptions)
    def __init__(
        self,
        model: Model,
        *,
        text_column: str = "text",
        batch_size: int = SCORING_BATCH,
        **options: Any,
    ) -> None:
        super().__init__()
        chosen = ModelOptions(**options)
        check_whole("batch_size", batch_size)
        reference = reference_for_workers(model)
        sha256 = digest_here(reference)
        self._batch_size = batch_size
        there = options_for_workers(chosen)
        self._work = _ScoreRows(reference, sha256, there, text_column, batch_size)

    def expand(self, rows: Any) -> Any:
        """Return a PCollection of dicts."""
        return rows | "Batch" >> batches(self._batch_size) | "Score" >> beam.ParDo(self._work)


class _LoadedModel:
    """A model that the threads of a process use by turns: not every kind can be used by several."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.lock = threading.Lock()


class _ScoreRows(beam.DoFn):  # type: ignore[misc]
    """Scores lists of rows."""

    def __init__(
        self,
        reference: str | Path,
        sha256: str | None,
        options: ModelOptions,
        text_column: str,
        batch_size: int,
    ) -> None:
        super().__init__()
        self._reference, self._sha256, self._options = reference, sha256, options
        self._text_column, self._batch_size = text_column, batch_size
        self._shared = Shared()  # of all threads of a process

    def setup(self) -> None:
        self._model: _LoadedModel = self._shared.acquire(self._loaded)

    def _loaded(self) -> _LoadedModel:
        return _LoadedModel(load_on_worker(self._reference, self._options, self._sha256))

    def process(self, rows: list[Any]) -> Iterator[dict[str, Any]]:
        texts = [self._texts_of(row) for row in rows]
        scores = self._scores(rows, texts)
        count(_NAME, rows=len(rows), texts=len(scores))
        missing = 0
        for row, own in zip(rows, texts, strict=True):
            if None in own:
                missing += 1
                continue
            names = (PREDICTION, COUNTERFACTUAL_PREDICTION)[: len(own)]
            given = {"text": row} if isinstance(row, str) else row
            yield {**given, **{n: scores[text] for n, text in zip(names, own, strict=True)}}
        if missing:
            count_left_out(_NAME, {TEXT_MISSING: missing})

    def _scores(self, rows: list[Any], texts: list[tuple[Any, ...]]) -> dict[str, float]:
        """Return the score of each different text."""
        from evenhand.remediation.models.classifier import ScoringError

        row_of: dict[str, Any] = {}
        for row, own in zip(rows, texts, strict=True):
            for text in own:
                if text is not None:
                    row_of.setdefault(text, row)
        different = list(row_of)
        try:
            with self._model.lock:
                scores = self._model.classifier.score(different, batch_size=self._batch_size)
        except ScoringError as error:
            place = place_of(row_of[different[error.number]], "id", self._text_column)
            raise error.at(place) from error
        return dict(zip(different, scores.tolist(), strict=True))

    def _texts_of(self, row: Any) -> tuple[Any, ...]:
        """Return the texts of a row that are scored: one, or two of a pair."""
        is_pair = isinstance(row, Mapping) and all(name in row for name in _PAIR)
        names = _PAIR if is_pair else (self._text_column,)
        values = values_of(row, names, text_column=self._text_column)
        for name, value in values.items():
            if not (value is None or isinstance(value, str)):
                raise InputError(
                    f"the column {name!r} holds {type(value).__name__}",
                    where=place_of(row, "id", name),
                    expected="strings",
                )
        return tuple(values.values())
