from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from evenhand.data.support.arrays import Floats
from evenhand.evaluation.measures.areas import (
    Area,
    Ranked,
    cross_areas,
    precision_recall_area,
    roc_area,
)
from evenhand.remediation.judging.validation import Ranks, area_under_curve, score_ranks

SIX = np.array([0.9, 0.8, 0.7, 0.6, 0.6, 0.2])
LABELS = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])


def test_areas_worked_out_by_hand() -> None:
    ranks = score_ranks(SIX)
    area = roc_area(lambda: (ranks, LABELS, 1 - LABELS))
    assert area is not None
    # .9 beats 3 negatives, .7 beats 2, .6 ties with one and beats one
    assert area.value == pytest.approx((3 + 2 + 1.5) / 9)
    precision = precision_recall_area(lambda: (ranks, LABELS, 1 - LABELS))
    assert precision is not None
    # Downwards, true positives among those found grow from 1 of 2 to 2 of 3 at .7, so that the
    # precision is (f - 1) / f, and from 2 of 3 to 3 of 5 at .6, where it is (f + 1) / 2f. Its mean
    # along the recall, a third at each step:
    steps = (1, 1 - np.log(3 / 2), (1 + np.log(5 / 3) / 2) / 2)
    assert precision.value == pytest.approx(sum(steps) / 3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=40))
def test_the_roc_area_is_mann_and_whitneys_statistic(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([row[0] for row in rows]) / 20
    labels = np.array([row[1] for row in rows], dtype=np.float64)
    area = roc_area(lambda: (score_ranks(scores), labels, 1 - labels))
    positives = int(labels.sum())
    if positives in (0, len(rows)):
        assert area is None
        return
    ranks = rankdata(scores)[labels == 1].sum()
    statistic = ranks - positives * (positives + 1) / 2
    assert area is not None
    assert area.value == pytest.approx(statistic / (positives * (len(rows) - positives)))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from([1e-30, 0.1, 0.3, 1, 7, 1e30])),
        max_size=40,
    )
)
def test_the_area_in_the_log_of_a_training_is_that_of_the_report(
    rows: list[tuple[float, bool, float]],
) -> None:
    # One of each class that nothing outweighs, and scores that TFMA's buckets would not tell apart
    rows = [(0.5, True, 1e30), (0.5, False, 1e30), *rows]
    scores = np.array([score for score, _, _ in rows]) * 1e-6
    positive, weight = (np.array([row[place] for row in rows]) for place in (1, 2))
    area = roc_area(lambda: (score_ranks(scores), weight * positive, weight * ~positive))
    assert area is not None
    assert area_under_curve(scores, positive, weight) == pytest.approx(area.value, abs=1e-12)


@pytest.mark.parametrize("weight", [1.0, 0.1, 1 / 3, 1e-7])
def test_an_area_of_one_is_one_whatever_the_weights_add_up_to(weight: float) -> None:
    positive = np.arange(1000) >= 700
    weights = np.full(1000, weight, dtype=np.float32)
    weights[::7] *= 0.3
    assert area_under_curve(np.arange(1000.0), positive, weights) == 1
    assert area_under_curve(-np.arange(1000.0), positive, weights) == 0


def test_delongs_variance() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([1.0, 0.0], [30, 50])
    scores = (rng.integers(0, 50, 80) + 20 * labels) / 100
    area = roc_area(lambda: (score_ranks(scores), labels, 1 - labels))
    assert area is not None
    beats = np.sign(scores[:30, np.newaxis] - scores[30:]) / 2 + 0.5
    by_positive, by_negative = beats.mean(axis=1), beats.mean(axis=0)
    variance = by_positive.var(ddof=1) / 30 + by_negative.var(ddof=1) / 50
    assert (area.influence**2).sum() == pytest.approx(variance)


@pytest.mark.parametrize("make", [roc_area, precision_recall_area])
def test_influence_is_what_a_little_more_weight_does(
    make: Callable[[Ranked], Area | None],
) -> None:
    rng = np.random.default_rng(3)
    ranks, weights = score_ranks(rng.random(30)), rng.uniform(1, 2, 30)
    labels = rng.random(30)  # between 0 and 1: partly positive, partly negative

    def ranked(weights: Floats) -> tuple[Ranks, Floats, Floats]:
        return ranks, weights * labels, weights * (1 - labels)

    area = make(partial(ranked, weights))
    assert area is not None
    step = 1e-6
    moved = np.empty(30)
    for i in range(30):
        heavier = weights.copy()
        heavier[i] += step
        other = make(partial(ranked, heavier))
        assert other is not None
        moved[i] = (other.value - area.value) / step * weights[i]
    assert np.corrcoef(area.influence, moved)[0, 1] > 0.999
    assert area.influence == pytest.approx(moved, abs=0.1 * np.abs(moved).max())
    assert area.error == pytest.approx(np.sqrt((area.influence**2).sum()))


def test_a_perfect_order_of_few_is_no_certainty() -> None:
    labels = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    area = roc_area(lambda: (score_ranks(np.linspace(1, 0, 5)), labels, 1 - labels))
    assert area is not None
    interval = area.interval(area.value)
    assert (interval.upper, area.size) == (1.0, 2)
    assert interval.lower < 0.5


def test_a_difference_that_no_example_moves_has_no_interval() -> None:
    area = roc_area(lambda: (score_ranks(SIX), LABELS, 1 - LABELS))
    assert area is not None
    assert area.difference_interval(area, 0.0) is None


def test_subgroup_areas_worked_out_by_hand() -> None:
    scores = np.array([0.9, 0.6, 0.5, 0.7, 0.5, 0.4, 0.6])
    labels = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    subgroup = np.array([0, 1, 2, 3])
    found = cross_areas(subgroup, score_ranks(scores), labels, 1 - labels)
    # background positive .5 against the subgroup's negatives .5 (a tie) and .7
    assert found["bpsn_auc"].value == pytest.approx(0.5 / 2)
    # the subgroup's positives .9 and .6 against background negatives .4 and .6 (a tie with .6)
    assert found["bnsp_auc"].value == pytest.approx((2 + 1.5) / 4)


def test_without_a_background_there_is_nothing_to_rank_against() -> None:
    assert cross_areas(np.arange(6), score_ranks(SIX), LABELS, 1 - LABELS) == {}
