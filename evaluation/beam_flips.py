"""The evaluation of the scored pairs of a Beam pipeline, with TFMA's metrics."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.beam.row_batches import WHERE, batches, place_of, record_batches, values_of
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.reading.several_values import as_lists
from evenhand.evaluation.inputs.predictions import check_uncrossed
from evenhand.evaluation.inputs.repeated_examples import RepeatedExamples, check_agreement
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
    check_slice_columns,
    coded,
    plain,
)
from evenhand.evaluation.report_options import AUTO, DEFAULT_THRESHOLDS, ReportOptions
from evenhand.remediation.outputs.meaning import read_outputs
from evenhand.remediation.runtime.imports import importing

_LISTS = {GROUP: "groups", TERM: "terms"}  # what belongs to pairs, and the pairs' own column of it
_KEY = "key"  # of the example that a pair is of
_STRINGS = pa.list_(pa.string())


class EvaluateFlips(beam.PTransform):  # type: ignore[misc]
    """Evaluates scored pairs with the metrics, and the numbers, of `evaluate_predictions`.

    A row is a dict of `prediction` and `counterfactual_prediction`, and optionally `example`, `id`,
    `label` (None if unlabelled), `weight` and slice columns, as `Score` makes of pairs. Rows with
    the same `example`, or without that column the same `id`, are pairs of one example; with None
    for it a row is an example of its own.

    The result is a TFMA `Evaluation`: a dict of the PCollections `metrics`, `plots` and
    `attributions`, by slice. The rows have to be bounded, and in the global window.

    Args:
        output: Folder for TFMA's EvalResult, which `tfma.load_eval_result` reads, wherever Beam can
            write; None to write none.
        thresholds: Decision thresholds: a score above one is positive.
        slice_columns: Columns to slice by, each as it is, crossed or in ranges of numbers: see
            `evenhand.evaluation.inputs.slice_columns`. ``"group"`` and ``"term"`` are those of
            pairs: the lists `groups` and `terms` of a row, or the values of these names. A value
            may be a list of values: the row is in the slice of each.
        slice_separator: What separates the values in a string of a slice column, if it has several.
        logits: The predictions are logits; otherwise they are probabilities.

    Raises:
        ConfigurationError: A threshold or a slice column cannot be used.
        InputError: When the pipeline runs: a row lacks a column or holds what cannot be used, or
            rows of one example differ in what belongs to it. The runner's error then ends with this
            one.
    """

    def __init__(
        self,
        *,
        output: str | Path | None = None,
        thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
        slice_columns: Sequence[str] = (),
        slice_separator: str | None = None,
        logits: bool = False,
    ) -> None:
        super().__init__()
        chosen = ReportOptions(
            thresholds=thresholds, slice_columns=slice_columns, slice_separator=slice_separator
        )
        if AUTO in chosen.thresholds:
            raise ConfigurationError(
                "there is no model whose training chose a threshold", where="`thresholds`"
            )
        slices = check_slice_columns(
            chosen.slice_columns or (), there=(), reserved=(*SCORE_COLUMNS, EXAMPLE)
        )
        check_uncrossed(slices)
        self._thresholds = [float(threshold) for threshold in chosen.thresholds]
        self._lists = [column.name for column in slices if column.name in _LISTS]
        self._slices = [column for column in slices if column.name not in _LISTS]
        self._separator, self._logits = slice_separator, logits
        self._output = output

    def expand(self, rows: Any) -> dict[str, Any]:
        """Return a TFMA `Evaluation`."""
        with importing():  # TFMA takes long to import
            from evenhand.evaluation.engine.table_metrics import (
                EvaluateBatches,
                TableMetrics,
                eval_config,
                merged,
                write_result,
            )

        slices = [column.name for column in self._slices]
        checked = (
            rows
            | "Batch" >> batches()
            | "Check"
            >> beam.ParDo(_CheckRows(self._slices, self._lists, self._separator, self._logits))
        )
        examples = (
            checked
            | "Key" >> beam.FlatMap(_by_example).with_output_types(tuple[str, dict[str, Any]])
            | "Group" >> beam.GroupByKey()
            | "Join" >> beam.Map(_joined, slices, self._lists)
            | "BatchExamples" >> batches()
            | "Tabulate" >> beam.Map(_table_of, _schema(slices, self._lists))
        )
        pairs = checked | "Pairs" >> beam.Map(_without, _KEY, LABEL)
        unlabelled = examples | "Examples" >> beam.Map(_without, LABEL)
        labelled = (
            examples
            | "Labelled" >> beam.Map(_labelled)
            | "NotEmpty" >> beam.Filter(lambda batch: batch.num_rows > 0)
        )
        sliced = [*slices, *self._lists]
        metrics = TableMetrics.at(self._thresholds)
        columns = [PREDICTION, COUNTERFACTUAL_PREDICTION, WEIGHT, *sliced]
        configs, evaluations = [], []
        for name, table, of_table, there in (
            ("pairs", pairs, metrics.pairs, columns),
            ("examples", unlabelled, metrics.examples, columns),
            ("labelled", labelled, metrics.labelled, [*columns, LABEL]),
        ):
            configs.append(eval_config(of_table, sliced, there))
            evaluations.append(
                table | f"Evaluate_{name}" >> EvaluateBatches(configs[-1], "vectorised")
            )
        evaluation = merged(evaluations)
        if self._output is not None:
            write_result(evaluation, configs, self._output)
        return evaluation


class _RowScores(ScoreColumns):
    """The columns of rows, which errors name by their ids."""

    def __init__(
        self,
        rows: Sequence[Any],
        inputs: Sequence[str],
        *,
        are_logits: bool,
        separator: str | None,
    ) -> None:
        super().__init__(
            inputs,
            roles={},
            where=WHERE,
            unit="row",
            bad_rows=BadRows(remedy="mend the row"),
            are_logits=are_logits,
            positive=None,
            separator=separator,
        )
        self._rows = rows

    def place_of(self, number: int) -> str:
        """Return which row this is."""
        return place_of(self._rows[number - 1], ID, "original")


class _CheckRows(beam.DoFn):  # type: ignore[misc]
    """Makes a table of a list of rows, with the key of each row's example."""

    def __init__(
        self,
        slices: Sequence[SliceColumn],
        lists: Sequence[str],
        separator: str | None,
        are_logits: bool,
    ) -> None:
        super().__init__()
        self._slices, self._lists = slices, lists
        self._separator, self._are_logits = separator, are_logits

    def process(self, rows: list[Any]) -> Iterator[pa.RecordBatch]:
        there = [PREDICTION, COUNTERFACTUAL_PREDICTION, *columns_of(self._slices)]
        values = [values_of(row, there) for row in rows]
        for row, own in zip(rows, values, strict=True):
            own |= {LABEL: row.get(LABEL), WEIGHT: row.get(WEIGHT, 1.0)}
            own[ID] = row[EXAMPLE] if EXAMPLE in row else row.get(ID)
        have_keys = any(own[ID] is not None for own in values)
        inputs = [*there, LABEL, WEIGHT, *([ID] if have_keys else [])]
        columns = _RowScores(rows, inputs, are_logits=self._are_logits, separator=self._separator)
        [(batch, _)] = record_batches(values, columns)
        given = np.stack([batch.column(name).to_numpy() for name in there[:2]])
        reading = read_outputs(
            given.ravel(),
            logits=self._are_logits,
            probabilities=not self._are_logits,
            where=WHERE,
        )
        predictions, counterfactuals = reading.probabilities(given.ravel()).reshape(given.shape)
        parts = {name: coded([batch.column(name)]) for name in columns_of(self._slices)}
        yield pa.RecordBatch.from_pydict(
            {
                _KEY: batch.column(ID) if have_keys else pa.nulls(len(rows), pa.string()),
                PREDICTION: predictions,
                COUNTERFACTUAL_PREDICTION: counterfactuals,
                LABEL: batch.column(LABEL),
                WEIGHT: batch.column(WEIGHT),
                **{each.name: plain(as_lists(each.values(parts))) for each in self._slices},
                **{
                    name: pa.array([_list_of(row, name) for row in rows], _STRINGS)
                    for name in self._lists
                },
            }
        )


