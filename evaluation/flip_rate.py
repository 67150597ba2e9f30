"""Flip-rate evaluation of one model, or of a candidate beside a baseline, from data to report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.data.support.option_checks import check_list, check_number, check_whole
from evenhand.evaluation.engine.choices import Engine
from evenhand.evaluation.inputs.dataset import read_dataset
from evenhand.evaluation.inputs.predictions import read_compared_predictions, read_predictions
from evenhand.evaluation.inputs.scoring import DEFAULT_THRESHOLDS, Model, score
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.reports.provenance import write_provenance
from evenhand.evaluation.reports.report import FILE_NAME, Intervals, Report, Role
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import SCORING_BATCH

# With 30 pairs and no flip among them, the flip rate may still be 11 % (upper end of its interval).
DEFAULT_MIN_PAIRS = 30
_TOOLS = ("evenhand", "tensorflow", "keras", "tensorflow-model-analysis", "fairness-indicators")


def evaluate_flip_rate(
    data: str | Path,
    model: Model,
    *,
    output: str | Path,
    compare_to: Model | None = None,
    thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    slice_columns: Sequence[str] | None = None,
    min_pairs: int = DEFAULT_MIN_PAIRS,
    options: ModelOptions | None = None,
    batch_size: int = SCORING_BATCH,
    cache: str | Path | None = None,
    engine: Engine = "vectorised",
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    command: Sequence[str] | None = None,
) -> Report:
    """Score both sides of every pair with a model and report how often its decision flips.

    Args:
        data: A counterfactual dataset folder.
        model: The candidate: a MODEL reference, a Keras model, or a function of a list of str that
            gives their scores; see `load_classifier`.
        output: Folder to write: report.json, report.html, report.md, report.csv, provenance.json
            and ``tfma/<role>/``.
        compare_to: A baseline to report beside the candidate, as `model`, or None.
        thresholds: Decision thresholds in [0, 1); a score strictly above one is positive.
        slice_columns: Slice columns to use, or None for all that the dataset has.
        min_pairs: Slices with fewer pairs are marked as having too few.
        options: How to load the models and read their outputs; the same for both.
        batch_size: Texts that the model sees at once.
        cache: Folder to keep scores in, by model and text, for other runs; None keeps none.
        engine: ``vectorised``, or ``stock`` for TFMA's own evaluator: the same values, slowly.
        overwrite: Replace an existing report.
        progress: Told about scoring and evaluation, one stage for each model.
        command: The command line that asks for it, for provenance.json, or None.

    Raises:
        ConfigurationError: A number or a slice column is wrong, or the output may not be
            replaced, or is, holds or lies in an input.
        InputError: The data or a model cannot be used, or gives scores outside [0, 1].
    """
    check_options(thresholds, min_pairs, batch_size)
    models: dict[Role, Model] = {"candidate": model}
    if compare_to is not None:
        models["baseline"] = compare_to
    flags = {"--model": model, "--compare-to": compare_to, "--data": data}
    check_apart(
        {flag: each for flag, each in flags.items() if isinstance(each, str | Path)},
        {"--output": output, "--cache": cache},
    )
    check_destination(output, kind="report", overwrite=overwrite)
    dataset = CounterfactualDataset.open(data)
    options = options or ModelOptions()
    evaluation_data = read_dataset(
        dataset, slice_columns=slice_columns, positive_class=options.positive_class
    )
    scores = score(
        models,
        dataset,
        options=options,
        thresholds=thresholds,
        batch_size=batch_size,
        cache=None if cache is None else Path(cache),
        progress=progress,
    )
    return _write_report(
        evaluation_data, scores, thresholds, min_pairs, output, engine, overwrite, progress, command
    )


def evaluate_predictions(
    file: str | Path,
    *,
    output: str | Path,
    compare_to: str | Path | None = None,
    thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    slice_columns: Sequence[str] = (),
    min_pairs: int = DEFAULT_MIN_PAIRS,
    dialect: Dialect | None = None,
    logits: bool = False,
    probabilities: bool = False,
    engine: Engine = "vectorised",
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    command: Sequence[str] | None = None,
) -> Report:
    """Report flip rates from scores that were made elsewhere, by any framework.

    Args:
        file: CSV, JSONL or Parquet with the columns `prediction` and `counterfactual_prediction`,
            and optionally `example`, `id`, `label` and `weight`; every row is a pair, and those
            with one `example`, or without that column one `id`, are of one text.
        output: Folder to write, as for `evaluate_flip_rate`.
        compare_to: Such a file with a baseline's scores for the same rows, or None.
        thresholds: Decision thresholds in [0, 1); a score strictly above one is positive.
        slice_columns: Columns of the file to slice by.
        min_pairs: Slices with fewer pairs are marked as having too few.
        dialect: How the files are written, if they are text; None leaves that to their names.
        logits: The predictions are logits, in every file.
        probabilities: The predictions are probabilities, as they are taken to be without `logits`.
        engine: ``vectorised``, or ``stock`` for TFMA's own evaluator: the same values, slowly.
        overwrite: Replace an existing report.
        progress: Told about the evaluation.
        command: The command line that asks for it, for provenance.json, or None.

    Raises:
        ConfigurationError: A number or a slice column is wrong, the dialect does not fit the
            files, or the output may not be replaced, or is, holds or lies in an input.
        InputError: A file cannot be used, or the two are not about the same rows.
    """
    check_options(thresholds, min_pairs)
    check_apart({"--predictions": file, "--compare-to": compare_to}, {"--output": output})
    check_destination(output, kind="report", overwrite=overwrite)
    options = ModelOptions(logits=logits, probabilities=probabilities)
    data, candidate = read_predictions(
        file, slice_columns=slice_columns, dialect=dialect, options=options
    )
    scores: dict[Role, ModelScores] = {"candidate": candidate}
    if compare_to is not None:
        scores["baseline"] = read_compared_predictions(
            compare_to, data, slice_columns=slice_columns, dialect=dialect, options=options
        )
    return _write_report(
        data, scores, thresholds, min_pairs, output, engine, overwrite, progress, command
    )


def check_options(
    thresholds: Sequence[float],
    min_pairs: int = DEFAULT_MIN_PAIRS,
    batch_size: int = SCORING_BATCH,
) -> None:
    """Raise ConfigurationError if a report cannot be made with these options."""
    check_whole("min_pairs", min_pairs, least=0)
    check_whole("batch_size", batch_size)
    check_list("thresholds", thresholds)
    for threshold in thresholds:
        check_number("threshold", threshold, least=0, below=1)
        # TFMA writes thresholds into metric names without exponents
        if "e" in str(float(threshold)):
            raise ConfigurationError(
                f"the threshold {threshold:g} cannot be used",
                where="--threshold",
                expected="0, or a number from 0.0001 up to, but not including, 1",
            )
    if not thresholds or len(set(thresholds)) < len(thresholds):
        raise ConfigurationError(
            "thresholds must be given, each once" if thresholds else "there is no threshold",
            where="--threshold",
        )


def _write_report(
    data: EvaluationData,
    scores: Mapping[Role, ModelScores],
    thresholds: Sequence[float],
    min_pairs: int,
    output: str | Path,
    engine: Engine,
    overwrite: bool,
    progress: Progress,
    command: Sequence[str] | None,
) -> Report:
    # TFMA takes long to import: inputs are checked and scored before it is needed.
    from evenhand.evaluation.engine.analysis import analyse
    from evenhand.evaluation.measures.bootstrap import RESAMPLES, SEED
    from evenhand.evaluation.measures.score_intervals import LEVEL
    from evenhand.evaluation.measures.significance import paired_tests
    from evenhand.evaluation.model_reports import report_models, sample_flips
    from evenhand.evaluation.rendering.folder import render_into

    with new_folder(output, kind="report", overwrite=overwrite) as folder:
        metrics = {}
        for done, (role, own) in enumerate(scores.items()):
            progress("evaluating", done, len(scores))
            metrics[role] = analyse(
                data,
                own,
                thresholds=thresholds,
                output=folder / "tfma" / role,
                engine=engine,
            )
        progress("evaluating", len(scores), len(scores))
        models, comparison = report_models(
            data, scores, metrics, thresholds=thresholds, min_pairs=min_pairs
        )
        report = Report(
            thresholds=tuple(float(threshold) for threshold in thresholds),
            data=data.summary,
            min_pairs=min_pairs,
            intervals=Intervals(level=LEVEL, resamples=RESAMPLES, seed=SEED),
            models=models,
            comparison=comparison,
            paired_tests=paired_tests(
                data,
                scores["candidate"],
                scores["baseline"],
                threshold=thresholds[0],
                min_pairs=min_pairs,
            )
            if "baseline" in scores
            else (),
            flips=sample_flips(data, scores, thresholds[0]),
            versions={tool: version(tool) for tool in _TOOLS},
        )
        content = report.to_json()
        write_text(folder / FILE_NAME, content)
        write_provenance(folder, command=command, report=content)
        render_into(folder, report)
    return report
