"""A dataset with some of another one's pairs: the same examples, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from evenhand.data.dataset.on_disk import PAIR_SCHEMA, CounterfactualDataset
from evenhand.data.dataset.shards import ShardWriter

# Says which pairs of a batch to keep: bools, shape (pairs,).
Keeps = Callable[[pa.RecordBatch], pa.BooleanArray]


def write_subset(dataset: CounterfactualDataset, folder: Path, keeps: Keeps, reason: str) -> None:
    """Write a dataset's examples and some of its pairs into a folder that exists.

    Control pairs and the quality of the pairs, which are about all of them, are left out.

    Args:
        dataset: The dataset.
        folder: Where to write.
        keeps: Says which pairs to keep.
        reason: What the others are counted as in the manifest, among what was left out.

    Raises:
        OSError: The files cannot be written.
    """
    kept = left_out = 0
    by_term, by_group = Counter[str](), Counter[str]()
    batches = dataset.iter_examples()
    first = next(batches)
    with ShardWriter(folder, "examples", first.schema) as examples:
        examples.write(first)
        for batch in batches:
            examples.write(batch)
    with ShardWriter(folder, "pairs", PAIR_SCHEMA) as pairs:
        for batch in dataset.iter_pairs(PAIR_SCHEMA.names):
            part = batch.filter(keeps(batch))
            kept, left_out = kept + len(part), left_out + len(batch) - len(part)
            by_term.update(_each_once(part, "terms"))
            by_group.update(_each_once(part, "groups"))
            pairs.write(part)
    manifest = dataset.manifest
    counts = manifest.counts.model_copy(
        update={
            "pairs": kept,
            "by_term": dict(by_term),
            "by_group": dict(by_group),
            "skipped": {**manifest.counts.skipped, reason: left_out},
        }
    )
    changed = {"counts": counts, "controls": None, "quality": None}
    manifest.model_copy(update=changed).write(folder)


def _each_once(pairs: pa.RecordBatch, column: str) -> list[str]:
    return [each for row in pairs.column(column).to_pylist() for each in dict.fromkeys(row)]
