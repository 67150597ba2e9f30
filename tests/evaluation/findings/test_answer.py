"""What the first line of a report answers, and what it says to do next, by situation."""

from __future__ import annotations

import pytest
from compared_reports import compared

from evenhand.evaluation.findings.answer import MAX_STEPS, answers
from evenhand.evaluation.reports.report import Label, MetricValue

FELL, ROSE, OPEN = (-0.06, -0.02), (0.02, 0.06), (-0.03, 0.03)
FEWER = {"flip_rate": (0.05, 0.01, FELL), "p": 0.0001}

# The situation, the start of the headline, its tone, and words of a step
CASES = {
    "fewer flips and no cost": (FEWER, "Yes, beside the baseline: ", "better", "gate init"),
    "fewer flips, worse at its task": (
        FEWER | {"auc": (0.95, 0.9, (-0.06, -0.04))},
        "Only in part: ",
        "worse",
        "remediate sweep",
    ),
    "fewer flips, a group flips more": (
        FEWER | {"slices": [("group=a", 0.01, 0.2, 0.001, 100)]},
        "Only in part: ",
        "worse",
        "remediate sweep",
    ),
    "fewer flips, no labels": (
        FEWER | {"labelled": 0},
        "Yes, beside the baseline: it flips less, and its cost is unknown.",
        "plain",
        "Label some of the texts",
    ),
    "more flips": (
        {"flip_rate": (0.01, 0.05, ROSE), "p": 0.0001},
        "No: it flips more",
        "worse",
        "remediate sweep",
    ),
    "perhaps by chance": (
        {"flip_rate": (0.04, 0.03, OPEN), "p": 0.23},
        "Not established: it may flip as often",
        "plain",
        "evaluate plan",
    ),
    "no change": ({"p": 1.0}, "Not established: it flips as often", "plain", "evaluate plan"),
    "no change, at a cost": (
        {"p": 1.0, "auc": (0.95, 0.9, (-0.06, -0.04))},
        "No: it flips as often",
        "worse",
        "remediate sweep",
    ),
    "no flips in either": (
        {"flip_rate": (0, 0, (-0.004, 0.004)), "p": 1.0},
        "No flip was found (the rate may be up to 50.00%)",
        "plain",
        "evaluate plan",
    ),
    "decides alike": (
        FEWER | {"positive": (400, 1000)},
        "Nobody can tell: its decisions are no evidence.",
        "worse",
        "threshold that no score reaches",
    ),
    "no pairs": (
        {"flip_rate": (None, None, None), "pairs": 0},
        "Nobody can tell: there is nothing to count.",
        "worse",
        "data terms",
    ),
    "no baseline": ({"baseline": False}, "It flips on 5.00% of pairs; ", "plain", "gate init"),
    "too few pairs": (
        {"baseline": False, "slices": [("group=a", 0.1, 0.1, None, 5)]},
        "It flips on 5.00% of pairs; ",
        "plain",
        "1 slice of too few pairs: group=a.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_answer_fits_the_situation(name: str) -> None:
    given, start, tone, step = CASES[name]
    [answer] = answers(compared(**given))
    assert answer.headline.startswith(start)
    assert answer.tone == tone
    assert any(step in each for each in answer.steps)
    assert 1 <= len(answer.steps) <= MAX_STEPS


@pytest.mark.parametrize(
    ("lower", "start"),
    [(0.01, "No: identity terms flip"), (-0.01, "No harm shown: identity terms flip it no more")],
)
def test_without_a_baseline_the_noise_floor_answers(lower: float, start: str) -> None:
    report = compared(baseline=False)
    [overall] = report.candidate.slices
    excess = MetricValue(value=0.02, lower=lower, upper=0.05)
    floor = MetricValue(value=0.03)
    metrics = overall.metrics | {"control_flip_rate": floor, "excess_flip_rate": excess}
    slices = (overall.model_copy(update={"metrics": metrics}),)
    model = report.candidate.model_copy(update={"slices": slices})
    [answer] = answers(report.model_copy(update={"models": (model,)}))
    assert answer.headline.startswith(start)


def test_labels_with_the_same_answer_are_named_together_bad_news_first() -> None:
    def of(name: str, number: int, **given: object) -> object:
        label = Label(name=name, output=number)
        return compared(**given).model_copy(update={"label": label})

    more = {"flip_rate": (0.01, 0.05, ROSE), "p": 0.0001}
    first, *others = (of("a", 0, **FEWER), of("b", 1, **more), of("c", 2, **FEWER))
    found = answers(first.with_labels(others))
    assert [each.headline.partition(":")[0] for each in found] == ["b", "a and c"]
    assert found[0].tone == "worse" and not found[0].steps
    assert "remediate sweep" in " ".join(found[-1].steps)
