"""Pair batches of texts on several cores, in order, with the same result as on one.

Threads pair the texts of a batch that can be paired at once, outside of Python's lock. The others
are cut into chunks and paired by processes, if there are many. The parts are put together in their
order; what a text gives depends on that text alone, so the number of workers changes nothing but
the time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.building.pairing import Paired, Pairing, Tally
from evenhand.data.support.option_checks import check_whole
from evenhand.data.support.worker_processes import Ask, can_fork, start_processes

# Below these, starting workers takes longer than they save.
_SMALL_INPUT_BYTES = 4 << 20
_FEW_TEXTS = 8_192  # to pair one by one
_FEW_TEXTS_BESIDE_THREADS = 100_000  # where processes cannot be forked
_LARGE_INPUT_BYTES = 128 << 20  # its first rows need not be like the others
_ROWS_TO_JUDGE_BY = 2_048
_CHUNK_TEXTS = 8_192  # to pair at once
_PART_TEXTS = 2_048  # to pair one by one: some 50 ms of work, for which no other process waits long

Result = Callable[[], Paired]


def worker_count(workers: int | None, input_bytes: int) -> int:
    """Return how many workers to start.

    Args:
        workers: How many the user wants; None for the cores that this process may use, or one if
            the input is small.
        input_bytes: Size of the input.

    Raises:
        ConfigurationError: `workers` is less than 1.
    """
    if workers is not None:
        check_whole("workers", workers)
        return workers
    return 1 if input_bytes < _SMALL_INPUT_BYTES else _cores()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # on macOS


@contextlib.contextmanager
def start_workers(
    pairing: Pairing, workers: int, *, input_bytes: int | None = None
) -> Iterator[Callable[[pa.RecordBatch], Result]]:
    """Give a function that begins to pair a batch of examples and returns how to get its pairs.

    With one worker the work is done in this process, when the pairs are asked for.

    Args:
        pairing: Pairs texts.
        workers: How many threads and how many processes pair texts.
        input_bytes: Size of the input, to judge by the first rows whether there is enough to do for
            processes; None to start them anyway.

    Raises:
        UnavailableError: A worker process was killed.
    """
    if workers == 1:
        yield lambda examples: lambda: pair_examples(examples, pairing)
        return
    with contextlib.ExitStack() as stack:
        yield _Workers(pairing, workers, input_bytes, stack).begin


def pair_examples(examples: pa.RecordBatch, pairing: Pairing) -> Paired:
    """Pair a batch of examples in this process."""
    done, rest = _paired_at_once(examples, pairing)
    return _joined(done + [(part.rows, pairing(part.texts, part.labels)) for part in rest])


class _Texts(NamedTuple):
    """Some texts of a batch: their rows, the texts, and their labels."""

    rows: pa.Array
    texts: pa.Array
    labels: pa.Array

    def chunks(self) -> Iterator[_Texts]:
        """Cut into parts that take little memory; one of no texts is a part, too."""
        for first in range(0, max(len(self.rows), 1), _CHUNK_TEXTS):
            yield _Texts(*(values.slice(first, _CHUNK_TEXTS) for values in self))


_Part = tuple[pa.Array, Paired]  # rows of a batch, and the pairs of their texts


class _Workers:
    """The threads, and the processes if it takes them; see `start_workers`."""

    def __init__(
        self,
        pairing: Pairing,
        number: int,
        input_bytes: int | None,
        stack: contextlib.ExitStack,
    ) -> None:
        self._pairing = pairing
        self._number = number
        self._input_bytes = input_bytes
        self._stack = stack
        self._threads: ThreadPoolExecutor | None = None
        self._ask: Ask | None = None

    def begin(self, examples: pa.RecordBatch) -> Result:
        """Begin to pair a batch."""
        if self._threads is None:
            # Before there are threads of Python's, so that processes can be forked.
            if self._takes_processes(examples):
                pa.default_memory_pool().release_unused()  # a fork copies what is used again
                self._ask = self._stack.enter_context(start_processes(self._pairing, self._number))
            self._threads = self._stack.enter_context(ThreadPoolExecutor(self._number))
        begun = self._threads.submit(self._begun, examples)
        return lambda: begun.result()()

    def _takes_processes(self, examples: pa.RecordBatch) -> bool:
        """Tell whether to start processes, from some of the first batch."""
        if self._input_bytes is None:
            return True
        some = examples.slice(0, _ROWS_TO_JUDGE_BY)
        _, rest = _paired_at_once(some, self._pairing)
        left = sum(len(part.rows) for part in rest)
        few = _FEW_TEXTS if can_fork() else _FEW_TEXTS_BESIDE_THREADS
        many = left * self._input_bytes / max(some.column("text").nbytes, 1) >= few
        return many or self._input_bytes >= _LARGE_INPUT_BYTES

    def _begun(self, examples: pa.RecordBatch) -> Result:
        return self._result(*_paired_at_once(examples, self._pairing))

    def _result(self, done: list[_Part], rest: list[_Texts]) -> Result:
        """Begin to pair the rest, if that is for processes; otherwise do so when it is asked for.

        A method need not be safe to use in several threads.
        """
        pending: list[tuple[pa.Array, Result]] = []
        for part in rest:
            given = part.texts, part.labels
            if self._ask is None:
                pending.append((part.rows, partial(self._pairing, *given)))
            else:
                pending.append((part.rows, self._ask(*given).result))
        return lambda: _joined(done + [(rows, result()) for rows, result in pending])


def _paired_at_once(examples: pa.RecordBatch, pairing: Pairing) -> tuple[list[_Part], list[_Texts]]:
    """Pair the texts of a batch that can be paired at once, and return the others."""
    text, label = examples.column("text"), examples.column("label")
    rows = pc.indices_nonzero(pairing.matcher.candidates(text))
    done, rest = [], []
    for part in _Texts(rows, text.take(rows), label.take(rows)).chunks():
        paired, left = pairing.at_once(part.texts, part.labels)
        done.append((part.rows, paired))
        for first in range(0, len(left), _PART_TEXTS):
            chosen = left.slice(first, _PART_TEXTS)
            rest.append(_Texts(*(values.take(chosen) for values in part)))
    return done, rest


def _joined(parts: list[_Part]) -> Paired:
    """Join the pairs of a batch's parts; their rows become rows of the batch, ascending."""
    tally = Tally()
    for _, paired in parts:
        tally.add(paired.tally)
    rows = pa.concat_arrays([rows.take(paired.rows).cast(pa.int64()) for rows, paired in parts])
    counterfactuals, terms, groups = (
        pa.concat_arrays([getattr(paired, name) for _, paired in parts])
        for name in ("counterfactuals", "terms", "groups")
    )
    order = pc.sort_indices(rows)  # which leaves the pairs of a row as they are
    controls = [paired.controls for _, paired in parts if paired.controls is not None]
    return Paired(
        rows.take(order),
        counterfactuals.take(order),
        terms.take(order),
        groups.take(order),
        tally,
        pa.concat_arrays(controls).take(order) if controls else None,
    )
