"""Reads scores that were made elsewhere, for `evenhand.evaluation.evaluate_predictions`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.records import NumberedRows
from evenhand.data.formats.sources import in_dialect, input_file
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import column_names, read_converted, unit_of
from evenhand.data.reading.several_values import as_lists
from evenhand.data.storage.files import sha256_of
from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.inputs.repeated_examples import (
    RepeatedExamples,
    check_agreement,
    find_examples,
)
from evenhand.evaluation.inputs.score_columns import EXAMPLE, ID, ScoreColumns
from evenhand.evaluation.inputs.slice_columns import SliceColumn, columns_of
from evenhand.evaluation.inputs.tables import (
    COUNTERFACTUAL_PREDICTION,
    GROUP,
    LABEL,
    PREDICTION,
    SCORE_COLUMNS,
    TERM,
    WEIGHT,
    ClassLabels,
    DecidedTexts,
    EvaluationData,
    Examples,
    ModelScores,
    Pairs,
    check_slice_columns,
    coded,
)
from evenhand.evaluation.reports.report import DataSummary
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.outputs.decisions import decisions
from evenhand.remediation.outputs.margins import margins
from evenhand.remediation.outputs.meaning import read_outputs

NAMEABLE = PREDICTION, COUNTERFACTUAL_PREDICTION, LABEL, ID
_PLAIN = ModelOptions()
_ROUNDING = 1e-3  # of the sum of probabilities that were written with few digits


def read_predictions(
    path: str | Path,
    *,
    slice_columns: Sequence[str] = (),
    slice_separator: str | None = None,
    dialect: Dialect | None = None,
    positive_labels: Sequence[str] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    options: ModelOptions = _PLAIN,
) -> tuple[EvaluationData, ModelScores]:
    """Read a file of scores; every row is a pair.

    Rows with the same value in the column `example` are pairs of one example; without that column,
    rows with the same `id`. Any other row is an example of its own.

    Scores of several classes, of which a text has one, stand in columns `prediction_0`,
    `prediction_1` and so on, and `counterfactual_prediction_0` likewise. Labels are then numbers of
    classes. Of two classes the second one's score is the score.

    Args:
        path: A CSV, JSONL or Parquet file with the columns `prediction` and
            `counterfactual_prediction`, and optionally `example`, `id`, `label` (null or empty if
            unlabelled) and `weight`.
        slice_columns: Columns to slice by, written as `slice_column` takes them. A null or empty
            value is in no slice. `group` and `term` belong to pairs, any other column to examples.
        slice_separator: What separates the values in a string of a slice column: a row is in the
            slice of each. Lists are taken as they are.
        dialect: How the file is written, if it is text.
        positive_labels: The labels that count as 1, if they are not numbers from 0 to 1; there must
            then be a column `label`.
        names: What the file calls a column of `NAMEABLE`, if it is not that.
        options: Only `logits` and `probabilities` are used: they say what the predictions are. The
            score of a logit is its sigmoid.

    Raises:
        InputError: The file cannot be read, lacks a column or has no rows; a prediction or a label
            is not a number in [0, 1] (logits may be any number); scores of classes do not sum to 1;
            a label is no number of a class; a weight is not a number of at least 0; rows of one
            example differ in a value that belongs to the example; an id occurs twice although there
            is a column `example`.
        ConfigurationError: A slice column cannot be used, two columns have one name, or positive
            labels are named beside scores of more than two classes.
    """
    _check_names(names)
    (file,) = in_dialect([input_file(path)], dialect or Dialect())
    there = column_names(file)
    classes = _count_classes(names.get(PREDICTION, PREDICTION), there)
    sides = [
        [f"{side}_{number}" for number in range(classes)] or [side]
        for side in (PREDICTION, COUNTERFACTUAL_PREDICTION)
    ]
    own = {
        f"{side}_{number}": f"{names.get(side, side)}_{number}"
        for side in (PREDICTION, COUNTERFACTUAL_PREDICTION)
        for number in range(classes)
    }
    names = {**names, **own}
    by_class = classes > 2
    if by_class and positive_labels:
        raise ConfigurationError(
            f"the scores are of {classes} classes, whose labels are their numbers",
            where="`positive_labels`",
            remedy="leave it out",
        )
    sliced = check_slice_columns(
        slice_columns, there, reserved=(*SCORE_COLUMNS, EXAMPLE, *names.values())
    )
    check_uncrossed(sliced)
    positive = PositiveLabels(positive_labels) if positive_labels else None
    asked_for = {*names, *([LABEL] if positive is not None else [])}  # the reader may miss these
    optional = [name for name in (EXAMPLE, ID, LABEL, WEIGHT) if name in asked_for | set(there)]
    wanted = [*sides[0], *sides[1], *optional, *columns_of(sliced)]
    columns = ScoreColumns(
        [names.get(name, name) for name in wanted],
        roles={own: name for name, own in names.items()},
        where=str(path),
        unit=unit_of(file),
        bad_rows=BadRows(remedy="mend the row, or leave it out of the file"),
        encoding=file.dialect.encoding,
        are_logits=options.logits,
        positive=positive,
        classes=classes if by_class else 2,
        separator=slice_separator,
    )
    numbered = list(read_converted(file, columns))
    if positive is not None:
        positive.check_all_occur(names.get(LABEL, LABEL), where=str(path))
    batches = [rows.batch for rows in numbered]

    def floats(column: str, default: float) -> Floats:
        if column not in wanted:
            return np.full(sum(batch.num_rows for batch in batches), default)
        return np.concatenate([batch.column(column).to_numpy() for batch in batches])

    given = np.concatenate(
        [np.stack([floats(name, np.nan) for name in side], axis=1) for side in sides]
    )
    reading = read_outputs(
        given,
        logits=options.logits,
        probabilities=options.probabilities,
        activation="softmax",
        where=str(path),
    )
    said = reading.probabilities(given)
    if classes and (wrong := ~np.isclose(said.sum(axis=1), 1, atol=_ROUNDING)).any():
        row = np.concatenate([np.asarray(rows.numbers) for rows in numbered])
        raise InputError(
            f"the scores of the {classes} classes sum to {said[wrong][0].sum():.4g}",
            where=columns.place_of(row[np.flatnonzero(wrong)[0] % len(row)]),
            expected="probabilities of classes, of which a text has one, which sum to 1",
            remedy="give `logits` if they are logits; of labels, of which a text may have any, "
            "give a file for each",
        )
    decided = decisions(said) if by_class else None
    if decided is None:
        predictions, counterfactuals = np.split(said[:, -1], 2)
    else:
        on_originals = np.split(decided, 2)[0]
        predictions, counterfactuals = (margins(side, on_originals) for side in np.split(said, 2))
    labels, weights = floats(LABEL, np.nan), floats(WEIGHT, 1.0)
    row_numbers = pa.array(np.arange(len(predictions))).cast(pa.string())
    ids = {
        name: pa.concat_arrays([batch.column(name) for batch in batches])
        for name in (EXAMPLE, ID)
        if name in wanted
    }
    if len(ids) == 2:
        _check_each_once(ids[ID], numbered, columns)
    keys = next(iter(ids.values()), row_numbers)
    found = find_examples(keys)
    parts = {name: coded(batch.column(name) for batch in batches) for name in columns_of(sliced)}
    slices = {column.name: column.values(parts) for column in sliced}
    numbers = np.concatenate([np.asarray(rows.numbers) for rows in numbered])
    of_pairs = {
        name: as_lists(slices.pop(name)).take(pa.array(found.order))
        for name in (GROUP, TERM)
        if name in slices
    }
    check_agreement(
        found,
        keys,
        {PREDICTION: pa.array(predictions), LABEL: pa.array(labels), WEIGHT: pa.array(weights)}
        | slices,
        lambda row: columns.place_of(numbers[row]),
    )
    first, order = pa.array(found.first), found.order
    of_examples, no_labels = labels[found.first], np.full(len(first), np.nan)
    examples = Examples(
        labels=no_labels if by_class else of_examples,
        classes=ClassLabels(of_examples, classes) if by_class else None,
        weights=weights[found.first],
        slices={name: values.take(first) for name, values in slices.items()},
        ids=pc.coalesce(keys, row_numbers).take(first),
    )
    summary = DataSummary(
        name=file.path.name,
        sha256=sha256_of(file.path),
        examples=len(first),
        labelled=int((~np.isnan(of_examples)).sum()),
        pairs=len(order),
        weighted=bool((weights != 1).any()),
        slice_columns=tuple(slices),
    )
    scores = ModelScores(
        name=file.path.name,
        sha256=None,
        examples=predictions[found.first],
        originals=predictions[order],
        counterfactuals=counterfactuals[order],
        outputs=reading.words,
        by_class=by_class,
        decided=None if decided is None else _decided(decided, found),
    )
    own_ids = pc.coalesce(ids[ID], row_numbers).take(pa.array(order)) if len(ids) == 2 else None
    pairs = Pairs(
        found.example[order], terms=of_pairs.get(TERM), groups=of_pairs.get(GROUP), ids=own_ids
    )
    return EvaluationData(examples, pairs, summary), scores


def read_compared_predictions(
    path: str | Path,
    data: EvaluationData,
    *,
    slice_columns: Sequence[str] = (),
    slice_separator: str | None = None,
    dialect: Dialect | None = None,
    positive_labels: Sequence[str] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    options: ModelOptions = _PLAIN,
) -> ModelScores:
    """Read a second model's scores for rows that `read_predictions` has read for the first.

    Args:
        path: A file as `read_predictions` takes, with the same examples, ids, labels, weights and
            slices. Examples with ids, and pairs with ids of their own, may be in another order.
        data: The data that was read with the first model's scores.
        slice_columns: The same as for the first model.
        slice_separator: The same as for the first model.
        dialect: How the file is written, if it is text.
        positive_labels: The same as for the first model.
        names: The same as for the first model.
        options: The same as for the first model.

    Raises:
        InputError: The file cannot be used, or has other rows.
    """
    other, scores = read_predictions(
        path,
        slice_columns=slice_columns,
        slice_separator=slice_separator,
        dialect=dialect,
        positive_labels=positive_labels,
        names=names,
        options=options,
    )
    other, scores = _in_order_of(data, other, scores)
    ours, theirs = data.examples, other.examples
    counts = [1 if each.classes is None else each.classes.count for each in (ours, theirs)]
    if counts[0] != counts[1]:
        raise InputError(
            f"the scores are of another number of classes than those of {data.summary.name}",
            where=str(path),
        )
    pairs = np.array_equal(data.pairs.example, other.pairs.example)
    if not (pairs and data.pairs.ids == other.pairs.ids and ours.ids == theirs.ids):
        raise _other_rows(path, data, ID)
    same = {
        LABEL: np.array_equal(_labels(ours), _labels(theirs), equal_nan=True),
        WEIGHT: np.array_equal(ours.weights, theirs.weights),
        **{name: _alike(values, theirs.slices[name]) for name, values in ours.slices.items()},
        GROUP: _alike(data.pairs.groups, other.pairs.groups),
        TERM: _alike(data.pairs.terms, other.pairs.terms),
    }
    if not all(same.values()):
        raise _other_rows(path, data, next(name for name, equal in same.items() if not equal))
    return scores


def _in_order_of(
    data: EvaluationData, other: EvaluationData, scores: ModelScores
) -> tuple[EvaluationData, ModelScores]:
    """Return other data, and a model's scores for them, in the order of some data, joined by ids.

    As they are where examples or pairs have no partners: they are not the same then.
    """
    ours, theirs = data.pairs, other.pairs
    if data.examples.ids == other.examples.ids and ours.ids == theirs.ids:
        return other, scores
    examples = _places(data.examples.ids, other.examples.ids)
    if examples is None:
        return other, scores
    place = np.argsort(examples)  # of each of their examples among ours
    pairs: Rows | None = np.argsort(place[theirs.example], kind="stable")  # in the file's order
    if ours.ids is not None and theirs.ids is not None:
        pairs = _places(ours.ids, theirs.ids)
    if pairs is None:
        return other, scores
    rows = pa.array(examples)
    ordered = replace(
        other,
        examples=Examples(
            labels=other.examples.labels[examples],
            classes=other.examples.classes
            and replace(other.examples.classes, numbers=other.examples.classes.numbers[examples]),
            weights=other.examples.weights[examples],
            slices={name: values.take(rows) for name, values in other.examples.slices.items()},
            ids=data.examples.ids,
        ),
        pairs=Pairs(
            place[theirs.example[pairs]],
            terms=_taken(theirs.terms, pairs),
            groups=_taken(theirs.groups, pairs),
            ids=_taken(theirs.ids, pairs),
        ),
    )
    return ordered, replace(
        scores,
        examples=scores.examples[examples],
        originals=scores.originals[pairs],
        counterfactuals=scores.counterfactuals[pairs],
        decided=scores.decided
        and DecidedTexts(
            scores.decided.examples[examples],
            scores.decided.counterfactuals[pairs],
            scores.decided.classes,
        ),
    )


def _labels(examples: Examples) -> Floats:
    return examples.labels if examples.classes is None else examples.classes.numbers


def _decided(decided: Rows, found: RepeatedExamples) -> DecidedTexts:
    """Return what was decided for the rows' originals, then for their counterfactuals."""
    return DecidedTexts(found.first, len(found.order) + found.order, decided)


