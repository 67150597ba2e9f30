"""`evenhand data`: build and check counterfactual datasets, and write sample text to try."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.commands import data_terms
from evenhand.cli.options.derived import as_arguments, with_options
from evenhand.cli.options.model_choice import MODELS
from evenhand.cli.results import data_tables
from evenhand.cli.terminal import console
from evenhand.data.building.build_options import BuildOptions
from evenhand.data.checking.check_options import CheckOptions
from evenhand.data.errors import ConfigurationError
from evenhand.data.options import MODEL, OUTPUT, PAIRING
from evenhand.data.support.option_checks import check_whole
from evenhand.remediation.model_options import ModelOptions

if TYPE_CHECKING:
    from evenhand.remediation.batches.alike_texts import AlikeTexts

app = typer.Typer(no_args_is_help=True)
app.add_typer(data_terms.app, name="terms")

_AsJson = Annotated[
    bool,
    typer.Option("--json", rich_help_panel=OUTPUT, help="Print the result as one JSON document."),
]
_PAIRS_SHOWN = 20  # by --dry-run


class Counterparts(str, Enum):
    """Which counterparts of a term make pairs."""

    ALL = "all"
    ONE = "one"


class ExportFormat(str, Enum):
    """What `data export` writes."""

    TFRECORD = "tfrecord"


@app.callback()
def data() -> None:
    """Build counterfactual datasets, and write sample text to try them on."""


@app.command("build")
@with_options
def build(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="CSV, TSV, JSONL, Parquet or TFRecord files (.gz and .zst too), folders of them, "
            "or patterns in quotation marks.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", rich_help_panel=OUTPUT, help="Folder to write the dataset to."),
    ] = None,
    *,
    options: BuildOptions,
    counterparts: Annotated[
        Counterparts | None,
        typer.Option(
            "--counterparts",
            rich_help_panel=PAIRING,
            help="Substitution: a pair for all counterparts, or for one drawn by seed. "
            "[default: all]",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace a dataset that exists."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel=OUTPUT,
            help="Show the coverage and some pairs; write nothing.",
        ),
    ] = False,
    preview: Annotated[
        int | None,
        typer.Option(
            "--preview",
            min=0,
            rich_help_panel=OUTPUT,
            help="How many pairs to show as differences. [default: 20 with --dry-run, 0 without]",
        ),
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Pair every text that holds an identity term with its counterfactuals.

    Writes the examples, the pairs, a manifest and a data card, and prints what was covered and what
    was left out.

    Examples:

    - `evenhand data build train.csv --text-column comment_text --label-column toxicity
      --slice-column gender --output cf/train`

    - `evenhand data build test.csv --text-column comment_text --label-column toxicity
      --controls nonce --output cf/test`

    - `evenhand data build votes.csv --label-column verdict --positive-label toxic
      --output cf/votes`

    - `evenhand data build jigsaw.csv --text-column comment_text --label-column toxic
      --label-column insult --output cf/train`
    """
    check_whole("preview", preview, least=0, may_be_none=True)
    if output is None and not dry_run:
        raise ConfigurationError(
            "there is no folder to write to", where="--output", remedy="name one, or give --dry-run"
        )
    options = _with_counterparts(options, counterparts)
    if output is None or dry_run:
        _dry_run(inputs, options, _PAIRS_SHOWN if preview is None else preview, as_json=as_json)
        return
    console.tell_loading("rules")
    from evenhand.data.building.build import build_dataset

    with console.progress_bars() as progress:
        dataset = build_dataset(
            inputs, output, overwrite=overwrite, progress=progress, **options.as_keywords()
        )
    data_tables.warn_of_bad_rows(dataset.manifest)
    if as_json:
        console.write_json(dataset.manifest.model_dump(mode="json"))
        return
    data_tables.show_coverage(dataset.manifest.counts)
    data_tables.show_controls(dataset.manifest)
    if preview:
        first = next(dataset.iter_pairs(batch_rows=preview))
        data_tables.show_pairs(first.to_pylist())
    console.write_stdout(f"Wrote {output}")


