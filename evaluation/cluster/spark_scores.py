"""Scores of different texts from the workers of a Spark cluster, each of which loads the model."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evenhand.data.cluster.spark_tasks import check_there, once_a_worker, run_tasks
from evenhand.data.errors import ConfigurationError
from evenhand.data.progress import Progress
from evenhand.data.storage.files import writing_to
from evenhand.data.support.arrays import Floats
from evenhand.evaluation.cluster.worker_models import (
    check_found,
    load_on_worker,
    options_for_workers,
    reference_for_workers,
)
from evenhand.evaluation.inputs.different_texts import DifferentTexts
from evenhand.evaluation.report_options import Model
from evenhand.remediation.model_options import ModelOptions

_TASKS_A_CORE = 3  # at least, so that cores end at about the same time
_MOST_TEXTS = 65_536  # of a task


class _Task(NamedTuple):
    file: Path
    first: int


class _Failure(NamedTuple):
    """That the model fails on a text, by its number."""

    number: int
    what: str
    where: str | None
    expected: str | None
    remedy: str | None


def check_fits_spark(models: Iterable[Model], cache: str | Path | None) -> None:
    """Raise ConfigurationError if a cluster cannot score with these models, or keep scores."""
    for model in models:
        reference_for_workers(model)
    if cache is not None:
        raise ConfigurationError(
            "a Spark cluster keeps no scores for later runs",
            where="`cache`",
            remedy="leave it out",
        )


def score_on_spark(
    spark: Any,
    model: Model,
    sha256: str | None,
    texts: DifferentTexts,
    progress: Progress,
    *,
    options: ModelOptions,
    batch_size: int,
    folder: Path,
) -> Floats:
    """Return what `Classifier.predict` does, from a cluster: its batches are those of one machine.

    Args:
        spark: The `SparkSession`.
        model: The MODEL reference, which every worker finds under this name.
        sha256: The digest that its file has here.
        texts: What to score.
        progress: Told how many tasks are done.
        options: How to load the model and read its outputs.
        batch_size: Texts that the model sees at once.
        folder: A folder that all workers see; the texts are written there.

    Returns:
        Scores in [0, 1], shape (n,); of a model without a positive class the probabilities of all
        classes, shape (n, classes).

    Raises:
        ScoringError, InputError: As for `Classifier.predict`.
        UnavailableError: The cluster fails, a worker does not see the folder, or finds another
            model.
    """
    from evenhand.remediation.models.classifier import ScoringError

    share = -(-len(texts) // (_TASKS_A_CORE * spark.sparkContext.defaultParallelism))
    size = batch_size * -(-min(share, _MOST_TEXTS) // batch_size)
    tasks = list[_Task]()
    for first in range(0, len(texts), size):
        tasks.append(_Task(folder / f"texts-{len(tasks):06d}.arrow", first))
        table = pa.table({"text": pa.array(texts[first : first + size], pa.string())})
        with writing_to(folder), pa.ipc.new_file(tasks[-1].file, table.schema) as writer:
            writer.write_table(table)
    results = run_tasks(
        spark,
        _Scoring(reference_for_workers(model), sha256, options_for_workers(options), batch_size),
        tasks,
        stage="scoring",
        progress=progress,
    )
    scores = list[Floats]()
    for result in results:
        if not isinstance(result, _Failure):
            scores.append(result)
        else:
            raise ScoringError(
                result.what,
                number=result.number,
                where=result.where,
                expected=result.expected,
                remedy=result.remedy,
            )
    for task in tasks:  # for another model they are written anew
        task.file.unlink(missing_ok=True)
    return np.concatenate(scores) if scores else np.empty(0)


class _Scoring:
    """Scores the texts of a file, on a worker."""

    def __init__(
        self, reference: str | Path, sha256: str | None, options: ModelOptions, batch_size: int
    ) -> None:
        self._job = secrets.token_hex(8)
        self._reference, self._sha256 = reference, sha256
        self._options, self._batch_size = options, batch_size

    def __call__(self, task: _Task) -> Floats | _Failure:
        from evenhand.remediation.models.classifier import ScoringError

        check_there(task.file, "output")
        check_found(self._reference, self._options)
        classifier = once_a_worker(
            self._job, lambda: load_on_worker(self._reference, self._options, self._sha256)
        )
        with pa.memory_map(str(task.file)) as file, pa.ipc.open_file(file) as rows:
            texts = rows.read_all()["text"].to_pylist()
        try:
            return classifier.predict(texts, self._batch_size)
        except ScoringError as error:
            number = task.first + error.number
            return _Failure(number, error.what, error.where, error.expected, error.remedy)
