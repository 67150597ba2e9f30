"""Outputs in a store: made on this machine as any others are, then uploaded, complete or absent.

While an output is made, its place on this machine holds what the store has there, as empty files,
so that whatever refuses to replace an output there refuses this one too. What was written is then
uploaded beside its destination and moved into place: the marker first, which says whose the files
are, and at last the documents that say what a folder is, without which nothing of it can be read.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.local_copies import download, inside, new_place
from evenhand.data.remote.stores import Listing, faults_named, open_store
from evenhand.data.storage.ownership import MARKER_NAME

_AT_ONCE = 32  # files, after which progress is told


class Upload:
    """An output in a store, to be made on this machine.

    Args:
        url: Where it goes.
        place: Where to make it; somewhere if None.
        whole: Whether what is there is a folder that is read, too, and not only replaced.
        keeps_checkpoint: Whether a checkpoint may stand beside it, with which another process goes
            on: then its place is the same in every process.
        progress: Told how many files are copied.

    Attributes:
        place: Where to make it.

    Raises:
        ConfigurationError: There is no such kind of store, the URL names all of one, or it is a
            file and should be a folder.
        InputError: The store has no such place.
        UnavailableError: The store cannot be used, or nothing can be written there.
    """

    def __init__(
        self,
        url: str,
        place: Path | None = None,
        *,
        whole: bool = False,
        keeps_checkpoint: bool = False,
        progress: Progress = ignore_progress,
    ) -> None:
        self._url = url
        self._store = store = open_store(url)
        self._base = PurePosixPath(store.path)
        if len(self._base.relative_to(self._base.anchor).parts) < (1 if store.has_folders else 2):
            raise ConfigurationError(
                "the output is a whole store or bucket",
                where=store.url,
                expected="a file or a folder in it",
            )
        if glob.has_magic(store.path):  # stores would take it for a pattern
            raise ConfigurationError(
                "the output's name has one of the characters *, ? and [",
                where=store.url,
                remedy="name another place with `output`",
            )
        self.place = place or new_place(url, self._base.name, lasting=keeps_checkpoint)
        self._beside = str(
            self._base.with_name(f".{self._base.name}.{secrets.token_hex(6)}.partial")
        )
        with faults_named(url):
            self._there = store.files()
            if whole and place is None and store.path in self._there:
                raise ConfigurationError(
                    "a folder is expected, and this is a file", where=store.url
                )
            self._check_writable()
            self._lay_out(whole, progress)
        self._before = self._stamps()

    def record(self) -> Upload:
        """Return the upload of the record that is made beside this output."""
        place = self.place.with_name(f"{self.place.name}.json")
        return Upload(f"{self._url}.json", place, whole=True)

    def _check_writable(self) -> None:
        probe = f"{self._beside}/{MARKER_NAME}"
        self._make_folders([probe])
        self._store.fs.pipe_file(probe, b"")
        self._store.fs.rm(self._beside, recursive=True)

    def _lay_out(self, whole: bool, progress: Progress) -> None:
        """Show at this machine's place what the store has."""
        store, base = self._store, str(self._base)
        copied = {
            name: about
            for name, about in self._there.items()
            if whole or PurePosixPath(name).name == MARKER_NAME
        }
        if copied:
            download(store, base, copied, self.place, progress if whole else ignore_progress)
        for name in self._there.keys() - copied.keys():
            path = self.place.joinpath(*inside(base, name, store))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def _stamps(self) -> dict[str, tuple[int, int]]:
        """Return what tells whether a file of the output was written anew, by name inside it."""
        files = (
            [path for path in self.place.rglob("*") if path.is_file()]
            if self.place.is_dir()
            else [self.place][: self.place.is_file()]
        )
        found = ((path, path.stat()) for path in files)
        return {
            path.relative_to(self.place).as_posix(): (status.st_ino, status.st_mtime_ns)
            for path, status in found
        }

    def finish(self, progress: Progress = ignore_progress) -> None:
        """Upload what was written, if anything was.

        Raises:
            UnavailableError: The upload failed, or somebody else has written there meanwhile. What
                was there before is there still, unless it was just being replaced: then neither is.
        """
        after = self._stamps()
        written = [name for name, stamp in after.items() if self._before.get(name) != stamp]
        gone = [name for name in self._before if name not in after]
        if not written and not gone:
            return
        try:
            with faults_named(self._store.url), self._removed_at_failure():
                self._upload(written, progress)
                if _stamps_of(self._store.files()) != _stamps_of(self._there):
                    raise ConfigurationError(
                        "somebody else has written there meanwhile, which is left alone"
                    )
                self._put_into_place(written, gone)
        except Exception as error:
            raise UnavailableError(
                f"the output cannot be written: {getattr(error, 'what', error)}",
                where=self._store.url,
                remedy=f"what was made is kept in {self._keep()}: copy it there by hand",
            ) from error

    @contextlib.contextmanager
    def _removed_at_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):
                self._remove(self._beside)
            raise
        with contextlib.suppress(Exception):  # the output is complete
            self._remove(self._beside)

    def _upload(self, names: list[str], progress: Progress) -> None:
        stage = f"writing {self._store.url}"
        size = sum((self.place / name).stat().st_size for name in names) / 1e6
        self._make_folders(self._named(self._beside, name) for name in names)
        progress(stage, 0, len(names), f"{size:,.1f} MB")
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            self._store.fs.put(
                [str(self.place / name) for name in some],
                [self._named(self._beside, name) for name in some],
            )
            progress(stage, first + len(some), len(names), f"{size:,.1f} MB")

    def _put_into_place(self, written: list[str], gone: list[str]) -> None:
        """Move the uploaded files to their destination, and remove what is no longer there."""
        old = [name for name in self._before if name in written or name in gone]
        useless = not self._before  # whether what is there by now is half of the new output
        try:
            if self.place.is_dir():
                self._delete([name for name in old if _is_document(name)])
                useless = len(old) == len(self._before)
                self._delete([name for name in gone if not _is_document(name)])
            for names in _in_groups(written):
                self._move(names)
        except BaseException:
            if useless:
                with contextlib.suppress(Exception):
                    self._remove(str(self._base))
            raise

    def _delete(self, names: list[str]) -> None:
        if names:
            self._store.fs.rm([self._named(str(self._base), name) for name in names])

    def _move(self, names: list[str]) -> None:
        from fsspec import AbstractFileSystem

        fs = self._store.fs
        sources = [self._named(self._beside, name) for name in names]
        destinations = [self._named(str(self._base), name) for name in names]
        self._make_folders(destinations)
        if type(fs).mv is AbstractFileSystem.mv:  # it can only copy, and several at once
            fs.copy(sources, destinations)
            return
        for source, destination in zip(sources, destinations, strict=True):
            if fs.exists(destination):  # some do not replace it
                fs.rm(destination)
            fs.mv(source, destination)

    def _make_folders(self, files: Iterable[str]) -> None:
        if self._store.has_folders:
            for folder in dict.fromkeys(str(PurePosixPath(name).parent) for name in files):
                self._store.fs.makedirs(folder, exist_ok=True)

    def _remove(self, path: str) -> None:
        self._store.fs.invalidate_cache()
        if self._store.fs.exists(path):
            self._store.fs.rm(path, recursive=True)

    @staticmethod
    def _named(base: str, name: str) -> str:
        return base if name == "." else f"{base}/{name}"

    def _keep(self) -> Path:
        """Move what was made to where it stays when the process ends."""
        folder = Path(tempfile.mkdtemp(prefix="evenhand-kept-"))
        shutil.move(self.place, folder)
        return folder / self.place.name


def _in_groups(names: list[str]) -> Iterator[list[str]]:
    """Yield names in groups, each to be complete before the next one begins."""
    ordered = sorted(names, key=_place_in_order)
    for _, group in itertools.groupby(ordered, key=_place_in_order):
        yield list(group)


def _place_in_order(name: str) -> int:
    if name == MARKER_NAME:
        return 0
    return 2 if _is_document(name) else 1


def _is_document(name: str) -> bool:
    """Tell whether a file of a folder says what the folder is: `manifest.json`, `report.json`."""
    return "/" not in name and name != MARKER_NAME and name.endswith((".json", ".pb"))


def _stamps_of(files: Listing) -> dict[str, str]:
    return {name: repr(sorted(map(repr, about.items()))) for name, about in files.items()}
