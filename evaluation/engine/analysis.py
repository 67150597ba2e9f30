"""Computes metrics by slice from scored examples and pairs, with TFMA, in one Beam pipeline."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, get_args

import apache_beam as beam
import apache_beam.io.gcp.pubsub  # which every read of a pipeline asks for
import numpy as np
import tensorflow_model_analysis as tfma
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from evenhand.data.errors import ConfigurationError
from evenhand.evaluation.engine import tfma_tables
from evenhand.evaluation.engine.result_order import put_in_order
from evenhand.evaluation.engine.table_metrics import (
    EvaluateBatches,
    TableMetrics,
    eval_config,
    merged,
    write_result,
)
from evenhand.evaluation.engine.tfma_tables import EvaluationTables, list_columns
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.report_options import Engine
from evenhand.evaluation.reports.report import OVERALL
from evenhand.evaluation.vectorised import (
    BATCH_ROWS,
    EvaluateTotals,
    ReadParquetBatches,
    SliceTotals,
)
from evenhand.remediation.runtime.imports import log_handlers_kept, unused_held_back

STOCK_BATCH_ROWS = 4096  # TFMA's extractors turn every row of a batch into a dict

CountElsewhere: TypeAlias = Callable[[Sequence[tuple[Path, Any]]], list[list[SliceTotals]]]
"""Gives the totals of each table from other machines: of its Parquet file and EvalConfig."""

TfmaMetrics = dict[str, dict[str, float]]
"""Values by slice name and TFMA's name of the metric; NaN if a metric is undefined."""


def analyse(
    data: EvaluationData,
    scores: ModelScores,
    *,
    thresholds: Sequence[float],
    output: Path,
    engine: Engine = "vectorised",
    pipeline_options: PipelineOptions | None = None,
    count_elsewhere: CountElsewhere | None = None,
) -> TfmaMetrics:
    """Compute every metric of one model with TFMA and write the EvalResult.

    The tables are written to files, which Beam reads a batch at a time: it would copy tables in
    memory several times.

    Args:
        data: The examples and pairs.
        scores: The model's scores for them.
        thresholds: Decision thresholds; one that occurs again is computed once.
        output: Folder for the EvalResult, readable by `tfma.load_eval_result`.
        engine: ``vectorised`` counts whole batches; ``stock`` is TFMA's own evaluator, which gives
            the same values row by row.
        pipeline_options: Name a runner, whose workers have to see the output's parent: the tables
            are there meanwhile. None for this process.
        count_elsewhere: What adds up the tables, in the place of `pipeline_options`' runner; who
            does it has to see the output's parent, too.

    Raises:
        ConfigurationError: There is no such engine, or it is TFMA's and a runner is named.
    """
    if engine not in get_args(Engine):
        raise ConfigurationError(
            f"there is no engine {engine!r}", expected=" or ".join(get_args(Engine))
        )
    if engine == "stock" and pipeline_options is not None:
        raise ConfigurationError(
            "TFMA's own evaluator does not find evenhand's metrics in other processes",
            where="`engine` stock",
            remedy="leave out `engine` or the options of the pipeline",
        )
    thresholds = list(dict.fromkeys(thresholds))
    slices = [*data.examples.slices, *list_columns(data.pairs)]
    tables = EvaluationTables(data, scores)
    metrics = TableMetrics.at(thresholds)
    runs = [
        (table, eval_config(of_table, slices, table.make_rows(0, 0).column_names))
        for table, of_table in (
            (tables.pairs, metrics.pairs),
            (tables.examples, metrics.examples),
            (tables.labelled, metrics.labelled),
        )
        if table is not tables.labelled or not np.isnan(data.examples.labels).all()
    ]
    batch_rows = BATCH_ROWS if engine == "vectorised" else STOCK_BATCH_ROWS
    if max(table.rows for table, _ in runs) <= tfma_tables.BATCH_ROWS:
        count_elsewhere = None  # one batch is counted sooner here
    is_shared = pipeline_options is not None or count_elsewhere is not None
    with _quiet(), _folder_of_tables(output if is_shared else None) as folder:
        written = [(folder / f"{table.name}.parquet", config) for table, config in runs]
        for (file, _), (table, _) in zip(written, runs, strict=True):
            table.write(file)
        if count_elsewhere is None:
            steps = [
                ReadParquetBatches([file], batch_rows) | EvaluateBatches(config, engine)
                for file, config in written
            ]
        else:
            steps = [
                beam.Create(totals, reshuffle=False) | EvaluateTotals(config)
                for totals, (_, config) in zip(count_elsewhere(written), written, strict=True)
            ]
        with _pipeline(pipeline_options) as pipeline:
            evaluations = [
                pipeline | f"Evaluate_{table.name}" >> step
                for (table, _), step in zip(runs, steps, strict=True)
            ]
            write_result(merged(evaluations), [config for _, config in runs], output)
    put_in_order(output)
    return read_metrics(output)


def read_metrics(folder: Path) -> TfmaMetrics:
    """Read the values of an EvalResult that `analyse` wrote."""
    with _quiet():
        result = tfma.load_eval_result(str(folder))
    return {
        "".join(f"{column}={value}" for column, value in key) or OVERALL: {
            name: float(value["doubleValue"]) for name, value in metrics.items()
        }
        for key, metrics in result.get_metrics_for_all_slices().items()
    }


@contextlib.contextmanager
def _folder_of_tables(output: Path | None) -> Iterator[Path]:
    """Give a temporary folder: beside the output, if others have to see it."""
    parent = None
    if output is not None:
        parent = output.parent
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evenhand-", dir=parent) as folder:
        yield Path(folder)


def _pipeline(pipeline_options: PipelineOptions | None) -> beam.Pipeline:
    if pipeline_options is not None:
        return beam.Pipeline(options=pipeline_options)
    # If no runner is named, Beam may choose one outside of this process.
    return beam.Pipeline(runner=FnApiRunner(), options=_OptionsWithViews(flags=[]))


class _OptionsWithViews(PipelineOptions):  # type: ignore[misc]
    """Options that keep their views: a pipeline of three tables asks for one a thousand times.

    Each new view would parse the flags again.
    """

    def view_as(self, cls: type[PipelineOptions]) -> PipelineOptions:
        views: dict[type[PipelineOptions], PipelineOptions] = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        return views[cls]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide TFMA's deprecation and division warnings: users can do nothing about them.

    Beam asks IPython at every step whether it runs in a notebook, which loads it.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with unused_held_back(), log_handlers_kept(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="tensorflow_model_analysis")
            yield
    finally:
        logger.setLevel(level)
