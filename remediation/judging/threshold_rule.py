"""Chooses the threshold that a trained model decides at, from its scores of held-out examples.

A threshold lies midway between two neighbouring scores; 0 and 1 count among the scores, so that all
or none of the texts can be flagged. Of several that are equally good, the one closest to the
baseline's is chosen. Decisions in training are made at 0.5 if nothing else is asked for.

- `same-share`: the model flags the share of texts that the baseline flags at its own threshold.
- `f1`: the highest F1, 2 TP / (2 TP + FP + FN).
- `equal-opportunity`: the smallest difference between the highest and the lowest true positive rate
  of the groups, as one threshold for all can make it (Hardt, Price and Srebro 2016, "Equality of
  Opportunity in Supervised Learning", choose one for each group). Thresholds that flag all texts or
  none would always win; so only those count whose share of texts flagged keeps the limit of
  `evenhand.remediation.judging.trade_off`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.arrays import Flags, Floats, Rows
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold, Criterion
from evenhand.remediation.judging.effective_size import effective_size
from evenhand.remediation.judging.wording import counted, percent
from evenhand.remediation.outputs.decisions import DEFAULT_THRESHOLD, decisions

LEAST = 1e-4
"""The smallest threshold but 0 that reports can have; see `evenhand.evaluation.report_options`."""

FEW = 100
"""With fewer examples, the share flagged is uncertain by five points: sqrt(0.25 / 100)."""

FEW_POSITIVES = 30
"""With fewer positives, in all or in a group, a true positive rate is uncertain by nine points."""

_ROUNDING = 1e-9  # of shares and rates that are sums of many weights
_CLOSE = 0.01  # shares of texts flagged that differ by no more are called the same

Groups = npt.NDArray[np.int32]


@dataclass(frozen=True)
class HeldOut:
    """What a threshold is chosen on.

    Attributes:
        rows: Their rows in the data, shape (n,).
        label: Whether each example is positive by its label, shape (n,); None if none has a label.
        weight: Weights above 0, shape (n,).
        groups: The number of each example's group, -1 for none, shape (n,); None if not needed.
    """

    rows: Rows
    label: Flags | None
    weight: Floats
    groups: Groups | None = None

    @property
    def group_numbers(self) -> list[int]:
        """The groups that have a positive example."""
        if self.groups is None or self.label is None:
            return []
        return sorted({int(each) for each in self.groups[self.label] if each >= 0})


@dataclass(frozen=True)
class ThresholdRule:
    """How the threshold of a trained model is found.

    Attributes:
        criterion: What it is chosen for; None for one that is given.
        given: The threshold, if it is given.
        baseline: The threshold of the baseline.
        most_outside: How far the share of texts flagged may lie outside of the range between the
            baseline's share and the labels', for `equal-opportunity`.
        column: The slice column of the groups, for `equal-opportunity`.
        group_names: Its values, in the order of their numbers.
    """

    criterion: Criterion | None = None
    given: float = DEFAULT_THRESHOLD
    baseline: float = DEFAULT_THRESHOLD
    most_outside: float = 0.0
    column: str | None = None
    group_names: Sequence[str] = ()

    def check(self, held_out: HeldOut, of_label: str = "") -> None:
        """Raise ConfigurationError if no threshold can be chosen on these examples.

        Args:
            held_out: The examples.
            of_label: The name of their label, if it is one of several.
        """
        if self.criterion is None:
            return
        label = held_out.label
        problem, expected = "", "both labels among the held-out examples"
        if not len(held_out.rows):
            problem, expected = "there are no held-out examples", "some, of weight above 0"
        elif self.criterion == "same-share":
            return
        elif label is None:
            problem = "no held-out example has a label"
        elif label.all() or not label.any():
            problem = f"all held-out examples are {'positive' if label.any() else 'negative'}"
        elif self.criterion == "equal-opportunity" and len(held_out.group_numbers) < 2:
            problem = f"fewer than two groups of {self.column} have a held-out positive"
            expected = "two or more groups to compare"
        if problem:
            raise ConfigurationError(
                f"there is nothing to choose a threshold on: {problem}",
                where=f"`threshold`, label {of_label}" if of_label else "`threshold`",
                expected=expected,
                remedy="give a larger `validation_split`, `validation_data`, or a number",
            )

    def threshold(self, scores: Floats, baseline: Floats, held_out: HeldOut) -> float:
        """Return the threshold for a model.

        Args:
            scores: Its scores, in [0, 1], shape (n,).
            baseline: The baseline's scores, shape (n,).
            held_out: The examples.
        """
        if self.criterion is None:
            return self.given
        if not len(scores) or scores.min() == scores.max():
            return self.baseline  # no threshold tells the texts apart
        cuts = Cuts.of(scores)
        return cuts.best(self._loss(cuts, baseline, held_out), self.baseline)

    def _loss(self, cuts: Cuts, baseline: Floats, held_out: HeldOut) -> Floats:
        """Return how bad each threshold is, shape (cuts,)."""
        label, weight = held_out.label, held_out.weight
        total = weight.sum()
        share = cuts.above(weight) / total
        wanted = float(weight[decisions(baseline, self.baseline)].sum() / total)
        if self.criterion == "same-share":
            return np.asarray(np.abs(share - wanted))
        assert label is not None
        if self.criterion == "f1":
            right = cuts.above(weight * label)
            return np.asarray(-2 * right / (cuts.above(weight) + (weight * label).sum()))
        of_labels = float(weight[label].sum() / total)
        low, high = sorted((wanted, of_labels))
        outside = np.maximum(np.maximum(low - share, share - high), 0)
        allowed = outside <= max(self.most_outside, outside.min()) + _ROUNDING
        return np.where(allowed, _gap(cuts, held_out), np.inf)

    def chosen(
        self, threshold: float, scores: Floats, baseline: Floats, held_out: HeldOut
    ) -> ChosenThreshold:
        """Return the record of a model's threshold; arguments as for `threshold`."""
        if self.criterion is None:
            return ChosenThreshold(
                criterion=None, candidate=float(threshold), baseline=float(self.baseline)
            )
        values = (
            self._value(each, at, held_out)
            for each, at in (
                (scores, threshold),
                (baseline, self.baseline),
                (scores, self.baseline),
            )
        )
        ours, theirs, before = values
        return ChosenThreshold(
            criterion=self.criterion,
            candidate=float(threshold),
            baseline=float(self.baseline),
            n_examples=len(scores),
            column=self.column,
            candidate_value=ours,
            baseline_value=theirs,
            value_at_baseline=before,
        )

    def kept_baseline(self) -> ChosenThreshold:
        """Return the record if the baseline is kept, which keeps its threshold."""
        return ChosenThreshold(
            criterion=self.criterion,
            candidate=float(self.baseline),
            baseline=float(self.baseline),
            column=self.column,
        )

    def _value(self, scores: Floats, threshold: float, held_out: HeldOut) -> float:
        label, weight = held_out.label, held_out.weight
        flagged = decisions(scores, threshold)
        if self.criterion == "same-share":
            return float(weight[flagged].sum() / weight.sum())
        assert label is not None
        if self.criterion == "f1":
            both = weight[flagged].sum() + weight[label].sum()
            return float(2 * weight[flagged & label].sum() / both)
        at = Cuts(np.array([threshold]), scores)
        return float(_gap(at, held_out)[0])

    def warnings(
        self, choice: ChosenThreshold, scores: Floats, held_out: HeldOut
    ) -> tuple[str, ...]:
        """Return what weakens a choice: sentences without their full stops."""
        if self.criterion is None or not choice.is_chosen:
            return ()
        found = []
        if scores.min() == scores.max():
            return (
                "all held-out texts have the same score, so no threshold tells them apart: the "
                "model keeps the baseline's",
            )
        size = effective_size(held_out.weight)
        if size < FEW:
            equal = f" (as many as {size:.0f} of equal weight)" if round(size) < len(scores) else ""
            examples = counted(len(scores), "held-out example")
            found.append(
                f"the threshold was chosen on {examples}{equal}: {FEW} or more make it reliable"
            )
        found += self._few_positives(held_out)
        if self.criterion == "same-share":
            ours, theirs = choice.candidate_value, choice.baseline_value
            assert ours is not None and theirs is not None
            if abs(ours - theirs) > _CLOSE + 1 / len(scores):
                found.append(
                    f"so many texts have the same score that no threshold flags the baseline's "
                    f"share of them: {percent(ours)} instead of {percent(theirs)}"
                )
        return tuple(found)

    def _few_positives(self, held_out: HeldOut) -> list[str]:
        label = held_out.label
        if self.criterion == "same-share" or label is None:
            return []
        if self.criterion == "f1":
            n = int(label.sum())
            if n >= FEW_POSITIVES:
                return []
            return [
                f"F1 is over {counted(n, 'held-out positive')}: {FEW_POSITIVES} or more make it "
                "reliable"
            ]
        assert held_out.groups is not None
        few = [
            name
            for number, name in enumerate(self.group_names)
            if (label & (held_out.groups == number)).sum() < FEW_POSITIVES
        ]
        if not few:
            return []
        return [
            f"fewer than {FEW_POSITIVES} held-out positives make the true positive rate unreliable "
            f"in {counted(len(few), 'group')} of {self.column}: {', '.join(few[:5])}"
            + (" and others" if len(few) > 5 else "")
        ]


