"""The example's metrics and renderers: in a report and the gate, where the package is not."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from evenhand.cli.main import run
from evenhand.data.storage.ownership import read_marker
from evenhand.evaluation import load_report

EVALUATE = """
from evenhand.evaluation import evaluate_predictions
evaluate_predictions(
    "candidate.csv", compare_to="baseline.csv", output="report", thresholds=[0.5, 0.7],
    slice_columns=["colour"],
)
"""
GATE = """
import sys
from evenhand.cli.main import run
assert run(sys.argv[1:]) == 1
"""
ROWS = 120


def make_scores(seed, spread):
    """Rows with weights; of the last third, every two are of one example."""
    random = np.random.default_rng(seed)
    originals = random.uniform(0, 1, ROWS).round(3)
    moved = np.clip(originals + random.normal(0, spread, ROWS), 0, 1).round(3)
    rows, alone = np.arange(ROWS), 2 * ROWS // 3
    example = np.where(rows < alone, rows, alone + (rows - alone) // 2)
    originals = originals[example]
    weights = np.random.default_rng(0).integers(1, 4, ROWS)[example]
    return originals, moved, weights, example


@pytest.fixture(scope="module")
def scores():
    return {"candidate": make_scores(1, 0.1), "baseline": make_scores(2, 0.3)}


@pytest.fixture
def folder(run_with_plugin, tmp_path, scores):
    """A folder with a report, made where the package is installed."""
    header = ["prediction", "counterfactual_prediction", "weight", "example", "colour"]
    for name, columns in scores.items():
        colours = ["red" if number % 2 else "" for number in columns[-1]]
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *zip(*columns, colours, strict=True)])
    run_with_plugin(EVALUATE)
    return tmp_path / "report"


def large(originals, moved, weights, example):
    return np.average(np.abs(originals - moved) > 0.2, weights=weights)


def imbalance(originals, moved, weights, example, threshold):
    down = weights[(originals > threshold) & (moved <= threshold)].sum()
    up = weights[(originals <= threshold) & (moved > threshold)].sum()
    return (down - up) / (down + up)


def test_a_metric_of_another_package_is_in_every_file_and_in_the_gate(
    folder, scores, capsys, run_with_plugin
):
    report = load_report(folder)
    assert [spec.name for spec in report.added_metrics] == ["flip_imbalance", "large_shift_rate"]
    assert report.versions["evenhand-example-plugin"] == "0.1.0"
    for model in report.models:
        own, metrics = scores[model.role], model.overall.metrics
        assert metrics["large_shift_rate"].value == pytest.approx(large(*own))
        assert metrics["large_shift_rate"].interval == "wilson"
        assert "large_shift_rate@0.7" not in metrics
        for name, threshold in (("flip_imbalance", 0.5), ("flip_imbalance@0.7", 0.7)):
            found = metrics[name]
            assert found.value == pytest.approx(imbalance(*own, threshold))
            assert found.interval == "bootstrap"
            assert -1 <= found.lower < found.value < found.upper <= 1
        assert model.find_slice("colour=red").metrics["flip_imbalance"].value is not None
    compared = {item.metric: item for item in report.comparison if item.slice == "overall"}
    assert compared["large_shift_rate"].interval == "tango"
    assert compared["large_shift_rate"].upper < 0
    assert compared["flip_imbalance"].interval == "bootstrap"

    page = (folder / "report.html").read_text()
    assert "<code>large_shift_rate</code>" in page
    assert "Pairs whose score moves by more than 0.2" in page
    assert '<th scope="col">large shifts</th>' in page
    shown = (folder / "report.md").read_text()
    row = next(line for line in shown.splitlines() if line.startswith("| `large_shift_rate`"))
    assert "✓ better" in row and "%" in row
    header, *rows = csv.reader((folder / "report.csv").read_text().splitlines())
    assert {"large_shift_rate", "large_shift_rate_upper", "flip_imbalance@0.7"} <= set(header)
    assert float(rows[0][header.index("large_shift_rate")]) == pytest.approx(
        large(*scores["candidate"])
    )

    text = (folder / "report.txt").read_text()  # of the example's renderer
    assert "'candidate.csv' large_shift_rate " in text
    assert "report.txt" in read_marker(folder).written

    rules = folder.parent / "evenhand.toml"
    rules.write_text('[[gate.rules]]\nmetric = "large_shift_rate"\nmax = 0.0\nslice = "*"\n')
    command = ["gate", "--report", str(folder), "--config", str(rules)]
    assert run([*command, "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {check["rule"]["metric"] for check in checks} == {"large_shift_rate"}
    run_with_plugin(GATE, *command, "--render", "checks=checks.txt")
    *lines, verdict = (folder.parent / "checks.txt").read_text().splitlines()
    assert len(lines) == len(checks) and lines[0].startswith("failed 'overall' '")
    assert verdict.startswith("Gate FAILED: ")
    rules.write_text(
        '[[gate.rules]]\nmetric = "large_shift_rate"\nno_worse_than = "reference"\n'
        '[[gate.rules]]\nmetric = "flip_imbalance@0.7"\nmin = -1\nmax = 1\n'
    )
    assert run([*command, "--reference", str(folder)]) == 0
    rules.write_text('[[gate.rules]]\nmetric = "large_shift_rat"\nmax = 0.0\n')
    assert run(command) == 2
    assert "did you mean 'large_shift_rate'" in capsys.readouterr().err
    rules.write_text('[[gate.rules]]\nmetric = "flip_imbalance"\nno_worse_than = "reference"\n')
    assert run([*command, "--reference", str(folder)]) == 2
    assert "neither way is worse" in capsys.readouterr().err
