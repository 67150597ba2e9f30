"""What a training warns of, and how shares and counts are put."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.remediation.judging import wording
from evenhand.remediation.judging.warning_signs import doubts_of_choice, signs_of_destruction
from evenhand.remediation.judging.wording import percent

BASELINE = {"logit_spread": 2.18, "positive_rate": 0.3, "label_positive_rate": 0.25}


def test_logits_that_shrink_to_a_constant_are_named() -> None:
    (sign,) = signs_of_destruction({**BASELINE, "logit_spread": 1.0}, BASELINE)
    assert "standard deviation fell from 2.18 to 1" in sign
    assert signs_of_destruction({**BASELINE, "logit_spread": 1.2}, BASELINE) == []
    constant = {**BASELINE, "logit_spread": 0.0}
    assert len(signs_of_destruction(constant, BASELINE)) == 1
    assert signs_of_destruction(BASELINE, constant) == []  # a baseline that says nothing yet


@pytest.mark.parametrize(("share", "named"), [(0.998, True), (0.25, False), (0.2, True)])
def test_a_share_that_moves_away_from_baseline_and_labels_is_named(
    share: float, named: bool
) -> None:
    signs = signs_of_destruction({**BASELINE, "positive_rate": share}, BASELINE)
    assert len(signs) == named
    assert all(percent(share) in sign for sign in signs)


def test_few_flips_leave_the_choice_to_chance() -> None:
    (doubt,) = doubts_of_choice({"n_flips": 1, "n_pairs": 120})
    assert "has 1 flip in the 120 pairs" in doubt
    assert doubts_of_choice({"n_flips": 10, "n_pairs": 120}) == []
    assert doubts_of_choice({"accuracy": 0.9}) == []


@pytest.mark.parametrize(("accuracy", "doubts"), [(0.994, 0), (0.995, 1), (1.0, 1)])
def test_a_baseline_that_knows_the_held_out_texts_is_doubted(accuracy: float, doubts: int) -> None:
    found = doubts_of_choice({"accuracy": accuracy, "n_flips": 12, "n_pairs": 120})
    assert len(found) == doubts
    assert all("`validation_data`" in each and percent(accuracy) in each for each in found)


def test_the_examples_of_the_wording_hold() -> None:
    assert doctest.testmod(wording).failed == 0


@given(st.floats(1e-12, 1 - 1e-12))
def test_a_share_that_is_not_all_or_nothing_is_not_shown_as_such(share: float) -> None:
    shown = float(percent(share).removesuffix("%"))
    assert 0 < shown < 100
    assert shown == pytest.approx(100 * share, abs=0.0051)


@given(st.integers(1, 10**9))
def test_one_of_many_is_told_within_a_twentieth(of: int) -> None:
    assert float(percent(1 / of).removesuffix("%")) == pytest.approx(100 / of, rel=0.06, abs=0.0051)
