"""A counterfactual dataset on disk: examples, the pairs made from them, and their manifest.

The folder holds `examples-*.parquet`, `pairs-*.parquet`, `manifest.json` and `card.md`, and
`controls-*.parquet` where control pairs were made, which stand apart from the pairs. Files are read
in the order of their names, batch by batch, so that memory does not grow with their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.data.dataset.manifest import LABEL_PREFIX, MANIFEST_NAME, Manifest
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.formats.parquet_batches import open_parquet, parquet_batches, parquet_rows
from evenhand.data.notebook.html_summary import HtmlTable, html_summary
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import sha256_of
from evenhand.data.support.option_checks import as_list

EXAMPLE_FIELDS = (
    pa.field("id", pa.string()),
    pa.field("text", pa.string()),
    pa.field("label", pa.float32()),
    pa.field("weight", pa.float32()),
)
PAIR_SCHEMA = pa.schema(
    [
        pa.field("example", pa.int64()),
        pa.field("id", pa.string()),
        pa.field("original", pa.string()),
        pa.field("counterfactual", pa.string()),
        pa.field("terms", pa.list_(pa.string())),
        pa.field("groups", pa.list_(pa.string())),
        pa.field("weight", pa.float32()),
    ]
)
# Of control pairs: the row of the pair that each is for, then the same columns. `terms` are the
# words that were edited, `groups` are those of the pair.
CONTROL_SCHEMA = pa.schema([pa.field("pair", pa.int64()), *PAIR_SCHEMA])
BATCH_ROWS = 65_536
_SHOWN = 5  # pairs in a notebook
# The slices of a report that are not a column's, and the scores, which stand beside the columns
RESERVED_SLICES = ("overall", "group", "term", "prediction", "counterfactual_prediction")


class CounterfactualDataset:
    """The folder that `evenhand data build` writes, opened for reading.

    Attributes:
        path: The folder.
        manifest: The content of its `manifest.json`.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    @takes_urls(path="read")
    def open(cls, path: str | Path) -> CounterfactualDataset:
        """Open a dataset folder and check that it is whole.

        Raises:
            InputError: The folder or its manifest is missing or invalid, a Parquet file is
                missing, damaged or lacks a column, or rows do not add up to the manifest's counts.
        """
        folder = Path(path)
        dataset = cls(folder, Manifest.read(folder / MANIFEST_NAME))
        counts = dataset.manifest.counts
        labels = dataset.manifest.columns.label_fields.values()
        example_columns = [field.name for field in EXAMPLE_FIELDS]
        example_columns += [*labels, *dataset.slice_columns]
        dataset._check_files("examples", example_columns, counts.examples)
        dataset._check_files("pairs", PAIR_SCHEMA.names, counts.pairs)
        if dataset.manifest.controls is not None:
            dataset._check_files("controls", CONTROL_SCHEMA.names, dataset.controls)
        return dataset

    @classmethod
    def opened(cls, data: str | Path | CounterfactualDataset) -> CounterfactualDataset:
        """Return a dataset that is opened already as it is, and open a folder; see `open`."""
        return data if isinstance(data, CounterfactualDataset) else cls.open(data)

    @staticmethod
    def location(data: str | Path | CounterfactualDataset) -> Path:
        """Return the folder of a dataset that may be opened already."""
        return data.path if isinstance(data, CounterfactualDataset) else Path(data)

    def __repr__(self) -> str:
        counts = self.manifest.counts
        return (
            f"<{type(self).__name__} {str(self.path)!r}: {counts.examples:,} examples, "
            f"{counts.pairs:,} pairs>"
        )

    def _repr_html_(self) -> str:
        counts, method = self.manifest.counts, self.manifest.method
        lexicons = ", ".join(each.name for each in self.manifest.lexicons)
        first = self.pairs_between(0, min(_SHOWN, counts.pairs), ["original", "counterfactual"])
        tables = [
            HtmlTable(
                names, [(name, f"{number:,}") for name, number in of.items()], caption=caption
            )
            for caption, names, of in (
                ("Pairs by group", ("group", "pairs"), counts.by_group),
                ("Left out", ("reason", "rows"), counts.skipped),
            )
        ]
        pairs = zip(first["original"].to_pylist(), first["counterfactual"].to_pylist(), strict=True)
        tables.append(
            HtmlTable(("original", "counterfactual"), list(pairs), 2, caption="The first pairs")
        )
        title = f"{counts.examples:,} examples, {counts.pairs:,} pairs"
        return html_summary(title, [f"by the method {method.name}, terms of {lexicons}"], tables)

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """Names of the slice columns, as the examples have them."""
        return self.manifest.columns.slices

    @property
    def controls(self) -> int:
        """The number of control pairs; 0 where none were made."""
        return 0 if self.manifest.controls is None else self.manifest.controls.pairs

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the manifest file, which names this dataset in reports and training logs."""
        return sha256_of(self.path / MANIFEST_NAME)

    def iter_examples(
        self, columns: Sequence[str] | None = None, batch_rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Read the examples in order.

        Args:
            columns: Columns to read, or None for all: `id` string, `text` string, `label` float32
                (null if unlabelled), `weight` float32, `label:NAME` float32 for each further label,
                then the slice columns.
            batch_rows: Most rows in one batch.
        """
        return self._iter_batches("examples", columns, batch_rows)

    def iter_pairs(
        self, columns: Sequence[str] | None = None, batch_rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Read the pairs in order.

        Args:
            columns: Columns to read, or None for all: `example` int64 (row number in the examples,
                ascending), `id` string, `original` string, `counterfactual` string, `terms`
                list<string>, `groups` list<string>, `weight` float32.
            batch_rows: Most rows in one batch.
        """
        return self._iter_batches("pairs", columns, batch_rows)

    def iter_controls(
        self, columns: Sequence[str] | None = None, batch_rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Read the control pairs in order; nothing where none were made.

        Args:
            columns: Columns to read, or None for all: `pair` int64 (row number of the pair that
                each is for, ascending), then those of pairs, of which `terms` are the words that
                were edited and `groups` the groups of the pair.
            batch_rows: Most rows in one batch.
        """
        return self._iter_batches("controls", columns, batch_rows) if self.controls else iter(())

    def examples(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the examples into one table; see `iter_examples` for the columns."""
        return self._table("examples", columns)

    def pairs(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the pairs into one table; see `iter_pairs` for the columns."""
        return self._table("pairs", columns)

    def examples_between(
        self, start: int, stop: int, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read the examples from row `start` up to but without row `stop`."""
        return self._rows_between("examples", start, stop, columns)

    def pairs_between(
        self, start: int, stop: int, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read the pairs from row `start` of the pairs up to but without row `stop`."""
        return self._rows_between("pairs", start, stop, columns)

    def controls_between(
        self, start: int, stop: int, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read the control pairs from row `start` up to but without row `stop`."""
        return self._rows_between("controls", start, stop, columns)

    def _files(self, kind: str) -> list[Path]:
        files = sorted(self.path.glob(f"{kind}-*.parquet"))
        if not files:
            raise InputError(
                f"the dataset has no {kind}",
                where=str(self.path),
                expected=f"{kind}-*.parquet, as `evenhand data build` writes",
                remedy="build the dataset again",
            )
        return files

    def _check_files(self, kind: str, columns: Sequence[str], rows: int) -> None:
        found = 0
        for file in self._files(kind):
            with _opened(file) as parquet:
                missing = sorted(set(columns) - set(parquet.schema_arrow.names))
                found += parquet.metadata.num_rows
            if missing:
                raise InputError(
                    f"the dataset's {kind} lack the column {missing[0]!r}",
                    where=str(file),
                    remedy="build the dataset again",
                )
        if found != rows:
            raise InputError(
                f"the dataset holds {found} {kind}, but its manifest says {rows}",
                where=str(self.path),
                remedy="build the dataset again",
            )

    def _iter_batches(
        self, kind: str, columns: Sequence[str] | None, batch_rows: int
    ) -> Iterator[pa.RecordBatch]:
        columns = None if columns is None else as_list("columns", columns)
        for file in self._files(kind):
            try:
                yield from parquet_batches(file, columns, batch_rows)
            except MemoryError:
                raise
            except (pa.ArrowException, OSError) as error:
                raise _damaged(file, error) from error

    def _rows_between(
        self, kind: str, start: int, stop: int, columns: Sequence[str] | None
    ) -> pa.Table:
        """Read the row groups that hold these rows, and no others."""
        schema, batches = self._schema(kind, columns), list[pa.RecordBatch]()
        for file, group, first, rows in self._row_groups[kind]:
            if first < stop and start < first + rows:
                wanted = max(start - first, 0), min(stop - first, rows)
                try:
                    batches += parquet_rows(file, group, schema.names, *wanted)
                except MemoryError:
                    raise
                except (pa.ArrowException, OSError) as error:
                    raise _damaged(file, error) from error
        return pa.Table.from_batches(batches, schema)

    @cached_property
    def _row_groups(self) -> dict[str, list[tuple[Path, int, int, int]]]:
        """Of each kind of rows: each row group's file, number in it, first row, and rows."""
        found: dict[str, list[tuple[Path, int, int, int]]] = {}
        for kind in ("examples", "pairs", "controls") if self.controls else ("examples", "pairs"):
            first, groups = 0, found.setdefault(kind, [])
            for file in self._files(kind):
                with _opened(file) as parquet:
                    for group in range(parquet.num_row_groups):
                        rows = parquet.metadata.row_group(group).num_rows
                        groups.append((file, group, first, rows))
                        first += rows
        return found

    def _table(self, kind: str, columns: Sequence[str] | None) -> pa.Table:
        batches = self._iter_batches(kind, columns, BATCH_ROWS)
        return pa.Table.from_batches(batches, schema=self._schema(kind, columns))

    def _schema(self, kind: str, columns: Sequence[str] | None) -> pa.Schema:
        with _opened(self._files(kind)[0]) as parquet:
            schema = pa.schema([_without_dictionary(each) for each in parquet.schema_arrow])
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in as_list("columns", columns)])
        return schema


def example_schema(slices: Sequence[pa.Field], other_labels: Sequence[str] = ()) -> pa.Schema:
    """Return the schema of the examples with these slice columns and further labels.

    Raises:
        ConfigurationError: As for `check_slice_names`.
    """
    check_slice_names([field.name for field in slices])
    labels = [pa.field(LABEL_PREFIX + name, pa.float32()) for name in other_labels]
    return pa.schema([*EXAMPLE_FIELDS, *labels, *slices])


def check_slice_names(names: Sequence[str]) -> None:
    """Check what slice columns are called.

    Raises:
        ConfigurationError: One has the name of one of the examples' own columns, one that a report
            uses for something else, or one with which its slices, ``column=value``, could not be
            told from others; or two have the same name.
    """
    taken = [field.name for field in EXAMPLE_FIELDS]
    for name in names:
        if name in taken or name.startswith(LABEL_PREFIX):
            reason = "the dataset has a column of that name"
        elif name in RESERVED_SLICES:
            reason = "reports use that name"
        elif not name or "=" in name:
            reason = "its slices are called column=value in reports"
        else:
            taken.append(name)
            continue
        raise ConfigurationError(
            f"a slice column cannot be called {name!r}: {reason}",
            where="`slice_columns`",
            remedy="rename the column in the input, or leave it out",
        )


def _without_dictionary(column: pa.Field) -> pa.Field:
    """Return how a column is read, which may be stored as one of a few values."""
    kind = column.type
    if pa.types.is_list(kind) and pa.types.is_dictionary(kind.value_type):
        return column.with_type(pa.list_(kind.value_type.value_type))
    return column.with_type(kind.value_type) if pa.types.is_dictionary(kind) else column


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return open_parquet(file)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> InputError:
    return InputError(
        f"the Parquet file cannot be read ({str(error).splitlines()[0]})",
        where=str(file),
        remedy="build the dataset again",
    )
