from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from evenhand.evaluation.measures.intervals import (
    Mean,
    difference_intervals,
    mean_intervals,
    why_none,
)
from evenhand.evaluation.measures.score_intervals import tango, wilson
from evenhand.remediation.judging.wilson import LEVEL, QUANTILE


def rate(flags: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Mean:
    values = np.asarray(flags, dtype=np.float64)
    return Mean(values, np.ones(len(values)) if weights is None else np.asarray(weights, float))


def test_independent_equal_pairs_get_wilsons_interval() -> None:
    found = mean_intervals({"rate": rate(np.arange(10) < 1)}, np.arange(10))["rate"]
    assert found.method == "wilson"
    # Wilson 1927: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964
    assert (found.lower, found.upper) == pytest.approx((0.017876, 0.404150), abs=1e-6)


def test_equal_weights_other_than_one_change_nothing() -> None:
    flags, example = np.arange(10) < 3, np.arange(10)
    heavy = mean_intervals({"rate": rate(flags, np.full(10, 2.5))}, example)
    assert heavy == mean_intervals({"rate": rate(flags)}, example)


def test_rows_that_weigh_nothing_do_not_count() -> None:
    among = {"rate": rate([1, 0, 0, 1, 1], [1, 1, 1, 0, 0])}
    alone = {"rate": rate([1, 0, 0])}
    assert mean_intervals(among, np.arange(5)) == mean_intervals(alone, np.arange(3))


def test_pairs_of_one_text_are_not_taken_for_independent() -> None:
    flags, example = np.repeat(np.arange(40) < 8, 5), np.repeat(np.arange(40), 5)
    clustered = mean_intervals({"rate": rate(flags)}, example)["rate"]
    alone = mean_intervals({"rate": rate(flags)}, np.arange(200))["rate"]
    assert clustered.method == "wilson"
    assert clustered.upper - clustered.lower > 1.8 * (alone.upper - alone.lower)


def test_no_flip_among_few_is_no_certainty() -> None:
    found = mean_intervals({"rate": rate(np.zeros(10))}, np.repeat(np.arange(5), 2))["rate"]
    assert found.lower == 0
    assert found.upper == pytest.approx(0.4345, abs=1e-4)  # five texts, not ten


def test_nothing_gets_no_interval() -> None:
    nothing = {"rate": rate([]), "gap": Mean(np.zeros(0), np.zeros(0), is_rate=False)}
    none = np.zeros(0, dtype=np.int64)
    assert mean_intervals(nothing, none) == difference_intervals(nothing, nothing, none) == {}
    weightless = {"rate": rate([1, 0], [0, 0])}
    assert mean_intervals(weightless, np.arange(2)) == {}
    one_example = {"gap": Mean(np.array([0.0, 1.0]), np.ones(2), is_rate=False)}
    assert mean_intervals(one_example, np.zeros(2, dtype=np.int64)) == {}


def test_means_of_few_texts_have_no_interval_and_say_why() -> None:
    values = np.random.default_rng(5).random(40)
    few = Mean(values[:19], np.ones(19), is_rate=False)
    assert mean_intervals({"gap": few}, np.arange(19)) == {}
    assert why_none(few, np.arange(19)) == "few_texts"
    of_few = Mean(values, np.ones(40), is_rate=False)  # 40 pairs of 10 texts
    assert mean_intervals({"gap": of_few}, np.arange(40) // 4) == {}
    assert why_none(of_few, np.arange(40) // 4) == "few_texts"
    heavy = Mean(values, np.where(np.arange(40) == 0, 20.0, 1.0), is_rate=False)
    assert mean_intervals({"gap": heavy}, np.arange(40)) == {}
    same = {"gap": Mean(values, np.ones(40), is_rate=False)}
    assert difference_intervals(same, same, np.arange(40)) == {}
    assert why_none(same["gap"], np.arange(40)) == "no_variation"


@pytest.mark.parametrize("moving", [0, 1, 2])
def test_a_gap_that_hardly_any_text_has_is_no_certain_zero(moving: int) -> None:
    gaps = Mean(np.where(np.arange(400) < moving, 0.3, 0.0), np.ones(400), False, (0, 1))
    found = mean_intervals({"gap": gaps}, np.arange(400))["gap"]
    assert found == wilson(0.3 * moving, 400)  # were they all 0 or 1, they could not vary more
    unbounded = Mean(gaps.values, gaps.weights, is_rate=False)
    assert mean_intervals({"gap": unbounded}, np.arange(400)) == {}


def test_large_data_are_resampled_in_groups_with_the_same_result() -> None:
    values = np.random.default_rng(5).exponential(size=50_000)
    mean = Mean(values, np.ones(values.size), is_rate=False)
    found = mean_intervals({"gap": mean}, np.arange(values.size))["gap"]
    reach = 1.96 * values.std() / np.sqrt(values.size)
    assert found.upper - mean.value == pytest.approx(reach, rel=0.1)
    assert mean.value - found.lower == pytest.approx(reach, rel=0.1)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_rates_and_their_differences_stay_within_bounds(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.tuples(
                st.booleans(),
                st.booleans(),
                st.integers(0, 3),
                st.floats(0, 10, allow_subnormal=False),
            ),
            min_size=1,
            max_size=20,
        )
    )
    first, second, example, weights = (np.array(column) for column in zip(*rows, strict=True))
    example = np.sort(example)
    ours, theirs = {"rate": rate(first, weights)}, {"rate": rate(second, weights)}
    for interval in mean_intervals(ours, example).values():
        assert 0 <= interval.lower <= interval.upper <= 1
    for interval in difference_intervals(ours, theirs, example).values():
        assert -1 <= interval.lower <= interval.upper <= 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
def test_tangos_interval_is_where_the_score_test_does_not_reject(
    only_first: int, only_second: int, concordant: int
) -> None:
    size = only_first + only_second + concordant
    found = tango(only_first, only_second, size)
    assert -1 <= found.lower < (only_first - only_second) / size < found.upper <= 1
    back = tango(only_second, only_first, size)
    assert (back.lower, back.upper) == pytest.approx((-found.upper, -found.lower), abs=1e-9)
    # At a difference of 0 the score test is McNemar's: (b - c)² / (b + c) against 1.96²
    rejected = (only_first - only_second) ** 2 > 3.841459 * (only_first + only_second)
    assert rejected == (found.lower > 0 or found.upper < 0)


def test_tangos_interval_without_discordant_rows() -> None:
    found = tango(0, 0, 30)  # then it is ± z² / (n + z²)
    wanted = 3.841459 / 33.841459
    assert (found.lower, found.upper) == pytest.approx((-wanted, wanted))


def test_differences_of_plain_rates_over_the_same_rows_are_tangos() -> None:
    ours, theirs = {"rate": rate([1, 0, 0, 0, 1])}, {"rate": rate([1, 1, 1, 0, 0])}
    found = difference_intervals(ours, theirs, np.arange(5))
    assert found == {"rate": tango(1, 2, 5)}


def test_pairing_narrows_the_interval_of_a_difference() -> None:
    rng = np.random.default_rng(9)
    hard = rng.uniform(size=300)
    ours = Mean(hard + rng.normal(0, 0.05, 300), np.ones(300), is_rate=False)
    theirs = Mean(hard + rng.normal(0, 0.05, 300), np.ones(300), is_rate=False)
    example = np.arange(300)
    difference = difference_intervals({"gap": ours}, {"gap": theirs}, example)["gap"]
    alone = mean_intervals({"gap": ours}, example)["gap"]
    assert difference.method == "bootstrap"
    assert difference.lower < ours.value - theirs.value < difference.upper
    assert difference.upper - difference.lower < 0.5 * (alone.upper - alone.lower)


def test_rates_over_different_rows_are_compared_with_newcombes_interval() -> None:
    decisions = np.arange(40) % 2
    precision = {"precision": rate(decisions, np.arange(40) < 20)}
    other = {"precision": rate(1 - decisions, np.arange(40) < 30)}
    found = difference_intervals(precision, other, np.arange(40))["precision"]
    assert found.method == "newcombe"
    assert found.lower < 0 < found.upper


def test_rates_of_one_over_different_rows_are_no_certain_equality() -> None:
    ours = {"precision": rate(np.ones(20), np.arange(20) < 12)}
    theirs = {"precision": rate(np.ones(20), np.arange(20) >= 12)}
    found = difference_intervals(ours, theirs, np.arange(20))["precision"]
    # Wilson's intervals of 12 of 12 and of 8 of 8 begin at 1 / (1 + 3.8415 / n)
    assert [found.lower, found.upper] == pytest.approx([-0.242494, 0.324408], abs=1e-6)
    of_one_text = {"precision": rate(np.arange(20) % 2, np.arange(20) == 3)}
    for pair in ((ours, of_one_text), (of_one_text, ours)):
        found = difference_intervals(*pair, np.arange(20))["precision"]
        assert found.upper - found.lower > 0.8


def test_the_quantile_is_that_of_the_level() -> None:
    assert norm.ppf((1 + LEVEL) / 2) == QUANTILE
