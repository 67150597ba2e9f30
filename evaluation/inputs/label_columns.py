"""The column of one of several labels, in place of the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.evaluation.inputs.tables import EvaluationData


def with_label(data: EvaluationData, dataset: CounterfactualDataset, name: str) -> EvaluationData:
    """Return a dataset's examples and pairs with the label of this name in place of the first.

    Where the dataset has no such label, examples are unlabelled.

    Raises:
        InputError: A file of the dataset is damaged.
    """
    labels = np.full(len(data.examples.labels), np.nan)
    field = dataset.manifest.columns.label_fields.get(name)
    if field is not None:
        start = 0
        for batch in dataset.iter_examples([field]):
            own = pc.fill_null(batch.column(0), np.nan).to_numpy()
            labels[start : start + len(own)] = own
            start += len(own)
    labelled = int((~np.isnan(labels)).sum())
    return replace(
        data,
        examples=replace(data.examples, labels=labels),
        summary=data.summary.model_copy(update={"labelled": labelled}),
    )
