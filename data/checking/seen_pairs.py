"""Remember which pairs came before, in 16 bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Flags

_BYTES = 16  # so many that nobody finds two pairs with one digest
_DIGEST = np.dtype(f"S{_BYTES}")
_Digests = npt.NDArray[np.bytes_]


class SeenPairs:
    """The digests of pairs, in sorted arrays of which each is less than half of that before it."""

    def __init__(self) -> None:
        self._runs: list[_Digests] = []

    def add(self, originals: Sequence[str], counterfactuals: Sequence[str]) -> Flags:
        """Take in pairs, and tell which of them have been there before."""
        digests = np.array(list(map(_digest, originals, counterfactuals)), dtype=_DIGEST)
        new, first = np.unique(digests, return_index=True)
        was_there = np.ones(len(digests), bool)
        was_there[first] = False
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, digests), len(run) - 1)
            was_there |= run[places] == digests
        if len(new):
            while self._runs and len(self._runs[-1]) <= 2 * len(new):
                new = np.union1d(self._runs.pop(), new)
            self._runs.append(new)
        return was_there


def _digest(original: str, counterfactual: str) -> bytes:
    text = f"{len(original)} {original}{counterfactual}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
