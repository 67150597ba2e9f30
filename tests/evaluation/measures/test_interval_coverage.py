"""Do 95 % intervals hold the truth in 95 % of samples? By simulation, with fixed seeds.

With 1,000 samples, the share of intervals that hold the truth has a standard error of 0.7 points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs
from evenhand.evaluation.measures.areas import precision_recall_area, roc_area
from evenhand.evaluation.measures.intervals import Mean, difference_intervals, mean_intervals
from evenhand.evaluation.measures.logit_metrics import LogitMetrics
from evenhand.evaluation.measures.score_intervals import Interval
from evenhand.evaluation.reports.report import DataSummary
from evenhand.remediation.judging.validation import score_ranks

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


def few_flips(texts: int, rate: float, pairs: int, spread: float) -> Draw:
    """Return a draw of a rare rate: texts with up to so many pairs, and log-normal weights."""

    def draw(rng: np.random.Generator) -> Interval | None:
        example, weights, chances = draw_texts(rng, texts, pairs, spread)
        flips = (chances < rate).astype(np.float64)
        return mean_intervals({"rate": Mean(flips, weights)}, example)["rate"]

    return draw


def few_changes(texts: int, pairs: int, spread: float) -> Draw:
    """1 % of pairs flip under the candidate, 3 % under the baseline, half of the former's too."""

    def draw(rng: np.random.Generator) -> Interval | None:
        example, weights, chances = draw_texts(rng, texts, pairs, spread)
        ours, theirs = chances < 0.01, (chances > 0.005) & (chances < 0.035)
        one, other = (Mean(flips.astype(np.float64), weights) for flips in (ours, theirs))
        return difference_intervals({"rate": one}, {"rate": other}, example)["rate"]

    return draw


