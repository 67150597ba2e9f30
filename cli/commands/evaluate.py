"""`evenhand evaluate`: reports on how a model's decisions depend on identity terms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from evenhand.cli.options import dialects, models
from evenhand.cli.results.report_table import show_report
from evenhand.cli.terminal import command_line, console
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect

app = typer.Typer(no_args_is_help=True, help="Report how decisions depend on identity terms.")


@app.callback()
def evaluate() -> None:
    """Report how decisions depend on identity terms."""


@app.command("flip-rate")
def flip_rate(
    output: Annotated[Path, typer.Option("--output", help="Folder to write the report to.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="The model: a .keras, .h5 or .tflite file, a SavedModel folder, or "
            "package.module:attribute.",
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            help="Instead of --model: http://HOST:8501/v1/models/NAME of TensorFlow Serving.",
        ),
    ] = None,
    compare_to: Annotated[
        str | None,
        typer.Option(
            "--compare-to",
            help="A baseline to report beside it: a model or, with --predictions, such a file "
            "with its scores for the same rows.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="A folder that `evenhand data build` wrote.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            help="Instead of --model and --data: a CSV, JSONL or Parquet file with the columns "
            "prediction and counterfactual_prediction, and optionally example, id, label, weight; "
            "rows of one example (or id) are pairs of one text.",
        ),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            "--threshold",
            help="A score above it is positive. Repeatable; the first one leads. [default: 0.5]",
        ),
    ] = None,
    slice_column: Annotated[
        list[str] | None,
        typer.Option(
            "--slice-column",
            help="A column to slice by. Repeatable. Default with --data: all that it has.",
        ),
    ] = None,
    min_pairs: Annotated[
        int | None,
        typer.Option(
            "--min-pairs",
            min=0,
            help="Mark slices with fewer pairs as having too few to tell. [default: 30]",
        ),
    ] = None,
    preprocess: models.Preprocess = None,
    head: models.Head = None,
    positive_class: models.PositiveClass = None,
    logits: models.Logits = False,
    probabilities: models.Probabilities = False,
    activation: models.ActivationName = None,
    custom_objects: models.CustomObjects = None,
    allow_unsafe: models.AllowUnsafe = False,
    batch_size: Annotated[
        int | None,
        typer.Option("--batch-size", min=1, help="Texts that the model sees at once."),
    ] = None,
    delimiter: dialects.Delimiter = None,
    quoting: dialects.Quoting = None,
    encoding: dialects.Encoding = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            help="Folder to keep scores in for other runs. [default: evenhand/scores in the "
            "user's cache folder]",
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Score every text anew, and keep no score.")
    ] = False,
    engine: Annotated[
        Literal["vectorised", "stock"],
        typer.Option(
            "--engine",
            help="What counts: evenhand's evaluator, or TFMA's own, which gives the same values "
            "slowly.",
        ),
    ] = "vectorised",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing report.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as one JSON document.")
    ] = False,
) -> None:
    """Count how often removing or replacing identity terms changes a model's decision.

    Writes report.json, report.html, report.md, report.csv and a TFMA EvalResult for each model,
    and prints a table.

    Examples:

    - `evenhand evaluate flip-rate --model clp/model.keras --compare-to baseline.keras
      --data cf/test --output report/`

    - `evenhand evaluate flip-rate --predictions scores.csv --slice-column gender --output report/`
    """
    if model and endpoint:
        raise ConfigurationError("--model and --endpoint both name the model", remedy="give one")
    model = model or endpoint
    _check_sources(model, data, predictions)
    dialect = Dialect(delimiter, quoting, encoding)
    if predictions is None:
        for name in dialect.options:
            raise ConfigurationError(
                f"--{name} is for the file of --predictions",
                where=f"--{name}",
                remedy="leave it out, or give it to the command that built the data",
            )
    of_models = {
        "--preprocess": preprocess,
        "--head": head,
        "--positive-class": positive_class,
        "--activation": activation,
        "--custom-objects": custom_objects,
        "--allow-unsafe": allow_unsafe or None,
        "--batch-size": batch_size,
        "--cache": cache,
        "--no-cache": no_cache or None,
    }
    if predictions is not None:
        _refuse(of_models)
    from evenhand.evaluation.flip_rate import (
        DEFAULT_MIN_PAIRS,
        evaluate_flip_rate,
        evaluate_predictions,
    )
    from evenhand.evaluation.inputs.scoring import DEFAULT_THRESHOLDS
    from evenhand.remediation import ModelOptions
    from evenhand.remediation.models.score_cache import default_folder

    thresholds = threshold or DEFAULT_THRESHOLDS
    if min_pairs is None:
        min_pairs = DEFAULT_MIN_PAIRS
    with console.progress_bars() as progress:
        if predictions is not None:
            report = evaluate_predictions(
                predictions,
                output=output,
                compare_to=compare_to,
                thresholds=thresholds,
                slice_columns=slice_column or (),
                min_pairs=min_pairs,
                dialect=dialect,
                logits=logits,
                probabilities=probabilities,
                engine=engine,
                overwrite=overwrite,
                progress=progress,
                command=command_line.recall(),
            )
        else:
            assert model is not None and data is not None
            report = evaluate_flip_rate(
                data,
                model,
                output=output,
                compare_to=compare_to,
                thresholds=thresholds,
                slice_columns=slice_column,
                min_pairs=min_pairs,
                options=ModelOptions(
                    preprocess=preprocess,
                    head=head,
                    positive_class=positive_class,
                    custom_objects=custom_objects,
                    logits=logits,
                    probabilities=probabilities,
                    activation=activation,
                    allow_unsafe=allow_unsafe,
                ),
                cache=None if no_cache else cache or default_folder(),
                **({} if batch_size is None else {"batch_size": batch_size}),
                engine=engine,
                overwrite=overwrite,
                progress=progress,
                command=command_line.recall(),
            )
    if as_json:
        console.write_json(report.model_dump(mode="json"))
    else:
        show_report(report, output)


def _check_sources(model: str | None, data: Path | None, predictions: Path | None) -> None:
    if predictions is not None and (model or data):
        raise ConfigurationError(
            "--predictions holds scores already and goes without --model and --data",
            remedy="leave out one or the other",
        )
    if predictions is None and not (model and data):
        raise ConfigurationError(
            f"{'--model' if data else '--data'} is missing",
            expected="--model and --data, or --predictions",
        )


def _refuse(of_models: Mapping[str, object]) -> None:
    for option, value in of_models.items():
        if value is not None:
            raise ConfigurationError(
                f"{option} is for models, and --predictions holds their scores already",
                where=option,
                remedy="leave it out",
            )
