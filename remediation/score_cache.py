"""Scores kept on disk by model and text, so that a second run, or one cut short, costs nothing.

A model's scores are one file of fixed-size records, only ever appended to: whatever a run had
scored when it ended, in whichever way, is there for the next. Texts are kept as digests alone.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evenhand.data.files import writing_to

Keys = npt.NDArray[np.bytes_]
Scores = npt.NDArray[np.float64]

_SUFFIX = ".scores"
_LARGEST = 1 << 30  # bytes in all, 44 million scores; past it the models longest unused go
_KEY_BYTES = 16  # of a digest: with 128 bits, ten million texts share one with a chance of 1e-25
KEY = np.dtype(f"S{_KEY_BYTES}")
_RECORD = np.dtype([("key", KEY), ("score", "<f8")])


def default_folder() -> Path | None:
    """Return the user's cache folder for scores, made if need be, or None if it cannot be written.

    It is ``$XDG_CACHE_HOME/evenhand/scores``, or that under ``~/.cache``.
    """
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "evenhand" / "scores"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK) else None


class ScoreCache:
    """The scores of one model.

    Args:
        folder: Where all models' scores are; made if it is not there.
        identity: Digest of all that decides the model's scores.

    Raises:
        UnavailableError: The folder cannot be written.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self._path = folder / f"{identity}{_SUFFIX}"
        with writing_to(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _make_room(folder, but_keep=self._path)
            self._path.touch()
            whole = self._path.stat().st_size // _RECORD.itemsize
            os.truncate(self._path, whole * _RECORD.itemsize)  # a record cut short by a crash
            records = np.fromfile(self._path, dtype=_RECORD)
        records = records[(records["score"] >= 0) & (records["score"] <= 1)]
        keys, first = np.unique(records["key"], return_index=True)
        self._keys, self._scores = keys, records["score"][first]

    def look_up(self, keys: Keys) -> Scores:
        """Return the scores that were kept when the cache was opened, NaN where there is none."""
        if not len(self._keys):
            return np.full(len(keys), np.nan)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[place] == keys, self._scores[place], np.nan)

    def keep(self, keys: Keys, scores: Scores) -> None:
        """Write scores to the file.

        Raises:
            UnavailableError: The file cannot be written.
        """
        records = np.empty(len(keys), dtype=_RECORD)
        records["key"], records["score"] = keys, scores
        with writing_to(self._path), self._path.open("ab", buffering=0) as file:
            file.write(records.tobytes())


def keys_of(texts: npt.NDArray[np.object_]) -> Keys:
    """Return the keys of UTF-8 texts, dtype `KEY`, shape (n,)."""
    digests = (hashlib.blake2b(text, digest_size=_KEY_BYTES).digest() for text in texts)
    return np.frombuffer(b"".join(digests), dtype=KEY)


def _make_room(folder: Path, but_keep: Path) -> None:
    files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime)
    total = sum(file.stat().st_size for file in files)
    for file in files:
        if total <= _LARGEST:
            return
        if file != but_keep:
            total -= file.stat().st_size
            file.unlink(missing_ok=True)
