"""How often any edit flips a decision, and how much more often edits of identity terms do.

A control pair is the text of a pair with a similar edit that does not touch an identity term. The
flip rate of control pairs is the noise floor. The excess is the flip rate of the pairs that have a
control minus the flip rate of these controls. Every pair is compared with its own control, on the
same text, so the excess has the interval of a paired difference, for which the unit is a text with
all of its pairs. The p-value is that of McNemar's test: it compares the pairs that flip without
their control with the controls that flip without their pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from evenhand.data.support.arrays import Flags, Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.intervals import (
    Mean,
    difference_intervals,
    mean_intervals,
    why_none,
)
from evenhand.evaluation.measures.score_intervals import Interval
from evenhand.evaluation.measures.significance import flips_compared
from evenhand.evaluation.reports.report import NoInterval
from evenhand.remediation.judging.p_values import mcnemar
from evenhand.remediation.outputs.decisions import flips


@dataclass(frozen=True)
class Excess:
    """The flip rate of pairs minus the flip rate of their controls.

    Attributes:
        pairs: Whether each pair flips, shape (k,).
        controls: Whether the control of each pair flips, shape (k,).
        weights: Weight of each pair, shape (k,).
        example: The example that each pair is of, ascending, shape (k,).
    """

    pairs: Flags
    controls: Flags
    weights: Floats
    example: Rows

    @property
    def value(self) -> float:
        """The difference of the two rates; NaN without pairs."""
        return self._change.value

    def control_rate(self) -> Mean:
        """Return the flip rate of the controls."""
        return Mean(self._of_controls, self.weights)

    def interval(self) -> Interval | None:
        """Return the interval of the difference, or None if there is none."""
        rate = Mean(self._of_pairs, self.weights)
        return difference_intervals({"": rate}, {"": self.control_rate()}, self.example).get("")

    def difference_interval(self, other: Excess) -> Interval | None:
        """Return the interval of the difference from another model's excess on the same pairs."""
        change = self._change.values - other._change.values
        mean = Mean(change, self.weights, is_rate=False, bounds=(-2, 2))
        return mean_intervals({"": mean}, self.example).get("")

    def why_none(self) -> NoInterval:
        """Return why there is no interval."""
        return why_none(self._change, self.example)

    def p_value(self) -> float:
        """Return McNemar's exact p-value; NaN without pairs."""
        if not len(self.example):
            return math.nan
        compared = flips_compared(self.pairs, self.controls, self.example)
        return mcnemar(compared.only_first, compared.only_second)

    @property
    def _change(self) -> Mean:
        return Mean(self._of_pairs - self._of_controls, self.weights, is_rate=False, bounds=(-1, 1))

    @property
    def _of_pairs(self) -> Floats:
        return self.pairs.astype(np.float64)

    @property
    def _of_controls(self) -> Floats:
        return self.controls.astype(np.float64)


@dataclass
class ControlMeasures:
    """The metrics of control pairs on one slice, by name with the suffix of the threshold.

    Attributes:
        example: The example that each control pair is of, ascending, shape (k,).
        means: Functions that make the means over control pairs.
        excesses: The flip rates of pairs minus those of their controls.
        numbers: Metrics that are not estimates: counts and p-values.
    """

    example: Rows
    means: dict[str, Callable[[], Mean]] = field(default_factory=dict)
    excesses: dict[str, Excess] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


class ControlMetrics:
    """Measures one model on control pairs; gives no metrics if the data has none."""

    def __init__(
        self, data: EvaluationData, scores: ModelScores, thresholds: Mapping[str, float]
    ) -> None:
        self._data = data
        self._scores = scores
        self._at = thresholds
        self._control_of: Rows | None = None  # of each pair, -1 without one
        if data.pairs.controls is not None:
            self._control_of = np.full(len(data.pairs.example), -1)
            self._control_of[data.pairs.controls] = np.arange(len(data.pairs.controls))

    def measure(self, slice_: Slice) -> ControlMeasures:
        """Return the metrics of the control pairs of a slice's pairs."""
        if self._control_of is None:
            return ControlMeasures(np.zeros(0, np.int64))
        numbers = self._control_of[slice_.pairs]
        pairs, controls = slice_.pairs[numbers >= 0], numbers[numbers >= 0]
        example = self._data.pairs.example[pairs]
        weights = self._data.examples.weights[example]
        originals = self._scores.originals[pairs]

        def gap() -> Mean:
            change = np.abs(originals - self._scores.controls[controls])
            return Mean(change, weights, is_rate=False, bounds=(0, 1))

        found = ControlMeasures(example, {"control_ctf_gap": gap})
        found.numbers["control_pairs"] = float(len(pairs))
        for at, threshold in self._at.items():
            flipped = flips(originals, self._scores.controls[controls], threshold)
            excess = Excess(
                flips(originals, self._scores.counterfactuals[pairs], threshold),
                flipped,
                weights,
                example,
            )
            found.means["control_flip_rate" + at] = excess.control_rate
            found.excesses["excess_flip_rate" + at] = excess
            found.numbers["control_flip_count" + at] = float(weights @ flipped)
            found.numbers["excess_flip_p" + at] = excess.p_value()
        return found
