"""The data that techniques are compared on, which no training has seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Flags
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import (
    Singles,
    TrainingData,
    labels_of,
    texts_of,
)
from evenhand.remediation.defaults import SCORING_BATCH
from evenhand.remediation.judging.several_labels import before_label, joined
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
            label: the share that is flagged. Empty without labels or without a positive class. Of
            several labels, by the label's name and the group.
    """

    metrics: Metrics
    false_positive_rates: dict[str, float]


@dataclass(frozen=True)
class TestSet:
    """Examples and pairs in memory, and the baseline's scores for them.

    Attributes:
        data: The examples, with all labels and all pairs.
        unseen: Which pairs have a term that no training sees, shape (pairs,).
        groups: By group, the rows of the examples that have a pair with its terms.
        baseline: The baseline's scores, by label: see `Classifier.predict_labels`.
        baseline_thresholds: The thresholds that the baseline decides labels at, likewise; empty for
            0.5, which is then not among the metrics.
        batch_size: Texts that a model sees at once.
    """

    __test__ = False  # to pytest, this is no test

    data: TrainingData
    unseen: Flags
    groups: dict[str, npt.NDArray[np.int64]]
    baseline: Mapping[str, Scores]
    baseline_thresholds: Mapping[str, float]
    batch_size: int = SCORING_BATCH

    @classmethod
    def of(
        cls,
        dataset: CounterfactualDataset,
        baseline: Classifier,
        held_out_terms: Collection[str],
        baseline_thresholds: Mapping[str, float] = MappingProxyType({}),
        label_fields: Sequence[str | None] = ("label",),
        batch_size: int = SCORING_BATCH,
    ) -> TestSet:
        """Read a test set, and score it with the baseline.

        Examples without a label are left out if others have one. The labels are in the columns
        `label_fields` of the examples, the main one first; None for one that is not there.

        Raises:
            InputError: There are no pairs, or the labels do not fit the baseline's classes.
        """
        examples = dataset.examples(["text", "weight", *filter(None, label_fields)])
        pairs = dataset.pairs(["example", "counterfactual", "weight", "terms", "groups"])
        labels = labels_of(examples, label_fields)
        rows = np.flatnonzero(np.isfinite(labels).any(axis=1))
        rows = rows if len(rows) else np.arange(len(labels))
        example = pairs["example"].to_numpy()
        kept = np.isin(example, rows)
        task = Task.of(baseline, dataset.manifest.columns, may_lack_labels=True)
        data = TrainingData(
            texts_of(examples["text"]),
            task.decisions(labels[:, 0]),
            _singles(examples["weight"]),
            example,
            texts_of(pairs["counterfactual"]),
            _singles(pairs["weight"]),
            others=labels[:, 1:] if len(label_fields) > 1 else None,
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
            scores_of(baseline, data, data, batch_size),
            baseline_thresholds,
            batch_size,
        )

    @property
    def baseline_measured(self) -> Measured:
        """What is measured of the baseline."""
        return self._measured(self.baseline, self.baseline_thresholds)

    def measured(
        self, classifier: Classifier, thresholds: Mapping[str, float] = MappingProxyType({})
    ) -> Measured:
        """Score the test set with a model, and return what is measured of it at its thresholds."""
        scores = scores_of(classifier, self.data, self.data, self.batch_size)
        return self._measured(scores, thresholds)

    def _measured(self, scores: Mapping[str, Scores], thresholds: Mapping[str, float]) -> Measured:
        metrics: dict[str, Metrics] = {}
        rates: dict[str, float] = {}
        for number, (label, own) in enumerate(scores.items()):
            data, at = self.data.of_label(number), thresholds.get(label, DEFAULT_THRESHOLD)
            seen = self._metrics(label, data, own, ~self.unseen, at)
            if label in thresholds:
                seen["threshold"] = at
            unseen = self._metrics(label, data, own, self.unseen, at) if self.unseen.any() else {}
            more = {f"{UNSEEN_PREFIX}{name}": unseen[name] for name in UNSEEN if name in unseen}
            metrics[label] = {**seen, **more}
            rates |= {
                before_label(label, group): rate
                for group, rate in self._false_positive_rates(data, own, at).items()
            }
        return Measured(joined(metrics), rates)

    def _metrics(
        self, label: str, data: TrainingData, scores: Scores, chosen: Flags, threshold: float
    ) -> Metrics:
        """Return the metrics of the examples and the chosen pairs, for one label."""
        data = replace(
            data,
            example=data.example[chosen],
            counterfactual=data.counterfactual[chosen],
            pair_weight=data.pair_weight[chosen],
        )
        return metrics_of(
            _of_pairs(scores, chosen),
            data,
            data,
            _of_pairs(self.baseline[label], chosen),
            (threshold, self.baseline_thresholds.get(label, DEFAULT_THRESHOLD)),
        )

    @property
    def negatives(self) -> dict[str, npt.NDArray[np.int64]]:
        """By group, the rows of the examples with its terms that are negative by their label.

        Of several labels, by the label's name and the group.
        """
        return {
            before_label(label, group): rows
            for number, label in enumerate(self.baseline)
            for group, rows in self._negatives(self.data.of_label(number)).items()
        }

    def _negatives(self, data: TrainingData) -> dict[str, npt.NDArray[np.int64]]:
        negative = np.isfinite(data.label) & ~decisions(data.label) & (data.weight > 0)
        found = {name: rows[negative[rows]] for name, rows in self.groups.items()}
        return {name: rows for name, rows in found.items() if len(rows)}

    def _false_positive_rates(
        self, data: TrainingData, scores: Scores, threshold: float
    ) -> dict[str, float]:
        if scores.examples.ndim > 1:
            return {}
        flagged, weight = decisions(scores.examples, threshold), data.weight
        return {
            name: float(np.average(flagged[rows], weights=weight[rows]))
            for name, rows in self._negatives(data).items()
        }


def _of_pairs(scores: Scores, chosen: Flags) -> Scores:
    return Scores(scores.examples, scores.originals[chosen], scores.counterfactuals[chosen])


def _singles(column: Any) -> Singles:
    return np.asarray(column.to_numpy(), dtype=np.float32)
