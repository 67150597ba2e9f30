"""Pooled flip rates of terms: what they are drawn to, and that they come closer to the truth."""

from __future__ import annotations

import numpy as np
import pytest
from gate_reports import slice_
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.derived.partial_pooling import pooled_rates, with_pooled_rates

NAME = "flip_rate_pooled"


def test_rare_terms_are_drawn_to_the_rate_of_all_and_frequent_ones_are_not():
    rates, sizes = [0.02, 0.3, 0.12, 0.5], [3000, 3000, 3000, 4]
    found = pooled_rates(rates, sizes)
    for value, rate in zip(found[:3], rates, strict=False):
        assert value.value == pytest.approx(rate, abs=0.002)
    assert 0.15 < found[3].value < 0.35
    assert found[3].upper - found[3].lower > 10 * (found[0].upper - found[0].lower)


def test_terms_that_differ_by_chance_alone_have_nearly_one_rate():
    counts = np.random.default_rng(0).binomial(20, 0.1, size=40)
    found = [each.value for each in pooled_rates(list(counts / 20), [20] * 40)]
    assert np.ptp(found) < 0.2 * np.ptp(counts / 20)


def test_it_is_closer_to_the_truth_and_its_intervals_hold():
    rng = np.random.default_rng(1)
    pooled, raw, held = [], [], []
    for _ in range(60):
        true = rng.beta(2, 18, size=50)
        sizes = rng.integers(2, 40, size=50)
        rates = rng.binomial(sizes, true) / sizes
        found = pooled_rates(list(rates), list(sizes))
        pooled.append(np.mean([(a.value - b) ** 2 for a, b in zip(found, true, strict=True)]))
        raw.append(np.mean((rates - true) ** 2))
        held += [a.lower <= b <= a.upper for a, b in zip(found, true, strict=True)]
    assert np.mean(pooled) < 0.5 * np.mean(raw)
    assert 0.92 < np.mean(held) < 0.98


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0.01, 1e6)),
        min_size=3,
        max_size=12,
    )
)
def test_every_value_is_a_rate_within_its_interval(terms):
    for found in pooled_rates([rate for rate, _ in terms], [size for _, size in terms]):
        assert 0 <= found.lower <= found.value <= found.upper <= 1


def test_only_terms_have_it_and_only_where_there_are_several():
    nothing = {NAME: None}
    slices = [
        slice_(flip_rate=0.1, **nothing),
        slice_("group=a", flip_rate=0.1, **nothing),
        *(slice_(f"term={n}", n_pairs=10, flip_rate=n / 10, **nothing) for n in range(3)),
        slice_("term=unseen", n_pairs=0, flip_rate=None, **nothing),
    ]
    found = {each.slice: each.metrics[NAME].value for each in with_pooled_rates(slices)}
    assert [name for name, value in found.items() if value is not None] == [
        "term=0",
        "term=1",
        "term=2",
    ]
    assert 0 < found["term=0"] < found["term=1"] < found["term=2"] < 0.2
    few = with_pooled_rates([*slices[:4], slices[-1]])
    assert all(each.metrics[NAME].value is None for each in few)
