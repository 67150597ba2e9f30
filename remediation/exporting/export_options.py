"""Options of exporting a model for serving; light to import, for help texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import OnError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import COLUMNS, FILES, OUTPUT, option
from evenhand.remediation.model_options import ModelOptions

SAVED_MODEL = "saved-model"
TFLITE = "tflite"
INT8 = "int8"

Quantisation = Literal["float16", "dynamic", "int8"]


@dataclass(frozen=True, kw_only=True)
class ExportOptions(ModelOptions, Dialect):
    """Options of `export_model`: what is written, and how the calibration texts are read.

    Raises:
        ConfigurationError: An option is out of range, or is for the other format.
    """

    format: Literal["saved-model", "tflite"] = option(
        "saved-model",
        "A SavedModel, as TensorFlow Serving loads it, or a TFLite file.",
        OUTPUT,
    )
    version: int | None = option(
        None,
        "Number of the SavedModel's folder.",
        OUTPUT,
        unset="1 more than the largest there",
    )
    quantise: Quantisation | None = option(
        None,
        "For TFLite: smaller numbers. float16 and dynamic, which is 8 bits, are for weights alone; "
        "int8 is for all that is computed and needs texts for calibration.",
        OUTPUT,
        unset="32 bits, as they are",
    )
    calibration_texts: int = option(
        500, "How many different texts to calibrate with, at most, drawn from all.", OUTPUT
    )
    text_column: str = option("text", "Column of the calibration texts.", COLUMNS)
    on_error: OnError = option("stop", "Stop at a row that cannot be used, or leave it out.", FILES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.format == SAVED_MODEL and self.quantise is not None:
            raise ConfigurationError(
                "a SavedModel is not quantised",
                where="`quantise`",
                remedy="leave it out, or give `format` tflite",
            )
        if self.format == TFLITE and self.version is not None:
            raise ConfigurationError(
                "a TFLite file has no version",
                where="`version`",
                remedy="leave it out, or put a number into the file's name",
            )
