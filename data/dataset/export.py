"""Write a counterfactual dataset in a format that other tools read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.tf_examples import Value, encoder
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.folders import new_folder
from evenhand.data.storage.separation import check_apart

ExportFormat = Literal["tfrecord"]

_ROWS_PER_SHARD = 100_000  # some 20 MB: enough files to read several at once


@takes_urls()
def export_dataset(
    dataset: CounterfactualDataset | str | Path,
    output: str | Path,
    *,
    format: ExportFormat = "tfrecord",
    overwrite: bool = False,
    progress: Progress = ignore_progress,
) -> list[Path]:
    """Write a dataset's examples and pairs to TFRecord files of `tf.train.Example`.

    Every column of the dataset's tables is a feature of the same name: strings as bytes (`terms`
    and `groups` several of them), whole numbers and true and false as int64, other numbers as
    float32. Null is a feature without a value. The dataset's manifest is written too.

    Args:
        dataset: A dataset or its folder.
        output: Folder to write: ``examples-00000-of-00002.tfrecord`` ..., ``pairs-...`` and
            `manifest.json`. It is complete or absent.
        format: "tfrecord".
        overwrite: Replace an export that exists.
        progress: Told the rows written so far.

    Returns:
        The files, in order.

    Raises:
        ConfigurationError: The format is not known, the output exists and may not be replaced, or
            it is, holds or lies in the dataset.
        InputError: The dataset cannot be read.
        UnavailableError: The output cannot be written.
    """
    if format not in get_args(ExportFormat):
        raise ConfigurationError(
            f"there is no export format {format!r}",
            where="`format`",
            expected=", ".join(get_args(ExportFormat)),
        )
    check_apart({"`dataset`": CounterfactualDataset.location(dataset)}, {"`output`": output})
    dataset = CounterfactualDataset.opened(dataset)
    counts = dataset.manifest.counts
    encode = encoder()
    names: list[str] = []
    written = 0
    with (
        new_folder(output, kind="export", overwrite=overwrite) as folder,
        writing_to(Path(output)),
    ):
        for kind, rows in (("examples", counts.examples), ("pairs", counts.pairs)):
            tables = dataset.iter_examples() if kind == "examples" else dataset.iter_pairs()
            shards = max(-(-rows // _ROWS_PER_SHARD), 1)
            values = _rows(tables)
            for shard in range(shards):
                names.append(f"{kind}-{shard:05d}-of-{shards:05d}.tfrecord")
                with (folder / names[-1]).open("wb") as file:
                    for row in itertools.islice(values, _ROWS_PER_SHARD):
                        file.write(encode(row))
                        written += 1
                progress("exporting", written, counts.examples + counts.pairs)
        dataset.manifest.write(folder)
    return [Path(output) / name for name in names]


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Value]]:
    for batch in batches:
        yield from batch.to_pylist()
