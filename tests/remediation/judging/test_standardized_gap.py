import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evenhand.remediation.judging.standardized_gap import logit_spread, standardized_gap


def scores_of(*logits: float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(logits)))


def test_a_gap_is_the_mean_logit_difference_over_the_spread_of_the_logits() -> None:
    examples, weights = scores_of(-1, 1, 3), np.array([1.0, 1.0, 2.0])  # mean 1.5, variance 2.75
    spread = logit_spread(examples, weights)
    assert math.isclose(spread, math.sqrt(2.75))
    gap = standardized_gap(scores_of(1, -1), scores_of(0, 1), np.array([3.0, 1.0]), spread)
    assert math.isclose(gap, (3 * 1 + 1 * 2) / 4 / math.sqrt(2.75))


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=20),
    st.floats(0.05, 5),
)
def test_shrinking_and_shifting_the_logits_leaves_the_gap_what_it_was(
    logits: list[tuple[float, float]], factor: float
) -> None:
    original, counterfactual = np.array(logits).T
    if np.std(original) < 0.1:
        return
    weights = np.ones(len(original))

    def gap(scale: float, shift: float) -> float:
        sides = scores_of(*(scale * original + shift)), scores_of(*(scale * counterfactual + shift))
        return standardized_gap(*sides, weights, logit_spread(sides[0], weights))

    assert math.isclose(gap(1, 0), gap(factor, -0.3), rel_tol=1e-3, abs_tol=1e-6)


def test_a_model_that_says_the_same_of_all_texts_has_no_gap_to_report() -> None:
    same = np.full(5, 0.7)
    assert math.isnan(standardized_gap(same, same, np.ones(5), logit_spread(same, np.ones(5))))
    assert math.isnan(standardized_gap(same, same, np.zeros(5), 1.0))
    assert math.isnan(logit_spread(same, np.zeros(5)))
