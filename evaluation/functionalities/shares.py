"""Counts right decisions on cases, by functionality and by group, with intervals and tests.

The cases of one template differ by one word, so a model mostly decides them alike: they are no
independent sentences. Therefore the unit of intervals and tests is the template, as a text with
several pairs is elsewhere (`evenhand.evaluation.measures.rate_intervals`). Within a group each
template has one case, and the intervals are Wilson's own, the test McNemar's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evenhand.data.functionalities.cases import Case
from evenhand.data.support.arrays import Flags, Rows
from evenhand.evaluation.inputs.tables import GROUP
from evenhand.evaluation.measures.rate_intervals import paired_difference_interval, rate_interval
from evenhand.evaluation.reports.functions_report import (
    FUNCTIONALITY,
    LABEL,
    CaseSlice,
    FunctionChange,
    Share,
    ShareName,
)
from evenhand.evaluation.reports.report import OVERALL
from evenhand.remediation.judging.effective_size import Texts
from evenhand.remediation.judging.p_values import mcnemar


class CaseTable:
    """The cases as columns, and the slices that are reported."""

    def __init__(self, cases: Sequence[Case]) -> None:
        """Take the cases, those of one template one after the other."""
        templates: dict[tuple[str, str], int] = {}
        self._template = np.array(
            [templates.setdefault((c.functionality, c.template), len(templates)) for c in cases]
        )
        self._toxic = np.array([case.is_toxic for case in cases])
        self._slices = list(_slices(cases))

    def slices_of(self, right: Flags) -> tuple[CaseSlice, ...]:
        """Return every slice of a model that decides these cases right, shape (n,)."""
        return tuple(
            CaseSlice(slice=name, metrics=self._metrics(right, rows)) for name, rows in self._slices
        )

    def changes(self, candidate: Flags, baseline: Flags) -> tuple[FunctionChange, ...]:
        """Return how every slice differs between models that decide these cases right."""
        return tuple(self._change(name, rows, candidate, baseline) for name, rows in self._slices)

    def _metrics(self, right: Flags, rows: Rows) -> dict[ShareName, Share]:
        parts: dict[ShareName, Rows] = {
            "accuracy": rows,
            "true_positive_rate": rows[self._toxic[rows]],
            "true_negative_rate": rows[~self._toxic[rows]],
        }
        return {name: self._share(right, part) for name, part in parts.items() if len(part)}

    def _share(self, right: Flags, rows: Rows) -> Share:
        values = right[rows].astype(float)
        found = rate_interval(values, np.ones(len(rows)), Texts(self._template[rows]))
        return Share(
            cases=len(rows),
            right=int(values.sum()),
            value=float(values.mean()),
            lower=max(0.0, found.lower),
            upper=min(1.0, found.upper),
        )

    def _change(self, name: str, rows: Rows, candidate: Flags, baseline: Flags) -> FunctionChange:
        ours, theirs = candidate[rows].astype(float), baseline[rows].astype(float)
        texts = Texts(self._template[rows])
        found = paired_difference_interval(ours, theirs, np.ones(len(rows)), texts)
        by_template = texts.sums(ours - theirs)
        better, worse = int((by_template > 0).sum()), int((by_template < 0).sum())
        return FunctionChange(
            slice=name,
            gained=int((ours > theirs).sum()),
            lost=int((ours < theirs).sum()),
            difference=float((ours - theirs).mean()),
            lower=found.lower,
            upper=found.upper,
            templates_better=better,
            templates_worse=worse,
            p_value=mcnemar(better, worse),
        )


def _slices(cases: Sequence[Case]) -> Iterator[tuple[str, Rows]]:
    """Yield each slice's name and its rows: overall, by label, by functionality, by group."""
    yield OVERALL, np.arange(len(cases))
    for column, values in (
        (LABEL, [case.label for case in cases]),
        (FUNCTIONALITY, [case.functionality for case in cases]),
        (GROUP, [case.group for case in cases]),
    ):
        for value in dict.fromkeys(values):
            if value is not None:
                yield f"{column}={value}", np.flatnonzero([each == value for each in values])
