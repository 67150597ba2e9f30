"""A private folder for a cache: closed to other users, and marked as evenhand's.

The folder and the files in it are opened without following links. Only plain files that belong to
this user, and that no other user can open, are read, written, truncated or removed. Any fault is an
OSError, and the caller then works without a cache.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from pathlib import Path

MARKER = "evenhand-cache.json"
_KIND, _SCHEMA_VERSION = "evenhand cache", 1
_KEY_BYTES = 32
_MARKER_BYTES = 1_000  # at most
_UNFINISHED = f".{MARKER}."
# Without O_NONBLOCK, opening a pipe would wait for its other side.
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class CacheFolder:
    """A folder that holds a cache, and is made if it is not there.

    An empty folder of this user's is taken, and closed to others.

    Attributes:
        key: Random bytes that this folder alone knows, to sign its entries with.

    Raises:
        OSError: It cannot be used, with the reason.
    """

    def __init__(self, path: Path) -> None:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _SAFELY)
        try:
            if os.fstat(self._fd).st_uid != os.geteuid():
                raise OSError(errno.EPERM, "it is another user's")
            if MARKER not in self.names():
                self._take()
            if os.fstat(self._fd).st_mode & 0o077:
                raise OSError(errno.EPERM, f"it is open to others; try: chmod 700 {path}")
            self.key = self._read_key()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the folder; what was opened in it stays open."""
        os.close(self._fd)

    def names(self) -> list[str]:
        """Return the names of what is in the folder."""
        with os.scandir(self._fd) as found:
            return [entry.name for entry in found]

    def status(self, name: str) -> os.stat_result:
        """Return what the folder's entry of that name says; a link's own."""
        return os.stat(name, dir_fd=self._fd, follow_symlinks=False)

    def open(self, name: str, flags: int) -> int:
        """Return a descriptor of a plain file of this user's.

        Args:
            name: Its name in this folder.
            flags: As for `os.open`; with O_CREAT the file is closed to others.

        Raises:
            OSError: It is not that, or not there.
        """
        fd = os.open(name, flags | _SAFELY, 0o600, dir_fd=self._fd)
        found = os.fstat(fd)
        if not is_plain_and_own(found):
            os.close(fd)
            raise OSError(errno.EPERM, f"{name} in it is not a private file of this user")
        return fd

    def remove(self, name: str) -> None:
        """Remove a file of this folder."""
        os.unlink(name, dir_fd=self._fd)

    def _take(self) -> None:
        """Make this folder a cache, if it is empty."""
        self._check_empty()
        os.fchmod(self._fd, 0o700)
        self._check_empty()  # nobody else can add to it any longer
        document = {
            "kind": _KIND,
            "schema_version": _SCHEMA_VERSION,
            "key": secrets.token_hex(_KEY_BYTES),
        }
        unfinished = _UNFINISHED + secrets.token_hex(8)
        fd = self.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                json.dump(document, file)
            os.link(unfinished, MARKER, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except FileExistsError:
            pass  # another process was faster
        finally:
            self.remove(unfinished)

    def _check_empty(self) -> None:
        if any(name != MARKER and not name.startswith(_UNFINISHED) for name in self.names()):
            raise OSError(errno.ENOTEMPTY, f"it holds other files, and no {MARKER}")

    def _read_key(self) -> bytes:
        with os.fdopen(self.open(MARKER, os.O_RDONLY), "rb") as file:
            content = file.read(_MARKER_BYTES)
        try:
            document = json.loads(content)
            key = bytes.fromhex(document["key"])
            known = (document["kind"], document["schema_version"]) == (_KIND, _SCHEMA_VERSION)
        except (KeyError, TypeError, ValueError, RecursionError):
            known, key = False, b""
        if not known or len(key) != _KEY_BYTES:
            raise OSError(errno.EINVAL, f"its {MARKER} is not one of evenhand's caches")
        return key


def is_plain_and_own(status: os.stat_result) -> bool:
    """Tell whether a file is a plain one of this user's, and closed to others."""
    plain = stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077
    return plain and status.st_uid == os.geteuid()
