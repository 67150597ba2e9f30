"""The options that say how a text file is written, for every command that reads tables."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHARACTER",
        help="What separates the fields of CSV and TSV files. [default: by the file's name]",
    ),
]
Quoting = Annotated[
    Literal["double", "none"] | None,
    typer.Option(
        "--quoting",
        help="Whether a field of CSV and TSV files may stand in double quotation marks, or these "
        "are text. [default: double in CSV, none in TSV; doubts are errors]",
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help="Encoding of text files, such as cp1252. [default: utf-8]"),
]
