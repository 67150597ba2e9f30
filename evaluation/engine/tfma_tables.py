"""The tables that TFMA evaluates, made from columns a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.evaluation.inputs.tables import (
    COUNTERFACTUAL_PREDICTION,
    GROUP,
    LABEL,
    PREDICTION,
    TERM,
    WEIGHT,
    EvaluationData,
    ModelScores,
    Pairs,
    plain,
)

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class EvaluationTable:
    """One table.

    Attributes:
        name: Name of its file, without ``.parquet``.
        rows: Number of rows that `make_rows` can be asked for.
        make_rows: Makes the rows from a start up to, but not including, a stop.
    """

    name: str
    rows: int
    make_rows: Callable[[int, int], pa.Table]

    def write(self, file: Path) -> None:
        """Write the table to a Parquet file, a batch of rows at a time."""
        with pq.ParquetWriter(file, self.make_rows(0, 0).schema) as writer:
            for start in range(0, self.rows, BATCH_ROWS):
                writer.write_table(self.make_rows(start, min(start + BATCH_ROWS, self.rows)))


class EvaluationTables:
    """The three tables of a model, with slice columns as plain strings.

    Attributes:
        pairs: Pairs, with both scores.
        examples: Examples, each with its score and a list of its counterfactuals' scores.
        labelled: Labelled examples, each with its label and its score, without counterfactuals.
    """

    def __init__(self, data: EvaluationData, scores: ModelScores) -> None:
        self._data = data
        self._scores = scores
        n, m = len(data.examples.labels), len(data.pairs.example)
        self.pairs = EvaluationTable("pairs", m, self._pairs)
        self.examples = EvaluationTable("examples", n, self._examples)
        self.labelled = EvaluationTable("labelled", n, self._labelled)

    def _pairs(self, start: int, stop: int) -> pa.Table:
        data, scores = self._data, self._scores
        examples = data.pairs.example[start:stop]
        columns = {
            PREDICTION: scores.originals[start:stop],
            COUNTERFACTUAL_PREDICTION: scores.counterfactuals[start:stop],
        }
        if data.is_weighted:
            columns[WEIGHT] = data.examples.weights[examples]
        taken = pa.array(examples)
        columns |= {name: plain(v.take(taken)) for name, v in data.examples.slices.items()}
        lists = list_columns(data.pairs)
        return pa.table(
            columns | {name: plain(v.slice(start, stop - start)) for name, v in lists.items()}
        )

    def _examples(self, start: int, stop: int) -> pa.Table:
        data, scores = self._data, self._scores
        starts = np.searchsorted(data.pairs.example, np.arange(start, stop + 1))
        first, last = starts[0], starts[-1]
        counterfactuals = pa.array(scores.counterfactuals[first:last])
        starts = starts - first
        columns = {
            PREDICTION: scores.examples[start:stop],
            COUNTERFACTUAL_PREDICTION: pa.ListArray.from_arrays(
                pa.array(starts, pa.int32()), counterfactuals
            ),
        }
        if data.is_weighted:
            columns[WEIGHT] = data.examples.weights[start:stop]
        columns |= {
            name: plain(values.slice(start, stop - start))
            for name, values in data.examples.slices.items()
        }
        for name, lists in list_columns(data.pairs).items():
            of_pairs = plain(lists.slice(first, last - first))
            offsets = of_pairs.offsets.to_numpy()[starts]
            columns[name] = pa.ListArray.from_arrays(pa.array(offsets), of_pairs.values)
        return pa.table(columns)

    def _labelled(self, start: int, stop: int) -> pa.Table:
        labels = self._data.examples.labels[start:stop]
        table = self._examples(start, stop).drop_columns([COUNTERFACTUAL_PREDICTION])
        return table.append_column(LABEL, pa.array(labels)).filter(pa.array(~np.isnan(labels)))


def list_columns(pairs: Pairs) -> dict[str, pa.Array]:
    """Return the pairs' groups and terms by column name, if they are known."""
    columns = {GROUP: pairs.groups, TERM: pairs.terms}
    return {name: lists for name, lists in columns.items() if lists is not None}
