"""Reads a counterfactual dataset for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.reading.several_values import is_of_lists, split_cells
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.slice_columns import SliceColumn, columns_of
from evenhand.evaluation.inputs.tables import (
    GROUP,
    SCORE_COLUMNS,
    TERM,
    ClassLabels,
    EvaluationData,
    Examples,
    PairDetails,
    Pairs,
    check_slice_columns,
    coded,
)
from evenhand.evaluation.reports.report import DataSummary

BATCH_ROWS = 8192  # pairs whose texts are in memory at a time


def read_dataset(
    dataset: CounterfactualDataset,
    *,
    slice_columns: Sequence[str] | None = None,
    slice_separator: str | None = None,
    positive_class: int | None = None,
) -> EvaluationData:
    """Read what a report needs of every example and pair of a dataset, except their texts.

    Args:
        dataset: A dataset that `evenhand data build` wrote.
        slice_columns: Slice columns to use, written as `slice_column` takes them, or None for all
            that the dataset has.
        slice_separator: What separates the values in a string of a slice column: an example is in
            the slice of each. Lists are taken as they are.
        positive_class: The positive class, if labels are class numbers. Without it labels of two
            classes stay as they are, and labels of more classes are left out: see `with_classes`.

    Raises:
        InputError: A file of the dataset is damaged, or the dataset has no pairs.
        ConfigurationError: A slice column is not in the dataset, or cannot be used.
    """
    chosen = check_slice_columns(
        dataset.slice_columns if slice_columns is None else slice_columns,
        there=dataset.slice_columns,
        reserved=(*SCORE_COLUMNS, GROUP, TERM),
    )
    for column in columns_of(chosen):
        if column not in dataset.slice_columns:
            raise ConfigurationError(
                f"the dataset has no slice column {column!r}",
                where="`slice_columns`",
                expected=f"one of: {', '.join(dataset.slice_columns) or '(it has none)'}",
                remedy="build the dataset with it among its `slice_columns`",
            )
    counts = dataset.manifest.counts
    if not counts.pairs:
        raise InputError(
            "the dataset has no pairs, so there is nothing that could flip",
            where=str(dataset.path),
            remedy="build it from text that mentions identity terms, or with other terms",
        )
    examples = read_examples(dataset, chosen, positive_class, slice_separator)
    summary = DataSummary(
        name=dataset.path.resolve().name,
        sha256=dataset.sha256,
        method=dataset.manifest.method.name,
        lexicons=dataset.manifest.lexicons,
        examples=counts.examples,
        labelled=int((~np.isnan(examples.labels)).sum()),
        pairs=counts.pairs,
        weighted=bool((examples.weights != 1).any()),
        slice_columns=tuple(column.name for column in chosen),
        by_group=counts.by_group,
        by_term=counts.by_term,
        skipped=counts.skipped,
        quality=dataset.manifest.quality,
    )
    return EvaluationData(examples, _read_pairs(dataset), summary, DatasetPairs(dataset))


def read_examples(
    dataset: CounterfactualDataset,
    slice_columns: Sequence[SliceColumn],
    positive_class: int | None,
    slice_separator: str | None = None,
) -> Examples:
    """Read the labels, weights and slices of a dataset's examples; see `read_dataset`."""
    n, start = dataset.manifest.counts.examples, 0
    labels, weights = np.empty(n), np.empty(n)
    parts: dict[str, list[pa.Array]] = {column: [] for column in columns_of(slice_columns)}
    for batch in dataset.iter_examples(["label", "weight", *parts]):
        stop = start + batch.num_rows
        labels[start:stop] = pc.fill_null(batch.column("label"), np.nan).to_numpy()
        weights[start:stop] = pc.fill_null(batch.column("weight"), 1.0).to_numpy()
        start = stop
        for column, of_column in parts.items():
            of_column.append(_encoded(batch.column(column), slice_separator))
    columns = {column: coded(of_column) for column, of_column in parts.items()}
    return Examples(
        labels=_labels(labels, dataset, positive_class),
        weights=weights,
        slices={column.name: column.values(columns) for column in slice_columns},
    )


