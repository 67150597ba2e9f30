"""Which model is kept, and which ones stand on the Pareto front."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenhand.remediation.trade_off import TradeOff, pareto_front

BASELINE = {"accuracy": 0.9, "auc": 0.95, "flip_rate": 0.2, "ctf_gap": 0.1}


def metrics(flip_rate: float, ctf_gap: float, auc: float) -> dict[str, float]:
    return {"accuracy": 0.9, "auc": auc, "flip_rate": flip_rate, "ctf_gap": ctf_gap}


def test_the_lowest_flip_rate_within_the_drop_then_the_lowest_gap() -> None:
    candidates = [
        metrics(0.00, 0.001, 0.900),
        metrics(0.02, 0.020, 0.948),
        metrics(0.02, 0.010, 0.946),
        metrics(0.10, 0.050, 0.951),
    ]
    rule = TradeOff(0.005)
    assert rule.best(candidates, BASELINE) == 2
    assert "lowest among the 3 of 4 whose AUC" in rule.reason(candidates[2], candidates, BASELINE)
    assert TradeOff(0.1).best(candidates, BASELINE) == 0
    assert TradeOff(0.0).best(candidates, BASELINE) == 3
    lost = [candidates[0], metrics(0.5, 0.5, 0.93)]
    assert rule.best(lost, BASELINE) == 1
    assert "loses least" in rule.reason(lost[1], lost, BASELINE)


def test_the_first_of_equals_and_accuracy_where_there_is_no_auc() -> None:
    one_class = {"accuracy": 0.9, "flip_rate": 0.1, "ctf_gap": 0.1}
    better = {**one_class, "accuracy": 0.8, "flip_rate": 0.0}
    assert TradeOff(0.005).best([one_class, one_class], one_class) == 0
    assert TradeOff(0.005).best([better, one_class], one_class) == 1
    assert TradeOff(0.2).best([one_class, better], one_class) == 1


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
