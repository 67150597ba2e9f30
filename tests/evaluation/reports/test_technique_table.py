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
