"""What must hold of intervals of rates, whatever weighs what and comes from one text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.evaluation.measures.intervals import Mean, difference_intervals, mean_intervals
from evenhand.evaluation.measures.score_intervals import Interval

Array = npt.NDArray[np.float64]

WEIGHTS = st.one_of(
    st.just(1.0),
    st.sampled_from([0.0, 0.5, 1.001, 3.0, 50.0]),
    st.floats(1e-9, 1e9),
)


def interval_of(flips: npt.ArrayLike, weights: npt.ArrayLike, example: npt.ArrayLike) -> Interval:
    mean = Mean(np.asarray(flips, dtype=float), np.asarray(weights, dtype=float))
    return mean_intervals({"rate": mean}, np.asarray(example, dtype=np.int64))["rate"]


def difference_of(
    ours: npt.ArrayLike, theirs: npt.ArrayLike, weights: npt.ArrayLike, example: npt.ArrayLike
) -> Interval:
    first, second = (
        {"rate": Mean(np.asarray(flips, dtype=float), np.asarray(weights, dtype=float))}
        for flips in (ours, theirs)
    )
    return difference_intervals(first, second, np.asarray(example, dtype=np.int64))["rate"]


def ends(interval: Interval) -> list[float]:
    return [interval.lower, interval.upper]


@st.composite
def rows(draw: st.DrawFn) -> tuple[Array, Array, Array, npt.NDArray[np.int64]]:
    """Return two models' flips, weights of which one is above 0, and the examples."""
    size = draw(st.integers(1, 25))

    def column(values: st.SearchStrategy[float]) -> Array:
        return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype=float)

    bits = st.sampled_from([0.0, 1.0])
    weights = column(draw(st.sampled_from([WEIGHTS, st.just(2.5)])))
    if not weights.any():
        weights[0] = 1.0
    apart = column(draw(st.sampled_from([st.sampled_from([0, 1]), st.just(1)])))
    return column(bits), column(bits), weights, np.cumsum(apart).astype(np.int64)


@pytest.mark.parametrize(
    ("weights", "example"),
    [
        (np.ones(400), np.arange(400)),
        (np.where(np.arange(400) % 2, 1.001, 1), np.arange(400)),
        (np.exp(np.random.default_rng(1).normal(size=400)), np.arange(400)),
        (np.ones(400), np.arange(400) // 4),
        (np.exp(np.random.default_rng(2).normal(size=400)), np.arange(400) // 3),
    ],
)
def test_each_further_flip_raises_both_ends(weights: Array, example: Array) -> None:
    order = np.random.default_rng(0).permutation(400)
    found = [
        ends(interval_of(np.isin(np.arange(400), order[:flips]), weights, example))
        for flips in (0, 1, 2, 3, 4, 6, 8, 12, 20, 50, 100, 300, 390, 398, 399, 400)
    ]
    assert found == sorted(found)
    assert [upper for _, upper in found] == sorted(upper for _, upper in found)
    assert found[0][0] == 0 and found[-1][1] == 1


def test_no_flip_and_one_flip_of_400_nearly_equal_weights() -> None:
    nearly = np.where(np.arange(400) % 2, 1.001, 1)
    for flips, wanted in ((0, 0.009513), (1, 0.014023)):  # Wilson's own for 0 and 1 of 400
        found = interval_of(np.arange(400) < flips, nearly, np.arange(400))
        assert found.upper == pytest.approx(wanted, abs=1e-5)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows(), st.integers(0, 24))
def test_one_more_flip_never_lowers_an_end(
    table: tuple[Array, Array, Array, npt.NDArray[np.int64]], row: int
) -> None:
    flips, _, weights, example = table
    more = flips.copy()
    more[row % len(more)] = 1
    before, after = (interval_of(each, weights, example) for each in (flips, more))
    assert after.lower >= before.lower - 1e-9
    assert after.upper >= before.upper - 1e-9


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows(), st.sampled_from([1e-140, 1e-3, 7.0, 1e140]))
def test_scaling_all_weights_and_rows_of_weight_0_change_nothing(
    table: tuple[Array, Array, Array, npt.NDArray[np.int64]], factor: float
) -> None:
    ours, theirs, weights, example = table
    found, difference = interval_of(ours, weights, example), difference_of(*table)
    scaled = weights * factor
    assert ends(interval_of(ours, scaled, example)) == pytest.approx(ends(found), abs=1e-9)
    again = difference_of(ours, theirs, scaled, example)
    assert ends(again) == pytest.approx(ends(difference), abs=1e-9)
    added = [np.append(each, end) for each, end in ((ours, 1), (theirs, 0), (weights, 0))]
    for last in (example[-1], example[-1] + 1):
        with_row = np.append(example, last)
        found_again = interval_of(added[0], added[2], with_row)
        assert ends(found_again) == pytest.approx(ends(found), abs=1e-9)
        assert ends(difference_of(*added, with_row)) == pytest.approx(ends(difference), abs=1e-9)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows(), st.integers(0, 2**32))
def test_nearly_equal_weights_are_nearly_equal(
    table: tuple[Array, Array, Array, npt.NDArray[np.int64]], seed: int
) -> None:
    ours, theirs, weights, example = table
    nearly = weights * np.random.default_rng(seed).uniform(1, 1 + 1e-6, len(weights))
    for one, other in (
        (interval_of(ours, weights, example), interval_of(ours, nearly, example)),
        (difference_of(*table), difference_of(ours, theirs, nearly, example)),
    ):
        assert one.method == other.method
        assert ends(one) == pytest.approx(ends(other), abs=1e-4)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows())
def test_a_difference_lies_in_its_interval_and_turns_with_the_models(
    table: tuple[Array, Array, Array, npt.NDArray[np.int64]],
) -> None:
    ours, theirs, weights, example = table
    found, turned = difference_of(*table), difference_of(theirs, ours, weights, example)
    difference = (weights @ ours - weights @ theirs) / weights.sum()
    assert -1 <= found.lower <= difference + 1e-9 and difference - 1e-9 <= found.upper <= 1
    assert [-turned.upper, -turned.lower] == pytest.approx(ends(found), abs=1e-7)


def test_a_text_whose_rows_flip_together_counts_once() -> None:
    once = interval_of(np.arange(40) < 10, np.ones(40), np.arange(40))
    tenfold = interval_of(np.repeat(np.arange(40) < 10, 10), np.ones(400), np.repeat(range(40), 10))
    assert ends(tenfold) == pytest.approx(ends(once), abs=1e-9)
