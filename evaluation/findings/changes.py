"""Which differences between a report's candidate and its baseline are established, and which way.

Only this module decides what is called better or worse: the verdict's words and the colours of
page, summary and terminal follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from evenhand.evaluation.findings.one_decision import one_decision_in
from evenhand.evaluation.reports.report import Comparison, PairedTest, Report

Change = Literal["better", "worse", "unclear", "same"]

MARKS: Mapping[Change | None, str] = {"better": "✓", "worse": "✗"}
"""Marks beside a value that got better or worse, for those who see no colour."""

_ROUNDING = 1e-12  # sums of the same weights in another order


@dataclass(frozen=True)
class Changes:
    """The differences between the candidate and the baseline of a report."""

    report: Report

    @cached_property
    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """Candidate beside baseline, by slice and metric."""
        return {(item.slice, item.metric): item for item in self.report.comparison}

    @cached_property
    def tests(self) -> dict[str, PairedTest]:
        """Paired tests by slice."""
        return {test.slice: test for test in self.report.paired_tests}

    def of(self, slice_name: str, metric: str) -> Change | None:
        """Return whether a metric got better or worse in a slice; None if that cannot be known.

        It is better or worse only if the difference is established: its interval is on one side of
        zero and, for flip rates of pairs of equal weight, the paired test says so, too. Flips of a
        model that decides alike establish nothing.
        """
        found = self.comparisons.get((slice_name, metric))
        direction = self.report.spec(metric).direction
        if found is None or found.difference is None or not direction:
            return None
        if abs(found.difference) < _ROUNDING:
            return "same"
        if not self.is_established(slice_name, metric):
            return "unclear"
        return "worse" if found.difference * direction > 0 else "better"

    def is_established(self, slice_name: str, metric: str) -> bool:
        """Return whether a difference is larger than chance explains."""
        found = self.comparisons.get((slice_name, metric))
        if found is None or not found.difference or self._lacks_evidence(metric):
            return False
        excludes = None
        if found.lower is not None and found.upper is not None:
            excludes = found.lower > 0 or found.upper < 0
        test = self.tests.get(slice_name)
        if metric != "flip_rate" or test is None or self.report.data.weighted:
            return excludes is True
        p_value = self.p_value(slice_name)
        significant = p_value is not None and p_value <= 1 - self.report.intervals.level
        return significant and excludes is not False

    def _lacks_evidence(self, metric: str) -> bool:
        return any(one_decision_in(self.report, model, metric) for model in self.report.models)

    def p_value(self, slice_name: str) -> float | None:
        """Return the p-value that decides on a slice's flip rate; None for too few pairs."""
        test = self.tests.get(slice_name)
        return None if test is None else test.p_deciding
