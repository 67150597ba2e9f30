"""A store in memory that fails on demand: at one write, or at everything from one write on."""

from __future__ import annotations

from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFileSystem


class FailingStore(MemoryFileSystem):
    """Files in memory, apart from those of ``memory://``.

    Attributes:
        writes: How many writes there were.
        fails_at: The write that fails, from 1; None for none.
        dies: Whether nothing works after that, not even to remove files.
    """

    protocol: ClassVar[Any] = ("failing",)
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    writes = 0
    fails_at: int | None = None
    dies = False

    @classmethod
    def begin(cls, fails_at: int | None = None, *, dies: bool = False) -> None:
        cls.writes, cls.fails_at, cls.dies = 0, fails_at, dies

    @classmethod
    def empty(cls) -> None:
        cls.store.clear()
        cls.pseudo_dirs[:] = [""]
        cls.begin()

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        return MemoryFileSystem._strip_protocol(path.removeprefix("failing://"))

    def _work(self, *, counts: bool) -> None:
        cls = type(self)
        cls.writes += counts
        failed = cls.fails_at is not None and cls.writes >= cls.fails_at
        if failed and (cls.dies or (counts and cls.writes == cls.fails_at)):
            raise OSError("the network is down")

    def pipe_file(self, path: Any, value: Any, **more: Any) -> None:
        self._work(counts=True)
        super().pipe_file(path, value, **more)

    def put_file(self, lpath: Any, rpath: Any, **more: Any) -> None:
        self._work(counts=True)
        super().put_file(lpath, rpath, **more)

    def cp_file(self, path1: Any, path2: Any, **more: Any) -> None:
        self._work(counts=True)
        super().cp_file(path1, path2, **more)

    def rm(self, path: Any, **more: Any) -> None:
        self._work(counts=False)
        super().rm(path, **more)


def register() -> None:
    """Make ``failing://`` known."""
    fsspec.register_implementation("failing", FailingStore, clobber=True)
