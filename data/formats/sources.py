"""Which files a name stands for: a file, a folder, or a pattern such as ``parts/*.csv.gz``.

A file's format and compression are read from its name: ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson``,
``.parquet``, ``.pq``, ``.xlsx``, ``.tfrecord`` and ``.tfrecords`` (also as
``.tfrecord-00000-of-00010``); all except Parquet and Excel may also be followed by ``.gz`` or
``.zst``.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.storage.files import is_utf8

Format = Literal["csv", "tsv", "jsonl", "parquet", "excel", "tfrecord"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".tfrecord": "tfrecord",
    ".tfrecords": "tfrecord",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_NEVER_COMPRESSED = ("parquet", "excel")  # which compress what they hold
_SHARD = re.compile(r"-\d+-of-\d+$")


@dataclass(frozen=True)
class InputFile:
    """A file that exists, and how to read it.

    Attributes:
        path: The file.
        format: Its format.
        compression: An Arrow codec's name, or None.
        dialect: How it is written, if it is text.
    """

    path: Path
    format: Format
    compression: str | None = None
    dialect: Dialect = field(default_factory=Dialect)

    @property
    def size(self) -> int:
        """Its size in bytes, as it lies on disk."""
        return self.path.stat().st_size


def find_inputs(inputs: Iterable[str | Path], dialect: Dialect | None = None) -> list[InputFile]:
    """Return the files that `inputs` name, in the order of `inputs`; those of a folder by name.

    Args:
        inputs: Files; folders, from which every file of a known format is taken, also from folders
            below, but no hidden one (``.name``, ``_name``); and glob patterns, in which ``**``
            stands for any folders.
        dialect: How text files among them are written.

    Raises:
        ConfigurationError: There are no inputs, or an option of the dialect fits none of them.
        InputError: An input does not exist, is of an unknown format, or names no file at all.
    """
    files: list[InputFile] = []
    for name in inputs:
        files += _files_of(Path(name))
    if not files:
        raise ConfigurationError("there is nothing to read", expected="at least one input file")
    return files if dialect is None else in_dialect(files, dialect)


def in_dialect(files: Iterable[InputFile], dialect: Dialect) -> list[InputFile]:
    """Return files with how they are written.

    Raises:
        ConfigurationError: An option of the dialect fits none of them.
    """
    files = [replace(file, dialect=dialect) for file in files]
    formats = {file.format for file in files}
    for name in dialect.chosen:
        texts = {"csv", "tsv", "jsonl"} if name == "encoding" else {"csv", "tsv"}
        if not formats & texts:
            raise ConfigurationError(
                f"`{name}` has no effect on any input",
                where=f"`{name}`",
                expected="a CSV or TSV file"
                + (", or JSON Lines" if name == "encoding" else "")
                + " among them",
                remedy="leave it out",
            )
    return files


def input_file(path: str | Path) -> InputFile:
    """Return a single file with its format.

    Raises:
        InputError: It does not exist or is not a file, or its name does not tell its format.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(
            "the input is not a file" if file.exists() else "there is no such input file",
            where=str(path),
        )
    known = _recognised(file)
    if known is None:
        suffixes = "".join(file.suffixes[-2:])
        raise InputError(
            f"the input's name does not tell its format ({suffixes or 'no suffix'})",
            where=str(path),
            expected=f"a name that ends in {', '.join(_FORMATS)}; except for Parquet and Excel, "
            f"{' or '.join(_COMPRESSIONS)} may follow",
        )
    return known


def _files_of(path: Path) -> list[InputFile]:
    if path.is_dir():
        found = _recognised_in(path, path.rglob("*"))
        if not found:
            raise InputError(
                "the folder holds no file of a known format",
                where=str(path),
                expected=", ".join(_FORMATS),
            )
        return found
    if not path.exists() and glob.has_magic(str(path)):
        # Path.glob takes no absolute pattern.
        matches = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207
        files = [input_file(match) for match in matches if match.is_file()]
        if not files:
            raise InputError("no file matches the pattern", where=str(path))
        return files
    return [input_file(path)]


def _recognised_in(folder: Path, entries: Iterable[Path]) -> list[InputFile]:
    visible = (
        entry
        for entry in sorted(entries)
        if not any(part.startswith((".", "_")) for part in entry.relative_to(folder).parts)
    )
    found = (_recognised(entry) for entry in visible if entry.is_file())
    return [file for file in found if file is not None]


def _recognised(file: Path) -> InputFile | None:
    name = _SHARD.sub("", file.name.lower())
    compression = _COMPRESSIONS.get(Path(name).suffix)
    if compression is not None:
        name = _SHARD.sub("", name.removesuffix(Path(name).suffix))
    format_ = _FORMATS.get(Path(name).suffix)
    if format_ is None or (format_ in _NEVER_COMPRESSED and compression is not None):
        return None
    if not is_utf8(file):
        raise InputError(
            "the input's name is not UTF-8", where=str(file), remedy="give the file another name"
        )
    return InputFile(file, format_, compression)
