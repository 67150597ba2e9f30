"""Outputs that are complete or absent, and the digests that name inputs.

Every folder and file that evenhand writes goes through `new_folder` or `new_file`: it is written
beside its destination under a temporary name and renamed into place when it is complete.

A process that is killed leaves its temporary folder behind. As long as it lives it holds a lock on
it; the next one that writes to the same destination removes folders on which nobody has one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from evenhand.data.errors import ConfigurationError, EvenhandError, UnavailableError

_READ_SIZE = 1 << 20
_PARTIAL = ".partial"
_ANOTHER_WAS_FASTER = (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM_WORDS = "No space left on device"  # of TensorFlow and HDF5, which give no number


@contextlib.contextmanager
def new_folder(path: str | Path, *, marker: str, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary folder to write into, and rename it to `path` on leaving without an error.

    Args:
        path: The folder to make. Parents are made as needed.
        marker: Name of a file that every complete output of this kind holds. An existing folder
            without it was not written by evenhand and is never replaced.
        overwrite: Replace an existing output.

    Yields:
        The folder to write into; it lies beside `path`, on the same file system.

    Raises:
        ConfigurationError: `path` exists and may not be replaced.
    """
    destination = Path(path).absolute()
    check_destination(destination, marker=marker, overwrite=overwrite)
    with writing_to(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(destination)
        work, lock = _locked_folder(destination)
    try:
        work.chmod(0o777 & ~_umask())
        with no_room_named(destination):
            yield work
        with writing_to(destination):
            _replace_folder(work, destination, marker=marker, overwrite=overwrite)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def check_destination(path: str | Path, *, marker: str, overwrite: bool = False) -> None:
    """Raise ConfigurationError if `new_folder` would refuse `path`: call it before long work."""
    destination = Path(path)
    if not is_utf8(destination):
        raise ConfigurationError(
            "the output's name is not UTF-8",
            where=str(destination),
            remedy="name another folder with --output",
        )
    if not os.path.lexists(destination):
        return
    if destination.is_symlink() or not destination.is_dir():
        raise ConfigurationError(
            "the output exists and is not a folder",
            where=str(destination),
            remedy="name another folder with --output",
        )
    try:
        unfinished = set(_temporary_folders(destination / marker))  # of one that was killed
        names = {part.name for part in destination.iterdir() if part not in unfinished}
    except FileNotFoundError:  # another process is just replacing it
        return
    if not names:
        return
    if marker not in names:
        raise ConfigurationError(
            f"the output folder holds other files (it has no {marker}) and is left alone",
            where=str(destination),
            remedy="name another folder with --output",
        )
    if not overwrite:
        raise ConfigurationError(
            "the output folder exists",
            where=str(destination),
            remedy="give --overwrite to replace it, or name another folder with --output",
        )


@contextlib.contextmanager
def new_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and rename it to `path` on leaving without an error.

    A symbolic link is replaced; what it leads to is left as it is. What is no file, such as
    /dev/stdout or a pipe, is written to.
    """
    destination = Path(path).absolute()
    with writing_to(destination):
        is_stream = _is_stream(destination)
    if is_stream:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name) / destination.name
            yield work
            with writing_to(destination), destination.open("ab") as stream:
                stream.write(work.read_bytes())
        return
    with writing_to(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(destination)
        folder, lock = _locked_folder(destination)
    try:
        with no_room_named(destination):
            yield folder / destination.name
        with writing_to(destination):
            (folder / destination.name).replace(destination)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _is_stream(path: Path) -> bool:
    if path.is_symlink() and f"{path.parent.resolve()}/".startswith(("/dev/", "/proc/")):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


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


def _locked_folder(destination: Path) -> tuple[Path, int]:
    """Make a temporary folder beside `destination`; return it with a descriptor that locks it."""
    while True:
        work = Path(
            tempfile.mkdtemp(
                prefix=f".{destination.name}.", suffix=_PARTIAL, dir=destination.parent
            )
        )
        try:
            lock = os.open(work, os.O_RDONLY)
        except FileNotFoundError:  # taken for an abandoned one, and removed
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            is_ours = work.exists()
        except BlockingIOError:  # just being removed
            is_ours = False
        except OSError:  # some file systems have no locks, and no clean-up then
            is_ours = True
        if is_ours:
            return work, lock
        os.close(lock)


def _temporary_folders(destination: Path) -> list[Path]:
    found = destination.parent.glob(f".{glob.escape(destination.name)}.*{_PARTIAL}")
    return [work for work in found if work.is_dir() and not work.is_symlink()]


def _remove_abandoned(destination: Path) -> None:
    """Remove temporary folders of `destination` whose process is gone."""
    for work in _temporary_folders(destination):
        try:
            lock = os.open(work, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(work, ignore_errors=True)
        except OSError:
            pass  # somebody is writing there
        finally:
            os.close(lock)


def _replace_folder(work: Path, destination: Path, *, marker: str, overwrite: bool) -> None:
    """Rename `work` to `destination`, again where another process comes in between."""
    while True:
        check_destination(destination, marker=marker, overwrite=overwrite)
        old = Path(
            tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".old", dir=destination.parent)
        )
        try:
            if destination.exists():
                destination.rename(old)  # an empty folder may be renamed over
            work.rename(destination)
            return
        except BaseException as error:
            if isinstance(error, OSError) and error.errno in _ANOTHER_WAS_FASTER and work.exists():
                continue
            with contextlib.suppress(OSError):
                if any(old.iterdir()):
                    old.rename(destination)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
