"""Parameters that the commands of `evenhand remediate` share, besides the options of training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.data.options import DATA, MODEL, OUTPUT

Baseline = Annotated[
    str,
    typer.Option(
        "--baseline",
        rich_help_panel=MODEL,
        help="The model to repair: a .keras or .h5 file, a SavedModel of Keras 2, "
        "package.module:attribute, or file.py:attribute.",
    ),
]
Data = Annotated[
    Path,
    typer.Option(
        "--data",
        rich_help_panel=DATA,
        help="A dataset that `evenhand data build` wrote, with labels.",
    ),
]
Output = Annotated[
    Path, typer.Option("--output", rich_help_panel=OUTPUT, help="Folder to write the model to.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        rich_help_panel=OUTPUT,
        help="Go on with this output's unfinished training, if there is one.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace an existing output."),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", rich_help_panel=OUTPUT, help="Print the result as one JSON document."),
]
