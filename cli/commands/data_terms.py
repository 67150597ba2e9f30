"""`evenhand data terms`: look at lexicons, check your own, see which terms your data holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.terminal import console
from evenhand.data.cluster.cluster_options import ClusterOptions
from evenhand.data.formats.dialect import Dialect

if TYPE_CHECKING:
    from evenhand.data.building.scan import Occurrence, TermScan
    from evenhand.data.lexicons.lexicon import Entry, Lexicon

app = typer.Typer(no_args_is_help=True)

_BAR_WIDTH = 20  # characters

NameOrFile = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="The name of a lexicon, or a lexicon file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


@app.callback()
def terms() -> None:
    """Look at lexicons, check your own, and see which identity terms your data holds."""


@app.command("list")
def list_lexicons(as_json: AsJson = False) -> None:
    """List the lexicons that have a name, evenhand's own and those of packages, with their groups.

    Example: `evenhand data terms list --json`
    """
    from rich.table import Table
    from rich.text import Text

    from evenhand.data.lexicons.lexicon import lexicon_names, load_lexicon

    lexicons = [load_lexicon(name) for name in lexicon_names()]
    if as_json:
        console.write_json([_summary(lexicon) for lexicon in lexicons])
        return
    table = Table(title="Lexicons", title_justify="left")
    for column in ("name", "version", "groups"):
        table.add_column(column)
    table.add_column("terms", justify="right")
    table.add_column("forms", justify="right")
    for lexicon in lexicons:
        summary = _summary(lexicon)
        table.add_row(
            Text(lexicon.name),
            Text(lexicon.version),
            Text(", ".join(lexicon.groups)),
            str(summary["terms"]),
            str(summary["forms"]),
        )
    console.show(table)


@app.command("show")
def show(lexicon: NameOrFile, as_json: AsJson = False) -> None:
    """Show a lexicon's terms with their forms, counterparts, neutral forms and guards.

    Example: `evenhand data terms show gender`
    """
    from rich.table import Table
    from rich.text import Text

    from evenhand.data.lexicons.lexicon import load_lexicon
    from evenhand.data.lexicons.neutral_forms import neutral_form

    loaded = load_lexicon(lexicon)
    if as_json:
        entries = [entry.model_dump(mode="json") for entry in loaded.entries]
        console.write_json({**_summary(loaded), "groups": loaded.groups, "entries": entries})
        return
    console.write_stdout(f"{loaded.name} {loaded.version}: {loaded.description}".rstrip(": "))
    table = Table()
    for column in ("group", "term", "forms", "counterparts", "neutral", "guards"):
        table.add_column(column)
    for entry in loaded.entries:
        forms = [
            f"{slot}: {' / '.join(spellings)}" for slot, spellings in sorted(entry.forms.items())
        ]
        neutral = dict.fromkeys(
            _neutral_in_words(neutral_form(entry, slot, spelling))
            for slot, spelling in entry.spellings()
        )
        counterparts = ", ".join(entry.counterparts)
        cells = (entry.group, entry.term, ", ".join(forms), counterparts, ", ".join(neutral))
        table.add_row(*map(Text, cells), Text(_guards_in_words(entry)))
    console.show(table)


@app.command("check")
def check(
    lexicons: Annotated[
        list[str],
        typer.Argument(metavar="NAME|FILE...", help="Names of lexicons, or lexicon files."),
    ],
    as_json: AsJson = False,
) -> None:
    """Check lexicons, and show everything that is wrong with them, each with its line.

    Refuses terms listed twice, one-way swaps, empty groups, counterparts that do not exist or are
    in the same group, terms that look like regular expressions, neutral forms that are identity
    terms or missing for a form, and well-known pejoratives.

    Example: `evenhand data terms check my-terms.toml`
    """
    from evenhand.data.errors import ConfigurationError, InputError
    from evenhand.data.lexicons.lint import check_lexicon

    if as_json and len(lexicons) > 1:
        raise ConfigurationError("--json takes one lexicon", where=", ".join(lexicons))
    found = {lexicon: check_lexicon(lexicon) for lexicon in lexicons}
    for lexicon, problems in found.items():
        if as_json:
            fields = ("what", "where", "expected", "remedy")
            rows = [{name: getattr(problem, name) for name in fields} for problem in problems]
            console.write_json({"lexicon": lexicon, "problems": rows})
        elif problems:
            lines = [line for problem in problems for line in problem.lines()]
            console.write_stdout("\n".join(lines))
        else:
            console.write_stdout(f"{lexicon}: no problem found")
    number = sum(map(len, found.values()))
    if number:
        wrong = [lexicon for lexicon, problems in found.items() if problems]
        subject = "the lexicon has" if len(wrong) == 1 else "the lexicons have"
        problems_found = "1 problem" if number == 1 else f"{number} problems"
        raise InputError(f"{subject} {problems_found}", where=", ".join(wrong))


@app.command("scan")
@with_options
def scan(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT...", help="CSV, TSV, JSONL or Parquet files."),
    ],
    text_column: Annotated[
        str, typer.Option("--text-column", help="Column that holds the texts.")
    ] = "text",
    label_column: Annotated[
        str | None,
        typer.Option("--label-column", help="Column that holds the labels, from 0 to 1."),
    ] = None,
    positive_labels: Annotated[
        list[str] | None,
        typer.Option(
            "--positive-label",
            metavar="LABEL",
            help="A label that counts as 1, such as toxic; all others count as 0. Repeatable. "
            "[default: labels are numbers from 0 to 1]",
        ),
    ] = None,
    lexicons: Annotated[
        list[str] | None,
        typer.Option(
            "--terms",
            metavar="NAME|FILE",
            help="A lexicon, by name or file. Repeatable. [default: all that have a name]",
        ),
    ] = None,
    *,
    dialect: Dialect,
    cluster: ClusterOptions,
    top: Annotated[int, typer.Option("--top", min=1, help="How many terms to show.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Count which identity terms occur in your data, how often, and how they are labelled.

    A row counts once for every term and every group in it; "positive" is the share of labelled rows
    with a label above 0.5.

    Example: `evenhand data terms scan train.csv --text-column comment_text --label-column toxicity`
    """
    from evenhand.data.building.scan import scan_terms

    with console.progress_bars() as progress:
        found = scan_terms(
            inputs,
            text_column=text_column,
            label_column=label_column,
            positive_labels=positive_labels or (),
            terms=lexicons,
            dialect=dialect,
            **cluster.as_keywords(),
            progress=progress,
        )
    if as_json:
        console.write_json(dataclasses.asdict(found))
        return
    _show_scan(found, top=top)