def draw_texts(
    rng: np.random.Generator, texts: int, pairs: int, spread: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return examples, weights and uniform numbers, which half of the pairs of a text share."""
    sizes = rng.integers(1, pairs + 1, texts)
    example = np.repeat(np.arange(texts), sizes)
    shared, own = rng.random(texts)[example], rng.random(example.size)
    uniform = np.where(rng.random(example.size) < 0.5, shared, own)
    return example, np.exp(spread * rng.normal(size=texts))[example], uniform


def precisions(rng: np.random.Generator) -> Interval | None:
    """Two models flag different texts; of those that either flags, 70 % are positive."""
    positive, hard = rng.random(300) < 0.7, rng.random(300)
    ours, theirs = hard < 0.2, np.abs(hard - 0.2) < 0.1
    one, other = (Mean(positive.astype(float), flagged.astype(float)) for flagged in (ours, theirs))
    return difference_intervals({"rate": one}, {"rate": other}, np.arange(300))["rate"]


def skewed_gaps(texts: int, pairs: int, spread: float, few: bool = False) -> Draw:
    """Return a draw of gaps of which most are small: their mean is 1/21, or 1/24 if few move."""

    def draw(rng: np.random.Generator) -> Interval | None:
        sizes = rng.integers(1, pairs + 1, texts)
        example = np.repeat(np.arange(texts), sizes)
        gaps = rng.beta(0.1, 2, texts)
        if few:
            gaps = np.where(rng.random(texts) < 1 / 8, rng.beta(1, 2, texts), 0)
        weights = np.exp(spread * rng.normal(size=texts))
        mean = Mean(gaps[example], weights[example], is_rate=False, bounds=(0, 1))
        return mean_intervals({"gap": mean}, example).get("gap")

    return draw


def standardized_gap(rng: np.random.Generator) -> Interval | None:
    """Logits of spread 2 that move by 0.5 on average; every text has a pair."""
    logits = rng.normal(0, 2, 100)
    data = EvaluationData(
        Examples(np.full(100, np.nan), np.ones(100), {}),
        Pairs(np.arange(100)),
        DataSummary(name="d", sha256="0" * 64, examples=100, labelled=0, pairs=100, weighted=False),
    )
    scores, moved = expit(logits), expit(logits + rng.exponential(0.5, 100))
    model = LogitMetrics(data, ModelScores("m", None, scores, scores, moved))
    return model.measure(next(data.slices()))["standardized_ctf_gap"].interval()


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
    area = roc_area(lambda: (score_ranks(scores), labels, 1 - labels))
    return area and area.interval(area.value)


def few_positives(rng: np.random.Generator) -> Interval | None:
    """Ten positives, of which nearly all score higher than nearly all of 1,000 negatives."""
    labels = (np.arange(1010) < 10).astype(np.float64)
    ranks = score_ranks(rng.normal(size=1010) + 3 * labels)
    area = roc_area(lambda: (ranks, labels, 1 - labels))
    return area and area.interval(area.value)


def precision_recall(rng: np.random.Generator) -> Interval | None:
    labels, scores = draw_scores(rng, 150)
    area = precision_recall_area(lambda: (score_ranks(scores), labels, 1 - labels))
    return area and area.interval(area.value)


def roc_difference(rng: np.random.Generator) -> Interval | None:
    """Two models of equal skill that share most of their errors."""
    labels = (rng.random(150) < 0.25).astype(np.float64)
    shared = rng.normal(size=150) + 2 * labels
    first, second = (
        roc_area(lambda: (score_ranks(expit(shared + rng.normal(0, 0.7, 150))), labels, 1 - labels))
        for _ in range(2)
    )
    if first is None or second is None:
        return None
    return first.difference_interval(second, first.value - second.value)


def average_precision() -> float:
    labels, scores = draw_scores(np.random.default_rng(1), 1_000_000)
    area = precision_recall_area(lambda: (score_ranks(scores), labels, 1 - labels))
    assert area is not None
    return area.value


CASES: dict[str, tuple[Draw, Callable[[], float]]] = {
    "wilson": (plain_rate, lambda: 0.1),
    "wilson, several pairs a text": (clustered_rate, lambda: 0.25),
    "wilson, weights": (weighted_rate, lambda: 0.3),
    "wilson, rare, several pairs a text": (few_flips(200, 0.02, 4, 0), lambda: 0.02),
    "wilson, rare, weights": (few_flips(400, 0.02, 1, 1), lambda: 0.02),
    "wilson, rare, both": (few_flips(200, 0.05, 3, 0.7), lambda: 0.05),
    "wilson, few texts": (few_flips(10, 0.2, 3, 0.5), lambda: 0.2),
    "bootstrap, a mean of few": (mean_of_few, lambda: 2 / 7),
    "bootstrap, skewed": (skewed_gaps(30, 1, 0), lambda: 1 / 21),
    "bootstrap, skewed, weights": (skewed_gaps(50, 1, 0.5), lambda: 1 / 21),
    "bootstrap, skewed, both": (skewed_gaps(60, 3, 0.5), lambda: 1 / 21),
    "bootstrap, few move": (skewed_gaps(100, 1, 0, few=True), lambda: 1 / 24),
    "bootstrap, in spreads": (standardized_gap, lambda: 0.25),
    "tango": (paired_difference, lambda: -0.12),
    "tango, rare, several pairs a text": (few_changes(300, 3, 0), lambda: -0.02),
    "tango, rare, weights": (few_changes(600, 1, 0.7), lambda: -0.02),
    "tango, rare, both": (few_changes(400, 3, 0.5), lambda: -0.02),
    "newcombe": (precisions, lambda: 0.0),
    "delong": (roc, lambda: float(norm.cdf(1.5 / np.sqrt(2)))),
    "delong, few positives": (few_positives, lambda: float(norm.cdf(3 / np.sqrt(2)))),
    "delong, difference": (roc_difference, lambda: 0.0),
    "linear": (precision_recall, average_precision),
}


@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    draw, truth = CASES[name]
    assert 0.92 <= covered(truth(), draw) <= 0.98
