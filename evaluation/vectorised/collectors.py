"""Collects the ids of the rows that flip, a batch at a time. (`FlippedIds` works row by row.)"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from evenhand.data.support.arrays import Rows
from evenhand.evaluation.metrics.computations import FlippedIds
from evenhand.evaluation.metrics.flipped_ids import IdLists, keep_first
from evenhand.evaluation.vectorised.arrow_columns import Batch
from evenhand.evaluation.vectorised.model_columns import ModelColumns


class IdCollector:
    """Replaces the counting of one `FlippedIds` combiner.

    Attributes:
        combiner: That combiner, which still makes and merges the lists.
    """

    def __init__(self, combiner: FlippedIds, columns: ModelColumns) -> None:
        self.combiner = combiner
        self._columns = columns

    def collect(
        self, kept: defaultdict[int, IdLists], batch: Batch, slices: Rows, rows: Rows
    ) -> None:
        """Add the ids of a batch's rows that flip to the lists of their slices.

        Args:
            kept: The lists of each slice, by its number.
            batch: The rows.
            slices: Slice of each membership, ascending, shape (memberships,).
            rows: Row of each membership, ascending within a slice, shape (memberships,).
        """
        combiner = self.combiner
        decisions = self._columns.decisions(batch, combiner.feature, combiner.thresholds)
        for i, (positive, flips) in enumerate(decisions):
            for direction, flipping in enumerate((positive & flips, ~positive & flips)):
                chosen = flipping[rows]
                numbers, starts = np.unique(slices[chosen], return_index=True)
                of_slices = np.split(rows[chosen], starts)[1:]
                for number, own in zip(numbers.tolist(), of_slices, strict=True):
                    ids = batch.ids(combiner.id_feature, own)
                    keep_first(kept[number][i][direction], ids, combiner.count)
