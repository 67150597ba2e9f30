"""Limits that ask for evidence: differences that have to be shown, spreads beyond chance."""

from __future__ import annotations

import math

import pytest
from gate_reports import report, slice_

from evenhand.evaluation.gate.explanation import explain_rule
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.problems import remarks_on_data
from evenhand.evaluation.gate.result import Check, GateResult, Outcome, Status
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.measures.score_intervals import wilson
from evenhand.evaluation.reports.report import Comparison, Report, SliceReport

NOT_WORSE = {"metric": "auc", "max_drop": 0.005, "shown": True}


def compared(difference: float, lower: float | None, upper: float | None) -> Report:
    """Return a report of an AUC of 0.9 and a baseline's, with the interval of their difference."""
    made = report([slice_(auc=0.9)], [slice_(auc=0.9 - difference)])
    comparison = Comparison(
        slice="overall",
        metric="auc",
        candidate=0.9,
        baseline=0.9 - difference,
        difference=difference,
        lower=lower,
        upper=upper,
        interval=None if lower is None else "delong",
    )
    return made.model_copy(update={"comparison": (comparison,)})


def only(result: GateResult) -> Check:
    [check] = result.checks
    return check


@pytest.mark.parametrize(
    ("difference", "lower", "upper", "outcome", "words"),
    [
        (-0.001, -0.004, 0.002, Outcome.PASSED, "and the interval reaches 0.004 below"),
        (0.02, 0.01, 0.03, Outcome.PASSED, "the interval reaches -0.01 below"),
        (-0.001, -0.005, 0.003, Outcome.PASSED, "reaches 0.005 below"),  # on the limit
        (-0.006, -0.008, -0.004, Outcome.FAILED, "0.9 is 0.006 below the baseline's 0.906"),
        (-0.003, -0.007, 0.001, Outcome.INSUFFICIENT, "not shown: 0.9 is 0.003 below"),
        (0.0, -0.01, 0.01, Outcome.INSUFFICIENT, "it takes some 4 times as many"),  # (10 / 5)²
        (0.0, None, None, Outcome.INSUFFICIENT, "without an interval"),
    ],
)
def test_not_worse_has_to_be_shown(
    difference: float, lower: float | None, upper: float | None, outcome: Outcome, words: str
) -> None:
    check = only(judge(compared(difference, lower, upper), [GateRule.model_validate(NOT_WORSE)]))
    assert (check.outcome, words in check.reason) == (outcome, True), check.reason
    assert (check.status is Status.PASSED) == (outcome is Outcome.PASSED)
    if outcome is Outcome.PASSED:
        assert lower is not None and check.room == pytest.approx(0.005 + lower, abs=1e-12)


def test_what_cannot_be_shown_does_what_the_rule_says() -> None:
    rule = GateRule.model_validate({**NOT_WORSE, "on_insufficient": "warn"})
    assert only(judge(compared(0.0, -0.01, 0.01), [rule])).status is Status.WARNED
    assert "times as many" not in only(judge(compared(-0.003, -0.007, 0.001), [rule])).reason


@pytest.mark.parametrize(
    ("lower", "upper", "outcome"),
    [
        (-0.004, 0.004, Outcome.PASSED),
        (-0.004, 0.008, Outcome.INSUFFICIENT),
        (-0.008, 0.004, Outcome.INSUFFICIENT),
    ],
)
def test_both_sides_together_are_equivalence(lower: float, upper: float, outcome: Outcome) -> None:
    rule = GateRule.model_validate({**NOT_WORSE, "max_increase": 0.005})
    assert only(judge(compared(0.0, lower, upper), [rule])).outcome is outcome


def test_of_the_reference_both_intervals_count() -> None:
    ours = report([slice_(auc=(0.88, 0.9, 0.91))])
    reference = report([slice_(auc=(0.89, 0.9, 0.93))])
    # the lower end of the difference is -sqrt(0.02² + 0.03²)
    most = math.hypot(0.02, 0.03)
    for margin, outcome in ((most + 1e-6, Outcome.PASSED), (most - 1e-6, Outcome.INSUFFICIENT)):
        rule = GateRule.model_validate({**NOT_WORSE, "max_drop": margin, "against": "reference"})
        assert only(judge(ours, [rule], reference=reference)).outcome is outcome


