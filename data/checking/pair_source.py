"""The pairs of a dataset or of a file, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import in_dialect, input_file
from evenhand.data.reading.readers import column_names, read_numbered, unit_of

_BATCH_ROWS = 8_192


class PairBatch(NamedTuple):
    """Some pairs: their rows from 1, their ids if there are any, and their texts."""

    rows: Sequence[int]
    ids: Sequence[str | None]
    originals: Sequence[str]
    counterfactuals: Sequence[str]


def read_pairs(
    pairs: str | Path, *, dialect: Dialect, bad_rows: BadRows
) -> tuple[Iterator[PairBatch], int | None]:
    """Return the pairs of a dataset folder or a file, and how many there are if that is known.

    Args:
        pairs: A folder that `build_dataset` wrote, or a file of any format of
            `evenhand.data.reading.readers` with the columns `original` and `counterfactual`, and
            optionally `id`.
        dialect: How the file is written, if it is text.
        bad_rows: Takes the rows of a file that cannot be used.

    Raises:
        ConfigurationError: The dialect does not fit.
        InputError: There is no such folder or file, it cannot be read, or a column is missing.
    """
    path = Path(pairs)
    if path.is_dir():
        in_dialect([], dialect)
        dataset = CounterfactualDataset.open(path)
        return _of_dataset(dataset), dataset.manifest.counts.pairs
    [file] = in_dialect([input_file(path)], dialect)
    names = column_names(file)
    if "original" not in names and "counterfactual" in names:
        raise InputError(
            "the file has no originals to compare its counterfactuals with",
            where=str(path),
            expected="the columns original and counterfactual",
            remedy="build a dataset of it and the texts with `pairs_file`, and check that",
        )
    columns = Columns(
        text="counterfactual", id="id" if "id" in names else None, slices=("original",)
    )
    place = f"{path}, {unit_of(file)}"
    batches = read_numbered(file, columns, bad_rows=bad_rows)
    parts = (
        (batch.slice(first, _BATCH_ROWS), numbers[first : first + _BATCH_ROWS])
        for batch, numbers in batches
        for first in range(0, batch.num_rows, _BATCH_ROWS)
    )
    return (_usable(batch, numbers, place, bad_rows) for batch, numbers in parts), None


def _of_dataset(dataset: CounterfactualDataset) -> Iterator[PairBatch]:
    first = 1
    for batch in dataset.iter_pairs(["id", "original", "counterfactual"], _BATCH_ROWS):
        yield PairBatch(
            range(first, first + batch.num_rows),
            batch.column("id").to_pylist(),
            batch.column("original").to_pylist(),
            batch.column("counterfactual").to_pylist(),
        )
        first += batch.num_rows


def _usable(
    batch: pa.RecordBatch, numbers: Sequence[int], place: str, bad_rows: BadRows
) -> PairBatch:
    """Return the rows that have both texts."""
    kept: list[tuple[int, str | None, str, str]] = []
    columns = zip(
        np.asarray(numbers).tolist(),
        batch.column("id").to_pylist(),
        batch.column("original").cast(pa.string()).to_pylist(),
        batch.column("text").to_pylist(),
        strict=True,
    )
    for row, name, original, counterfactual in columns:
        texts = {"original": original, "counterfactual": counterfactual}
        missing = [what for what, text in texts.items() if not (text or "").strip()]
        if missing:
            reason = f"the {missing[0]} is missing"
            bad_rows.add(reason, where=f"{place} {row}", reason=f"pair not used: {reason}")
        else:
            kept.append((row, name, original, counterfactual))
    return PairBatch(*zip(*kept, strict=True)) if kept else PairBatch((), (), (), ())
