"""Do 95 % intervals hold the truth in 95 % of samples? By simulation, with fixed seeds.

With 1,000 samples, the share of intervals that hold the truth has a standard error of 0.7 points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from evenhand.evaluation.areas import precision_recall_area, roc_area, score_bins
from evenhand.evaluation.intervals import (
    Interval,
    Mean,
    difference_intervals,
    mean_intervals,
)

SAMPLES = 1000
Draw = Callable[[np.random.Generator], Interval | None]


def covered(truth: float, draw: Draw) -> float:
    """Return the share of samples whose interval holds the truth."""
    rng = np.random.default_rng(11)
    found = [interval for _ in range(SAMPLES) if (interval := draw(rng)) is not None]
    assert len(found) > 0.99 * SAMPLES
    return sum(interval.lower <= truth <= interval.upper for interval in found) / len(found)


def plain_rate(rng: np.random.Generator) -> Interval:
    flips = (rng.random(120) < 0.1).astype(np.float64)
    return mean_intervals({"rate": Mean(flips, np.ones(120))}, np.arange(120))["rate"]


def clustered_rate(rng: np.random.Generator) -> Interval | None:
    """60 texts with one to four pairs, which flip more in some texts than in others."""
    sizes = rng.integers(1, 5, 60)
    chances = np.repeat(rng.beta(2, 6, 60), sizes)
    flips = (rng.random(chances.size) < chances).astype(np.float64)
    example = np.repeat(np.arange(60), sizes)
    return mean_intervals({"rate": Mean(flips, np.ones(flips.size))}, example).get("rate")


def weighted_rate(rng: np.random.Generator) -> Interval | None:
    flips = (rng.random(100) < 0.3).astype(np.float64)
    weights = rng.uniform(0.5, 2, 100)
    return mean_intervals({"rate": Mean(flips, weights)}, np.arange(100)).get("rate")


def mean_of_few(rng: np.random.Generator) -> Interval | None:
    gaps = rng.beta(2, 5, 20)
    return mean_intervals({"gap": Mean(gaps, np.ones(20), is_rate=False)}, np.arange(20))["gap"]


def paired_difference(rng: np.random.Generator) -> Interval | None:
    """8 % of pairs flip under the candidate, 20 % under the baseline, 4 % under both."""
    kind = rng.choice(4, size=120, p=[0.04, 0.04, 0.16, 0.76])
    ours, theirs = np.isin(kind, (0, 1)), np.isin(kind, (0, 2))
    one, other = (Mean(flips.astype(np.float64), np.ones(120)) for flips in (ours, theirs))
    return difference_intervals({"rate": one}, {"rate": other}, np.arange(120))["rate"]


def draw_scores(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    labels = (rng.random(size) < 0.25).astype(np.float64)
    return labels, expit(rng.normal(size=size) + 1.5 * labels - 1)


def roc(rng: np.random.Generator) -> Interval | None:
    labels, scores = draw_scores(rng, 150)
    area = roc_area(lambda: (score_bins(scores), labels, 1 - labels))
    return area and area.interval(area.value)


def precision_recall(rng: np.random.Generator) -> Interval | None:
    labels, scores = draw_scores(rng, 150)
    area = precision_recall_area(lambda: (score_bins(scores), labels, 1 - labels))
    return area and area.interval(area.value)


def roc_difference(rng: np.random.Generator) -> Interval | None:
    """Two models of equal skill that share most of their errors."""
    labels = (rng.random(150) < 0.25).astype(np.float64)
    shared = rng.normal(size=150) + 2 * labels
    first, second = (
        roc_area(lambda: (score_bins(expit(shared + rng.normal(0, 0.7, 150))), labels, 1 - labels))
        for _ in range(2)
    )
    if first is None or second is None:
        return None
    return first.difference_interval(second, first.value - second.value)


def average_precision() -> float:
    labels, scores = draw_scores(np.random.default_rng(1), 1_000_000)
    area = precision_recall_area(lambda: (score_bins(scores), labels, 1 - labels))
    assert area is not None
    return area.value


CASES: dict[str, tuple[Draw, Callable[[], float]]] = {
    "wilson": (plain_rate, lambda: 0.1),
    "bootstrap, several pairs a text": (clustered_rate, lambda: 0.25),
    "bootstrap, weights": (weighted_rate, lambda: 0.3),
    "bootstrap, a mean of few": (mean_of_few, lambda: 2 / 7),
    "tango": (paired_difference, lambda: -0.12),
    "delong": (roc, lambda: float(norm.cdf(1.5 / np.sqrt(2)))),
    "delong, difference": (roc_difference, lambda: 0.0),
    "linear": (precision_recall, average_precision),
}


@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    draw, truth = CASES[name]
    assert 0.92 <= covered(truth(), draw) <= 0.98
