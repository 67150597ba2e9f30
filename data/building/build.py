"""Build a counterfactual dataset from files of texts, batch by batch in bounded memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyarrow as pa

from evenhand.data.building.build_job import BuildJob
from evenhand.data.building.build_options import BuildOptions
from evenhand.data.building.frames import as_files, is_frame
from evenhand.data.building.pair_files import WrittenPairs
from evenhand.data.building.pairing import control_batch, pair_batch
from evenhand.data.building.parallel import Result, start_workers, worker_count
from evenhand.data.controls.control_pairs import ControlMaker
from evenhand.data.dataset.card import write_card
from evenhand.data.dataset.manifest import Counts, Manifest, Source
from evenhand.data.dataset.on_disk import PAIR_SCHEMA, CounterfactualDataset
from evenhand.data.dataset.shards import ShardWriter
from evenhand.data.errors import ConfigurationError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.reading.examples import FileExamples, with_schema
from evenhand.data.reading.readers import Position
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import sha256_of, writing_to
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.temporary import path_until_exit
from evenhand.data.support.option_checks import as_list, check_whole

if TYPE_CHECKING:
    import pandas as pd

    Inputs: TypeAlias = str | Path | Sequence[str | Path] | pd.DataFrame
    Data: TypeAlias = str | Path | CounterfactualDataset | pd.DataFrame


@takes_urls()
@takes(BuildOptions)
def build_dataset(
    inputs: Inputs,
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> CounterfactualDataset:
    """Build a counterfactual dataset by neutralising, ablating or substituting identity terms.

    Every row that has a text becomes an example. Every example that holds a term is paired with its
    text with neutral words in their place, with its text without any of its terms, or with each
    text that has counterparts in their place. The same
    inputs and options give the same files, byte for byte, whatever the number of workers.

    Args:
        inputs: Files, folders and patterns, in this order: see `evenhand.data.formats.sources`; one
            of them; or a pandas DataFrame.
        output: Folder to write: `examples-*.parquet`, `pairs-*.parquet`, `manifest.json`,
            `card.md`, and `controls-*.parquet` if control pairs are asked for. It is complete or
            absent, whatever happens. Without one the dataset is in a temporary folder, which is
            removed when this process ends.
        overwrite: Replace a dataset that exists.
        progress: Told the rows read so far, and about how many there are.
        **options: See `evenhand.data.building.build_options.BuildOptions`.

    Raises:
        ConfigurationError: An argument is wrong, the output exists and may not be replaced, or it
            is, holds or lies in an input.
        InputError: An input or a lexicon cannot be used, or no row can be paired.
        UnavailableError: spaCy or its pipeline is not installed, a worker process was killed, the
            output cannot be written, or Spark, Java or the cluster cannot be used.
    """
    chosen = BuildOptions(**options)
    output = path_until_exit("dataset") if output is None else output
    read = None if is_frame(inputs) else as_list("inputs", inputs)
    own_lexicons = [terms for terms in chosen.terms if Path(terms).is_file()]
    check_apart(
        {"`inputs`": read, "`terms`": own_lexicons, "`pairs_file`": chosen.pairs_file},
        {"`output`": output},
    )
    check_destination(output, kind="dataset", overwrite=overwrite)
    with as_files(inputs, chosen.columns) as files:
        job = BuildJob(files, chosen)
        write = _write_locally if chosen.engine == "local" else _write_on_spark
        with (
            new_folder(output, kind="dataset", overwrite=overwrite) as folder,
            writing_to(Path(output)),
        ):
            write(job, folder, Path(output), progress)
            manifest = job.manifest()
            write_card(folder, manifest, job.lexicons)
            manifest.write(folder)
            CounterfactualDataset.open(folder)  # checks it before it replaces another
    return CounterfactualDataset(Path(output), manifest)


def _write_locally(job: BuildJob, folder: Path, output: Path, progress: Progress) -> None:
    with ExitStack() as stack:
        writers = {
            kind: stack.enter_context(ShardWriter(folder, kind, schema, job.options.shard_rows))
            for kind, schema in job.schemas.items()
        }
        for kind, batch in _LocalBuild(job).run(progress):
            writers[kind].write(batch)


def _write_on_spark(job: BuildJob, folder: Path, output: Path, progress: Progress) -> None:
    from evenhand.data.building.spark_build import build_on_spark
    from evenhand.data.cluster.spark_session import spark_session

    progress("starting Spark", 0)
    with spark_session(job.options.master) as spark:
        build_on_spark(job, spark, folder, output, progress)


@dataclass(frozen=True)
class Preview:
    """What a build would give.

    Attributes:
        manifest: The manifest that it would write.
        pairs: The first pairs, of the dataset's pair schema.
    """

    manifest: Manifest
    pairs: pa.Table

    @property
    def counts(self) -> Counts:
        """The manifest's counts."""
        return self.manifest.counts


