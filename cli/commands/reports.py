"""`evenhand report`: open, render and compare reports that exist already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns
from evenhand.data.errors import ConfigurationError, InputError, UnavailableError
from evenhand.data.options import DATA, MODEL, OUTPUT
from evenhand.evaluation.report_options import LitOptions

if TYPE_CHECKING:
    from evenhand.evaluation.rendering.compare import ReportComparison
    from evenhand.evaluation.reports.report import MetricValue

app = typer.Typer(no_args_is_help=True, help="Open, render and compare reports.")

_Folder = Annotated[Path, typer.Argument(help="The folder that `evaluate flip-rate` wrote.")]


@app.command("open")
def open_page(report: _Folder) -> None:
    """Open a report's page in the web browser.

    Example: `evenhand report open report/`
    """
    import webbrowser

    from evenhand.evaluation.reports.report import PAGE_NAME

    page = report / PAGE_NAME
    if not page.is_file():
        raise InputError(
            "there is no page to open",
            where=str(page),
            remedy="name a report's folder, or write its page with `evenhand report render`",
        )
    if not webbrowser.open(page.resolve().as_uri()):
        raise UnavailableError(
            "no web browser can be opened here, as on a machine without a display",
            where=str(page),
            remedy="copy the file to a machine that has one: the page needs no other file",
        )
    console.write_stdout(f"Opened {page}")


@app.command("render")
def render(report: _Folder) -> None:
    """Write report.html, report.md and report.csv again, from report.json alone.

    The same report.json gives the same bytes.

    Example: `evenhand report render report/`
    """
    console.tell_loading("the report")
    from evenhand.evaluation.rendering.folder import render_folder

    for path in render_folder(report):
        console.write_stdout(f"Wrote {path}")


@app.command("compare")
def compare(
    reports: Annotated[
        list[Path], typer.Argument(help="Two or more reports: folders, or report.json files.")
    ],
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", help="A slice to compare. Repeatable. [default: overall]"),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            help="A metric to compare. Repeatable. [default: flip_rate, excess_flip_rate, "
            "control_flip_rate, ctf_gap, auc, accuracy, macro_f1]",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Also write the table as Markdown here.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the comparison as one JSON document.")
    ] = False,
) -> None:
    """Put the models of several reports side by side.

    A baseline that reports share is shown once. If the reports are about different data, or have
    different thresholds, the output says so.

    Examples:

    - `evenhand report compare weight-1/ weight-5/`

    - `evenhand report compare a/ b/ --slice group=female --slice group=male --metric flip_rate`
    """
    from evenhand.data.storage.files import write_text
    from evenhand.data.storage.separation import check_apart
    from evenhand.data.urls import as_named
    from evenhand.evaluation.rendering.compare import compare_reports, render_comparison
    from evenhand.evaluation.reports.report import OVERALL, load_report

    if len({str(path) for path in reports}) < max(2, len(reports)):
        raise ConfigurationError(
            "there is nothing to compare" if len(reports) < 2 else "a report is named twice",
            expected="two or more different reports",
        )
    check_apart({"REPORTS": reports}, {"--output": output})
    comparison = compare_reports(
        {as_named(str(path)): load_report(path) for path in reports},
        slices=tuple(dict.fromkeys(slices or (OVERALL,))),
        metrics=tuple(dict.fromkeys(metrics)) if metrics else None,
    )
    if output is not None:
        write_text(output, render_comparison(comparison))
    if as_json:
        console.write_json(
            {
                "same_data": comparison.same_data,
                "same_threshold": comparison.same_threshold,
                "no_evidence": list(comparison.no_evidence),
                "models": [
                    asdict(entry)
                    | {"metrics": {name: v.model_dump() for name, v in entry.metrics.items()}}
                    for entry in comparison.models
                ],
            }
        )
    else:
        _show(comparison)


@app.command("card")
def card(
    report: _Folder,
    output: Annotated[
        Path, typer.Option("--output", help="The file to write, such as README.md.")
    ] = Path("model-card.md"),
    training: Annotated[
        Path | None,
        typer.Option("--training", help="The folder that `remediate train` wrote the model to."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The dataset that the model was trained on."),
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option("--license", help="The model's licence, such as apache-2.0."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a model card from a report: Markdown with the metadata that Hugging Face reads.

    What evenhand cannot know, as the model's purpose, is marked for people to write.

    Examples:

    - `evenhand report card report/ --output README.md --training clp/ --data cf/train`

    - `evenhand report card report/ --license apache-2.0`
    """
    from evenhand.evaluation.rendering.model_card import TO_WRITE, write_model_card

    written = write_model_card(
        report, output, training=training, data=data, licence=licence, overwrite=overwrite
    )
    left = written.read_text(encoding="utf-8").count(TO_WRITE)
    console.write_stdout(f"Wrote {written}; {left} places in it are for people to fill in")


@app.command("lit")
@with_options
def lit(
    report: _Folder,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            rich_help_panel=DATA,
            help="The dataset that was evaluated: shows its pairs. [default: the flips that the "
            "report holds]",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help="The model that was evaluated: scores the pairs of --data, and whatever is typed "
            "in LIT. [default: the scores that the report holds]",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--export",
            rich_help_panel=OUTPUT,
            help="Instead of serving: the folder to write the pairs to, in LIT's JSON Lines.",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace an export."),
    ] = False,
    *,
    options: LitOptions,
) -> None:
    """Open a report's pairs in the Learning Interpretability Tool (LIT), in the web browser.

    LIT shows pairs and their texts with scores and flips, and asks the model about what you type.
    It is served until Ctrl-C: pip install 'evenhand[lit]'. With --export it need not be installed.

    Examples:

    - `evenhand report lit report/ --data cf/test --model clp/model.keras`

    - `evenhand report lit report/ --export pairs/`
    """
    from evenhand.evaluation import LitServer, export_for_lit

    if model is not None:
        console.tell_loading()
    chosen = options.as_keywords()
    if output is not None:
        for path in export_for_lit(
            report, output, data=data, model=model, overwrite=overwrite, **chosen
        ):
            console.write_stdout(f"Wrote {path}")
        return
    server = LitServer(report, data=data, model=model, **chosen)
    console.write_stdout(f"LIT shows {server.pairs:,} pairs at {server.url} until Ctrl-C")
    server.serve()


def _show(comparison: ReportComparison) -> None:
    from rich.text import Text

    from evenhand.data.support.printable import printable
    from evenhand.evaluation.findings.presentation import format_interval, format_number

    def names(heading: str, cells: Iterable[str]) -> Column:
        return Column(heading, [Text(printable(cell)) for cell in cells], "left")

    def shown(name: str, value: MetricValue) -> Text:
        spec = comparison.metrics[name]
        text = Text(format_number(spec, value.value))
        if interval := format_interval(spec, value):
            text.append(f"\n{interval}", style="dim")
        return text

    models = comparison.models
    keys = [
        names("report", (entry.report for entry in models)),
        names("model", (f"{entry.model} ({entry.role})" for entry in models)),
        names("slice", (entry.slice for entry in models)),
    ]
    sizes = Column("pairs", [f"{entry.n_pairs:,}" for entry in models])
    metrics = [
        Column(printable(name), [shown(name, entry.metrics[name]) for entry in models])
        for name in comparison.metrics
    ]
    for warning in comparison.warnings:
        console.write_stdout(console.one_line(warning))
    show_columns(keys, [sizes, *metrics])
