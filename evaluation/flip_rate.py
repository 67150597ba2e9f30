"""Flip-rate evaluation of one model, or of a candidate beside a baseline, from data to report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from evenhand.data.errors import ConfigurationError
from evenhand.data.files import check_destination, new_folder, write_text
from evenhand.data.progress import Progress, ignore_progress
from evenhand.evaluation.dataset import read_dataset
from evenhand.evaluation.intervals import LEVEL, RESAMPLES, SEED
from evenhand.evaluation.predictions import read_predictions
from evenhand.evaluation.render_html import render_html
from evenhand.evaluation.render_markdown import render_markdown
from evenhand.evaluation.report import FILE_NAME, Intervals, Report, Role
from evenhand.evaluation.tables import EvaluationData, ModelScores
from evenhand.remediation.classifier import SCORING_BATCH, Classifier, load_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_THRESHOLDS = (0.5,)
_TOOLS = ("evenhand", "tensorflow", "keras", "tensorflow-model-analysis", "fairness-indicators")


def evaluate_flip_rate(
    data: str | Path,
    model: str | Path,
    *,
    output: str | Path,
    compare_to: str | Path | None = None,
    thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    slice_columns: Sequence[str] | None = None,
    batch_size: int = SCORING_BATCH,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> Report:
    """Score both sides of every pair with a model and report how often its decision flips.

    Args:
        data: A counterfactual dataset folder.
        model: The candidate, a MODEL reference that `load_classifier` takes.
        output: Folder to write: report.json, report.html, report.md and ``tfma/<role>/``.
        compare_to: A baseline to report beside the candidate, or None.
        thresholds: Decision thresholds in [0, 1); a score strictly above one is positive.
        slice_columns: Slice columns to use, or None for all that the dataset has.
        batch_size: Texts that the model sees at once.
        overwrite: Replace an existing report.
        progress: Told about scoring and evaluation, one stage for each model.

    Raises:
        ConfigurationError: A threshold or a slice column is wrong, or the output may not be
            replaced.
        InputError: The data or a model cannot be used, or gives scores outside [0, 1].
    """
    _check_thresholds(thresholds)
    check_destination(output, marker=FILE_NAME, overwrite=overwrite)
    evaluation_data, texts = read_dataset(data, slice_columns=slice_columns)
    references: dict[Role, str | Path] = {"candidate": model}
    if compare_to is not None:
        references["baseline"] = compare_to
    scores = {
        role: _score(role, load_classifier(reference), evaluation_data, texts, batch_size, progress)
        for role, reference in references.items()
    }
    return _write_report(evaluation_data, scores, thresholds, output, overwrite, progress)


def evaluate_predictions(
    file: str | Path,
    *,
    output: str | Path,
    thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    slice_columns: Sequence[str] = (),
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> Report:
    """Report flip rates from scores that were made elsewhere, by any framework.

    Args:
        file: CSV, JSONL or Parquet with the columns `prediction` and `counterfactual_prediction`,
            and optionally `id`, `label` and `weight`; every row is an example and a pair.
        output: Folder to write, as for `evaluate_flip_rate`.
        thresholds: Decision thresholds in [0, 1); a score strictly above one is positive.
        slice_columns: Columns of the file to slice by.
        overwrite: Replace an existing report.
        progress: Told about the evaluation.

    Raises:
        ConfigurationError: A threshold or a slice column is wrong, or the output may not be
            replaced.
        InputError: The file cannot be used.
    """
    _check_thresholds(thresholds)
    check_destination(output, marker=FILE_NAME, overwrite=overwrite)
    data, scores = read_predictions(file, slice_columns=slice_columns)
    return _write_report(data, {"candidate": scores}, thresholds, output, overwrite, progress)


def _check_thresholds(thresholds: Sequence[float]) -> None:
    for threshold in thresholds:
        # TFMA writes thresholds into metric names without exponents
        if not (math.isfinite(threshold) and 0 <= threshold < 1) or "e" in str(threshold):
            raise ConfigurationError(
                f"the threshold {threshold:g} cannot be used",
                where="--threshold",
                expected="0, or a number from 0.0001 up to, but not including, 1",
            )
    if not thresholds or len(set(thresholds)) < len(thresholds):
        raise ConfigurationError(
            "thresholds must be given, each once" if thresholds else "there is no threshold",
            where="--threshold",
        )


def _score(
    role: Role,
    classifier: Classifier,
    data: EvaluationData,
    texts: pa.Array,
    batch_size: int,
    progress: Progress,
) -> ModelScores:
    """Score every different text once."""
    columns = [texts, data.pairs.originals, data.pairs.counterfactuals]
    encoded = pa.chunked_array([column.cast(pa.large_string()) for column in columns])
    encoded = encoded.dictionary_encode()

    def report(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(f"scoring with the {role}", done, total, note)

    scores: NDArray[np.float64] = classifier.score(
        encoded.chunk(0).dictionary.to_pylist(), batch_size=batch_size, progress=report
    )
    examples, originals, counterfactuals = (
        scores[chunk.indices.to_numpy()] for chunk in encoded.chunks
    )
    return ModelScores(classifier.name, classifier.sha256, examples, originals, counterfactuals)


def _write_report(
    data: EvaluationData,
    scores: Mapping[Role, ModelScores],
    thresholds: Sequence[float],
    output: str | Path,
    overwrite: bool,
    progress: Progress,
) -> Report:
    # TFMA takes long to import: inputs are checked and scored before it is needed.
    from evenhand.evaluation.analysis import analyse
    from evenhand.evaluation.model_reports import compare, report_model, sample_flips

    with new_folder(output, marker=FILE_NAME, overwrite=overwrite) as folder:
        models = []
        for done, (role, model_scores) in enumerate(scores.items()):
            progress("evaluating", done, len(scores))
            metrics = analyse(
                data, model_scores, thresholds=thresholds, output=folder / "tfma" / role
            )
            models.append(report_model(role, data, model_scores, metrics, thresholds))
        progress("evaluating", len(scores), len(scores))
        report = Report(
            thresholds=tuple(float(threshold) for threshold in thresholds),
            data=data.summary,
            intervals=Intervals(level=LEVEL, resamples=RESAMPLES, seed=SEED),
            models=tuple(models),
            comparison=compare(*models) if len(models) == 2 else (),
            flips=sample_flips(data, scores, thresholds[0]),
            versions={tool: version(tool) for tool in _TOOLS},
        )
        write_text(folder / FILE_NAME, report.to_json())
        write_text(folder / "report.html", render_html(report))
        write_text(folder / "report.md", render_markdown(report))
    return report
