"""The test of a spread: Pearson's where it has to be, at its level, and blind to chance alone."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.evaluation.derived.spread_test import chi_square_of_rates, chi_square_of_values


@pytest.mark.parametrize("counts", [(3, 9, 1), (0, 5, 2), (40, 38, 33), (0, 0, 40)])
def test_without_a_limit_it_is_pearsons(counts: tuple[int, int, int]) -> None:
    from scipy.stats import chi2_contingency

    sizes = [40, 60, 50]
    rates = [count / size for count, size in zip(counts, sizes, strict=True)]
    found = chi_square_of_rates(rates, sizes)
    table = [[count, size - count] for count, size in zip(counts, sizes, strict=True)]
    wanted = chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-9)


def test_of_values_it_is_cochrans_and_a_limit_moves_the_farthest_two() -> None:
    values, errors = [0.1, 0.2, 0.5], [0.01, 0.02, 0.03]

    def variance(group: int, truth: float) -> float:
        return errors[group] ** 2

    weights = [1 / error**2 for error in errors]
    centre = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    wanted = sum(w * (v - centre) ** 2 for w, v in zip(weights, values, strict=True))
    assert chi_square_of_values(values, variance).statistic == pytest.approx(wanted)
    # Within a window of 0.3 the middle value stays where it is; the others share the 0.1 that is
    # too much by their variances: 0.1² / (0.01² + 0.03²).
    assert chi_square_of_values(values, variance, 0.3).statistic == pytest.approx(10)
    assert chi_square_of_values(values, variance, 0.4).p_value == 1


@pytest.mark.parametrize(("rates", "limit"), [([0.2, 0.2], 0), ([0.0, 0.0], 0), ([0.1, 0.3], 0.2)])
def test_a_spread_within_the_limit_is_no_evidence(rates: list[float], limit: float) -> None:
    found = chi_square_of_rates(rates, [50, 50], limit)
    assert found.statistic < 1e-9 and found.p_value == pytest.approx(1)


def rejected(truth: list[float], limit: float) -> float:
    """Return how often the test at 5 % rejects, of 1,000 times that 200 rows of each are drawn."""
    drawn = np.random.default_rng(17).binomial(200, truth, (1000, len(truth))) / 200
    sizes = [200.0] * len(truth)
    tests = (chi_square_of_rates(rates, sizes, limit) for rates in drawn.tolist())
    return sum(test.p_value <= 0.05 for test in tests) / len(drawn)


def test_it_keeps_its_level_and_finds_what_is_there() -> None:
    apart = np.ptp(np.random.default_rng(17).binomial(200, 0.05, (1000, 8)) / 200, axis=1)
    assert (apart > 0.02).mean() > 0.95  # what a limit of 0.02 without a test makes of chance
    assert 0.03 <= rejected([0.05] * 8, 0) <= 0.065
    assert rejected([0.05] * 8, 0.02) <= 0.05
    assert rejected([0.04] * 4 + [0.06] * 4, 0.02) <= 0.05
    assert rejected([0.02] * 7 + [0.12], 0.02) >= 0.85
