"""The gate's rules beyond plain limits: movements, ratchet, spread, evidence, warnings, waivers."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
from gate_reports import report, slice_
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.derived import ratchet
from evenhand.evaluation.gate.config import load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Outcome, Status
from evenhand.evaluation.gate.rules import GateRule, Waiver
from evenhand.evaluation.measures.intervals import wilson
from evenhand.evaluation.reports.metric_specs import METRICS, base_name
from evenhand.evaluation.reports.report import load_report

TODAY = datetime.date(2026, 6, 15)


def rate(count, size):
    ends = wilson(count, size)
    return ends.lower, count / size, ends.upper


def statuses(candidate, *rules, baseline=None, reference=None, waivers=()):
    result = judge(
        report(candidate, baseline),
        [GateRule(**rule) for rule in rules],
        reference=None if reference is None else report(reference),
        waivers=[Waiver(**waiver) for waiver in waivers],
        today=TODAY,
    )
    return [(check.slice, check.status) for check in result.checks]


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        ({"max_drop": 0.05}, Status.FAILED),
        ({"max_drop": 0.11}, Status.PASSED),
        ({"max_drop": "10%"}, Status.FAILED),
        ({"max_drop": "12.6 %"}, Status.PASSED),  # 0.1 of 0.8 is 12.5 %
        ({"max_increase": 0}, Status.PASSED),
        ({"max_increase": "0%", "max_drop": 1}, Status.PASSED),
    ],
)
def test_a_drop_and_an_increase_are_absolute_or_a_share_of_the_baseline(limit, status):
    rule = {"metric": "auc", **limit}
    assert statuses([slice_(auc=0.7)], rule, baseline=[slice_(auc=0.8)]) == [("overall", status)]
    turned = {"max_drop": "max_increase", "max_increase": "max_drop"}
    rule = {"metric": "auc", **{turned[key]: value for key, value in limit.items()}}
    assert statuses([slice_(auc=0.9)], rule, baseline=[slice_(auc=0.8)]) == [("overall", status)]


def test_movement_may_be_measured_against_the_reference():
    rule = {"metric": "auc", "slice": "*", "max_drop": 0.05, "against": "reference"}
    now = [slice_(auc=0.8), slice_("group=a", auc=0.8), slice_("group=new", auc=0.1)]
    then = [slice_(auc=0.82), slice_("group=a", auc=0.9), slice_("group=gone", auc=0.9)]
    assert statuses(now, rule, reference=then) == [
        ("overall", Status.PASSED),
        ("group=a", Status.FAILED),
        ("group=new", Status.FAILED),
        ("group=gone", Status.FAILED),
    ]
    lenient = {**rule, "on_insufficient": "skip"}
    assert [status for _, status in statuses(now, lenient, reference=then)] == [
        Status.PASSED,
        Status.FAILED,
        Status.SKIPPED,
        Status.SKIPPED,
    ]


@pytest.mark.parametrize("limit", [{"max_drop": 0.05}, {"max_spread": 0.05, "slice": "g=*"}])
def test_a_difference_may_reach_its_limit_whatever_rounding_leaves(limit):
    assert 0.9 - 0.85 > 0.05
    slices = [slice_(auc=0.85), slice_("g=a", auc=0.9), slice_("g=b", auc=0.85)]
    rule = {"metric": "auc", **limit}
    ((_, status),) = statuses(slices, rule, baseline=[slice_(auc=0.9)])
    assert status is Status.PASSED


def test_a_slice_of_few_pairs_in_the_reference_is_too_little_evidence():
    now, then = [slice_(auc=0.5, n_pairs=100)], [slice_(auc=0.9, n_pairs=99)]
    for limit in ({"max_drop": 0.1, "against": "reference"}, {"no_worse_than": "reference"}):
        rule = GateRule(metric="auc", min_pairs=100, **limit)
        (check,) = judge(report(now), [rule], reference=report(then)).checks
        assert check.outcome is Outcome.INSUFFICIENT
        assert "in the reference" in check.reason


def test_a_broken_limit_fails_although_there_is_nothing_to_compare_with():
    rule = {
        "metric": "flip_rate",
        "slice": "g=*",
        "max": 0.1,
        "no_worse_than": "reference",
        "on_insufficient": "skip",
    }
    now = [
        slice_(),
        slice_("g=new", flip_rate=rate(90, 100)),
        slice_("g=fine", flip_rate=rate(0, 100)),
    ]
    assert statuses(now, rule, reference=[slice_()]) == [
        ("g=new", Status.FAILED),
        ("g=fine", Status.SKIPPED),
    ]


def test_the_ratchet_fails_what_is_significantly_worse_and_nothing_else():
    rule = {"metric": "flip_rate", "slice": "group=*", "no_worse_than": "reference"}
    then = [
        slice_(),
        slice_("group=a", flip_rate=rate(10, 500)),
        slice_("group=b", flip_rate=rate(3, 9)),
    ]
    now = [
        slice_(),
        slice_("group=a", flip_rate=rate(60, 500)),
        slice_("group=b", flip_rate=rate(5, 9)),
    ]
    assert statuses(now, rule, reference=then) == [
        ("group=a", Status.FAILED),
        ("group=b", Status.PASSED),
    ]
    better = {**rule, "metric": "flip_rate"}
    assert {status for _, status in statuses(then, better, reference=now)} == {Status.PASSED}


def test_the_ratchet_knows_which_way_is_worse():
    rule = {"metric": "auc", "no_worse_than": "reference"}
    low, high = [slice_(auc=(0.78, 0.8, 0.82))], [slice_(auc=(0.88, 0.9, 0.92))]
    assert statuses(low, rule, reference=high) == [("overall", Status.FAILED)]
    assert statuses(high, rule, reference=low) == [("overall", Status.PASSED)]


def test_the_ratchet_adjusts_slices_for_their_number_and_tests_overall_by_itself():
    rule = {"metric": "flip_rate", "slice": "*", "no_worse_than": "reference"}

    def slices(count, others, size=400):
        rest = [slice_(f"term={i}", flip_rate=rate(5 + i, 100 + i)) for i in range(others)]
        return [
            slice_(flip_rate=rate(count, 400)),
            slice_("g=a", flip_rate=rate(count, size)),
            *rest,
        ]

    few = statuses(slices(38, 0), rule, reference=slices(20, 0))
    assert few == [("overall", Status.FAILED), ("g=a", Status.FAILED)]
    many = statuses(slices(38, 30), rule, reference=slices(20, 30))
    assert many[:2] == [("overall", Status.FAILED), ("g=a", Status.PASSED)]


def test_slices_of_the_same_pairs_are_one_test():
    rule = {"metric": "flip_rate", "slice": "*", "no_worse_than": "reference"}

    def slices(count):
        names = [f"{column}=a" for column in ("gender", "group", "term", "topic")]
        return [slice_(), *(slice_(name, flip_rate=rate(count, 400)) for name in names)]

    found = statuses(slices(36), rule, reference=slices(20))  # p 0.014, times four 0.057
    assert [status for _, status in found[1:]] == 4 * [Status.FAILED]


def test_a_slice_that_cannot_decide_takes_no_part():
    rule = {"metric": "flip_rate", "slice": "*", "no_worse_than": "reference"}
    then = [
        slice_(flip_rate=rate(20, 400)),
        slice_("g=tiny", n_pairs=3, flip_rate=rate(0, 3)),
        slice_("g=better", n_pairs=3, flip_rate=rate(3, 3)),
        slice_("g=unknown", n_pairs=3, flip_rate=0.1),
        slice_("g=undefined", flip_rate=None),
        *(slice_(f"t={i}", n_pairs=2, flip_rate=rate(0, 2)) for i in range(60)),
        slice_("g=large", flip_rate=rate(2, 200)),
    ]
    now = [
        slice_(flip_rate=rate(20, 400)),
        slice_("g=tiny", n_pairs=3, flip_rate=rate(3, 3)),
        slice_("g=better", n_pairs=3, flip_rate=rate(0, 3)),
        slice_("g=unknown", n_pairs=3, flip_rate=0.9),
        slice_("g=undefined", flip_rate=None),
        *(slice_(f"t={i}", n_pairs=2, flip_rate=rate(1, 2)) for i in range(60)),
        slice_("g=large", flip_rate=rate(11, 200)),  # p 0.007, so not significant among 62
    ]
    found = dict(statuses(now, rule, reference=then))
    assert found["g=large"] is Status.FAILED
    assert found["g=better"] is found["overall"] is Status.PASSED
    assert {found[name] for name in found if name[0] in "gt"} - {found["g=large"]} == {
        Status.PASSED,
        Status.SKIPPED,
    }
    assert [n for n in found if found[n] is Status.PASSED] == ["overall", "g=better"]
    asked = dict(statuses(now, {**rule, "on_insufficient": "fail"}, reference=then))
    assert asked["g=tiny"] is asked["t=5"] is Status.FAILED
    named = statuses(now, {**rule, "slice": "g=tiny"}, reference=then)
    assert named == [("g=tiny", Status.FAILED)]
    nothing_else = [slice_(), *now[1:2]], [slice_(), *then[1:2]]
    alone = statuses(nothing_else[0], {**rule, "slice": "g=*"}, reference=nothing_else[1])
    assert alone == [("g=tiny", Status.FAILED)]  # nothing was tested, so nothing is proven


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("sizes", [60 * [2], 60 * [3], 40 * [3] + 15 * [20] + 5 * [200]])
def test_equal_models_seldom_fail_however_small_the_slices_are(sizes, share):
    rng = np.random.default_rng(5)
    rule = GateRule(metric="flip_rate", slice="*", no_worse_than="reference")

    def draw():
        counts = rng.binomial(sizes, share)
        slices = [(f"t={i}", counts[i], sizes[i]) for i in range(60)]
        return report(
            slice_(name, n_pairs=size, flip_rate=rate(int(count), int(size)))
            for name, count, size in [("overall", counts.sum(), sum(sizes)), *slices]
        )

    reports = [draw() for _ in range(60)]
    failed = [
        not judge(now, [rule], reference=then, today=TODAY).passed
        for now, then in zip(reports, [*reports[1:], reports[0]], strict=True)
    ]
    assert sum(failed) <= 9  # of 60; were 1 in 14 to fail, as here at most, in 99 of 100 cases


def test_a_worse_slice_is_found_among_many_small_ones():
    rule = GateRule(metric="accuracy", slice="*", no_worse_than="reference")

    def slices(good):
        tiny = [slice_(f"t={i}", n_pairs=3, accuracy=rate(2, 3)) for i in range(60)]
        return report(
            [slice_(accuracy=rate(900, 1000)), slice_("g=a", accuracy=rate(good, 100)), *tiny]
        )

    checks = judge(slices(75), [rule], reference=slices(92), today=TODAY).checks
    assert [check.slice for check in checks if check.status is Status.FAILED] == ["g=a"]


def test_without_an_interval_there_is_no_evidence_for_the_ratchet():
    rule = {"metric": "flip_rate", "no_worse_than": "reference"}
    now, then = [slice_(flip_rate=0.1)], [slice_(flip_rate=rate(10, 100))]
    assert statuses(now, rule, reference=then) == [("overall", Status.FAILED)]
    lenient = rule | {"on_insufficient": "warn"}
    assert statuses(now, lenient, reference=then) == [("overall", Status.WARNED)]


def test_a_reference_alone_only_warns_of_slices_that_cannot_be_compared():
    absolute = {"metric": "flip_rate", "max": 1}
    slices = [
        slice_(flip_rate=rate(10, 200)),
        slice_("source=mail", n_pairs=0, flip_rate=None),
        slice_("term=rare", n_pairs=2, flip_rate=0.5),
    ]
    assert statuses(slices, absolute, reference=slices)[1:] == [
        ("overall", Status.PASSED),
        ("source=mail", Status.WARNED),
        ("term=rare", Status.WARNED),
    ]


@pytest.mark.parametrize("alpha", [0.05, 0.001])  # of one slice, and of the first of fifty
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_the_ratchet_seldom_fails_what_did_not_change(share, alpha):
    size = 120
    chances = binom.pmf(range(size + 1), size, share)
    slices = [slice_(flip_rate=rate(k, size)) for k in range(size + 1)]

    def p_value(now, then):
        tested = {(0, "overall"): (now, then)}
        tests = ratchet.tests_of_slices(tested, "flip_rate", direction=1, level=0.95, alpha=alpha)
        return tests.p_values[0, "overall"]

    false_alarms = math.fsum(
        chances[i] * chances[j]
        for i, now in enumerate(slices)
        for j, then in enumerate(slices)
        if chances[i] * chances[j] > 1e-12 and p_value(now, then) <= alpha
    )
    assert false_alarms < 1.2 * alpha
    assert share == 0.02 or false_alarms > alpha / 2  # so rare flips leave less to be found


def test_a_reference_alone_is_a_ratchet_of_flip_rates():
    absolute = {"metric": "flip_rate", "max": 1}
    now = [slice_(flip_rate=rate(60, 200)), slice_("term=new", flip_rate=rate(1, 2))]
    then = [slice_(flip_rate=rate(10, 200))]
    assert statuses(now, absolute, reference=then) == [
        ("overall", Status.PASSED),
        ("overall", Status.FAILED),
        ("term=new", Status.WARNED),
    ]


def test_spread_is_the_largest_less_the_smallest_of_a_column():
    rule = {"metric": "auc", "slice": "group=*", "max_spread": 0.1}
    slices = [
        slice_(auc=0.1),
        slice_("group=a", auc=0.8),
        slice_("group=b", auc=0.9),
        slice_("x=1", auc=0),
    ]
    assert statuses(slices, rule) == [("group=*", Status.PASSED)]
    (check,) = judge(report(slices), [GateRule(**{**rule, "max_spread": 0.09})]).checks
    assert check.status is Status.FAILED
    assert check.value == pytest.approx(0.1)
    assert check.room == pytest.approx(-0.01)


def test_a_slice_without_pairs_is_too_little_evidence_rather_than_amiss():
    slices = [
        slice_(),
        *(slice_(f"g={n}", n_pairs=n, flip_rate=0.1 if n else None) for n in range(3)),
    ]
    rule = {"metric": "flip_rate", "slice": "g=*", "max_increase": 1, "against": "reference"}
    lenient = rule | {"on_insufficient": "skip"}
    assert statuses(slices, rule, reference=slices)[0] == ("g=0", Status.FAILED)
    assert statuses(slices, lenient, reference=slices)[0] == ("g=0", Status.SKIPPED)
    spread = {"metric": "flip_rate", "slice": "g=*", "max_spread": 0, "on_insufficient": "skip"}
    assert statuses(slices, spread) == [("g=*", Status.PASSED)]


def test_spread_leaves_small_slices_out_only_if_the_rule_says_so():
    slices = [slice_(), *(slice_(f"group={n}", n_pairs=n, auc=n / 1000) for n in (1, 100, 101))]
    rule = {"metric": "auc", "slice": "group=*", "max_spread": 0.01, "min_pairs": 50}
    assert statuses(slices, rule) == [("group=*", Status.FAILED)]
    assert statuses(slices, {**rule, "on_insufficient": "skip"}) == [("group=*", Status.PASSED)]
    one_left = {**rule, "min_pairs": 101, "on_insufficient": "skip"}
    assert statuses(slices, one_left) == [("group=*", Status.SKIPPED)]


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ({}, Status.FAILED),
        ({"on_insufficient": "fail"}, Status.FAILED),
        ({"on_insufficient": "warn"}, Status.WARNED),
        ({"on_insufficient": "skip"}, Status.SKIPPED),
        ({"severity": "warn"}, Status.WARNED),
    ],
)
def test_what_insufficient_evidence_does(choice, status):
    rule = GateRule(metric="flip_rate", max=0, min_pairs=10, **choice)
    result = judge(report([slice_(n_pairs=9, flip_rate=1.0)]), [rule])
    (check,) = result.checks
    assert (check.outcome, check.status) == (Outcome.INSUFFICIENT, status)
    assert result.passed == (status is not Status.FAILED)


def test_a_warning_does_not_fail_the_gate():
    rules = [GateRule(metric="flip_rate", max=0, severity="warn")]
    result = judge(report([slice_(flip_rate=1.0)]), rules)
    assert [check.status for check in result.checks] == [Status.WARNED]
    assert result.passed


WAIVER = {"metric": "flip_rate", "slice": "group=a", "reason": "issue 12", "expires": TODAY}


@pytest.mark.parametrize(
    ("waiver", "status"),
    [
        ({}, Status.WAIVED),
        ({"metric": "*", "slice": "*"}, Status.WAIVED),
        ({"slice": "group=*"}, Status.WAIVED),
        ({"slice": "group=b"}, Status.FAILED),
        ({"metric": "auc"}, Status.FAILED),
        ({"expires": TODAY - datetime.timedelta(days=1)}, Status.FAILED),
    ],
)
def test_which_checks_a_waiver_covers(waiver, status):
    slices = [slice_(), slice_("group=a", flip_rate=1.0), slice_("group=b", flip_rate=0.0)]
    rule = {"metric": "flip_rate", "slice": "group=a", "max": 0}
    assert statuses(slices, rule, waivers=[WAIVER | waiver]) == [("group=a", status)]


def test_an_expired_waiver_says_so_and_one_that_covers_nothing_too():
    yesterday = TODAY - datetime.timedelta(days=1)
    waivers = [Waiver(**WAIVER | {"expires": yesterday}), Waiver(**WAIVER | {"metric": "auc"})]
    slices = [slice_(), slice_("group=a", flip_rate=1.0)]
    rule = GateRule(metric="flip_rate", slice="group=a", max=0)
    result = judge(report(slices), [rule], waivers=waivers, today=TODAY)
    assert not result.passed
    assert "expired on 2026-06-14" in result.checks[0].reason
    assert "expired on 2026-06-14" in result.notes[0]
    assert "covers nothing" in result.notes[1]


def test_a_waiver_of_a_spread_names_its_pattern():
    slices = [slice_(), slice_("group=a", flip_rate=1.0), slice_("group=b", flip_rate=0.0)]
    rule = {"metric": "flip_rate", "slice": "group=*", "max_spread": 0.5}
    for name, status in (("group=*", Status.WAIVED), ("group=a", Status.FAILED)):
        assert statuses(slices, rule, waivers=[WAIVER | {"slice": name}]) == [("group=*", status)]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"metric": "flip_ratio"}, r"rules\[1\].metric: .*did you mean 'flip_rate'"),
        ({"slice": "groop=*"}, r"rules\[1\].slice: .*did you mean 'group'"),
        ({"slice": "colour=red"}, "matches nothing; the report has group"),
        ({"slice": "Overall"}, "did you mean 'overall'"),
        ({"max": None, "no_worse_than": "reference"}, "`reference`"),
        ({"max": None, "max_drop": 1, "against": "reference"}, "`reference`"),
    ],
)
def test_rules_that_cannot_be_right_are_errors_before_anything_is_judged(rule, problem):
    rule = GateRule(**{"metric": "flip_rate", "max": 1} | rule)
    with pytest.raises(ConfigurationError, match=problem):
        judge(report([slice_(flip_rate=0.0), slice_("group=a", flip_rate=0.0)]), [rule])


def test_a_value_that_did_not_occur_is_not_met_and_a_close_one_is_named():
    slices = [slice_(flip_rate=0.0), slice_("group=female", flip_rate=0.0)]
    rule = GateRule(metric="flip_rate", slice="group=femal", max=1)
    (check,) = judge(report(slices), [rule]).checks
    assert check.outcome is Outcome.MISSING
    assert "it has group=female" in check.reason


def test_every_problem_is_named_at_once():
    rules = [GateRule(metric="flop_rate", slice="groop=*", max=1), GateRule(metric="aauc", min=0)]
    waiver = Waiver(**WAIVER | {"metric": "flip_rat"})
    with pytest.raises(ConfigurationError) as raised:
        judge(report([slice_(flip_rate=0.0)]), rules, waivers=[waiver])
    for place in ("rules[1].metric", "rules[1].slice", "rules[2].metric", "waivers[1].metric"):
        assert place in str(raised.value)


def test_the_ratchet_refuses_metrics_of_which_neither_way_is_worse():
    rule = GateRule(metric="score_shift", no_worse_than="reference")
    with pytest.raises(ConfigurationError, match="neither way is worse"):
        judge(report([slice_(score_shift=0)]), [rule], reference=report([slice_(score_shift=0)]))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"threshold": 0.7}, "threshold differs"),
        ({"method": "substitute"}, r"counterfactual differs \(ablate and substitute\)"),
    ],
)
def test_a_reference_of_another_kind_cannot_be_compared(other, problem):
    slices, rules = [slice_(flip_rate=0.0)], [GateRule(metric="flip_rate", max=1)]
    with pytest.raises(InputError, match=problem):
        judge(report(slices, method="ablate"), rules, reference=report(slices, **other))


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("max_drop = -1", "max_drop"),
        ('max_drop = "5"', 'such as "5%"'),
        ("max_increase = true", "max_increase"),
        ("max_increase = inf", "max_increase"),
        ("max = true", "max"),
        ('max = "0.1"', "max"),
        ("max = 2", "0.02"),
        ("min = -0.1", "between 0 and 1"),
        ("max_drop = 2", "between 0 and 1"),
        ("max = 1\nmin_pairs = true", "min_pairs"),
        ("max_spread = 0.1", "group=\\*"),
        ('slice = "*"\nmax_spread = 0.1', "group=\\*"),
        ('max = 1\nagainst = "reference"', "against goes with"),
        ("max = 1\nalpha = 0.1", "alpha goes with"),
        ('max = 1\non_insufficient = "warn"', "on_insufficient goes with"),
        ('max = 1\nseverity = "fatal"', "severity"),
        ('no_worse_than = "baseline"', "no_worse_than"),
    ],
)
def test_rules_that_make_no_sense(tmp_path, keys, problem):
    path = tmp_path / "evenhand.toml"
    path.write_text(f'[[gate.rules]]\nmetric = "flip_rate"\n{keys}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        load_gate_config(path)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("", r"waivers\[1\].expires: is missing"),
        ("expires = 2026-01-01\nuntil = 2", "unknown key"),
        ('expires = "soon"', "expires"),
        ('expires = 2026-01-01\nreason = " "', "reason"),
    ],
)
def test_waivers_that_make_no_sense(tmp_path, keys, problem):
    reason = "" if "reason" in keys else 'reason = "r"\n'
    path = tmp_path / "evenhand.toml"
    path.write_text(
        '[data]\nx = 1\n[[gate.rules]]\nmetric = "flip_rate"\nmax = 1\n'
        f'[[gate.waivers]]\nmetric = "auc"\nslice = "*"\n{reason}{keys}\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match=problem):
        load_gate_config(path)


def test_every_metric_of_a_report_is_known(report_folder):
    names = {base_name(name) for name in load_report(report_folder).candidate.overall.metrics}
    assert names <= METRICS.keys()


limits = st.floats(0, 1)


@given(value=limits, before=limits, low=limits, high=limits, drop=limits)
def test_a_check_passes_exactly_if_there_is_room(value, before, low, high, drop):
    rule = GateRule(metric="m", min=min(low, high), max=max(low, high), max_drop=drop)
    (check,) = judge(report([slice_(m=value)], [slice_(m=before)]), [rule]).checks
    assert (check.room >= 0) == (check.status is Status.PASSED)
