"""Build a counterfactual dataset from files of texts, batch by batch in bounded memory."""

from __future__ import annotations

import platform
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyarrow as pa

from evenhand.data.building.build_options import BuildOptions
from evenhand.data.building.frames import as_files, is_frame
from evenhand.data.building.pair_files import WrittenPairs
from evenhand.data.building.pairing import Paired, Pairing, Tally, control_batch, pair_batch
from evenhand.data.building.parallel import Result, start_workers, worker_count
from evenhand.data.building.quality_sample import QualitySample
from evenhand.data.controls.control_pairs import ControlMaker
from evenhand.data.dataset.card import write_card
from evenhand.data.dataset.manifest import (
    ControlPairs,
    Counts,
    LabelValues,
    LexiconRecord,
    Manifest,
    Method,
    Source,
)
from evenhand.data.dataset.on_disk import (
    CONTROL_SCHEMA,
    PAIR_SCHEMA,
    CounterfactualDataset,
    example_schema,
)
from evenhand.data.dataset.shards import ShardWriter
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import KEPT, BadRows
from evenhand.data.formats.sources import InputFile, find_inputs, in_dialect, input_file
from evenhand.data.lexicons.lexicon import Lexicon, load_lexicon
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.reading.examples import FileExamples
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import Position, check_inputs
from evenhand.data.storage.files import sha256_of, writing_to
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.temporary import path_until_exit
from evenhand.data.support.option_checks import as_list, check_whole

if TYPE_CHECKING:
    import pandas as pd

    Inputs: TypeAlias = str | Path | Sequence[str | Path] | pd.DataFrame
    Data: TypeAlias = str | Path | CounterfactualDataset | pd.DataFrame

TEXT_MISSING = "the text is missing"


