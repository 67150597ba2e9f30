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
LONGEST_CHARACTERS = 5_000  # of a text: the sample is held in memory

_Ranks = npt.NDArray[np.uint64]


class QualitySample:
    """Draws pairs by their numbers, and looks for grammar errors when all are there."""

    def __init__(self) -> None:
        self._pairs = 0
        self._limit = np.iinfo(np.uint64).max
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
        short = pc.and_(
            *(pc.less_equal(pc.utf8_length(column), LONGEST_CHARACTERS) for column in drawn)
        )
        self._drawn.append(drawn.filter(short))
        self._ranks = np.concatenate([self._ranks, ranks[rows][np.asarray(short)]])
        if len(self._ranks) > 2 * SAMPLE_PAIRS:
            self._thin_out()

    def quality(self) -> PairQuality:
        """Check the sample and return what was found."""
        self._thin_out()
        tally = PairTally(GRAMMAR, grammar=GRAMMAR)
        texts = [
            [text for batch in self._drawn for text in batch.column(name).to_pylist()]
            for name in ("original", "counterfactual")
        ]
        for original, counterfactual in zip(*texts, strict=True):
            pair = CheckedPair(0, None, original, counterfactual)
            tally.add(pair, grammar_faults(original, counterfactual))
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
