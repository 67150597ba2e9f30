"""Two metrics of the logits: their spread, and the CTF gap in units of the spread.

A model whose scores all move towards a constant has a smaller CTF gap, but the same gap in standard
deviations of its logits. The unit is the spread over all originals, labelled or not, so that it is
the same for all slices. Both metrics are functions of means, and their intervals come from how much
each text changes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores, Slice
from evenhand.evaluation.measures.bootstrap import MIN_TEXTS, group_numbers
from evenhand.evaluation.measures.intervals import bootstrap_interval
from evenhand.evaluation.measures.score_intervals import Interval
from evenhand.evaluation.reports.report import NoInterval
from evenhand.remediation.judging.effective_size import Texts, effective_size
from evenhand.remediation.judging.standardized_gap import (
    NO_SPREAD,
    logit_spread,
    logits_of_scores,
    standardized_gap,
)


@dataclass(frozen=True)
class Estimate:
    """A metric that is a function of means.

    Attributes:
        value: Its value, or NaN.
        size: Effective number of texts that it is computed from.
        find_influence: Computes what each text, or group of texts, adds to its error.
        bounds: Its smallest and largest possible value.
    """

    value: float
    size: float
    find_influence: Callable[[], Floats]
    bounds: tuple[float, float] = (0, math.inf)

    def interval(self) -> Interval | None:
        """Return its interval, or None if there is none."""
        if math.isnan(self.value) or not self.size >= MIN_TEXTS:
            return None
        return bootstrap_interval(self.value, self.find_influence(), self.bounds)

    def difference_interval(self, other: Estimate) -> Interval | None:
        """Return the interval of the difference from another model's estimate on the same texts."""
        difference = self.value - other.value
        if math.isnan(difference) or not self.size >= MIN_TEXTS:
            return None
        influence = self.find_influence() - other.find_influence()
        return bootstrap_interval(difference, influence, (-math.inf, math.inf))

    def why_none(self) -> NoInterval:
        """Return why there is no interval."""
        return "no_variation" if self.size >= MIN_TEXTS else "few_texts"


class LogitMetrics:
    """Measures one model's logits on slices of the data."""

    def __init__(self, data: EvaluationData, scores: ModelScores) -> None:
        self._scores = scores
        self._example = data.pairs.example
        heaviest = data.examples.weights.max(initial=0)
        self._weights = data.examples.weights / (heaviest if heaviest > 0 else 1.0)
        counting = np.flatnonzero(self._weights > 0)
        self._group = np.zeros(len(self._weights), dtype=np.int32)
        self._group[counting] = group_numbers(len(counting))
        self._spread = logit_spread(scores.examples, self._weights)
        self._spread_moves = np.bincount(
            self._group[counting],
            weights=_spread_moves(scores.examples[counting], self._weights[counting]),
        )

    def measure(self, slice_: Slice) -> dict[str, Estimate]:
        """Return ``standardized_ctf_gap`` and ``logit_spread`` of a slice."""
        return {"standardized_ctf_gap": self._gap(slice_.pairs), "logit_spread": self._own(slice_)}

    def _gap(self, pairs: Rows) -> Estimate:
        example = self._example[pairs]
        weights = self._weights[example]
        originals, counterfactuals = (
            side[pairs] for side in (self._scores.originals, self._scores.counterfactuals)
        )
        value = standardized_gap(originals, counterfactuals, weights, self._spread)

        def influence() -> Floats:
            distances = np.abs(logits_of_scores(originals) - logits_of_scores(counterfactuals))
            moves = weights / weights.sum() * (distances / self._spread - value)
            by_group = np.bincount(
                self._group[example], weights=moves, minlength=len(self._spread_moves)
            )
            return by_group - value / self._spread * self._spread_moves

        return Estimate(value, effective_size(Texts(example).sums(weights)), influence)

    def _own(self, slice_: Slice) -> Estimate:
        scores, weights = self._scores.examples[slice_.examples], self._weights[slice_.examples]
        return Estimate(
            logit_spread(scores, weights),
            effective_size(weights),
            lambda: _spread_moves(scores, weights),
        )


def _spread_moves(scores: Floats, weights: Floats) -> Floats:
    """Return what each example adds to the error of the spread of the logits, shape (n,)."""
    spread = logit_spread(scores, weights)
    if not spread > NO_SPREAD:
        return np.zeros(len(scores))
    shares = weights / weights.sum()
    logits = logits_of_scores(scores)
    moves: Floats = shares * ((logits - shares @ logits) ** 2 - spread**2) / (2 * spread)
    return moves