def _encoded(values: pa.Array, separator: str | None) -> pa.Array:
    """Return a batch of a slice column as codes of strings, or lists of them."""
    if separator is not None and pa.types.is_string(values.type):
        values = split_cells(values, separator)
    return coded([values if is_of_lists(values) else values.cast(pa.string())])


def with_classes(data: EvaluationData, dataset: CounterfactualDataset) -> EvaluationData:
    """Return a dataset's examples with labels that are numbers of classes, if it has such.

    Raises:
        InputError: A file of the dataset is damaged.
    """
    count = dataset.manifest.columns.classes
    if count is None:
        return data
    batches = dataset.iter_examples(["label"])
    numbers = [pc.fill_null(batch.column(0), np.nan).to_numpy() for batch in batches]
    classes = ClassLabels(np.concatenate(numbers).astype(np.float64), count)
    labelled = int((~np.isnan(classes.numbers)).sum())
    return replace(
        data,
        examples=replace(data.examples, classes=classes),
        summary=data.summary.model_copy(update={"labelled": labelled}),
    )


class DatasetPairs:
    """Looks up single pairs of a dataset in its files."""

    def __init__(self, dataset: CounterfactualDataset) -> None:
        self._dataset = dataset

    def details(self, pairs: Sequence[int]) -> list[PairDetails]:
        """Return the details of these pairs, by their rows; all files are read once."""
        wanted = np.unique(np.asarray(pairs, dtype=np.int64))
        found: dict[int, PairDetails] = {}
        start = 0
        columns = ["id", "original", "counterfactual", "terms", "groups"]
        for batch in self._dataset.iter_pairs(columns, BATCH_ROWS):
            stop = start + batch.num_rows
            rows = wanted[(wanted >= start) & (wanted < stop)]
            part = batch.take(pa.array(rows - start)).to_pylist()
            found |= {
                row: PairDetails(
                    values["id"],
                    values["original"],
                    values["counterfactual"],
                    tuple(values["terms"]),
                    tuple(values["groups"]),
                )
                for row, values in zip(rows.tolist(), part, strict=True)
            }
            start = stop
        return [found[row] for row in pairs]


def _labels(labels: Floats, dataset: CounterfactualDataset, positive_class: int | None) -> Floats:
    """Return labels in [0, 1], NaN for none; of class numbers, `positive_class` becomes 1."""
    classes = dataset.manifest.columns.classes
    if classes is None or (classes == 2 and positive_class is None):
        return labels
    if positive_class is None:
        return np.full(len(labels), np.nan)
    return np.where(np.isnan(labels), np.nan, labels == positive_class)


def _read_pairs(dataset: CounterfactualDataset) -> Pairs:
    batches = list(dataset.iter_pairs(["example"]))
    return Pairs(
        example=np.concatenate([batch.column("example").to_numpy() for batch in batches]),
        terms=coded(batch.column("terms") for batch in dataset.iter_pairs(["terms"])),
        groups=coded(batch.column("groups") for batch in dataset.iter_pairs(["groups"])),
        controls=pairs_of_controls(dataset) if dataset.controls else None,
    )


def pairs_of_controls(dataset: CounterfactualDataset) -> Rows:
    """Return the row of the pair that each control pair of a dataset is for, shape (k,).

    Raises:
        InputError: They are not rows of the dataset's pairs, each once, ascending.
    """
    columns = [batch.column("pair") for batch in dataset.iter_controls(["pair"])]
    rows: Rows = np.concatenate(
        [np.zeros(0, np.int64), *(pc.fill_null(column, -1).to_numpy() for column in columns)]
    )
    ends = np.concatenate([[-1], rows, [dataset.manifest.counts.pairs]])
    if (ends[1:] <= ends[:-1]).any():
        raise InputError(
            "the dataset's controls do not say which pairs they are for",
            where=f"{dataset.path}, controls, column 'pair'",
            expected="row numbers of the pairs, each once, ascending",
            remedy="build the dataset again",
        )
    return rows
