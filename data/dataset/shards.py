"""Write record batches to numbered Parquet files, a new one when one is full."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

_UNIQUE = ("id", "text", "original", "counterfactual")  # columns that seldom repeat a value
_LARGEST_DICTIONARY = 16 << 20  # bytes: every term of a lexicon has its place in it
ROWS_PER_SHARD = 1_000_000  # some 100 MB of short comments: few files, each easy to copy


def shard_name(kind: str, number: int) -> str:
    """Return the name of a file of a dataset."""
    return f"{kind}-{number:05d}.parquet"


class ShardWriter:
    """Writes `<kind>-00000.parquet`, `<kind>-00001.parquet` ... into a folder; at least one.

    A thread of its own writes one batch while the caller makes the next.

    Args:
        folder: Where to write.
        kind: What the rows are: "examples" or "pairs".
        schema: Of all batches.
        shard_rows: Rows of a file at most; None for `ROWS_PER_SHARD`.

    Attributes:
        rows_of: The rows of each file, by its name.
    """

    def __init__(
        self, folder: Path, kind: str, schema: pa.Schema, shard_rows: int | None = None
    ) -> None:
        self._folder = folder
        self._kind = kind
        self._schema = schema
        self._shard_rows = ROWS_PER_SHARD if shard_rows is None else shard_rows
        self._room = self._shard_rows
        self._shard = 0
        self.rows_of: dict[str, int] = {}
        self._writer = self._open()
        self._thread = ThreadPoolExecutor(1)
        self._appended: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch, once the one before is written; it may end up in several files.

        Raises:
            OSError: The batch before could not be written.
        """
        self._wait()
        self._appended = self._thread.submit(self._append, batch)

    def _wait(self) -> None:
        if self._appended is not None:
            self._appended.result()

    def _append(self, batch: pa.RecordBatch) -> None:
        while batch.num_rows > self._room:
            if self._room:
                self._write(batch.slice(0, self._room))
                batch = batch.slice(self._room)
            self._writer.close()
            self._shard += 1
            self._writer = self._open()
            self._room = self._shard_rows
        if batch.num_rows:
            self._write(batch)
            self._room -= batch.num_rows

    def _write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)
        self.rows_of[self._name] += batch.num_rows

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def _open(self) -> pq.ParquetWriter:
        self._name = shard_name(self._kind, self._shard)
        self.rows_of[self._name] = 0
        # Texts hardly repeat: for them, a dictionary makes larger files and takes longer. Nor does
        # it help anybody to know which comes first and last.
        repeating = [
            f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
            for field in self._schema
            if field.name not in _UNIQUE
        ]
        return pq.ParquetWriter(
            self._folder / self._name,
            self._schema,
            compression="zstd",
            use_dictionary=repeating,
            write_statistics=repeating,
            dictionary_pagesize_limit=_LARGEST_DICTIONARY,
        )
