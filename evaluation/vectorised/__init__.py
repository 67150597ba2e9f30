"""A TFMA evaluator that counts whole Arrow batches with NumPy. It gives the values of TFMA's own.

Start with `evaluator`, the Beam PTransform, and `totals`, which adds up batches. `counters` says
what each metric counts, `slicing` finds the slices of a batch's rows, `arrow_columns` and
`model_columns` read its columns.
"""

from __future__ import annotations

from evenhand.evaluation.vectorised.evaluator import (
    BATCH_ROWS,
    EvaluateTotals,
    ReadParquetBatches,
    VectorisedEvaluator,
)
from evenhand.evaluation.vectorised.totals import SliceTotals, count_batches, merge_totals

__all__ = [
    "BATCH_ROWS",
    "EvaluateTotals",
    "ReadParquetBatches",
    "SliceTotals",
    "VectorisedEvaluator",
    "count_batches",
    "merge_totals",
]
