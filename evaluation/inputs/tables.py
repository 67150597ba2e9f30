"""Columns of what is evaluated: examples, their pairs, and a model's scores for them.

Memory grows by a few bytes per row, however long the texts: numbers are arrays, slices and terms
are codes, and the texts and ids of a dataset stay in its files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.reading.several_values import is_of_lists
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.slice_columns import SliceColumn, columns_of, slice_column
from evenhand.evaluation.reports.report import OVERALL, DataSummary

GROUP = "group"
TERM = "term"
MAX_SLICE_VALUES = 200  # with more, nobody could read the report
LEAST_WEIGHT = 1e-120  # of the heaviest row, so that squares of it and of sums do not underflow
PREDICTION, COUNTERFACTUAL_PREDICTION = "prediction", "counterfactual_prediction"
LABEL, WEIGHT = "label", "weight"
SCORE_COLUMNS = (PREDICTION, COUNTERFACTUAL_PREDICTION, LABEL, WEIGHT)


@dataclass(frozen=True)
class ClassLabels:
    """Labels that are numbers of classes, of which a text has one.

    Attributes:
        numbers: From 0, NaN where unlabelled, shape (n,).
        count: The number of classes.
    """

    numbers: Floats
    count: int


@dataclass(frozen=True)
class Examples:
    """Every example of the data, with or without a pair.

    Attributes:
        labels: In [0, 1], NaN where unlabelled, shape (n,).
        weights: At least 0, shape (n,).
        slices: Strings by slice column, or lists of strings where an example may be in several of
            the column's slices, preferably as codes (`coded`); null or empty if it is in none.
        ids: Strings, shape (n,), or None if the data's source has them.
        classes: Labels of classes, for models that decide for one of them; `labels` are then NaN.
    """

    labels: Floats
    weights: Floats
    slices: Mapping[str, pa.Array]
    ids: pa.Array | None = None
    classes: ClassLabels | None = None


@dataclass(frozen=True)
class Pairs:
    """Every pair of the data.

    Attributes:
        example: Row of the example that the pair comes from, ascending, shape (m,).
        terms: Lists of strings, preferably as codes, shape (m,), or None if they are not known.
        groups: Lists of strings, preferably as codes, shape (m,), or None if they are not known.
        ids: Strings, shape (m,), or None if pairs have their examples' ids.
        controls: Row of the pair that each control pair is for, ascending, shape (k,), or None if
            there are no control pairs.
    """

    example: Rows
    terms: pa.Array | None = None
    groups: pa.Array | None = None
    ids: pa.Array | None = None
    controls: Rows | None = None


@dataclass(frozen=True)
class PairDetails:
    """What a report shows of a single pair, beside its scores.

    Attributes:
        id: The example's id.
        original: The example's text, or None if there are only scores.
        counterfactual: The counterfactual, or None if there are only scores.
        terms: The identity terms in the original.
        groups: The groups of these terms.
    """

    id: str
    original: str | None = None
    counterfactual: str | None = None
    terms: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class PairSource(Protocol):
    """Looks up single pairs."""

    def details(self, pairs: Sequence[int]) -> list[PairDetails]:
        """Return the details of these pairs, by their rows, in their order."""


@dataclass(frozen=True)
class EvaluationData:
    """Examples and pairs, and how to name them in a report.

    Attributes:
        examples: The examples.
        pairs: The pairs.
        summary: What a report says about them.
        source: Where the pairs' texts and ids are, or None if there are only scores.
    """

    examples: Examples
    pairs: Pairs
    summary: DataSummary
    source: PairSource | None = None

    def __post_init__(self) -> None:
        self._check_weights()
        for column, values in self.examples.slices.items():
            single = values.flatten() if is_of_lists(values) else values
            found = len(single.unique().drop_null())  # a null is in no slice
            if found > MAX_SLICE_VALUES:
                raise ConfigurationError(
                    f"the slice column {column!r} has {found} different values",
                    where="`slice_columns`",
                    expected=f"at most {MAX_SLICE_VALUES}",
                    remedy="leave the column out, or group its values first",
                )

    def _check_weights(self) -> None:
        """Refuse weights whose sums or squares overflow or underflow in float64."""
        heaviest = float(self.examples.weights.max(initial=0))
        least, most = LEAST_WEIGHT, 1 / LEAST_WEIGHT
        if heaviest > 0 and not least <= heaviest <= most:
            raise InputError(
                f"weights such as {heaviest:g} cannot be added up and squared",
                where=f"{self.summary.name}, column {WEIGHT!r}",
                expected=f"the largest weight to be 0, or from {least:g} to {most:g}",
                remedy="divide all weights by the largest one: only their ratios count",
            )

    @property
    def is_weighted(self) -> bool:
        """Whether any example counts more or less than one."""
        return self.summary.weighted

    @cached_property
    def positives(self) -> Floats:
        """Weight of each example as a positive, 0 where unlabelled, shape (n,)."""
        return self.examples.weights * np.nan_to_num(self.examples.labels)

    @cached_property
    def negatives(self) -> Floats:
        """Weight of each example as a negative, 0 where unlabelled, shape (n,)."""
        unlabelled = np.isnan(self.examples.labels)
        return np.where(unlabelled, 0, self.examples.weights - self.positives)

    def slices(self) -> Iterator[Slice]:
        """Yield every slice with at least one example: overall, then by column, group and term.

        Each is found only when it is needed: the rows of all slices would take much memory.
        """
        example = self.pairs.example
        yield Slice(OVERALL, np.arange(len(self.examples.labels)), np.arange(len(example)))
        for column, strings in self.examples.slices.items():
            values, codes, holders = _members(strings)
            for value, code in values:
                inside = np.zeros(len(self.examples.labels), dtype=bool)
                inside[holders[codes == code]] = True
                pairs = np.flatnonzero(inside[example])
                yield Slice(f"{column}={value}", np.flatnonzero(inside), pairs)
        for column, lists in ((GROUP, self.pairs.groups), (TERM, self.pairs.terms)):
            if lists is None:
                continue
            values, codes, holders = _members(lists)
            for value, code in values:
                pairs = np.unique(holders[codes == code])
                yield Slice(f"{column}={value}", np.unique(example[pairs]), pairs)

    def evidence(self) -> Iterator[Slice]:
        """Yield the `slices` without rows of weight 0, which are no evidence."""
        weights = self.examples.weights
        for slice_ in self.slices():
            if not self.is_weighted:
                yield slice_
                continue
            pairs = slice_.pairs[weights[self.pairs.example[slice_.pairs]] > 0]
            yield Slice(slice_.name, slice_.examples[weights[slice_.examples] > 0], pairs)

    def details(self, pairs: Sequence[int]) -> list[PairDetails]:
        """Return what a report shows of these pairs, by their rows."""
        if self.source is not None:
            return self.source.details(pairs)
        if self.pairs.ids is not None:
            return [PairDetails(self.pairs.ids[row].as_py()) for row in pairs]
        ids = self.examples.ids
        rows = self.pairs.example[list(pairs)].tolist()
        return [PairDetails(str(row) if ids is None else ids[row].as_py()) for row in rows]


@dataclass(frozen=True)
class Slice:
    """Rows of the examples and of the pairs that are in one slice."""

    name: str
    examples: Rows
    pairs: Rows


@dataclass(frozen=True)
class DecidedTexts:
    """Numbers of the different texts that a model decided; a text may occur in several places.

    Attributes:
        examples: The number of each example's text, shape (n,).
        counterfactuals: The number of each pair's counterfactual, shape (m,).
        classes: The class that was decided for each text, by text number; None if scores decide.
    """

    examples: Rows
    counterfactuals: Rows
    classes: Rows | None = None


@dataclass(frozen=True)
class ModelScores:
    """One model's scores, each in [0, 1].

    Attributes:
        name: The model's name in the report.
        sha256: Digest of the model, or None if it is not known.
        examples: Scores of the examples, shape (n,).
        originals: Scores of the pairs' originals, shape (m,).
        counterfactuals: Scores of the pairs' counterfactuals, shape (m,).
        by_class: Whether decisions are for the most probable of several classes: the scores are
            then margins, see `evenhand.remediation.outputs.margins`.
        outputs: What the model's outputs were taken to be, in words.
        decided: The different texts and what was decided for them. None if every original and
            every counterfactual counts as a text of its own and its score decides.
        controls: Scores of the control pairs' counterfactuals, shape (k,); empty without any.
    """

    name: str
    sha256: str | None
    examples: Floats
    originals: Floats
    counterfactuals: Floats
    by_class: bool = False
    outputs: str | None = None
    decided: DecidedTexts | None = None
    controls: Floats = field(default_factory=lambda: np.zeros(0))


def check_slice_columns(
    names: Sequence[str], there: Collection[str], reserved: Sequence[str]
) -> tuple[SliceColumn, ...]:
    """Return the slice columns that a user names, each once.

    Args:
        names: The names.
        there: The columns of the data.
        reserved: Names that a report uses for something else.

    Raises:
        ConfigurationError: A column has a reserved name, or one with an equals sign, which would
            make slice names ambiguous; or it is not written as `slice_column` takes it.
    """
    chosen = tuple(slice_column(name, there) for name in dict.fromkeys(names))
    for name in (*columns_of(chosen), *names):
        if name in reserved or "=" in name:
            raise ConfigurationError(
                f"a slice column cannot be called {name!r} in a report",
                where="`slice_columns`",
                remedy="rename the column, or name the slice columns to use",
            )
    return chosen


def coded(parts: Iterable[pa.Array]) -> pa.Array:
    """Return parts of a column of strings, or of lists of strings, as one array of codes."""
    encoded = pa.chunked_array([_encoded(part) for part in parts])
    return encoded.unify_dictionaries().combine_chunks()


def _encoded(values: pa.Array) -> pa.Array:
    if pa.types.is_list(values.type):
        items = values.flatten().dictionary_encode()
        offsets = values.offsets.to_numpy()
        return pa.ListArray.from_arrays(pa.array(offsets - offsets[0], pa.int32()), items)
    return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()


def _members(strings: pa.Array) -> tuple[list[tuple[str, int]], npt.NDArray[np.int32], Rows]:
    """Return the values of strings, or of lists of them, in order, each with its code.

    Beside them stand the code of each member, -1 for null, and the row that it is in.
    """
    holders: Rows = np.arange(len(strings))
    if is_of_lists(strings):
        holders = pc.list_parent_indices(strings).to_numpy().astype(np.int64)
        strings = strings.flatten()
    encoded = _encoded(strings)
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    values = encoded.dictionary.to_pylist()
    return sorted(zip(values, range(len(values)), strict=True)), codes, holders


def plain(values: pa.Array) -> pa.Array:
    """Return codes, or lists of codes, as the strings that they stand for."""
    if pa.types.is_list(values.type):
        items = values.flatten()
        offsets = values.offsets.to_numpy()
        return pa.ListArray.from_arrays(pa.array(offsets - offsets[0]), items.cast(pa.string()))
    return values.cast(pa.string())
