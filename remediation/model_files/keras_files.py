"""Reading the `.keras` and `.h5` files of Keras, after checking that they hold nothing else.

Everything here works without TensorFlow, because the answer decides how TensorFlow is started.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError

_HDF5 = b"\x89HDF\r\n\x1a\n"  # how such files begin
_METADATA = "metadata.json"
_CONFIG = "config.json"
# Models up to this size may have any compression ratio: weights that are all zero shrink a lot.
_INFLATES_FREELY = 1 << 30  # bytes
_LARGEST_RATIO = 100  # of a larger archive's size inflated to its size
_LARGEST_JSON = 64 << 20  # bytes: an architecture that holds a vocabulary of a million words

# What reading a damaged or a malicious file may raise.
_NOT_A_MODEL = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, OSError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is an HDF5 file by its content; a file that cannot be read is none."""
    try:
        with path.open("rb") as file:
            return file.read(len(_HDF5)) == _HDF5
    except OSError:
        return False


def read_archive(path: Path) -> tuple[str, Any]:
    """Return the version of the Keras that wrote a `.keras` file, and the architecture in it.

    Raises:
        InputError: It is not what Keras writes, is damaged, or has its weights elsewhere.
    """
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
    return str(metadata.get("keras_version", "")), config


def read_h5(path: Path) -> tuple[str, Any]:
    """Return the version of the Keras that wrote an `.h5` file, and the architecture in it.

    The version is empty if the file has none. The architecture has the keys ``model_config`` and,
    if the model is compiled, ``training_config``.

    Raises:
        InputError: It is not what Keras writes, is damaged, or has its weights elsewhere.
    """
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


def _check_members(members: list[zipfile.ZipInfo], archive_size: int) -> None:
    """Refuse what Keras never writes, before anything is inflated.

    Sizes are those that the archive declares: `zipfile`, which Keras uses too, inflates no member
    beyond them. That holds for Deflate only, so other compression methods are refused.
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
            stored: Any = member  # allows reading at any place
        else:
            shutil.copyfileobj(member, file)
            stored = file
        with h5py.File(stored, "r") as weights:
            _check_links(weights)


def _check_links(file: Any) -> None:
    """Refuse weights that lie in other files: HDF5 would read any file that they name."""
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


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the model cannot be read ({error})",
        where=str(path),
        expected="a file as Model.save writes it",
        remedy="check that the file is complete",
    )