def _count_classes(name: str, there: Sequence[str]) -> int:
    """Return of how many classes a file has the scores, such as in `p_0` and `p_1`; 0 of none."""
    count = next(number for number in itertools.count() if f"{name}_{number}" not in there)
    return count if count > 1 and name not in there else 0


def _places(ids: pa.Array, others: pa.Array) -> Rows | None:
    """Return where each id stands among others, None if they are not the same ids."""
    found = pc.index_in(ids, others)
    if found.null_count or not len(ids) == len(others) == pc.count_distinct(found).as_py():
        return None
    return np.asarray(found).astype(np.int64)


def _alike(one: pa.Array | None, other: pa.Array | None) -> bool:
    """Tell whether codes of strings, or lists of them, stand for the same strings."""
    if one is None or other is None:
        return one is other
    if pa.types.is_list(one.type):
        lengths = pc.list_value_length(one).equals(pc.list_value_length(other))
        return lengths and _alike(one.flatten(), other.flatten())
    ours, theirs = pa.chunked_array([one, other]).unify_dictionaries().chunks
    return bool(ours.indices.equals(theirs.indices))


def _taken(values: pa.Array | None, rows: Rows) -> pa.Array | None:
    return None if values is None else values.take(pa.array(rows))


def _check_names(names: Mapping[str, str]) -> None:
    """Raise ConfigurationError if a column would be two."""
    used: dict[str, str] = {}
    for name in (*SCORE_COLUMNS, EXAMPLE, ID):
        own = names.get(name, name)
        if own in used:
            raise ConfigurationError(
                f"the column {own!r} would be both {used[own]} and {name}",
                expected="a column for each",
            )
        used[own] = name


