"""A scan for identity terms on a Spark cluster, with the result of a local one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from evenhand.data.building.scan import TermCounts
from evenhand.data.building.spark_build import LABELS_OF_A_PART, part_bytes, seen_by_workers
from evenhand.data.cluster.spark_tasks import check_there, once_a_worker, run_tasks
from evenhand.data.dataset.manifest import Columns
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.file_parts import FilePart
from evenhand.data.formats.sources import InputFile
from evenhand.data.lexicons.lexicon import Lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.progress import Progress
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import check_inputs, no_rows_in, parts_of, read_numbered


class _Task(NamedTuple):
    file: InputFile
    part: FilePart | None


class _Counted(NamedTuple):
    """What was found in a part."""

    counts: TermCounts
    labels: PositiveLabels
    rows: int


def scan_on_spark(
    spark: Any,
    files: Sequence[InputFile],
    columns: Columns,
    lexicons: Sequence[Lexicon],
    labels: PositiveLabels,
    progress: Progress,
) -> TermCounts:
    """Count the rows of files on a cluster: each is cut into parts, a task each.

    Args:
        spark: The `SparkSession`.
        files: Files that all workers see.
        columns: The columns of texts and labels.
        lexicons: The terms to look for.
        labels: Told what is seen of the labels.
        progress: Told how many tasks of each step are done.

    Raises:
        InputError: As for `scan_terms`, from the first part in order that cannot be read.
        UnavailableError: The cluster fails, or a worker does not see the files.
    """
    check_inputs(files, columns)  # a part need not have a row with every column
    seen = [seen_by_workers(file) for file in files]
    size = part_bytes(files, spark)
    cut = run_tasks(spark, _Cutting(size), seen, stage="cutting files", progress=progress)
    tasks = [_Task(file, part) for file, parts in zip(seen, cut, strict=True) for part in parts]
    work = _CountPart(columns, lexicons)
    counted = iter(run_tasks(spark, work, tasks, stage="scanning", progress=progress))
    counts = TermCounts()
    for file, parts in zip(files, cut, strict=True):
        rows = 0
        for part in (next(counted) for _ in parts):
            counts.add(part.counts)
            labels.add(part.labels)
            rows += part.rows
        if not rows:
            raise no_rows_in(file)
    return counts


class _Cutting:
    """Cuts a file, on a worker."""

    def __init__(self, part_size: int) -> None:
        self._part_size = part_size

    def __call__(self, file: InputFile) -> list[FilePart | None]:
        check_there(file.path, "input")
        return parts_of(file, self._part_size).parts


class _CountPart:
    """Reads a part and counts its rows, on a worker."""

    def __init__(self, columns: Columns, lexicons: Sequence[Lexicon]) -> None:
        self._job = secrets.token_hex(8)
        self._columns, self._lexicons = columns, lexicons

    def __call__(self, task: _Task) -> _Counted:
        check_there(task.file.path, "input")
        matcher = once_a_worker(self._job, lambda: TermMatcher(self._lexicons))
        counts, rows = TermCounts(), 0
        labels = PositiveLabels(self._columns.positive_labels, LABELS_OF_A_PART)
        reading = read_numbered(
            task.file,
            self._columns,
            bad_rows=BadRows(remedy="mend the row"),
            positive=labels,
            part=task.part,
        )
        for numbered in reading:
            counts.count(numbered.batch, matcher)
            rows += numbered.batch.num_rows
        return _Counted(counts, labels, rows)