@takes(BuildOptions)
def build_dataset(
    inputs: Inputs,
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> CounterfactualDataset:
    """Build a counterfactual dataset by ablating, neutralising or substituting identity terms.

    Every row that has a text becomes an example. Every example that holds a term is paired with its
    text without any of its terms, with its text with neutral words in their place, or with each
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
        UnavailableError: spaCy or its pipeline is not installed, a worker process was killed, or
            the output cannot be written.
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
        job = _Job(files, chosen)
        with (
            new_folder(output, kind="dataset", overwrite=overwrite) as folder,
            writing_to(Path(output)),
        ):
            with ExitStack() as stack:
                writers = {
                    kind: stack.enter_context(
                        ShardWriter(folder, kind, schema, job.options.shard_rows)
                    )
                    for kind, schema in job.schemas.items()
                }
                for kind, batch in job.run(progress):
                    writers[kind].write(batch)
            manifest = job.manifest()
            write_card(folder, manifest, job.lexicons)
            manifest.write(folder)
            CounterfactualDataset.open(folder)  # checks it before it replaces another
    return CounterfactualDataset(Path(output), manifest)


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
    with as_files(inputs, chosen.columns) as files:
        job = _Job(files, chosen)
        first = PAIR_SCHEMA.empty_table()
        for kind, batch in job.run(progress):
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


class _Job:
    """One pass over the inputs: gives batches of examples and pairs, and counts as it goes."""

    def __init__(self, inputs: Sequence[str | Path], options: BuildOptions) -> None:
        self.options = options
        self._columns = options.columns
        self.lexicons: list[Lexicon] = [load_lexicon(name) for name in options.terms]
        controls = options.controls if options.pairs_file is None else None
        self._pairing = Pairing(self.lexicons, options.choice, options.selection, controls)
        self._bad_rows = BadRows(options.on_error)
        self._bad_pairs = BadRows(options.on_error)  # of a file of pairs
        self._inputs = _inputs_of(inputs, options)
        self._bytes = sum(file.size for file in self._inputs)
        self._workers = worker_count(options.workers, self._bytes)
        named = self._columns.positive_labels
        self._labels = PositiveLabels(named) if named else None
        types = check_inputs(self._inputs, self._columns)
        self.schema = example_schema(
            [pa.field(name, types.get(name, pa.string())) for name in self._columns.slices]
        )
        self._written: WrittenPairs | None = None
        self._sources: list[Source] = []
        self._tally = Tally()
        self._quality = QualitySample()
        self._rows = self._examples = self._pairs = self._controls = self._without_text = 0
        self._bytes_before = 0  # of the files that are read
        self._began = time.monotonic()

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        """Schemas of the kinds of batches that `run` gives."""
        schemas = {"examples": self.schema, "pairs": PAIR_SCHEMA}
        return schemas if self.options.controls is None else schemas | {"controls": CONTROL_SCHEMA}

    def run(self, progress: Progress) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Give batches of "examples", of "pairs" and of "controls", each in the inputs' order."""
        pending: deque[_Pending] = deque()
        with ExitStack() as stack:
            begin = self._beginner(stack)
            for examples in self._examples_of_all(progress):
                pending.append(_Pending(examples, self._examples, begin(examples)))
                self._examples += examples.num_rows
                yield "examples", examples
                if len(pending) > self._workers:  # more batches would cost memory and save no time
                    yield from self._finished(pending.popleft())
            while pending:
                yield from self._finished(pending.popleft())
        if self._written is not None:
            self._written.check_all_used()
        if self._labels is not None:
            self._labels.check_all_occur(str(self._columns.label), where=_places_of(self._inputs))
        if self._pairs == 0:
            raise InputError(
                "no row can be paired: none holds a term and other text, or all are left out",
                where=_places_of(self._inputs),
                expected=_left_out(self._skipped()),
                remedy="check `text_column` and `terms`",
            )
        progress("pairing", self._rows, self._rows, note=self._note())

    def manifest(self) -> Manifest:
        """Return the manifest of what was done, once `run` is through."""
        method = self._pairing.method
        return Manifest(
            sources=tuple(self._sources),
            columns=self._columns,
            lexicons=tuple(
                LexiconRecord(name=lexicon.name, version=lexicon.version, sha256=lexicon.sha256)
                for lexicon in self.lexicons
            ),
            method=Method(name=method.name, options=dict(method.options))
            if self._written is None
            else self._written.method,
            reading=self.options.dialect.chosen,
            selection=self.options.selection.options,
            bad_rows=tuple([*self._bad_rows.first, *self._bad_pairs.first][:KEPT]),
            counts=Counts(
                examples=self._examples,
                pairs=self._pairs,
                by_term=_largest_first(self._tally.by_term),
                by_group=_largest_first(self._tally.by_group),
                skipped=_largest_first(self._skipped()),
                not_read=_largest_first(self._not_read),
                left_alone=_largest_first(self._tally.left_alone),
            ),
            label_values=self._label_values(),
            quality=self._quality.quality(),
            controls=self._control_pairs(),
            versions={
                "evenhand": version("evenhand"),
                "pyarrow": pa.__version__,
                "python": platform.python_version(),
            },
            seed=self.options.seed,
        )

    def _label_values(self) -> LabelValues | None:
        if self._labels is None:
            return None
        ones, zeros = self._labels.ones, self._labels.zeros
        return LabelValues(
            positive=_largest_first(ones.by_label),
            others=_largest_first(zeros.by_label),
            not_listed=zeros.not_listed,
        )

    def _control_pairs(self) -> ControlPairs | None:
        if self.options.controls is None:
            return None
        return ControlPairs(
            kind=self.options.controls,
            edit="taken out" if self._pairing.takes_words_out else "made-up word",
            pairs=self._controls,
            missing=_largest_first(self._tally.without_control),
        )

    def _skipped(self) -> Counter[str]:
        return self._tally.skipped + self._not_read + self._bad_pairs.by_reason

    @property
    def _not_read(self) -> Counter[str]:
        """The input rows that are no example, by reason."""
        return self._bad_rows.by_reason + Counter({TEXT_MISSING: self._without_text})

    def _beginner(self, stack: ExitStack) -> Callable[[pa.RecordBatch], Result]:
        """Return what begins to pair a batch."""
        if self.options.pairs_file is None:
            input_bytes = None if self.options.workers else self._bytes
            return stack.enter_context(
                start_workers(self._pairing, self._workers, input_bytes=input_bytes)
            )
        written = self._written = WrittenPairs(
            self.options.pairs_file,
            self._pairing.matcher,
            self.options.selection,
            self._bad_pairs,
            self.options.dialect,
            ControlMaker(self._pairing.matcher, takes_out=False, seed=self.options.seed)
            if self.options.controls is not None
            else None,
        )

        def begin(examples: pa.RecordBatch) -> Result:
            paired = written(examples)
            return lambda: paired

        return begin

    def _finished(self, pending: _Pending) -> Iterator[tuple[str, pa.RecordBatch]]:
        paired: Paired = pending.result()
        pairs = pair_batch(pending.examples, paired, first_example=pending.first_example)
        controls = control_batch(pairs, paired, first_pair=self._pairs)
        self._pairs += pairs.num_rows
        self._controls += controls.num_rows
        self._tally.add(paired.tally)
        self._quality.add(pairs)
        yield "pairs", pairs
        if self.options.controls is not None:
            yield "controls", controls

    def _examples_of_all(self, progress: Progress) -> Iterator[pa.RecordBatch]:
        first_id = 0
        for file in self._inputs:
            rows_before, without_text = self._rows, self._without_text
            position = Position()
            reading = FileExamples(
                file,
                self._columns,
                first_id=first_id,
                bad_rows=self._bad_rows,
                position=position,
                positive=self._labels,
            )
            for examples in reading.batches():
                self._rows = rows_before + reading.rows
                self._without_text = without_text + reading.without_text
                yield _with_schema(examples, self.schema, file)
                progress("pairing", self._rows, self._all_rows(position), note=self._note())
            self._bytes_before += file.size
            self._rows = rows_before + reading.rows
            first_id = reading.next_id
            self._sources.append(
                Source(name=file.path.name, sha256=sha256_of(file.path), rows=reading.rows)
            )

    def _all_rows(self, position: Position) -> float:
        """Estimate the number of all rows from the share of the bytes that is read."""
        share = (self._bytes_before + position.bytes_read) / self._bytes
        return max(self._rows / share if share else 0, self._rows + 1)  # not done before the end

    def _note(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-3)
        return f"{self._pairs:,} pairs, {self._rows / seconds:,.0f} rows/s"


def _inputs_of(inputs: Sequence[str | Path], options: BuildOptions) -> list[InputFile]:
    if options.pairs_file is None:
        return find_inputs(inputs, options.dialect)
    files = [*find_inputs(inputs), input_file(options.pairs_file)]
    return in_dialect(files, options.dialect)[:-1]


def _places_of(files: Sequence[InputFile]) -> str:
    return ", ".join(str(file.path) for file in files)


def _with_schema(examples: pa.RecordBatch, schema: pa.Schema, file: InputFile) -> pa.RecordBatch:
    """Give slice columns the type that the files' beginnings have in common."""
    if examples.schema.equals(schema):
        return examples
    arrays = []
    for field, found in zip(schema, examples.schema, strict=True):
        try:
            arrays.append(examples.column(field.name).cast(field.type))
        except pa.ArrowException as error:
            raise InputError(
                f"the slice column {field.name!r} holds {found.type} here, {field.type} before",
                where=str(file.path),
                remedy="give the column one type throughout",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _left_out(skipped: dict[str, int]) -> str | None:
    reasons = ", ".join(f"{n:,}: {reason}" for reason, n in _largest_first(skipped).items())
    return f"fewer left out ({reasons})" if reasons else None


def _largest_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