def test_a_share_of_the_baseline_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="shown needs max_drop in the unit of the metric"):
        GateRule.model_validate({**NOT_WORSE, "max_drop": "1%"})
    with pytest.raises(ValueError, match="shown goes with max_drop or max_increase"):
        GateRule.model_validate({"metric": "auc", "min": 0.5, "shown": True})


def rates(*counts: int, size: int = 200) -> list[SliceReport]:
    found = []
    for number, count in enumerate(counts):
        ends = wilson(count, size)
        value = (ends.lower, count / size, ends.upper)
        found.append(slice_(f"g={number}", n_pairs=size, flip_rate=value))
    return found


SPREAD = {"metric": "flip_rate", "slice": "g=*", "max_spread": 0.02, "beyond_chance": True}


def test_a_spread_beyond_chance_breaks_the_limit_and_one_by_chance_does_not() -> None:
    def judged(*counts: int, **rule: object) -> Check:
        made = report([slice_(flip_rate=0.1), *rates(*counts)])
        return only(judge(made, [GateRule.model_validate({**SPREAD, **rule})]))

    by_chance, real = (4, 10, 6, 5), (4, 40, 6, 5)
    assert judged(*by_chance, beyond_chance=False).outcome is Outcome.FAILED
    check = judged(*by_chance)
    assert check.outcome is Outcome.PASSED and check.room is None
    assert "0.03 between g=1 (0.05) and g=0 (0.02), which chance may explain (p " in check.reason
    check = judged(*real)
    assert check.outcome is Outcome.FAILED and check.room == pytest.approx(-0.16)
    assert ", beyond chance (p " in check.reason
    assert judged(*real, alpha=1e-12).outcome is Outcome.PASSED
    assert judged(4, 5, 6, 5).reason.endswith("g=0 (0.02)")  # within the limit: no test


def test_the_test_of_rates_goes_by_the_rows_behind_their_intervals() -> None:
    from scipy.stats import chi2_contingency

    wanted = chi2_contingency([[4, 196], [12, 188], [6, 194]], correction=False).pvalue
    made = report([slice_(flip_rate=0.1), *rates(4, 12, 6)])
    rule = {**SPREAD, "max_spread": 0.0}
    for alpha, outcome in ((wanted * 1.001, Outcome.FAILED), (wanted * 0.999, Outcome.PASSED)):
        given = GateRule.model_validate({**rule, "alpha": alpha})
        assert only(judge(made, [given])).outcome is outcome


