"""The table of a comparison: what stands beside a gap that says less than it seems to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenhand.remediation.comparing.comparison import ComparisonResult
from evenhand.remediation.comparing.named_techniques import named_techniques
from evenhand.remediation.comparing.outputs import markdown_of
from evenhand.remediation.comparing.recommendation import Recommendation
from evenhand.remediation.comparing.summary import Run, summary
from evenhand.remediation.comparing.table import (
    beyond_limits,
    explanation,
    table_of_groups,
    table_of_metrics,
)
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


def test_a_row_has_no_numbers_of_a_kept_baseline_and_says_which_limit_broke() -> None:
    clp, cda, blind = named_techniques(["clp", "cda", "blind"], 3)
    good, other = dict(METRICS), {**METRICS, "flip_rate": 0.02}
    lost = Run(1, 0, 1.0, {}, {}, beyond="epoch 3, which comes closest, loses 0.02 of the AUC")
    own = [Run(seed, 0, 1.0, other, {"a": 0.25}, beyond="the model loses 0.1") for seed in (0, 1)]
    result = replace(
        compared("clp", held_out=()),
        baseline_measured=Measured(good, {"a": 0.5}),
        compared=(
            summary(clp, [Run(0, 1, 1.0, other, {"a": 0.0}), lost]),
            summary(cda, [replace(lost, seed=0), lost]),
            summary(blind, own),
        ),
        negatives={"a": 1_234},
    )
    rows = {row[0]: row for row in table_of_metrics(result).rows}
    assert [rows[name][1] for name in rows] == ["10.00%", "2.00%", "–", "2.00% ± 0.00"]
    assert [rows[name][-1] for name in rows] == [
        "",
        "no model within limits in 1 of 2 seeds, numbers of the others",
        "no model within limits in 2 of 2 seeds",
        "beyond a limit",
    ]
    assert table_of_groups(result) == (
        ["group", "negative texts", "baseline", "clp", "cda", "blind"],
        [["a", "1,234", "50.00%", "0.00%", "–", "25.00%"]],
    )
    *_, of_cda, of_blind = beyond_limits(result)
    assert of_cda.endswith("On the held-out examples, epoch 3, which comes closest, loses 0.02 of "
                           "the AUC.")  # fmt: skip
    assert of_blind == "blind: beyond a limit. On the held-out examples, the model loses 0.1."
    assert f"- {of_blind}" in markdown_of(result)


@pytest.mark.parametrize(
    "result", [compared("clp", "cda"), compared("clp", "blind", held_out=())], ids=["none", "seen"]
)
def test_there_is_no_mark_where_nothing_is_to_be_explained(result: ComparisonResult) -> None:
    assert "†" not in markdown_of(result)
