"""Options of commands that score with one model, which `--model` or `--endpoint` names."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import HARDWARE, MODEL

MODELS = (
    "a .keras, .h5 or .tflite file, a SavedModel folder, package.module:attribute, or "
    "file.py:attribute"
)
"""What names a model, for help texts."""
Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        rich_help_panel=MODEL,
        help="Instead of --model: http://HOST:8501/v1/models/NAME of TensorFlow Serving.",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        rich_help_panel=HARDWARE,
        help="Score every text again, and keep no scores.",
    ),
]


def named_model(model: str | None, endpoint: str | None) -> str | None:
    """Return the model that one of the two options names, or None.

    Raises:
        ConfigurationError: Both name one.
    """
    if model and endpoint:
        raise ConfigurationError("--model and --endpoint both name the model", remedy="give one")
    return model or endpoint