def _list_of(row: Mapping[str, Any], name: str) -> list[str]:
    """Return the groups or terms of a pair."""
    if _LISTS[name] in row:
        return [str(value) for value in row[_LISTS[name]] or ()]
    value = values_of(row, [name])[name]
    return [] if value in (None, "") else [str(value)]


def _by_example(batch: pa.RecordBatch) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in batch.to_pylist():
        key = row.pop(_KEY)
        yield (f"row {uuid.uuid4()}" if key is None else f"example {key}"), row


def _joined(
    example: tuple[str, Iterable[dict[str, Any]]], slices: Sequence[str], lists: Sequence[str]
) -> dict[str, Any]:
    """Return an example, with the counterfactuals of all of its pairs."""
    key, pairs = example[0], list(example[1])
    if len(pairs) > 1:
        _check_agreement(key, pairs, slices)
    joined = {name: list(chain.from_iterable(pair[name] for pair in pairs)) for name in lists}
    joined[COUNTERFACTUAL_PREDICTION] = [pair[COUNTERFACTUAL_PREDICTION] for pair in pairs]
    return pairs[0] | joined


def _check_agreement(key: str, pairs: list[dict[str, Any]], slices: Sequence[str]) -> None:
    rows = np.arange(len(pairs))
    columns = {
        name: pa.array([pair[name] for pair in pairs]) for name in (PREDICTION, LABEL, WEIGHT)
    }
    for name in slices:
        columns[name] = coded([pa.array([pair[name] for pair in pairs], _STRINGS)])
    check_agreement(
        RepeatedExamples(np.zeros_like(rows), rows[:1], rows),
        pa.array([key.partition(" ")[2]] * len(pairs)),
        columns,
        lambda row: f"the pair with the score {pairs[row][COUNTERFACTUAL_PREDICTION]}",
    )


def _schema(slices: Sequence[str], lists: Sequence[str]) -> pa.Schema:
    number = pa.float64()
    return pa.schema(
        [
            (PREDICTION, number),
            (COUNTERFACTUAL_PREDICTION, pa.list_(number)),
            (LABEL, number),
            (WEIGHT, number),
            *((name, _STRINGS) for name in (*slices, *lists)),
        ]
    )


def _table_of(examples: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(examples, schema)


def _without(batch: pa.RecordBatch, *columns: str) -> pa.RecordBatch:
    return batch.select([name for name in batch.schema.names if name not in columns])


def _labelled(examples: pa.RecordBatch) -> pa.RecordBatch:
    """Return the examples that have a label, without their counterfactuals."""
    has_label = pc.invert(pc.is_nan(examples.column(LABEL)))
    return _without(examples.filter(has_label), COUNTERFACTUAL_PREDICTION)
