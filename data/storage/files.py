"""Files that are complete or absent, and the digests that name inputs.

Every file that evenhand writes goes through `new_file`, and every folder through
`evenhand.data.storage.folders`: it is written beside its destination, in a temporary folder, and
renamed into place when it is complete.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from evenhand.data.errors import ConfigurationError, EvenhandError, UnavailableError
from evenhand.data.storage.temporary import NEW, temporary_folder

_READ_SIZE = 1 << 20
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM_WORDS = "No space left on device"  # of TensorFlow and HDF5, which give no number


@contextlib.contextmanager
def new_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and rename it to `path` on leaving without an error.

    A file that is there is replaced. So is a symbolic link; what it leads to is left as it is. A
    pipe or a device such as /dev/stdout is written to.

    Raises:
        UnavailableError: `path` cannot be written, or is a folder or a disk.
    """
    destination = Path(path).absolute()
    with writing_to(destination):
        streams = is_stream(destination)
    if streams:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name) / destination.name
            yield work
            with writing_to(destination), destination.open("ab") as stream:
                stream.write(work.read_bytes())
        return
    with contextlib.ExitStack() as stack:
        with writing_to(destination):
            folder = stack.enter_context(temporary_folder(destination))
        work = folder / NEW / destination.name
        with no_room_named(destination):
            yield work
        with writing_to(destination):
            work.replace(destination)


def is_there(path: Path) -> bool:
    """Tell whether there is a file or folder; a name that the system does not take has none."""
    try:
        return path.exists()
    except OSError:  # it is too long
        return False


def check_new_file(path: str | Path, *, overwrite: bool = False) -> None:
    """Check that a file may be written, before any work for it.

    Raises:
        ConfigurationError: It is a folder, or is there and may not be replaced.
    """
    file = Path(path)
    if is_there(file) and file.is_dir():
        raise ConfigurationError("the output is a folder", where=str(file), expected="a file")
    if is_there(file) and file.is_file() and not overwrite:
        raise ConfigurationError(
            "the output exists",
            where=str(file),
            remedy="give `overwrite` to replace it, or name another with `output`",
        )


def is_stream(path: Path) -> bool:
    """Tell whether a path is a pipe or a device, which is written to and never replaced.

    Raises:
        OSError: It is nothing that can be written to or replaced.
    """
    if path.is_symlink() and f"{path.parent.resolve()}/".startswith(("/dev/", "/proc/")):
        return True
    if not path.exists() or path.is_file() or path.is_dir():
        return False
    if not (path.is_fifo() or path.is_char_device()):
        raise OSError("it is not a file")
    return True


def write_text(path: str | Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, completely or not at all."""
    with new_file(path) as work:
        work.write_bytes(text.encode("utf-8", errors="backslashreplace"))


def is_utf8(path: Path) -> bool:
    """Tell whether a path can be given to libraries that take names in UTF-8 only, as Arrow."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(_READ_SIZE):
            digest.update(block)
    return digest.hexdigest()


def digest_of(path: Path, of_file: Callable[[Path], str] = sha256_of) -> str:
    """Return the SHA-256 of a file, or of a folder's file names and contents.

    Args:
        path: The file or folder.
        of_file: Gives the SHA-256 of a file; one that remembers may be given.
    """
    if not path.is_dir():
        return of_file(path)
    digest = hashlib.sha256()
    for part in sorted(file for file in path.rglob("*") if file.is_file()):
        name = os.fsencode(part.relative_to(path).as_posix())
        digest.update(name + f"\0{of_file(part)}\n".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def writing_to(destination: Path) -> Iterator[None]:
    """Turn an OSError of the enclosed writing into an UnavailableError that names the output."""
    try:
        yield
    except OSError as error:
        raise _unwritable(error.strerror or str(error), destination) from error


@contextlib.contextmanager
def no_room_named(destination: Path) -> Iterator[None]:
    """Turn a full disk, however a library tells of it, into an UnavailableError.

    The enclosed work may do more than writing, so other errors are left as they are.
    """
    try:
        yield
    except EvenhandError:
        raise
    except Exception as error:
        if not tells_of_no_room(error):
            raise
        raise _unwritable(os.strerror(errno.ENOSPC), destination) from error


def tells_of_no_room(error: BaseException) -> bool:
    """Tell whether an error, or what caused it, says that a disk is full."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) in _NO_ROOM or _NO_ROOM_WORDS in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _unwritable(reason: str, destination: Path) -> UnavailableError:
    return UnavailableError(
        f"the output cannot be written ({reason})",
        where=str(destination),
        remedy="check that the folder exists, is writable and has room",
    )
