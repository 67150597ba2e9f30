"""Finds the slices that each row of a batch is in.

TFMA's own slicer decides, so that values match as in TFMA's own evaluator, whatever their type. It
is called once for each different combination of values instead of once for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.slicer import slicer_lib

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.arrays import Rows
from evenhand.evaluation.vectorised.arrow_columns import Batch

SliceKey = tuple[tuple[str, Any], ...]

# Each combination of a batch's values has a number, which must fit into an int64.
_MAX_COMBINATIONS = 2**62


class Slicer:
    """Numbers slices in the order in which they are found, and finds the rows that are in them.

    Attributes:
        keys: TFMA's key of each slice found so far; a slice's number is its index here.
    """

    def __init__(self, specs: Sequence[Any]) -> None:
        """Slice by TFMA `SlicingSpec`s."""
        self.keys: list[SliceKey] = []
        self._numbers: dict[SliceKey, int] = {}
        self._specs = [_Spec(spec) for spec in specs]

    def assign(self, batch: Batch) -> tuple[Rows, Rows]:
        """Return each membership of a row in a slice: the slice's number, and the row.

        Both have shape (memberships,) and are in order of slice, then row. A row is in a slice
        at most once, even if several of its values or several slicing specs put it there.
        """
        found = [self._assign_spec(spec, batch) for spec in self._specs]
        memberships = np.unique(np.concatenate(found))
        return np.divmod(memberships, max(batch.rows, 1))

    def _assign_spec(self, spec: _Spec, batch: Batch) -> Rows:
        """Return ``slice * batch.rows + row`` for each membership, in any order, with repeats."""
        rows = np.arange(batch.rows)
        combination = np.zeros(batch.rows, dtype=np.int64)
        values: list[list[Any]] = []
        for name in spec.columns:
            column = batch.coded(name)
            if column is None:
                return np.arange(0)
            if np.prod([len(v) for v in [*values, column.values]], dtype=float) > _MAX_COMBINATIONS:
                raise ConfigurationError(
                    f"the slice columns {', '.join(spec.columns)} have too many values together",
                    where="slicing_specs",
                    expected="columns that group the rows",
                )
            # a row that holds k values in this column becomes k rows
            held = np.diff(column.starts)[rows]
            ends = np.cumsum(held)
            source = np.repeat(np.arange(len(rows)), held)
            within = np.arange(len(source)) - np.repeat(ends - held, held)
            codes = column.codes[column.starts[rows[source]] + within]
            combination = combination[source] * len(column.values) + codes
            rows = rows[source]
            values.append(column.values)
        different, inverse = np.unique(combination, return_inverse=True)
        slices = np.array([self._find(spec, code, values) for code in different], dtype=np.int64)
        numbers = slices[inverse]
        inside = numbers >= 0
        return numbers[inside] * batch.rows + rows[inside]

    def _find(self, spec: _Spec, combination: int, values: list[list[Any]]) -> int:
        """Return the number of the slice that a combination of values is in, -1 for none."""
        chosen = []
        for column_values in reversed(values):
            combination, code = divmod(int(combination), len(column_values))
            chosen.append(column_values[code])
        key = spec.find(tuple(reversed(chosen)))
        if key is None:
            return -1
        if key not in self._numbers:
            self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return self._numbers[key]


class _Spec:
    """One slicing spec, and the slice of each combination of values seen so far."""

    def __init__(self, spec: Any) -> None:
        self.columns = sorted({*spec.feature_keys, *spec.feature_values})
        self._spec = slicer_lib.SingleSliceSpec(spec=spec)
        self._found: dict[tuple[Any, ...], SliceKey | None] = {}

    def find(self, values: tuple[Any, ...]) -> SliceKey | None:
        """Return the key of the slice that one value of each column is in."""
        if values not in self._found:
            features = {
                column: np.array([value], dtype=object if isinstance(value, bytes) else None)
                for column, value in zip(self.columns, values, strict=True)
            }
            # with one value for each column TFMA's slicer gives at most one slice
            keys = slicer_lib.get_slices_for_features_dicts([], features, [self._spec])
            self._found[values] = next(iter(keys), None)
        return self._found[values]


def all_slicing_specs(eval_config: Any) -> list[Any]:
    """Return the slicing specs of an EvalConfig, and those that its cross slices need.

    Raises:
        ConfigurationError: A slice is given in SQL, which is not vectorised.
    """
    specs = list(eval_config.slicing_specs)
    for cross in eval_config.cross_slicing_specs:
        specs += [cross.baseline_spec, *cross.slicing_specs]
    if any(spec.slice_keys_sql for spec in specs):
        raise ConfigurationError(
            "slice_keys_sql is not vectorised",
            where="slicing_specs",
            remedy="slice by feature_keys and feature_values, or use TFMA's own evaluator",
        )
    different: dict[Any, Any] = {slicer_lib.SingleSliceSpec(spec=spec): spec for spec in specs}
    return list(different.values()) or [type(eval_config)().slicing_specs.add()]
