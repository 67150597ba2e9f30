"""Training's own metrics, against a library and by hand."""

from __future__ import annotations

import numpy as np
from scipy.stats import mannwhitneyu

from evenhand.remediation.validation import area_under_curve


def test_area_under_curve_counts_couples_and_halves_ties() -> None:
    rng = np.random.default_rng(0)
    score = rng.integers(0, 20, 300) / 20
    positive = rng.random(300) < 0.3
    ones = np.ones(300)
    couples = positive.sum() * (~positive).sum()
    expected = mannwhitneyu(score[positive], score[~positive]).statistic / couples
    assert np.isclose(area_under_curve(score, positive, ones), expected)
    weight = rng.integers(1, 4, 300)
    repeated = area_under_curve(
        np.repeat(score, weight), np.repeat(positive, weight), np.ones(weight.sum())
    )
    assert np.isclose(area_under_curve(score, positive, weight), repeated)
