"""`evenhand try`: the pairs of a few texts, before anything is built."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.options.model_choice import MODELS, Endpoint, named_model
from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.options import MODEL, OUTPUT
from evenhand.evaluation.report_options import TryOptions


@with_options
def try_texts(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="A text in quotation marks, or several; without one the lines of stdin, typed or "
            "piped.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            rich_help_panel=MODEL,
            help=f"The model: {MODELS}. Without one only pairs are shown.",
        ),
    ] = None,
    endpoint: Endpoint = None,
    *,
    options: TryOptions,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=OUTPUT, help="Print the result as one JSON document."
        ),
    ] = False,
) -> None:
    """Show the pairs of a few texts, with a model's scores and decisions.

    Each text is shown with its counterfactuals, or with the reason why it has none. The exit code
    is 0 whether a pair flips or not: to judge a model, build a dataset and evaluate it.

    Examples:

    - `evenhand try "I am a lesbian" --model clp/model.keras`

    - `evenhand try "She is a doctor" "He is a nurse" --method substitute --terms gender`

    - `evenhand try --model clp/model.keras < comments.txt`
    """
    model = named_model(model, endpoint)
    console.tell_loading("TensorFlow" if model else "rules")
    from evenhand.cli.results.tried_table import show_tried
    from evenhand.evaluation.tried_texts import TextTrial

    asks = not texts and sys.stdin.isatty()
    listed = None if asks and not as_json else list(texts or _lines())
    if listed is not None and not listed:
        raise ConfigurationError("there is no text to try", expected="a text, or lines on stdin")
    trial = TextTrial(model, options)
    if listed is None:
        for line in _lines(prompt="text: "):
            show_tried(trial([line]))
        return
    found = trial(listed)
    if as_json:
        console.write_json(found.as_document())
    else:
        show_tried(found)


def _lines(prompt: str = "") -> Iterator[str]:
    """Give the lines of stdin that are not empty, asking for each on a terminal."""
    stream: Any = sys.stdin
    stream.reconfigure(errors="replace")
    while True:
        if prompt:
            console.clear_loading()
            sys.stderr.write(prompt)
            sys.stderr.flush()
        line = stream.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()
