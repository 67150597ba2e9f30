"""Cells of a slice column with several values, as lists: a text counts in the slice of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.arrays import Rows


def check_separator(separator: str | None, columns: Sequence[str] | None) -> None:
    """Raise ConfigurationError if a text can separate no values, or there are none to separate.

    Args:
        separator: The text, or None for none.
        columns: The slice columns, or None if they are not known.
    """
    if separator is None:
        return
    if not separator.strip():
        raise ConfigurationError(
            "white space or nothing cannot separate values",
            where="`slice_separator`",
            expected="what stands between the values of a cell, as ; does in gay;black",
        )
    if columns is not None and not columns:
        raise ConfigurationError(
            "there is no slice column whose values could be separated",
            where="`slice_separator`",
            remedy="name the column with `slice_columns`",
        )


def is_of_lists(values: pa.Array) -> bool:
    """Return whether each cell of a column is a list of values."""
    kind = values.type
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def split_cells(strings: pa.Array, separator: str) -> pa.Array:
    """Return the values between separators in each cell, without the white space around them.

    Args:
        strings: Cells of strings, shape (n,).
        separator: What stands between two values.

    Returns:
        Lists of strings, shape (n,); empty for a null.
    """
    lists = pc.split_pattern(strings, separator)
    values = pc.utf8_trim_whitespace(lists.flatten())
    return _lists(pc.list_parent_indices(lists), values, len(lists))


def lists_of_strings(lists: pa.Array) -> pa.Array:
    """Return lists of values of any kind as lists of strings, without nulls; empty for a null."""
    values = lists.flatten().cast(pa.string())
    return _lists(pc.list_parent_indices(lists), values, len(lists))


def as_lists(values: pa.Array) -> pa.Array:
    """Return single values, strings or their codes, as lists of one; empty for a null."""
    if is_of_lists(values):
        return values
    return lists_at(np.arange(len(values)), values, len(values))


def lists_at(holders: Rows, values: pa.Array, count: int) -> pa.Array:
    """Return lists, without nulls, from the list that each value is in, ascending.

    Args:
        holders: The number of each value's list, shape (m,).
        values: The values, shape (m,).
        count: The number of lists.
    """
    there = values.is_valid().to_numpy(zero_copy_only=False)
    sizes = np.bincount(holders[there], minlength=count)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, values.drop_null())


def _lists(holders: pa.Array, strings: pa.Array, count: int) -> pa.Array:
    """Return lists without nulls and empty strings."""
    strings = pc.if_else(pc.equal(strings, ""), None, strings)
    return lists_at(holders.to_numpy(), strings, count)