@dataclass(frozen=True)
class Cuts:
    """The thresholds that tell a model's scores apart.

    Attributes:
        thresholds: Ascending, shape (cuts,).
        scores: The scores, shape (n,).
    """

    thresholds: Floats
    scores: Floats

    @classmethod
    def of(cls, scores: npt.NDArray[Any]) -> Cuts:
        """Return the thresholds midway between neighbouring scores, with 0 and 1 among these."""
        scores = np.asarray(scores, dtype=np.float64)
        different = np.unique(np.concatenate([[0.0, 1.0], scores]))
        middle = different[:-1] + np.diff(different) / 2
        return cls(middle[middle >= LEAST], scores)

    def above(self, weights: Floats) -> Floats:
        """Return the weight of the scores above each threshold, shape (cuts,).

        Args:
            weights: The weight of each score, shape (n,).
        """
        place = np.searchsorted(self.thresholds, self.scores, side="left")
        of_each = np.bincount(place, weights, minlength=len(self.thresholds) + 1)
        return np.asarray(np.cumsum(of_each[::-1])[::-1][1:])

    def best(self, loss: Floats, near: float) -> float:
        """Return the threshold with the least loss; of several the closest to `near`."""
        equal = np.flatnonzero(loss <= loss.min() + _ROUNDING)
        number = equal[np.argmin(np.abs(self.thresholds[equal] - near))]
        return self._short(int(number))

    def _short(self, number: int) -> float:
        """Return a threshold with no more decimals than tell its neighbouring scores apart."""
        exact = float(self.thresholds[number])
        below = self.scores[self.scores <= exact].max(initial=0.0)
        above = self.scores[self.scores > exact].min(initial=1.0)
        for digits in range(4, 17):
            short = round(exact, digits)
            if below < short < above and abs(short - exact) <= (above - below) / 100:
                return short
        return exact


def _gap(cuts: Cuts, held_out: HeldOut) -> Floats:
    """Return the largest difference between two groups' true positive rates, shape (cuts,)."""
    label, weight, groups = held_out.label, held_out.weight, held_out.groups
    assert label is not None and groups is not None
    rates = []
    for number in held_out.group_numbers:
        positives = weight * (label & (groups == number))
        rates.append(cuts.above(positives) / positives.sum())
    return np.asarray(np.max(rates, axis=0) - np.min(rates, axis=0))
