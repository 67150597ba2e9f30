"""The different texts among many, so that a model scores each once.

Texts are read again from their files as they are needed: once to find equal texts by their digests,
and once for each model. Memory grows by a few bytes per text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from evenhand.data.support.arrays import Rows
from evenhand.remediation.models.score_cache import KEY, keys_of
from evenhand.remediation.runtime.texts import encode_texts

Columns = Callable[[], Iterator[pa.Array]]
"""Reads all texts from the beginning, in batches."""


class DifferentTexts(Sequence[str]):
    """Each different text once, read from files; quick if read in order.

    Attributes:
        places: The place where each text occurs first among all texts, ascending.
    """

    def __init__(self, columns: Columns, places: Rows) -> None:
        self.places = places
        self._columns = columns
        self._next = 0
        self._texts: Iterator[str] = iter(())

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: Any) -> Any:
        if not isinstance(rows, slice):
            return self[rows : rows + 1][0]
        start, stop, _ = rows.indices(len(self))
        if start != self._next or start == 0:
            self._texts = self._read_from(start)
        self._next = stop
        return list(islice(self._texts, stop - start))

    def _read_from(self, number: int) -> Iterator[str]:
        places = self.places[number:]
        first = 0
        for texts in self._columns():
            begin, end = np.searchsorted(places, [first, first + len(texts)])
            yield from texts.take(pa.array(places[begin:end] - first)).to_pylist()
            first += len(texts)


def find_different(columns: Columns) -> tuple[DifferentTexts, Rows]:
    """Return the different texts, and the number of each of all texts among them, shape (n,)."""
    keys = [keys_of(encode_texts(texts.to_pylist())) for texts in columns()]
    found = np.unique(
        np.concatenate([np.empty(0, KEY), *keys]), return_index=True, return_inverse=True
    )
    _, places, numbers = found
    order = np.argsort(places)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return DifferentTexts(columns, places[order]), ranks[numbers]
