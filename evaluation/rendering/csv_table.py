"""report.csv: every slice of every model as one row, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io

from evenhand.data.support.printable import printable
from evenhand.evaluation.reports.report import (
    ColumnReport,
    ModelReport,
    Report,
    SliceReport,
    name_of,
)

# A spreadsheet reads a cell that begins with one of these as a formula, unless after an apostrophe
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def render_csv(report: Report) -> str:
    """Return the slices of a report, and its columns of groups, as CSV with a header.

    The columns are `role`, `model`, `slice`, `n_examples`, `n_pairs`, `too_few_pairs`,
    `effective_examples`, `effective_pairs`, then for each metric NAME its value and, if any slice
    has a confidence interval, the interval's ends as `NAME_lower` and `NAME_upper`. An undefined
    value is an empty cell. The group fairness of a column stands in a row of its own, whose slice
    is `column=*`. A report on named labels has the column `label` behind `model`. Text from data
    that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    slices: list[tuple[str | None, ModelReport, SliceReport | ColumnReport]] = []
    for of_label in report.by_label:
        for model in of_label.models:
            label = name_of(of_label)
            slices += [(label, model, slice_) for slice_ in model.slices]
            slices += [(label, model, column) for column in model.columns]
    names = list(dict.fromkeys(name for *_, slice_ in slices for name in slice_.metrics))
    bounded = {
        name
        for *_, slice_ in slices
        for name, metric in slice_.metrics.items()
        if metric.lower is not None or metric.upper is not None
    }
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    header = ["role", "model", *(["label"] if report.label else [])]
    header += ["slice", "n_examples", "n_pairs", "too_few_pairs"]
    header += ["effective_examples", "effective_pairs"]
    for name in names:
        shown = csv_cell(name)
        header += [shown, f"{shown}_lower", f"{shown}_upper"] if name in bounded else [shown]
    writer.writerow(header)
    for label, model, slice_ in slices:
        row: list[object] = [model.role, csv_cell(model.name)]
        row += [] if label is None else [csv_cell(label)]
        row += [csv_cell(slice_.slice)]
        row += [slice_.n_examples, slice_.n_pairs]
        if isinstance(slice_, SliceReport):
            row += [str(slice_.too_few_pairs).lower()]
            row += [slice_.effective_examples, slice_.effective_pairs]
        else:
            row += [None, None, None]
        for name in names:
            metric = slice_.metrics.get(name)
            row.append(metric and metric.value)
            if name in bounded:
                row += [metric and metric.lower, metric and metric.upper]
        writer.writerow(row)
    return file.getvalue()


def csv_cell(text: str) -> str:
    """Return text as a cell of CSV that no spreadsheet reads as a formula."""
    shown = printable(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown
