"""Group fairness by hand, beside Fairlearn's own functions, and how often its intervals hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest
from gate_reports import report, slice_

from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.derived.group_fairness import column_reports
from evenhand.evaluation.gate.explanation import explain_rule
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.result import Check, Outcome
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.measures.score_intervals import newcombe, wilson
from evenhand.evaluation.rendering.csv_table import render_csv
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.metric_specs import COLUMN_METRICS
from evenhand.evaluation.reports.report import ColumnReport, MetricValue, Report, SliceReport

# By group: flagged of all, true positives of positives, false positives of negatives.
GROUPS = {
    "a": ((136, 373), (85, 144), (51, 229)),
    "b": ((132, 271), (78, 106), (54, 165)),
    "c": ((58, 179), (36, 78), (22, 101)),
    "d": ((28, 77), (21, 35), (7, 42)),
}
RATES = ("flagged_rate", "true_positive_rate", "false_positive_rate")
# Fairlearn 0.15.0 on the same table
FAIRLEARN = {
    "demographic_parity_difference": 0.16306252447999342,
    "demographic_parity_ratio": 0.6652276959539529,
    "equal_opportunity_difference": 0.27431059506531197,
    "equal_opportunity_ratio": 0.6272189349112427,
    "equalized_odds_difference": 0.27431059506531197,
    "equalized_odds_ratio": 0.5092592592592592,
}


def rate(count: int, size: int) -> MetricValue:
    if not size:
        return MetricValue(value=None)
    found = wilson(count, size)
    return MetricValue(value=count / size, lower=found.lower, upper=found.upper, interval="wilson")


def group(name: str, *counts: tuple[int, int]) -> SliceReport:
    metrics = {metric: rate(*of) for metric, of in zip(RATES, counts, strict=False)}
    return SliceReport(slice=f"g={name}", n_examples=counts[0][1], n_pairs=9, metrics=metrics)


def fairness(*groups: SliceReport, least_examples: int = 0) -> ColumnReport:
    [found] = column_reports(groups, ["g", "other"], [""], least_examples)
    return found


def judged(found: ColumnReport, baseline: ColumnReport | None = None, **rule: object) -> Check:
    made = report([slice_()], None if baseline is None else [slice_()])
    columns = [found, *([baseline] if baseline else [])]
    models = [
        model.model_copy(update={"columns": (of,)})
        for model, of in zip(made.models, columns, strict=True)
    ]
    given = GateRule.model_validate({"slice": "g=*", **rule})
    [check] = judge(Report(**{**dict(made), "models": tuple(models)}), [given]).checks
    return check


ALL = fairness(*(group(name, *counts) for name, counts in GROUPS.items()))


def test_the_values_are_fairlearns() -> None:
    found = {name: ALL.metrics[name].value for name in FAIRLEARN}
    assert found == pytest.approx(FAIRLEARN, abs=1e-12)


@pytest.mark.parametrize("name", FAIRLEARN)
def test_fairlearn_itself_agrees(name: str) -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    rows = [
        (column, label, decision)
        for column, (_, true, false) in GROUPS.items()
        for label, (positive, size) in ((1, true), (0, false))
        for decision, number in ((1, positive), (0, size - positive))
        for _ in range(number)
    ]
    columns, labels, decisions = zip(*rows, strict=True)
    value = getattr(metrics, name)(labels, decisions, sensitive_features=columns)
    assert ALL.metrics[name].value == pytest.approx(value, abs=1e-12)


def test_the_test_of_parity_is_pearsons() -> None:
    from scipy.stats import chi2_contingency

    def pearson(number: int) -> tuple[float, int]:
        counts = [of[number] for of in GROUPS.values()]
        table = [[positive, size - positive] for positive, size in counts]
        found = chi2_contingency(table, correction=False)
        return float(found.statistic), int(found.dof)

    def p_value(criterion: str) -> float | None:
        return ALL.metrics[f"{criterion}_p"].value

    assert p_value("demographic_parity") == pytest.approx(0.00168511271)
    (true, freedom), (false, other) = pearson(1), pearson(2)
    from scipy.special import chdtrc

    assert p_value("equal_opportunity") == pytest.approx(chdtrc(freedom, true))
    assert p_value("equalized_odds") == pytest.approx(chdtrc(freedom + other, true + false))


def test_intervals_of_two_groups_are_newcombes_and_donner_and_zous() -> None:
    found = fairness(group("a", (30, 100)), group("b", (15, 120))).metrics
    difference, ratio = found["demographic_parity_difference"], found["demographic_parity_ratio"]
    wanted = newcombe(0.3, wilson(30, 100), 0.125, wilson(15, 120), 0)
    # statsmodels' confint_proportions_2indep(30, 100, 15, 120, method="newcomb")
    assert (wanted.lower, wanted.upper) == pytest.approx((0.0672295755, 0.2820908104))
    assert (difference.lower, difference.upper) == pytest.approx((wanted.lower, wanted.upper))
    # (p q - sqrt((p q)^2 - l (2 p - l) u (2 q - u))) / (u (2 q - u)), and with the other ends
    (p, one), (q, other) = (0.125, wilson(15, 120)), (0.3, wilson(30, 100))
    ends = []
    for sign, end, opposite in ((-1, one.lower, other.upper), (1, one.upper, other.lower)):
        below = opposite * (2 * q - opposite)
        root = ((p * q) ** 2 - end * (2 * p - end) * below) ** 0.5
        ends.append((p * q + sign * root) / below)
    assert (ratio.lower, ratio.upper) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("counts", "difference", "ratio"),
    [
        (((0, 50), (10, 50)), 0.2, 0.0),  # no one in one group
        (((0, 50), (0, 50)), 0.0, None),  # no one at all
        (((50, 50), (50, 50)), 0.0, 1.0),
        (((50, 50), (0, 50)), 1.0, 0.0),
    ],
)
def test_rates_of_nothing_and_of_everything(
    counts: Sequence[tuple[int, int]], difference: float, ratio: float | None
) -> None:
    found = fairness(*(group(str(i), of) for i, of in enumerate(counts))).metrics
    values = [found[f"demographic_parity_{name}"] for name in ("difference", "ratio")]
    assert [value.value for value in values] == [difference, ratio]
    for value in values:
        if value.value is not None:
            assert value.lower is not None and value.upper is not None
            assert 0 <= value.lower <= value.value <= value.upper <= 1
            assert value.upper - value.lower > 0.05


def test_small_groups_and_groups_without_positives_are_left_out() -> None:
    groups = [group("a", (9, 40), (5, 10)), group("b", (8, 40), (5, 20))]
    small, none = group("c", (9, 9), (9, 9)), group("d", (20, 40), (0, 0))
    found = fairness(*groups, small, none, least_examples=40)
    assert (found.groups, found.left_out) == (("a", "b", "d"), ("c",))
    assert found.metrics["demographic_parity_difference"].value == pytest.approx(0.3)
    assert found.metrics["equal_opportunity_difference"].value == pytest.approx(0.25)
    alone = fairness(groups[0], small, least_examples=40)
    assert {value.value for value in alone.metrics.values()} == {None}


@pytest.mark.parametrize("truth", [[0.1] * 4, [0.1, 0.1, 0.2, 0.3], [0.05, 0.3]])
def test_intervals_hold_the_truth_19_times_in_20(truth: list[float]) -> None:
    wanted = {
        "demographic_parity_difference": max(truth) - min(truth),
        "demographic_parity_ratio": min(truth) / max(truth),
    }
    draws, held = 400, dict.fromkeys(wanted, 0)
    for counts in np.random.default_rng(17).binomial(80, truth, (draws, len(truth))).tolist():
        found = fairness(*(group(str(i), (count, 80)) for i, count in enumerate(counts))).metrics
        for name, value in wanted.items():
            lower, upper = found[name].lower, found[name].upper
            assert lower is not None and upper is not None
            held[name] += lower <= value <= upper
    assert all(number >= 0.935 * draws for number in held.values())  # 2 standard errors below


def test_the_four_fifths_rule_in_the_gate() -> None:
    metric = "demographic_parity_ratio"
    check = judged(ALL, metric=metric, min=0.8)
    assert check.outcome is Outcome.FAILED and "0.665228 is below 0.8" in check.reason
    assert judged(ALL, metric=metric, min=0.8, bound="upper").outcome is Outcome.PASSED
    assert judged(ALL, ALL, metric=metric, max_drop=0.0).outcome is Outcome.PASSED
    rule = GateRule.model_validate({"metric": metric, "slice": "g=*", "min": 0.8})
    assert explain_rule(rule) == f"Over the groups of g, {metric} must be at least 0.8."
    undefined = fairness(group("a", (0, 50)), group("b", (0, 50)))
    assert judged(undefined, metric=metric, min=0.8).outcome is Outcome.MISSING


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"slice": "overall", "max": 0.1}, 'give slice = "group=\\*"'),
        ({"slice": "*", "max": 0.1}, 'give slice = "group=\\*"'),
        ({"max_spread": 0.1}, "compares the groups itself"),
        ({"max": 0.1, "min_pairs": 5}, "leave it out"),
        ({"max": 10}, "decides nothing"),
    ],
)
def test_rules_on_group_fairness_that_make_no_sense(rule: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        judged(ALL, metric="equalized_odds_difference", **rule)


def test_a_column_that_the_report_lacks_and_a_report_of_an_earlier_version() -> None:
    with pytest.raises(ConfigurationError, match="'h=\\*' matches nothing; the report has g"):
        judged(ALL, metric="equalized_odds_difference", slice="h=*", max=0.1)
    rule = GateRule.model_validate(
        {"metric": "equalized_odds_difference", "slice": "g=*", "max": 0.1}
    )
    [check] = judge(report([slice_(), slice_("g=a")]), [rule]).checks
    assert check.outcome is Outcome.MISSING and "no group fairness" in check.reason


def test_every_file_of_a_report_shows_it() -> None:
    slices = [slice_(flip_rate=0.1), slice_("g=a", flip_rate=0.1)]
    made = report(slices, slices)
    models = tuple(model.model_copy(update={"columns": (ALL,)}) for model in made.models)
    shown = Report(**{**dict(made), "models": models})
    assert Report.model_validate_json(shown.to_json()) == shown
    rows = list(csv.DictReader(io.StringIO(render_csv(shown))))
    [row] = [row for row in rows if row["slice"] == "g=*" and row["role"] == "candidate"]
    assert float(row["equalized_odds_ratio"]) == pytest.approx(FAIRLEARN["equalized_odds_ratio"])
    page, summary = render_html(shown), render_markdown(shown)
    for name, spec in COLUMN_METRICS.items():
        assert f"| g | `{name}` |" in summary and f"<code>{name}</code>" in page
        assert spec.definition in page.replace("&#39;", "'")
    assert "+16.31 points" in page and "+16.31 points" in summary
    assert "columns" not in made.as_document()["models"][0]
