"""A comparison of techniques beside a report: read, kept, shown, and never more than text."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest
from sample_reports import make_report

from evenhand.data.errors import InputError
from evenhand.evaluation import evaluate_predictions, load_report
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.report import Report
from evenhand.evaluation.reports.technique_table import TechniqueTable, read_technique_table

TABLE: dict[str, Any] = {
    "measured_on": "other",
    "headings": ["technique", "flip rate"],
    "rows": [["baseline", "9.00%"], ["clp:loss_weight=3", "1.00% ± 0.20"]],
    "notes": ["Use clp:loss_weight=3: it has the fewest flips."],
}


def write(folder: Path, table: Any) -> Path:
    folder.mkdir(exist_ok=True)
    document = {"schema_version": 1, "compared": [], "table": table}
    (folder / "compare.json").write_text(json.dumps(document))
    return folder


def test_it_is_kept_in_the_report_and_shown(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(
        "prediction,counterfactual_prediction\n" + "0.2,0.7\n0.9,0.8\n" * 20
    )
    compared = write(tmp_path / "compared", TABLE)
    output = tmp_path / "report"
    report = evaluate_predictions(tmp_path / "scores.csv", output=output, compared=compared)
    assert report.techniques == TechniqueTable.model_validate(TABLE)
    assert load_report(output) == report
    for name in ("report.html", "report.md"):
        text = html.unescape((output / name).read_text())
        assert "Techniques compared" in text and "1.00% ± 0.20" in text
    with pytest.raises(InputError, match="cannot be read"):
        evaluate_predictions(tmp_path / "scores.csv", output=tmp_path / "no", compared="none")
    assert not (tmp_path / "no").exists()


def test_a_report_without_one_says_nothing_of_it() -> None:
    report = make_report("a text")
    assert "techniques" not in report.as_document()
    assert "Techniques" not in render_html(report) + render_markdown(report)


def test_what_it_holds_stays_text() -> None:
    hostile = "<script>alert(1)</script> | [x](javascript:1) {{ 7 * 7 }}"
    table = {
        "measured_on": hostile,
        "headings": [hostile, "b"],
        "rows": [[hostile, hostile]],
        "notes": [hostile],
    }
    report = make_report("a text").model_copy(
        update={"techniques": TechniqueTable.model_validate(table)}
    )
    page, summary = render_html(report), render_markdown(report)
    assert (
        "<script>alert" not in page + summary and "49" not in page.partition("Techniques")[2][:900]
    )
    assert "](javascript" not in summary
    rows = [line for line in summary.splitlines() if "alert" in line and line.startswith("|")]
    assert all(line.count("|") == 3 for line in rows) and len(rows) == 2


def trial(name: str, flip_rate: float, auc: float, on_front: bool = False) -> dict[str, Any]:
    metrics = {
        "flip_rate": flip_rate,
        "auc": auc,
        "n_pairs": 100,
        "n_flips": round(100 * flip_rate),
    }
    return {"name": name, "loss_weight": 1.0, "metrics": metrics, "on_front": on_front}


def write_sweep(folder: Path, **changed: Any) -> Path:
    trials = [trial("absolute × 1", 0.03, 0.9, on_front=True), trial("<b>mse</b>", 0.05, 0.88)]
    document = {
        "data": {"name": "train", "sha256": "0"},
        "trials": trials,
        "picked": 0,
        "reason": "it has the fewest flips",
        "baseline_metrics": trial("", 0.1, 0.92)["metrics"],
    }
    (folder / "sweep.json").write_text(json.dumps(document | changed))
    return folder


def test_a_sweep_is_shown_as_a_table_and_a_picture(tmp_path: Path) -> None:
    table = read_technique_table(write_sweep(tmp_path))
    assert table == read_technique_table(tmp_path / "sweep.json")
    assert table.measured_on == "train, the part held out"
    assert table.rows[0] == ("baseline", "10.00% (10 of 100)", "0.9200", "")
    assert table.rows[1] == ("absolute × 1", "3.00% (3 of 100)", "0.9000", "picked")
    assert table.notes == ("It has the fewest flips.",)
    assert table.trade_off is not None
    marks = [(each.task, each.flip_rate, each.mark) for each in table.trade_off.points]
    assert marks == [(0.92, 0.1, "baseline"), (0.9, 0.03, "picked"), (0.88, 0.05, None)]
    report = make_report("a text").model_copy(update={"techniques": table})
    assert Report.model_validate_json(report.to_json()) == report
    page = render_html(report)
    drawing = page.partition('id="techniques"')[2].partition("<table>")[0]
    assert "Trials compared" in page and "Flip rate against AUC" in drawing
    assert "<b>mse" not in page and ">picked<" in drawing


def test_a_comparison_is_drawn_if_its_numbers_are_there(tmp_path: Path) -> None:
    compared = {"name": "clp", "mean": {"flip_rate": 0.01, "accuracy": 0.8}, "on_front": True}
    document: dict[str, Any] = {"table": TABLE, "compared": [compared]}
    document["recommendation"] = {"picked": None, "reason": "none helps"}
    document["baseline_measured"] = {"metrics": {"flip_rate": 0.2, "accuracy": 0.9}}
    (tmp_path / "compare.json").write_text(json.dumps(document))
    found = read_technique_table(tmp_path).trade_off
    assert found is not None and found.task == "accuracy"
    compared["mean"]["auc"] = "0.9"  # which is not a number
    (tmp_path / "compare.json").write_text(json.dumps(document))
    assert read_technique_table(tmp_path).trade_off == found
    assert [each.mark for each in found.points] == ["baseline", "front"]
    document["compared"] = [{"name": "cda", "mean": {}}, compared]  # had no model within limits
    (tmp_path / "compare.json").write_text(json.dumps(document))
    assert read_technique_table(tmp_path).trade_off == found
    del compared["mean"]["flip_rate"]
    (tmp_path / "compare.json").write_text(json.dumps(document))
    assert read_technique_table(tmp_path).trade_off is None


@pytest.mark.parametrize(
    "changed",
    [
        {"trials": []},
        {"trials": [trial("a", 3.0, 0.9)]},
        {"trials": [trial("x" * 3_000, 0.1, 0.9)]},
        {"baseline_metrics": None},
        {"reason": 3},
    ],
)
def test_what_is_no_sweep_is_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the comparison is not valid"):
        read_technique_table(write_sweep(tmp_path, **changed))


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        {**TABLE, "rows": [["baseline"]]},
        {**TABLE, "rows": []},
        {**TABLE, "rows": [["baseline", 0.09]]},
        {**TABLE, "headings": ["x" * 3_000, "y"]},
        {**TABLE, "more": 1},
    ],
)
def test_what_is_no_comparison_is_refused(table: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the comparison is not valid"):
        read_technique_table(write(tmp_path, table))
