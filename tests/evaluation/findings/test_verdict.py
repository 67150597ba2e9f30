"""What a report says of a situation, word for word: the sentences that a tired reader acts on."""

from __future__ import annotations

import pytest
from compared_reports import compared
from hypothesis import given
from hypothesis import strategies as st

from evenhand.evaluation.findings.verdict import statements, verdict
from evenhand.evaluation.reports.report import MetricValue, ModelReport, SliceReport

FELL = (-0.06, -0.02)  # an interval of a difference that is below zero
ROSE = (0.02, 0.06)
OPEN = (-0.03, 0.03)
START = "new changes its decision on "
REMOVED = "when identity terms are removed"


def finding(share, after, before, *, pairs="1,000 pairs", interval=True, remarks=""):
    shown = f"95% interval {after / 2:.2%} to {after / 2 + 0.5:.2%}" if interval else "no interval"
    return (
        f"{START}{share} of {pairs} {REMOVED} ({remarks}{shown}); "
        f"old does on {'none' if before == 0 else f'{before:.2%}'}."
    )


FEWER = {"flip_rate": (0.05, 0.01, FELL), "p": 0.0001}
FEWER_SAID = finding("1.00%", 0.01, 0.05) + " That is 80% fewer flips."

# The situation, and all that is said of it
CASES = {
    "the same model twice": (
        {"p": 1.0},
        finding("5.00%", 0.05, 0.05) + " No change.",
    ),
    "no flips in either": (
        {"flip_rate": (0, 0, (-0.004, 0.004)), "p": 1.0},
        finding("none", 0, 0) + " No change.",
    ),
    "fewer": (FEWER, FEWER_SAID),
    "all gone": (
        {"flip_rate": (0.05, 0, FELL), "p": 0.0001},
        finding("none", 0, 0.05) + " No flips are left.",
    ),
    "one of thirty thousand left": (
        {"flip_rate": (0.05, 1 / 30_000, FELL), "p": 0.0001, "pairs": 30_000},
        f"{START}0.003% of 30,000 pairs {REMOVED} (95% interval 0.002% to 50.00%); "
        "old does on 5.00%. That is more than 99% fewer flips.",
    ),
    "fewer, but perhaps by chance": (
        {"flip_rate": (0.04, 0.03, OPEN), "p": 0.23},
        finding("3.00%", 0.03, 0.04)
        + " No clear change: -1.00 points may be chance (95% interval -3.00 to +3.00, p = 0.2300).",
    ),
    "the interval says fewer, the test does not": (
        {"flip_rate": (0.05, 0.01, FELL), "p": 0.07},
        finding("1.00%", 0.01, 0.05)
        + " No clear change: -4.00 points may be chance: the exact test, which has the last word, "
        "finds p = 0.0700, though the approximate 95% interval, -6.00 to -2.00, excludes zero.",
    ),
    "the test says fewer, the interval does not": (
        {"flip_rate": (0.05, 0.04, OPEN), "p": 0.01},
        finding("4.00%", 0.04, 0.05)
        + " No clear change: -1.00 points may be chance: the 95% interval, -3.00 to +3.00, "
        "includes zero, though the exact test finds p = 0.0100.",
    ),
    "neither interval nor test": (
        {"flip_rate": (0.05, 0.01, None)},
        finding("1.00%", 0.01, 0.05)
        + " No clear change: whether -4.00 points is more than chance is not known.",
    ),
    "worse": (
        {"flip_rate": (0.02, 0.05, ROSE), "p": 0.001},
        "Worse: " + finding("5.00%", 0.05, 0.02) + " That is 2.5 times as many flips.",
    ),
    "somewhat worse": (
        {"flip_rate": (0.2, 0.25, ROSE), "p": 0.001},
        "Worse: " + finding("25.00%", 0.25, 0.2) + " That is 25% more flips.",
    ),
    "hardly worse, on very many pairs": (
        {"flip_rate": (0.2, 0.2001, (0.00005, 0.00015)), "p": 0.001},
        "Worse: " + finding("20.01%", 0.2001, 0.2) + " That is less than 1% more flips.",
    ),
    "worse than none": (
        {"flip_rate": (0, 0.05, ROSE), "p": 0.001},
        "Worse: " + finding("5.00%", 0.05, 0) + " There were none before.",
    ),
    "more, but perhaps by chance": (
        {"flip_rate": (0.03, 0.04, OPEN), "p": 0.23},
        finding("4.00%", 0.04, 0.03)
        + " No clear change: +1.00 points may be chance (95% interval -3.00 to +3.00, p = 0.2300).",
    ),
    "fewer, at a little cost": (
        FEWER | {"auc": (0.95, 0.945, (-0.008, -0.002))},
        FEWER_SAID + " It cost a little: AUC 0.9500 → 0.9450 (-0.0050).",
    ),
    "fewer, and a worse AUC": (
        FEWER | {"auc": (0.95, 0.85, FELL)},
        "Worse at its task: AUC 0.9500 → 0.8500 (-0.1000). " + FEWER_SAID,
    ),
    "64 % fewer over accuracy, false positives and a group": (
        {
            "flip_rate": (0.14, 0.05, (-0.11, -0.07)),
            "p": 0.0001,
            "accuracy": (0.953, 0.906, FELL),
            "false_positive_rate": (0.14, 0.224, ROSE),
            "slices": [
                ("group=muslim", 0.11, 0.17, 0.002, 400),
                ("group=gay", 0.2, 0.01, 0.001, 400),
            ],
        },
        "Worse at its task: accuracy 95.30% → 90.60% (-4.70 points); false positive rate 14.00% → "
        "22.40% (+8.40 points). Worse for group=muslim (flip rate 11.00% → 17.00%). "
        + finding("5.00%", 0.05, 0.14)
        + " That is 64% fewer flips.",
    ),
    "97 % fewer over a model that flags nearly everything": (
        {
            "flip_rate": (0.1, 0.003, FELL),
            "p": 0.0001,
            "accuracy": (0.843, 0.514, FELL),
            "flagged_rate": (0.45, 0.93, (0.4, 0.5)),
        },
        "Worse at its task: accuracy 84.30% → 51.40% (-32.90 points); share of texts flagged "
        "45.00% → 93.00% (+48.00 points). " + finding("0.30%", 0.003, 0.1) + " That is 97% fewer "
        "flips.",
    ),
    "a share flagged that moved within what chance would do": (
        FEWER | {"flagged_rate": (0.2, 0.23, (-0.01, 0.07))},
        FEWER_SAID,
    ),
    "no share flagged but what the decisions tell": (
        FEWER | {"without": ("flagged_rate",), "positive": (400, 900)},
        "Worse at its task: share of different texts flagged 40.00% → 90.00%. " + FEWER_SAID,
    ),
    "accuracy that fell, perhaps by chance": (
        FEWER | {"accuracy": (0.9, 0.8, (-0.25, 0.05))},
        FEWER_SAID
        + " Perhaps worse, but it may be chance: accuracy 90.00% → 80.00% (-10.00 points).",
    ),
    "task metrics that are better": (
        FEWER | {"auc": (0.9, 0.95, ROSE), "accuracy": (0.8, 0.9, ROSE)},
        FEWER_SAID,
    ),
    "groups that may be worse": (
        FEWER
        | {
            "slices": [
                ("group=a", 0.01, 0.02, 0.4, 100),
                ("group=b", 0.02, 0.01, 0.4, 100),
                ("group=few", 0.0, 0.2, 0.6, 5),
                ("term=x", 0.01, 0.02, 0.4, 100),
            ]
        },
        FEWER_SAID
        + " More flips than before, perhaps by chance: group=a (flip rate 1.00% → 2.00%).",
    ),
    "more groups that are worse than a sentence holds": (
        FEWER | {"slices": [(f"group={i}", 0.1, 0.2 + i / 100, 0.001, 100) for i in range(8)]},
        "Worse for "
        + ", ".join(f"group={i} (flip rate 10.00% → {20 + i}.00%)" for i in (7, 6, 5, 4, 3))
        + " and 3 more. "
        + FEWER_SAID,
    ),
    "logits that collapsed": (
        FEWER | {"logit_spread": (2.18, 0.6, None)},
        "Worse: the scores of new have drawn together (standard deviation of the logits 2.1800 → "
        "0.6000), and flips and gaps shrink with them. " + FEWER_SAID,
    ),
    "logits that are all but the same": (
        FEWER | {"logit_spread": (2.18, 0.01, None)},
        "No evidence: new gives all texts nearly the same score (its logits have a standard "
        "deviation of 0.0100), so how far they move says nothing. " + FEWER_SAID,
    ),
    "a candidate that decides alike": (
        FEWER | {"positive": (400, 998)},
        "No evidence: new calls 99.80% of 1,000 different texts positive at threshold 0.5. A model "
        "that decides alike cannot flip, whatever it has learnt. " + finding("1.00%", 0.01, 0.05),
    ),
    "a baseline that decides alike": (
        {"flip_rate": (0, 0.05, ROSE), "p": 0.001, "positive": (0, 400)},
        "No evidence: old calls all of 1,000 different texts negative at threshold 0.5. It "
        "cannot flip, so a comparison with it shows nothing. " + finding("5.00%", 0.05, 0),
    ),
    "one that decides alike at two thresholds": (
        {"baseline": False, "positive": (400, 1), "thresholds": (0.5, 0.7)},
        "No evidence: new calls 99.90% of 1,000 different texts negative at threshold 0.5 and "
        "calls 99.90% of 1,000 different texts negative at threshold 0.7. A model that decides "
        f"alike cannot flip, whatever it has learnt. {START}5.00% of 1,000 pairs {REMOVED} "
        "(95% interval 2.50% to 52.50%).",
    ),
    "no baseline": (
        {"baseline": False},
        f"{START}5.00% of 1,000 pairs {REMOVED} (95% interval 2.50% to 52.50%).",
    ),
    "no baseline and no flips": (
        {"baseline": False, "flip_rate": (0, 0, None)},
        f"{START}none of 1,000 pairs {REMOVED} (95% interval 0.00% to 50.00%).",
    ),
    "one pair": (
        {"pairs": 1, "few": True, "p": 1.0},
        finding("5.00%", 0.05, 0.05, pairs="1 pair")
        + " No change. 1 pair is too few to tell much.",
    ),
    "few pairs": (
        {"pairs": 20, "few": True, "flip_rate": (0.4, 0.1, (-0.5, -0.02)), "p": 0.07},
        finding("10.00%", 0.1, 0.4, pairs="20 pairs")
        + " No clear change: -30.00 points may be chance: the exact test, which has the last word, "
        "finds p = 0.0700, though the approximate 95% interval, -50.00 to -2.00, excludes zero. "
        "20 pairs are too few to tell much.",
    ),
    "weights": (
        FEWER | {"weighted": True, "p": 0.4, "accuracy": (0.9, 0.8, FELL)},
        "Worse at its task, by weight: accuracy 90.00% → 80.00% (-10.00 points). "
        + finding("1.00%", 0.01, 0.05, remarks="by weight; ")
        + " That is 80% fewer flips.",
    ),
    "unlabelled": (
        FEWER | {"labelled": 0, "without": ("auc", "accuracy", "false_positive_rate")},
        FEWER_SAID + " What it cost at the task is not known: no example has a label.",
    ),
    "a flip rate that is undefined": (
        {"flip_rate": (0.05, None, None)},
        "The flip rate of new is undefined: its pairs weigh nothing.",
    ),
    "no pairs": (
        {"flip_rate": (None, None, None), "pairs": 0},
        "The flip rate of new is undefined: there are no pairs.",
    ),
    "a baseline without a flip rate": (
        {"flip_rate": (None, 0.05, None)},
        f"{START}5.00% of 1,000 pairs {REMOVED} (95% interval 2.50% to 52.50%). old has no flip "
        "rate to compare with.",
    ),
    "task metrics that are undefined": (
        FEWER | {"auc": (None, None, None), "accuracy": (0.9, None, None)},
        FEWER_SAID,
    ),
    "both called the same": (
        {"names": ("m.keras", "m.keras"), "p": 1.0},
        finding("5.00%", 0.05, 0.05)
        .replace("new", "m.keras (candidate)")
        .replace("old", "m.keras (baseline)")
        + " No change.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name):
    situation, said = CASES[name]
    assert verdict(compared(**situation)) == said


def test_by_class_it_says_what_a_decision_is():
    said = verdict(compared(by_class=True, p=1.0))
    assert "No change. Decisions are for the most probable of several classes" in said


def test_a_report_of_an_earlier_version_says_what_it_does_not_tell():
    made = compared(p=1.0)
    old = [model.model_copy(update={"decisions": ()}) for model in made.models]
    said = verdict(made.model_copy(update={"models": tuple(old)}))
    assert said.endswith("is not known: the report was made by an earlier version.")


def test_without_an_interval_it_says_so():
    made = compared(baseline=False)
    slice_ = made.candidate.overall
    bare = slice_.model_copy(update={"metrics": {"flip_rate": MetricValue(value=0.05)}})
    model = ModelReport(
        role="candidate", name="new", decisions=made.candidate.decisions, slices=(bare,)
    )
    said = verdict(made.model_copy(update={"models": (model,)}))
    assert said.endswith(f"{REMOVED} (no interval).")


def test_effective_numbers_stand_beside_the_pairs():
    made = compared(baseline=False, weighted=True)
    values = made.candidate.overall.model_dump() | {"effective_pairs": 400.2}
    slice_ = SliceReport.model_validate(values, strict=False)
    model = ModelReport(
        role="candidate", name="new", decisions=made.candidate.decisions, slices=(slice_,)
    )
    said = verdict(made.model_copy(update={"models": (model,)}))
    assert "of 1,000 pairs when identity terms are removed (by weight; 400 effective; 95%" in said


counts = st.integers(0, 2000)


@given(before=counts, after=counts, p=st.floats(0, 1), low=st.floats(-1, 1), up=st.floats(0, 1))
def test_words_never_say_more_than_the_numbers(before, after, p, low, up):
    interval = (low, min(1.0, low + up))
    rates = (before / 2000, after / 2000, interval)
    found = statements(compared(pairs=2000, flip_rate=rates, p=p))
    said = " ".join(each.text for each in found)
    established = p <= 0.05 and (interval[0] > 0 or interval[1] < 0) and before != after
    assert ("fewer flips" in said or "No flips are left" in said) == (
        established and after < before
    )
    assert said.startswith("Worse: ") == (established and after > before)
    assert ("No change." in said) == (before == after)
    assert "100% fewer" not in said and " 0% " not in said
    assert " 0.00% of" not in said
    tones = {each.tone for each in found}
    assert tones <= {"plain", "better" if after < before else "worse"}
