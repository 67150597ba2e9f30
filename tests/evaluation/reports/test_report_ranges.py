"""A report whose numbers cannot be is refused, with the place; what evaluations write is not."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sample_reports import make_report

from evenhand.cli.main import run
from evenhand.data.errors import InputError
from evenhand.evaluation.reports.report import load_report

SLICE = ("models", 0, "slices", 1)
RATE = (*SLICE, "metrics", "flip_rate")
MANY = [number / 20_000 for number in range(10_001)]  # points of a chart, which takes minutes
FAULTS: list[tuple[tuple[Any, ...], Any]] = [
    (("thresholds", 0), 1e308),
    (("thresholds", 0), -0.1),
    (("intervals", "level"), 95.0),
    (("intervals", "seed"), 10**400),
    (("data", "pairs"), 10**300),
    (("data", "by_term", "red"), 10**300),
    (("models", 0, "decisions", 0, "threshold"), 2.0),
    (("models", 0, "decisions", 0, "by_decision", "positive"), 10**300),
    ((*SLICE, "n_pairs"), 10**300),
    ((*SLICE, "effective_pairs"), -1.0),
    ((*SLICE, "effective_examples"), 1e308),
    ((*RATE, "value"), 1e308),
    ((*RATE, "value"), -0.01),
    ((*RATE, "lower"), 1e308),
    ((*RATE, "upper"), 1e308),
    ((*RATE, "upper"), 0.0001),  # below the value: a gate on the upper end would pass
    ((*RATE, "lower"), 0.9),
    ((*SLICE, "metrics", "auc", "value"), 1.01),
    ((*SLICE, "metrics", "ctf_gap", "value"), 2.0),
    ((*SLICE, "metrics", "score_shift", "value"), -1.5),
    ((*SLICE, "metrics", "flip_count", "value"), -1.0),
    ((*SLICE, "metrics", "flip_count", "value"), 1e308),
    ((*SLICE, "metrics", "of one's own"), {"value": 1e308}),
    (("models", 0, "threshold_curve", "thresholds", 0), 1e308),
    (("models", 0, "threshold_curve", "thresholds", 1), 0.25),
    (("models", 0, "threshold_curve", "flip_rates", 1, "value"), 1e308),
    (("models", 0, "score_shifts", "edges", 2), 1e308),
    (("models", 0, "score_shifts", "edges", 1), -1.0),
    (("models", 0, "score_shifts", "weights", 0), 1e308),
    (("models", 0, "score_shifts", "weights", 0), -1.0),
    (("models", 0, "score_shifts", "weights", 0), float("nan")),
    (("models", 0, "threshold_curve"), {"thresholds": MANY, "flip_rates": [{"value": 0}] * 10_001}),
    (("models", 0, "score_shifts"), {"edges": MANY, "weights": [1.0] * 10_000}),
    (("comparison", 0, "candidate"), 3.0),
    (("comparison", 0, "difference"), -1e308),
    (("comparison", 0, "lower"), 0.5),
    (("paired_tests", 0, "both"), 10**300),
    (("paired_tests", 0, "odds_ratio", "value"), -1.0),
    (("paired_tests", 0, "odds_ratio", "upper"), 0.01),
    (("paired_tests", 0, "p_value"), 1.5),
    (("paired_tests", 0, "p_adjusted"), -0.5),
    (("flips", 0, "scores", "candidate", "original"), 1e308),
    (("flips", 0, "scores", "candidate", "counterfactual"), float("inf")),
]


@pytest.mark.parametrize(("path", "value"), FAULTS, ids=lambda part: str(part)[:60])
def test_a_number_that_cannot_be_is_named_with_its_place(
    tmp_path: Path, path: tuple[Any, ...], value: Any
) -> None:
    document = json.loads(make_report("red").to_json())
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        load_report(tmp_path)
    lines = caught.value.lines()
    assert lines[0].startswith("the report is not valid")
    where = lines[1].removeprefix(f"  at: {tmp_path / 'report.json'}: ")
    whole = ".".join(map(str, path))
    counted = re.sub(r"\.(\d+)", lambda found: f"[{int(found[1]) + 1}]", whole)
    assert counted in lines[0] or whole.startswith(where) or where.startswith(whole)
    assert len(where) >= len("data.pairs")
    assert run(["report", "render", str(tmp_path)]) == 3
    assert run(["gate", "--report", str(tmp_path)]) in (2, 3)  # 2: there is no configuration


def test_numbers_at_the_ends_of_their_ranges_are_read(tmp_path: Path) -> None:
    document = json.loads(make_report("red").to_json())
    ends = copy.deepcopy(document)
    metrics = ends["models"][0]["slices"][0]["metrics"]
    metrics["flip_rate"] = {"value": 1 + 1e-9, "lower": 0.5, "upper": 1.0, "interval": "wilson"}
    metrics["flip_count"] = {"value": 1e40, "lower": 0.0, "upper": 1e41, "interval": "linear"}
    metrics["auc"] = {"value": 0.0, "lower": 0.0, "upper": 0.0, "interval": "delong"}
    metrics["logit_spread"] = {"value": 250.0}
    metrics["of one's own"] = {"value": -12.5}
    ends["paired_tests"][0]["odds_ratio"] = {"value": 4.0, "lower": 1.5, "upper": None}
    (tmp_path / "report.json").write_text(json.dumps(ends))
    assert load_report(tmp_path).candidate.overall.metrics["flip_count"].value == 1e40
    assert run(["report", "render", str(tmp_path)]) == 0
