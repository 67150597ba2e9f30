"""Options that say how to load a MODEL and read its outputs, for the commands that take one."""

from __future__ import annotations

from typing import Annotated

import typer

Preprocess = Annotated[
    str | None,
    typer.Option(
        "--preprocess",
        metavar="MODULE:FUNCTION",
        help="Maps a list of str to the input of a model that does not take strings.",
    ),
]
Head = Annotated[
    str | None,
    typer.Option("--head", help="Name or number of the output to read, or to train, of several."),
]
PositiveClass = Annotated[
    int | None,
    typer.Option(
        "--positive-class",
        min=0,
        help="Class whose probability is the score. [default: the second of two; of more, the most "
        "probable one is the decision]",
    ),
]
Logits = Annotated[
    bool,
    typer.Option("--logits", help="The outputs are logits, where the model does not tell."),
]
CustomObjects = Annotated[
    str | None,
    typer.Option(
        "--custom-objects",
        metavar="MODULE",
        help="Holds the layers and functions of its own that the model refers to. Its code runs.",
    ),
]
AllowUnsafe = Annotated[
    bool,
    typer.Option(
        "--allow-unsafe",
        help="Load files that run code of their own: Lambda layers, pickles.",
    ),
]


def reading_arguments(
    preprocess: str | None, head: str | None, positive_class: int | None, logits: bool
) -> list[str]:
    """Return the arguments that let another command read a model as this one does."""
    values = {"preprocess": preprocess, "head": head, "positive-class": positive_class}
    given = [(f"--{name}", str(value)) for name, value in values.items() if value is not None]
    return [*(part for pair in given for part in pair), *(["--logits"] if logits else [])]
