"""Finds the rows of a file of scores that are of one example (a text with several pairs)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import InputError
from evenhand.data.reading.several_values import is_of_lists
from evenhand.data.support.arrays import Flags, Rows
from evenhand.evaluation.inputs.tables import PREDICTION

# In float32, rounding may give a text slightly different scores in two batches.
SAME_SCORE = 1e-5


@dataclass(frozen=True)
class RepeatedExamples:
    """Examples of a file, in the order in which they first occur.

    Attributes:
        example: The example of each row, shape (m,).
        first: The first row of each example, ascending, shape (n,).
        order: The rows sorted by example, then in the file's order, shape (m,).
    """

    example: Rows
    first: Rows
    order: Rows


def find_examples(keys: pa.Array) -> RepeatedExamples:
    """Return the examples that rows belong to; a null key is an example of its own."""
    codes = keys.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.float64)
    alone = np.isnan(codes)
    codes[alone] = -1 - np.arange(np.count_nonzero(alone))
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    example = rank[which]
    return RepeatedExamples(example, np.sort(first), np.argsort(example, kind="stable"))


def check_agreement(
    found: RepeatedExamples,
    keys: pa.Array,
    columns: Mapping[str, pa.Array],
    place_of_row: Callable[[int], str],
) -> None:
    """Refuse rows of one example that differ in what belongs to the example.

    Args:
        found: The examples.
        keys: The name of each row's example, shape (m,).
        columns: The columns that belong to examples, by name: numbers, strings as codes, or lists
            of these.
        place_of_row: Returns the place of a row in words.

    Raises:
        InputError: Two rows of an example differ in one of the columns.
    """
    if len(found.first) == len(found.example):
        return
    for name, column in columns.items():
        if is_of_lists(column):
            differ = _differing_lists(column, found)
        else:
            values = _numbers(column)
            theirs = values[found.first][found.example]
            differ = values != theirs
            if name == PREDICTION:
                differ = np.abs(values - theirs) > SAME_SCORE
            differ &= ~((values != values) & (theirs != theirs))  # both without a label
        if differ.any():
            row = int(np.flatnonzero(differ)[0])
            first = int(found.first[found.example[row]])
            raise InputError(
                f"rows of the example {keys[row].as_py()!r} differ in the column {name!r}: "
                f"{column[first].as_py()!r} and {column[row].as_py()!r}",
                where=f"{place_of_row(first)} and {place_of_row(row)}",
                expected=f"one {name} in all rows of an example, which are its counterfactuals",
                remedy="give rows of different texts different ids",
            )


def _numbers(values: pa.Array) -> npt.NDArray[Any]:
    """Return numbers as they are, and codes as numbers, -1 for null."""
    if pa.types.is_dictionary(values.type):
        values = pc.fill_null(values.indices, -1)
    return np.asarray(values.to_numpy())


def _differing_lists(lists: pa.Array, found: RepeatedExamples) -> Flags:
    """Return which rows have another list than the first row of their example."""
    theirs = lists.take(pa.array(found.first[found.example]))
    lengths, others = (
        pc.list_value_length(each).fill_null(0).to_numpy() for each in (lists, theirs)
    )
    differ = np.asarray(lengths != others)
    alike = pa.array(~differ)
    ours, theirs = lists.filter(alike), theirs.filter(alike)
    holders = pc.list_parent_indices(ours).to_numpy()
    unlike = _numbers(ours.flatten()) != _numbers(theirs.flatten())
    differ[np.flatnonzero(alike)[holders[unlike]]] = True
    return differ
