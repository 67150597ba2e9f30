"""Slice columns that a report makes of the data's: crossed ones, and numbers in ranges.

    gender               a column, as it is
    gender,age           each combination of two
    age:18:65            below 18, from 18 to below 65, from 65
    gender,age:18:65     both

A column whose own name is written so is taken as it is. Where a row has several values in a column,
it is in the slice of each, and in that of each combination.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.reading.several_values import as_lists, is_of_lists, lists_at

CROSS, EDGE = ",", ":"
_WHERE = "`slice_columns`"


@dataclass(frozen=True)
class SlicePart:
    """A column of the data.

    Attributes:
        column: Its name.
        edges: Where its ranges of numbers begin, ascending; empty if its values count as they are.
    """

    column: str
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class SliceColumn:
    """A column of slices in a report.

    Attributes:
        name: As it was asked for, and as the report calls it.
        parts: The columns of the data that are crossed, one or more.
    """

    name: str
    parts: tuple[SlicePart, ...]

    @property
    def is_as_it_is(self) -> bool:
        """Whether it is a column of the data, unchanged."""
        return self.parts == (SlicePart(self.name),)

    def values(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Return the slice of each row, null where a part is null, or the list of its slices.

        Args:
            columns: Strings of each row, or lists of them, as codes, by column of the data.

        Raises:
            InputError: A value is no number, and numbers were asked for.
        """
        if self.is_as_it_is:
            return columns[self.name]
        return reduce(_crossed, (_in_ranges(part, columns[part.column]) for part in self.parts))


def slice_column(name: str, there: Collection[str]) -> SliceColumn:
    """Return what a slice column that a user names is made of.

    Args:
        name: Columns with commas between them, each with the edges of its ranges behind colons.
        there: The columns that the data has: such a name is no more than a column.

    Raises:
        ConfigurationError: An edge is no number, edges do not ascend, or a column is there twice.
    """
    if name in there or not (CROSS in name or EDGE in name):
        return SliceColumn(name, (SlicePart(name),))
    parts = tuple(_part(text.strip(), name, there) for text in name.split(CROSS))
    columns = [part.column for part in parts]
    if "" in columns or len(set(columns)) < len(columns):
        raise ConfigurationError(
            f"the slice column {name!r} names a column twice or not at all",
            where=_WHERE,
            expected="different columns with commas between them",
        )
    return SliceColumn(name, parts)


def columns_of(slices: Iterable[SliceColumn]) -> tuple[str, ...]:
    """Return the columns of the data that some slice columns are made of, each once."""
    return tuple(dict.fromkeys(part.column for slice_ in slices for part in slice_.parts))


def _part(text: str, name: str, there: Collection[str]) -> SlicePart:
    if text in there or EDGE not in text:
        return SlicePart(text)
    column, *written = text.split(EDGE)
    try:
        edges = tuple(map(float, written))
    except ValueError:
        edges = (math.nan,)
    if not all(map(math.isfinite, edges)) or any(one >= other for one, other in pairwise(edges)):
        raise ConfigurationError(
            f"the slice column {name!r} has the edges {EDGE.join(written)!r}",
            where=_WHERE,
            expected="numbers that ascend, as in age:18:65",
        )
    return SlicePart(column.strip(), edges)


def _in_ranges(part: SlicePart, strings: pa.Array) -> pa.Array:
    """Return the range that each number is in, null for none; values as they are without edges."""
    if not part.edges:
        return strings
    if is_of_lists(strings):
        ranges = _in_ranges(part, strings.flatten())
        holders = pc.list_parent_indices(strings).to_numpy()
        return lists_at(holders, ranges, len(strings))
    try:
        numbers = pc.cast(pc.cast(strings, pa.string()), pa.float64())
    except pa.ArrowInvalid as error:
        raise InputError(
            f"a value is no number, so that it is in no range: {error}",
            where=f"the slice column {part.column!r}",
            remedy="leave the edges out, or mend the column",
        ) from error
    first, last = part.edges[0], part.edges[-1]
    names = [
        f"below {first:g}",
        *(f"{one:g} to below {other:g}" for one, other in pairwise(part.edges)),
        f"from {last:g}",
    ]
    found = numbers.to_numpy(zero_copy_only=False)
    codes = np.searchsorted(part.edges, found, side="right").astype(np.int32)
    return _as_codes(codes, np.isnan(found), names)


def _crossed(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return the combination of two columns of strings, null where either is null.

    Of lists it is the list of all combinations of their values.
    """
    if is_of_lists(one) or is_of_lists(other):
        return _crossed_lists(as_lists(one), as_lists(other))
    ours, theirs = (pc.dictionary_encode(pc.cast(column, pa.string())) for column in (one, other))
    left, right = ours.dictionary.to_pylist(), theirs.dictionary.to_pylist()
    is_null = np.asarray(pc.or_(ours.is_null(), theirs.is_null()))
    lefts, rights = (pc.fill_null(codes.indices, 0).to_numpy() for codes in (ours, theirs))
    codes = lefts.astype(np.int64) * len(right) + rights
    there = np.unique(codes[~is_null])  # far fewer than all that there could be
    names = [CROSS.join((left[code // len(right)], right[code % len(right)])) for code in there]
    return _as_codes(np.searchsorted(there, codes).astype(np.int32), is_null, names)


def _crossed_lists(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return each value of a row's first list beside each of its second."""
    of_one, of_other = (pc.list_value_length(lists).to_numpy() for lists in (one, other))
    times = np.repeat(of_other, of_one)  # that each value of the first lists is taken
    lefts = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(lefts)) - np.repeat(np.cumsum(times) - times, times)
    first = np.cumsum(of_other) - of_other  # of each second list
    rights = np.repeat(np.repeat(first, of_one), times) + within
    left, right = one.flatten().take(pa.array(lefts)), other.flatten().take(pa.array(rights))
    offsets = np.concatenate([[0], np.cumsum(of_one * of_other)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), _crossed(left, right))


def _as_codes(
    codes: npt.NDArray[np.int32], is_null: npt.NDArray[np.bool_], names: list[str]
) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=is_null), pa.array(names))
