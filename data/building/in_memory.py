"""Pair texts that are in memory already: strings, a pandas DataFrame, Arrow tables or batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa

from evenhand.data.building.build_options import PairOptions
from evenhand.data.building.frames import LONE_SURROGATE, WHERE, check_columns, is_frame, table_of
from evenhand.data.building.pairing import Pairing, pair_batch
from evenhand.data.building.parallel import pair_examples
from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import EXAMPLE_FIELDS, PAIR_SCHEMA
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.records import NumberedRows
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.options import takes
from evenhand.data.reading.columns import ExampleColumns
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.remote.arguments import takes_urls

if TYPE_CHECKING:
    import pandas as pd

_TEXTS_AT_ONCE = 8_192


@dataclass(frozen=True)
class Pair:
    """An original and its counterfactual; `example` is the original's number, from 0."""

    example: int
    original: str
    counterfactual: str
    terms: tuple[str, ...]
    groups: tuple[str, ...]


@overload
def make_pairs(data: pd.DataFrame, **options: Any) -> pd.DataFrame: ...
@overload
def make_pairs(data: Iterable[str | None], **options: Any) -> Iterator[Pair]: ...
@overload
def make_pairs(data: pa.Table | Iterable[pa.RecordBatch], **options: Any) -> Any: ...
@takes_urls(data=None)
@takes(PairOptions)
def make_pairs(data: Any, **options: Any) -> Any:
    """Pair texts in memory, with the same results as `build_dataset`.

    Args:
        data: Strings, a pandas DataFrame, an Arrow table, or Arrow record batches.
        **options: See `evenhand.data.building.build_options.PairOptions`; for strings, the columns
            have no meaning.

    Returns:
        For strings an iterator of `Pair`, made as it is read. For a DataFrame, a table or batches
        the same kind of thing (batches: an iterator), with the columns of a dataset's pairs:
        `example` int64 (the row's number, from 0), `id`, `original`, `counterfactual`, `terms`,
        `groups`, `weight`.

    Raises:
        ConfigurationError: An option is wrong.
        InputError: A column is missing or holds what cannot be used, or a lexicon cannot be used.
        UnavailableError: spaCy or its pipeline is not installed.
    """
    chosen = PairOptions.chosen_from(options, "in memory")
    lexicons = [load_lexicon(name) for name in chosen.terms]
    pairing = Pairing(lexicons, chosen.choice(lexicons), chosen.selection)
    if isinstance(data, pa.Table):
        return pa.Table.from_batches(
            _pairs(data.to_batches(), chosen.columns, pairing), PAIR_SCHEMA
        )
    if isinstance(data, pa.RecordBatch):
        return _pairs([data], chosen.columns, pairing)
    if is_frame(data):
        table = table_of(data, chosen.columns)
        return _paired_table(table, chosen.columns, pairing).to_pandas()
    if isinstance(data, str):
        raise InputError(
            "a single text is not a sequence of texts", where=WHERE, expected="a list of texts"
        )
    return _streamed(iter(data), chosen.columns, pairing)


def _paired_table(table: pa.Table, columns: Columns, pairing: Pairing) -> pa.Table:
    return pa.Table.from_batches(_pairs(table.to_batches(), columns, pairing), PAIR_SCHEMA)


def _streamed(data: Iterator[Any], columns: Columns, pairing: Pairing) -> Iterator[Any]:
    first = next(data, None)
    if first is None:
        return
    everything = itertools.chain([first], data)
    if isinstance(first, pa.RecordBatch):
        yield from _pairs(everything, columns, pairing)
        return
    for batch in _pairs(_batches_of(everything), Columns(text="text"), pairing):
        for row in batch.to_pylist():
            yield Pair(
                row["example"],
                row["original"],
                row["counterfactual"],
                tuple(row["terms"]),
                tuple(row["groups"]),
            )


def _pairs(
    batches: Iterable[pa.RecordBatch], columns: Columns, pairing: Pairing
) -> Iterator[pa.RecordBatch]:
    labels = PositiveLabels(columns.positive_labels)
    examples_of = ExampleColumns(
        columns,
        where=WHERE,
        unit="row",
        bad_rows=BadRows(remedy="mend the row"),
        positive=labels,
    )
    wanted = columns.inputs
    rows = 0
    for batch in batches:
        check_columns(batch.schema.names, wanted)
        numbers = range(rows + 1, rows + batch.num_rows + 1)
        examples = examples_of.convert(NumberedRows(batch.select(wanted), numbers)).batch
        if columns.id is None:
            ids = pa.array(range(rows, rows + batch.num_rows), pa.int64())
            examples = examples.set_column(0, EXAMPLE_FIELDS[0], ids.cast(pa.string()))
        yield pair_batch(examples, pair_examples(examples, pairing), first_example=rows)
        rows += batch.num_rows
    labels.check_all_occur(str(columns.label), where=WHERE)


def _batches_of(texts: Iterator[Any]) -> Iterator[pa.RecordBatch]:
    rows = 0
    while part := list(itertools.islice(texts, _TEXTS_AT_ONCE)):
        for row, text in enumerate(part, start=rows + 1):
            if not (text is None or isinstance(text, str)):
                raise InputError(
                    f"a text must be a string, got {type(text).__name__}",
                    where=f"{WHERE}, row {row}",
                    expected="strings, or None where a text is missing",
                )
        rows += len(part)
        whole = [text and LONE_SURROGATE.sub("\ufffd", text) for text in part]
        yield pa.RecordBatch.from_pydict({"text": pa.array(whole, pa.string())})
