"""The data that techniques are compared on, which no training has seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Flags
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import Singles, TrainingData, texts_of
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import Scores, metrics_of, scores_of
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.outputs.decisions import DEFAULT_THRESHOLD, decisions

UNSEEN = ("flip_rate", "ctf_gap", "standardized_ctf_gap", "n_pairs", "n_flips")
UNSEEN_PREFIX = "unseen_"


@dataclass(frozen=True)
class Measured:
    """What is measured of one model on a test set.

    Attributes:
        metrics: Those of `evenhand.remediation.judging.validation.validate`, with the differences
            from the baseline; and those in `UNSEEN` of the pairs with held-out terms, with
            `UNSEEN_PREFIX` before their names.
        false_positive_rates: By group, of the texts with its terms that are negative by their
            label: the share that is flagged. Empty without labels or without a positive class.
    """

    metrics: Metrics
    false_positive_rates: dict[str, float]


@dataclass(frozen=True)
class TestSet:
    """Examples and pairs in memory, and the baseline's scores for them.

    Attributes:
        data: The examples, with all pairs.
        unseen: Which pairs have a term that no training sees, shape (pairs,).
        groups: By group, the rows of the examples that have a pair with its terms.
        baseline: The baseline's scores.
        baseline_threshold: The threshold that the baseline decides at; None for 0.5, which is then
            not among the metrics.
    """

    __test__ = False  # to pytest, this is no test

    data: TrainingData
    unseen: Flags
    groups: dict[str, npt.NDArray[np.int64]]
    baseline: Scores
    baseline_threshold: float | None = None

    @classmethod
    def of(
        cls,
        dataset: CounterfactualDataset,
        baseline: Classifier,
        held_out_terms: Collection[str],
        baseline_threshold: float | None = None,
        label_field: str | None = "label",
    ) -> TestSet:
        """Read a test set, and score it with the baseline.

        Examples without a label are left out if others have one. The label is in the column
        `label_field` of the examples; None if there is none.

        Raises:
            InputError: There are no pairs, or the labels do not fit the baseline's classes.
        """
        examples = dataset.examples(["text", "weight", *([label_field] if label_field else [])])
        pairs = dataset.pairs(["example", "counterfactual", "weight", "terms", "groups"])
        label = np.full(len(examples), np.nan, np.float32)
        label = label if label_field is None else _singles(examples[label_field])
        rows = np.flatnonzero(np.isfinite(label))
        rows = rows if len(rows) else np.arange(len(label))
        example = pairs["example"].to_numpy()
        kept = np.isin(example, rows)
        task = Task.of(baseline, dataset.manifest.columns, may_lack_labels=True)
        data = TrainingData(
            texts_of(examples["text"]),
            task.decisions(label),
            _singles(examples["weight"]),
            example,
            texts_of(pairs["counterfactual"]),
            _singles(pairs["weight"]),
        ).taking(rows)
        if not len(data.example):
            raise InputError(
                "there are no pairs to compare techniques by",
                where=str(dataset.path),
                remedy="build it with terms that its texts contain",
            )
        held_out = set(held_out_terms)
        terms, groups = pairs["terms"].to_pylist(), pairs["groups"].to_pylist()
        unseen = np.array([bool(held_out & set(each)) for each in terms], dtype=np.bool_)
        in_group: dict[str, list[int]] = {}
        for row, names in zip(data.example, (groups[i] for i in np.flatnonzero(kept)), strict=True):
            for name in names:
                in_group.setdefault(name, []).append(row)
        return cls(
            data,
            unseen[kept],
            {name: np.unique(found) for name, found in sorted(in_group.items())},
            scores_of(baseline, data, data),
            baseline_threshold,
        )

    @property
    def baseline_measured(self) -> Measured:
        """What is measured of the baseline."""
        return self._measured(self.baseline, self.baseline_threshold)

    def measured(self, classifier: Classifier, threshold: float | None = None) -> Measured:
        """Score the test set with a model, and return what is measured of it at its threshold."""
        return self._measured(scores_of(classifier, self.data, self.data), threshold)

    def _measured(self, scores: Scores, threshold: float | None) -> Measured:
        at = DEFAULT_THRESHOLD if threshold is None else threshold
        seen = self._metrics(scores, ~self.unseen, at)
        if threshold is not None:
            seen["threshold"] = threshold
        unseen = self._metrics(scores, self.unseen, at) if self.unseen.any() else {}
        more = {f"{UNSEEN_PREFIX}{name}": unseen[name] for name in UNSEEN if name in unseen}
        return Measured({**seen, **more}, self._false_positive_rates(scores, at))

    def _metrics(self, scores: Scores, chosen: Flags, threshold: float) -> Metrics:
        """Return the metrics of the examples and the chosen pairs."""
        data = replace(
            self.data,
            example=self.data.example[chosen],
            counterfactual=self.data.counterfactual[chosen],
            pair_weight=self.data.pair_weight[chosen],
        )
        before = self.baseline_threshold
        return metrics_of(
            _of_pairs(scores, chosen),
            data,
            data,
            _of_pairs(self.baseline, chosen),
            (threshold, DEFAULT_THRESHOLD if before is None else before),
        )

    @property
    def negatives(self) -> dict[str, npt.NDArray[np.int64]]:
        """By group, the rows of the examples with its terms that are negative by their label."""
        label = self.data.label
        negative = np.isfinite(label) & ~decisions(label) & (self.data.weight > 0)
        found = {name: rows[negative[rows]] for name, rows in self.groups.items()}
        return {name: rows for name, rows in found.items() if len(rows)}

    def _false_positive_rates(self, scores: Scores, threshold: float) -> dict[str, float]:
        if scores.examples.ndim > 1:
            return {}
        flagged, weight = decisions(scores.examples, threshold), self.data.weight
        return {
            name: float(np.average(flagged[rows], weights=weight[rows]))
            for name, rows in self.negatives.items()
        }


def _of_pairs(scores: Scores, chosen: Flags) -> Scores:
    return Scores(scores.examples, scores.originals[chosen], scores.counterfactuals[chosen])


def _singles(column: Any) -> Singles:
    return np.asarray(column.to_numpy(), dtype=np.float32)
