"""What holds for all tests: they leave the user's own cache alone, measure no time, and repeat."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked_commands import serving
from hypothesis import settings
from quicker_beam import make_beam_quicker

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests on Spark: at the end of the list two processes would start a cluster."""
    items.sort(key=lambda item: "spark" not in item.path.parts)


def pytest_runtest_setup() -> None:
    if "apache_beam.transforms.core" in sys.modules:
        make_beam_quicker()


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


@pytest.fixture(scope="module")
def path_with_forked_evenhand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PATH whose `evenhand` has imported TensorFlow already, once for a file of tests."""
    with serving(tmp_path_factory.mktemp("forked")) as folder:
        yield f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
