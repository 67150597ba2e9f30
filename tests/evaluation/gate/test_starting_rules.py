"""What `gate init` writes: room for models that are no worse, and words where a value is poor."""

from __future__ import annotations

import numpy as np
import pytest
from gate_reports import report, slice_
from scipy.stats import binom

from evenhand.data.errors import InputError
from evenhand.evaluation.derived.retraining_room import retraining_room
from evenhand.evaluation.gate.config import load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.starting_rules import render_gate_config
from evenhand.evaluation.measures.intervals import wilson
from evenhand.evaluation.reports.report import MetricValue


def rate(count, size):
    ends = wilson(count, size)
    return MetricValue(lower=ends.lower, value=count / size, upper=ends.upper)


def interval(count, size):
    found = rate(count, size)
    return found.lower, found.value, found.upper


@pytest.mark.parametrize("size", [100, 200, 1000])
@pytest.mark.parametrize("true_rate", [0.005, 0.02, 0.1, 0.3])
def test_a_model_that_is_no_worse_keeps_to_a_limit_with_room(size, true_rate):
    """On other texts, of which both models flip the same share; without room half of them fail."""
    rates = [rate(count, size) for count in range(size + 1)]
    ends = np.array([each.upper for each in rates])
    room = np.array([retraining_room(each, [], direction=1, level=0.95) for each in rates])
    likely = binom.pmf(np.arange(size + 1), size, true_rate)
    passes = ends[None, :] <= (ends + room)[:, None]
    assert 0.92 < likely @ passes @ likely < 0.995
    assert likely @ (ends[None, :] <= ends[:, None]) @ likely < 0.75


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("known", [2, 3, 6])
def test_one_more_training_keeps_to_what_several_predict(direction, known):
    values = np.random.default_rng(5).normal(0.5, 0.01, size=(3000, known + 1))
    kept = [
        direction * (new - (first + direction * room)) <= 0
        for first, *others, new in values
        for room in [
            retraining_room(
                MetricValue(value=first),
                [MetricValue(value=each) for each in others],
                direction=direction,
                level=0.95,
            )
        ]
    ]
    # Room is never negative, so that a first training worse than predicted keeps to its own limit.
    assert 0.935 < np.mean(kept) < 0.99


def test_nothing_to_tell_by_is_no_room():
    nothing, alone = MetricValue(value=None), MetricValue(value=0.5)
    for value, again in ((nothing, []), (alone, []), (alone, [nothing])):
        assert retraining_room(value, again, direction=1, level=0.95) == 0


def rules_of(tmp_path, *reports):
    path = tmp_path / "evenhand.toml"
    path.write_text(render_gate_config(reports[0], reports[1:]), encoding="utf-8")
    return load_gate_config(path).rules


def test_the_gate_leaves_room_for_chance_and_no_more(tmp_path):
    def made(flips, auc):
        groups = [
            slice_(f"group={name}", flip_rate=interval(flips + more, 200))
            for name, more in (("a", 1), ("b", 0))
        ]
        overall = slice_(flip_rate=interval(flips, 200), auc=(auc - 0.02, auc, auc + 0.02))
        return report([overall, *groups])

    rules = rules_of(tmp_path, made(6, 0.9))
    assert judge(made(6, 0.9), rules).passed
    assert judge(made(9, 0.885), rules).passed
    assert not judge(made(20, 0.9), rules).passed
    assert not judge(made(6, 0.86), rules).passed
    # Trainings that differ by less say that less is chance.
    told = rules_of(tmp_path, made(6, 0.9), made(6, 0.902), made(7, 0.901))
    assert judge(made(7, 0.9), told).passed
    assert not judge(made(6, 0.885), told).passed


def test_a_poor_value_is_called_poor(tmp_path):
    rates = {"positive_rate": 0.32, "true_positive_rate": 0.5, "false_positive_rate": 0.3}
    # So one of ten texts is positive, and who calls none so is right in 0.9.
    overall = slice_(
        flip_rate=(0.1, 0.2, 0.3), auc=(0.49, 0.6, 0.7), accuracy=(0.8, 0.85, 0.95), **rates
    )
    text = render_gate_config(report([overall, slice_("group=<b>", flip_rate=(0.03, 0.1, 0.2))]))
    poor = [line for line in text.splitlines() if line.startswith("# POOR")]
    assert poor == [
        '# POOR: more than 2% of decisions flip, in "overall".',
        '# POOR: more than 2% of decisions flip, in "group=<b>".',
        "# POOR: not shown to be better than chance, which has 0.5.",
        "# POOR: not shown to be better than one decision for all, which has 0.9.",
    ]
    good = slice_(flip_rate=(0.0, 0.03, 0.1), auc=(0.8, 0.9, 0.95), accuracy=(0.91, 0.95, 0.97))
    assert "POOR" not in render_gate_config(report([good]))


def test_trainings_on_other_data_tell_nothing():
    first = report([slice_(flip_rate=0.1)])
    other = first.model_copy(
        update={"data": first.data.model_copy(update={"sha256": "1" * 64})},
    )
    with pytest.raises(InputError, match="other data") as raised:
        render_gate_config(first, [first, other])
    assert raised.value.where == "again[1]"
