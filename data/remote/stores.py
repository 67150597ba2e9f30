"""Stores of files by URL, such as ``s3://bucket/folder``: fsspec's file systems, and their faults.

fsspec and the package that a store needs are imported when a URL is used, and by nothing else.
Where credentials and addresses come from is the store's own affair: its environment variables and
configuration files.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
from evenhand.data.storage.files import tells_of_no_room
from evenhand.data.urls import shown_url, without_secrets

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.*", re.DOTALL)
# `Path` makes one slash of two
_AS_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/[^/].*", re.DOTALL)
_OF_THE_WEB = ("http", "https")  # endpoints of models
_MODEL_KINDS = "evenhand.models"  # entry points, whose names may be schemes: docs/extending.md
_PACKAGES = {  # what a store needs, by scheme
    "s3": "evenhand[s3]",
    "s3a": "evenhand[s3]",
    "gs": "evenhand[remote] gcsfs",
    "gcs": "evenhand[remote] gcsfs",
    "abfs": "evenhand[remote] adlfs",
    "abfss": "evenhand[remote] adlfs",
    "az": "evenhand[remote] adlfs",
}
# These have no folders besides the names of their files; making one could make a bucket.
_WITHOUT_FOLDERS = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az")

Listing = dict[str, dict[str, Any]]  # what a store says of each file, by the file's path


class Store(NamedTuple):
    """A place in a store.

    Attributes:
        url: Its URL, as it may be shown.
        scheme: What the URL begins with.
        fs: The file system.
        path: The place in that.
    """

    url: str
    scheme: str
    fs: Any
    path: str

    @property
    def has_folders(self) -> bool:
        """Whether a folder has to be there before a file can be written in it."""
        return self.scheme not in _WITHOUT_FOLDERS

    def touches(self, other: Store) -> bool:
        """Tell whether this place is, holds or lies in another one, or a file of that pattern."""
        if self.scheme != other.scheme:
            return False
        here = f"{self.path.rstrip('/')}/"
        theirs = [other.path] if not glob.has_magic(other.path) else list(other.find()[1])
        return any(
            here.startswith(there) or there.startswith(here)
            for there in (f"{each.rstrip('/')}/" for each in theirs)
        )

    def find(self) -> tuple[str, Listing]:
        """Return the files that a file's, a folder's or a pattern's name stands for.

        Returns:
            The file or folder that all of them are or lie in, and the files.
        """
        files = self.files()
        if files or not glob.has_magic(self.path):
            return self.path.rstrip("/"), files
        parts = itertools.takewhile(lambda part: not glob.has_magic(part), self.path.split("/"))
        matches = self.fs.glob(self.path, detail=True)
        return "/".join(parts), {
            name: about for name, about in matches.items() if about["type"] == "file"
        }

    def files(self) -> Listing:
        """Return the file at this place, or all files below it, as they are now."""
        self.fs.invalidate_cache()
        try:
            found: Listing = self.fs.find(self.path, detail=True)
        except FileNotFoundError:
            return {}
        return {
            name: about
            for name, about in found.items()
            # what some tools write to show a folder
            if about["type"] == "file" and not name.endswith("/")
        }

    def beside(self, names: Iterable[str]) -> Listing:
        """Return the files of these names that stand beside this place."""
        paths = [str(PurePosixPath(self.path).with_name(name)) for name in names]
        return {path: self.fs.info(path) for path in paths if self.fs.isfile(path)}


def is_url(value: object) -> bool:
    """Tell whether a value is the URL of a place in a store, and not the path of a file.

    Raises:
        ConfigurationError: It is such a URL as a `Path`, which has lost a slash.
    """
    if isinstance(value, Path):
        if _AS_PATH.fullmatch(str(value)) and not value.exists():
            raise ConfigurationError(
                "a URL is given as a path",
                where=str(value),
                expected="a URL as text: a pathlib.Path makes one slash of two",
            )
        return False
    found = _URL.fullmatch(value) if isinstance(value, str) else None
    return found is not None and not _is_of_models(found[1].lower())


def _is_of_models(scheme: str) -> bool:
    """Tell whether URLs of a scheme are those of models, which nobody copies."""
    added = (point.name.lower() for point in entry_points(group=_MODEL_KINDS))
    return scheme in _OF_THE_WEB or scheme in added


def open_store(url: str) -> Store:
    """Return a place in a store; nothing is asked of the store yet.

    Raises:
        ConfigurationError: fsspec knows no such store.
        UnavailableError: fsspec, or the package for such a store, is not installed.
    """
    scheme = url.partition("://")[0]
    try:
        import fsspec
    except ImportError as error:
        raise _not_installed(url, scheme, "fsspec is not installed") from error
    try:
        fsspec.get_filesystem_class(scheme)
    except ValueError as error:
        raise ConfigurationError(
            f"{scheme}:// names no store that is known",
            where=shown_url(url),
            expected="a path, or a URL such as s3://bucket/folder",
        ) from error
    except ImportError as error:
        raise _not_installed(url, scheme, str(error)) from error
    with faults_named(url):
        fs, path = fsspec.core.url_to_fs(url)
    return Store(shown_url(url), scheme, fs, path)


def _not_installed(url: str, scheme: str, what: str) -> UnavailableError:
    package = _PACKAGES.get(scheme, "evenhand[remote]")
    return UnavailableError(
        f"{scheme}:// cannot be used here: {what}",
        where=shown_url(url),
        remedy=f"pip install {' '.join(map(repr, package.split()))}",
    )


@contextlib.contextmanager
def faults_named(url: str) -> Iterator[None]:
    """Turn whatever goes wrong in a store into one of evenhand's errors.

    Raises:
        InputError: There is no such file, folder or bucket.
        UnavailableError: The store refuses access or cannot be reached, or there is no room here.
    """
    where = shown_url(url)
    try:
        yield
    except EvenhandError:
        raise
    except FileNotFoundError as error:
        raise InputError(
            f"the store has no such place ({_reason(error)})",
            where=where,
            remedy="check the name of the bucket or the folder",
        ) from error
    except PermissionError as error:
        raise UnavailableError(
            f"the store refuses access ({_reason(error)})",
            where=where,
            remedy="check the credentials, and what they may read and write",
        ) from error
    except Exception as error:  # each store has errors of its own
        if tells_of_no_room(error):
            raise UnavailableError(
                "the disk for copies of files from stores is full",
                where=tempfile.gettempdir(),
                remedy="make room on it, or name another folder in TMPDIR",
            ) from error
        raise UnavailableError(
            f"the store cannot be used ({type(error).__name__}: {_reason(error)})",
            where=where,
            remedy="check the store's address, the credentials and the connection",
        ) from error


def _reason(error: Exception) -> str:
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return without_secrets(str(told))
