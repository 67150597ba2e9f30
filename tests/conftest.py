"""What holds for all tests: they leave the user's own cache alone, measure no time, and repeat."""

from __future__ import annotations

import bz2
import functools
import gc
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, so that a run fails because of what was changed. To look for new
# ones: pytest --hypothesis-profile explore
settings.register_profile("evenhand", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("evenhand")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: what packs them may put the time in.

    Processes that run tests side by side have to find the same names.
    """
    return argname if isinstance(val, bytes) else None


def pytest_configure() -> None:
    """Look for garbage more seldom: these processes hold TensorFlow's million objects and more."""
    gc.set_threshold(100_000, 20, 20)


def pytest_runtest_setup() -> None:
    if "apache_beam.transforms.core" in sys.modules:
        make_beam_quicker()


@functools.cache
def make_beam_quicker() -> None:
    """Spare Beam what it does thousands of times in a small pipeline.

    That is to look at the signatures of the same methods, and to compress all that it packs as
    much as can be: a third of the time of each of the hundreds of small reports that are made
    here. In the processes that tests start, Beam is as it is for users.
    """
    from apache_beam.internal import cloudpickle_pickler
    from apache_beam.transforms import core

    look_at = core.get_function_args_defaults
    of_methods: dict[Any, tuple[list[str], list[Any]]] = {}

    def get_function_args_defaults(function: Any) -> tuple[list[str], list[Any]]:
        if not isinstance(function, types.MethodType):
            return look_at(function)
        if function.__func__ not in of_methods:
            of_methods[function.__func__] = look_at(function)
        names, defaults = of_methods[function.__func__]
        return list(names), list(defaults)

    def compress(packed: bytes, compresslevel: int) -> bytes:
        return bz2.compress(packed, compresslevel=1)

    core.get_function_args_defaults = get_function_args_defaults
    cloudpickle_pickler.bz2 = types.SimpleNamespace(compress=compress, decompress=bz2.decompress)


@pytest.fixture(scope="session", autouse=True)
def signals_are_not_ignored() -> Iterator[None]:
    """Let processes that tests start take signals that this one, as under nohup, ignores."""
    own = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {each: signal.getsignal(each) for each in own}
    ignored = [each for each in own if before[each] is signal.SIG_IGN]
    for each in ignored:
        signal.signal(each, own[each])
    yield
    for each in ignored:
        signal.signal(each, before[each])


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the cache of scores, also of processes that tests start, into a temporary folder."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture
def add_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a package, for one test, with entry points of one group, and one module.

    Package and module have the same name, which no other test may use.
    """
    monkeypatch.syspath_prepend(tmp_path)

    def add(name: str, group: str, points: dict[str, str], code: str) -> None:
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{point} = {name}:{attribute}" for point, attribute in points.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]))

    return add
