"""The choice of a threshold: by hand, as properties beside brute force, and where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.judging.threshold_rule import LEAST, Cuts, HeldOut, ThresholdRule

# Scores, and labels; the last column is the group.
#
# | score | label | group |      | threshold | flagged | TP | F1   | TPR of 0 | TPR of 1 | gap |
# |-------|-------|-------|      |-----------|---------|----|------|----------|----------|-----|
# | 0.1   | 0     | 0     |      | 0.05      | 8       | 4  | 8/12 | 2/2      | 2/2      | 0   |
# | 0.2   | 1     | 1     |      | 0.15      | 7       | 4  | 8/11 | 2/2      | 2/2      | 0   |
# | 0.3   | 0     | 0     |      | 0.25      | 6       | 3  | 6/10 | 2/2      | 1/2      | 1/2 |
# | 0.4   | 0     | 1     |      | 0.35      | 5       | 3  | 6/9  | 2/2      | 1/2      | 1/2 |
# | 0.6   | 1     | 0     |      | 0.5       | 4       | 3  | 6/8  | 2/2      | 1/2      | 1/2 |
# | 0.7   | 1     | 1     |      | 0.65      | 3       | 2  | 4/7  | 1/2      | 1/2      | 0   |
# | 0.8   | 0     | 0     |      | 0.75      | 2       | 1  | 2/6  | 1/2      | 0/2      | 1/2 |
# | 0.9   | 1     | 0     |      | 0.85      | 1       | 1  | 2/5  | 1/2      | 0/2      | 1/2 |
#                                 | 0.95      | 0       | 0  | 0    | 0/2      | 0/2      | 0   |
SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
LABELS = np.array([0, 1, 0, 0, 1, 1, 0, 1], dtype=bool)
GROUPS = np.array([0, 1, 0, 1, 0, 1, 0, 0], dtype=np.int32)


def held_out(label=LABELS, weight=None, groups=GROUPS) -> HeldOut:
    n = len(GROUPS) if label is None else len(label)
    weight = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
    return HeldOut(np.arange(n), label, weight, groups)


def flagging(n: int) -> np.ndarray:
    """Scores of a baseline that flags n of the eight texts at 0.5."""
    return np.where(np.arange(8) < n, 0.9, 0.1)


def rule(criterion, **more) -> ThresholdRule:
    return ThresholdRule(criterion, column="gender", group_names=("f", "m"), **more)


def test_thresholds_lie_midway_between_neighbouring_scores_and_the_ends() -> None:
    found = Cuts.of(SCORES).thresholds
    np.testing.assert_allclose(found, [0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 0.85, 0.95])
    np.testing.assert_allclose(Cuts.of(np.array([0.0, 0.5, 0.5, 1.0])).thresholds, [0.25, 0.75])


@pytest.mark.parametrize(
    ("flagged", "threshold"),
    [(0, 0.95), (1, 0.85), (2, 0.75), (3, 0.65), (4, 0.5), (5, 0.35), (7, 0.15), (8, 0.05)],
)
def test_the_same_share_by_hand(flagged: int, threshold: float) -> None:
    chosen = rule("same-share").threshold(SCORES, flagging(flagged), held_out(None))
    assert chosen == threshold


def test_the_same_share_is_by_weight_and_at_the_baselines_own_threshold() -> None:
    weight = [1, 1, 1, 1, 1, 1, 1, 7]  # of 14; above 0.85 lie 7
    baseline = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.9])
    at = rule("same-share", baseline=0.8)
    assert at.threshold(SCORES, baseline, held_out(weight=weight)) == 0.85
    choice = at.chosen(0.85, SCORES, baseline, held_out(weight=weight))
    assert (choice.candidate_value, choice.baseline_value) == (0.5, 0.5)
    assert choice.value_at_baseline == 0.5  # 0.9 alone is above 0.8, too
    assert (choice.candidate, choice.baseline, choice.n_examples) == (0.85, 0.8, 8)


def test_the_best_f1_by_hand() -> None:
    chosen = rule("f1").threshold(SCORES, flagging(3), held_out())
    assert chosen == 0.5
    choice = rule("f1").chosen(chosen, SCORES, flagging(3), held_out())
    assert choice.candidate_value == pytest.approx(6 / 8)
    # of the baseline's three flagged, 0.2 is positive: 2 · 1 / (3 + 4)
    assert choice.baseline_value == pytest.approx(2 / 7)


def test_the_best_f1_by_weight_by_hand() -> None:
    # the positive at 0.2 weighs five: missing it costs more than flagging 0.3, 0.4 and 0.8
    chosen = rule("f1").threshold(SCORES, flagging(3), held_out(weight=[1, 5, 1, 1, 1, 1, 1, 1]))
    assert chosen == 0.15


@pytest.mark.parametrize(
    ("flagged", "outside", "threshold"),
    [
        (4, 0.0, 0.5),  # only 4 of 8 are allowed: the labels' share is 4 of 8, too
        (4, 0.125, 0.65),  # 3 to 5 of 8: no gap at 0.65
        (3, 0.0, 0.65),  # from the baseline's share to the labels'
        (7, 0.0, 0.15),  # 4 to 7 of 8
        (6, 0.1, 0.5),  # 4 to 6, all with a gap of 1/2: the closest to the baseline's 0.5
    ],
)
def test_equal_opportunity_by_hand(flagged: int, outside: float, threshold: float) -> None:
    at = rule("equal-opportunity", most_outside=outside)
    assert at.threshold(SCORES, flagging(flagged), held_out()) == threshold
    choice = at.chosen(threshold, SCORES, flagging(flagged), held_out())
    gaps = {0.5: 0.5, 0.65: 0.0, 0.15: 0.0}
    assert choice.candidate_value == gaps[threshold]
    assert choice.value_at_baseline == 0.5
    assert choice.column == "gender"


def test_texts_of_no_group_do_not_count_in_equal_opportunity() -> None:
    groups = np.where(SCORES == 0.2, -1, GROUPS).astype(np.int32)  # without it, group 1 has one
    at = rule("equal-opportunity", most_outside=0.0)
    assert at.threshold(SCORES, flagging(4), held_out(groups=groups)) == 0.5
    choice = at.chosen(0.5, SCORES, flagging(4), held_out(groups=groups))
    assert choice.candidate_value == 0.0


def test_a_threshold_that_is_given_is_taken() -> None:
    at = ThresholdRule(given=0.3, baseline=0.7)
    assert at.threshold(SCORES, flagging(3), held_out(None)) == 0.3
    choice = at.chosen(0.3, SCORES, flagging(3), held_out(None))
    assert (choice.candidate, choice.baseline, choice.criterion) == (0.3, 0.7, None)
    assert at.warnings(choice, SCORES, held_out(None)) == ()
    assert not choice.is_chosen


scores_drawn = st.lists(
    st.one_of(
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        st.floats(0, 1, width=32),
    ),
    min_size=2,
    max_size=20,
)


@st.composite
def split(draw: st.DrawFn):
    """Scores of a model and of a baseline, labels of both kinds, and weights."""
    ours = np.array(draw(scores_drawn), dtype=np.float64)
    n = len(ours)

    def several(values, size=n):
        return np.array(draw(st.lists(values, min_size=size, max_size=size)))

    theirs = several(st.floats(0, 1, width=32))
    label = several(st.booleans()).astype(bool)
    label[:2] = [True, False]
    weight = several(st.sampled_from([0.5, 1.0, 3.0]))
    groups = several(st.integers(-1, 2)).astype(np.int32)
    return ours, theirs, held_out(label, weight, groups)


def every_cut(scores: np.ndarray) -> list[float]:
    """One threshold for each way in which thresholds can divide the scores."""
    ends = np.unique(np.concatenate([[0.0], scores]))
    return [float(each) for each in ends if each < 1]


def brute_f1(scores: np.ndarray, threshold: float, data: HeldOut) -> float:
    said = scores > threshold
    right = sum(data.weight[said & data.label])
    wrong = sum(data.weight[said & ~data.label]) + sum(data.weight[~said & data.label])
    return float(2 * right / (2 * right + wrong))


def is_reachable(scores: np.ndarray) -> bool:
    """Whether no score is so close to 0 that reports cannot have a threshold below it."""
    return not ((scores > 0) & (scores < 2 * LEAST)).any()


@given(split())
def test_no_other_threshold_has_a_higher_f1(drawn) -> None:
    ours, theirs, data = drawn
    chosen = rule("f1").threshold(ours, theirs, data)
    if ours.min() == ours.max():
        assert chosen == 0.5
        return
    if is_reachable(ours):
        best = max(brute_f1(ours, each, data) for each in every_cut(ours))
        assert brute_f1(ours, chosen, data) == pytest.approx(best)
    choice = rule("f1").chosen(chosen, ours, theirs, data)
    assert choice.candidate_value == pytest.approx(brute_f1(ours, chosen, data))
    assert choice.baseline_value == pytest.approx(brute_f1(theirs, 0.5, data))


@given(split())
def test_the_share_flagged_is_within_one_tie_group_of_the_baselines(drawn) -> None:
    ours, theirs, data = drawn
    if ours.min() == ours.max() or not is_reachable(ours):
        return
    chosen = rule("same-share").threshold(ours, theirs, data)
    total = data.weight.sum()
    wanted = data.weight[theirs > 0.5].sum() / total
    share = data.weight[ours > chosen].sum() / total
    shares = [data.weight[ours > each].sum() / total for each in every_cut(ours)]
    assert abs(share - wanted) == pytest.approx(min(abs(each - wanted) for each in shares))
    heaviest = max(data.weight[ours == each].sum() for each in np.unique(ours)) / total
    if wanted > 0 and (ours < 1).all():  # a score of 1 is above every threshold
        assert abs(share - wanted) <= heaviest + 1e-9


@given(split(), st.sampled_from([0.0, 0.1, 1.0]))
def test_no_other_threshold_within_the_limit_has_a_smaller_gap(drawn, most: float) -> None:
    ours, theirs, data = drawn
    assert data.groups is not None
    with_positives = {int(each) for each in data.groups[data.label] if each >= 0}
    if len(with_positives) < 2 or ours.min() == ours.max() or not is_reachable(ours):
        return

    def gap(threshold: float) -> float:
        rates = []
        for group in with_positives:
            of_group = data.label & (data.groups == group)
            rates.append(np.average(ours[of_group] > threshold, weights=data.weight[of_group]))
        return float(max(rates) - min(rates))

    def outside(threshold: float) -> float:
        share = data.weight[ours > threshold].sum() / data.weight.sum()
        ends = [
            data.weight[flagged].sum() / data.weight.sum() for flagged in (theirs > 0.5, data.label)
        ]
        return float(max(min(ends) - share, share - max(ends), 0))

    chosen = rule("equal-opportunity", most_outside=most).threshold(ours, theirs, data)
    allowed = max(most, min(outside(each) for each in every_cut(ours)))
    assert outside(chosen) <= allowed + 1e-6
    least = min(gap(each) for each in every_cut(ours) if outside(each) <= allowed + 1e-12)
    assert gap(chosen) <= least + 1e-6


@given(split(), st.sampled_from(["same-share", "f1"]))
def test_a_threshold_is_one_that_a_report_can_have_and_lies_on_no_score(
    drawn, criterion: str
) -> None:
    ours, theirs, data = drawn
    chosen = rule(criterion).threshold(ours, theirs, data)
    assert LEAST <= chosen < 1
    assert "e" not in str(chosen)
    if ours.min() < ours.max() and np.diff(np.unique(ours)).min() > 1e-12:
        assert chosen not in ours


@pytest.mark.parametrize("criterion", ["same-share", "f1", "equal-opportunity"])
def test_equal_scores_keep_the_baselines_threshold_with_a_warning(criterion: str) -> None:
    same = np.full(8, 0.7)
    at = rule(criterion, baseline=0.6)
    chosen = at.threshold(same, flagging(3), held_out())
    assert chosen == 0.6
    [warning] = at.warnings(at.chosen(chosen, same, flagging(3), held_out()), same, held_out())
    assert "the same score" in warning


def warnings_of(criterion, scores, baseline, data) -> str:
    at = rule(criterion)
    chosen = at.threshold(scores, baseline, data)
    return "; ".join(at.warnings(at.chosen(chosen, scores, baseline, data), scores, data))


def test_ties_that_keep_the_share_away_are_told() -> None:
    rng = np.random.default_rng(0)
    tied = np.where(np.arange(200) < 100, 0.2, 0.8)  # flags all, half or none
    spread = rng.uniform(0, 1, 200)
    baseline = np.where(np.arange(200) < 50, 0.9, 0.1)  # flags a quarter
    data = HeldOut(np.arange(200), None, np.ones(200))
    told = warnings_of("same-share", tied, baseline, data)
    assert "no threshold flags the baseline's share" in told
    assert "instead of 25.00%" in told
    assert warnings_of("same-share", spread, baseline, data) == ""


def test_few_examples_positives_and_weights_are_told() -> None:
    assert "8 held-out examples: 100 or more" in warnings_of(
        "same-share", SCORES, flagging(3), held_out()
    )
    n = 400
    rng = np.random.default_rng(1)
    scores, baseline = rng.uniform(0, 1, n), rng.uniform(0, 1, n)
    label = np.arange(n) < 29
    groups = (np.arange(n) % 2).astype(np.int32)
    few = HeldOut(np.arange(n), label, np.ones(n), groups)
    assert "F1 is over 29 held-out positives" in warnings_of("f1", scores, baseline, few)
    enough = HeldOut(np.arange(n), np.arange(n) < 59, np.ones(n), groups)
    told = warnings_of("equal-opportunity", scores, baseline, enough)
    assert "1 group of gender: m" in told  # 30 and 29 positives
    assert warnings_of("f1", scores, baseline, enough) == ""
    heavy = HeldOut(np.arange(n), None, np.where(np.arange(n) < 50, 1000.0, 1.0))
    assert "400 held-out examples (as many as 51 of equal weight)" in warnings_of(
        "same-share", scores, baseline, heavy
    )


@pytest.mark.parametrize(
    ("criterion", "data", "says"),
    [
        ("same-share", held_out(np.zeros(0, dtype=bool), groups=None), "no held-out examples"),
        ("f1", held_out(None), "no held-out example has a label"),
        ("f1", held_out(np.ones(8, dtype=bool)), "all held-out examples are positive"),
        ("equal-opportunity", held_out(np.zeros(8, dtype=bool)), "are negative"),
        (
            "equal-opportunity",
            held_out(groups=np.zeros(8, dtype=np.int32)),
            "fewer than two groups of gender have a held-out positive",
        ),
    ],
)
def test_what_no_threshold_can_be_chosen_on_is_refused(criterion, data, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        rule(criterion).check(data)


def test_what_a_criterion_does_not_need_may_be_missing() -> None:
    rule("same-share").check(held_out(None))
    rule("f1").check(held_out(groups=None))
    rule("equal-opportunity").check(held_out())
    ThresholdRule(given=0.4).check(held_out(np.zeros(0, dtype=bool), groups=None))
