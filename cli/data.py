"""`evenhand data`: build counterfactual datasets, and write sample text to try them on."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli import console, data_terms
from evenhand.data.errors import ConfigurationError

if TYPE_CHECKING:
    from evenhand.data.build import Preview
    from evenhand.data.manifest import Counts

app = typer.Typer(no_args_is_help=True)
app.add_typer(data_terms.app, name="terms")


class _Method(Enum):
    ABLATE = "ablate"
    SUBSTITUTE = "substitute"


_DEFAULT_TERMS = ("gender",)
_TERMS_SHOWN = 20  # in the coverage table; the manifest and the card hold all
_PAIRS_SHOWN = 10  # by --dry-run


@app.callback()
def data() -> None:
    """Build counterfactual datasets, and write sample text to try them on."""


@app.command("build")
def build(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT...", help="CSV, TSV, JSONL or Parquet files."),
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
            help="A built-in lexicon, or a file of terms: TOML, or one term a line, "
            "or term,group. Repeatable. [default: gender]",
        ),
    ] = None,
    method: Annotated[
        _Method,
        typer.Option(
            "--method",
            help="Take identity terms out, or put their counterparts in their place.",
        ),
    ] = _Method.ABLATE,
    per_example: Annotated[
        int | None,
        typer.Option(
            "--per-example",
            metavar="N",
            help="With substitute: at most N counterfactuals of a text, drawn by seed. "
            "[default: all]",
        ),
    ] = None,
    spacy_pipeline: Annotated[
        str | None,
        typer.Option(
            "--spacy",
            metavar="PIPELINE",
            help="With substitute: an installed spaCy pipeline to tell forms with one spelling "
            "apart, as 'her' (him) and 'her' (his). [default: rules]",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Decides all random choices.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset that exists.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the coverage and some pairs; write nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON document.")
    ] = False,
) -> None:
    """Pair every text that holds an identity term with the same text without it, or with another.

    Writes the examples, the pairs, a manifest and a data card, and prints what was covered.

    Example: `evenhand data build train.csv --text-column comment_text --label-column toxicity
    --slice-column gender --output cf/train`
    """
    if dry_run:
        from evenhand.data.build import preview_dataset
        from evenhand.data.manifest import Columns

        columns = Columns(
            text=text_column,
            label=label_column,
            weight=weight_column,
            id=id_column,
            slices=tuple(slice_column or ()),
        )
        with console.progress_bars() as progress:
            preview = preview_dataset(
                inputs,
                columns,
                terms=terms or _DEFAULT_TERMS,
                method=method.value,
                per_example=per_example,
                spacy_pipeline=spacy_pipeline,
                seed=seed,
                pairs=_PAIRS_SHOWN,
                progress=progress,
            )
        _show_preview(preview, as_json=as_json)
        return
    if output is None:
        raise ConfigurationError(
            "there is no folder to write to", where="--output", remedy="name one, or give --dry-run"
        )
    from evenhand.data.build import build_dataset

    with console.progress_bars() as progress:
        dataset = build_dataset(
            inputs,
            output,
            text_column=text_column,
            label_column=label_column,
            weight_column=weight_column,
            id_column=id_column,
            slice_columns=slice_column or (),
            terms=terms or _DEFAULT_TERMS,
            method=method.value,
            per_example=per_example,
            spacy_pipeline=spacy_pipeline,
            seed=seed,
            overwrite=overwrite,
            progress=progress,
        )
    if as_json:
        console.write_json(dataset.manifest.model_dump(mode="json"))
        return
    _show_coverage(dataset.manifest.counts)
    console.write_stdout(f"Wrote {output}")


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


def _show_preview(preview: Preview, *, as_json: bool) -> None:
    pairs = preview.pairs.to_pylist()
    if as_json:
        counts = preview.counts.model_dump(mode="json")
        console.write_json({"counts": counts, "pairs": pairs})
        return
    _show_coverage(preview.counts)
    _show_pairs(pairs)
    console.write_stdout("Nothing was written (--dry-run).")


def _show_coverage(counts: Counts) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Coverage", title_justify="left")
    table.add_column("what")
    table.add_column("rows", justify="right")
    table.add_column("share", justify="right")

    def add(what: str, rows: int, of: int) -> None:
        table.add_row(Text(what), f"{rows:,}", f"{rows / of:.1%}" if of else "")

    add("examples", counts.examples, counts.examples)
    add("pairs", counts.pairs, counts.examples)
    table.add_section()
    for group, pairs in counts.by_group.items():
        add(f"pairs of group {group}", pairs, counts.examples)
    table.add_section()
    for term, pairs in list(counts.by_term.items())[:_TERMS_SHOWN]:
        add(f"pairs with {term!r}", pairs, counts.examples)
    if len(counts.by_term) > _TERMS_SHOWN:
        table.add_row(Text(f"and {len(counts.by_term) - _TERMS_SHOWN} more terms"), "", "")
    if counts.skipped:
        table.add_section()
    for reason, rows in counts.skipped.items():
        add(f"left out: {reason}", rows, 0)
    console.show(table)


def _show_pairs(pairs: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="First pairs", title_justify="left", show_lines=True)
    table.add_column("original")
    table.add_column("counterfactual")
    table.add_column("terms")
    for pair in pairs:
        table.add_row(
            Text(pair["original"]), Text(pair["counterfactual"]), Text(", ".join(pair["terms"]))
        )
    console.show(table)
