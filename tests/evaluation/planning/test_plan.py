"""`plan_pairs`: a rule's needs from numbers and from a dataset, and what it refuses."""

from __future__ import annotations

import pytest
from gate_reports import report, slice_

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation import plan_pairs
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.rules import GateRule

RULE = {"metric": "flip_rate", "max": 0.02, "bound": "upper"}


def test_without_numbers_of_pairs_it_plans_for_those_needed():
    plan = plan_pairs(max=0.02)
    assert (plan.bound, plan.rate, plan.power) == ("upper", 0.01, 0.8)
    assert (plan.fewest_pairs, plan.pairs_at_best, plan.pairs_needed) == (189, 1232, 1356)
    [size] = plan.sizes
    assert (size.slice, size.pairs, size.effective_pairs) == (None, 1356, 1356)
    assert size.pass_chance > 0.8
    assert size.passes_up_to > 0.01


def test_a_rate_above_the_limit_is_to_fail():
    plan = plan_pairs(max=0.02, bound="value", rate=0.03, pairs=[300, 301])
    assert (plan.wanted, plan.pairs_needed) == ("fail", 301)
    assert [size.pass_chance < 0.2 for size in plan.sizes] == [False, True]


def test_a_rate_at_the_limit_is_decided_by_no_number():
    plan = plan_pairs(max=0.02, rate=0.02)
    assert plan.pairs_needed is plan.pairs_at_best is None
    assert plan.sizes == ()


def test_with_too_few_pairs_no_flips_are_allowed():
    [size] = plan_pairs(max=0.02, pairs=[188]).sizes
    assert (size.most_flips, size.pass_chance, size.passes_up_to) == (None, 0, None)


def test_a_dataset_counts_texts_by_slice(dataset):
    plan = plan_pairs(dataset, max=0.9)
    assert {size.slice: (size.pairs, size.effective_pairs) for size in plan.sizes} == {
        # four texts, one of which has two pairs and so weighs twice: 5² / (1 + 4 + 1 + 1)
        "overall": (5, pytest.approx(25 / 7, abs=1e-5)),
        "source=web": (3, pytest.approx(9 / 5)),
        "source=mail": (1, 1),
        "source=1": (0, 0),
        "group=female": (3, 3),
        "group=male": (2, 2),
    }
    flips = {size.slice: size.most_flips for size in plan.sizes}
    of_one, of_two, of_three = (plan_pairs(max=0.9, pairs=[n]).sizes[0] for n in (1, 2, 3))
    assert flips["source=1"] is None
    assert flips["source=web"] == of_one.most_flips == 0
    assert flips["group=male"] == of_two.most_flips
    assert flips["overall"] == flips["group=female"] == of_three.most_flips == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max": 0}, "max must be above 0"),
        ({"max": 1}, "max must be above 0 and below 1"),
        ({"max": 0.1, "rate": 1.5}, "rate must be"),
        ({"max": 0.1, "power": 1}, "power must be"),
        ({"max": 0.1, "pairs": [0]}, "pairs must be 1 or more"),
        ({"max": 0.1, "bound": "middle"}, "bound must be value or lower or upper"),
        ({"max": 0.1, "data": "cf", "pairs": [3]}, "both say how many pairs"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, words):
    with pytest.raises(ConfigurationError, match=words):
        plan_pairs(**options)


def test_the_limit_has_to_be_given():
    with pytest.raises(TypeError, match="max"):
        plan_pairs(rate=0.1)


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(InputError):
        plan_pairs(tmp_path, max=0.1)


def reason(slice_, **rule):
    [check] = judge(report([slice_]), [GateRule(**{**RULE, **rule})]).checks
    return check.reason


def test_the_gate_says_when_a_rule_cannot_be_met():
    assert reason(slice_(n_pairs=188, flip_rate=(0, 0, 0.0201))) == (
        "0.0201 is above 0.02: 188 pairs cannot meet it even without a flip, it takes 189"
    )
    few = slice_(n_pairs=400, flip_rate=(0.1, 0.2, 0.3)).model_copy(update={"effective_pairs": 30})
    assert reason(few).endswith(
        ": 400 pairs of 30 texts cannot meet it even without a flip, it takes 189"
    )


@pytest.mark.parametrize(
    ("n_pairs", "metric", "rule"),
    [
        (189, "flip_rate", {}),
        (100, "flip_rate", {"bound": "value"}),
        (100, "ctf_gap", {}),
    ],
)
def test_the_gate_does_not_say_so_of_other_rules(n_pairs, metric, rule):
    found = slice_(n_pairs=n_pairs, **{metric: (0.1, 0.2, 0.3)})
    assert "cannot" not in reason(found, metric=metric, **rule)
