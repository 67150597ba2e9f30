from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evenhand.evaluation.inputs.tables import EvaluationData, Examples, ModelScores, Pairs
from evenhand.evaluation.measures.significance import ScoredLabel, _odds_ratio, paired_tests
from evenhand.evaluation.reports.report import DataSummary, PairedTest
from evenhand.remediation.judging.p_values import Adjustment, benjamini_hochberg, holm, mcnemar


def test_mcnemars_test_worked_out_by_hand() -> None:
    assert mcnemar(1, 7) == mcnemar(7, 1) == pytest.approx(2 * (1 + 8) / 2**8)
    assert mcnemar(0, 5) == pytest.approx(2 / 2**5)
    assert mcnemar(3, 3) == mcnemar(0, 0) == 1


def test_holms_adjustment_worked_out_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.02]) == pytest.approx([0.5, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_benjamini_and_hochbergs_adjustment_worked_out_by_hand() -> None:
    # 0.04 stays, 0.03 x 3/2 is above it and falls to it, 0.01 x 3/1
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1), max_size=20), st.sampled_from([holm, benjamini_hochberg]))
def test_adjusted_p_values_keep_their_order_and_never_shrink(
    p_values: list[float], adjust: Callable[[list[float]], list[float]]
) -> None:
    adjusted = adjust(p_values)
    assert all(p <= a + 1e-12 and a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    assert [adjusted[i] for i in np.argsort(p_values)] == sorted(adjusted)


def flips_of_labels(labels: int, *rows: str, adjust: Adjustment = "holm") -> list[list[PairedTest]]:
    """Test pairs written as "example groups flips": c and b tell what flips, "-" is neither.

    The groups have commas between them, and the example's weight may follow. All labels have the
    same flips.
    """
    table = [row.split() for row in rows]
    examples = np.array([int(row[0]) for row in table])
    n = int(examples.max()) + 1
    weights = np.ones(n)
    weights[examples] = [float(row[3]) if len(row) > 3 else 1 for row in table]
    data = EvaluationData(
        Examples(np.full(n, np.nan), weights, {}),
        Pairs(examples, groups=pa.array([row[1].split(",") for row in table])),
        DataSummary(
            name="d", sha256="0" * 64, examples=n, labelled=0, pairs=len(rows), weighted=True
        ),
    )

    def scores(mark: str) -> ModelScores:
        flipped = np.array([mark in row[2] for row in table])
        high = np.full(len(table), 0.9)
        return ModelScores(mark, None, np.full(n, 0.9), high, np.where(flipped, 0.1, 0.9))

    models = scores("c"), scores("b")
    tested = ScoredLabel(data, *models, (0.5, 0.5))
    return [list(each) for each in paired_tests([tested] * labels, min_pairs=3, adjust=adjust)]


def flips(*rows: str, adjust: Adjustment = "holm") -> list[PairedTest]:
    """Return the tests of the only label."""
    return flips_of_labels(1, *rows, adjust=adjust)[0]


def test_pairs_are_counted_where_each_is_of_its_own_text() -> None:
    overall, one, two = flips("0 x b", "1 x b", "2 x cb", "3 x -", "4 x c", "5 y b", "6 y -")
    assert (overall.slice, overall.unit) == ("overall", "pair")
    counts = (overall.both, overall.only_candidate, overall.only_baseline, overall.neither)
    assert counts == (1, 1, 3, 2)
    assert overall.p_value == mcnemar(1, 3)
    assert overall.odds_ratio.value == pytest.approx(1 / 3)
    lower, upper = overall.odds_ratio.lower, overall.odds_ratio.upper
    assert lower is not None and upper is not None and lower < 1 / 3 < 1 < upper
    assert overall.p_adjusted == overall.p_value  # one decision, by itself
    assert (one.slice, one.p_adjusted) == ("group=x", 1.0)
    assert (two.slice, two.p_adjusted) == ("group=y", None)  # too few pairs


def test_slices_are_adjusted_among_themselves_and_equal_ones_count_once() -> None:
    x = [f"{i} x,copy b" for i in range(6)]
    tests = {test.slice: test for test in flips(*x, *(f"{i} y b" for i in range(6, 10)))}
    assert tests["overall"].p_adjusted == tests["overall"].p_value == 2 / 2**10
    assert tests["group=y"].p_adjusted == tests["group=y"].p_value == 2 / 2**4
    for name in ("group=x", "group=copy"):  # the first of two, not of three or four
        assert tests[name].p_value == 2 / 2**6
        assert tests[name].p_adjusted == 2 * 2 / 2**6


def test_slices_may_be_adjusted_by_their_share_of_false_alarms() -> None:
    rows = [*(f"{i} x b" for i in range(6)), *(f"{i} y b" for i in range(6, 10))]
    tests = {test.slice: test for test in flips(*rows, adjust="benjamini_hochberg")}
    assert tests["overall"].p_adjusted == tests["overall"].p_value
    assert tests["group=x"].p_adjusted == pytest.approx(2 * 2 / 2**6)
    assert tests["group=y"].p_adjusted == pytest.approx(2 / 2**4)


@pytest.mark.parametrize("adjust", ["holm", "benjamini_hochberg"])
def test_the_tests_of_several_labels_are_adjusted_together(adjust: Adjustment) -> None:
    rows = [*(f"{i} x b" for i in range(6)), *(f"{i} y b" for i in range(6, 10))]
    of_labels = flips_of_labels(3, *rows, adjust=adjust)
    p_overall, p_x, p_y = 2 / 2**10, 2 / 2**6, 2 / 2**4
    # of three equal p-values Holm multiplies the first by three, and the others are no smaller
    wanted = {
        "holm": (3 * p_overall, 6 * p_x, 3 * p_y),
        "benjamini_hochberg": (p_overall, 2 * p_x, p_y),
    }[adjust]
    for tests in of_labels:
        assert [test.p_value for test in tests] == [p_overall, p_x, p_y]
        assert [test.p_deciding for test in tests] == pytest.approx(wanted)


def test_pairs_that_weigh_nothing_are_not_counted() -> None:
    counted, *_ = flips("0 x b", "1 x b", "2 x c", "3 x -", "4 x c 0", "5 x cb 0")
    counts = (counted.both, counted.only_candidate, counted.only_baseline, counted.neither)
    assert counts == (0, 1, 2, 1)


def test_texts_are_counted_where_one_has_several_pairs() -> None:
    overall, x, y = flips("0 x b", "0 x b", "0 y -", "1 x -", "1 y c", "2 x b")
    assert overall.unit == "example"
    counts = (overall.both, overall.only_candidate, overall.only_baseline, overall.neither)
    assert counts == (0, 1, 2, 0)
    assert (x.unit, x.only_baseline, x.neither) == ("example", 2, 1)
    assert (y.unit, y.only_candidate, y.neither) == ("pair", 1, 1)


def test_an_odds_ratio_that_is_infinite_or_nothing_has_no_value() -> None:
    [overall, *_] = flips("0 x c", "1 x c", "2 x -")
    assert overall.odds_ratio.value is None
    assert overall.odds_ratio.upper is None
    assert overall.odds_ratio.lower == pytest.approx(0.025**0.5 / (1 - 0.025**0.5))
    [overall, *_] = flips("0 x cb", "1 x -")
    assert (overall.odds_ratio.value, overall.odds_ratio.lower) == (None, None)


@pytest.mark.parametrize("first", [0, 1, 2, 9, 300])
@pytest.mark.parametrize("second", [0, 1, 8, 310, 5000])
def test_the_test_and_the_odds_are_scipys_exact_ones(first: int, second: int) -> None:
    if not first + second:
        return
    exact = binomtest(first, first + second)
    assert mcnemar(first, second) == pytest.approx(exact.pvalue, rel=1e-9)
    share, odds = exact.proportion_ci(0.95, method="exact"), _odds_ratio(first, second)
    assert odds.lower == pytest.approx(share.low / (1 - share.low), rel=1e-6)
    if second:
        assert odds.upper == pytest.approx(share.high / (1 - share.high), rel=1e-6)
    else:
        assert odds.upper is None
