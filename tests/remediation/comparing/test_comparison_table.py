"""The table of a comparison: what stands beside a gap that says less than it seems to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenhand.remediation.comparing.comparison import ComparisonResult
from evenhand.remediation.comparing.named_techniques import named_techniques
from evenhand.remediation.comparing.outputs import markdown_of
from evenhand.remediation.comparing.recommendation import Recommendation
from evenhand.remediation.comparing.summary import Run, summary
from evenhand.remediation.comparing.table import explanation, table_of_metrics
from evenhand.remediation.comparing.test_set import Measured

GAP = "CTF gap on unseen terms"
METRICS = {"flip_rate": 0.1, "ctf_gap": 0.02, "auc": 0.9, "accuracy": 0.8}


def compared(*techniques: str, held_out: tuple[str, ...] = ("she",)) -> ComparisonResult:
    metrics: dict[str, Any] = {**METRICS, **({"unseen_ctf_gap": 0.03} if held_out else {})}
    runs = [Run(seed, 1, 2.0, metrics, {}) for seed in (0, 1)]
    return ComparisonResult(
        model=Path("model.keras"),
        baseline_measured=Measured(metrics, {}),
        compared=tuple(summary(each, runs) for each in named_techniques(techniques, 3)),
        failed=(),
        held_out_terms=held_out,
        recommendation=Recommendation("none of these helps", None, "None of these helps."),
        outputs="probabilities",
    )


def test_a_gap_on_terms_that_the_model_takes_out_is_marked_and_explained() -> None:
    result = compared("clp", "blind", 'average:terms=["gender"]', "fine-tune")
    headings, rows = table_of_metrics(result)
    gaps = {row[0]: row[headings.index(GAP)] for row in rows}
    marked = [name for name, gap in gaps.items() if gap.endswith(" †")]
    assert marked == ["blind", 'average:terms=["gender"]']
    assert gaps["clp"] == "0.0300 ± 0.0000" and gaps["baseline"] == "0.0300"
    assert sum("†" in cell for row in rows for cell in row) == 2, "in no other column"
    assert "† Its model takes out every term of its lexicons" in explanation(result)
    assert "† Its model takes out" in markdown_of(result)


@pytest.mark.parametrize(
    "result", [compared("clp", "cda"), compared("clp", "blind", held_out=())], ids=["none", "seen"]
)
def test_there_is_no_mark_where_nothing_is_to_be_explained(result: ComparisonResult) -> None:
    assert "†" not in markdown_of(result)
