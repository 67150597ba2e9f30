"""Which Keras wrote a model file, and with which architecture, as the file itself says.

Everything here works without TensorFlow, because the answer decides how TensorFlow is started.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.model_files.keras_files import is_hdf5, read_archive, read_h5
from evenhand.remediation.model_files.saved_model_metadata import legacy_keras_configs
from evenhand.remediation.runtime.tensorflow import KerasGeneration

GRAPH = "saved_model.pb"  # what makes a folder a SavedModel
KERAS_METADATA = "keras_metadata.pb"  # beside it, where Keras 2 saved it


@dataclass(frozen=True)
class ModelFile:
    """A model file or folder, and what it says about itself.

    Attributes:
        path: Where it is.
        kind: Its format: ``"keras"``, ``"h5"`` or ``"saved_model"``; its suffix for any other.
        keras: Generation of the Keras that wrote it; None if it needs no Keras.
        config: The architecture, and how it is compiled, if that can be read without TensorFlow.
    """

    path: Path
    kind: str
    keras: KerasGeneration | None = None
    config: Any = field(default=None, repr=False)


def inspect_archive(path: Path) -> ModelFile:
    """Read what a `.keras` file says about itself.

    Raises:
        InputError: It is no complete model.
    """
    if is_hdf5(path):  # as Keras 2 wrote them until version 2.11
        return inspect_h5(path)
    version, config = read_archive(path)
    return ModelFile(path, "keras", _generation(version), config)


def inspect_h5(path: Path) -> ModelFile:
    """Read what an `.h5` file says about itself.

    Raises:
        InputError: It is no complete model.
    """
    version, config = read_h5(path)
    return ModelFile(path, "h5", _generation(version), config)


def inspect_saved_model(path: Path) -> ModelFile:
    """Read what a SavedModel says about itself.

    Raises:
        InputError: It has a link that leads out of it, or something that is not a file or folder.
    """
    _check_folder(path)
    if (path / KERAS_METADATA).is_file():
        return ModelFile(path, "saved_model", 2)
    configs = legacy_keras_configs(path / GRAPH)
    return ModelFile(path, "saved_model", None if configs is None else 2, configs)


def _generation(version: str) -> KerasGeneration:
    # Files without a version are older than Keras 3, which has always written its own.
    major = version.partition(".")[0]
    return 3 if major.isdecimal() and int(major) >= 3 else 2


def _check_folder(folder: Path) -> None:
    """Refuse links out of a folder, and pipes and devices, on which reading would hang."""
    inside = folder.resolve()
    for part in folder.rglob("*"):
        try:
            leads_out = not part.resolve().is_relative_to(inside)
        except (OSError, RuntimeError):  # a link that leads to itself
            leads_out = True
        if leads_out:
            raise InputError(
                "the model has a link that leads out of its folder",
                where=str(part),
                expected="a folder that is whole in itself",
                remedy="copy the folder with what its links lead to, as `cp -rL` does",
            )
        if not (part.is_file() or part.is_dir()):
            raise InputError(
                "a part of the model is neither a file nor a folder",
                where=str(part),
                expected="files and folders",
            )
