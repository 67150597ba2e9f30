"""Which identity terms occur in the rows of a Beam pipeline, as `scan_terms` counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from evenhand.data.beam.row_batches import ExampleRows, batches
from evenhand.data.building.scan import TermCounts, TermScan, scanned_columns
from evenhand.data.dataset.manifest import Columns
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.lexicons.lexicon import Lexicon, lexicon_names, load_lexicon
from evenhand.data.matching.matcher import TermMatcher


class ScanTerms(beam.PTransform):  # type: ignore[misc]
    """Counts the rows in which identity terms occur, with the same result as `scan_terms`.

    A row is a dict with the columns that are named (None where a value is missing), or a text. The
    result is a PCollection of one `evenhand.data.building.scan.TermScan`. A label of
    `positive_labels` that no row has is not noticed.

    Args:
        text_column: Column that holds the texts.
        label_column: Column that holds the labels, numbers from 0 to 1 or None.
        positive_labels: Labels that count as 1, where all others count as 0; see `BuildOptions`.
        terms: Names of lexicons and paths of one's own; None for all that have a name.

    Raises:
        ConfigurationError: There is nothing to look for, or positive labels cannot be used or have
            no column.
        InputError: A lexicon cannot be used. When the pipeline runs: a row lacks a column or holds
            what cannot be used; the runner's error then ends with this one.
    """

    def __init__(
        self,
        *,
        text_column: str = "text",
        label_column: str | None = None,
        positive_labels: Sequence[str | float | bool] = (),
        terms: Sequence[str | Path] | None = None,
    ) -> None:
        super().__init__()
        names = lexicon_names() if terms is None else terms
        columns = scanned_columns(names, text_column, label_column, positive_labels)
        self._work = _CountRows([load_lexicon(name) for name in names], columns)

    def expand(self, rows: Any) -> Any:
        """Return a PCollection of one `TermScan`."""
        return (
            rows
            | "Batch" >> batches()
            | "Count" >> beam.ParDo(self._work)
            | "Add" >> beam.CombineGlobally(_AddCounts())
        )


class _CountRows(beam.DoFn):  # type: ignore[misc]
    """Counts lists of rows."""

    def __init__(self, lexicons: Sequence[Lexicon], columns: Columns) -> None:
        super().__init__()
        self._lexicons, self._columns = lexicons, columns

    def setup(self) -> None:
        self._matcher = TermMatcher(self._lexicons)

    def process(self, rows: list[Any]) -> Iterator[TermCounts]:
        counts = TermCounts()
        bad_rows = BadRows(remedy="mend the row")
        for batch in ExampleRows(rows, self._columns, bad_rows).batches():
            counts.count(batch, self._matcher)
        yield counts


class _AddCounts(beam.CombineFn):  # type: ignore[misc]
    """Adds the counts of batches up to a scan."""

    def create_accumulator(self) -> TermCounts:
        return TermCounts()

    def add_input(self, counts: TermCounts, more: TermCounts) -> TermCounts:
        counts.add(more)
        return counts

    def merge_accumulators(self, accumulators: Iterable[TermCounts]) -> TermCounts:
        merged = TermCounts()
        for counts in accumulators:
            merged.add(counts)
        return merged

    def extract_output(self, counts: TermCounts) -> TermScan:
        return counts.result()
