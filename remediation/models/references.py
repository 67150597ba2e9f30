"""MODEL references: what a reference means and what a model file says about itself.

Everything here works without TensorFlow, because the answer decides how TensorFlow is started.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evenhand.data.errors import InputError
from evenhand.data.urls import shown_url
from evenhand.remediation.models.saved_model_metadata import legacy_keras_configs
from evenhand.remediation.runtime.tensorflow import LEGACY_SWITCH, KerasGeneration
from evenhand.remediation.safety.architectures import unsafe

ACCEPTED = (
    "a .keras or .h5 file, a SavedModel folder, a .tflite file, package.module:attribute, or the "
    "URL of a TensorFlow Serving model"
)

Kind = Literal["keras", "h5", "saved_model", "tflite", "pickle"]

_ATTRIBUTE = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")
_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:/")
_KINDS: dict[str, Kind] = {
    ".keras": "keras",
    ".h5": "h5",
    ".hdf5": "h5",
    ".tflite": "tflite",
    ".pkl": "pickle",
    ".pickle": "pickle",
}
_METADATA = "metadata.json"
_CONFIG = "config.json"
_GRAPH = "saved_model.pb"
_KERAS_METADATA = "keras_metadata.pb"
# Models of this size or less may be compressed however well: weights that are all zero are.
_INFLATES_FREELY = 1 << 30  # bytes
_LARGEST_RATIO = 100  # of what a larger archive inflates to, to what it holds
_LARGEST_JSON = 64 << 20  # bytes: an architecture with a vocabulary of a million words in it

# What reading a file that is damaged, or that was made to do harm, raises.
_NOT_A_MODEL = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, OSError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class ModelFile:
    """A model file or folder, and what it says about itself.

    Attributes:
        path: Where it is.
        kind: Its format.
        keras: Generation of the Keras that wrote it; None if it needs no Keras.
        config: The architecture, and how it is compiled, as far as that can be read without
            TensorFlow.
    """

    path: Path
    kind: Kind
    keras: KerasGeneration | None = None
    config: Any = field(default=None, repr=False)


def is_attribute(reference: str) -> bool:
    """Return whether a MODEL reference is ``package.module:attribute``."""
    return _ATTRIBUTE.fullmatch(reference) is not None and not Path(reference).exists()


def is_endpoint(reference: str) -> bool:
    """Return whether a MODEL reference is a URL: what is served is asked over HTTP."""
    return _URL.match(reference) is not None


def name_of(reference: str | Path) -> str:
    """Return what to call a MODEL in records: a URL without its secrets, a file by its name."""
    text = str(reference)
    return shown_url(text) if is_endpoint(text) else Path(text).name


def is_keras_2(reference: str | Path) -> bool:
    """Return whether a MODEL has to be trained with Keras 2.

    A file tells which Keras wrote it. Python code does not: TF_USE_LEGACY_KERAS=1 says it.

    Raises:
        InputError: The file cannot be read.
    """
    if is_attribute(str(reference)):
        return os.environ.get(LEGACY_SWITCH) == "1"
    return not is_endpoint(str(reference)) and inspect_model(Path(reference)).keras == 2


def inspect_model(path: Path) -> ModelFile:
    """Read what a model file says about itself.

    Raises:
        InputError: There is no such file, or it is no complete model of a known kind.
    """
    if not path.exists():
        raise InputError("there is no such model", where=str(path), expected=ACCEPTED)
    if path.is_dir():
        if not (path / _GRAPH).is_file():
            raise _unsupported(path)
        _check_folder(path)
        if (path / _KERAS_METADATA).is_file():
            return ModelFile(path, "saved_model", 2)
        configs = legacy_keras_configs(path / _GRAPH)
        return ModelFile(path, "saved_model", None if configs is None else 2, configs)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None or not path.is_file():  # reading a pipe would wait for ever
        raise _unsupported(path)
    if kind == "keras" and path.suffix != ".keras":
        raise _unsupported(path)  # Keras 2 would read it as HDF5, if it can be read so, too
    if kind == "keras":
        metadata, config = _read_archive(path)
        return ModelFile(path, kind, _generation(str(metadata.get("keras_version", ""))), config)
    if kind == "h5":
        version, config = _read_h5(path)
        return ModelFile(path, kind, _generation(version), config)
    return ModelFile(path, kind)


def pickle_refusal(path: Path) -> InputError:
    """Return the error for a pickle that is not to be trusted."""
    return unsafe(path, "is a pickle, which may run any code on loading")


def _generation(version: str) -> KerasGeneration:
    # Files without a version are older than Keras 3, which has always written its own.
    major = version.partition(".")[0]
    return 3 if major.isdecimal() and int(major) >= 3 else 2


def _check_folder(folder: Path) -> None:
    """Refuse what lies outside a folder, and pipes and devices, which reading would wait for."""
    inside = folder.resolve()
    for part in folder.rglob("*"):
        try:
            leads_out = not part.resolve().is_relative_to(inside)
        except (OSError, RuntimeError):  # it leads to itself
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
                "the model has a part that is no file",
                where=str(part),
                expected="files and folders",
            )


def _read_archive(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size)
            damaged = archive.testzip()
            if damaged is not None:
                raise zipfile.BadZipFile(f"bad checksum in {damaged}")
            metadata, config = (_read_json(archive, name) for name in (_METADATA, _CONFIG))
            for name in archive.namelist():
                if name.lower().endswith((".h5", ".hdf5")):
                    _check_weights(archive, name)
    except _NOT_A_MODEL as error:
        raise _unreadable(path, error) from error
    return metadata, config


def _check_members(members: list[zipfile.ZipInfo], archive_size: int) -> None:
    """Refuse what Keras never writes, before anything is inflated.

    Sizes are those that the archive declares: `zipfile`, with which Keras reads it too, inflates no
    member any further. Of compression methods it can do that with Deflate only.
    """
    size = sum(member.file_size for member in members)
    if size > max(_INFLATES_FREELY, _LARGEST_RATIO * archive_size):
        raise ValueError(f"its {archive_size:,} bytes would inflate to {size:,}")
    seen: set[str] = set()
    for member in members:
        first, *others = re.split(r"[/\\]", member.filename)
        if not first or ":" in first or ".." in (first, *others) or member.filename in seen:
            raise ValueError(f"it has a member {member.filename!r}, which is twice or outside it")
        seen.add(member.filename)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{member.filename!r} is compressed in a way that Keras does not use")


def _read_json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > _LARGEST_JSON:
        raise ValueError(f"{name} is larger than {_LARGEST_JSON >> 20} MB")
    content = json.loads(archive.read(name))
    if not isinstance(content, dict):
        raise ValueError(f"{name} holds no object")
    return content


def _check_weights(archive: zipfile.ZipFile, name: str) -> None:
    import h5py

    with tempfile.TemporaryFile() as file, archive.open(name) as member:
        if archive.getinfo(name).compress_type == zipfile.ZIP_STORED:
            stored: Any = member  # can be read here and there as it is
        else:
            shutil.copyfileobj(member, file)
            stored = file
        with h5py.File(stored, "r") as weights:
            _check_links(weights)


def _read_h5(path: Path) -> tuple[str, Any]:
    import h5py

    try:
        with h5py.File(path) as file:
            version = file.attrs.get("keras_version")
            if file.attrs.get("model_config") is None:
                raise ValueError("it holds weights without the architecture")
            _check_links(file)
            config = {
                name: json.loads(_as_str(file.attrs[name]))
                for name in ("model_config", "training_config")
                if name in file.attrs
            }
        return _as_str(version or ""), config
    except _NOT_A_MODEL as error:
        raise _unreadable(path, error) from error


def _check_links(file: Any) -> None:
    """Refuse weights that lie in other files: HDF5 would read whatever file they name."""
    import h5py

    def check(name: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset):
            if part.external or part.is_virtual:
                raise ValueError(f"the values of {name} lie in another file")
            return
        for child in part:
            if not isinstance(part.get(child, getlink=True), h5py.HardLink):
                raise ValueError(f"{child} is a link to another place or file")

    check("", file)
    file.visititems(check)


def _as_str(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _unsupported(path: Path) -> InputError:
    return InputError("this kind of model is not supported", where=str(path), expected=ACCEPTED)


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the model cannot be read ({error})",
        where=str(path),
        expected="a file as Model.save writes it",
        remedy="check that the file is complete",
    )
