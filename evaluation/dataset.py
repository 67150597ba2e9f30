"""Reading a counterfactual dataset for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.report import DataSummary
from evenhand.evaluation.tables import (
    GROUP,
    SCORE_COLUMNS,
    TERM,
    EvaluationData,
    Examples,
    Pairs,
    check_slice_columns,
)


def read_dataset(
    path: str | Path, *, slice_columns: Sequence[str] | None = None
) -> tuple[EvaluationData, pa.Array]:
    """Read the examples and pairs of a dataset folder.

    Args:
        path: A folder that `evenhand data build` wrote.
        slice_columns: Slice columns to use, or None for every one that the dataset has.

    Returns:
        The data, and the examples' texts, strings of shape (n,).

    Raises:
        InputError: The folder is no dataset, or has no pairs.
        ConfigurationError: A slice column is not in the dataset, or cannot be used.
    """
    dataset = CounterfactualDataset.open(path)
    chosen = check_slice_columns(
        dataset.slice_columns if slice_columns is None else slice_columns,
        reserved=(*SCORE_COLUMNS, GROUP, TERM),
    )
    for column in chosen:
        if column not in dataset.slice_columns:
            raise ConfigurationError(
                f"the dataset has no slice column {column!r}",
                where="--slice-column",
                expected=f"one of: {', '.join(dataset.slice_columns) or '(it has none)'}",
                remedy="build the dataset with that --slice-column",
            )
    counts = dataset.manifest.counts
    if not counts.pairs:
        raise InputError(
            "the dataset has no pairs, so there is nothing that could flip",
            where=str(path),
            remedy="build it from text that mentions identity terms, or with other terms",
        )
    examples = dataset.examples(["id", "text", "label", "weight", *chosen])
    pairs = dataset.pairs(
        ["example", "original", "counterfactual", "terms", "groups"]
    ).combine_chunks()
    labels = pc.fill_null(examples["label"].cast(pa.float64()), np.nan).to_numpy()
    weights = pc.fill_null(examples["weight"].cast(pa.float64()), 1.0).to_numpy()
    summary = DataSummary(
        name=dataset.path.resolve().name,
        sha256=dataset.sha256,
        method=dataset.manifest.method.name,
        examples=counts.examples,
        labelled=int((~np.isnan(labels)).sum()),
        pairs=counts.pairs,
        weighted=bool((weights != 1).any()),
        slice_columns=chosen,
        by_group=counts.by_group,
        by_term=counts.by_term,
        skipped=counts.skipped,
    )
    data = EvaluationData(
        Examples(
            ids=_flat(examples["id"]),
            labels=labels,
            weights=weights,
            slices={column: _flat(examples[column]).cast(pa.string()) for column in chosen},
        ),
        Pairs(
            example=pairs["example"].to_numpy(),
            originals=_flat(pairs["original"]),
            counterfactuals=_flat(pairs["counterfactual"]),
            terms=_flat(pairs["terms"]),
            groups=_flat(pairs["groups"]),
        ),
        summary,
    )
    return data, _flat(examples["text"])


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