def test_a_spread_of_other_values_is_tested_by_their_intervals() -> None:
    def judged(width: float) -> Outcome:
        values = [
            slice_(f"g={name}", auc=(value - width, value, value + width))
            for name, value in (("a", 0.7), ("b", 0.8))
        ]
        rule = GateRule.model_validate({**SPREAD, "metric": "auc"})
        return only(judge(report([slice_(), *values]), [rule])).outcome

    # (0.1 - 0.02) / (error √2) against 1.96, error = width / 1.96
    assert judged(0.08 / math.sqrt(2) - 1e-4) is Outcome.FAILED
    assert judged(0.08 / math.sqrt(2) + 1e-4) is Outcome.PASSED
    without = report([slice_(), slice_("g=a", auc=0.7), slice_("g=b", auc=0.8)])
    check = only(judge(without, [GateRule.model_validate({**SPREAD, "metric": "auc"})]))
    assert check.outcome is Outcome.INSUFFICIENT and "no interval" in check.reason


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"max_spread": 0.1, "slice": "g=*", "alpha": 0.01}, "beyond_chance = true"),
        ({"max": 0.1, "beyond_chance": True}, "beyond_chance goes with max_spread"),
        ({"max": 0.1, "adjust": "benjamini_hochberg"}, "adjust goes with no_worse_than"),
    ],
)
def test_options_of_evidence_without_their_limit(rule: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        GateRule.model_validate({"metric": "flip_rate", **rule})


def test_benjamini_and_hochberg_find_more_where_many_slices_got_worse() -> None:
    overall = slice_(flip_rate=(0.08, 0.1, 0.12))
    now, before = rates(*range(15, 23)), rates(*[8] * 8)

    def failing(alpha: float, adjust: str, *chosen: int) -> list[str]:
        ours, theirs = ([overall, *(of[i] for i in chosen)] for of in (now, before))
        rule = {"metric": "flip_rate", "slice": "g=*", "no_worse_than": "reference"}
        given = GateRule.model_validate({**rule, "alpha": alpha, "adjust": adjust})
        checks = judge(report(ours), [given], reference=report(theirs)).checks
        return [check.slice for check in checks if check.outcome is Outcome.FAILED]

    # The slices got worse the more the higher their number. Each is found alone at some level.
    levels = [i / 1000 for i in range(1, 200)]
    alone = [next(p for p in levels if failing(p, "holm", i)) for i in range(8)]
    assert alone == sorted(alone, reverse=True) and alone[0] < 0.2
    for alpha in (0.05, 0.1):
        found = {each: failing(alpha, each, *range(8)) for each in ("holm", "benjamini_hochberg")}
        # step up: the largest k such that k slices have p of at most k alpha / 8
        most = max((k for k in range(1, 9) if alone[8 - k] <= k * alpha / 8), default=0)
        assert found["benjamini_hochberg"] == [f"g={i}" for i in range(8 - most, 8)]
        assert len(found["holm"]) < most


def test_a_level_is_spent_over_several_runs() -> None:
    now, before = ([slice_(flip_rate=0.1), *rates(count)] for count in (22, 8))

    def failing(**options: object) -> bool:
        rule = {"metric": "flip_rate", "slice": "g=0", "no_worse_than": "reference", **options}
        result = judge(report(now), [GateRule.model_validate(rule)], reference=report(before))
        return not result.passed

    alpha = next(i / 1000 for i in range(1, 100) if failing(alpha=i / 1000))
    assert failing(alpha=10 * alpha, runs=10) and not failing(alpha=10 * alpha, runs=20)
    rule = {"metric": "auc", "no_worse_than": "reference", "runs": 50}
    assert "(level 0.05 over 50 runs; " in explain_rule(GateRule.model_validate(rule))


def test_rules_that_ask_for_evidence_are_explained() -> None:
    words = explain_rule(GateRule.model_validate({**NOT_WORSE, "on_insufficient": "skip"}))
    assert "shown by the whole confidence interval" in words and "is skipped" in words
    assert "but for what chance explains" in explain_rule(GateRule.model_validate(SPREAD))


def remarks(*rules: dict[str, object]) -> tuple[str, ...]:
    made = report([slice_(flip_rate=0.1, auc=0.9), slice_("g=a", n_pairs=3, flip_rate=0.1)])
    return judge(made, [GateRule.model_validate(rule) for rule in rules]).notes


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "flip_rate", "max": 1.0},
        {"metric": "auc", "min": 0.0},
        {"metric": "flip_rate", "min": 0.0, "max": 1.0},
        {"metric": "excess_flip_rate", "min": -1.0},
        {"metric": "auc", "max_drop": 1.0},
        {"metric": "auc", "max_drop": "100%"},
        {"metric": "flip_rate", "slice": "g=*", "max_spread": 1.0},
    ],
)
def test_a_rule_that_no_value_breaks_is_remarked_on(rule: dict[str, object]) -> None:
    assert any("rules[1] can never fail by a value" in note for note in remarks(rule))


@pytest.mark.parametrize(
    "rule",
    [
        {"metric": "flip_rate", "max": 0.99},
        {"metric": "flip_rate", "min": 0.0, "max": 0.5},
        {"metric": "excess_flip_rate", "min": 0.0},
        {"metric": "excess_flip_rate", "max_increase": 1.0},
        {"metric": "ctf_gap", "max_increase": "100%"},
        {"metric": "flip_count", "max": 1e6},
    ],
)
def test_a_rule_that_some_value_breaks_is_not(rule: dict[str, object]) -> None:
    assert not any("can never fail" in note for note in remarks(rule))


