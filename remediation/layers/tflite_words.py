"""What a TFLite file holds besides its graph: how texts become the numbers that it takes.

TFLite has no strings worth the name on a phone, so a model is cut behind its TextVectorization
layer, and that layer's settings and words are kept with the graph. As the metadata of TFLite do it,
they are a file in a ZIP archive at the end: ``unzip model.tflite`` takes it out, and interpreters
do not see it.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evenhand.data.errors import InputError
from evenhand.remediation.runtime.tensorflow import keras_package

RECORD_NAME = "evenhand.json"


class Words(BaseModel):
    """The settings of a TextVectorization layer, as Keras calls them, and its vocabulary."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None
    split: Literal["whitespace", "character"] | None
    ngrams: int | list[int] | None
    output_mode: Literal["int", "multi_hot", "count"]
    output_sequence_length: int | None
    max_tokens: int | None
    pad_to_max_tokens: bool
    vocabulary: list[str]

    def layer(self) -> Any:
        """Return the layer, of Keras 3: strings of shape (n,) become numbers, a row for each."""
        given = self.model_dump()
        if isinstance(self.ngrams, list):
            given["ngrams"] = tuple(self.ngrams)
        return keras_package(3).layers.TextVectorization(**given)


class ExportRecord(BaseModel):
    """What an export was made of.

    Attributes:
        schema_version: 1.
        model: Name of the model, and digest of its file if it has one.
        outputs: How the model's outputs are read, in words.
        quantise: Which numbers a TFLite file has, None for 32 bits.
        calibration_texts: How many texts it was calibrated with.
        words: How texts become the numbers that a TFLite file takes; None if that is not in it.
        versions: Of Python and libraries.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    model: dict[str, str | None]
    outputs: str
    quantise: str | None = None
    calibration_texts: int = 0
    words: Words | None = None
    versions: dict[str, str]


def with_record(graph: bytes, record: ExportRecord) -> bytes:
    """Return a TFLite file of a graph and its record."""
    file = io.BytesIO(graph)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(RECORD_NAME), record.model_dump_json())
    return file.getvalue()


def record_in(path: Path, content: bytes) -> ExportRecord | None:
    """Return the record of a TFLite file; None if it has none, as files of others do.

    Raises:
        InputError: It is damaged.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entry = archive.getinfo(RECORD_NAME)
    except Exception:  # no archive, or one of others, of which it matters nothing
        return None
    try:
        # A stored entry is no larger than the file. A compressed one could be of any size.
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(content):
            raise ValueError("it is compressed")
        return ExportRecord.model_validate_json(archive.read(entry))
    except (ValidationError, ValueError, OSError, RuntimeError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"the model's {RECORD_NAME} cannot be read ({reason})",
            where=str(path),
            expected="a file that `evenhand remediate export` wrote",
            remedy="export the model again",
        ) from error
