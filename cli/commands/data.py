"""`evenhand data`: build counterfactual datasets, and write sample text to try them on."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.commands import data_terms
from evenhand.cli.options import dialects
from evenhand.cli.results import data_tables
from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.support.option_checks import check_whole

if TYPE_CHECKING:
    from evenhand.data.building.build_options import BuildKeywords

app = typer.Typer(no_args_is_help=True)
app.add_typer(data_terms.app, name="terms")


_DEFAULT_TERMS = ("gender",)
_PAIRS_SHOWN = 20  # by --dry-run


class Counterparts(str, Enum):
    """Which counterparts of a term make pairs."""

    ALL = "all"
    ONE = "one"


class PairLabels(str, Enum):
    """Which texts are paired, by their label."""

    ALL = "all"
    NEGATIVE = "negative"


class ExportFormat(str, Enum):
    """What `data export` writes."""

    TFRECORD = "tfrecord"


class OnBadRow(str, Enum):
    """What to do about a row that cannot be used."""

    STOP = "stop"
    SKIP = "skip"


@app.callback()
def data() -> None:
    """Build counterfactual datasets, and write sample text to try them on."""


@app.command("build")
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
        Path | None, typer.Option("--output", help="Folder to write the dataset to.")
    ] = None,
    text_column: Annotated[
        str, typer.Option("--text-column", help="Column that holds the texts.")
    ] = "text",
    label_column: Annotated[
        str | None,
        typer.Option(
            "--label-column",
            help="Column that holds the labels, from 0 to 1. Without it the dataset is unlabelled.",
        ),
    ] = None,
    classes: Annotated[
        int | None,
        typer.Option(
            "--classes",
            metavar="N",
            help="Labels are the numbers of N classes, from 0 to N-1. [default: from 0 to 1]",
        ),
    ] = None,
    weight_column: Annotated[
        str | None, typer.Option("--weight-column", help="Column that holds example weights.")
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id-column", help="Column that names the rows. [default: the row's number]"),
    ] = None,
    slice_column: Annotated[
        list[str] | None,
        typer.Option("--slice-column", help="A column to report by later. Repeatable."),
    ] = None,
    terms: Annotated[
        list[str] | None,
        typer.Option(
            "--terms",
            metavar="NAME|FILE",
            help="The name of a lexicon, or a file of terms: TOML, or one term a line, "
            "or term,group. Repeatable. [default: gender]",
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="NAME|MODULE:FUNCTION",
            help="ablate (remove the terms), substitute (put their counterparts in their place), "
            "or your own: an entry point's name or package.module:function.",
        ),
    ] = "ablate",
    counterparts: Annotated[
        Counterparts | None,
        typer.Option(
            "--counterparts",
            help="Substitution: a pair for all counterparts, or for one drawn by seed. "
            "[default: all]",
        ),
    ] = None,
    per_example: Annotated[
        int | None,
        typer.Option("--per-example", help="Substitution: pairs of a text at most, drawn by seed."),
    ] = None,
    spacy: Annotated[
        str | None,
        typer.Option(
            "--spacy",
            metavar="PIPELINE",
            help="Substitution: an installed spaCy pipeline that tells her/him/his/hers apart. "
            "[default: rules]",
        ),
    ] = None,
    tagger: Annotated[
        str | None,
        typer.Option(
            "--tagger", metavar="NAME", help="Substitution: a package's tagger, in place of rules."
        ),
    ] = None,
    pairs_file: Annotated[
        Path | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="Take pairs written elsewhere, with the columns id and counterfactual (and "
            "original), in place of a method.",
        ),
    ] = None,
    pair_labels: Annotated[
        PairLabels,
        typer.Option("--pair-labels", help="Pair all texts, or only those labelled 0.5 or less."),
    ] = PairLabels.ALL,
    min_tokens: Annotated[
        int | None,
        typer.Option("--min-tokens", help="Leave out pairs with a text of fewer words."),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", help="Leave out texts of more words.")
    ] = None,
    max_terms: Annotated[
        int | None,
        typer.Option("--max-terms", help="Leave out texts with more different terms."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of all random choices.")] = 0,
    delimiter: dialects.Delimiter = None,
    quoting: dialects.Quoting = None,
    encoding: dialects.Encoding = None,
    on_error: Annotated[
        OnBadRow,
        typer.Option("--on-error", help="Stop at a row that cannot be used, or skip and count it."),
    ] = OnBadRow.STOP,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", help="Threads and processes. [default: what pays, up to one a core]"
        ),
    ] = None,
    shard_rows: Annotated[
        int | None,
        typer.Option("--shard-rows", help="Rows of a Parquet file at most. [default: 1000000]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset that exists.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the coverage and some pairs; write nothing.")
    ] = False,
    preview: Annotated[
        int | None,
        typer.Option(
            "--preview",
            min=0,
            help="How many pairs to show as differences. [default: 20 with --dry-run, 0 without]",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON document.")
    ] = False,
) -> None:
    """Pair every text that holds an identity term with its counterfactuals.

    Writes the examples, the pairs, a manifest and a data card, and prints what was covered and what
    was left out.

    Example: `evenhand data build train.csv --text-column comment_text --label-column toxicity
    --slice-column gender --output cf/train`
    """
    check_whole("preview", preview, least=0, optional=True)
    if output is None and not dry_run:
        raise ConfigurationError(
            "there is no folder to write to", where="--output", remedy="name one, or give --dry-run"
        )
    of_method = counterparts or per_example or spacy or tagger
    if pairs_file is not None and (method != "ablate" or of_method):
        raise ConfigurationError(
            "pairs that are written elsewhere need no method",
            where="--pairs",
            remedy="leave out --method and its options",
        )
    if counterparts is Counterparts.ALL and per_example is not None:
        raise ConfigurationError(
            "all counterparts and some of them exclude each other",
            where="--counterparts all --per-example",
            remedy="leave one out",
        )
    if counterparts is not None and method != "substitute":
        raise ConfigurationError(
            "only substitution has counterparts",
            where="--counterparts",
            remedy="leave it out, or give --method substitute",
        )
    options: BuildKeywords = {
        "text_column": text_column,
        "label_column": label_column,
        "classes": classes,
        "weight_column": weight_column,
        "id_column": id_column,
        "slice_columns": slice_column or (),
        "terms": terms or _DEFAULT_TERMS,
        "method": method,
        "per_example": 1 if counterparts is Counterparts.ONE and not per_example else per_example,
        "spacy_pipeline": spacy,
        "tagger": tagger,
        "pairs_file": pairs_file,
        "pair_labels": pair_labels.value,
        "min_tokens": min_tokens,
        "max_tokens": max_tokens,
        "max_terms": max_terms,
        "seed": seed,
        "delimiter": delimiter,
        "quoting": quoting,
        "encoding": encoding,
        "on_error": on_error.value,
        "workers": workers,
        "shard_rows": shard_rows,
    }
    if output is None or dry_run:
        _dry_run(inputs, options, _PAIRS_SHOWN if preview is None else preview, as_json=as_json)
        return
    from evenhand.data.building.build import build_dataset

    with console.progress_bars() as progress:
        dataset = build_dataset(inputs, output, overwrite=overwrite, progress=progress, **options)
    data_tables.warn_of_bad_rows(dataset.manifest)
    if as_json:
        console.write_json(dataset.manifest.model_dump(mode="json"))
        return
    data_tables.show_coverage(dataset.manifest.counts)
    if preview:
        first = next(dataset.iter_pairs(batch_rows=preview))
        data_tables.show_pairs(first.to_pylist())
    console.write_stdout(f"Wrote {output}")


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


def _dry_run(inputs: list[Path], options: BuildKeywords, pairs: int, *, as_json: bool) -> None:
    from evenhand.data.building.build import preview_dataset

    with console.progress_bars() as progress:
        preview = preview_dataset(inputs, pairs=pairs, progress=progress, **options)
    data_tables.warn_of_bad_rows(preview.manifest)
    shown = preview.pairs.to_pylist()
    if as_json:
        counts = preview.counts.model_dump(mode="json")
        console.write_json({"counts": counts, "pairs": shown})
        return
    data_tables.show_coverage(preview.counts)
    data_tables.show_pairs(shown)
    console.write_stdout("Nothing was written (--dry-run).")


@app.command("sample")
def sample(
    output: Annotated[Path, typer.Option("--output", help="Folder to write the sample to.")],
    rows: Annotated[
        int | None,
        typer.Option("--rows", help="Comments in both splits together. [default: 30000]"),
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
