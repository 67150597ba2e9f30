"""Which model is kept and why, and which ones stand on the Pareto front."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.judging.trade_off import Metrics, TradeOff, pareto_front

BASELINE = {
    "accuracy": 0.9,
    "auc": 0.95,
    "positive_rate": 0.40,
    "label_positive_rate": 0.30,
    "flip_rate": 0.08,
    "n_flips": 32,
    "n_pairs": 400,
    "effective_pairs": 400.0,
    "ctf_gap": 0.1,
}


def metrics(n_flips: int = 0, auc: float = 0.95, gap: float = 0.01, **others: float) -> Metrics:
    flips = {"n_flips": n_flips, "flip_rate": n_flips / 400, "ctf_gap": gap, "auc": auc}
    return {**BASELINE, **flips, **others}


def best(*candidates: Metrics, rule: TradeOff | None = None) -> int | None:
    return (rule or TradeOff()).best(candidates, BASELINE)


def test_of_equal_flips_the_highest_auc_wins_and_not_the_smallest_gap() -> None:
    far = TradeOff(max_auc_drop=0.1)
    epochs = [metrics(0, 0.990, gap=0.02), metrics(0, 0.942, gap=0.001)]
    assert best(*epochs, rule=far) == 0
    assert best(*reversed(epochs), rule=far) == 1
    assert best(metrics(0, gap=0.02), metrics(0, gap=0.01), metrics(0, gap=0.01)) == 1


def test_of_equal_flips_and_nearly_equal_auc_the_lowest_gap_wins_free_of_scale() -> None:
    early, late = metrics(0, 0.9503, gap=0.02), metrics(1, 0.9500, gap=0.01)
    assert best(early, late) == 1
    assert best({**early, "auc": 0.9506}, late) == 0
    small = {**BASELINE, "auc_error": 0.004}  # of few examples
    far = metrics(1, 0.948, gap=0.005)
    assert TradeOff().best([early, far], small) == 1
    assert TradeOff().best([early, far], BASELINE) == 0
    assert TradeOff().best([early, {**far, "auc": 0.9475}], small) == 0  # 0.0025 is the most
    shrunk = {**late, "standardized_ctf_gap": 0.3}  # the gap is small because all logits are
    assert best({**early, "standardized_ctf_gap": 0.2}, shrunk) == 0
    reason = TradeOff().reason([early, late], BASELINE, ["epoch 1", "epoch 2"])
    assert "the lowest CTF gap where AUC is the highest but for 0.0005, 0.9500" in reason
    untold = {"flip_rate": 0.1, "ctf_gap": 0.1}
    assert TradeOff().best([untold, {**untold, "ctf_gap": 0.05}], untold) == 1


@pytest.mark.parametrize(
    ("fewest", "more", "equal"),
    [(0, 1, True), (0, 2, False), (3, 6, True), (3, 7, False), (10, 15, True), (100, 115, False)],
)  # fmt: skip
def test_flips_are_equal_that_differ_by_one_standard_error(
    fewest: int, more: int, equal: bool
) -> None:
    assert best(metrics(fewest, 0.950), metrics(more, 0.951)) == int(equal)
    assert best(metrics(more, 0.951), metrics(fewest, 0.950)) == 1 - int(equal)


def test_equality_is_with_the_fewest_flips_and_so_does_not_add_up() -> None:
    chain = [metrics(10, 0.953), metrics(6, 0.952), metrics(3, 0.951)]
    assert best(*chain[:2]) == 0
    assert best(*chain) == 1  # 10 are more than 3, although each step is none


def test_pairs_that_tell_less_make_more_flips_equal() -> None:
    few = [metrics(0, 0.95, effective_pairs=40.0), metrics(5, 0.96, effective_pairs=40.0)]
    assert best(*few) == 1  # half a flip of 40
    unknown = [{k: v for k, v in each.items() if k != "effective_pairs"} for each in few]
    assert best(*unknown) == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"auc": 0.9449},
        {"accuracy": 0.8899},
        {"positive_rate": 0.43},
        {"positive_rate": 0.27},
        {"auc": math.nan},
        {"positive_rate": math.nan},
    ],
)
def test_each_limit_binds_and_nothing_is_kept_that_breaks_all(broken: Metrics) -> None:
    assert best(metrics(0, **{"auc": 0.95, **broken})) is None
    assert best(metrics(0, **{"auc": 0.95, **broken}), metrics(30)) == 1


def test_a_share_may_move_to_that_of_the_labels_and_all_may_move_as_far_as_allowed() -> None:
    for kept in (
        {"auc": 0.945},
        {"accuracy": 0.89},
        {"positive_rate": 0.30},
        {"positive_rate": 0.28},
        {"positive_rate": 0.42},
    ):
        assert best(metrics(0, **{"auc": 0.95, **kept})) == 0, kept
    unlabelled = {k: v for k, v in BASELINE.items() if k not in ("label_positive_rate", "auc")}
    assert not TradeOff().keeps({**unlabelled, "positive_rate": 0.37}, unlabelled)
    assert TradeOff().keeps({**unlabelled, "positive_rate": 0.39}, unlabelled)


def test_without_labels_the_decisions_that_flip_may_change_and_few_others() -> None:
    before = {"agreement": 1.0, "positive_rate": 0.4, "flip_rate": 0.2, "ctf_gap": 0.1}
    before["flip_rate_examples"] = 0.04
    rule = TradeOff()
    assert rule.keeps({**before, "agreement": 0.95}, before)
    assert not rule.keeps({**before, "agreement": 0.94}, before)
    del before["flip_rate_examples"]  # of pairs that are not the examples'
    assert not rule.keeps({**before, "agreement": 0.95}, before)
    destroyed = {**before, "agreement": 0.6, "positive_rate": 0.998, "flip_rate": 0.0}
    assert rule.best([destroyed], before) is None
    reason = rule.reason([destroyed], before, ["epoch 1"])
    assert "the baseline is kept: epoch 1 changes 40.00% of the baseline's decisions" in reason
    assert "99.80% (40.00% in the baseline), with 2 points of room" in reason


def test_without_labels_agreement_is_equal_up_to_chance_and_then_the_gap_decides() -> None:
    """Of models that keep the limit, the one that changes the least may have mended the least."""
    before = {"agreement": 1.0, "positive_rate": 0.4, "flip_rate": 0.05, "ctf_gap": 0.1}
    before |= {"flip_rate_examples": 0.05, "effective_examples": 400.0, "effective_pairs": 400.0}

    def epoch(changed: int, gap: float) -> Metrics:
        agreement = 1 - changed / 400
        return {**before, "agreement": agreement, "flip_rate": 0.01, "ctf_gap": gap}

    rule = TradeOff()
    assert rule.best([epoch(3, 0.05), epoch(6, 0.01)], before) == 1, "3 and 6 differ by chance"
    assert rule.best([epoch(3, 0.05), epoch(12, 0.01)], before) == 0
    reason = rule.reason([epoch(3, 0.05), epoch(6, 0.01)], before, ["epoch 1", "epoch 2"])
    assert "the lowest CTF gap where agreement is the highest but for chance, 0.9850" in reason


def test_a_limit_on_decisions_leaves_room_for_chance_in_few_texts() -> None:
    before = {"agreement": 1.0, "positive_rate": 0.4, "flip_rate": 0.2, "ctf_gap": 0.1}
    for texts, kept in ((100, True), (10_000, False)):
        of_so_many = {**before, "effective_examples": float(texts)}
        assert TradeOff().keeps({**of_so_many, "agreement": 0.98}, of_so_many) is kept, texts


def test_with_a_blind_teacher_decisions_may_become_those_without_terms() -> None:
    before = {"agreement": 0.9, "positive_rate": 0.5, "flip_rate": 0.1, "ctf_gap": 0.1}
    before |= {"flip_rate_examples": 0.1, "taught_positive_rate": 0.4}
    rule = TradeOff()
    assert rule.keeps({**before, "agreement": 1.0, "positive_rate": 0.39}, before)
    assert not rule.keeps({**before, "agreement": 0.88}, before)
    assert not rule.keeps({**before, "positive_rate": 0.37}, before)
    reason = rule.reason([{**before, "agreement": 0.7}], before, ["epoch 1"])
    assert "decides 30.00% of texts otherwise than the baseline without terms" in reason


def test_classes_without_a_positive_one_may_not_become_one() -> None:
    before = {"accuracy": 0.7, "largest_class_share": 0.4, "label_largest_class_share": 0.45}
    assert TradeOff().keeps({**before, "largest_class_share": 0.46}, before)
    assert not TradeOff(max_accuracy_drop=1).keeps({**before, "largest_class_share": 0.9}, before)


def test_without_auc_accuracy_decides_and_without_pairs_the_task_alone() -> None:
    one_class = {"accuracy": 0.9, "positive_rate": 0.0}
    assert TradeOff().best([one_class, {**one_class, "accuracy": 0.91}], one_class) == 1
    assert "no pairs" in TradeOff().reason([one_class], one_class, ["epoch 1"])


def test_a_gap_that_is_to_be_low_is_compared_as_it_is() -> None:
    rule = TradeOff(measure="ctf_gap")
    assert best(metrics(5, 0.96, gap=0.02), metrics(9, 0.95, gap=0.019), rule=rule) == 1


def test_the_reason_says_what_was_equal_what_decided_and_what_broke_a_limit() -> None:
    candidates = [metrics(3, 0.951), metrics(4, 0.953), metrics(0, 0.90), metrics(20, 0.96)]
    names = [f"epoch {number}" for number in (1, 2, 3, 4)]
    reason = TradeOff().reason(candidates, BASELINE, names)
    assert reason == (
        "with 4 flips of 400 it is one of 2 whose flips differ by no more than "
        "chance, and of these it has the highest AUC, 0.9530, of the 3 of 4 within limits; epoch 3 "
        "loses 0.0500 of the AUC, more than 0.005"
    )
    assert "the fewest flips (0 flips of 400)" in TradeOff().reason([metrics()], BASELINE, ["it"])


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (2, "; t1 loses 0.0500 of the AUC, more than 0.005, and t2 is beyond a limit"),
        (3, "more than 0.005, and t2 and t3 are beyond a limit"),
        (9, "more than 0.005, and 8 more are beyond a limit"),
    ],
)
def test_the_reason_names_the_others_beyond_a_limit_if_they_are_few(
    broken: int, words: str
) -> None:
    candidates = [metrics(3, 0.951), *[metrics(0, 0.90)] * broken]
    names = [f"t{number}" for number, _ in enumerate(candidates)]
    assert TradeOff().reason(candidates, BASELINE, names).endswith(words)


def test_a_limit_is_a_share() -> None:
    for wrong in (-0.1, 1.5, math.nan):
        with pytest.raises(ConfigurationError, match="max_accuracy_drop must be"):
            TradeOff(max_accuracy_drop=wrong)


epochs = st.lists(
    st.builds(
        metrics,
        st.integers(0, 30),
        st.sampled_from([0.94, 0.946, 0.95, 0.9503, 0.9506, 0.96]),
        st.sampled_from([0.01, 0.02]),
    ),
    min_size=1,
    max_size=8,
)


@given(epochs)
def test_the_best_of_all_epochs_was_a_contender_ever_since_it_was_there(
    candidates: list[Metrics],
) -> None:
    kept = TradeOff().best(candidates, BASELINE)
    for n in range(1, len(candidates) + 1):
        contenders = TradeOff().contenders(candidates[:n], BASELINE)
        assert kept is None or kept >= n or kept in contenders
        assert TradeOff().best(candidates[:n], BASELINE) in (*contenders, None)


@given(epochs)
def test_no_epoch_within_limits_has_clearly_fewer_flips_than_the_one_kept(
    candidates: list[Metrics],
) -> None:
    rule = TradeOff()
    kept = rule.best(candidates, BASELINE)
    within = [each for each in candidates if rule.keeps(each, BASELINE)]
    assert (kept is None) == (not within)
    if kept is not None:
        fewest = min(each["n_flips"] for each in within)
        flips = candidates[kept]["n_flips"]
        assert flips - fewest <= math.sqrt(flips + fewest) + 1e-9


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
def test_the_front_is_what_no_other_point_beats(points: list[tuple[int, int]]) -> None:
    front = pareto_front(points)
    assert any(front)
    for point, on_front in zip(points, front, strict=True):
        beaten = any(
            (low < point[0] and high >= point[1]) or (low <= point[0] and high > point[1])
            for low, high in points
        )
        assert on_front != beaten