def check_uncrossed(sliced: Sequence[SliceColumn]) -> None:
    """Raise ConfigurationError if a column of pairs is crossed or cut into ranges."""
    for column in sliced:
        of_pairs = {GROUP, TERM} & set(columns_of([column]))
        if of_pairs and not column.is_as_it_is:
            raise ConfigurationError(
                f"the slice column {column.name!r} has {' and '.join(sorted(of_pairs))}, which "
                "belongs to pairs, among columns of examples",
                where="`slice_columns`",
                remedy="cross other columns",
            )


def _other_rows(path: str | Path, data: EvaluationData, column: str) -> InputError:
    return InputError(
        f"the rows differ from those of {data.summary.name} in the column {column!r}",
        where=str(path),
        expected="the same rows with another model's scores, in the same order if they have no ids",
    )


def _check_each_once(
    ids: pa.Array, numbered: Sequence[NumberedRows], columns: ScoreColumns
) -> None:
    """Refuse ids that occur twice: a wrong join may have repeated rows."""
    given = np.flatnonzero(ids.is_valid())
    codes = ids.drop_null().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    again = np.setdiff1d(np.arange(codes.size), first)
    if again.size:
        row = int(given[again[0]])
        number = np.concatenate([np.asarray(rows.numbers) for rows in numbered])[row]
        raise InputError(
            f"the id {ids[row].as_py()!r} occurs twice ({again.size} of {len(ids)} rows repeat)",
            where=f"{columns.place_of(number)}, column {ID!r}",
            expected="each id once, beside a column example, or no id column",
        )