@takes_urls()
@takes(BuildOptions)
def preview_dataset(
    inputs: Inputs,
    *,
    pairs: int = 20,
    progress: Progress = ignore_progress,
    **options: Any,
) -> Preview:
    """Do all of a build's reading, checking and pairing, and write nothing.

    Args:
        inputs: What to read, as for `build_dataset`.
        pairs: How many pairs to return.
        progress: Told the rows read so far.
        **options: As for `build_dataset`.

    Raises:
        ConfigurationError, InputError, UnavailableError: As for `build_dataset`.
    """
    check_whole("preview", pairs, least=0)
    chosen = BuildOptions(**options)
    if chosen.engine != "local":
        raise ConfigurationError(
            "a preview is made on this machine", where="`engine`", remedy="leave it out"
        )
    with as_files(inputs, chosen.columns) as files:
        job = BuildJob(files, chosen)
        first = PAIR_SCHEMA.empty_table()
        for kind, batch in _LocalBuild(job).run(progress):
            if kind == "pairs" and first.num_rows < pairs:
                more = pa.Table.from_batches([batch.slice(0, pairs - first.num_rows)])
                first = pa.concat_tables([first, more])
        return Preview(job.manifest(), first)


def dataset_of(data: Data) -> CounterfactualDataset:
    """Return a dataset, from its folder, or made of a DataFrame by `build_dataset`.

    Of a DataFrame the column ``text`` is used and, where they are there, ``label``, ``weight`` and
    ``id``; everything else is as `build_dataset` has it by default.

    Raises:
        InputError: The folder or the DataFrame cannot be used.
    """
    if isinstance(data, str | Path | CounterfactualDataset):
        return CounterfactualDataset.opened(data)
    there = set(map(str, data.columns))
    known = ("label", "weight", "id")
    named: dict[str, Any] = {f"{name}_column": name for name in known if name in there}
    return build_dataset(data, **named)


class _Pending(NamedTuple):
    """A batch of examples whose pairs are being made."""

    examples: pa.RecordBatch
    first_example: int
    result: Result


class _LocalBuild:
    """One pass over the inputs of a job: gives batches, and counts as it goes."""

    def __init__(self, job: BuildJob) -> None:
        self._job = job
        self._bytes = sum(file.size for file in job.files)
        self._workers = worker_count(job.options.workers, self._bytes)
        self._written: WrittenPairs | None = None
        self._bytes_before = 0  # of the files that are read
        self._began = time.monotonic()

    def run(self, progress: Progress) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Give batches of "examples", of "pairs" and of "controls", each in the inputs' order."""
        job = self._job
        pending: deque[_Pending] = deque()
        with ExitStack() as stack:
            begin = self._beginner(stack)
            for examples in self._examples_of_all(progress):
                pending.append(_Pending(examples, job.examples, begin(examples)))
                job.examples += examples.num_rows
                yield "examples", examples
                if len(pending) > self._workers:  # more batches would cost memory and save no time
                    yield from self._finished(pending.popleft())
            while pending:
                yield from self._finished(pending.popleft())
        if self._written is not None:
            self._written.check_all_used()
        job.check_result()
        progress("pairing", job.rows, job.rows, note=self._note())

    def _beginner(self, stack: ExitStack) -> Callable[[pa.RecordBatch], Result]:
        """Return what begins to pair a batch."""
        options, pairing = self._job.options, self._job.pairing
        if options.pairs_file is None:
            input_bytes = None if options.workers else self._bytes
            return stack.enter_context(
                start_workers(pairing, self._workers, input_bytes=input_bytes)
            )
        written = WrittenPairs(
            options.pairs_file,
            pairing.matcher,
            options.selection,
            self._job.bad_pairs,
            options.dialect,
            ControlMaker(pairing.matcher, takes_out=False, seed=options.seed)
            if options.controls is not None
            else None,
        )
        self._job.method = written.method
        self._written = written

        def begin(examples: pa.RecordBatch) -> Result:
            paired = written(examples)
            return lambda: paired

        return begin

    def _finished(self, pending: _Pending) -> Iterator[tuple[str, pa.RecordBatch]]:
        job, paired = self._job, pending.result()
        pairs = pair_batch(pending.examples, paired, first_example=pending.first_example)
        controls = control_batch(pairs, paired, first_pair=job.pairs)
        job.pairs += pairs.num_rows
        job.controls += controls.num_rows
        job.tally.add(paired.tally)
        job.quality.add(pairs)
        yield "pairs", pairs
        if job.options.controls is not None:
            yield "controls", controls

    def _examples_of_all(self, progress: Progress) -> Iterator[pa.RecordBatch]:
        job = self._job
        first_id = 0
        for file in job.files:
            rows_before, without_text = job.rows, job.without_text
            position = Position()
            reading = FileExamples(
                file,
                job.columns,
                first_id=first_id,
                bad_rows=job.bad_rows,
                position=position,
                positive=job.labels,
            )
            for examples in reading.batches():
                job.rows = rows_before + reading.rows
                job.without_text = without_text + reading.without_text
                yield with_schema(examples, job.schemas["examples"], file)
                progress("pairing", job.rows, self._all_rows(position), note=self._note())
            self._bytes_before += file.size
            job.rows = rows_before + reading.rows
            first_id = reading.next_id
            job.sources.append(
                Source(name=file.path.name, sha256=sha256_of(file.path), rows=reading.rows)
            )

    def _all_rows(self, position: Position) -> float:
        """Estimate the number of all rows from the share of the bytes that is read."""
        rows = self._job.rows
        share = (self._bytes_before + position.bytes_read) / self._bytes
        return max(rows / share if share else 0, rows + 1)  # not done before the end

    def _note(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-3)
        return f"{self._job.pairs:,} pairs, {self._job.rows / seconds:,.0f} rows/s"
