"""Tasks on a cluster: each is one partition of a Spark job, and gives one result.

Results come back as they were given by the one attempt at each task that Spark counts. An attempt
may run twice, or beside another, or end half way: what it writes has to have names of its own.
"""

from __future__ import annotations

import contextlib
import pickle
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from evenhand.data.cluster.spark_failures import (
    TaskError,
    error_of_parts,
    job_failure,
    parts_of_error,
)
from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
from evenhand.data.progress import Progress

Task = TypeVar("Task")
Result = TypeVar("Result")

_SCHEMA = "task bigint, result binary, is_error boolean"
_RESULTS = pa.schema([("task", pa.int64()), ("result", pa.binary()), ("is_error", pa.bool_())])
_POLL_SECONDS = 0.2
_WAITING = "no task runs: waiting for the cluster"


def run_tasks(
    spark: Any,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    stage: str,
    progress: Progress,
) -> list[Result]:
    """Do tasks on a cluster, and return their results in order.

    Args:
        spark: The `SparkSession`.
        function: Does a task, on a worker; it, the tasks and the results can be pickled.
        tasks: What to do.
        stage: What to tell `progress`.
        progress: Told how many tasks are done, and when none runs.

    Raises:
        InputError, ConfigurationError: The first in order that a task raised. It is not tried
            again.
        UnavailableError: The cluster, a worker or what a task needs there fails; it was tried
            again, as often as Spark is told to.
    """
    number, context = len(tasks), spark.sparkContext
    group = f"evenhand-{secrets.token_hex(8)}"
    work = _work_of(function, list(tasks), version("evenhand"))
    frame = spark.range(0, number, 1, number).mapInArrow(work, _SCHEMA)

    def collected() -> list[Any]:
        context.setJobGroup(group, stage, interruptOnCancel=True)
        rows: list[Any] = frame.collect()
        return rows

    with ThreadPoolExecutor(1) as thread:  # so that this one takes interrupts
        future = thread.submit(collected)
        try:
            rows = _waited(future, context, group, number, stage, progress)
        except BaseException:
            with contextlib.suppress(Exception):  # Java may be gone
                context.cancelJobGroup(group)
            raise
    results: list[Any] = [None] * number
    for row in sorted(rows, key=lambda row: int(row["task"])):
        result = pickle.loads(row["result"])  # noqa: S301 - made by `_work_of`
        if row["is_error"]:
            raise error_of_parts(result)
        results[row["task"]] = result
    progress(stage, number, number)
    return results


def _waited(
    future: Any, context: Any, group: str, number: int, stage: str, progress: Progress
) -> list[Any]:
    tracker = context.statusTracker()
    while True:
        try:
            rows: list[Any] = future.result(timeout=_POLL_SECONDS)
            return rows
        except (NotYet, TimeoutError):
            completed, running = _counts(tracker, group)
            waits = not running and completed < number
            progress(stage, completed, number, _WAITING if waits else "")
        except Exception as error:
            raise job_failure(error) from error


def _counts(tracker: Any, group: str) -> tuple[int, int]:
    """Return how many tasks are done and run; 0 where Java is gone, which the job's error says."""
    with contextlib.suppress(Exception):
        stages = [
            stage
            for job in tracker.getJobIdsForGroup(group)
            for each in getattr(tracker.getJobInfo(job), "stageIds", ())
            if (stage := tracker.getStageInfo(each))
        ]
        return sum(s.numCompletedTasks for s in stages), sum(s.numActiveTasks for s in stages)
    return 0, 0


def _work_of(
    function: Callable[[Any], Any], tasks: list[Any], our_version: str
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what Spark runs on the workers, for the numbers of tasks."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                result, is_error = done(function, tasks[number], our_version)
                row = {"task": number, "result": pickle.dumps(result), "is_error": is_error}
                yield pa.RecordBatch.from_pylist([row], _RESULTS)

    return work


def done(function: Callable[[Any], Any], task: Any, our_version: str) -> tuple[Any, bool]:
    """Do a task on a worker, and return its result, or what its error says, and which it is.

    Raises:
        TaskError: It may succeed elsewhere.
    """
    try:
        if version("evenhand") != our_version:
            raise UnavailableError(
                f"a worker of the cluster has evenhand {version('evenhand')}",
                expected=f"{our_version}, as here",
            )
        return function(task), False
    except (InputError, ConfigurationError) as error:
        return parts_of_error(error), True
    except EvenhandError as error:
        raise TaskError(error) from error


_made: dict[str, Any] = {}  # for the job that this worker process works on


def once_a_worker(job: str, make: Callable[[], Result]) -> Result:
    """Return what `make` makes, once in each worker process for a job of this name.

    Raises:
        UnavailableError: It fails, though the driver has made the same before.
    """
    if job not in _made:
        _made.clear()
        try:
            _made[job] = make()
        except EvenhandError as error:
            raise UnavailableError(
                f"on a worker of the cluster: {error.what}",
                where=error.where,
                expected="the same files, code and packages on every worker as here",
                remedy=error.remedy,
            ) from error
    made: Result = _made[job]
    return made


def check_there(path: Path, what: str) -> None:
    """Raise UnavailableError if a worker does not see what all should see."""
    try:
        if path.exists():
            return
        found = f"the {what} is lost, or a worker of the cluster does not see it"
    except OSError as error:
        found = f"a worker of the cluster may not look at the {what} ({error.strerror})"
    raise UnavailableError(
        found,
        where=str(path),
        remedy="put inputs and output on storage that the driver and all workers see under one "
        "name, and that they all may use",
    )
