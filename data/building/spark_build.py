"""A build on a Spark cluster, with the result of a local one.

The cluster works in three steps. It cuts each file into parts whose rows keep their numbers, as
evenhand's own readers find them. It reads and pairs each part; examples are then as they stay, and
pairs are counted from the beginning of their part. When all parts are counted, it numbers the pairs
of each over all parts. Every attempt at a task writes files of its own; the driver names those of
the attempts that count, and removes the others.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.building.build_job import BuildJob
from evenhand.data.building.pairing import Pairing, Tally, control_batch, pair_batch
from evenhand.data.building.parallel import pair_examples
from evenhand.data.building.quality_sample import QualitySample
from evenhand.data.cluster.spark_tasks import check_there, once_a_worker, run_tasks
from evenhand.data.dataset.manifest import Columns, Source
from evenhand.data.dataset.on_disk import BATCH_ROWS
from evenhand.data.dataset.shards import ShardWriter, shard_name
from evenhand.data.formats.bad_rows import BadRows, OnError
from evenhand.data.formats.file_parts import FilePart
from evenhand.data.formats.parquet_batches import parquet_batches
from evenhand.data.formats.sources import InputFile
from evenhand.data.progress import Progress
from evenhand.data.reading.examples import FileExamples, with_schema
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import no_rows_in, parts_of
from evenhand.data.storage.files import sha256_of, writing_to

LABELS_OF_A_PART = 10_000  # counted apart, so that the first 100 of all parts are
_LEAST_PART, _LARGEST_PART = 4 << 20, 128 << 20  # bytes; the work on fewer takes under a second
_PARTS_A_CORE = 3  # at least, so that cores end at about the same time
_PARTS_FOLDER = "parts"


class _Cut(NamedTuple):
    """A file as it was cut: its digest, parts, and rows where they are asked for."""

    sha256: str
    parts: list[FilePart | None]
    rows: int


class _PartTask(NamedTuple):
    number: int
    file: InputFile
    part: FilePart | None
    first_id: int


@dataclass
class _Paired:
    """What became of a part; `pairs` and `controls` are files, to be numbered."""

    rows: int
    without_text: int
    bad_rows: BadRows
    labels: PositiveLabels | None
    tally: Tally
    example_files: dict[str, int]
    n_pairs: int
    n_controls: int
    pairs: str
    controls: str

    @property
    def n_examples(self) -> int:
        return sum(self.example_files.values())


class _NumberTask(NamedTuple):
    pairs: str
    controls: str
    first_example: int
    first_pair: int


class _Numbered(NamedTuple):
    pair_files: dict[str, int]
    control_files: dict[str, int]
    quality: QualitySample


def build_on_spark(
    job: BuildJob, spark: Any, folder: Path, output: Path, progress: Progress
) -> None:
    """Do a build's work on a cluster, and write its examples and pairs into `folder`.

    Args:
        job: What to do; it counts.
        spark: The `SparkSession`.
        folder: A folder that all workers see, too.
        output: What to call it in errors.
        progress: Told how many tasks of each step are done.

    Raises:
        InputError: As for `build_dataset`, from the first part in order that cannot be read.
        UnavailableError: The cluster fails, or a worker sees neither the inputs nor the output.
    """
    work = folder / _PARTS_FOLDER
    with writing_to(output):
        work.mkdir()
    files = [seen_by_workers(file) for file in job.files]
    cut = run_tasks(
        spark,
        _Cutting(job, part_bytes(files, spark)),
        [(file, number < len(files) - 1) for number, file in enumerate(files)],
        stage="cutting files",
        progress=progress,
    )
    tasks, first_id = list[_PartTask](), 0
    for file, found in zip(files, cut, strict=True):
        tasks += [_PartTask(len(tasks) + n, file, p, first_id) for n, p in enumerate(found.parts)]
        first_id += found.rows
    paired = run_tasks(
        spark, _PairParts(job, work, output), tasks, stage="pairing", progress=progress
    )
    numbers = _count(job, cut, tasks, paired)
    job.check_result()
    numbered = run_tasks(
        spark,
        _NumberPairs(job, work, output),
        numbers,
        stage="numbering pairs",
        progress=progress,
    )
    for part in numbered:
        job.quality.add_all(part.quality)
    with writing_to(output):
        _name(folder, "examples", [part.example_files for part in paired])
        _name(folder, "pairs", [part.pair_files for part in numbered])
        if "controls" in job.schemas:
            _name(folder, "controls", [part.control_files for part in numbered])
        _remove(work)
    if not job.quality.is_full:
        _draw_from_all(job, folder)


def seen_by_workers(file: InputFile) -> InputFile:
    """Return a file by its whole path: workers have working folders of their own."""
    return replace(file, path=file.path.absolute())


def part_bytes(files: Sequence[InputFile], spark: Any) -> int:
    """Return how large the parts are that a cluster cuts files into."""
    cores: int = spark.sparkContext.defaultParallelism
    size = sum(file.size for file in files) // (_PARTS_A_CORE * cores)
    return min(max(size, _LEAST_PART), _LARGEST_PART)


def _count(
    job: BuildJob, cut: list[_Cut], tasks: list[_PartTask], paired: list[_Paired]
) -> list[_NumberTask]:
    """Count what became of the parts, and return how their pairs are to be numbered."""
    numbers, done = list[_NumberTask](), iter(paired)
    for file, found in zip(job.files, cut, strict=True):
        rows = 0
        for part in (next(done) for _ in found.parts):
            numbers.append(_NumberTask(part.pairs, part.controls, job.examples, job.pairs))
            rows += part.rows
            job.without_text += part.without_text
            job.bad_rows.add_all(part.bad_rows)
            if job.labels is not None and part.labels is not None:
                job.labels.add(part.labels)
            job.tally.add(part.tally)
            job.examples += part.n_examples
            job.pairs += part.n_pairs
            job.controls += part.n_controls
        if not rows and not job.bad_rows.by_reason:
            raise no_rows_in(file)
        job.rows += rows
        job.sources.append(Source(name=file.path.name, sha256=found.sha256, rows=rows))
    return numbers


class _Cutting:
    """Cuts a file, on a worker."""

    def __init__(self, job: BuildJob, part_size: int) -> None:
        self._columns, self._part_size = job.columns, part_size

    def __call__(self, task: tuple[InputFile, bool]) -> _Cut:
        file, others_follow = task
        check_there(file.path, "input")
        parts, rows = parts_of(file, self._part_size)
        if rows is None:
            rows = 0
            if others_follow and self._columns.id is None:
                columns = Columns(text=self._columns.text)
                skipping = BadRows("skip")
                reading = FileExamples(file, columns, first_id=0, bad_rows=skipping)
                for _ in reading.batches():
                    pass
                rows = reading.next_id
        return _Cut(sha256_of(file.path), parts, rows)


class _PairParts:
    """Reads and pairs a part, on a worker."""

    def __init__(self, job: BuildJob, folder: Path, output: Path) -> None:
        options = job.options
        self._job = secrets.token_hex(8)
        self._parts = (job.lexicons, job.choice, options.selection, options.controls)
        self._columns, self._schemas = job.columns, job.schemas
        self._on_error: OnError = options.on_error
        self._shard_rows = options.shard_rows
        self._folder, self._output = folder, output

    def __call__(self, task: _PartTask) -> _Paired:
        check_there(task.file.path, "input")
        check_there(self._folder, "output")
        pairing = once_a_worker(self._job, lambda: Pairing(*self._parts))
        named = self._columns.positive_labels
        bad_rows = BadRows(self._on_error)
        reading = FileExamples(
            task.file,
            self._columns,
            first_id=task.first_id,
            bad_rows=bad_rows,
            positive=(labels := PositiveLabels(named, LABELS_OF_A_PART) if named else None),
            part=task.part,
        )
        name = f"{task.number:06d}-{secrets.token_hex(8)}"
        schemas, tally = self._schemas, Tally()
        n_examples = n_pairs = n_controls = 0
        with writing_to(self._output), contextlib.ExitStack() as stack:
            examples_writer = stack.enter_context(
                ShardWriter(self._folder, f"{name}-examples", schemas["examples"], self._shard_rows)
            )
            writers = {
                kind: stack.enter_context(_ipc_writer(self._folder / f"{name}-{kind}", schema))
                for kind, schema in schemas.items()
                if kind != "examples"
            }
            for batch in reading.batches():
                examples = with_schema(batch, schemas["examples"], task.file)
                examples_writer.write(examples)
                paired = pair_examples(examples, pairing)
                pairs = pair_batch(examples, paired, first_example=n_examples)
                writers["pairs"].write_batch(pairs)
                if "controls" in writers:
                    controls = control_batch(pairs, paired, first_pair=n_pairs)
                    writers["controls"].write_batch(controls)
                    n_controls += controls.num_rows
                n_examples += examples.num_rows
                n_pairs += pairs.num_rows
                tally.add(paired.tally)
        return _Paired(
            reading.rows,
            reading.without_text,
            bad_rows,
            labels,
            tally,
            examples_writer.rows_of,
            n_pairs,
            n_controls,
            f"{name}-pairs",
            f"{name}-controls",
        )


class _NumberPairs:
    """Numbers the pairs of a part over all parts, on a worker."""

    def __init__(self, job: BuildJob, folder: Path, output: Path) -> None:
        self._schemas, self._shard_rows = job.schemas, job.options.shard_rows
        self._n_pairs = job.pairs
        self._folder, self._output = folder, output

    def __call__(self, task: _NumberTask) -> _Numbered:
        quality = QualitySample(task.first_pair, self._n_pairs)
        first = {"example": task.first_example, "pair": task.first_pair}
        pair_files = self._numbered("pairs", task.pairs, first, quality.add)
        control_files: dict[str, int] = {}
        if "controls" in self._schemas:
            control_files = self._numbered("controls", task.controls, first, lambda batch: None)
        return _Numbered(pair_files, control_files, quality)

    def _numbered(
        self, kind: str, name: str, first: dict[str, int], seen: Callable[[pa.RecordBatch], None]
    ) -> dict[str, int]:
        """Write the rows of a file with their numbers over all parts."""
        check_there(self._folder / name, "output")
        own = f"{name}-{secrets.token_hex(8)}"
        with (
            writing_to(self._output),
            pa.memory_map(str(self._folder / name)) as file,
            pa.ipc.open_file(file) as rows,
            ShardWriter(self._folder, own, self._schemas[kind], self._shard_rows) as writer,
        ):
            for number in range(rows.num_record_batches):
                batch = rows.get_batch(number)
                columns = [
                    pc.add(column, first[field.name]) if field.name in first else column
                    for field, column in zip(batch.schema, batch.columns, strict=True)
                ]
                batch = pa.RecordBatch.from_arrays(columns, schema=batch.schema)
                seen(batch)
                writer.write(batch)
        return writer.rows_of


def _ipc_writer(path: Path, schema: pa.Schema) -> Any:
    return pa.ipc.new_file(path, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))


def _name(folder: Path, kind: str, files_of_parts: list[dict[str, int]]) -> None:
    """Give files of parts the names of a dataset's files, in order, except those without rows."""
    named = [(name, rows) for files in files_of_parts for name, rows in files.items()]
    kept = [name for name, rows in named if rows] or [name for name, _ in named[:1]]
    for number, name in enumerate(kept):
        (folder / _PARTS_FOLDER / name).rename(folder / shard_name(kind, number))


def _remove(folder: Path) -> None:
    """Remove a folder in which attempts that do not count may still write."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def _draw_from_all(job: BuildJob, folder: Path) -> None:
    """Draw pairs again: there are few, or so many were too long that too few were drawn."""
    job.quality = QualitySample()
    for file in sorted(folder.glob("pairs-*.parquet")):
        for batch in parquet_batches(file, ["original", "counterfactual"], BATCH_ROWS):
            job.quality.add(batch)
