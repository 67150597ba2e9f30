"""docs/metrics.md works 20 rows out by hand: the report on these rows must say the same."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from evenhand.evaluation import evaluate_predictions, load_report
from evenhand.evaluation.reports.report import MetricValue, ModelReport, Report, Role

LINES = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text("utf-8").splitlines()


def read_table(*header: str) -> list[list[str]]:
    """Return the cells of the table that has this header."""
    start = LINES.index(f"| {' | '.join(header)} |") + 2
    rows = []
    for line in LINES[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def number(text: str) -> float:
    above, _, below = text.partition("/")
    return float(Fraction(above) / Fraction(below or 1))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("by_hand")
    rows = read_table(
        "id", "gender", "label", "candidate", "its counterfactual", "baseline", "its counterfactual"
    )
    assert len(rows) == 20
    for role, column in (("candidate", 3), ("baseline", 5)):
        with (folder / f"{role}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "gender", "label", "prediction", "counterfactual_prediction"])
            writer.writerows([*row[:3], *row[column : column + 2]] for row in rows)
    evaluate_predictions(
        folder / "candidate.csv",
        compare_to=folder / "baseline.csv",
        output=folder / "report",
        slice_columns=["gender"],
        min_pairs=8,
    )
    return load_report(folder / "report" / "report.json")


def find_metric(report: Report, role: str, slice_name: str, metric: str) -> MetricValue:
    models: dict[Role, ModelReport] = {model.role: model for model in report.models}
    found = models["candidate" if role == "candidate" else "baseline"].find_slice(slice_name)
    assert found is not None
    return found.metrics[metric]


@pytest.mark.parametrize("row", read_table("slice", "metric", "candidate", "baseline", "how"))
def test_values(report: Report, row: list[str]) -> None:
    slice_name, metric, candidate, baseline, _ = row
    for role, wanted in (("candidate", candidate), ("baseline", baseline)):
        value = find_metric(report, role, slice_name, metric).value
        assert value == pytest.approx(number(wanted), abs=1e-9)
    [compared] = [
        found for found in report.comparison if (found.slice, found.metric) == (slice_name, metric)
    ]
    assert compared.difference == pytest.approx(number(candidate) - number(baseline), abs=1e-9)
    if compared.lower is not None and compared.upper is not None:
        assert compared.difference is not None
        assert compared.lower <= compared.difference <= compared.upper


@pytest.mark.parametrize("row", read_table("column", "metric", "candidate", "baseline", "how"))
def test_group_fairness(report: Report, row: list[str]) -> None:
    column, metric, *values, _ = row
    wanted = dict(zip(("candidate", "baseline"), map(number, values), strict=True))
    for model in report.models:
        found = model.find_column(column)
        assert found is not None and found.groups == ("female", "male")
        value = found.metrics[metric]
        assert value.value == pytest.approx(wanted[model.role], abs=1e-9)
        assert value.lower is not None and value.upper is not None
        assert 0 <= value.lower <= value.value <= value.upper <= 1


@pytest.mark.parametrize("row", read_table("metric", "model", "lower", "upper"))
def test_wilsons_intervals(report: Report, row: list[str]) -> None:
    metric, role, lower, upper = row
    found = find_metric(report, role, "overall", metric)
    assert found.interval == "wilson"
    assert (found.lower, found.upper) == pytest.approx((float(lower), float(upper)), abs=1e-6)


def test_mcnemars_tests(report: Report) -> None:
    rows = read_table(
        *("slice", "both", "only candidate", "only baseline", "neither"),
        *("odds ratio", "p", "adjusted"),
    )
    assert [row[0] for row in rows] == [test.slice for test in report.paired_tests]
    for row, test in zip(rows, report.paired_tests, strict=True):
        counts = [test.both, test.only_candidate, test.only_baseline, test.neither]
        assert counts == [int(cell) for cell in row[1:5]]
        assert test.unit == "pair"
        assert [test.odds_ratio.value, test.p_value, test.p_adjusted] == pytest.approx(
            [number(cell) for cell in row[5:]]
        )


def test_no_slice_has_too_few_pairs(report: Report) -> None:
    assert report.min_pairs == 8
    assert not any(slice_.too_few_pairs for model in report.models for slice_ in model.slices)


def test_another_models_scores_for_other_rows_are_refused(tmp_path: Path) -> None:
    from evenhand.data.errors import InputError

    for name, label in (("ours", 1), ("theirs", 0)):
        (tmp_path / f"{name}.csv").write_text(
            f"prediction,counterfactual_prediction,label\n0.5,0.5,{label}\n"
        )
    with pytest.raises(InputError, match="in the column 'label'"):
        evaluate_predictions(
            tmp_path / "ours.csv", compare_to=tmp_path / "theirs.csv", output=tmp_path / "report"
        )
    assert not (tmp_path / "report").exists()
