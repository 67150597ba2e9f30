"""Where encoded training data is kept between epochs: in memory, on disk, or nowhere."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.storage.files import writing_to
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import Column, DatasetBlocks, TrainingData
from evenhand.remediation.batches.vectorisation import Encoding
from evenhand.remediation.literals import Cache


@dataclass(frozen=True)
class Blocks:
    """Encoded training data in blocks.

    Attributes:
        load: Returns a block by its number.
        n_blocks: Number of blocks.
        n_examples: Number of examples in all blocks.
        n_pairs: Number of pairs in all blocks.
        target_shape: The shape of an example's label, or of the targets that replace it.
    """

    load: Callable[[int], TrainingData]
    n_blocks: int
    n_examples: int
    n_pairs: int
    target_shape: tuple[int, ...] = ()

    @classmethod
    def of(cls, data: TrainingData) -> Blocks:
        """Return data in memory as one block."""
        return cls(lambda _: data, 1, len(data.label), len(data.example))


@contextlib.contextmanager
def cached(
    source: DatasetBlocks,
    encoding: Encoding,
    cache: Cache,
    folder: Path,
    progress: Progress = ignore_progress,
    task: Task | None = None,
) -> Iterator[Blocks]:
    """Provide a dataset's blocks, encoded, as a context manager.

    Args:
        source: The dataset.
        encoding: How texts are encoded.
        cache: ``"memory"`` and ``"disk"`` encode everything once, ``"none"`` again in each epoch.
        folder: Where ``"disk"`` makes a temporary folder, which is removed in the end.
        progress: Called during the encoding, with stage ``"encoding"``, in blocks.
        task: Replaces labels by targets; None leaves the labels.
    """
    with contextlib.ExitStack() as stack:

        def scratch() -> Path:
            prefix = ".evenhand-cache-"
            with writing_to(folder):
                made = tempfile.TemporaryDirectory(prefix=prefix, dir=folder)
            return Path(stack.enter_context(made))

        shape: tuple[int, ...] = () if task is None else task.target_shape
        load: Callable[[int], TrainingData] = source.training
        if task is not None and task.needs_baseline:
            load = _with_targets(source, task, scratch(), progress)

        def read(block: int) -> TrainingData:
            return load(block).encoded(encoding.encode)

        def blocks(load: Callable[[int], TrainingData]) -> Blocks:
            return Blocks(load, len(source), source.n_examples, source.n_pairs, shape)

        def read_all() -> Iterator[TrainingData]:
            for block in range(len(source)):
                yield read(block)
                progress("encoding", block + 1, len(source))

        if cache == "none":
            yield blocks(read)
        elif cache == "memory":
            yield blocks(list(read_all()).__getitem__)
        else:
            files = scratch()
            for number, data in enumerate(read_all()):
                with writing_to(files):
                    _write(data, files / str(number))
            yield blocks(lambda block: _read(files / str(block)))


def _with_targets(
    source: DatasetBlocks, task: Task, folder: Path, progress: Progress
) -> Callable[[int], TrainingData]:
    """Compute all targets in advance, because training will change the model that gives them."""
    for block in range(len(source)):
        targets = task.targets(source.training(block)).label
        with writing_to(folder):
            np.save(folder / f"{block}.npy", targets)
        progress("scoring with the baseline", block + 1, len(source))
    return lambda block: replace(source.training(block), label=np.load(folder / f"{block}.npy"))


def _write(data: TrainingData, folder: Path) -> None:
    folder.mkdir()
    for field in fields(data):
        column = getattr(data, field.name)
        if column is None:
            continue
        if column.dtype == object:  # bytes of different lengths, which `np.save` would pickle
            ends = np.cumsum([len(row) for row in column], dtype=np.int64)
            np.save(folder / f"{field.name}-ends.npy", ends)
            column = np.frombuffer(b"".join(column), dtype=np.uint8)
        np.save(folder / f"{field.name}.npy", column)


def _read(folder: Path) -> TrainingData:
    def column(name: str) -> Column | None:
        if not (folder / f"{name}.npy").exists():
            return None
        values: Column = np.load(folder / f"{name}.npy")
        ends_file = folder / f"{name}-ends.npy"
        if not ends_file.exists():
            return values
        joined, ends = values.tobytes(), np.load(ends_file).tolist()
        rows: Any = np.empty(len(ends), dtype=object)
        rows[:] = [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        return np.asarray(rows)

    columns: dict[str, Any] = {each.name: column(each.name) for each in fields(TrainingData)}
    return TrainingData(**columns)
