from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs
from evenhand.evaluation.measures.distributions import (
    CURVE_THRESHOLDS,
    SHIFT_EDGES,
    score_shifts,
    threshold_curve,
)
from evenhand.evaluation.reports.report import DataSummary

SCORES = st.floats(0, 1, allow_subnormal=False)


def make_data(
    pairs: list[tuple[float, float, float]],
) -> tuple[EvaluationData, ModelScores]:
    """Return one example a pair, from scores of original and counterfactual, and weight."""
    n = len(pairs)
    originals, counterfactuals, weights = (
        np.array([pair[place] for pair in pairs], dtype=np.float64) for place in range(3)
    )
    summary = DataSummary(
        name="pairs", sha256="0" * 64, examples=n, labelled=0, pairs=n, weighted=True
    )
    examples = Examples(labels=np.full(n, np.nan), weights=weights, slices={})
    data = EvaluationData(examples, Pairs(example=np.arange(n)), summary)
    return data, ModelScores("model", None, originals, originals, counterfactuals)


def test_the_curve_and_the_shifts_of_a_few_pairs() -> None:
    # flips at thresholds in [0.1, 0.9), at none, and in [0.48, 0.5); the last weighs three
    data, scores = make_data([(0.9, 0.1, 1.0), (0.3, 0.3, 1.0), (0.48, 0.5, 3.0)])
    curve = threshold_curve(data, scores)
    at = dict(zip(curve.thresholds, curve.flip_rates, strict=True))
    shown = {t: at[t].value for t in (0.08, 0.1, 0.46, 0.48, 0.5, 0.88, 0.9)}
    assert shown == pytest.approx(
        {0.08: 0, 0.1: 0.2, 0.46: 0.2, 0.48: 0.8, 0.5: 0.2, 0.88: 0.2, 0.9: 0}
    )
    rate = at[0.5]
    assert rate.lower is not None and rate.upper is not None
    assert rate.lower <= 0.2 <= rate.upper
    shifts = score_shifts(data, scores)
    bins = {
        round((lower + upper) / 2, 3): weight
        for lower, upper, weight in zip(
            shifts.edges, shifts.edges[1:], shifts.weights, strict=False
        )
        if weight
    }
    assert bins == {0.8: 1.0, 0.0: 1.0, -0.025: 3.0}


GRID_SCORES = st.one_of(SCORES, st.sampled_from(CURVE_THRESHOLDS))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(GRID_SCORES, GRID_SCORES), min_size=1))
def test_plain_pairs_are_counted_as_weighted_ones_are(pairs: list[tuple[float, float]]) -> None:
    plain = threshold_curve(*make_data([(*pair, 1.0) for pair in pairs]))
    # a pair without weight changes nothing but keeps the pairs from being plain
    other = threshold_curve(*make_data([*((*pair, 1.0) for pair in pairs), (0.0, 1.0, 0.0)]))
    for one, two in zip(plain.flip_rates, other.flip_rates, strict=True):
        assert one.value == pytest.approx(two.value)
        assert (one.lower, one.upper) == pytest.approx((two.lower, two.upper))
        assert one.interval == two.interval == "wilson"


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(SCORES, SCORES, st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
def test_every_pair_is_counted_once(pairs: list[tuple[float, float, float]]) -> None:
    data, scores = make_data(pairs)
    total = sum(weight for *_, weight in pairs)
    assert sum(score_shifts(data, scores).weights) == pytest.approx(total)
    for rate in threshold_curve(data, scores).flip_rates:
        assert (rate.value is None) == (total == 0)
        assert rate.value is None or 0 <= rate.value <= 1 + 1e-12


def test_grids_hold_what_they_are_for() -> None:
    assert 0.5 in CURVE_THRESHOLDS and min(CURVE_THRESHOLDS) == 0 and max(CURVE_THRESHOLDS) < 1
    assert SHIFT_EDGES[0] < -1 and SHIFT_EDGES[-1] > 1
    assert any(lower == -upper for lower, upper in pairwise(SHIFT_EDGES))
