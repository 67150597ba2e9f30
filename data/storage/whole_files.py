"""Read files that are read as a whole, up to a size that memory is sure to hold."""

from __future__ import annotations

import errno
from pathlib import Path

_LARGEST_JSON = 64  # megabytes
_MOST_VALUES = 1_000_000  # if every one of them breaks the schema, that takes 1.5 GB


def file_in(path: str | Path, name: str) -> Path:
    """Return the file of a name in a folder, or the path itself where it is no folder."""
    return Path(path) / name if Path(path).is_dir() else Path(path)


def read_whole(path: str | Path, *, most_megabytes: int) -> bytes:
    """Return the bytes of a file that is read as a whole.

    Raises:
        OSError: It cannot be read; or is larger, so that reading it might take all memory.
    """
    most = most_megabytes << 20
    with Path(path).open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most_megabytes} MB", str(path))
    return content


def read_json_file(path: str | Path) -> bytes:
    """Return the bytes of a JSON file that will be checked against a schema as a whole.

    Raises:
        OSError: It cannot be read, or is so large that checking it might take all memory.
    """
    content = read_whole(path, most_megabytes=_LARGEST_JSON)
    if content.count(b",") > _MOST_VALUES:
        raise OSError(errno.EFBIG, f"it holds more than {_MOST_VALUES:,} values", str(path))
    return content
