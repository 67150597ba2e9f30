"""`evenhand score`: scores of texts, for whatever needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.options.model_choice import MODELS, Endpoint, NoCache, named_model
from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.options import MODEL, OUTPUT
from evenhand.evaluation.report_options import ScoreOptions


@with_options
def score(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="A folder that `evenhand data build` wrote; or CSV, TSV, JSONL, Parquet or "
            "TFRecord files (.gz and .zst too), folders of them, or patterns in quotation marks.",
        ),
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
    output: Annotated[
        Path | None,
        typer.Option("--output", rich_help_panel=OUTPUT, help="Parquet file to write."),
    ] = None,
    *,
    options: ScoreOptions,
    no_cache: NoCache = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace a file that exists."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel=OUTPUT,
            help="Read the texts, load the model and say what would be scored; write nothing.",
        ),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=OUTPUT, help="Print the result as one JSON document."
        ),
    ] = False,
) -> None:
    """Score texts with a model, each different text once, and write the scores.

    Of files, a row is the id of a text and its prediction. Of a dataset, a row is a pair, and
    `evenhand evaluate flip-rate --predictions` reads it. A run that was interrupted goes on where
    it was, unless --no-cache or --engine spark is given.

    Examples:

    - `evenhand score comments.csv --text-column comment_text --id-column id --model clp/model.keras
      --output scores.parquet`

    - `evenhand score cf/test --model clp/model.keras --output pairs.parquet`
    """
    model = named_model(model, endpoint)
    if not model or (output is None and not dry_run):
        raise ConfigurationError(
            f"{'--output' if model else '--model'} is missing",
            expected="--model and --output, or --model and --dry-run",
        )
    console.tell_loading()
    from evenhand.cli.results.data_tables import warn_of_rows
    from evenhand.evaluation.text_scores import score_texts
    from evenhand.remediation.models.score_cache import default_folder

    cache = None if no_cache else options.cache
    if cache is None and not no_cache and options.engine == "local":
        cache = default_folder()
    with console.progress_bars() as progress:
        result = score_texts(
            inputs,
            model,
            None if dry_run else output,
            overwrite=overwrite,
            progress=progress,
            **{**options.as_keywords(), "cache": cache},
        )
    warn_of_rows(result.bad_rows)
    if as_json:
        from dataclasses import asdict

        console.write_json(asdict(result))
        return
    console.write_stdout(f"Model: {result.model}, outputs read as {result.outputs}")
    console.write_stdout(f"{result.rows:,} rows, {result.texts:,} different texts")
    for reason, rows in result.left_out.items():
        console.write_stdout(f"{rows:,} rows left out: {reason}")
    console.write_stdout("Nothing was written (--dry-run)." if dry_run else f"Wrote {output}")
