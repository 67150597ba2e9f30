"""Options that say how to load a MODEL and read its outputs, for the commands that take one."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.data.support.option_checks import flag
from evenhand.remediation.literals import Activation

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
Probabilities = Annotated[
    bool,
    typer.Option(
        "--probabilities", help="The outputs are probabilities, where the model does not tell."
    ),
]
ActivationName = Annotated[
    Activation | None,
    typer.Option(
        "--activation",
        help="What makes probabilities of several logits, where the model does not tell: sigmoid "
        "of labels of which a text may have any, softmax of classes of which it has one.",
    ),
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
        help="Load files that run code or touch other files: Lambda layers, pickles, such graphs.",
    ),
]


def reading_arguments(**options: str | int | bool | None) -> list[str]:
    """Return the arguments that let another command read a model as these options do."""
    arguments: list[str] = []
    for name, value in options.items():
        if value is not None and value is not False:
            arguments.append(flag(name))
            arguments += [] if value is True else [str(value)]
    return arguments
