"""The table of metrics: complete where it has to be, and part of reports that add to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_reports import make_report

from evenhand.data.errors import InputError
from evenhand.evaluation.findings.changes import Changes
from evenhand.evaluation.gate.limit_base import LIMITS
from evenhand.evaluation.gate.rules import GateRule
from evenhand.evaluation.rendering.compare import compare_reports, render_comparison
from evenhand.evaluation.rendering.html_page import render_html
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.metric_specs import COLUMN_METRICS, METRICS, spec_of
from evenhand.evaluation.reports.report import load_report

DOCS = Path(__file__).parents[3] / "docs"
ADDED = {
    "name": "odd_rate",
    "label": "odd <b>one",
    "kind": "rate",
    "worse": "lower",
    "definition": "Defined as <script>alert(1)</script>\u202e.",
    "vacuous_if": "decides_alike",
    "shown": ["cards", "overall", "slices"],
}


def write_report(folder: Path, *added: dict[str, object]) -> Path:
    """Write a report whose slices have the metric `odd_rate`, a quarter of the flip rate."""
    document = json.loads(make_report("red").to_json())
    for model in document["models"]:
        for slice_ in model["slices"]:
            rate = slice_["metrics"]["flip_rate"]
            slice_["metrics"]["odd_rate"] = {
                name: rate[name] if name == "interval" else rate[name] / 4
                for name in ("value", "lower", "upper", "interval")
            }
    compared = dict(document["comparison"][0], metric="odd_rate")
    document["comparison"].append(compared)
    if added:
        document["added_metrics"] = list(added)
    path = folder / "report.json"
    path.write_text(json.dumps(document))
    return path


def test_the_documentation_names_every_metric_and_every_limit() -> None:
    metrics = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert not [name for name in (*METRICS, *COLUMN_METRICS) if f"`{name}`" not in metrics]
    gates = (DOCS / "gates.md").read_text(encoding="utf-8")
    keys = {name for limit in LIMITS for name in limit.model_fields}
    assert keys < set(GateRule.model_fields)
    assert not [name for name in sorted(keys) if f"`{name}`" not in gates]


def test_of_an_unknown_metric_nothing_is_known() -> None:
    spec = spec_of("nobody_s@0.7")
    assert (spec.name, spec.kind, spec.direction) == ("nobody_s", "number", 0)
    assert spec_of("flip_rate@0.7") == METRICS["flip_rate"]


def test_a_report_says_what_its_added_metrics_are(tmp_path: Path) -> None:
    report = load_report(write_report(tmp_path, ADDED))
    assert report.spec("odd_rate@0.7").direction == -1
    assert Changes(report).of("overall", "odd_rate") == "worse"
    again = tmp_path / "again.json"
    again.write_text(report.to_json())
    assert load_report(again) == report
    page, summary = render_html(report), render_markdown(report)
    assert "<b>" not in page
    assert "Odd &lt;b&gt;one" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "0.25%" in page and "| `odd_rate` | 2.50% |" in summary
    compared = render_comparison(compare_reports({"a": report, "b": report}))
    assert "odd_rate" in compared and "0.25%" in compared


def test_a_report_without_added_metrics_has_no_word_of_them(tmp_path: Path) -> None:
    report = load_report(write_report(tmp_path))
    assert "added_metrics" not in report.to_json()
    assert report.spec("odd_rate").kind == "number"


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ([ADDED, ADDED], "occurs twice"),
        ([ADDED | {"name": "flip_rate"}], "flip_rate is evenhand's own"),
        ([ADDED | {"name": "Odd Rate"}], "should match pattern"),
        ([ADDED | {"kind": "percent"}], "added_metrics.*kind"),
        ([ADDED | {"more": 1}], "added_metrics.*more"),
        ([ADDED | {"label": ""}], "at least 1 character"),
        ([ADDED | {"definition": "x" * 1001}], "at most 1000 characters"),
    ],
)
def test_an_added_metric_that_cannot_be_is_refused(
    tmp_path: Path, added: list[dict[str, object]], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        load_report(write_report(tmp_path, *added))


def test_a_value_outside_an_added_metric_s_range_is_refused(tmp_path: Path) -> None:
    path = write_report(tmp_path, ADDED)
    document = json.loads(path.read_text())
    document["models"][0]["slices"][0]["metrics"]["odd_rate"] = {"value": 1.5}
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"1\.5 cannot be"):
        load_report(path)
