from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.evaluation.intervals import mean_intervals, rate_intervals


def test_independent_equal_pairs_get_wilsons_interval() -> None:
    flags = np.arange(10) < 1
    found = rate_intervals({"rate": flags}, np.arange(10), np.ones(10))["rate"]
    assert found.method == "wilson"
    # Wilson 1927: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964
    assert (found.lower, found.upper) == pytest.approx((0.017876, 0.404150), abs=1e-6)


def test_equal_weights_other_than_one_change_nothing() -> None:
    flags = {"rate": np.arange(10) < 3}
    once = rate_intervals(flags, np.arange(10), np.ones(10))
    assert rate_intervals(flags, np.arange(10), np.full(10, 2.5)) == once


def test_pairs_of_one_text_are_not_taken_for_independent() -> None:
    flags = np.repeat(np.arange(40) < 8, 5)
    example = np.repeat(np.arange(40), 5)
    clustered = rate_intervals({"rate": flags}, example, np.ones(200))["rate"]
    alone = rate_intervals({"rate": flags}, np.arange(200), np.ones(200))["rate"]
    assert clustered.method == "bootstrap"
    assert clustered.upper - clustered.lower > 1.8 * (alone.upper - alone.lower)


def test_no_flip_among_few_is_no_certainty() -> None:
    example = np.repeat(np.arange(5), 2)
    found = rate_intervals({"rate": np.zeros(10, bool)}, example, np.ones(10))["rate"]
    assert found.lower == 0
    assert found.upper == pytest.approx(0.4345, abs=1e-4)  # five texts, not ten


def test_nothing_gets_no_interval() -> None:
    none = np.zeros(0)
    assert rate_intervals({"rate": none.astype(bool)}, none.astype(int), none) == {}
    assert mean_intervals({"gap": np.ones(2)}, np.arange(2), np.zeros(2)) == {}
    one_example = np.zeros(2, dtype=np.int64)
    assert mean_intervals({"gap": np.array([0.0, 1.0])}, one_example, np.ones(2)) == {}


def test_mean_intervals_shrink_with_the_root_of_the_size() -> None:
    rng = np.random.default_rng(3)
    widths = []
    for size in (100, 1600):
        found = mean_intervals({"gap": rng.uniform(size=size)}, np.arange(size), np.ones(size))
        widths.append(found["gap"].upper - found["gap"].lower)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.25)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_rates_stay_between_zero_and_one(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 3), st.floats(0, 10, allow_subnormal=False)),
            min_size=1,
            max_size=20,
        )
    )
    flags = np.array([row[0] for row in rows])
    example = np.sort([row[1] for row in rows])
    weights = np.array([row[2] for row in rows])
    found = rate_intervals({"rate": flags}, example, weights)
    assert bool(found) <= bool(weights.any())
    for interval in found.values():
        assert 0 <= interval.lower <= interval.upper <= 1
