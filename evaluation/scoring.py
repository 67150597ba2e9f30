"""Scoring the texts of an evaluation with the models that are reported on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from evenhand.data.errors import InputError
from evenhand.data.progress import Progress
from evenhand.evaluation.report import Role
from evenhand.evaluation.tables import EvaluationData, ModelScores
from evenhand.remediation.classifier import ScoringError
from evenhand.remediation.loading import load_classifier, settle_keras_for
from evenhand.remediation.models.predictor import ModelOptions


def score(
    references: Mapping[Role, str | Path],
    data: EvaluationData,
    texts: pa.Array,
    *,
    options: ModelOptions,
    batch_size: int,
    cache: Path | None,
    progress: Progress,
) -> dict[Role, ModelScores]:
    """Score every different text once with each model.

    Args:
        references: The models, MODEL references that `load_classifier` takes.
        data: The pairs, with their texts.
        texts: The examples' texts, strings of shape (n,).
        options: How to load the models and read their outputs.
        batch_size: Texts that a model sees at once.
        cache: Folder to keep scores in, or None.
        progress: Told how many texts are scored, one stage for each model.

    Raises:
        InputError: A model cannot be used, or fails on a text, which the error names.
    """
    settle_keras_for(references.values())
    columns = [texts, data.pairs.originals, data.pairs.counterfactuals]
    encoded = pa.chunked_array(
        [column.cast(pa.large_string()) for column in columns]
    ).dictionary_encode()
    different = _ArrowTexts(encoded.chunk(0).dictionary)
    scored: dict[Role, ModelScores] = {}
    for role, reference in references.items():
        classifier = load_classifier(reference, options)
        try:
            scores = classifier.score(
                different, batch_size=batch_size, cache=cache, progress=_named(progress, role)
            )
        except ScoringError as error:
            place = _place_of(error.number, encoded, data)
            raise InputError(
                error.what,
                where=f"{error.where}, {place}",
                expected=error.expected,
                remedy=error.remedy,
            ) from error
        sides = (scores[chunk.indices.to_numpy()] for chunk in encoded.chunks)
        scored[role] = ModelScores(classifier.name, classifier.sha256, *sides)
    return scored


class _ArrowTexts(Sequence[str]):
    """Strings of an Arrow array, made into Python's a batch at a time."""

    def __init__(self, texts: pa.Array) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, rows: Any) -> Any:
        part = self._texts[rows]
        return part.to_pylist() if isinstance(rows, slice) else part.as_py()


def _named(progress: Progress, role: Role) -> Progress:
    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"scoring with the {role}", done, total, note)

    return report


def _place_of(number: int, encoded: pa.ChunkedArray, data: EvaluationData) -> str:
    """Return in words where the data holds one of its different texts."""
    examples, originals, counterfactuals = (
        np.flatnonzero(chunk.indices.to_numpy() == number) for chunk in encoded.chunks
    )
    pairs = originals if len(originals) else counterfactuals
    row = int(examples[0] if len(examples) else data.pairs.example[pairs[0]])
    example = f"row {row + 1} (id {data.examples.ids[row]})"
    return example if len(examples) or len(originals) else f"a counterfactual of {example}"
