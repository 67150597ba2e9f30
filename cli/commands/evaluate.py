"""`evenhand evaluate`: reports on how a model's decisions depend on identity terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.options.derived import as_arguments, with_options
from evenhand.cli.options.model_choice import MODELS, Endpoint, NoCache, named_model
from evenhand.cli.results.report_table import show_report
from evenhand.cli.terminal import command_line, console
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import DATA, MODEL, OUTPUT
from evenhand.evaluation.report_options import (
    EvaluateOptions,
    FunctionsOptions,
    PlanOptions,
    PredictionsColumns,
    PredictionsDialect,
    ReportOptions,
)
from evenhand.remediation.model_options import ModelOptions

_DEFAULTS = EvaluateOptions()

app = typer.Typer(no_args_is_help=True, help="Report how decisions depend on identity terms.")


@app.callback()
def evaluate() -> None:
    """Report how decisions depend on identity terms."""


@app.command("flip-rate")
@with_options
def flip_rate(
    output: Annotated[
        Path,
        typer.Option("--output", rich_help_panel=OUTPUT, help="Folder to write the report to."),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help=f"The model: {MODELS}.",
        ),
    ] = None,
    endpoint: Endpoint = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", rich_help_panel=DATA, help="A folder that `evenhand data build` wrote."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            rich_help_panel=DATA,
            help="Instead of --model and --data: a CSV, JSONL or Parquet file with the columns "
            "prediction and counterfactual_prediction (of classes prediction_0, prediction_1, ... "
            "and likewise), and optionally example, id, label, weight; "
            "rows of one example (or id) are pairs of one text.",
        ),
    ] = None,
    *,
    options: EvaluateOptions,
    dialect: PredictionsDialect,
    no_cache: NoCache = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace an existing report."),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=OUTPUT, help="Print the report as one JSON document."
        ),
    ] = False,
) -> None:
    """Count how often removing or replacing identity terms changes a model's decision.

    Writes report.json, report.html, report.md, report.csv and a TFMA EvalResult for each model,
    and prints a table.

    It measures, overall, by group, term and slice column: flips and their severity (mean, largest
    and 95th percentile of score gaps, Wasserstein distance), AUC, accuracy, calibration and rates
    of errors; and group fairness between the values of a slice column (demographic parity, equal
    opportunity, equalised odds). With --compare-to it tests what changed.

    Examples:

    - `evenhand evaluate flip-rate --model clp/model.keras --compare-to baseline.keras
      --data cf/test --output report/`

    - `evenhand evaluate flip-rate --model six.keras --data cf/test --labels toxic=0,insult=4
      --output report/`

    - `evenhand evaluate flip-rate --predictions scores.csv --slice-column gender --output report/`

    - `evenhand evaluate flip-rate --predictions scores.csv --prediction-column p
      --counterfactual-column q --output report/`
    """
    model = named_model(model, endpoint)
    _check_sources(model, data, file)
    if file is None:
        given = as_arguments(dialect) + (["--positive-label"] if dialect.positive_labels else [])
        _refuse(
            given,
            "says how the file of --predictions is written",
            remedy="leave it out, or give it to the command that built the data",
        )
    else:
        reading = options.chosen_for(ModelOptions)
        of_models = replace(reading, logits=False, probabilities=False)  # predictions may be
        of_scoring = replace(_DEFAULTS, batch_size=options.batch_size, cache=options.cache)
        if options.engine == "spark":
            of_scoring = replace(of_scoring, engine=options.engine, master=options.master)
        given = [*as_arguments(of_models), *as_arguments(of_scoring)]
        given += ["--no-cache"] if no_cache else []
        given += ["--labels"] if options.labels else []
        _refuse(given, "is for models, but --predictions has their scores already")
    console.tell_loading()
    from evenhand.evaluation.flip_rate import evaluate_flip_rate, evaluate_predictions
    from evenhand.remediation.models.score_cache import default_folder

    with console.progress_bars() as progress:
        if file is not None:
            report = evaluate_predictions(
                file,
                output=output,
                dialect=dialect.chosen_for(Dialect),
                **dialect.chosen_for(PredictionsColumns).as_keywords(),
                logits=options.logits,
                probabilities=options.probabilities,
                overwrite=overwrite,
                progress=progress,
                command=command_line.recall(),
                **options.chosen_for(ReportOptions).as_keywords(),
            )
        else:
            assert model is not None and data is not None
            cache = None if no_cache else options.cache
            if cache is None and not no_cache and options.engine != "spark":
                cache = default_folder()
            report = evaluate_flip_rate(
                data,
                model,
                output=output,
                overwrite=overwrite,
                progress=progress,
                command=command_line.recall(),
                **{**options.as_keywords(), "cache": cache},
            )
    if as_json:
        console.write_json(report.as_document())
    else:
        show_report(report, output)


@app.command("functions")
@with_options
def functions(
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help=f"The model: {MODELS}. Its score is the probability that a text is toxic.",
        ),
    ] = None,
    endpoint: Endpoint = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", rich_help_panel=OUTPUT, help="Folder to write the result to."),
    ] = None,
    *,
    options: FunctionsOptions,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel=OUTPUT,
            help="Print the sentences, which are offensive in part, and do nothing else.",
        ),
    ] = False,
    no_cache: NoCache = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace an existing result."),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=OUTPUT, help="Print the result as one JSON document."
        ),
    ] = False,
) -> None:
    """Check what a classifier of toxic texts can do, by functionality and by group.

    For models whose positive class is toxicity or the like: functionalities such as threats,
    negated hate or quotations that the author condemns, in made-up sentences about each group. With
    a baseline it shows what a repair lost.

    Writes functions.json, functions.html, functions.md and functions.csv, and prints tables.

    Examples:

    - `evenhand evaluate functions --model clp/model.keras --compare-to baseline.keras
      --output functions/`

    - `evenhand evaluate functions --dry-run --terms religion --group sikh`
    """
    if dry_run:
        _list_cases(options, as_json)
        return
    model = named_model(model, endpoint)
    if not model or output is None:
        raise ConfigurationError(
            f"{'--output' if model else '--model'} is missing",
            expected="--model and --output, or --dry-run",
        )
    console.tell_loading()
    from evenhand.cli.results.functions_table import show_functions
    from evenhand.evaluation.functions import evaluate_functions
    from evenhand.remediation.models.score_cache import default_folder

    cache = None if no_cache else options.cache or default_folder()
    with console.progress_bars() as progress:
        report = evaluate_functions(
            model,
            output=output,
            overwrite=overwrite,
            progress=progress,
            command=command_line.recall(),
            **{**options.as_keywords(), "cache": cache},
        )
    if as_json:
        console.write_json(report.as_document())
    else:
        show_functions(report, output)


@app.command("plan")
@with_options
def plan(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            rich_help_panel=DATA,
            help="Instead of --pairs: a folder that `evenhand data build` wrote, whose pairs are "
            "counted overall, by slice column and by group.",
        ),
    ] = None,
    *,
    options: PlanOptions,
    as_json: Annotated[
        bool,
        typer.Option("--json", rich_help_panel=OUTPUT, help="Print the plan as one JSON document."),
    ] = False,
) -> None:
    """Say how many pairs a gate's rule on the flip rate needs, and what it then decides.

    For each number of pairs: the most flips with which the rule is met, the chance that it passes
    at the true rate, up to which true rate it passes and from which it fails with the wanted
    chance.

    Examples:

    - `evenhand evaluate plan --max 0.02 --rate 0.01`

    - `evenhand evaluate plan --max 0.02 --pairs 200 --pairs 1000`

    - `evenhand evaluate plan --max 0.02 --bound value --data cf/test`
    """
    from evenhand.cli.results.plan_table import show_plan
    from evenhand.evaluation.planning.plan import plan_pairs

    found = plan_pairs(data, **options.as_keywords())
    if as_json:
        console.write_json(found.as_document())
    else:
        show_plan(found)


def _list_cases(options: FunctionsOptions, as_json: bool) -> None:
    """Print the sentences that a model would be asked about."""
    from dataclasses import asdict

    from evenhand.cli.results.functions_table import show_cases
    from evenhand.data.functionalities.cases import make_cases

    case_set = make_cases(options.terms, options.groups)
    if as_json:
        console.write_json({"cases": [asdict(case) for case in case_set.cases]})
    else:
        show_cases(case_set)


def _check_sources(model: str | None, data: Path | None, predictions: Path | None) -> None:
    if predictions is not None and (model or data):
        raise ConfigurationError(
            "--predictions has scores already and takes neither --model nor --data",
            remedy="leave out one or the other",
        )
    if predictions is None and not (model and data):
        raise ConfigurationError(
            f"{'--model' if data else '--data'} is missing",
            expected="--model and --data, or --predictions",
        )


def _refuse(arguments: Sequence[str], why: str, remedy: str = "leave it out") -> None:
    """Raise ConfigurationError for the first of these options, if there is one."""
    for option in arguments[:1]:
        raise ConfigurationError(f"{option} {why}", where=option, remedy=remedy)
