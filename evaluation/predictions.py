"""Reading scores that were made elsewhere: `evaluate flip-rate --predictions FILE`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from evenhand.data.bad_rows import BadRows
from evenhand.data.errors import InputError
from evenhand.data.files import sha256_of
from evenhand.data.json_lines import json_records
from evenhand.data.records import Record, read_records
from evenhand.evaluation.report import DataSummary
from evenhand.evaluation.tables import (
    COUNTERFACTUAL_PREDICTION,
    LABEL,
    PREDICTION,
    SCORE_COLUMNS,
    WEIGHT,
    EvaluationData,
    Examples,
    Floats,
    ModelScores,
    Pairs,
    check_slice_columns,
    coded,
)

ID = "id"


def read_predictions(
    path: str | Path, *, slice_columns: Sequence[str] = ()
) -> tuple[EvaluationData, ModelScores]:
    """Read a file of scores; every row is an example and a pair.

    Args:
        path: A CSV, JSONL or Parquet file with the columns `prediction` and
            `counterfactual_prediction`, and optionally `id`, `label` (null or empty if unlabelled)
            and `weight`.
        slice_columns: Columns to slice by. A null or empty value is in no slice.

    Raises:
        InputError: The file cannot be read, lacks a column or has no rows; a prediction or a label
            is not a number in [0, 1]; a weight is not a number of at least 0; an id occurs twice.
        ConfigurationError: A slice column cannot be used.
    """
    file = Path(path)
    slice_columns = check_slice_columns(slice_columns, reserved=SCORE_COLUMNS)
    table = _read_table(file, slice_columns)
    if not table.num_rows:
        raise InputError("the predictions file has no rows", where=str(file))
    for column in (PREDICTION, COUNTERFACTUAL_PREDICTION, *slice_columns):
        if column not in table.column_names:
            raise InputError(
                f"the predictions file has no column {column!r}",
                where=str(file),
                expected=f"one of its columns: {', '.join(table.column_names)}"
                if column in slice_columns
                else f"the columns {PREDICTION} and {COUNTERFACTUAL_PREDICTION}",
            )
    n = table.num_rows
    rows = np.arange(n, dtype=np.int64)
    predictions = _numbers(table, PREDICTION, file)
    counterfactuals = _numbers(table, COUNTERFACTUAL_PREDICTION, file)
    labels = np.full(n, np.nan)
    if LABEL in table.column_names:
        labels = _numbers(table, LABEL, file, optional=True)
    weights = np.ones(n)
    if WEIGHT in table.column_names:
        weights = _numbers(table, WEIGHT, file, most=np.inf)
    ids = _strings(table, ID, file) if ID in table.column_names else pa.nulls(n, pa.string())
    _check_each_once(ids, file)
    summary = DataSummary(
        name=file.name,
        sha256=sha256_of(file),
        examples=n,
        labelled=int((~np.isnan(labels)).sum()),
        pairs=n,
        weighted=bool((weights != 1).any()),
        slice_columns=slice_columns,
    )
    examples = Examples(
        ids=pc.coalesce(ids, pa.array(rows).cast(pa.string())),
        labels=labels,
        weights=weights,
        slices={column: coded([_strings(table, column, file)]) for column in slice_columns},
    )
    scores = ModelScores(
        name=file.name,
        sha256=None,
        examples=predictions,
        originals=predictions,
        counterfactuals=counterfactuals,
    )
    return EvaluationData(examples, Pairs(example=rows), summary), scores


def read_compared_predictions(
    path: str | Path, data: EvaluationData, *, slice_columns: Sequence[str] = ()
) -> ModelScores:
    """Read a second model's scores for rows that `read_predictions` has read for the first.

    Args:
        path: A file as `read_predictions` takes, with the same ids, labels, weights and slices in
            the same order.
        data: What was read with the first model's scores.
        slice_columns: The same as for the first model.

    Raises:
        InputError: The file cannot be used, or is not about the same rows.
    """
    other, scores = read_predictions(path, slice_columns=slice_columns)
    ours, theirs = data.examples, other.examples
    same = {
        ID: ours.ids == theirs.ids,
        LABEL: np.array_equal(ours.labels, theirs.labels, equal_nan=True),
        WEIGHT: np.array_equal(ours.weights, theirs.weights),
        **{column: values.equals(theirs.slices[column]) for column, values in ours.slices.items()},
    }
    if not all(same.values()):
        raise InputError(
            f"the rows differ from those of {data.summary.name} in the column "
            f"{next(column for column, equal in same.items() if not equal)!r}",
            where=str(path),
            expected="the same rows in the same order, with another model's scores",
        )
    return scores


def _read_table(file: Path, slice_columns: Sequence[str]) -> pa.Table:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise InputError(
            f"the predictions file's kind is not known by its name ({file.suffix or 'no suffix'})",
            where=str(file),
            expected=", ".join(_READERS),
        )
    try:
        table = reader(file, slice_columns)
        table.column_names  # noqa: B018, Arrow decodes them only when they are asked for
        return table
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(
            f"the predictions file cannot be read ({reason})", where=str(file)
        ) from error


def _read_csv(file: Path, slice_columns: Sequence[str]) -> pa.Table:
    strings = dict.fromkeys((ID, *slice_columns), pa.string())
    return pyarrow.csv.read_csv(
        file,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(SCORE_COLUMNS, pa.float64()) | strings,
            null_values=[""],  # a slice may be called "NA" or "None"
            strings_can_be_null=True,
        ),
    )


def _read_jsonl(file: Path, slice_columns: Sequence[str]) -> pa.Table:
    # Not with Arrow's JSON reader: a deeply nested line makes it end the process.
    wanted = list(dict.fromkeys((*SCORE_COLUMNS, ID, *slice_columns)))
    there: set[str] = set()

    def with_every_column(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            there.update(record.values.keys() & wanted)
            yield record._replace(values=dict.fromkeys(wanted) | record.values)

    with file.open("rb") as lines:
        records = with_every_column(json_records(lines, file=file, bad_rows=BadRows()))
        tables = [
            pa.Table.from_batches([rows.batch])
            for rows in read_records(records, wanted, file=file, unit="line")
        ]
    if not tables:
        return pa.table({})
    table = pa.concat_tables(tables, promote_options="permissive")
    return table.select([name for name in wanted if name in there])


def _read_parquet(file: Path, slice_columns: Sequence[str]) -> pa.Table:
    return pyarrow.parquet.ParquetFile(file).read()


_READERS: dict[str, Callable[[Path, Sequence[str]], pa.Table]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}


def _numbers(
    table: pa.Table, column: str, file: Path, *, most: float = 1.0, optional: bool = False
) -> Floats:
    """Return a column as numbers from 0 to `most`; where optional, NaN for what is missing."""
    values = table.column(column)
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        raise InputError(
            f"the column {column!r} holds {values.type}",
            where=str(file),
            expected="numbers",
        )
    numbers = pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy()
    fits = (numbers >= 0) & (numbers <= most) & np.isfinite(numbers)
    wrong = np.flatnonzero(~(fits | np.isnan(numbers)) if optional else ~fits)
    if wrong.size:
        raise InputError(
            f"{column} is {numbers[wrong[0]]:g} ({wrong.size} of {numbers.size} rows are wrong)",
            where=f"{file}, data row {wrong[0] + 1}",
            expected=f"a number from 0 to {most:g}"
            if np.isfinite(most)
            else "a number of at least 0",
        )
    return np.asarray(numbers)


def _check_each_once(ids: pa.Array, file: Path) -> None:
    """Refuse ids that occur twice: rows that were joined wrongly would count twice."""
    given = np.flatnonzero(ids.is_valid())
    codes = ids.drop_null().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    again = np.setdiff1d(np.arange(codes.size), first)
    if again.size:
        row = int(given[again[0]])
        raise InputError(
            f"the id {ids[row].as_py()!r} occurs twice ({again.size} of {len(ids)} rows repeat)",
            where=f"{file}, data row {row + 1}",
            expected="each id once, or no id column",
        )


def _strings(table: pa.Table, column: str, file: Path) -> pa.Array:
    values = table.column(column).combine_chunks()
    if pa.types.is_nested(values.type):
        raise InputError(
            f"the column {column!r} holds {values.type}", where=str(file), expected="single values"
        )
    return values.cast(pa.string())
