"""Pair batches of texts on several cores, in order, with the same result as on one.

A batch's candidate texts are cut into chunks, the chunks are paired by worker processes, and the
parts put together in their order; what a text gives depends on that text alone, so the number of
workers changes nothing but the time.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.pairing import Paired, Pairing, Tally

# Below it, starting workers takes longer than they save.
_SMALL_INPUT_BYTES = 4 << 20
_CHUNK_TEXTS = 8_192  # some 50 ms of work: little to wait for at the end of a batch
_OBJECTS_BETWEEN_COLLECTIONS = 50_000  # a chunk's matches and pairs, of which none is garbage yet
# Their threads may hold locks that a forked child would wait for.
_UNSAFE_TO_FORK = ("tensorflow", "torch", "jax", "grpc", "spacy")

Result = Callable[[], Paired]


def worker_count(workers: int | None, input_bytes: int) -> int:
    """Return how many workers to start.

    Args:
        workers: How many the user wants; None for the cores that this process may use, or one if
            the input is small or processes cannot be forked here.
        input_bytes: Size of the input.

    Raises:
        ConfigurationError: `workers` is less than 1.
    """
    if workers is not None:
        if workers < 1:
            raise ConfigurationError(
                f"{workers} workers do nothing", where="workers", expected="1 or more"
            )
        return workers
    if input_bytes < _SMALL_INPUT_BYTES or not _can_fork():
        return 1
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def start_workers(pairing: Pairing, workers: int) -> Iterator[Callable[[pa.RecordBatch], Result]]:
    """Give a function that begins to pair a batch of examples and returns how to get its pairs.

    With one worker the work is done in this process, when the pairs are asked for.

    Raises:
        UnavailableError: A worker process was killed; raised where pairs are asked for.
    """
    if workers == 1:
        yield lambda examples: lambda: pair_examples(examples, pairing)
        return
    # Forking takes milliseconds and shares the compiled patterns; a new interpreter takes a second.
    context = multiprocessing.get_context("fork" if _can_fork() else "spawn")
    executor = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(pairing,)
    )
    try:
        executor.submit(_ready)  # forks now, before this process has begun to use threads
        yield lambda examples: _submitted(examples, pairing, executor)
    except BrokenProcessPool as error:
        raise UnavailableError(
            "a worker process was killed",
            remedy="give --workers 1, or more memory",
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def pair_examples(examples: pa.RecordBatch, pairing: Pairing) -> Paired:
    """Pair a batch of examples in this process."""
    rows = _candidate_rows(examples, pairing)
    return _joined([(rows, pairing(*_texts_and_labels(examples, rows)))])


def _can_fork() -> bool:
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and not any(name in sys.modules for name in _UNSAFE_TO_FORK)
    )


def _submitted(examples: pa.RecordBatch, pairing: Pairing, executor: ProcessPoolExecutor) -> Result:
    rows = _candidate_rows(examples, pairing)
    firsts = range(0, max(len(rows), 1), _CHUNK_TEXTS)
    chunks = [rows.slice(first, _CHUNK_TEXTS) for first in firsts]
    futures: list[tuple[pa.Array, Future[Paired]]] = [
        (chunk, executor.submit(_pair, *_texts_and_labels(examples, chunk))) for chunk in chunks
    ]
    return lambda: _joined([(chunk, future.result()) for chunk, future in futures])


def _candidate_rows(examples: pa.RecordBatch, pairing: Pairing) -> pa.Array:
    return pc.indices_nonzero(pairing.matcher.candidates(examples.column("text")))


def _texts_and_labels(examples: pa.RecordBatch, rows: pa.Array) -> tuple[pa.Array, pa.Array]:
    return examples.column("text").take(rows), examples.column("label").take(rows)


def _joined(parts: list[tuple[pa.Array, Paired]]) -> Paired:
    """Join the pairs of a batch's chunks; their rows become rows of the batch."""
    tally = Tally()
    for _, paired in parts:
        tally.add(paired.tally)
    return Paired(
        pa.concat_arrays([chunk.take(paired.rows).cast(pa.int64()) for chunk, paired in parts]),
        pa.concat_arrays([paired.counterfactuals for _, paired in parts]),
        pa.concat_arrays([paired.terms for _, paired in parts]),
        pa.concat_arrays([paired.groups for _, paired in parts]),
        tally,
    )


# What follows runs in the worker processes.

_pairing: Pairing | None = None


def _begin(pairing: Pairing) -> None:
    global _pairing
    _pairing = pairing
    gc.freeze()  # what is there already need not be looked through for garbage again and again
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process if its parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)


def _ready() -> None:
    """Do nothing, in a worker that has begun."""


def _pair(texts: pa.Array, labels: pa.Array) -> Paired:
    assert _pairing is not None
    return _pairing(texts, labels)
