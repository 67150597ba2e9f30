"""What is evaluated: examples and their pairs as columns, and a model's scores for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.report import OVERALL, DataSummary

GROUP = "group"
TERM = "term"
MAX_SLICE_VALUES = 200  # beyond it a report cannot be read; the column is hardly a grouping
PREDICTION, COUNTERFACTUAL_PREDICTION = "prediction", "counterfactual_prediction"
LABEL, WEIGHT = "label", "weight"
SCORE_COLUMNS = (PREDICTION, COUNTERFACTUAL_PREDICTION, LABEL, WEIGHT)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Every example of the data, with or without a pair.

    Attributes:
        ids: Strings, shape (n,).
        labels: In [0, 1], NaN where unlabelled, shape (n,).
        weights: At least 0, shape (n,).
        slices: Strings by slice column, null where the example is in none of its slices.
    """

    ids: pa.Array
    labels: Floats
    weights: Floats
    slices: Mapping[str, pa.Array]


@dataclass(frozen=True)
class Pairs:
    """Every pair of the data.

    Attributes:
        example: Row of the example that the pair comes from, ascending, shape (m,).
        terms: Lists of strings, shape (m,), or None where they are not known.
        groups: Lists of strings, shape (m,), or None where they are not known.
        originals: Strings, shape (m,), or None where there are scores alone.
        counterfactuals: Strings, shape (m,), or None where there are scores alone.
    """

    example: Rows
    terms: pa.Array | None = None
    groups: pa.Array | None = None
    originals: pa.Array | None = None
    counterfactuals: pa.Array | None = None


@dataclass(frozen=True)
class EvaluationData:
    """Examples and pairs, and how to name them in a report."""

    examples: Examples
    pairs: Pairs
    summary: DataSummary

    def __post_init__(self) -> None:
        for column, values in self.examples.slices.items():
            found = len(values.unique())
            if found > MAX_SLICE_VALUES:
                raise ConfigurationError(
                    f"the slice column {column!r} has {found} different values",
                    where="--slice-column",
                    expected=f"at most {MAX_SLICE_VALUES}",
                    remedy="leave the column out, or group its values first",
                )

    @property
    def weighted(self) -> bool:
        """Whether any example counts more or less than one."""
        return self.summary.weighted

    @cached_property
    def slices(self) -> list[Slice]:
        """Every slice that holds an example: overall, then by column, group and term."""
        n, m = len(self.examples.ids), len(self.pairs.example)
        found = [Slice(OVERALL, np.arange(n), np.arange(m))]
        for column, values in self.examples.slices.items():
            pair_values = values.take(pa.array(self.pairs.example))
            pairs_by_value = _rows_by_value(pair_values)
            found += [
                Slice(f"{column}={value}", rows, pairs_by_value.get(value, np.arange(0)))
                for value, rows in sorted(_rows_by_value(values).items())
            ]
        for column, lists in ((GROUP, self.pairs.groups), (TERM, self.pairs.terms)):
            if lists is not None:
                found += [
                    Slice(f"{column}={value}", np.unique(self.pairs.example[rows]), rows)
                    for value, rows in sorted(_rows_by_value(lists).items())
                ]
        return found

    def gather_by_example(self, lists: pa.Array) -> pa.Array:
        """Return the pairs' lists, such as their terms, as one list for each example."""
        owners = self.pairs.example[pc.list_parent_indices(lists).to_numpy()]
        offsets = np.searchsorted(owners, np.arange(len(self.examples.ids) + 1))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pc.list_flatten(lists))


@dataclass(frozen=True)
class Slice:
    """Rows of the examples and of the pairs that are in one slice."""

    name: str
    examples: Rows
    pairs: Rows


@dataclass(frozen=True)
class ModelScores:
    """One model's scores, each in [0, 1].

    Attributes:
        name: What to call the model.
        sha256: Digest of the model, if it is known.
        examples: Scores of the examples, shape (n,).
        originals: Scores of the pairs' originals, shape (m,).
        counterfactuals: Scores of the pairs' counterfactuals, shape (m,).
    """

    name: str
    sha256: str | None
    examples: Floats
    originals: Floats
    counterfactuals: Floats


def check_slice_columns(columns: Sequence[str], reserved: Sequence[str]) -> tuple[str, ...]:
    """Return the slice columns, each once.

    Raises:
        ConfigurationError: One has a name that a report uses for something else, or an equals
            sign, with which slices could not be told apart by their names.
    """
    for column in columns:
        if column in reserved or "=" in column:
            raise ConfigurationError(
                f"a slice column cannot be called {column!r} in a report",
                where="--slice-column",
                remedy="rename the column, or name the slice columns to use",
            )
    return tuple(dict.fromkeys(columns))


def _rows_by_value(values: pa.Array) -> dict[str, Rows]:
    """Return the rows that hold each value of a string column, or of a column of string lists."""
    if pa.types.is_list(values.type):
        rows = pc.list_parent_indices(values).to_numpy().astype(np.int64)
        values = pc.list_flatten(values)
    else:
        rows = np.arange(len(values))
    encoded = values.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
    return {
        value: np.unique(rows[order[starts[code] : starts[code + 1]]])
        for code, value in enumerate(encoded.dictionary.to_pylist())
    }
