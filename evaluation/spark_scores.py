"""Scores of different texts from the workers of a Spark cluster, each of which loads the model."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from evenhand.data.cluster.spark_tasks import check_there, run_tasks
from evenhand.data.errors import UnavailableError
from evenhand.data.progress import Progress
from evenhand.data.support.arrays import Floats
from evenhand.evaluation.inputs.different_texts import DifferentTexts
from evenhand.remediation.model_options import ModelOptions

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier

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


def score_on_spark(
    spark: Any,
    reference: str | Path,
    sha256: str | None,
    texts: DifferentTexts,
    *,
    options: ModelOptions,
    batch_size: int,
    folder: Path,
    progress: Progress,
) -> Floats:
    """Score texts on a cluster; the batches and so the scores are those of one machine.

    Args:
        spark: The `SparkSession`.
        reference: The MODEL, which every worker finds under this name.
        sha256: The digest that its file has here.
        texts: What to score.
        options: How to load the model and read its outputs.
        batch_size: Texts that the model sees at once.
        folder: A folder that all workers see; the texts are written there.
        progress: Told how many tasks are done.

    Returns:
        Scores in [0, 1], shape (n,).

    Raises:
        ScoringError, InputError: As for `Classifier.score`.
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
        with pa.ipc.new_file(tasks[-1].file, table.schema) as writer:
            writer.write_table(table)
    results = run_tasks(
        spark,
        _Scoring(reference, sha256, options, batch_size),
        tasks,
        stage="scoring",
        progress=progress,
    )
    for result in results:
        if isinstance(result, _Failure):
            raise ScoringError(
                result.what,
                number=result.number,
                where=result.where,
                expected=result.expected,
                remedy=result.remedy,
            )
    return np.concatenate([np.empty(0), *results])


_classifiers: dict[str, Classifier] = {}  # of the job that this worker process works on


class _Scoring:
    """Scores the texts of a file, on a worker."""

    def __init__(
        self, reference: str | Path, sha256: str | None, options: ModelOptions, batch_size: int
    ) -> None:
        self._key = secrets.token_hex(8)
        self._reference, self._sha256 = reference, sha256
        self._options, self._batch_size = options, batch_size

    def __call__(self, task: _Task) -> Floats | _Failure:
        from evenhand.remediation.models.classifier import ScoringError

        check_there(task.file, "output")
        classifier = self._classifier()
        with pa.memory_map(str(task.file)) as file, pa.ipc.open_file(file) as rows:
            texts = rows.read_all()["text"].to_pylist()
        try:
            return classifier.score(texts, batch_size=self._batch_size)
        except ScoringError as error:
            number = task.first + error.number
            return _Failure(number, error.what, error.where, error.expected, error.remedy)

    def _classifier(self) -> Classifier:
        """Load the model, once in this process."""
        from evenhand.remediation.models.loading import load_classifier, settle_keras_for

        if self._key not in _classifiers:
            settle_keras_for([self._reference])
            classifier = load_classifier(self._reference, self._options)
            if classifier.sha256 != self._sha256:
                raise UnavailableError(
                    "a worker of the cluster finds another model under the same name",
                    where=str(self._reference),
                    remedy="put the model on storage that the driver and all workers see",
                )
            _classifiers.clear()
            _classifiers[self._key] = classifier
        return _classifiers[self._key]
