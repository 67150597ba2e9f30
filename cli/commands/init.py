"""`evenhand init`: write a run file from flags, and ask for what they do not say."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.options.flags import flag_of
from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import COLUMNS, DATA, MODEL, OUTPUT, PAIRING, option
from evenhand.data.support.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from evenhand.cli.runs.template import Answers

_DEFAULT_TERMS = "gender"
_REQUIRED = {
    "data": "Texts with labels to train on: a file, a folder or a pattern",
    "test_data": "Texts with labels to report on, which no training sees",
    "text_column": "Column of the texts",
    "label_column": "Column of the labels, or several columns",
}
_MORE = {
    "positive_labels": (
        "Labels that count as 1, such as toxic (empty: labels are numbers from 0 to 1)",
        "",
    ),
    "slice_columns": ("Columns to report by (empty: none)", ""),
    "terms": ("Lexicons: names, of `evenhand data terms list`, or files", _DEFAULT_TERMS),
    "baseline": ("Your model (empty: train a small one)", ""),
}
_LISTS = ("data", "test_data", "label_column", "positive_labels", "slice_columns", "terms")


@dataclass(frozen=True, kw_only=True)
class InitOptions(Dialect):
    """What a run file has to say; None is asked for, or left to the default."""

    data: Sequence[str] | None = option(None, "Texts with labels to train on.", DATA)
    test_data: Sequence[str] | None = option(None, "Texts with labels to report on.", DATA)
    text_column: str | None = option(None, "Column that holds the texts.", COLUMNS)
    label_column: Sequence[str] | None = option(
        None,
        "Column that holds the labels, from 0 to 1. More than one: a text may have any of these "
        "labels.",
        COLUMNS,
    )
    positive_labels: Sequence[str] | None = option(
        None,
        "A label that counts as 1, such as toxic; all others count as 0.",
        COLUMNS,
        flag="--positive-label",
        metavar="LABEL",
        unset="labels are numbers from 0 to 1",
    )
    slice_columns: Sequence[str] | None = option(
        None, "A column to report by.", COLUMNS, flag="--slice-column"
    )
    terms: Sequence[str] | None = option(
        None, "A lexicon.", PAIRING, metavar="NAME|FILE", unset=_DEFAULT_TERMS
    )
    baseline: str | None = option(None, "The model to repair.", MODEL, unset="train a small one")


@with_options
def init(
    options: InitOptions,
    output: Annotated[
        Path, typer.Option("--output", rich_help_panel=OUTPUT, help="The file to write.")
    ] = Path(SETTINGS_FILE),
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace the file if it exists."),
    ] = False,
) -> None:
    """Write a commented run file, which `evenhand run` does.

    At a terminal it asks for what the flags do not say. The file contains a gate to adapt.

    Example: `evenhand init --data train.csv --test-data test.csv --text-column comment_text
    --label-column toxicity --slice-column gender`

    Several labels of your own model: `evenhand init --data train.csv --test-data test.csv
    --text-column comment_text --label-column toxic --label-column insult --baseline six.keras`
    """
    from evenhand.cli.runs.template import render_run_file
    from evenhand.data.storage.files import write_text
    from evenhand.data.support.settings import check_new_settings

    check_new_settings(output, overwrite=overwrite)
    answers = _completed(options.as_keywords(), output)
    write_text(output, render_run_file(answers))
    console.write_stdout(f"Wrote {output}")
    console.write_stdout(f"Next: {shlex.join(['evenhand', 'run', str(output)])}")


def _completed(given: dict[str, Any], output: Path) -> Answers:
    """Ask for what is not given, check what is there, and return it for a file at `output`."""
    from evenhand.cli.runs.template import Answers
    from evenhand.data.storage.separation import check_apart

    missing = [name for name in _REQUIRED if not given[name]]
    if missing and not sys.stdin.isatty():
        flags = [flag_of(name) for name in missing]
        raise ConfigurationError(
            f"{', '.join(flags)} {'is' if len(flags) == 1 else 'are'} missing",
            expected="; ".join(f"{_REQUIRED[name]}" for name in missing),
            remedy="give them, or run `evenhand init` at a terminal, where it asks",
        )
    answers = {name: value for name, value in given.items() if value is not None}
    if missing:
        answers |= {name: _ask(name, _REQUIRED[name]) for name in missing}
        answers |= {name: _ask(name, *_MORE[name]) for name in _MORE if name not in answers}
    found = Answers(**answers)
    own_lexicons = [terms for terms in found.terms if Path(terms).is_file()]
    check_apart(
        {
            "--data": found.data,
            "--test-data": found.test_data,
            "--terms": own_lexicons,
            "--baseline": found.baseline or None,
        },
        {"--output": output},
    )
    _check(found)
    return replace(
        found,
        data=[_seen_from(output, name) for name in found.data],
        test_data=[_seen_from(output, name) for name in found.test_data],
        terms=[_lexicon_seen_from(output, name) for name in found.terms],
        baseline=_model_seen_from(output, found.baseline),
    )


def _ask(name: str, question: str, default: str | None = None) -> str | list[str]:
    try:
        answer: str = typer.prompt(question, default=default, err=True, show_default=bool(default))
    except typer.Abort:  # Ctrl-C and the end of the input
        raise KeyboardInterrupt from None
    if name not in _LISTS:
        return answer
    try:
        return shlex.split(answer)
    except ValueError:  # the quotation mark is part of a name
        return answer.split()


def _check(answers: Answers) -> None:
    """Raise the EvenhandError that the first step of a run would raise, so that it shows now."""
    from evenhand.data.dataset.manifest import Columns
    from evenhand.data.dataset.on_disk import check_slice_names
    from evenhand.data.formats.dialect import Dialect
    from evenhand.data.formats.sources import find_inputs
    from evenhand.data.lexicons.lexicon import load_lexicon
    from evenhand.data.reading.positive_labels import label_texts
    from evenhand.data.reading.readers import check_inputs
    from evenhand.remediation.models.references import file_of, inspect_model

    check_slice_names(answers.slice_columns)
    for terms in answers.terms:
        load_lexicon(terms)
    columns = Columns(
        text=answers.text_column,
        label=answers.label_column[0],
        other_labels=tuple(answers.label_column[1:]),
        slices=tuple(answers.slice_columns),
        positive_labels=label_texts(answers.positive_labels),
    )
    dialect = Dialect(answers.delimiter, answers.quoting, answers.encoding)
    for inputs in (answers.data, answers.test_data):
        check_inputs(find_inputs(inputs, dialect), columns)
    if answers.baseline and (path := file_of(answers.baseline)) is not None:
        inspect_model(path)


def _seen_from(output: Path, name: str) -> str:
    """Return a path for a run file at `output`: relative to its folder, unless it is absolute."""
    return name if Path(name).is_absolute() else os.path.relpath(name, output.parent)


def _lexicon_seen_from(output: Path, name: str) -> str:
    from evenhand.data.lexicons.lexicon import lexicon_names

    return name if name in lexicon_names() else _seen_from(output, name)


def _model_seen_from(output: Path, name: str) -> str:
    from evenhand.remediation.models.references import file_of

    return name if not name or file_of(name) is None else _seen_from(output, name)
