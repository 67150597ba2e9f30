"""Scores kept on disk by model and text, so that no text is scored twice, even after a crash.

A model's scores are one file of fixed-size records, which only grows: whatever a run has scored
when it ends, in any way, is there for the next. Texts are kept as digests only.

Every record has a digest of its content, made with the model's identity and a key in the folder. A
record that is damaged, that is for another model, or that was written by someone who cannot read
the folder, is ignored. A cache that cannot be used does not stop work.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evenhand.data.storage.cache_folder import CacheFolder, is_plain_and_own

Keys = npt.NDArray[np.bytes_]
Scores = npt.NDArray[np.float64]

_SUFFIX = ".scores"
_LARGEST = 1 << 30  # bytes, 33 million scores; beyond it the models longest unused are removed
_KEY_BYTES = 16  # of a digest: the chance that two of ten million texts share one is 1e-25
KEY = np.dtype(f"S{_KEY_BYTES}")
_RECORD = np.dtype([("key", KEY), ("score", "<f8"), ("check", "<u8")])
_CHECKED = 24  # the first bytes of a record, which its check is made from
_CHECK_BYTES = 8
_MAGIC = b"evenhand scores\n"

_LOG = logging.getLogger("evenhand")
_told: set[Path] = set()  # folders that were reported as unusable


def default_folder() -> Path | None:
    """Return the user's cache folder for scores, or None if there is no place for one.

    It is ``$XDG_CACHE_HOME/evenhand/scores``, or that under ``~/.cache``.
    """
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "evenhand" / "scores"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return folder


@contextlib.contextmanager
def kept_scores(folder: Path | None, identity: str | None) -> Iterator[ScoreCache | None]:
    """Provide the scores that are kept of a model within the block, or None.

    A folder that cannot be used is reported once, in the log, and nothing else happens.

    Args:
        folder: Where all models' scores are, or None to keep none; made if it is not there.
        identity: Digest of all that decides the model's scores, or None if that cannot be known.
    """
    cache = None
    if folder is not None and identity is not None:
        try:
            cache = ScoreCache(folder, identity)
        except (OSError, ValueError, MemoryError) as error:
            _tell(folder, error)
    try:
        yield cache
    finally:
        if cache is not None:
            cache.close()


class ScoreCache:
    """The scores of one model.

    Args:
        folder: Where all models' scores are; made if it is not there.
        identity: Digest of all that decides the model's scores.

    Raises:
        OSError: The folder, or the model's file in it, cannot be used.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        name = identity + _SUFFIX
        with contextlib.closing(CacheFolder(folder)) as opened:
            self._key = _key_of(identity, opened.key)
            _make_room(opened, but_keep=name)
            fd = opened.open(name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        self._file = os.fdopen(fd, "r+b", buffering=0)
        try:
            records = self._opened_records()
        except BaseException:
            self.close()
            raise
        records = records[(records["score"] >= 0) & (records["score"] <= 1)]
        # A text whose record was damaged was scored again, further down: the last record counts.
        self._keys, last = np.unique(records["key"][::-1], return_index=True)
        self._records = records[::-1][last]

    @property
    def is_kept(self) -> bool:
        """Whether all scores could be kept so far."""
        return not self._file.closed

    def close(self) -> None:
        """Close the file; nothing is kept any longer."""
        self._file.close()

    def look_up(self, keys: Keys) -> Scores:
        """Return the scores that were kept when the cache was opened, NaN where there is none."""
        found = np.full(len(keys), np.nan)
        if not len(self._keys):
            return found
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        there = np.flatnonzero(self._keys[place] == keys)
        records = self._records[place[there]]
        sound = self._checks(records) == records["check"]
        found[there[sound]] = records["score"][sound]
        return found

    def keep(self, keys: Keys, scores: Scores) -> None:
        """Write scores to the file; where that fails, no more are kept."""
        if self._file.closed:
            return
        records = np.empty(len(keys), dtype=_RECORD)
        records["key"], records["score"] = keys, scores
        records["check"] = self._checks(records)
        try:
            self._write(records.tobytes())
        except OSError as error:
            self.close()
            _tell(self.folder, error)

    def _opened_records(self) -> npt.NDArray[np.void]:
        """Return the file's records, and give it its header if it is new."""
        if os.fstat(self._file.fileno()).st_nlink > 1:
            raise OSError("a file in it is somebody's own under another name")
        os.utime(self._file.fileno())  # for what is longest unused
        content = self._file.read()
        header = _header(self._key)
        if header.startswith(content) and content != header:
            self._file.truncate(0)
            self._write(header)
            content = header
        if not content.startswith(header):
            raise OSError("a file in it is not what evenhand wrote there")
        whole = len(content) - len(content) % _RECORD.itemsize  # a header is as long as a record
        if whole < len(content):  # a record cut short by a crash
            self._file.truncate(whole)
        return np.frombuffer(
            content, _RECORD, offset=len(header), count=whole // _RECORD.itemsize - 1
        )

    def _write(self, content: bytes) -> None:
        if self._file.write(content) != len(content):
            raise OSError("no room is left")

    def _checks(self, records: npt.NDArray[np.void]) -> npt.NDArray[np.uint64]:
        content, key, digest = records.tobytes(), self._key, hashlib.blake2b
        starts = range(0, len(content), _RECORD.itemsize)
        checks = [
            digest(content[i : i + _CHECKED], key=key, digest_size=_CHECK_BYTES).digest()
            for i in starts
        ]
        return np.frombuffer(b"".join(checks), dtype="<u8")


def keys_of(texts: npt.NDArray[np.object_]) -> Keys:
    """Return the keys of UTF-8 texts, dtype `KEY`, shape (n,)."""
    digests = (hashlib.blake2b(text, digest_size=_KEY_BYTES).digest() for text in texts)
    return np.frombuffer(b"".join(digests), dtype=KEY)


def _key_of(identity: str, folder_key: bytes) -> bytes:
    return hashlib.blake2b(identity.encode(), key=folder_key, digest_size=32).digest()


def _header(key: bytes) -> bytes:
    """Return the beginning of a model's file, which nobody can write without the key."""
    digest = hashlib.blake2b(_MAGIC, key=key, digest_size=_RECORD.itemsize - len(_MAGIC))
    return _MAGIC + digest.digest()


def _make_room(folder: CacheFolder, but_keep: str) -> None:
    """Remove the scores of the models longest unused, and never any other file."""
    found = {}
    for name in folder.names():
        with contextlib.suppress(OSError):  # another process has just removed it
            status = folder.status(name)
            if name.endswith(_SUFFIX) and is_plain_and_own(status):
                found[name] = status
    if sum(status.st_size for status in found.values()) <= _LARGEST:
        return
    ours = {name: status for name, status in found.items() if _is_ours(folder, name)}
    total = sum(status.st_size for status in ours.values())
    for name in sorted(ours, key=lambda name: ours[name].st_mtime_ns):
        if total <= _LARGEST:
            return
        if name != but_keep:
            total -= ours[name].st_size
            with contextlib.suppress(OSError):
                folder.remove(name)


def _is_ours(folder: CacheFolder, name: str) -> bool:
    header = _header(_key_of(name.removesuffix(_SUFFIX), folder.key))
    try:
        with os.fdopen(folder.open(name, os.O_RDONLY), "rb") as file:
            return file.read(len(header)) == header
    except OSError:
        return False


def _tell(folder: Path, error: Exception) -> None:
    if folder not in _told:
        _told.add(folder)
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        _LOG.warning(f"scores are not kept for other runs in {folder}: {reason}")
