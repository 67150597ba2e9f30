"""Pairs of the rows of a Beam pipeline, as `evenhand data build` makes them of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow.compute as pc

from evenhand.data.beam.row_batches import ExampleRows, batches, count, count_left_out
from evenhand.data.building.build_options import PairOptions
from evenhand.data.building.pairing import Pairing, pair_batch
from evenhand.data.building.parallel import pair_examples
from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import PAIR_SCHEMA, check_slice_names
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import BadRows, OnError
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.options import takes
from evenhand.data.reading.examples import TEXT_MISSING
from evenhand.data.reading.several_values import check_separator

_NAME = "evenhand.BuildPairs"  # of the counters


class BuildPairs(beam.PTransform):  # type: ignore[misc]
    """Pairs rows with their counterfactuals, with the same results as `build_dataset`.

    A row is a dict with all of the columns that are named (None where a value is missing), or a
    text. A pair is a dict of `id`, `original`, `counterfactual`, `terms`, `groups` and `weight`, as
    in a dataset, with the `label` of its row, a number or None, and its slice columns. Without a
    column of ids an id is None: rows of a PCollection have no number.

    Beam's counters of the namespace ``evenhand.BuildPairs`` are `rows`, `examples`, `pairs`, and
    ``left out: <reason>`` for each reason why a text has no pair, as in a dataset's manifest. A
    label of `positive_labels` that no row has is not noticed.

    Args:
        slice_columns: Columns to report by later; a value may be a list of values.
        slice_separator: What separates the values in a string of a slice column; a pair then has
            the list of them.
        on_error: ``"stop"`` at a row that cannot be used, or ``"skip"`` and count it.
        **options: See `evenhand.data.building.build_options.PairOptions`.

    Raises:
        ConfigurationError: An option is wrong.
        InputError: A lexicon cannot be used. When the pipeline runs: a row lacks a column or holds
            what cannot be used; the runner's error then ends with this one.
        UnavailableError: spaCy or its pipeline is not installed.
    """

    @takes(PairOptions)
    def __init__(
        self,
        *,
        slice_columns: Sequence[str] = (),
        slice_separator: str | None = None,
        on_error: OnError = "stop",
        **options: Any,
    ) -> None:
        super().__init__()
        chosen = PairOptions.chosen_from(options, "in a pipeline")
        slices = (slice_columns,) if isinstance(slice_columns, str) else tuple(slice_columns)
        check_slice_names(slices)
        check_separator(slice_separator, slices)
        for name in set(slices) & set(PAIR_SCHEMA.names):
            raise ConfigurationError(
                f"a slice column cannot be called {name!r}: pairs have a column of that name",
                where="`slice_columns`",
                remedy="rename the column",
            )
        BadRows(on_error)  # which checks it
        lexicons = [load_lexicon(name) for name in chosen.terms]
        self._work = _PairRows(
            Pairing(lexicons, chosen.choice(lexicons), chosen.selection),
            chosen.columns.model_copy(
                update={"slices": slices, "slice_separator": slice_separator}
            ),
            on_error,
        )

    def expand(self, rows: Any) -> Any:
        """Return a PCollection of pairs."""
        return rows | "Batch" >> batches() | "Pair" >> beam.ParDo(self._work)


class _PairRows(beam.DoFn):  # type: ignore[misc]
    """Pairs lists of rows; a `Pairing` makes its patterns anew where it is unpickled."""

    def __init__(self, pairing: Pairing, columns: Columns, on_error: OnError) -> None:
        super().__init__()
        self._pairing, self._columns, self._on_error = pairing, columns, on_error

    def process(self, rows: list[Any]) -> Iterator[dict[str, Any]]:
        bad_rows = BadRows(self._on_error)
        count(_NAME, rows=len(rows))
        for batch in ExampleRows(rows, self._columns, bad_rows).batches():
            examples = batch.filter(pc.is_valid(batch.column("text")))
            paired = pair_examples(examples, self._pairing)
            pairs = pair_batch(examples, paired, first_example=0)
            count(_NAME, examples=examples.num_rows, pairs=pairs.num_rows)
            count_left_out(_NAME, paired.tally.skipped)
            count_left_out(_NAME, +Counter({TEXT_MISSING: batch.num_rows - examples.num_rows}))
            of_example = examples.select(["label", *self._columns.slices])
            of_example = of_example.take(pairs.column("example")).to_pylist()
            for pair, more in zip(pairs.to_pylist(), of_example, strict=True):
                del pair["example"]
                yield pair | more
        count_left_out(_NAME, bad_rows.by_reason)
