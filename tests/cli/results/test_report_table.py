"""A report in a terminal: all of it, however narrow."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "evaluation"))
from compared_reports import compared

from evenhand.cli.results.report_table import show_report
from evenhand.evaluation.reports.report import Report

SLICES = [
    ("group=sexual-orientation", 0.12, 0.001, 0.0018, 120),
    ("group=female", 0.11, 0.003, 0.0004, 624),
    ("gender=male", 0.004, 0.05, 0.0006, 456),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report_of_every_column(slices: Sequence[Any] = SLICES) -> Report:
    report = compared(
        slices,
        p=0.00001,
        flip_rate=(0.0875, 0.0033, (-0.1, -0.07)),
        ctf_gap=(0.0915, 0.0032, (-0.1, -0.08)),
        auc=(0.9474, 0.9441, (-0.004, -0.002)),
        accuracy=(0.8975, 0.8920, (-0.01, -0.001)),
    )
    document = report.model_dump()
    for model in document["models"]:
        overall, *others = model["slices"]
        for slice_ in others:
            slice_["metrics"] = overall["metrics"] | slice_["metrics"]
    return Report.model_validate(document)


def shown(report: Report, columns: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal of so many columns shows."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    show_report(report, Path("report"))
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())


@pytest.mark.parametrize(("columns", "parts"), [(200, 1), (100, 2), (80, 2), (60, 5)])
def test_columns_that_do_not_fit_stand_below(columns, parts, monkeypatch):
    text = shown(report_of_every_column(), columns, monkeypatch)
    assert max(map(len, text.splitlines())) <= columns
    for row in ("slice", "overall", *(name for name, *_ in SLICES)):
        assert len(re.findall(rf"^ {row} ", text, re.MULTILINE)) == parts
    for cell in (
        *("8.75% → 0.33% ✓", "0.40% → 5.00% ✗", "0.17% to 50.17%", "< 0.0001", "0.0018"),
        *("0.0915 → 0.0032 ✓", "0.9474 → 0.9441 ✗", "89.75% → 89.20% ✗"),
    ):
        assert cell in text


@pytest.mark.parametrize("columns", range(28, 140, 4))
def test_nothing_is_lost_however_narrow_the_terminal(columns, monkeypatch):
    report = report_of_every_column()
    text, whole = (shown(report, width, monkeypatch) for width in (columns, 200))
    assert max(map(len, text.splitlines())) <= columns
    assert "…" not in text
    for mark in "✓✗%→<":
        assert text.count(mark) == whole.count(mark)


def test_a_long_name_is_folded_and_leaves_room_for_the_columns(monkeypatch):
    name = "group=" + "ø" * 294
    report = report_of_every_column()
    document = report.model_dump_json().replace("group=female", name)
    text = shown(Report.model_validate_json(document), 100, monkeypatch)
    assert max(map(len, text.splitlines())) <= 100
    tables = text[: text.index("Worse for")]
    assert tables.count("ø") == 2 * 294, "in two parts, as of short names"


def test_many_slices_of_too_few_pairs_are_counted_and_not_listed(monkeypatch):
    """Eleven small slices are left to report.csv, ten are listed."""
    for n_small in (10, 11):
        small = [(f"group=g{number}", 0.1, 0.1, 0.5, 3) for number in range(n_small)]
        text = shown(report_of_every_column([*SLICES, *small]), 200, monkeypatch)
        assert "group=female" in text
        assert ("group=g0" in text) == (n_small == 10)
        assert ("Not shown: 11 slices of fewer than " in text) == (n_small == 11)
