"""A Spark cluster of two workers for the tests of this folder, and a session on it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from spark_cluster import QUICK_JAVA, Cluster, why_not

from evenhand.data.cluster.spark_session import spark_session

METHODS = """
import os, secrets, shutil, signal, time
from pathlib import Path

CALLS = Path(__file__).parent / "calls"


def slow(texts):
    (CALLS / secrets.token_hex(8)).touch()
    time.sleep(0.5)
    return [text.upper() for text in texts]


def score(texts):
    if "fails" in texts:
        raise ValueError("no such text")
    return [len(text) % 97 / 97 for text in texts]


def other_score(texts):
    return [sum(map(ord, text)) % 89 / 89 for text in texts]


def classes(texts):
    return [[ones / 4, 1 - ones / 4 - 0.1, 0.1] for ones in (len(text) % 3 for text in texts)]


def killing(texts):
    # The executor's Java started the process that started this one
    of_parent = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
    os.kill(int(of_parent[1]), signal.SIGKILL)
    time.sleep(60)


def losing(texts):
    for folder in Path((CALLS / "lose").read_text()).glob(".*.partial"):
        shutil.rmtree(folder, ignore_errors=True)
    return [text.upper() for text in texts]
"""

SETTINGS = " ".join(
    f"--conf spark.{setting}"
    for setting in ("executor.memory=512m", "task.maxFailures=2", "ui.enabled=false")
)


class SparkTests(NamedTuple):
    """A cluster, its workers, a session on it, and the folder of code that its Python finds."""

    cluster: Cluster
    workers: list[subprocess.Popen[bytes]]
    session: Any
    code: Path


@contextlib.contextmanager
def cluster_and_session(folder: Path) -> Iterator[SparkTests]:
    code = folder / "code"
    (code / "calls").mkdir(parents=True)
    (code / "cluster_methods.py").write_text(METHODS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"{SETTINGS} pyspark-shell")
        for name, value in QUICK_JAVA.items():
            patch.setenv(name, value)
        patch.syspath_prepend(code)
        cluster = Cluster(folder, code, QUICK_JAVA)
        try:
            patch.setenv("PYSPARK_PYTHON", cluster.python)
            workers = [cluster.start_worker() for _ in range(2)]
            with spark_session(cluster.url) as session:
                yield SparkTests(cluster, workers, session, code)
        finally:
            cluster.stop()


_started = contextlib.ExitStack()
_there: list[SparkTests] = []


@pytest.fixture
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> SparkTests:
    """The cluster, which is there until the last of this folder's tests has ended."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    if not _there:
        running = cluster_and_session(tmp_path_factory.mktemp("spark"))
        _there.append(_started.enter_context(running))
    return _there[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or nextitem.path.parent != Path(__file__).parent:
        _there.clear()
        _started.close()


def pytest_sessionfinish() -> None:
    _started.close()  # where the tests were interrupted
