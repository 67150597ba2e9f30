"""Terms that no training sees: a share of each group's, drawn at random."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.dataset.subset import write_subset
from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.folders import new_folder

LEFT_OUT = "a held-out term"


def drawn_terms(dataset: CounterfactualDataset, share: float, seed: int) -> tuple[str, ...]:
    """Draw the terms to hold out: a share of each group's terms that occur, rounded up.

    A group keeps at least one term.

    Args:
        dataset: The data to train on.
        share: From 0 to below 1.
        seed: Decides which.

    Raises:
        ConfigurationError: No group has two terms, so that there is nothing to hold out.
    """
    if not share:
        return ()
    of_group: dict[str, set[str]] = defaultdict(set)
    for batch in dataset.iter_pairs(["terms", "groups"]):
        for terms, groups in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if len(terms) == len(groups):
                for term, group in zip(terms, groups, strict=True):
                    of_group[group].add(term)
    rng, found = np.random.default_rng(seed), list[str]()
    for group in sorted(of_group):
        terms = sorted(of_group[group])
        n = min(math.ceil(share * len(terms)), len(terms) - 1)
        found += [terms[i] for i in np.sort(rng.permutation(len(terms))[:n])]
    if not found:
        raise ConfigurationError(
            "no group has two terms in the data, so that none can be held out",
            where="`held_out_terms`",
            remedy="leave it out, or build the data with more terms",
        )
    return tuple(dict.fromkeys(found))


def without_terms(
    dataset: CounterfactualDataset, terms: Collection[str], folder: Path
) -> CounterfactualDataset:
    """Return a dataset without the pairs that have one of these terms, written into a folder.

    A folder that is there already is taken as it is.
    """
    if not folder.exists():
        wanted = pa.array(sorted(terms), pa.string())

        def keeps(pairs: pa.RecordBatch) -> pa.BooleanArray:
            column = pairs.column("terms")
            has = pc.is_in(column.flatten(), value_set=wanted)
            rows = pc.list_parent_indices(column).filter(has)
            return pa.array(~np.isin(np.arange(len(pairs)), rows.to_numpy()))

        with new_folder(folder, kind="dataset") as new:
            write_subset(dataset, new, keeps, LEFT_OUT)
    return CounterfactualDataset.open(folder)
