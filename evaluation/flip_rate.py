"""Flip-rate evaluation of one model, or of a candidate beside a baseline, from data to report."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from evenhand.data.building.build import dataset_of
from evenhand.data.cluster.spark_session import spark_session
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.reading.positive_labels import label_texts
from evenhand.data.reading.several_values import check_separator
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.temporary import NEW, temporary_folder
from evenhand.evaluation.cluster.spark_counts import count_on_spark
from evenhand.evaluation.cluster.spark_scores import check_fits_spark, score_on_spark
from evenhand.evaluation.inputs.dataset import read_dataset, with_classes
from evenhand.evaluation.inputs.label_columns import with_label
from evenhand.evaluation.inputs.main_thresholds import (
    thresholds_by_label,
    thresholds_of,
)
from evenhand.evaluation.inputs.predictions import (
    read_compared_predictions,
    read_predictions,
)
from evenhand.evaluation.inputs.score_columns import ID
from evenhand.evaluation.inputs.scoring import check_by_class, score
from evenhand.evaluation.inputs.tables import (
    COUNTERFACTUAL_PREDICTION,
    LABEL,
    PREDICTION,
    ModelScores,
)
from evenhand.evaluation.report_job import ReportJob, Scored
from evenhand.evaluation.report_options import EvaluateOptions, Model, ReportOptions
from evenhand.evaluation.reports.report import Label, Report, Role
from evenhand.evaluation.tracked_report import track_report
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.outputs.label_outputs import outputs_of_labels

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

    from evenhand.data.building.build import Data


@takes_urls()
@takes(EvaluateOptions)
def evaluate_flip_rate(
    data: Data,
    model: Model,
    *,
    output: str | Path | None = None,
    options: ModelOptions | None = None,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    command: Sequence[str] | None = None,
    pipeline_options: PipelineOptions | None = None,
    **more: Any,
) -> Report:
    """Score both sides of every pair with a model and report how often its decision flips.

    Args:
        data: A counterfactual dataset, or its folder; or a pandas DataFrame with a column ``text``,
            of which one is made as `evenhand.data.build_dataset` does by default.
        model: The candidate: a MODEL reference, a Keras model, or a function from a list of str to
            their scores; see `load_classifier`.
        output: Folder to write: report.json, report.html, report.md, report.csv, provenance.json
            and ``tfma/<role>/``. Without one nothing is kept but what is returned; the engine
            spark needs one.
        options: How to load the models and read their outputs, the same for both; keywords
            override it.
        overwrite: Replace an existing report.
        progress: Called during scoring and evaluation, one stage for each model.
        command: The command line that was used, for provenance.json, or None.
        pipeline_options: Beam's, which name the runner of the evaluation; its workers have to see
            the output under the same name. None for this process, which `engine` stock needs.
        **more: See `evenhand.evaluation.report_options.EvaluateOptions`.

    Raises:
        ConfigurationError: A number or a slice column is wrong; the model's own threshold is
            asked for, and its training chose none; the output may not be replaced, or is, contains
            or lies in an input; or a metric or renderer of another package cannot be loaded.
        InputError: The data, a model or the comparison cannot be used; a model gives scores outside
            [0, 1]; or an added metric or renderer fails.
        UnavailableError: The output cannot be written, or Spark, Java or the cluster cannot be
            used.
    """
    chosen = EvaluateOptions(**{**(options.as_keywords() if options else {}), **more})
    models: dict[Role, Model] = {"candidate": model}
    if chosen.compare_to is not None:
        models["baseline"] = chosen.compare_to
    given = {
        "`model`": model,
        "`compare_to`": chosen.compare_to,
        "`data`": data.path if isinstance(data, CounterfactualDataset) else data,
        "`compared`": chosen.compared,
    }
    check_apart(
        {name: each for name, each in given.items() if isinstance(each, str | Path)},
        {"`output`": output, "`cache`": chosen.cache, "`tensorboard`": chosen.tensorboard},
    )
    job = ReportJob.begin(
        chosen.for_report,
        output,
        overwrite=overwrite,
        progress=progress,
        command=command,
        pipeline_options=pipeline_options,
    )
    if chosen.engine == "spark":
        check_fits_spark(models.values(), chosen.cache)
        if output is None:
            raise ConfigurationError(
                "a Spark cluster finds the texts beside the output, and there is none",
                where="`output`",
                remedy="name a folder that all workers see",
            )
    reading = chosen.chosen_for(ModelOptions)
    dataset = dataset_of(data)
    columns = dataset.manifest.columns
    labels = outputs_of_labels(chosen.numbers_of_labels, columns, chosen.positive_class)
    if len(labels) > 1 and chosen.engine == "spark":
        raise ConfigurationError(
            "a Spark cluster scores one output of a model, and there are several labels",
            where="`engine`",
            remedy="leave it out, or name one label with `labels`",
        )
    if labels:
        reading = replace(reading, positive_class=next(iter(labels.values())))
    thresholds = thresholds_by_label(chosen, model, reading, labels)
    evaluation_data = read_dataset(
        dataset,
        slice_columns=chosen.slice_columns,
        slice_separator=chosen.slice_separator,
        positive_class=chosen.positive_class,
    )
    with _cluster(chosen, output, progress) as cluster:
        scores = score(
            models,
            dataset,
            options=reading,
            thresholds=thresholds[0].of_role,
            batch_size=chosen.batch_size,
            cache=None if chosen.cache is None else Path(chosen.cache),
            elsewhere=cluster
            and partial(
                score_on_spark,
                cluster.session,
                options=reading,
                batch_size=chosen.batch_size,
                folder=cluster.folder,
            ),
            progress=progress,
            labels=labels,
            are_named=bool(chosen.labels),
        )
        if all(own.by_class for own in scores[0].values()):
            evaluation_data = with_classes(evaluation_data, dataset)
        scored = [Scored(evaluation_data, scores[0], thresholds[0])]
        if labels:
            scored = [
                Scored(
                    with_label(evaluation_data, dataset, name),
                    of_label,
                    its_thresholds,
                    Label(name=name, output=number),
                )
                for (name, number), of_label, its_thresholds in zip(
                    labels.items(), scores, thresholds, strict=True
                )
            ]
        report = job.write(
            scored, cluster and partial(count_on_spark, cluster.session, progress=progress)
        )
    track_report(report, chosen, output)
    return report


class _Cluster(NamedTuple):
    """A Spark session, and a folder that its workers see."""

    session: Any
    folder: Path


@contextlib.contextmanager
def _cluster(
    options: EvaluateOptions, output: str | Path | None, progress: Progress
) -> Iterator[_Cluster | None]:
    """Give the cluster that is to work, if one is; its folder is beside the output."""
    if options.engine != "spark" or output is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        with writing_to(Path(output)):
            folder = stack.enter_context(temporary_folder(Path(output).absolute()))
        progress("starting Spark", 0)
        yield _Cluster(stack.enter_context(spark_session(options.master)), folder / NEW)


@takes_urls()
@takes(ReportOptions)
def evaluate_predictions(
    file: str | Path,
    *,
    output: str | Path | None = None,
    dialect: Dialect | None = None,
    prediction_column: str = PREDICTION,
    counterfactual_column: str = COUNTERFACTUAL_PREDICTION,
    label_column: str | None = None,
    id_column: str | None = None,
    positive_labels: Sequence[str | float | bool] = (),
    logits: bool = False,
    probabilities: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    command: Sequence[str] | None = None,
    pipeline_options: PipelineOptions | None = None,
    **options: Any,
) -> Report:
    """Report flip rates from scores that were made elsewhere, by any framework.

    Args:
        file: CSV, JSONL or Parquet with the columns `prediction` and `counterfactual_prediction`,
            and optionally `example`, `id`, `label` and `weight`. Every row is a pair. Rows with the
            same `example`, or without that column the same `id`, are of the same text.
        output: Folder to write, as for `evaluate_flip_rate`.
        dialect: How the files are written, if they are text; None to tell by their names.
        prediction_column, counterfactual_column, label_column, id_column: What every file calls
            `prediction`, `counterfactual_prediction`, `label` and `id`.
        positive_labels: The labels that count as 1, in every file, where all others count as 0;
            empty where labels are numbers from 0 to 1. See `evenhand.data.BuildOptions`.
        logits: The predictions are logits, in every file.
        probabilities: The predictions are probabilities, which is also assumed without `logits`.
        overwrite: Replace an existing report.
        progress: Called during the evaluation.
        command: The command line that was used, for provenance.json, or None.
        pipeline_options: As for `evaluate_flip_rate`.
        **options: See `evenhand.evaluation.report_options.ReportOptions`. The baseline,
            `compare_to`, is another such file with the same rows, which ids may put into order.

    Raises:
        ConfigurationError: A number, a slice column or a positive label is wrong, the dialect does
            not fit the files, or the output may not be replaced, or is, contains or lies in an
            input; or a metric or renderer of another package cannot be loaded.
        InputError: A file cannot be used, the two files have different rows, or an added metric or
            renderer fails.
    """
    chosen = ReportOptions(**options)
    compare_to = cast("str | Path | None", chosen.compare_to)  # here it cannot be a model
    inputs = {"`file`": file, "`compare_to`": compare_to, "`compared`": chosen.compared}
    check_apart(inputs, {"`output`": output, "`tensorboard`": chosen.tensorboard})
    job = ReportJob.begin(
        chosen,
        output,
        overwrite=overwrite,
        progress=progress,
        command=command,
        pipeline_options=pipeline_options,
    )
    thresholds = thresholds_of(chosen, None, None)
    reading = ModelOptions(logits=logits, probabilities=probabilities)
    slice_columns = chosen.slice_columns or ()
    check_separator(chosen.slice_separator, slice_columns)
    labels = label_texts(positive_labels)
    names = {PREDICTION: prediction_column, COUNTERFACTUAL_PREDICTION: counterfactual_column}
    names |= {LABEL: label_column} if label_column is not None else {}
    names |= {ID: id_column} if id_column is not None else {}
    data, candidate = read_predictions(
        file,
        slice_columns=slice_columns,
        slice_separator=chosen.slice_separator,
        dialect=dialect,
        positive_labels=labels,
        names=names,
        options=reading,
    )
    if candidate.by_class:
        for own in thresholds.of_role.values():
            check_by_class(own)
    scores: dict[Role, ModelScores] = {"candidate": candidate}
    if compare_to is not None:
        scores["baseline"] = read_compared_predictions(
            compare_to,
            data,
            slice_columns=slice_columns,
            slice_separator=chosen.slice_separator,
            dialect=dialect,
            positive_labels=labels,
            names=names,
            options=reading,
        )
    report = job.write([Scored(data, scores, thresholds)])
    track_report(report, chosen, output)
    return report
