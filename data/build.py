"""Build a counterfactual dataset from files of texts, batch by batch in bounded memory."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.card import write_card
from evenhand.data.dataset import (
    EXAMPLE_FIELDS,
    PAIR_SCHEMA,
    CounterfactualDataset,
    example_schema,
)
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.files import check_destination, new_folder, sha256_of, writing_to
from evenhand.data.lexicon import Lexicon, load_lexicon
from evenhand.data.manifest import (
    MANIFEST_NAME,
    Columns,
    Counts,
    LexiconRecord,
    Manifest,
    Method,
    Source,
)
from evenhand.data.matching import TermMatcher
from evenhand.data.method_choice import MethodChoice, MethodName
from evenhand.data.methods import PairMethod
from evenhand.data.pairing import Tally, pair_batch
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.readers import read_batches
from evenhand.data.shards import ShardWriter

TEXT_MISSING = "the text is missing"


def build_dataset(
    inputs: Sequence[str | Path],
    output: str | Path,
    *,
    text_column: str = "text",
    label_column: str | None = None,
    weight_column: str | None = None,
    id_column: str | None = None,
    slice_columns: Sequence[str] = (),
    terms: Sequence[str | Path] = ("gender",),
    method: MethodName = "ablate",
    per_example: int | None = None,
    spacy_pipeline: str | None = None,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> CounterfactualDataset:
    """Build a counterfactual dataset by ablating or substituting identity terms.

    Every row that has a text becomes an example. Every example that holds a term is paired with its
    text without any of its terms, or with each text that has counterparts in their place.

    Args:
        inputs: Files to read, in this order: see `evenhand.data.readers` for the formats.
        output: Folder to write: `examples-*.parquet`, `pairs-*.parquet`, `manifest.json`,
            `card.md`. It is complete or absent, whatever happens.
        text_column: Column that holds the texts.
        label_column: Column that holds the labels, numbers from 0 to 1 or null.
        weight_column: Column that holds the example weights; without it every weight is 1.
        id_column: Column that names the rows. Names may repeat. Without it the id is the row's
            number over all inputs, from 0, as a string.
        slice_columns: Columns to keep for reports by slice.
        terms: Names of built-in lexicons and paths of one's own.
        method: "ablate" or "substitute": see `evenhand.data.ablation` and
            `evenhand.data.substitution`.
        per_example: Counterfactuals of an example at most, drawn by seed and text; for substitution
            only. None makes all.
        spacy_pipeline: Installed spaCy pipeline that tells forms with the same spelling apart; for
            substitution only. None uses rules, which need no download.
        seed: Decides all random choices.
        overwrite: Replace a dataset that exists.
        progress: Told the rows read so far.

    Raises:
        ConfigurationError: An argument is wrong, or the output exists and may not be replaced.
        InputError: An input or a lexicon cannot be used, no row holds a term, or the output cannot
            be written.
        UnavailableError: spaCy or its pipeline is not installed.
    """
    columns = Columns(
        text=text_column,
        label=label_column,
        weight=weight_column,
        id=id_column,
        slices=tuple(slice_columns),
    )
    check_destination(output, marker=MANIFEST_NAME, overwrite=overwrite)
    choice = MethodChoice(method, per_example, seed, spacy_pipeline)
    pairing = _Pairing(inputs, columns, terms, choice)
    with (
        new_folder(output, marker=MANIFEST_NAME, overwrite=overwrite) as folder,
        writing_to(Path(output)),
    ):
        with ExitStack() as stack:
            examples_writer = pairs_writer = None
            for examples, pairs in pairing.batches(progress):
                if examples_writer is None or pairs_writer is None:
                    examples_writer = stack.enter_context(
                        ShardWriter(folder, "examples", examples.schema)
                    )
                    pairs_writer = stack.enter_context(ShardWriter(folder, "pairs", PAIR_SCHEMA))
                examples_writer.write(examples)
                pairs_writer.write(pairs)
        manifest = Manifest(
            sources=tuple(pairing.sources),
            columns=columns,
            lexicons=tuple(
                LexiconRecord(name=lexicon.name, version=lexicon.version, sha256=lexicon.sha256)
                for lexicon in pairing.lexicons
            ),
            method=Method(name=method, options=dict(pairing.method.options)),
            counts=pairing.counts(),
            versions={
                "evenhand": version("evenhand"),
                "pyarrow": pa.__version__,
                "python": platform.python_version(),
            },
            seed=seed,
        )
        write_card(folder, manifest, pairing.lexicons)
        manifest.write(folder)
    return CounterfactualDataset.open(output)


@dataclass(frozen=True)
class Preview:
    """What a build would give.

    Attributes:
        counts: The counts that its manifest would hold.
        pairs: The first pairs, of the dataset's pair schema.
    """

    counts: Counts
    pairs: pa.Table


def preview_dataset(
    inputs: Sequence[str | Path],
    columns: Columns,
    *,
    terms: Sequence[str | Path] = ("gender",),
    method: MethodName = "ablate",
    per_example: int | None = None,
    spacy_pipeline: str | None = None,
    seed: int = 0,
    pairs: int = 10,
    progress: Progress = ignore_progress,
) -> Preview:
    """Do all of a build's reading, checking and pairing, and write nothing.

    Args:
        inputs: Files to read, as for `build_dataset`.
        columns: Which input column is which.
        terms: Names of built-in lexicons and paths of one's own.
        method, per_example, spacy_pipeline, seed: As for `build_dataset`.
        pairs: How many pairs to return.
        progress: Told the rows read so far.

    Raises:
        ConfigurationError, InputError, UnavailableError: As for `build_dataset`.
    """
    choice = MethodChoice(method, per_example, seed, spacy_pipeline)
    pairing = _Pairing(inputs, columns, terms, choice)
    first = PAIR_SCHEMA.empty_table()
    for _, batch in pairing.batches(progress):
        if first.num_rows < pairs:
            more = pa.Table.from_batches([batch.slice(0, pairs - first.num_rows)])
            first = pa.concat_tables([first, more])
    return Preview(pairing.counts(), first)


class _Pairing:
    """One pass over the inputs: gives batches of examples and pairs, and counts as it goes."""

    def __init__(
        self,
        inputs: Sequence[str | Path],
        columns: Columns,
        terms: Sequence[str | Path],
        choice: MethodChoice,
    ) -> None:
        if not inputs or not terms:
            raise ConfigurationError(
                "there is nothing to build from",
                expected="at least one input file and one lexicon",
            )
        example_schema([pa.field(name, pa.string()) for name in columns.slices])  # checks the names
        self.lexicons: list[Lexicon] = [load_lexicon(name) for name in terms]
        self.sources: list[Source] = []
        self._inputs = inputs
        self._columns = columns
        self._matcher = TermMatcher(self.lexicons)
        self.method: PairMethod = choice.make(self._matcher)
        self._tally = Tally()
        self._rows = self._examples = self._pairs = 0

    def batches(self, progress: Progress) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        schema = None
        for path in self._inputs:
            rows_before = self._rows
            for batch in read_batches(path, self._columns):
                examples = self._examples_of(batch)
                if schema is None:
                    schema = example_schema(list(examples.schema)[len(EXAMPLE_FIELDS) :])
                examples = _with_schema(examples, schema, path)
                pairs, tally = pair_batch(
                    examples,
                    first_example=self._examples,
                    matcher=self._matcher,
                    method=self.method,
                )
                self._rows += batch.num_rows
                self._examples += examples.num_rows
                self._pairs += pairs.num_rows
                self._tally.add(tally)
                yield examples, pairs
                progress("pairing", self._rows, note=f"{self._pairs:,} pairs")
            self.sources.append(
                Source(name=Path(path).name, sha256=sha256_of(path), rows=self._rows - rows_before)
            )
        if self._pairs == 0:
            raise InputError(
                "no row can be paired: none holds a term beside other text",
                where=", ".join(map(str, self._inputs)),
                remedy="check --text-column and --terms",
            )
        progress("pairing", self._rows, self._rows, note=f"{self._pairs:,} pairs")

    def _examples_of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Number the rows that have no id, and leave out those that have no text."""
        if self._columns.id is None:
            numbers = pa.array(range(self._rows, self._rows + batch.num_rows), pa.int64())
            batch = batch.set_column(0, EXAMPLE_FIELDS[0], numbers.cast(pa.string()))
        has_text = pc.is_valid(batch.column("text"))
        missing = batch.num_rows - pc.sum(has_text, min_count=0).as_py()
        if missing:
            self._tally.skipped[TEXT_MISSING] += missing
            batch = batch.filter(has_text)
        return batch

    def counts(self) -> Counts:
        return Counts(
            examples=self._examples,
            pairs=self._pairs,
            by_term=_largest_first(self._tally.by_term),
            by_group=_largest_first(self._tally.by_group),
            skipped=_largest_first(self._tally.skipped),
        )


def _with_schema(examples: pa.RecordBatch, schema: pa.Schema, path: str | Path) -> pa.RecordBatch:
    """Give slice columns the type of the first batch: formats without a schema infer it anew."""
    if examples.schema.equals(schema):
        return examples
    arrays = []
    for field, found in zip(schema, examples.schema, strict=True):
        try:
            arrays.append(examples.column(field.name).cast(field.type))
        except pa.ArrowException as error:
            raise InputError(
                f"the slice column {field.name!r} holds {found.type} here, {field.type} before",
                where=str(path),
                remedy="give the column one type throughout",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _largest_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
