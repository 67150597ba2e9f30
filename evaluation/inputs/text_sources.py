"""Texts that are to be scored, and the rows that their scores are written in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows, OnError
from evenhand.data.formats.sources import InputFile
from evenhand.data.reading.examples import TEXT_MISSING, FileExamples
from evenhand.data.reading.readers import check_inputs
from evenhand.data.support.arrays import Floats
from evenhand.evaluation.inputs.dataset import read_examples
from evenhand.evaluation.inputs.slice_columns import slice_column
from evenhand.evaluation.inputs.tables import (
    COUNTERFACTUAL_PREDICTION,
    LABEL,
    PREDICTION,
    WEIGHT,
    plain,
)

BATCH_ROWS = 8192  # rows whose texts are in memory at a time
_SCORE = pa.float64()


class TextSource(Protocol):
    """Where texts come from.

    Attributes:
        schema: Of the rows that `rows` gives.
        left_out: Rows that have no score, by reason, once the texts are read.
        bad_rows: The first of those that could not be used.
    """

    schema: pa.Schema
    left_out: Counter[str]
    bad_rows: Sequence[str]

    def texts(self) -> Iterator[pa.Array]:
        """Read all texts from the beginning, in batches."""

    def rows(self, scores: Floats) -> Iterator[pa.RecordBatch]:
        """Give the rows to write, from the score of each text in the order of `texts`."""

    def place_of(self, number: int) -> str:
        """Return where a text stands, in words, by its number in the order of `texts`."""


class PairTexts:
    """Both sides of a dataset's pairs; their rows are read by `evaluate_predictions`.

    A row has the number of its `example` among the dataset's, the example's id, the scores, the
    example's label and weight, and the dataset's slice columns.

    Args:
        dataset: The dataset.
        positive_class: As for `read_dataset`.

    Raises:
        InputError: A file of the dataset is damaged, or it has no pairs.
    """

    def __init__(self, dataset: CounterfactualDataset, positive_class: int | None) -> None:
        if not dataset.manifest.counts.pairs:
            raise InputError("the dataset has no pairs to score", where=str(dataset.path))
        self.left_out: Counter[str] = Counter()
        self.bad_rows: Sequence[str] = ()
        self._dataset = dataset
        own = [
            pa.field("example", pa.int64()),
            pa.field("example_id", pa.string()),
            pa.field(PREDICTION, _SCORE),
            pa.field(COUNTERFACTUAL_PREDICTION, _SCORE),
            pa.field(LABEL, pa.float32()),
            pa.field(WEIGHT, pa.float32()),
        ]
        taken = [field.name for field in own]
        slices = [name for name in dataset.slice_columns if name not in taken]
        as_they_are = [slice_column(name, slices) for name in slices]
        self._examples = read_examples(dataset, as_they_are, positive_class)
        of_slices = [(name, plain(found[:0]).type) for name, found in self._examples.slices.items()]
        self.schema = pa.schema([*own, *of_slices])

    def texts(self) -> Iterator[pa.Array]:
        """Read the originals, then the counterfactuals."""
        for side in ("original", "counterfactual"):
            yield from (batch.column(0) for batch in self._dataset.iter_pairs([side], BATCH_ROWS))

    def rows(self, scores: Floats) -> Iterator[pa.RecordBatch]:
        """Give a row for each pair."""
        examples, first = self._examples, 0
        originals, counterfactuals = np.split(scores, 2)
        labels = pa.array(examples.labels, pa.float32(), from_pandas=True)
        for batch in self._dataset.iter_pairs(["example", "id"], BATCH_ROWS):
            example, stop = batch.column("example"), first + batch.num_rows
            slices = [plain(values.take(example)) for values in examples.slices.values()]
            columns = [
                example,
                batch.column("id"),
                pa.array(originals[first:stop]),
                pa.array(counterfactuals[first:stop]),
                labels.take(example),
                pa.array(examples.weights[example.to_numpy()], pa.float32()),
                *slices,
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=self.schema)
            first = stop

    def place_of(self, number: int) -> str:
        """Return where a text stands."""
        side, row = divmod(number, self._dataset.manifest.counts.pairs)
        [pair] = self._dataset.pairs_between(row, row + 1, ["example", "id"]).to_pylist()
        example = f"row {pair['example'] + 1} (id {pair['id']})"
        return f"a counterfactual of {example}" if side else example


class FileTexts:
    """The texts of files; their rows are an id and a score.

    Args:
        files: The files.
        columns: Which column holds the texts, and which the ids.
        on_error: What happens to rows that cannot be used.

    Raises:
        InputError: A file cannot be used, as far as its beginning tells.
    """

    def __init__(self, files: Sequence[InputFile], columns: Columns, on_error: OnError) -> None:
        check_inputs(files, columns)
        self.left_out: Counter[str] = Counter()
        self.bad_rows: Sequence[str] = ()
        self.schema = pa.schema([pa.field("id", pa.string()), pa.field(PREDICTION, _SCORE)])
        self._files, self._columns, self._on_error = files, columns, on_error

    def texts(self) -> Iterator[pa.Array]:
        """Read the texts of the rows that have one."""
        return (batch.column("text") for batch in self._batches())

    def rows(self, scores: Floats) -> Iterator[pa.RecordBatch]:
        """Give a row for each text."""
        first = 0
        for batch in self._batches():
            own = pa.array(scores[first : first + batch.num_rows])
            yield pa.RecordBatch.from_arrays([batch.column("id"), own], schema=self.schema)
            first += batch.num_rows

    def place_of(self, number: int) -> str:
        """Return where a text stands."""
        first = 0
        for batch in self._batches():
            if number < first + batch.num_rows:
                return f"the row with the id {batch.column('id')[number - first].as_py()}"
            first += batch.num_rows
        raise IndexError(number)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        bad_rows, without_text, first_id = BadRows(self._on_error), 0, 0
        for file in self._files:
            reading = FileExamples(file, self._columns, first_id=first_id, bad_rows=bad_rows)
            yield from reading.batches()
            without_text += reading.without_text
            first_id = reading.next_id
        self.left_out = +(bad_rows.by_reason + Counter({TEXT_MISSING: without_text}))
        self.bad_rows = bad_rows.first
