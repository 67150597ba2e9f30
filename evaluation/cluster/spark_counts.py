"""Totals of an evaluation's tables from the workers of a Spark cluster, merged by Beam here."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from evenhand.data.cluster.spark_tasks import check_there, run_tasks
from evenhand.data.progress import Progress

if TYPE_CHECKING:
    from evenhand.evaluation.vectorised import SliceTotals


class _Part(NamedTuple):
    """Some row groups of a table's file."""

    table: int
    file: Path
    groups: range


def count_on_spark(
    spark: Any, tables: Sequence[tuple[Path, Any]], progress: Progress
) -> list[list[SliceTotals]]:
    """Return the totals of each table; each core of the cluster counts about one part of it.

    Args:
        spark: The `SparkSession`.
        tables: The Parquet file of each table, which all workers see, and its EvalConfig.
        progress: Told how many parts are counted.

    Raises:
        UnavailableError: The cluster fails, or a worker does not see a file.
    """
    from evenhand.evaluation.vectorised import merge_totals

    parts = list[_Part]()
    for number, (file, _) in enumerate(tables):
        groups = pq.read_metadata(file).num_row_groups
        size = max(1, -(-groups // spark.sparkContext.defaultParallelism))
        starts = range(0, groups, size)
        parts += [_Part(number, file, range(at, min(at + size, groups))) for at in starts]
    counting = _Counting([config.SerializeToString() for _, config in tables])
    found = run_tasks(spark, counting, parts, stage="counting", progress=progress)
    return [
        merge_totals(
            config,
            (
                pickle.loads(zlib.decompress(totals))  # noqa: S301 - made by `_Counting`
                for part, totals in zip(parts, found, strict=True)
                if part.table == number
            ),
        )
        for number, (_, config) in enumerate(tables)
    ]


class _Counting:
    """Counts a part of a table, on a worker, and packs its totals, most cells of which are 0."""

    def __init__(self, configs: Sequence[bytes]) -> None:
        self._configs = configs

    def __call__(self, part: _Part) -> bytes:
        from evenhand.remediation.runtime.imports import importing

        check_there(part.file, "output")
        with importing():  # TFMA takes long to import
            from tensorflow_model_analysis.proto import config_pb2

            from evenhand.evaluation.vectorised import count_batches
        config = config_pb2.EvalConfig.FromString(self._configs[part.table])
        with pq.ParquetFile(part.file, pre_buffer=False) as rows:
            totals = count_batches(config, rows.iter_batches(row_groups=list(part.groups)))
        return zlib.compress(pickle.dumps(totals), 1)
