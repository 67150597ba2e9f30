"""How many pairs a limit on a rate needs: known values, and counts and chances by brute force."""

from __future__ import annotations

from math import comb, fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.gate.limit_kinds import fewest_pairs_without_a_flip
from evenhand.evaluation.measures.score_intervals import wilson
from evenhand.evaluation.planning.rate_limit import RateLimit
from evenhand.remediation.judging.wilson import LEVEL

MOST = 150  # pairs that are tried one by one

BOUNDS = st.sampled_from(["value", "upper", "lower"])
LIMITS = st.builds(RateLimit, st.integers(1, 99).map(lambda n: n / 100), BOUNDS)
RATES = st.integers(0, 100).map(lambda n: n / 100)
POWERS = st.sampled_from([0.5, 0.8, 0.9, 0.975])


def is_kept(limit, flips, pairs):
    """Return whether a report's number keeps a limit, as the gate compares them."""
    interval = wilson(flips, pairs)
    ends = {"value": flips / pairs, "upper": interval.upper, "lower": interval.lower}
    return ends[limit.bound] <= limit.max


def chance(limit, pairs, rate):
    """Return the chance that a limit is kept, summed over all numbers of flips."""
    return fsum(
        comb(pairs, flips) * rate**flips * (1 - rate) ** (pairs - flips)
        for flips in range(pairs + 1)
        if is_kept(limit, flips, pairs)
    )


def test_a_limit_of_two_per_cent_on_the_upper_end():
    limit = RateLimit(0.02, "upper")
    assert limit.fewest_pairs() == 189
    assert (limit.most_flips(188), limit.most_flips(189)) == (-1, 0)
    assert limit.pass_chance(189, 0.01) == pytest.approx(0.99**189)
    assert limit.first_pairs(0.01, 0.8) == 1232
    assert limit.pairs_needed(0.01, 0.8) == 1356
    # 1,240 are enough, 1,270 are not, because no more flips are allowed
    assert limit.most_flips(1240) == limit.most_flips(1270) == 15
    assert limit.pass_chance(1240, 0.01) > 0.8 > limit.pass_chance(1270, 0.01)


@given(LIMITS, st.integers(1, MOST))
def test_the_most_flips_are_the_last_that_keep_the_limit(limit, pairs):
    kept = [flips for flips in range(pairs + 1) if is_kept(limit, flips, pairs)]
    assert limit.most_flips(pairs) == max(kept, default=-1)
    assert kept == list(range(len(kept)))


@given(LIMITS, st.integers(0, 20))
def test_the_fewest_pairs_are_the_first_that_keep_the_limit(limit, flips):
    pairs = int(limit.fewest_pairs(flips))
    assert pairs >= max(1, flips)
    assert is_kept(limit, flips, pairs)
    assert pairs == max(1, flips) or not is_kept(limit, flips, pairs - 1)


@given(LIMITS, st.integers(1, 60), RATES)
def test_the_chance_is_that_of_all_numbers_of_flips_that_keep_the_limit(limit, pairs, rate):
    assert limit.pass_chance(pairs, rate) == pytest.approx(chance(limit, pairs, rate), abs=1e-12)


@given(LIMITS, st.integers(1, MOST), POWERS)
def test_the_rates_that_pass_and_fail_have_the_wanted_chance(limit, pairs, power):
    passes, fails = limit.passes_up_to(pairs, power), limit.fails_from(pairs, power)
    if limit.most_flips(pairs) < 0:
        assert (passes, fails) == (None, 0)
    elif limit.most_flips(pairs) == pairs:
        assert (passes, fails) == (1, None)
    else:
        assert passes <= fails
        assert limit.pass_chance(pairs, passes) == pytest.approx(power)
        assert 1 - limit.pass_chance(pairs, fails) == pytest.approx(power)


@given(LIMITS, RATES, POWERS)
def test_the_pairs_needed_are_those_from_which_on_all_numbers_have_the_power(limit, rate, power):
    needed, first = limit.pairs_needed(rate, power), limit.first_pairs(rate, power)
    if rate == limit.max:
        assert needed is first is None
        return
    chances = np.array([limit.pass_chance(pairs, rate) for pairs in range(1, 2 * MOST)])
    if rate > limit.max:
        chances = 1 - chances
    close = abs(chances - power) < 1e-9  # which side such a chance is on is a matter of rounding
    enough = np.flatnonzero((chances >= power) | close) + 1
    short = np.flatnonzero((chances < power) & ~close) + 1
    if needed is None or needed >= 2 * MOST:
        assert len(short)
        assert first is None or first <= needed
        return
    assert needed == (short[-1] + 1 if len(short) else 1)
    assert first == enough[0]


@given(st.integers(1, 30).map(lambda n: n / 1000), st.integers(0, 29), POWERS)
def test_more_power_and_a_rate_nearer_to_the_limit_take_more_pairs(limit, tenths, power):
    of, rate = RateLimit(limit, "upper"), limit * tenths / 30
    needed = of.pairs_needed(rate, power)
    assert needed >= of.fewest_pairs()
    more = of.pairs_needed(rate, (1 + power) / 2)
    assert more is None or more >= needed
    nearer = of.pairs_needed((rate + limit) / 2, power)
    assert nearer is None or nearer >= needed


def test_a_rate_too_close_to_the_limit_is_not_decided_by_millions():
    assert RateLimit(0.02, "upper").pairs_needed(0.01999, 0.8) is None
    assert RateLimit(0.02, "upper").first_pairs(0.01999, 0.8) is None


@given(st.integers(1, 999).map(lambda n: n / 1000))
def test_the_gate_knows_the_fewest_pairs_without_a_flip(limit):
    assert fewest_pairs_without_a_flip(limit, LEVEL) == max(
        1, RateLimit(limit, "upper").fewest_pairs()
    )
