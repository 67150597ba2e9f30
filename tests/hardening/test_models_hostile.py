"""Models that were made to do harm are refused before Keras sees them."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from evenhand.data.errors import InputError
from evenhand.remediation.models.references import inspect_model
from evenhand.remediation.safety.architectures import check_safety

METADATA = '{"keras_version": "3.15.1"}'
CONFIG = '{"class_name": "Sequential", "config": {"layers": []}}'


def write_archive(path: Path, **members: Any) -> Path:
    """Write a .keras file with these members beside a sound architecture."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", METADATA)
        archive.writestr("config.json", CONFIG)
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        inspect_model(path)
    assert caught.value.exit_code == 3 and len(caught.value.lines()) <= 4


def declare_size(path: Path, name: str, size: int) -> None:
    """Change the size that an archive's directory declares for a member."""
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02"))
    while content[entry + 46 : entry + 46 + len(name)] != name.encode():
        entry = content.index(b"PK\x01\x02", entry + 4)
    content[entry + 24 : entry + 28] = struct.pack("<I", size)
    path.write_bytes(content)


def test_an_archive_that_inflates_to_many_gigabytes(tmp_path: Path) -> None:
    zeros = bytes(1 << 20)
    path = tmp_path / "bomb.keras"
    write_archive(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", zeros)
    declare_size(path, "model.weights.h5", (4 << 30) - 2)
    assert path.stat().st_size < 10_000
    refused(path, r"would inflate to 4,294,967,\d+")


def test_a_member_that_is_larger_than_it_declares(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "liar.keras", **{"model.weights.h5": bytes(64 << 20)})
    declare_size(path, "model.weights.h5", 100)
    refused(path, "bad checksum in model.weights.h5")


def test_an_architecture_of_many_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "config.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", METADATA)
        archive.writestr("config.json", CONFIG[:-1] + " " * (65 << 20) + "}")
    refused(path, "config.json is larger than 64 MB")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_cannot_be_inflated_bit_by_bit(tmp_path: Path, method: int) -> None:
    path = write_archive(tmp_path / "other.keras")
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("model.weights.h5", bytes(1000))
    refused(path, "compressed in a way that Keras does not use")


@pytest.mark.parametrize(
    "name", ["../outside", "assets/../../outside", "/etc/outside", "C:\\outside", "..\\outside"]
)
def test_members_that_lie_outside_the_archive(tmp_path: Path, name: str) -> None:
    refused(write_archive(tmp_path / "outside.keras", **{name: b"x"}), "outside it")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_architectures_of_which_one_is_checked_and_the_other_loaded(tmp_path: Path) -> None:
    refused(write_archive(tmp_path / "two.keras", **{"config.json": CONFIG}), "twice")


def test_an_encrypted_archive(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "secret.keras")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_an_architecture_nested_ten_thousand_deep(tmp_path: Path, suffix: str) -> None:
    deep = '{"config":' * 10_000 + "1" + "}" * 10_000
    path = tmp_path / f"deep{suffix}"
    if suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("weights", data=np.zeros(3))
            file.attrs.create("model_config", deep[:60_000], dtype=h5py.string_dtype())
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", METADATA)
            archive.writestr("config.json", deep)
    refused(path, "cannot be read")


@pytest.mark.parametrize("method", [None, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("kind", ["external", "soft", "virtual", "raw"])
def test_weights_that_lie_in_other_files(tmp_path: Path, kind: str, method: int | None) -> None:
    """In an .h5 file, and in a .keras archive that holds one as it is or compressed."""
    (tmp_path / "secret").write_text("password")
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = CONFIG
        group = file.create_group("model_weights")
        group["itself"] = file["/"]  # a circle is no reason to hang
        match kind:
            case "external":
                group["kernel"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/a")
            case "soft":
                group["kernel"] = h5py.SoftLink("/elsewhere")
            case "virtual":
                layout = h5py.VirtualLayout((2,), "f4")
                layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "a", (2,))
                group.create_virtual_dataset("kernel", layout)
            case "raw":
                place = [(str(tmp_path / "secret"), 0, 8)]
                group.create_dataset("kernel", (2,), "f4", external=place)
    if method is not None:
        weights = path.read_bytes()
        path = write_archive(tmp_path / "model.keras")
        with zipfile.ZipFile(path, "a", method) as archive:
            archive.writestr("model.weights.h5", weights)
    refused(path, "another place or file|in another file")


def test_an_archive_that_can_be_read_as_hdf5_too(tmp_path: Path) -> None:
    """Keras 2 takes .keras for an archive, and what is written otherwise for HDF5 if it can."""
    path = tmp_path / "model.KERAS"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = CONFIG
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("metadata.json", METADATA)
        archive.writestr("config.json", CONFIG)
    assert zipfile.is_zipfile(path) and h5py.is_hdf5(path)
    refused(path, "not supported")


def test_a_vocabulary_that_is_a_file_of_this_machine() -> None:
    layer = {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}
    with pytest.raises(InputError, match="from the file '/etc/passwd'"):
        check_safety(Path("model.keras"), {"layers": [layer]})
    layer["config"] = {"vocabulary": ["a", "b"]}
    check_safety(Path("model.keras"), {"layers": [layer]})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_model_that_is_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.keras")
    refused(tmp_path / "pipe.keras", "not supported|cannot be read")