def _summary(lexicon: Lexicon) -> dict[str, Any]:
    return {
        "name": lexicon.name,
        "version": lexicon.version,
        "description": lexicon.description,
        "groups": list(lexicon.groups),
        "terms": len(lexicon.entries),
        "forms": len({form for entry in lexicon.entries for _, form in entry.spellings()}),
        "sha256": lexicon.sha256,
    }


def _neutral_in_words(form: str | None) -> str:
    return {None: "none", "": "taken out"}.get(form, str(form))


def _guards_in_words(entry: Entry) -> str:
    guards = entry.guards
    parts = (
        "beside a person" if guards.person_word else "",
        "not capitalised in mid-sentence" if guards.not_capitalised else "",
        "only capitalised" if guards.only_capitalised else "",
        f"not in {', '.join(map(repr, guards.not_in))}" if guards.not_in else "",
    )
    return "; ".join(filter(None, parts))


def _show_scan(found: TermScan, *, top: int) -> None:
    rows, with_a_term = found.all_rows, found.rows_with_a_term
    for what, counted in (("rows", rows), ("rows with a term", with_a_term)):
        rate = counted.positive_rate
        positive = "" if rate is None else f", {rate:.1%} of the labelled ones positive"
        console.write_stdout(f"{counted.rows:,} {what}{positive}")
    if not found.terms:
        return
    _show_occurrences("By group", found.groups, rows)
    _show_occurrences("By term", found.terms[:top], rows)
    if len(found.terms) > top:
        console.write_stdout(f"and {len(found.terms) - top} more terms (--top shows more)")


def _show_occurrences(title: str, occurrences: Sequence[Occurrence], rows: Occurrence) -> None:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    table.add_column()
    for column in ("rows", "share", *(["positive"] if rows.labelled else [])):
        table.add_column(column, justify="right")
    table.add_column()
    for found in occurrences:
        cells = [f"{found.rows:,}", f"{found.rows / rows.rows:.2%}"]
        if rows.labelled:
            cells.append("" if found.positive_rate is None else f"{found.positive_rate:.1%}")
        groups = f" ({', '.join(found.groups)})" if found.groups else ""
        bar = ProgressBar(total=occurrences[0].rows, completed=found.rows, width=_BAR_WIDTH)
        table.add_row(Text(found.name + groups), *cells, bar)
    console.show(table)
