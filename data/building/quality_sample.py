"""Checks a sample of the pairs of a build, which is the same for any number of workers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.checking.pair_checks import GRAMMAR, grammar_faults
from evenhand.data.checking.pair_tally import CheckedPair, PairTally
from evenhand.data.dataset.quality import PairQuality

SAMPLE_PAIRS = 1_000  # a share of 5 % is then known to within 1.5 percentage points
_ROOM = 4  # so many times as many are drawn, where some may turn out to be too long
LONGEST_CHARACTERS = 5_000  # of a text: the sample is held in memory

_Ranks = npt.NDArray[np.uint64]


class QualitySample:
    """Draws pairs by their numbers, and looks for grammar errors when all are there.

    Args:
        first: The number of the first pair.
        of: How many pairs there will be, if that is known: then fewer are held.
    """

    def __init__(self, first: int = 0, of: int = 0) -> None:
        self._pairs = first
        most = int(np.iinfo(np.uint64).max)
        self._limit = most if of < _ROOM * SAMPLE_PAIRS else most * _ROOM * SAMPLE_PAIRS // of
        self._ranks: _Ranks = np.empty(0, np.uint64)
        self._drawn: list[pa.RecordBatch] = []

    def add(self, pairs: pa.RecordBatch) -> None:
        """Take in the next pairs, of a dataset's schema."""
        numbers = np.arange(self._pairs, self._pairs + pairs.num_rows, dtype=np.uint64)
        self._pairs += pairs.num_rows
        ranks = _mixed(numbers)
        rows = np.flatnonzero(ranks < self._limit)
        if not len(rows):
            return
        drawn = pairs.select(["original", "counterfactual"]).take(pa.array(rows))
        bytes_of_longest = max(pc.max(pc.binary_length(column)).as_py() for column in drawn)
        if bytes_of_longest > LONGEST_CHARACTERS:  # so a text may have more characters, too
            short = pc.and_(
                *(pc.less_equal(pc.utf8_length(column), LONGEST_CHARACTERS) for column in drawn)
            )
            drawn, rows = drawn.filter(short), rows[np.asarray(short)]
        self._drawn.append(drawn)
        self._ranks = np.concatenate([self._ranks, ranks[rows]])
        if len(self._ranks) > 2 * SAMPLE_PAIRS:
            self._thin_out()

    def add_all(self, other: QualitySample) -> None:
        """Take what others have drawn of pairs after these."""
        self._pairs = other._pairs
        self._drawn += other._drawn
        self._ranks = np.concatenate([self._ranks, other._ranks])
        if len(self._ranks) > 2 * SAMPLE_PAIRS:
            self._thin_out()

    @property
    def is_full(self) -> bool:
        """Whether as many pairs are drawn as are to be checked."""
        return len(self._ranks) >= SAMPLE_PAIRS

    def quality(self) -> PairQuality:
        """Check the sample and return what was found."""
        self._thin_out()
        tally = PairTally(GRAMMAR, grammar=GRAMMAR)
        originals, counterfactuals = (
            [text for batch in self._drawn for text in batch.column(name).to_pylist()]
            for name in ("original", "counterfactual")
        )
        faults = grammar_faults(originals, counterfactuals)
        for original, counterfactual, found in zip(originals, counterfactuals, faults, strict=True):
            tally.add(CheckedPair(0, None, original, counterfactual), found)
        return tally.quality()

    def _thin_out(self) -> None:
        """Keep the pairs of the lowest ranks."""
        if len(self._ranks) <= SAMPLE_PAIRS:
            return
        rows = np.sort(np.argpartition(self._ranks, SAMPLE_PAIRS)[:SAMPLE_PAIRS])
        drawn = pa.Table.from_batches(self._drawn).take(pa.array(rows))
        self._drawn = drawn.combine_chunks().to_batches()
        self._ranks = self._ranks[rows]
        self._limit = int(self._ranks.max())


def _mixed(numbers: _Ranks) -> _Ranks:
    """Return numbers in an order as if by chance: SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