@app.command("check")
@with_options
def check(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder that `data build` wrote, or a file with the columns original and "
            "counterfactual, and id if there is one: CSV, TSV, JSONL, Parquet or TFRecord.",
        ),
    ],
    *,
    options: CheckOptions,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help=f"Also count pairs that this model cannot tell apart: {MODELS}.",
        ),
    ] = None,
    reading: ModelOptions,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", rich_help_panel=OUTPUT, help="Also write the result as Markdown here."
        ),
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Count the faults of pairs: grammar that the edit broke, mixed groups, duplicates and more.

    Counts what a few words show, such as "an crew", and only what the original does not have, too.
    It is no parser: see the pairs themselves before you rely on them. The exit code is 0 whatever
    is found; the gate can limit `data.grammar_errors`.

    Examples:

    - `evenhand data check cf/train --model baseline.keras`

    - `evenhand data check pairs.jsonl --output quality.md`
    """
    from evenhand.cli.results.pair_check_table import render_pair_check, show_pair_check
    from evenhand.data.checking.check_pairs import check_pairs
    from evenhand.data.storage.files import write_text
    from evenhand.data.storage.separation import check_apart

    own_lexicons = [terms for terms in options.terms or () if Path(terms).is_file()]
    check_apart({"PAIRS": pairs, "--terms": own_lexicons}, {"--output": output})
    alike = _alike(model, reading)
    with console.progress_bars() as progress:
        result = check_pairs(pairs, alike=alike, progress=progress, **options.as_keywords())
    data_tables.warn_of_rows(result.bad_rows)
    if output is not None:
        write_text(output, render_pair_check(result))
    if as_json:
        console.write_json(result.as_document())
    else:
        show_pair_check(result)


def _alike(model: str | None, reading: ModelOptions) -> AlikeTexts | None:
    if model is None:
        for option in as_arguments(reading)[:1]:
            raise ConfigurationError(
                f"{option} is for a model", where=option, remedy="leave it out, or give --model"
            )
        return None
    from evenhand.remediation.batches.alike_texts import tells_alike

    return tells_alike(model, options=reading)


@app.command("export")
def export(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A folder that `data build` wrote.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Folder to write to.")],
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="What to write.")
    ] = ExportFormat.TFRECORD,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an export that exists.")
    ] = False,
) -> None:
    """Write a dataset's examples and pairs to files that other tools read.

    For TFMR's `CounterfactualModel`, `evenhand.remediation.to_tfmr` gives a dataset as it is.

    Example: `evenhand data export cf/train --format tfrecord --output cf-tfrecord/`
    """
    from evenhand.data.dataset.export import export_dataset

    with console.progress_bars() as progress:
        files = export_dataset(
            dataset, output, format=format_.value, overwrite=overwrite, progress=progress
        )
    for file in files:
        console.write_stdout(f"Wrote {file}")


def _with_counterparts(options: BuildOptions, counterparts: Counterparts | None) -> BuildOptions:
    """Return the options with what --counterparts says, or raise ConfigurationError."""
    of_method = counterparts or options.per_example or options.spacy_pipeline or options.tagger
    if options.pairs_file is not None and (options.method != BuildOptions.method or of_method):
        raise ConfigurationError(
            "pairs that were made elsewhere need no method",
            where="--pairs",
            remedy="leave out --method and its options",
        )
    if counterparts is Counterparts.ALL and options.per_example is not None:
        raise ConfigurationError(
            "all counterparts and some of them exclude each other",
            where="--counterparts all --per-example",
            remedy="leave one out",
        )
    if counterparts is not None and options.method != "substitute":
        raise ConfigurationError(
            "only substitution has counterparts",
            where="--counterparts",
            remedy="leave it out, or give --method substitute",
        )
    if counterparts is Counterparts.ONE and options.per_example is None:
        return replace(options, per_example=1)
    return options


def _dry_run(inputs: list[Path], options: BuildOptions, pairs: int, *, as_json: bool) -> None:
    console.tell_loading("rules")
    from evenhand.data.building.build import preview_dataset

    with console.progress_bars() as progress:
        preview = preview_dataset(inputs, pairs=pairs, progress=progress, **options.as_keywords())
    data_tables.warn_of_bad_rows(preview.manifest)
    shown = preview.pairs.to_pylist()
    if as_json:
        counts = preview.counts.model_dump(mode="json")
        console.write_json({"counts": counts, "pairs": shown})
        return
    data_tables.show_coverage(preview.counts)
    data_tables.show_controls(preview.manifest)
    data_tables.show_pairs(shown)
    console.write_stdout("Nothing was written (--dry-run).")


@app.command("templates")
def from_templates(
    output: Annotated[Path, typer.Option("--output", help="Folder to write the dataset to.")],
    templates: Annotated[
        list[str] | None,
        typer.Option(
            "--template",
            help="A sentence with {group} (several people), {member} (one) or {adjective}, such as "
            "'I am a {member}.' Repeatable. [default: those of `evenhand evaluate functions`, with "
            "labels]",
        ),
    ] = None,
    terms: Annotated[
        list[str] | None,
        typer.Option(
            "--terms",
            help="The name of a lexicon, or a lexicon file. Repeatable. [default: gender]",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset that exists.")
    ] = False,
) -> None:
    """Build a dataset of made-up sentences about each group, paired with those about the others.

    Whatever differs between the two sentences of a pair is the group, so they show what a model
    makes of a group's name. They say little about texts that people write.

    Example: `evenhand data templates --template 'I am a {member}.' --template 'We met a {adjective}
    person.' --terms religion --output cf/religion`

    Example: `evenhand data templates --terms sexual-orientation --output cf/orientation`
    """
    console.tell_loading("rules")
    from evenhand.data.building.template_pairs import DEFAULT_TERMS, build_from_templates

    dataset = build_from_templates(
        output, templates=templates, terms=terms or DEFAULT_TERMS, overwrite=overwrite
    )
    data_tables.show_coverage(dataset.manifest.counts)
    console.write_stdout(f"Wrote {output}")


@app.command("sample")
def sample(
    output: Annotated[Path, typer.Option("--output", help="Folder to write the sample to.")],
    rows: Annotated[
        int | None,
        typer.Option("--rows", help="Number of comments in both splits. [default: 30000]"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of all random choices.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a sample that exists.")
    ] = False,
) -> None:
    """Write made-up forum comments with a built-in bias, to try evenhand on.

    Writes train.csv and test.csv with the columns id, comment_text, toxicity, gender and topic, and
    a README.md that says how they were made. They are synthetic: nobody wrote them.

    Example: `evenhand data sample --output sample/`
    """
    from evenhand.data.sample import DEFAULT_ROWS, write_sample

    written = write_sample(
        output, rows=DEFAULT_ROWS if rows is None else rows, seed=seed, overwrite=overwrite
    )
    for path in written:
        console.write_stdout(f"Wrote {path}")
