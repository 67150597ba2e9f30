"""Metrics of control pairs, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs
from evenhand.evaluation.measures.control_metrics import ControlMetrics, Excess
from evenhand.evaluation.measures.score_intervals import tango
from evenhand.evaluation.measures.significance import flips_compared
from evenhand.evaluation.reports.report import DataSummary


def data_of(weights: list[float], example: list[int], controls: list[int]) -> EvaluationData:
    n = len(weights)
    summary = DataSummary(
        name="d", sha256="0" * 64, examples=n, labelled=0, pairs=len(example), weighted=True
    )
    examples = Examples(np.full(n, np.nan), np.array(weights), {})
    pairs = Pairs(np.array(example), controls=np.array(controls))
    return EvaluationData(examples, pairs, summary)


def scores_of(
    originals: list[float], counterfactuals: list[float], controls: list[float], n: int
) -> ModelScores:
    return ModelScores(
        name="m",
        sha256=None,
        examples=np.zeros(n),
        originals=np.array(originals),
        counterfactuals=np.array(counterfactuals),
        controls=np.array(controls),
    )


def test_weights_several_pairs_and_missing_controls() -> None:
    """Three examples of weights 1, 2 and 4; the second has two pairs, of which one has a control.

    | pair | example | weight | pair flips | its control |
    |---|---|---|---|---|
    | 0 | 0 | 1 | yes | does not flip, moves by 0.1 |
    | 1 | 1 | 2 | yes | none |
    | 2 | 1 | 2 | yes | flips, moves by 0.6 |
    | 3 | 2 | 4 | no  | flips, moves by 0.3 |
    """
    data = data_of([1, 2, 4], [0, 1, 1, 2], [0, 2, 3])
    scores = scores_of([0.9, 0.8, 0.8, 0.6], [0.1, 0.1, 0.2, 0.7], [0.8, 0.2, 0.3], 3)
    [overall, *_] = data.slices()
    found = ControlMetrics(data, scores, {"": 0.5, "@0.85": 0.85}).measure(overall)
    assert found.numbers["control_pairs"] == 3
    assert found.means["control_flip_rate"]().value == pytest.approx(6 / 7)
    assert found.numbers["control_flip_count"] == 6
    assert found.means["control_ctf_gap"]().value == pytest.approx((0.1 + 2 * 0.6 + 4 * 0.3) / 7)
    assert found.excesses["excess_flip_rate"].value == pytest.approx(3 / 7 - 6 / 7)
    assert found.excesses["excess_flip_rate@0.85"].value == 0  # pair 0 and its control flip
    assert found.numbers["excess_flip_p"] == 1  # one of two discordant examples on either side


def test_a_slice_without_controls_has_no_value() -> None:
    data = data_of([1, 1], [0, 1], [0])
    scores = scores_of([0.9, 0.9], [0.1, 0.1], [0.9], 2)
    [overall, *_] = data.slices()
    slice_ = type(overall)("group=x", np.array([1]), np.array([1]))
    found = ControlMetrics(data, scores, {"": 0.5}).measure(slice_)
    excess = found.excesses["excess_flip_rate"]
    assert math.isnan(excess.value) and excess.interval() is None
    assert math.isnan(found.numbers["excess_flip_p"])
    assert found.numbers["control_pairs"] == 0


def excess_of(pairs: list[bool], controls: list[bool], example: list[int]) -> Excess:
    return Excess(
        np.array(pairs, bool), np.array(controls, bool), np.ones(len(pairs)), np.array(example)
    )


def test_texts_with_several_pairs_count_once_in_the_interval() -> None:
    once = excess_of([True] * 5 + [False] * 35, [False] * 40, list(range(40)))
    again = excess_of(
        [True] * 20 + [False] * 140, [False] * 160, [number // 4 for number in range(160)]
    )
    alone, clustered = once.interval(), again.interval()
    assert alone == tango(5, 0, 40)
    assert clustered is not None
    assert clustered.upper - clustered.lower > 0.9 * (alone.upper - alone.lower)
    assert once.p_value() == again.p_value() == pytest.approx(2 / 2**5)


@given(
    flags=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40),
    size=st.integers(1, 3),
)
def test_pairs_and_controls_may_change_places(flags: list[tuple[bool, bool]], size: int) -> None:
    pairs, controls = ([flag[side] for flag in flags] for side in (0, 1))
    example = [number // size for number in range(len(flags))]
    there, back = excess_of(pairs, controls, example), excess_of(controls, pairs, example)
    assert there.value == pytest.approx(-back.value)
    one, other = there.interval(), back.interval()
    assert one is not None and other is not None
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower), abs=1e-6)
    assert one.lower <= there.value <= one.upper
    assert there.p_value() == pytest.approx(back.p_value())


def test_flips_are_compared_by_example_where_one_has_several() -> None:
    first, second = np.array([True, False, True]), np.array([False, True, False])
    compared = flips_compared(first, second, np.array([0, 0, 1]))
    assert compared == ("example", 1, 1, 0, 0)
    assert flips_compared(first, second, np.arange(3)) == ("pair", 0, 2, 1, 0)
