"""Reads the labels, predictions and weights of a metric from a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Flags, Floats
from evenhand.evaluation.vectorised.arrow_columns import Batch, Numbers
from evenhand.remediation.outputs.decisions import decisions, flips


class ModelColumns:
    """The columns that a `ModelSpec` names, read for one metric."""

    def __init__(self, eval_config: Any, key: Any) -> None:
        specs = eval_config.model_specs
        # TFMA leaves the model's name out of its keys if there is only one model
        [spec] = [s for s in specs if len(specs) == 1 or s.name == key.model_name]
        self.label_key: str = spec.label_key
        self.prediction_key: str = spec.prediction_key
        self._weight_key: str = spec.example_weight_key if key.example_weighted else ""

    def labels(self, batch: Batch) -> Numbers:
        """Return labels, shape (rows,), in the column's dtype, in which TFMA computes 1 - label."""
        labels = batch.numbers(self.label_key)
        if not ((labels >= 0) & (labels <= 1)).all():
            raise InputError(
                "a label is outside [0, 1]",
                where=f"column {self.label_key!r}",
                expected="labels from 0 to 1",
            )
        return labels

    def predictions(self, batch: Batch) -> Floats:
        """Return scores, shape (rows,)."""
        return batch.numbers(self.prediction_key).astype(np.float64, copy=False)

    def weights(self, batch: Batch) -> Floats:
        """Return weights, all 1 if the metric is not weighted, shape (rows,)."""
        if not self._weight_key:
            return np.ones(batch.rows)
        return batch.numbers(self._weight_key).astype(np.float64, copy=False)

    def positive_and_negative(self, batch: Batch) -> tuple[Floats, Floats]:
        """Return each row's weight as a positive and as a negative; label 0.3 is partly both."""
        labels, weights = self.labels(batch), self.weights(batch)
        return weights * labels, weights * (1 - labels)

    def decisions(
        self, batch: Batch, feature: str, thresholds: Floats
    ) -> Iterator[tuple[Flags, Flags]]:
        """Yield, for each threshold, which rows are positive and which flip, each shape (rows,).

        Args:
            batch: The rows.
            feature: The column with the counterfactual predictions.
            thresholds: Decision thresholds.
        """
        predictions = self.predictions(batch)
        counterfactuals, rows = batch.lists(feature)
        for threshold in thresholds:
            positive = decisions(predictions, threshold)
            flipped = np.zeros(batch.rows, dtype=bool)
            flipped[rows[flips(predictions[rows], counterfactuals, threshold)]] = True
            yield positive, flipped
