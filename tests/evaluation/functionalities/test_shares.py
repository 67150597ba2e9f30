"""Counts by slice, worked out by hand: two templates about two groups, and a control."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.data.functionalities.cases import Case
from evenhand.evaluation.functionalities.shares import CaseTable
from evenhand.evaluation.measures.score_intervals import wilson

CASES = [
    *(Case(f"t1 {group}", "threat", "toxic", "t1", group) for group in "ab"),
    *(Case(f"t2 {group}", "threat", "toxic", "t2", group) for group in "ab"),
    *(Case(f"n1 {group}", "news", "not-toxic", "n1", group) for group in "ab"),
    Case("c1", "bus", "not-toxic", "c1", None),
    Case("c2", "bus", "not-toxic", "c2", None),
]
#                 t1 a, t1 b, t2 a, t2 b, n1 a, n1 b, c1, c2
NOW = np.array([1, 1, 0, 0, 1, 1, 1, 0], bool)
BEFORE = np.array([1, 1, 1, 1, 0, 1, 1, 0], bool)


@pytest.fixture
def table():
    return CaseTable(CASES)


def test_each_slice_counts_its_own_cases(table):
    slices = {each.slice: each.metrics for each in table.slices_of(NOW)}
    counts = {
        name: {metric: (share.right, share.cases) for metric, share in metrics.items()}
        for name, metrics in slices.items()
    }
    assert counts == {
        "overall": {
            "accuracy": (5, 8),
            "true_positive_rate": (2, 4),
            "true_negative_rate": (3, 4),
        },
        "label=toxic": {"accuracy": (2, 4), "true_positive_rate": (2, 4)},
        "label=not-toxic": {"accuracy": (3, 4), "true_negative_rate": (3, 4)},
        "functionality=threat": {"accuracy": (2, 4), "true_positive_rate": (2, 4)},
        "functionality=news": {"accuracy": (2, 2), "true_negative_rate": (2, 2)},
        "functionality=bus": {"accuracy": (1, 2), "true_negative_rate": (1, 2)},
        "group=a": {
            "accuracy": (2, 3),
            "true_positive_rate": (1, 2),
            "true_negative_rate": (1, 1),
        },
        "group=b": {
            "accuracy": (2, 3),
            "true_positive_rate": (1, 2),
            "true_negative_rate": (1, 1),
        },
    }
    assert slices["overall"]["accuracy"].value == 5 / 8


def test_intervals_are_wilsons_and_take_the_cases_of_a_template_for_one(table):
    slices = {each.slice: each.accuracy for each in table.slices_of(NOW)}
    for name, count, size in (("group=a", 2, 3), ("functionality=bus", 1, 2)):
        expected = wilson(count, size)
        assert slices[name].lower == pytest.approx(expected.lower)
        assert slices[name].upper == pytest.approx(expected.upper)
    # both groups are decided alike in each template: two units, not four
    expected = wilson(1, 2)
    assert slices["functionality=threat"].lower == pytest.approx(expected.lower)
    assert slices["functionality=threat"].upper == pytest.approx(expected.upper)


def test_changes_are_counted_and_tested_by_template(table):
    changes = {each.slice: each for each in table.changes(NOW, BEFORE)}
    threat = changes["functionality=threat"]
    assert (threat.gained, threat.lost, threat.difference) == (0, 2, -0.5)
    assert (threat.templates_better, threat.templates_worse, threat.p_value) == (0, 1, 1.0)
    assert threat.lower <= -0.5 <= threat.upper
    news = changes["functionality=news"]
    assert (news.gained, news.lost, news.templates_better) == (1, 0, 1)
    overall = changes["overall"]
    assert (overall.gained, overall.lost, overall.difference) == (1, 2, -1 / 8)
    assert changes["functionality=bus"].difference == 0


def test_a_loss_in_every_template_of_a_group_is_mcnemars(table):
    cases = [Case(f"t{i}", "threat", "toxic", f"t{i}", "a") for i in range(6)]
    cases.append(Case("n", "news", "not-toxic", "n", "a"))
    before = np.ones(7, bool)
    now = np.array([False] * 6 + [True])
    changes = {each.slice: each for each in CaseTable(cases).changes(now, before)}
    assert changes["group=a"].lost == 6
    assert changes["group=a"].p_value == pytest.approx(2 / 2**6)
    assert changes["group=a"].upper < 0