def test_rules_asked_for_twice_are_remarked_on() -> None:
    rule = {"metric": "flip_rate", "max": 0.2}
    assert remarks(rule, {"metric": "auc", "min": 0.5}, rule) == (
        "rules[3] is the same as rules[1].",
    )
    looser = {**rule, "max": 0.3}
    words = "rules[{}] asks no more than rules[{}], with another max."
    assert remarks(rule, looser) == (words.format(2, 1),)
    assert remarks(looser, rule) == (words.format(1, 2),)
    lower = {"metric": "auc", "min": 0.5}, {"metric": "auc", "min": 0.6}
    assert remarks(*lower) == ("rules[1] asks no more than rules[2], with another min.",)
    assert remarks(rule, {**looser, "severity": "warn"}) == ()
    assert remarks(rule, {**looser, "bound": "upper"}) == ()


def test_a_rule_that_judged_nothing_is_remarked_on() -> None:
    rule = {"metric": "flip_rate", "max": 0.2, "min_pairs": 50, "on_insufficient": "skip"}
    assert remarks({**rule, "slice": "g=*"}) == (
        "rules[1] judged nothing: flip_rate <= 0.2 was skipped wherever it asks.",
    )
    assert remarks({**rule, "slice": "*"}) == ()


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("flip_rate@0.5", "0.5 is the main threshold: write flip_rate"),
        ("flip_rate@0.50", "0.5 is the main threshold: write flip_rate"),
        ("flip_rate@0.30", "write flip_rate@0.3"),
        ("flip_rate@0.4", "the thresholds are 0.5 and 0.3"),
        ("auc@0.5", "auc does not depend on a threshold: write auc"),
    ],
)
def test_a_metric_that_is_almost_there(metric: str, hint: str) -> None:
    made = report([slice_(auc=0.9, **{"flip_rate": 0.1, "flip_rate@0.3": 0.1})])
    made = made.model_copy(update={"thresholds": (0.5, 0.3)})
    check = only(judge(made, [GateRule.model_validate({"metric": metric, "max": 0.2})]))
    assert check.outcome is Outcome.MISSING and check.reason.endswith(f"; {hint}")


PAIRS = {"overall": 400, "group=x": 189, "group=y": 188, "term=a": 3, "term=b": 2, "term=c": 1}
UPPER = {"metric": "flip_rate", "max": 0.02, "bound": "upper"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (UPPER, None),
        ({**UPPER, "slice": "group=x"}, None),  # no flip in 189 pairs ends at .01992
        ({**UPPER, "slice": "group=*"}, "flip_rate <= 0.02 takes 189 pairs, and group=y has 188"),
        ({**UPPER, "slice": "*"}, "group=y has 188, term=a has 3, term=b has 2 and 1 more slices"),
        ({**UPPER, "slice": "group=z"}, "and group=z has 0"),
        ({**UPPER, "slice": "gender=z"}, None),  # the data do not say
        ({**UPPER, "max": 0.0}, "takes more pairs than there can be, and overall has 400"),
        ({**UPPER, "bound": "value", "slice": "*"}, None),
        ({"metric": "auc", "min": 0.9, "min_pairs": 500}, "it asks for 500 pairs, and overall has"),
        ({"metric": "auc", "min": 0.9, "min_pairs": 500, "on_insufficient": "skip"}, None),
        ({**UPPER, "slice": "*", "min_pairs": 189, "on_insufficient": "skip"}, None),
        ({"metric": "flip_rate", "max": 1.0}, "rules[1] can never fail by a value"),
    ],
)
def test_rules_that_no_model_can_meet_or_break_are_told_from_the_data(
    rule: dict[str, object], said: str | None
) -> None:
    told = list(remarks_on_data([GateRule.model_validate(rule)], PAIRS, 0.95))
    assert (said is None) == (not told), told
    assert said is None or (said in told[0] and told[0].startswith("rules[1] "))
