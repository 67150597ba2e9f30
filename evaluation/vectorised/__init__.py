"""A TFMA evaluator that counts whole Arrow batches with NumPy, and gives what the stock one gives.

`evaluator` is the Beam PTransform and the place to start, `counters` says what each metric counts,
`slicing` finds the slices of a batch's rows and `columns` reads its columns.
"""

from __future__ import annotations

from evenhand.evaluation.vectorised.evaluator import (
    ReadParquetBatches,
    VectorisedEvaluator,
)

__all__ = ["ReadParquetBatches", "VectorisedEvaluator"]
